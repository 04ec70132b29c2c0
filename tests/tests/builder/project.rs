//! A workspace of crates with build scripts, in a folder of its own.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The workspace. A crate depends on the runtime and on the compiler, and takes in what its build script generates.
pub(crate) struct Project {
    dir: tempfile::TempDir,
    crates: Vec<String>,
}

impl Project {
    /// A workspace with these descriptions, and no crate yet.
    pub(crate) fn new(descriptions: &[(&str, &str)]) -> Self {
        let project = Self {
            dir: tempfile::tempdir().unwrap(),
            crates: Vec::new(),
        };
        let nk = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        std::fs::copy(nk.join("Cargo.lock"), project.dir.path().join("Cargo.lock")).unwrap();
        for (name, text) in descriptions {
            project.write(name, text);
        }
        project
    }

    /// Adds a crate: what its build script does with a builder, its dependencies besides, and the rest of its text.
    pub(crate) fn add(&mut self, name: &str, builder: &str, dependencies: &str, text: &str) {
        self.add_with("", name, builder, dependencies, text);
    }

    /// As [`Project::add`], with features of the compiler.
    pub(crate) fn add_with(
        &mut self,
        features: &str,
        name: &str,
        builder: &str,
        dependencies: &str,
        text: &str,
    ) {
        let nk = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap()
            .display();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [dependencies]\nnk-runtime = {{ path = \"{nk}/nk-runtime\" }}\n{dependencies}\
             [build-dependencies]\nnk-gen = {{ path = \"{nk}/nk-gen\", default-features = false, features = [{features}] }}\n"
        );
        self.write(&format!("{name}/Cargo.toml"), &manifest);
        let build = format!("fn main() {{ nk_gen::Builder::new().{builder}.unwrap_or_exit() }}");
        self.write(&format!("{name}/build.rs"), &build);
        self.write(
            &format!("{name}/src/lib.rs"),
            &format!("nk_runtime::include_nk!();\n{text}"),
        );
        self.crates.push(name.to_owned());
        let members = format!(
            "[workspace]\nresolver = \"2\"\nmembers = {:?}\n",
            self.crates
        );
        self.write("Cargo.toml", &members);
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs cargo on the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Output {
        // one folder for all runs, so that the compiler itself is built once
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("builder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(arguments)
            .arg("--offline")
            .current_dir(self.dir.path())
            .env("CARGO_TARGET_DIR", target);
        cargo.output().unwrap()
    }

    /// Builds; answers the crates of the project that were compiled, their build scripts' runs not counted.
    pub(crate) fn build(&self) -> BTreeSet<String> {
        let done = self.cargo(&["build", "--message-format=json"]);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let text = String::from_utf8(done.stdout).unwrap();
        let messages = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let compiled =
            messages.filter(|m| m["reason"] == "compiler-artifact" && m["fresh"] == false);
        compiled
            .map(|m| m["target"]["name"].as_str().unwrap().to_owned())
            .filter(|n| self.crates.contains(n))
            .collect()
    }
}
