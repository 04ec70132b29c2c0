//! What the compiler writes is accepted by rustc with warnings as errors, in editions 2021 and 2024: our own descriptions
//! always, three whole solutions of the shared corpus when `NK_SHARED` is set.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else if path.extension().is_some_and(|e| e == "idl" || e == "cdl" || e == "edl") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn generate(folder: &Path) -> nk_gen::emit::rust::Rust {
    let options = nk_gen::Options { sources: vec![folder.to_owned()], ..Default::default() };
    let analysis = nk_gen::analyze(&below(folder), &[], &options);
    assert!(!analysis.has_errors(), "{}", nk_gen::render::plain(&analysis.sources, &analysis.diagnostics));
    assert!(analysis.missing().is_empty());
    match nk_gen::emit::rust::generate(&analysis.model, &nk_gen::emit::rust::Options::default()) {
        Ok(rust) => rust,
        Err(findings) => panic!("{}", nk_gen::render::plain(&analysis.sources, &findings)),
    }
}

/// A workspace of one crate per edition and form (files, and one text for `include!`), checked with warnings as errors.
fn compiles(name: &str, rust: &nk_gen::emit::rust::Rust) {
    let dir = tempfile::tempdir().unwrap();
    let runtime = root().join("nk-runtime");
    let mut members = Vec::new();
    for edition in ["2021", "2024"] {
        for form in ["files", "single"] {
            let krate = dir.path().join(format!("{form}{edition}"));
            std::fs::create_dir_all(krate.join("src")).unwrap();
            let lead =
                "//! Generated.\n#![no_std]\n#![forbid(unsafe_code)]\n#![deny(warnings, clippy::all, missing_docs)]\n";
            let lib = if form == "files" {
                for (path, text) in rust.files().unwrap() {
                    let path = krate.join("src").join(path);
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, text).unwrap();
                }
                format!("{lead}#[doc = \"Generated.\"]\npub mod nk;\n")
            } else {
                std::fs::write(krate.join("src/nk.in"), rust.single_file().unwrap()).unwrap();
                format!("{lead}include!(\"nk.in\");\n")
            };
            std::fs::write(krate.join("src/lib.rs"), lib).unwrap();
            std::fs::write(
                krate.join("Cargo.toml"),
                format!(
                    "[package]\nname = \"{form}{edition}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\
                     [dependencies]\nnk-runtime = {{ path = \"{}\" }}\n",
                    runtime.display()
                ),
            )
            .unwrap();
            members.push(format!("{form}{edition}"));
        }
    }
    std::fs::write(dir.path().join("Cargo.toml"), format!("[workspace]\nresolver = \"2\"\nmembers = {members:?}\n"))
        .unwrap();
    std::fs::copy(root().join("Cargo.lock"), dir.path().join("Cargo.lock")).unwrap();
    for command in ["check", "doc"] {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([command, "--quiet", "--offline", "--workspace"]).current_dir(dir.path());
        if command == "doc" {
            cargo.arg("--no-deps");
        }
        let done = cargo
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .env("RUSTFLAGS", "-D warnings")
            .env("RUSTDOCFLAGS", "-D warnings")
            .output()
            .unwrap();
        assert!(done.status.success(), "{name}: cargo {command}\n{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn our_own_descriptions_compile() {
    for name in ["goldens/filesystem", "goldens/farm", "goldens/lab"] {
        compiles(name, &generate(&root().join("tests").join(name)));
    }
}

#[test]
fn names_that_hurt_compile() {
    compiles("names", &generate(&root().join("tests/names")));
}

#[test]
fn whole_solutions_of_the_corpus_compile() {
    let Some(shared) = nk_tests::shared() else { return };
    let folders = [
        ("cyberimmunity-edu__cyberimmune-systems-autonomous-delivery-drone-with-kos/kos/resources", 10),
        ("cyberimmunity-edu__cyberimmune-systems-prototypes-FireFighter-drone-kos/resources", 11),
        ("cyberimmunity-edu__cyberimmune-systems-example-traffic-light-kos/resources", 2),
    ];
    for (folder, at_least) in folders {
        let folder = shared.join("corpus").join(folder);
        let classes = below(&folder).iter().filter(|p| p.extension().is_some_and(|e| e == "edl")).count();
        assert!(classes >= at_least, "{} has {classes} process classes", folder.display());
        compiles(&folder.display().to_string(), &generate(&folder));
    }
}
