//! What the command prints, where, and how it ends.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nk-gen"));
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// A folder with one right and one wrong description.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("drone")).unwrap();
    let wrong = "package drone.Movement\n\ninterface {\n    Move(in Uint32 dx, in UInt32 dy);\n}\n";
    std::fs::write(folder.path().join("drone/Movement.idl"), wrong).unwrap();
    std::fs::write(
        folder.path().join("drone/Right.idl"),
        "package drone.Right interface { Go(in string<8> to); }",
    )
    .unwrap();
    folder
}

#[test]
fn a_finding_shows_the_place_the_line_and_what_to_do() {
    let (code, out, err) = run(&folder(), &["check", "-I", ".", "drone/Movement.idl"]);
    let expected = "\
error[NK0106]: unknown type `Uint32`
   ╭─[drone/Movement.idl:4:13]
 4 │     Move(in Uint32 dx, in UInt32 dy);
   ·             ───┬──
   ·                ╰── not built in, and not declared here or in an imported package
   ╰────
  help: did you mean `UInt32`?

for more about an error: nk-gen explain NK0106
";
    assert_eq!((code, out.as_str(), err.as_str()), (Some(1), "", expected));
}

#[test]
fn for_programs_a_finding_is_one_object_a_line() {
    let (code, out, err) = run(
        &folder(),
        &["check", "--format", "json", "-I", ".", "drone/Movement.idl"],
    );
    assert_eq!((code, out.as_str(), err.lines().count()), (Some(1), "", 1));
    let finding: Value = serde_json::from_str(&err).unwrap();
    let expected = [
        ("code", Value::from("NK0106")),
        ("severity", "error".into()),
        ("message", "unknown type `Uint32`".into()),
        ("file", "drone/Movement.idl".into()),
        ("line", 4.into()),
        ("column", 13.into()),
        ("end_line", 4.into()),
        ("end_column", 19.into()),
        ("help", "did you mean `UInt32`?".into()),
    ];
    let keys = expected.len() + 1; // and `related`
    for (key, value) in expected {
        assert_eq!(finding[key], value, "{key}");
    }
    assert_eq!(finding.as_object().map(serde_json::Map::len), Some(keys));
    let words = &finding["related"][0];
    let place = (&words["file"], &words["line"], &words["column"]);
    assert_eq!(place, (&"drone/Movement.idl".into(), &4.into(), &13.into()));
    assert_eq!(
        words["message"],
        "not built in, and not declared here or in an imported package"
    );
}

#[test]
fn other_places_are_shown_with_the_first() {
    let folder = folder();
    std::fs::write(
        folder.path().join("Twice.idl"),
        "package Twice\nconst UInt8 A = 1;\nconst UInt8 A = 2;\n",
    )
    .unwrap();
    let (code, _, err) = run(&folder, &["check", "Twice.idl"]);
    assert!(
        code == Some(1) && err.contains("again here") && err.contains("first here"),
        "{err}"
    );
    let (_, _, err) = run(&folder, &["check", "--format=json", "Twice.idl"]);
    let finding: Value = serde_json::from_str(&err).unwrap();
    assert_eq!(
        (&finding["line"], &finding["related"][0]["line"]),
        (&3.into(), &2.into())
    );
}

#[test]
fn every_way_to_end_has_its_code() {
    let folder = folder();
    assert_eq!(
        run(&folder, &["check", "-I", ".", "drone/Right.idl"]).0,
        Some(0)
    );
    assert_eq!(
        run(&folder, &["check", "-I", ".", "drone/Movement.idl"]).0,
        Some(1)
    );
    assert_eq!(run(&folder, &["check"]).0, Some(2));
    assert_eq!(
        run(&folder, &["check", "--no-such-option", "drone/Right.idl"]).0,
        Some(2)
    );
    assert_eq!(run(&folder, &["check", "Missing.idl"]).0, Some(3));
    assert_eq!(run(&folder, &["--version"]).0, Some(0));
    assert_eq!(
        run(&folder, &["layout", "-I", ".", "drone/Movement.idl"]).0,
        Some(1)
    );
}

#[test]
fn a_layout_goes_to_the_output_and_findings_to_the_errors() {
    let folder = folder();
    let (code, out, err) = run(&folder, &["layout", "-I", ".", "drone/Right.idl"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(
        out.contains("method Go = 0")
            && out.contains("  24 to: string<8>")
            && out.contains("arena 9 "),
        "{out}"
    );
    let (code, out, _) = run(
        &folder,
        &["layout", "--format", "json", "-I", ".", "drone/Right.idl"],
    );
    let layout: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &layout["name"], &layout["kind"]),
        (Some(0), &"drone.Right".into(), &"package".into())
    );
    assert_eq!(layout["packages"][0]["methods"][0]["request"]["size"], 32);
}

#[test]
fn nothing_that_acts_on_a_terminal_is_printed_from_a_file() {
    let folder = folder();
    let text = b"package X\n\x1B[31m const Uint8 A = 1;\n";
    std::fs::write(folder.path().join("X.idl"), text).unwrap();
    let (code, _, err) = run(&folder, &["check", "X.idl"]);
    assert!(code == Some(1) && !err.contains('\u{1B}'), "{err:?}");
}

