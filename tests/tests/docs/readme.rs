//! The README's solution of one's own: its blocks as files, built and run as it says.
use super::pages::{root, text};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The blocks of code of the section, with their languages.
fn blocks() -> Vec<(String, String)> {
    let readme = text("README.md");
    let (_, section) = readme.split_once("## A solution of your own\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let parts: Vec<&str> = section.split("```").collect();
    let block = |part: &&str| {
        let (language, code) = part.split_once('\n').unwrap();
        (language.to_owned(), code.to_owned())
    };
    parts.iter().skip(1).step_by(2).map(block).collect()
}

/// The files in the blocks: one begins where a comment names it. A manifest says no name.
fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for (language, code) in blocks() {
        if language == "toml" {
            files.push(("Cargo.toml".to_owned(), code));
            continue;
        }
        for line in code.lines() {
            if let Some(name) = named(line) {
                files.push((name.to_owned(), String::new()));
            }
            if language != "sh" {
                let (_, file) = files.last_mut().unwrap();
                file.push_str(line);
                file.push('\n');
            }
        }
    }
    files
}

/// `// src/lib.rs: …`, `# init.yaml: …`, `/* security.psl: … */`
fn named(line: &str) -> Option<&str> {
    let comment = ["// ", "# ", "/* "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))?;
    let name = comment.split([':', ' ']).next()?;
    let ending = Path::new(name).extension()?.to_str()?;
    ["rs", "idl", "edl", "yaml", "psl"]
        .contains(&ending)
        .then_some(name)
}

fn cargo(folder: &Path, target: &Path, arguments: &[&str]) {
    let done = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// The folder that this test's own workspace builds programs into.
fn workspace_target() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().to_owned()
}

#[test]
fn the_solution_of_ones_own_prints_what_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let nk = root();
    for (name, content) in files() {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(
            path,
            content.replace("\"../nk/", &format!("\"{}/", nk.display())),
        )
        .unwrap();
    }
    std::fs::copy(nk.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    // the folder that the tests of build scripts use too: the compiler is built once
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("builder");
    cargo(folder.path(), &target, &["build"]);
    let tools = workspace_target();
    cargo(
        &nk,
        tools.parent().unwrap(),
        &["build", "--bins", "--package=nk-gen", "--package=nk-kernel"],
    );
    let (_, commands) = blocks()
        .into_iter()
        .find(|(language, _)| language == "sh")
        .unwrap();
    let run = commands
        .lines()
        .find(|line| line.starts_with("nk-gen run "))
        .unwrap();
    let programs = target.join("debug");
    let run = run.replace("target/debug", programs.to_str().unwrap());
    let done = Command::new(tools.join("nk-gen"))
        .args(run.split(' ').skip(1))
        .current_dir(folder.path())
        .env("PATH", &tools)
        .output()
        .unwrap();
    let said = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert!(
        done.status.success() && said.0.lines().any(|line| line == "[Client] 42"),
        "{said:?}"
    );
}
