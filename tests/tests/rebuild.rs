//! What cargo compiles again: nothing after no change or an unrelated one, exactly the dependents of a changed description.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const IDL: &[(&str, &str)] = &[
    ("idl/Units.idl", "package Units\ntypedef UInt32 Metres;\n"),
    ("idl/Depth.idl", "package Depth\nimport Units\ninterface { Sound(out Metres depth); }\n"),
    ("idl/Boat.edl", "task class Boat\nendpoints { sonar : Depth }\n"),
    ("idl/Light.idl", "package Light\ninterface { Blink(in UInt8 times); }\n"),
    ("idl/Tower.edl", "task class Tower\nendpoints { lamp : Light }\n"),
];

/// A workspace of two crates with build scripts, each with one process class of the same folder.
struct Project {
    dir: tempfile::TempDir,
}

impl Project {
    /// `by`: how the build scripts name the folder.
    fn new(by: &str) -> Self {
        let project = Self { dir: tempfile::tempdir().unwrap() };
        let nk = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        project.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"boat\", \"tower\"]\n");
        std::fs::copy(nk.join("Cargo.lock"), project.dir.path().join("Cargo.lock")).unwrap();
        for (name, text) in IDL {
            project.write(name, text);
        }
        for (krate, file) in [("boat", "Boat.edl"), ("tower", "Tower.edl")] {
            project.write(
                &format!("{krate}/Cargo.toml"),
                &format!(
                    "[package]\nname = \"{krate}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                     [dependencies]\nnk-runtime = {{ path = \"{0}/nk-runtime\" }}\n\
                     [build-dependencies]\nnk-gen = {{ path = \"{0}/nk-gen\", default-features = false }}\n",
                    nk.display()
                ),
            );
            let build =
                format!("fn main() {{ nk_gen::Builder::new().{by}.compile([\"../idl/{file}\"]).unwrap_or_exit() }}");
            project.write(&format!("{krate}/build.rs"), &build);
            project.write(&format!("{krate}/src/lib.rs"), "nk_runtime::include_nk!();\n");
        }
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Builds; answers the crates of the project that were compiled, their build scripts' runs not counted.
    fn build(&self) -> BTreeSet<String> {
        // one folder for all runs, so that the compiler itself is built once
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rebuild");
        let done = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--message-format=json"])
            .current_dir(self.dir.path())
            .env("CARGO_TARGET_DIR", target)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8(done.stdout).unwrap();
        let messages = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let compiled = messages.filter(|m| m["reason"] == "compiler-artifact" && m["fresh"] == false);
        compiled
            .map(|m| m["target"]["name"].as_str().unwrap().to_owned())
            .filter(|n| n == "boat" || n == "tower")
            .collect()
    }
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

/// Cargo compares modification times; make sure that the next one differs.
fn wait_for_the_clock() {
    std::thread::sleep(std::time::Duration::from_millis(1100));
}

#[test]
fn only_what_depends_on_a_change_is_compiled_again() {
    for by in ["include(\"../idl\")", "sources(\"../idl\")"] {
        let project = Project::new(by);
        assert_eq!(project.build(), set(&["boat", "tower"]), "{by}: at first everything");
        assert_eq!(project.build(), set(&[]), "{by}: nothing has changed");
        wait_for_the_clock();
        project.write("notes.txt", "unrelated");
        assert_eq!(project.build(), set(&[]), "{by}: an unrelated file");
        project.write("idl/Units.idl", "package Units\ntypedef UInt64 Metres;\n");
        // a folder of sources is watched whole, because a file that appears in it can be the nearer one
        let whole = by.starts_with("sources");
        let dependents = if whole { set(&["boat", "tower"]) } else { set(&["boat"]) };
        assert_eq!(project.build(), dependents, "{by}: an imported file");
        assert_eq!(project.build(), set(&[]), "{by}: and then nothing again");
    }
}