#[test]
fn a_limit_is_raised_by_its_name_and_a_wrong_one_is_a_usage_error() {
    let folder = folder();
    let long = format!("package Long const UInt8 {} = 1;", "x".repeat(129));
    std::fs::write(folder.path().join("Long.idl"), long).unwrap();
    assert_eq!(run(&folder, &["check", "Long.idl"]).0, Some(1));
    assert_eq!(
        run(&folder, &["check", "--limit", "identifier=129", "Long.idl"]).0,
        Some(0)
    );
    for (wrong, words) in [
        ("identifer=9", "did you mean `identifier`?"),
        ("handles=256", "cannot be raised"),
        ("fields=0", "at least 1"),
        ("fields=many", "no number"),
        ("fields", "expected NAME=VALUE"),
    ] {
        let (code, _, err) = run(&folder, &["check", "--limit", wrong, "Long.idl"]);
        assert!(code == Some(2) && err.contains(words), "{wrong}: {err}");
    }
    let (_, help, _) = run(&folder, &["check", "--help"]);
    for limit in nk_gen::options::limits::Limits::ALL {
        assert!(
            help.contains(&format!("{}={}", limit.name, limit.default)),
            "{}",
            limit.name
        );
    }
}

#[test]
fn a_layout_for_32_bits_says_that_it_is_not_verified() {
    let folder = folder();
    let (code, out, _) = run(
        &folder,
        &[
            "layout",
            "--pointer-width",
            "32",
            "-I",
            ".",
            "drone/Right.idl",
        ],
    );
    // a header of 8 bytes and a handle descriptor of 12
    assert!(
        code == Some(0)
            && out.starts_with("pointer width 32: unverified")
            && out.contains("  20 to: string<8>"),
        "{out}"
    );
    let (_, out, _) = run(
        &folder,
        &[
            "layout",
            "--format=json",
            "--pointer-width=32",
            "-I",
            ".",
            "drone/Right.idl",
        ],
    );
    let layout: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&layout["pointer_width"], &layout["verified"]),
        (&32.into(), &false.into())
    );
    let (_, out, _) = run(
        &folder,
        &["layout", "--format=json", "-I", ".", "drone/Right.idl"],
    );
    let layout: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&layout["pointer_width"], &layout["verified"]),
        (&64.into(), &true.into())
    );
    assert_eq!(
        run(
            &folder,
            &[
                "layout",
                "--pointer-width",
                "16",
                "-I",
                ".",
                "drone/Right.idl"
            ]
        )
        .0,
        Some(2)
    );
}

#[test]
fn sections_select_what_is_generated() {
    let folder = folder();
    std::fs::write(
        folder.path().join("Plane.edl"),
        "task class Plane endpoints { go : drone.Right }",
    )
    .unwrap();
    let generated = |flags: &[&str]| {
        let out = folder.path().join("out");
        let _ = std::fs::remove_dir_all(&out);
        let arguments = [&["rust", "-I", ".", "-o", "out"], flags, &["Plane.edl"]].concat();
        assert_eq!(run(&folder, &arguments).0, Some(0));
        let text = |path: &str| std::fs::read_to_string(out.join(path)).unwrap_or_default();
        let text = text("nk/drone/right.rs") + &text("nk/plane.rs");
        let parts = [
            "pub trait Right",
            "pub struct Proxy",
            "pub fn dispatch",
            "pub const ENDPOINTS",
            "pub struct Plane",
        ];
        parts.map(|part| text.contains(part))
    };
    assert_eq!(generated(&[]), [true; 5]);
    assert_eq!(generated(&["--types"]), [false; 5]);
    assert_eq!(
        generated(&["--interface"]),
        [true, false, false, false, false]
    );
    assert_eq!(generated(&["--client"]), [true, true, false, false, false]);
    assert_eq!(
        generated(&["--endpoints"]),
        [true, false, false, true, false]
    );
    assert_eq!(generated(&["--server"]), [true, false, true, true, true]);
    assert_eq!(
        generated(&["--types", "--client"]),
        [true, true, false, false, false]
    );
}

#[test]
fn a_check_that_passed_leaves_its_dependencies_behind() {
    let folder = folder();
    std::fs::write(
        folder.path().join("Plane.edl"),
        "task class Plane endpoints { go : drone.Right }",
    )
    .unwrap();
    assert_eq!(
        run(
            &folder,
            &["check", "-I", ".", "--depfile", "Plane.d", "Plane.edl"]
        )
        .0,
        Some(0)
    );
    let written = std::fs::read_to_string(folder.path().join("Plane.d")).unwrap();
    assert_eq!(written, "Plane.d: \\\n Plane.edl \\\n ./drone/Right.idl\n");
}

#[test]
fn shells_and_man_are_told_about_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let (_, help, _) = run(&folder, &["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"check") && commands.len() > 10, "{help}");
    assert_eq!(
        run(&folder, &["man", "share/man1"]),
        (Some(0), String::new(), String::new())
    );
    let pages = folder.path().join("share/man1");
    let page = |name: String| std::fs::read_to_string(pages.join(name)).unwrap();
    assert!(page("nk-gen.1".to_owned()).contains("nk\\-gen\\-check(1)"));
    for command in &commands {
        let page = page(format!("nk-gen-{command}.1"));
        assert!(page.contains(&format!("\\fBnk\\-gen {command}")), "{page}");
    }
    assert_eq!(
        std::fs::read_dir(&pages).unwrap().count(),
        commands.len() + 1
    );
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script, _) = run(&folder, &["completions", shell]);
        assert_eq!(code, Some(0), "{shell}");
        let missing: Vec<_> = commands.iter().filter(|c| !script.contains(**c)).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
    }
}

#[test]
fn pages_that_cannot_be_written_are_an_error() {
    let folder = folder();
    let (code, out, err) = run(&folder, &["man", "drone/Right.idl"]);
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert!(err.starts_with("error[NK0313]: drone/Right.idl: "), "{err}");
}
