//! What the compiler writes is accepted by rustc with warnings as errors, in editions 2021 and 2024: our own descriptions
//! always, three whole solutions of the shared corpus when `NK_SHARED` is set.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use nk_tests::descriptions;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn generate(folder: &Path) -> nk_gen::emit::rust::Rust {
    let options = nk_gen::Options {
        sources: vec![folder.to_owned()],
        ..Default::default()
    };
    generate_sections(folder, &options, nk_gen::emit::rust::Sections::default())
}

fn generate_sections(
    folder: &Path,
    options: &nk_gen::Options,
    sections: nk_gen::emit::rust::Sections,
) -> nk_gen::emit::rust::Rust {
    let analysis = nk_gen::analyze(&descriptions(folder), &[], options);
    assert!(
        !analysis.has_errors(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
    );
    assert!(analysis.missing().is_empty());
    let options = nk_gen::emit::rust::Options {
        sections,
        ..Default::default()
    };
    match nk_gen::emit::rust::generate(&analysis.model, &options) {
        Ok(rust) => rust,
        Err(findings) => panic!(
            "{}",
            nk_gen::text::render::plain(&analysis.sources, &findings)
        ),
    }
}

/// A crate of a workspace: its name, its edition, whether it takes the text by `include!`, and the text.
struct Member<'r> {
    name: String,
    edition: &'static str,
    single: bool,
    rust: &'r nk_gen::emit::rust::Rust,
}

