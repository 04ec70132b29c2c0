//! How findings look: the place is marked under the characters it is about, whatever stands before them, in both renderers;
//! and nothing is wider than the terminal.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::text::render;
use nk_gen::{Options, analyze};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use tempfile::TempDir;

/// A folder with `A.idl`.
fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("A.idl"), text).unwrap();
    folder
}

/// What the command says about `A.idl` to a pipe, with `COLUMNS` if given, without the hint at the end.
fn drawn(text: &str, columns: Option<&str>) -> String {
    let folder = folder(text);
    let mut command = Command::new(env!("CARGO_BIN_EXE_nk-gen"));
    command
        .current_dir(&folder)
        .args(["check", "A.idl"])
        .env_remove("COLUMNS");
    if let Some(columns) = columns {
        command.env("COLUMNS", columns);
    }
    let shown = String::from_utf8(command.output().unwrap().stderr).unwrap();
    shown
        .split("\nfor more about an error")
        .next()
        .unwrap()
        .to_owned()
}

/// What a build script says about `A.idl`.
fn plain(text: &str) -> String {
    let folder = folder(text);
    let analysis = analyze(&[folder.path().join("A.idl")], &[], &Options::default());
    let shown = render::plain(&analysis.sources, &analysis.diagnostics);
    shown.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn marks_stand_under_the_place_behind_tabs_and_wide_characters() {
    let text = "package A\nstruct S {\n\tUInt8\ta; /* 漢字 🚗 e\u{301} */ UInt9 b;\n}\n";
    let expected = "\
error[NK0106]: unknown type `UInt9`
   ╭─[A.idl:3:25]
 3 │     UInt8   a; /* 漢字 🚗 e\u{301} */ UInt9 b;
   ·                                ──┬──
   ·                                  ╰── not built in, and not declared here or in an imported package
   ╰────
  help: did you mean `UInt8`?
";
    assert_eq!(drawn(text, None), expected);
    let expected = "\
error[NK0106]: unknown type `UInt9`
 --> A.idl:3:25
  |
3 |     UInt8   a; /* 漢字 🚗 e\u{301} */ UInt9 b;
  |                                ^^^^^ not built in, and not declared here or in an imported package
  = help: did you mean `UInt8`?

";
    assert_eq!(plain(text), expected);
}

#[test]
fn lines_end_alike_with_and_without_a_carriage_return() {
    let text = "package A\nconst UInt8 X = 256;\nstruct S {\n    UInt8 a;\n    UInt8 a;\n}\n";
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(drawn(&crlf, None), drawn(text, None));
    assert_eq!(plain(&crlf), plain(text));
    let expected = "\
error[NK0202]: 256 does not fit `UInt8` (0…255)
   ╭─[A.idl:2:17]
 2 │ const UInt8 X = 256;
   ·                 ───
   ╰────

error[NK0205]: the member `a` is declared twice
   ╭─[A.idl:5:11]
 4 │     UInt8 a;
   ·           ┬
   ·           ╰── first here
 5 │     UInt8 a;
   ·           ┬
   ·           ╰── again here
   ╰────
";
    assert_eq!(drawn(&crlf, None), expected);
}

#[test]
fn a_place_at_the_end_of_the_file_is_on_its_line() {
    let expected = "\
error[NK0001]: expected `}` or a type, found end of file
   ╭─[A.idl:4:1]
 2 │ struct S {
   ·          ┬
   ·          ╰── this `{` is never closed
 3 │     UInt8 a;
 4 │
   · ─
   ╰────
";
    assert_eq!(
        drawn("package A\nstruct S {\n    UInt8 a;\n", None),
        expected
    );
    let expected = "\
error[NK0001]: expected `package`, found end of file
   ╭─[A.idl:1:1]
 1 │
   · ─
   ╰────
";
    assert_eq!(drawn("", None), expected);
    let expected = "\
error[NK0001]: expected `package`, found end of file
 --> A.idl:1:1
  |
1 |
  | ^

";
    assert_eq!(plain(""), expected);
}

#[test]
fn places_far_apart_are_drawn_apart() {
    let text = format!(
        "package A\nconst UInt8 X = 1;\n{}const UInt8 X = 2;\n",
        "\n".repeat(200)
    );
    let expected = "\
error[NK0105]: the name `X` is declared twice
   ╭─[A.idl:2:13]
 2 │ const UInt8 X = 1;
   ·             ┬
   ·             ╰── first here
   ╰────
     ╭─[A.idl:203:13]
 203 │ const UInt8 X = 2;
     ·             ┬
     ·             ╰── again here
     ╰────
";
    assert_eq!(drawn(&text, None), expected);
}

#[test]
fn a_place_of_several_lines_is_drawn_from_its_first_to_its_last() {
    let text = "package A\ninterface { A(); }\ninterface {\n    B();\n}\n";
    let shown = drawn(text, None);
    let lines: Vec<&str> = shown.lines().collect();
    let drawn = ["interface { A(); }", "interface {", "    B();", "}"];
    for (number, line) in drawn.iter().enumerate() {
        let number = format!(" {} │ ", number + 2);
        assert!(
            lines
                .iter()
                .any(|shown| shown.starts_with(&number) && shown.ends_with(line)),
            "{line}: {shown}"
        );
    }
    let expected = "\
error[NK0301]: package `A` has more than one `interface`
 --> A.idl:3:1
  |
3 | interface {
  | ^^^^^^^^^^^
 --> A.idl:2:1
  |
2 | interface { A(); }
  | ------------------ first here

";
    assert_eq!(plain(text), expected);
}

/// A struct in one line of many fields, one of them wrong.
fn long_line(fields: usize) -> String {
    let fields = |prefix: &str| {
        (0..fields)
            .map(|i| format!("UInt8 {prefix}{i:04}; "))
            .collect::<Vec<_>>()
            .concat()
    };
    format!(
        "package A\nstruct S {{ {}UInt9 wrong; {}}}\n",
        fields("a"),
        fields("b")
    )
}

#[test]
fn a_long_line_is_cut_to_the_width_of_the_terminal() {
    let expected = "\
error[NK0106]: unknown type `UInt9`
   ╭─[A.idl:2:2612]
 2 │ …t8 a0199; UInt9 wrong; UInt8 b0…
   ·            ──┬──
   ·              ╰── not built in, and not declared here or in an imported package
   ╰────
  help: did you mean `UInt8`?
";
    assert_eq!(drawn(&long_line(200), Some("40")), expected);
    for columns in [40, 80, 100, 200] {
        let shown = drawn(&long_line(200), Some(&columns.to_string()));
        let line = shown
            .lines()
            .find(|line| line.contains("UInt9 wrong"))
            .unwrap();
        assert!(
            (columns - 12..=columns).contains(&line.chars().count()),
            "{columns}: {line}"
        );
    }
    assert_eq!(
        drawn(&long_line(200), None),
        drawn(&long_line(200), Some("100")),
        "the usual width is a hundred"
    );
}

#[test]
fn a_line_of_a_megabyte_is_cut_like_any_other() {
    let text = format!(
        "package A\n/* {} */ const Uint8 X = 1;\n",
        "wide 漢 ".repeat(110_000)
    );
    for shown in [drawn(&text, None), plain(&text)] {
        assert!(shown.len() < 700, "{} bytes", shown.len());
        let line = shown
            .lines()
            .find(|line| line.contains("const Uint8 X = 1;"))
            .unwrap();
        let marks = shown
            .lines()
            .skip_while(|shown| *shown != line)
            .nth(1)
            .unwrap();
        let columns = |text: &str| {
            text.chars()
                .map(|c| if c == '漢' { 2 } else { 1 })
                .sum::<usize>()
        };
        let mark = marks.find(['─', '^']).unwrap();
        assert_eq!(
            columns(&marks[..mark]),
            columns(line.split("Uint8").next().unwrap()),
            "{shown}"
        );
    }
}

#[test]
fn what_acts_on_a_terminal_is_replaced_and_takes_one_column() {
    let text = "package A\n/* \u{1B}[31m\u{202E}\u{200D} */ const UInt8 X = 1;\n";
    let shown = plain(text);
    assert!(
        shown.contains("2 | /* \u{FFFD}[31m\u{FFFD}\u{FFFD} */ const UInt8 X = 1;\n  |    ^\n"),
        "{shown}"
    );
    assert!(
        !shown.contains(['\u{1B}', '\u{202E}', '\u{200D}'])
            && shown.contains("control character U+001B"),
        "{shown}"
    );
    let shown = drawn(text, None);
    assert!(
        shown.contains(" 2 │ /* \u{FFFD}[31m\u{FFFD}\u{FFFD} */ const"),
        "{shown}"
    );
    assert!(
        !shown.contains(['\u{1B}', '\u{202E}', '\u{200D}']),
        "{shown}"
    );
}

#[test]
fn a_path_is_shown_on_one_line_without_what_acts_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for (name, shown) in [
        (&b"A B'\".idl"[..], "A B'\".idl"),
        (b"A\nerror: B.idl", "A\u{FFFD}error: B.idl"),
        (b"A\x1B[31m.idl", "A\u{FFFD}[31m.idl"),
        (b"A\xFF.idl", "A\u{FFFD}.idl"),
        ("Дача 漢.idl".as_bytes(), "Дача 漢.idl"),
    ] {
        let name = OsStr::from_bytes(name);
        std::fs::write(
            folder.path().join(name),
            "package A\nconst UInt8 X = 256;\n",
        )
        .unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_nk-gen"))
            .current_dir(&folder)
            .arg("check")
            .arg(name)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("   ╭─[{shown}:2:17]\n")), "{said}");
        assert!(
            !said.contains('\u{1B}') && !said.contains("\nerror: B"),
            "{said}"
        );
    }
}

