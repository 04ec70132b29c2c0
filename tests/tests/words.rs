//! Every word that means something to Rust, in every position that a description has for a name: all of it compiles.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use nk_gen::text::diagnostic::Severity;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Keywords of all editions: strict, reserved and weak.
const KEYWORDS: &str = "as break const continue crate else enum extern false fn for if impl in let loop match mod move mut \
    pub ref return self Self static struct super trait true type unsafe use where while async await dyn gen abstract \
    become box do final macro override priv typeof unsized virtual yield try macro_rules raw safe union auto default";

/// What stands in every scope without being imported.
const PRELUDE: &str = "Send Sync Sized Unpin Copy Drop Fn FnMut FnOnce Box ToOwned Clone PartialEq Eq PartialOrd Ord AsRef \
    AsMut Into From Default Iterator Extend IntoIterator DoubleEndedIterator ExactSizeIterator Option Some None Result Ok \
    Err String ToString Vec TryFrom TryInto FromIterator Debug Hash Future IntoFuture std core alloc test drop bool char \
    str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 assert panic vec format";

/// What the generated text itself calls its things.
const OURS: &str = "nk nk_runtime Proxy Request Response Interface Class Peer Transport Dispatch dispatch new read \
    RequestBuf ResponseBuf REQUEST_MAX INTERFACE ENDPOINTS T I T_ I_ out w at m q iid mid riid imp room req res reply fill \
    Wire Put put Element View Out Buf One Seq Handle_ error message value items len";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Words that IDL keeps for itself where a type or a constant is named.
fn is_reserved(word: &str) -> bool {
    matches!(word, "const" | "struct" | "union" | "in" | "out" | "error")
}

/// The descriptions of one word; the number keeps those of different words apart.
fn descriptions(number: usize, word: &str) -> Vec<(String, String)> {
    let members = format!(
        "struct Has {{ UInt8 {word}; }}\nstruct Holds {{ string<4> {word}; UInt16 other; }}\n\
         union Or {{ UInt8 {word}; Holds other; }}\n\
         interface {{\n{word}(in UInt8 {word});\nGive(out Has {word});\nText(out string<4> {word}, error bytes<2> other);\n\
         Fail(error UInt8 {word});\nList(in sequence<Or, 2> {word}, out sequence<Has, 2> other);\n}}"
    );
    let mut all = vec![
        (
            format!("names/Members{number}.idl"),
            format!("package names.Members{number}\n{members}\n"),
        ),
        (
            format!("names/in{number}/{word}/Inside.idl"),
            format!("package names.in{number}.{word}.Inside\nstruct S {{ UInt8 a; }}\n"),
        ),
        (
            format!("names/Part{number}.cdl"),
            format!(
                "component names.Part{number}\nendpoints {{ {word} : names.Members{number} }}\n"
            ),
        ),
        (
            format!("names/Whole{number}.edl"),
            format!(
                "task class names.Whole{number}\ncomponents {{ {word} : names.Part{number} }}\n"
            ),
        ),
    ];
    if !is_reserved(word) {
        let uses = format!("(in {word} one, out {word} two);");
        let ways = [
            (
                "Struct",
                format!(
                    "struct {word} {{ UInt8 a; }}\nstruct More {{ {word} it; }}\ninterface {{ Use{uses} }}"
                ),
            ),
            (
                "Text",
                format!("struct {word} {{ string<4> a; }}\ninterface {{ Use{uses} }}"),
            ),
            (
                "Union",
                format!("union {word} {{ UInt8 a; string<4> b; }}\ninterface {{ Use{uses} }}"),
            ),
            (
                "Alias",
                format!("typedef bytes<4> {word};\ninterface {{ Use{uses} }}"),
            ),
            (
                "Constant",
                format!(
                    "const UInt8 {word} = 4;\ninterface {{ Use(in bytes<{word}> one, out string<{word}> two); }}"
                ),
            ),
        ];
        for (way, text) in ways {
            all.push((
                format!("names/{way}{number}.idl"),
                format!("package names.{way}{number}\n{text}\n"),
            ));
        }
    }
    if word.starts_with(|c: char| c.is_ascii_uppercase()) {
        let text = format!(
            "package names.last{number}.{word}\nstruct S {{ UInt8 a; }}\ninterface {{ Use(in S s); }}\n"
        );
        all.push((format!("names/last{number}/{word}.idl"), text));
        all.push((
            format!("names/class{number}/{word}.edl"),
            format!("task class names.class{number}.{word}\nendpoints {{ own : names.last{number}.{word} }}\n"),
        ));
    }
    all
}

#[test]
fn every_word_compiles_in_every_position() {
    let dir = tempfile::tempdir().unwrap();
    let words = [KEYWORDS, PRELUDE, OURS]
        .into_iter()
        .flat_map(str::split_whitespace);
    let mut files = Vec::new();
    for (number, word) in words.enumerate() {
        for (path, text) in descriptions(number, word) {
            let path = dir.path().join("idl").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            files.push(path);
        }
    }
    let options = nk_gen::Options {
        include: vec![dir.path().join("idl")],
        ..Default::default()
    };
    let analysis = nk_gen::analyze(&files, &[], &options);
    let errors: Vec<_> = analysis
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .cloned()
        .collect();
    assert!(
        errors.is_empty(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &errors)
    );
    let rust = match nk_gen::emit::rust::generate(
        &analysis.model,
        &nk_gen::emit::rust::Options::default(),
    ) {
        Ok(rust) => rust,
        Err(findings) => panic!(
            "{}",
            nk_gen::text::render::plain(&analysis.sources, &findings)
        ),
    };
    // the edition with the most keywords
    check(&dir.path().join("crate"), &rust.single_file());
}

/// A crate of this text passes with warnings as errors.
fn check(folder: &Path, text: &str) {
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::write(
        folder.join("src/lib.rs"),
        format!("#![no_std]\n#![forbid(unsafe_code)]\n{text}"),
    )
    .unwrap();
    let runtime = root().join("nk-runtime").display().to_string();
    let manifest = format!(
        "[package]\nname = \"words\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nnk-runtime = {{ path = {runtime:?}, default-features = false }}\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["check", "--quiet", "--offline"])
        .current_dir(folder);
    let done = cargo
        .env("CARGO_TARGET_DIR", folder.join("target"))
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
