//! What the compiler writes, whatever the description: every type compiles in every position.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Writes the generated tree of all descriptions below a folder to another folder.
fn generate(descriptions: &Path, to: &Path) {
    let options = nk_gen::Options {
        sources: vec![descriptions.to_owned()],
        ..Default::default()
    };
    let analysis = nk_gen::analyze(&nk_tests::descriptions(descriptions), &[], &options);
    assert!(
        !analysis.has_errors(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
    );
    let rust =
        nk_gen::emit::rust::generate(&analysis.model, &nk_gen::emit::rust::Options::default())
            .unwrap();
    for (path, text) in rust.files() {
        std::fs::create_dir_all(to.join(&path).parent().unwrap()).unwrap();
        std::fs::write(to.join(path), text).unwrap();
    }
}

/// Every way to write a type, down to two levels of arrays and sequences, by a name that can stand in other names.
fn types() -> Vec<(String, String)> {
    let leaves = [
        "UInt8",
        "SInt16",
        "UInt64",
        "UIntSize",
        "string<9>",
        "bytes<9>",
        "Plain",
        "Text",
        "OneOf",
        "OneOfTexts",
        "Alias",
    ];
    let leaves: Vec<_> = leaves
        .iter()
        .map(|leaf| (leaf.replace(['<', '>'], ""), (*leaf).to_owned()))
        .collect();
    let wrapped = |inner: &[(String, String)]| -> Vec<_> {
        let wrap = |(name, ty): &(String, String)| {
            [
                (format!("{name}Few"), format!("array<{ty}, 2>")),
                (format!("{name}Many"), format!("array<{ty}, 70>")),
                (format!("{name}Seq"), format!("sequence<{ty}, 3>")),
            ]
        };
        inner.iter().flat_map(wrap).collect()
    };
    let once = wrapped(&leaves);
    let twice = wrapped(&once);
    [leaves, once, twice].concat()
}

const DECLARED: &str = "struct Plain { UInt8 a; UInt32 b; }\nstruct Text { string<4> a; UInt8 b; }\n\
                        union OneOf { UInt8 a; Plain b; }\nunion OneOfTexts { UInt8 a; Text b; }\ntypedef bytes<5> Alias;\n";

/// A package for each position that a type can stand in.
fn every_type_in_every_position(folder: &Path) {
    let (mut fields, mut alone, mut beside) = (String::new(), String::new(), String::new());
    for (name, ty) in types() {
        let _ = writeln!(
            fields,
            "struct Has{name} {{ {ty} it; }}\nstruct Amid{name} {{ UInt8 a; {ty} it; UInt16 b; }}\n\
             union Or{name} {{ {ty} it; UInt16 other; }}\ntypedef {ty} As{name};\nstruct Of{name} {{ As{name} it; }}"
        );
        let _ = writeln!(
            alone,
            "In{name}(in {ty} it);\nOut{name}(out {ty} it);\nFail{name}(error {ty} it);\n\
             Swap{name}(in {ty} it, out {ty} back, error UInt8 why);"
        );
        let _ = writeln!(
            beside,
            "In{name}(in {ty} it, in UInt8 a);\nOut{name}(out UInt8 a, out {ty} it);\nFail{name}(out {ty} a, error {ty} it, error UInt8 b);"
        );
    }
    let handles = "handle<all.Alone> h, in Handle i, in array<Handle, 2> j";
    let _ = writeln!(
        alone,
        "InHandle(in Handle h);\nOutHandle(out Handle h);\nFailHandle(error Handle h);\nInHandles(in array<Handle, 5> h);"
    );
    let _ = writeln!(
        beside,
        "Handles(in {handles}, in UInt8 k, out array<handle<all.Alone>, 3> l, error Handle m);"
    );
    let folder = folder.join("all");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("Fields.idl"),
        format!("package all.Fields\n{DECLARED}{fields}"),
    )
    .unwrap();
    for (name, methods) in [("Alone", alone), ("Beside", beside)] {
        let text = format!("package all.{name}\n{DECLARED}interface {{\n{methods}}}\n");
        std::fs::write(folder.join(format!("{name}.idl")), text).unwrap();
    }
    let class = "task class all.Class\nendpoints { alone : all.Alone\n beside : all.Beside }\n";
    std::fs::write(folder.join("Class.edl"), class).unwrap();
}

#[test]
fn every_type_compiles_in_every_position() {
    let dir = tempfile::tempdir().unwrap();
    every_type_in_every_position(&dir.path().join("idl"));
    generate(&dir.path().join("idl"), &dir.path().join("src"));
    std::fs::write(
        dir.path().join("src/lib.rs"),
        "#![no_std]\n#![forbid(unsafe_code)]\npub mod nk;\n",
    )
    .unwrap();
    let runtime = root().join("nk-runtime").display().to_string();
    let manifest = format!(
        "[package]\nname = \"all\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nnk-runtime = {{ path = {runtime:?}, default-features = false }}\n"
    );
    std::fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["check", "--quiet", "--offline"])
        .current_dir(dir.path());
    let done = cargo
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .env("RUSTFLAGS", "-D warnings")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        done.status.success(),
        "{}",
        said.chars().take(5000).collect::<String>()
    );
}

/// What users deny in their own crates.
const STRICT: &str = "#![no_std]\n#![deny(warnings, clippy::all, clippy::pedantic, missing_docs, unreachable_pub)]\n\
                      #![deny(missing_debug_implementations, rust_2018_idioms, unused_qualifications)]\n//! Strict.\n";

/// clippy with its defaults about a crate of this text that has the generated tree beside it.
fn clippy_is_content(folder: &Path, library: &str) {
    std::fs::write(folder.join("src/lib.rs"), library).unwrap();
    let runtime = root().join("nk-runtime").display().to_string();
    let manifest = format!(
        "[package]\nname = \"linted\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nnk-runtime = {{ path = {runtime:?}, default-features = false }}\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["clippy", "--quiet", "--offline", "--", "-D", "warnings"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"));
    let done = cargo
        .output()
        .expect("clippy is part of the toolchain that this project is built with");
    let said = String::from_utf8_lossy(&done.stderr);
    let said = said.chars().take(5000).collect::<String>();
    assert!(done.status.success(), "{library}\n{said}");
}

/// `tests/lints` has everything that lints speak up about: lists in comments, long methods, names such as `new` and `not`.
#[test]
fn lints_of_a_users_crate_hold_whatever_the_description_says() {
    let dir = tempfile::tempdir().unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    generate(&tests.join("lints"), &dir.path().join("src"));
    clippy_is_content(dir.path(), &format!("{STRICT}pub mod nk;\n"));
    clippy_is_content(dir.path(), &format!("{STRICT}mod nk;\n"));
}

/// What stands at the top of the tree is for names and text of descriptions: the templates need none of it.
#[test]
fn ordinary_descriptions_need_no_lint_allowed() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    for golden in ["farm", "filesystem", "lab", "wire"] {
        let dir = tempfile::tempdir().unwrap();
        generate(&tests.join("goldens").join(golden), &dir.path().join("src"));
        let root = dir.path().join("src/nk/mod.rs");
        let text = std::fs::read_to_string(&root).unwrap();
        let end = text.rfind(")]\n").unwrap();
        std::fs::write(&root, &text[end + 3..]).unwrap();
        clippy_is_content(dir.path(), "#![no_std]\npub mod nk;\n");
    }
}