#[test]
fn a_pipe_gets_no_escape_sequences_and_colours_only_change_how_it_looks() {
    for text in [long_line(3), "package A\nconst UInt8 X_Y = 1;\n".to_owned()] {
        let without = drawn(&text, None);
        assert!(!without.contains('\u{1B}'));
        let folder = folder(&text);
        let arguments = [
            "nk-gen".into(),
            "check".into(),
            folder.path().join("A.idl").into_os_string(),
        ];
        let mut err = Vec::new();
        let _ = nk_gen::cli::run(arguments, &mut Vec::new(), &mut err, true);
        let coloured = String::from_utf8(err)
            .unwrap()
            .replace(&format!("{}/", folder.path().display()), "");
        let mut parts = coloured.split('\u{1B}');
        let bare: String = parts.next().unwrap_or("").to_owned()
            + &parts
                .map(|part| part.split_once('m').map_or("", |(_, text)| text))
                .collect::<String>();
        assert!(
            coloured.contains("\u{1B}[") && bare.starts_with(&without),
            "{coloured}\n{bare}\n{without}"
        );
    }
}

#[test]
fn what_is_to_be_copied_from_a_help_text_stays_in_one_piece() {
    let text = format!("package A\nconst UInt64 A = 1{};\n", "0".repeat(50));
    for columns in 30..100 {
        let shown = drawn(&text, Some(&columns.to_string()));
        assert!(shown.contains("`literal-digits`"), "{columns}: {shown}");
    }
}