impl Member<'_> {
    fn write(&self, folder: &Path, runtime: &Path) {
        let krate = folder.join(&self.name);
        std::fs::create_dir_all(krate.join("src")).unwrap();
        let lead = "//! Generated.\n#![no_std]\n#![forbid(unsafe_code)]\n#![deny(warnings, clippy::all, missing_docs)]\n";
        let lib = if self.single {
            std::fs::write(krate.join("src/nk.in"), self.rust.clone().single_file()).unwrap();
            format!("{lead}include!(\"nk.in\");\n")
        } else {
            for (path, text) in self.rust.clone().files() {
                let path = krate.join("src").join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            format!("{lead}#[doc = \"Generated.\"]\npub mod nk;\n")
        };
        std::fs::write(krate.join("src/lib.rs"), lib).unwrap();
        let (name, edition, runtime) = (&self.name, self.edition, runtime.display());
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\
             [dependencies]\nnk-runtime = {{ path = \"{runtime}\" }}\n"
        );
        std::fs::write(krate.join("Cargo.toml"), manifest).unwrap();
    }
}

/// A workspace of one crate per edition and form (files, and one text for `include!`).
fn compiles(name: &str, rust: &nk_gen::emit::rust::Rust) {
    let forms = [
        ("2021", false),
        ("2021", true),
        ("2024", false),
        ("2024", true),
    ];
    let member = |(edition, single)| {
        let form = if single { "single" } else { "files" };
        Member {
            name: format!("{form}{edition}"),
            edition,
            single,
            rust,
        }
    };
    all_compile(name, &forms.map(member));
}

/// A workspace of these crates, checked and documented with warnings as errors.
fn all_compile(name: &str, members: &[Member<'_>]) {
    let dir = tempfile::tempdir().unwrap();
    let runtime = root().join("nk-runtime");
    for member in members {
        member.write(dir.path(), &runtime);
    }
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    check(dir.path(), name, &names);
}

/// Checks and documents the workspace of these members.
fn check(folder: &Path, name: &str, members: &[String]) {
    std::fs::write(
        folder.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"2\"\nmembers = {members:?}\n"),
    )
    .unwrap();
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    for command in ["check", "doc"] {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args([command, "--quiet", "--offline", "--workspace"])
            .current_dir(folder);
        if command == "doc" {
            cargo.arg("--no-deps");
        }
        let done = cargo
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env("RUSTFLAGS", "-D warnings")
            .env("RUSTDOCFLAGS", "-D warnings")
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{name}: cargo {command}\n{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

#[test]
fn our_own_descriptions_compile() {
    for name in ["goldens/filesystem", "goldens/farm", "goldens/lab"] {
        compiles(name, &generate(&root().join("tests").join(name)));
    }
}

#[test]
fn every_section_compiles_without_the_others() {
    use nk_gen::emit::rust::{Section, Sections};
    let folder = root().join("tests/goldens/lab");
    let options = nk_gen::Options {
        sources: vec![folder.clone()],
        ..Default::default()
    };
    let sections = [
        Section::Types,
        Section::Interface,
        Section::Endpoints,
        Section::Client,
        Section::Server,
    ];
    let texts =
        sections.map(|section| generate_sections(&folder, &options, Sections::of([section])));
    let members = sections.iter().zip(&texts).map(|(section, rust)| {
        let name = format!("{section:?}").to_lowercase();
        Member {
            name,
            edition: "2021",
            single: false,
            rust,
        }
    });
    all_compile("sections", &members.collect::<Vec<_>>());
}

/// One crate holds the packages, another the process class; what both name is one type.
#[test]
fn a_package_of_another_crate_is_used_instead_of_generated() {
    use nk_gen::emit::rust::{ExternPackage, Options, generate};
    let folder = root().join("tests/goldens/farm");
    let analysis = nk_gen::analyze(
        &descriptions(&folder),
        &[],
        &nk_gen::Options {
            sources: vec![folder.clone()],
            ..Default::default()
        },
    );
    let module = |name: &str, path: &str| ExternPackage::new(name, path).unwrap();
    let extern_packages = vec![
        module("farm.Sensor", "::farm_api::nk::farm::sensor"),
        module("farm.Probe", "::farm_api::nk::farm::probe"),
    ];
    let rust = generate(
        &analysis.model,
        &Options {
            extern_packages,
            ..Default::default()
        },
    )
    .unwrap();
    let text = rust.clone().single_file();
    assert!(
        text.contains("::farm_api::nk::farm::sensor::Sensor") && !text.contains("trait Sensor"),
        "{text}"
    );

    let dir = tempfile::tempdir().unwrap();
    let whole = self::generate(&folder);
    let api = Member {
        name: "farm_api".into(),
        edition: "2024",
        single: true,
        rust: &whole,
    };
    let class = Member {
        name: "farm_class".into(),
        edition: "2024",
        single: true,
        rust: &rust,
    };
    for member in [&api, &class] {
        member.write(dir.path(), &root().join("nk-runtime"));
    }
    let manifest = dir.path().join("farm_class/Cargo.toml");
    let dependency = "farm_api = { path = \"../farm_api\" }\n";
    std::fs::write(
        &manifest,
        std::fs::read_to_string(&manifest).unwrap() + dependency,
    )
    .unwrap();
    // the class of one crate is put together from the parts of the other
    let library = dir.path().join("farm_class/src/lib.rs");
    let used = "/// Takes what implements the other crate's trait.\n\
                pub fn own<S: farm_api::nk::farm::sensor::Sensor>(own: S, main: S, spare: S) -> usize {\n    \
                use nk::farm::station::*;\n    let probe = farm_api::nk::farm::probe::Probe::new(main, spare);\n    \
                let _ = Station::new(own, probe);\n    ENDPOINTS.len()\n}\n";
    std::fs::write(&library, std::fs::read_to_string(&library).unwrap() + used).unwrap();
    check(
        dir.path(),
        "extern packages",
        &["farm_api".into(), "farm_class".into()],
    );
}

#[test]
fn the_path_of_another_crates_module_is_a_path() {
    use nk_gen::emit::rust::ExternPackage;
    for wrong in [
        "",
        "::",
        "a::",
        "a b",
        "a::b;",
        "::a::<b>",
        "1a",
        "crate::nk/farm",
    ] {
        assert!(ExternPackage::new("farm.Sensor", wrong).is_err(), "{wrong}");
    }
    assert!(ExternPackage::new("farm.Sensor", "crate::nk::r#type::sensor").is_ok());
}

#[test]
fn a_package_of_plain_constants_imports_nothing_that_it_does_not_use() {
    let folder = tempfile::tempdir().unwrap();
    let text = "package Limits const UInt8 Most = 8; const SInt64 Least = -1; typedef UInt8 Level;";
    std::fs::write(folder.path().join("Limits.idl"), text).unwrap();
    compiles("constants", &generate(folder.path()));
}

#[test]
fn names_that_hurt_compile() {
    compiles("names", &generate(&root().join("tests/names")));
}

#[test]
fn whole_solutions_of_the_corpus_compile() {
    let Some(shared) = nk_tests::shared() else {
        return;
    };
    let folders = [
        (
            "cyberimmunity-edu__cyberimmune-systems-autonomous-delivery-drone-with-kos/kos/resources",
            10,
        ),
        (
            "cyberimmunity-edu__cyberimmune-systems-prototypes-FireFighter-drone-kos/resources",
            11,
        ),
        (
            "cyberimmunity-edu__cyberimmune-systems-example-traffic-light-kos/resources",
            2,
        ),
    ];
    for (folder, at_least) in folders {
        let folder = shared.join("corpus").join(folder);
        let classes = descriptions(&folder)
            .iter()
            .filter(|p| p.extension().is_some_and(|e| e == "edl"))
            .count();
        assert!(
            classes >= at_least,
            "{} has {classes} process classes",
            folder.display()
        );
        compiles(&folder.display().to_string(), &generate(&folder));
    }
}
