//! `nk-gen run`: with a stand-in for `einit` that says when it is started and when it is stopped.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

const FILES: [(&str, &str); 6] = [
    ("Ping.idl", "package Ping interface { Do(in UInt32 v); }"),
    ("S.edl", "task class S endpoints { e : Ping }"),
    ("C.edl", "task class C"),
    ("Einit.edl", "task class Einit"),
    (
        "init.yaml",
        "entities:\n- name: C\n  connections: [{target: S, id: c}]\n- name: S\n",
    ),
    ("security.psl", POLICY),
];
const POLICY: &str = "use nk.base._ use EDL Einit use EDL C use EDL S
execute { grant () }
request src=C dst=S { grant () }
response src=S dst=C { grant () }
";
/// It ends when its parent does, like the original.
const EINIT: &str = "#!/bin/sh
[ -s \"$1\" ] || exit 3
[ \"$2\" = --programs ] && [ \"$4\" = --end-with-parent ] || exit 2
echo \"started $5\"
trap 'echo stopped; exit 143' TERM
[ \"$5\" = --verbose ] && exit 4
while kill -0 $PPID 2>/dev/null; do sleep 0.02; done
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES.iter().chain(&[("einit", EINIT)]) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    std::fs::set_permissions(
        folder.path().join("einit"),
        std::fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    folder
}

fn command(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nk-gen"));
    command.current_dir(folder).args([
        "run",
        "-I",
        ".",
        "--init",
        "init.yaml",
        "--policy",
        "security.psl",
    ]);
    command.args(["--einit", "./einit"]).args(more);
    command
}

#[test]
fn a_solution_is_compiled_and_run_and_its_code_is_the_commands() {
    let folder = folder();
    let output = command(folder.path(), &["--", "--verbose"])
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(4), &b"started --verbose\n"[..])
    );
    std::fs::write(folder.path().join("security.psl"), "nothing").unwrap();
    let output = command(folder.path(), &[]).output().unwrap();
    assert_eq!(
        (output.status.code(), output.stdout.len()),
        (Some(1), 0),
        "nothing is run that does not compile"
    );
    std::fs::write(folder.path().join("security.psl"), POLICY).unwrap();
    let output = command(folder.path(), &["--einit", "./nowhere"]).output();
    assert_eq!(output.unwrap().status.code(), Some(2), "one einit");
}

/// A run with `--watch`, ended with the test.
struct Watched {
    run: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watched {
    fn next(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.run.kill();
        let _ = self.run.wait();
    }
}

#[test]
fn a_change_of_policy_description_start_up_or_program_starts_the_solution_again() {
    let folder = folder();
    let mut run = command(folder.path(), &["--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines();
    let mut watched = Watched { run, lines };
    let mut told = |end: &str| while !said.next().unwrap().unwrap().ends_with(end) {};
    let change = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    assert_eq!(watched.next(), "started ");
    let changes = [
        (
            "security.psl",
            format!("{POLICY}request src=S dst=C {{ grant () }}"),
        ),
        ("Ping.idl", FILES[0].1.replace("UInt32 v", "UInt64 v")),
        (
            "init.yaml",
            FILES[4].1.replace("- name: S", "- name: S\n  args: [x]"),
        ),
        // the program of task `C`
        ("C", "now there is one".to_owned()),
    ];
    for (name, text) in changes {
        change(name, &text);
        told("starting again");
        assert_eq!(
            [watched.next(), watched.next()],
            ["stopped", "started "],
            "{name}"
        );
    }
    // what does not compile is told, and what runs goes on
    change("security.psl", "use nowhere._");
    told("what runs goes on as it was");
    change("security.psl", POLICY);
    told("starting again");
    assert_eq!([watched.next(), watched.next()], ["stopped", "started "]);
}
