//! A package that uses the macro, compiled by cargo: what it accepts, what it says about mistakes, and when it is built again.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A package in a folder of its own, under a name of its own: cargo knows packages of one target folder by their names.
struct Package(tempfile::TempDir, &'static str);

impl Package {
    fn new(name: &'static str, library: &str, descriptions: &[(&str, &str)]) -> Self {
        let package = Self(tempfile::tempdir().unwrap(), name);
        let nk = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let path = |of: &str| nk.join(of).display().to_string();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             nk-macros = {{ path = {:?} }}\nnk-runtime = {{ path = {:?} }}\n",
            path("nk-macros"),
            path("nk-runtime")
        );
        package.write("Cargo.toml", &manifest);
        std::fs::copy(nk.join("Cargo.lock"), package.0.path().join("Cargo.lock")).unwrap();
        package.write("src/lib.rs", library);
        for (name, text) in descriptions {
            package.write(name, text);
        }
        package
    }
    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    fn check(&self, arguments: &[&str]) -> Output {
        // one folder for all packages, so that the compiler of descriptions is built once
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("package");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["check", "--offline"])
            .args(arguments)
            .current_dir(self.0.path())
            .env("CARGO_TARGET_DIR", target);
        cargo.output().unwrap()
    }
    /// What cargo says when the package does not compile, or must not warn.
    fn said(&self) -> String {
        let done = self.check(&["--quiet", "--message-format=short"]);
        String::from_utf8(done.stderr).unwrap()
    }
    /// Whether it had to be compiled, and could be.
    fn compiles_anew(&self) -> bool {
        let done = self.check(&[]);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        said.contains(&format!("Checking {} v0.0.0", self.1))
    }
}

/// Cargo compares modification times; make sure that the next one differs.
fn wait_for_the_clock() {
    std::thread::sleep(std::time::Duration::from_millis(1100));
}

const PING: &str = "package Ping interface { Ping(in UInt32 value, out UInt32 result); }";

#[test]
fn the_tree_is_there_and_is_built_again_when_a_description_changes() {
    let library = "nk_macros::generate!({ include: [\"idl\"], files: [\"Server.edl\"] });\n\
                   pub use nk::ping::{Ping, Proxy};\npub use nk::server::{Server, PING};\n";
    let class = "task class Server endpoints { ping : Ping }";
    let package = Package::new(
        "rebuilt",
        library,
        &[("idl/Server.edl", class), ("idl/Ping.idl", PING)],
    );
    assert!(package.compiles_anew(), "at first");
    assert!(!package.compiles_anew(), "nothing has changed");
    wait_for_the_clock();
    package.write("notes.txt", "unrelated");
    assert!(!package.compiles_anew(), "an unrelated file");
    package.write(
        "idl/Ping.idl",
        &PING.replace("UInt32 value", "UInt64 value"),
    );
    assert!(
        package.compiles_anew(),
        "a description that only another names"
    );
    assert!(!package.compiles_anew(), "nothing has changed since");
    wait_for_the_clock();
    package.write(
        "idl/Ping.idl",
        "package Ping interface { Ping(in Uint32 value); }",
    );
    assert!(package.said().contains("NK0106"));
    wait_for_the_clock();
    package.write("idl/Ping.idl", PING);
    assert!(package.compiles_anew(), "the mistake is gone");
}

#[test]
fn every_finding_is_shown_with_its_place_in_the_description() {
    let library = "nk_macros::generate!({\n    files: [\"idl/Wrong.idl\"],\n    inline: \"package Other struct S { Uint8 a; }\",\n});\n";
    let wrong = "package Wrong\nstruct S {\n    Uint32 a;\n    Uint16 b;\n}\n";
    let said = Package::new("mistaken", library, &[("idl/Wrong.idl", wrong)]).said();
    for expected in [
        "src/lib.rs:2:13: error: error[NK0106]: unknown type `Uint32`",
        "idl/Wrong.idl:3:5",
        "3 |     Uint32 a;",
        "src/lib.rs:2:13: error: error[NK0106]: unknown type `Uint16`",
        "idl/Wrong.idl:4:5",
        "src/lib.rs:3:13: error: error[NK0106]: unknown type `Uint8`",
        "<inline>/Other.idl:1:26",
        "did you mean `UInt8`?",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn warnings_of_the_compiler_are_warnings_of_rustc() {
    let library = "nk_macros::generate!({ inline: \"package Odd struct S { UInt8 a_b; }\" });\n";
    let package = Package::new("warned", library, &[]);
    let said = package.said();
    assert!(
        said.contains("src/lib.rs:1:32: warning: use of deprecated"),
        "{said}"
    );
    assert!(
        said.contains("warning[NK0403]: the name `a_b` contains `_`"),
        "{said}"
    );
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn wrong_arguments_are_errors_at_their_places() {
    // where the mistake begins, what is said about it, the arguments
    let cases = [
        (
            "file:",
            "unknown key `file`; expected one of `files`",
            "{ file: \"A.idl\" }",
        ),
        (
            "files: \"B",
            "duplicate key `files`",
            "{ files: [\"A.idl\"], files: \"B.idl\" }",
        ),
        ("1", "expected string literal", "{ files: 1 }"),
        ("x", "expected string literal", "{ files: [x] }"),
        ("[", "expected `:`", "{ files [] }"),
        ("\"A", "expected curly braces", "\"A.idl\""),
        (
            "\"clients",
            "unknown section `clients`",
            "{ sections: \"clients\", files: [] }",
        ),
        (
            "\"2.0",
            "unknown version `2.0`",
            "{ compat_version: \"2.0\", files: [] }",
        ),
        (
            "\"file-",
            "unknown limit `file-byte`",
            "{ limits: { \"file-byte\": 1 }, files: [] }",
        ),
        (
            "\"1a",
            "is no path of a Rust module",
            "{ extern_packages: { \"A\": \"1a\" }, files: [] }",
        ),
    ];
    let macro_ = "nk_macros::generate!(";
    let missing = "nk_macros::generate!({ include: \"idl\" });\n".to_owned();
    let invocations = cases.map(|(_, _, arguments)| format!("{macro_}{arguments});\n"));
    let said = Package::new("misused", &(invocations.concat() + &missing), &[]).said();
    for (line, (mistake, message, arguments)) in (1..).zip(cases) {
        let column = macro_.len() + 1 + arguments.find(mistake).unwrap();
        let expected = format!("src/lib.rs:{line}:{column}: error: ");
        let of_line = said.lines().find_map(|said| said.strip_prefix(&expected));
        let of_line = of_line.unwrap_or_else(|| panic!("nothing at {expected}{arguments}\n{said}"));
        assert!(of_line.contains(message), "{arguments}\n{of_line}");
    }
    assert!(
        said.contains("src/lib.rs:11:1: error: nothing to compile: give `files`"),
        "{said}"
    );
}

#[test]
fn files_below_a_folder_of_sources_and_what_builders_offer_are_accepted() {
    let library = "nk_macros::generate!({\n    sources: [\"idl\"],\n    files: \"deep/Server.edl\",\n    sections: [\"server\", \"client\"],\n    \
                   compat_version: \"1.4\",\n    limits: { \"file-bytes\": 1_000 },\n    external: [\"kl.\"],\n    classes: [],\n});\n\
                   pub use nk::server::Server;\n";
    let class = "task class Server endpoints { ping : Ping }";
    let package = Package::new(
        "options",
        library,
        &[("idl/deep/Server.edl", class), ("idl/far/Ping.idl", PING)],
    );
    assert!(package.compiles_anew());
}
