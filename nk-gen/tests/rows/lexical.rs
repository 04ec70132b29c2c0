//! B01 to B21: texts, encodings, comments, and how much there may be of them.
use crate::row::{Row, error, files, generate, idl, joined};
use crate::{HUGE, Scene};

#[allow(clippy::too_many_lines, reason = "one table")]
pub(crate) fn rows() -> Vec<Row> {
    let whole = |row, text: &str, found: &[_]| files(row, &[("p/T.idl", text)], found);
    let class = |row, text: &str, found: &[_]| files(row, &[("p/T.edl", text)], found);
    let long = format!(
        "struct S {{ /* {} */ UInt8 x«» UInt8 y; }}",
        "so ".repeat(HUGE / 3)
    );
    vec![
        whole(
            "B01",
            "«»",
            &[error(1, "expected `package`, found end of file")],
        ),
        whole(
            "B01",
            "«»// nothing\n/* but comments */\n",
            &[error(1, "expected `package`, found end of file")],
        ),
        whole(
            "B04",
            "\u{FEFF}package p.T\nconst UInt8 X = «256»;",
            &[error(202, "256")],
        ),
        idl(
            "B05",
            "const UInt«\u{FEFF}»32 X = 1;",
            &[error(3, "U+FEFF is only allowed at the start of a file")],
        ),
        idl(
            "B05",
            "«\u{FEFF}»const UInt32 X = 1;",
            &[error(3, "U+FEFF is only allowed at the start of a file")],
        ),
        idl(
            "B06",
            "const «\0»UInt32 X = 1;",
            &[error(3, "control character U+0000")],
        ),
        idl("B06", "// «\0»", &[error(3, "control character U+0000")]),
        idl(
            "B07",
            "// «\u{202E}» evil",
            &[error(
                7,
                "bidirectional control character U+202E hides text",
            )],
        ),
        idl(
            "B08",
            "// hidden«\r»const UInt32 X = 1;",
            &[error(
                5,
                "editors show a new line here, the compiler does not",
            )],
        ),
        idl(
            "B09",
            "// hidden«\u{2028}»const UInt32 X = 1;",
            &[error(7, "U+2028")],
        ),
        whole(
            "B10",
            "package p.T\r\nstruct S {\r\n  UInt8 x;\r\n  «Uint8» y;\r\n}\r\n",
            &[error(106, "`UInt8`")],
        ),
        whole(
            "B11",
            "p«а»ckage p.T",
            &[error(4, "U+0430 looks like ASCII `a`")],
        ),
        idl("B12", "struct «ﬁ»eld { UInt8 a; }", &[error(4, "U+FB01")]),
        idl(
            "B13",
            "  «/*» never closed\nstruct",
            &[error(6, "comment is not closed")],
        ),
        idl(
            "B14",
            "/* a /* b */ «c» */",
            &[error(1, "comments do not nest")],
        ),
        idl(
            "B15",
            "«<<<<<<<» HEAD\nconst UInt8 A = 1;\n=======\n>>>>>>> other\n",
            &[error(1, "merge conflict marker")],
        ),
        idl("B16", long, &[error(1, "expected `;` after `x`")]),
        idl(
            "B17",
            "\t/* 漢字 */ const UInt8 X = «;»",
            &[error(1, "expected a value")],
        ),
        idl(
            "B19",
            format!("const UInt8 «{}» = 1;", "x".repeat(129)),
            &[error(13, "identifier of 129 characters")],
        ),
        idl(
            "B19",
            format!("const UInt8 «{}» = 1;", "x".repeat(100_000)),
            &[error(13, "100000 characters")],
        ),
        idl(
            "B20",
            "«structx» S { UInt8 a; }",
            &[error(1, "did you mean `struct`?")],
        ),
        idl(
            "B20",
            "«constUInt32» X = 1;",
            &[error(1, "put a space after `const`")],
        ),
        class(
            "B20",
            "«taskclass» p.T",
            &[error(1, "did you mean `task class`?")],
        ),
        idl(
            "B21",
            "const «Foo» A = 1;\nconst «Foo» B = 1;",
            &[error(106, "unknown type `Foo`"); 2],
        ),
    ]
}

pub(crate) const SCENES: &[Scene] = &[
    ("B02", not_utf8),
    ("B03", utf16),
    ("B16", a_long_line_is_cut),
    ("B18", not_a_small_file),
    ("B21", ten_thousand),
];

/// The only finding about a file with these bytes: its code, line and column.
fn of_bytes(bytes: &[u8]) -> (String, u64, u64, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("T.idl"), bytes).unwrap();
    let answer = generate(folder.path(), "T.idl", &[]);
    assert_eq!(
        (answer.code, answer.written, answer.findings.len()),
        (1, false, 1)
    );
    let said = &answer.findings[0];
    let text = |key: &str| said[key].as_str().unwrap_or("").to_owned();
    let (line, column) = (
        said["line"].as_u64().unwrap(),
        said["column"].as_u64().unwrap(),
    );
    (
        text("code"),
        line,
        column,
        format!("{} {}", text("message"), text("help")),
    )
}

fn not_utf8() {
    let (code, line, column, words) = of_bytes(b"package a\xFF");
    assert_eq!((code.as_str(), line, column), ("NK0002", 1, 10));
    assert!(
        words.contains("the file is not UTF-8: byte 9 is 0xFF"),
        "{words}"
    );
}

fn utf16() {
    let little: Vec<u8> = "\u{FEFF}package T"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let (code, line, column, words) = of_bytes(&little);
    assert_eq!((code.as_str(), line, column), ("NK0002", 1, 1));
    assert!(
        words.contains("looks like UTF-16") && words.contains("save the file as UTF-8"),
        "{words}"
    );
}

/// The excerpt stays within 120 columns, and the place under it.
fn a_long_line_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "package T struct S {{ /* {} */ UInt8 x UInt8 y; }}",
        "so ".repeat(HUGE / 3)
    );
    std::fs::write(folder.path().join("T.idl"), text).unwrap();
    let arguments = [
        "nk-gen".into(),
        "check".into(),
        folder.path().join("T.idl").into_os_string(),
    ];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(
        nk_gen::cli::run(arguments, &mut out, &mut err, false).code(),
        1
    );
    let shown = String::from_utf8(err).unwrap();
    let excerpt = shown
        .lines()
        .find(|line| line.contains("UInt8 y;"))
        .expect("the place is in the excerpt");
    assert!(
        excerpt.chars().count() <= 100,
        "the width where there is no terminal: {excerpt}"
    );
    let marks = shown
        .lines()
        .find(|line| line.starts_with("   ·"))
        .expect("a mark");
    let column = |line: &str, word: &str| {
        line.chars().count() - line.split_once(word).unwrap().1.chars().count()
    };
    assert_eq!(column(marks, "─"), column(excerpt, " x") + 1, "{shown}");
}

fn not_a_small_file() {
    let folder = tempfile::tempdir().unwrap();
    let large = std::fs::File::create(folder.path().join("T.idl")).unwrap();
    let code = |path: &str| {
        let answer = generate(folder.path(), path, &[]);
        let said = &answer.findings[0];
        assert_eq!((answer.findings.len(), answer.written), (1, false));
        (
            answer.code,
            said["code"].as_str().unwrap().to_owned(),
            said["message"].as_str().unwrap().to_owned(),
        )
    };
    for bytes in [5 << 20, 10 << 30] {
        // a sparse file: its length is believed, its content never read
        large.set_len(bytes).unwrap();
        let (exit, code, message) = code("T.idl");
        assert_eq!((exit, code.as_str()), (1, "NK0008"), "{message}");
    }
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("Zero.idl")).unwrap();
    std::fs::create_dir(folder.path().join("Folder.idl")).unwrap();
    let pipe = folder.path().join("Pipe.idl");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for path in ["Zero.idl", "Pipe.idl", "Folder.idl"] {
        let (exit, code, message) = code(path);
        assert_eq!((exit, code.as_str()), (3, "NK0111"), "{path}");
        assert!(message.contains("not a regular file"), "{message}");
    }
}

/// People are shown a hundred and the number of the rest, programs all.
fn ten_thousand() {
    let folder = tempfile::tempdir().unwrap();
    let text = joined(0..10_000, |i| format!("const U X{i}=1;\n"));
    std::fs::write(folder.path().join("T.idl"), format!("package T\n{text}")).unwrap();
    let path = folder.path().join("T.idl").into_os_string();
    let check = |option: &str| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let arguments = ["nk-gen".into(), "check".into(), option.into(), path.clone()];
        assert_eq!(
            nk_gen::cli::run(arguments, &mut out, &mut err, false).code(),
            1
        );
        String::from_utf8(err).unwrap()
    };
    let shown = check("--format=text");
    assert_eq!(shown.matches("error[NK0106]").count(), 100);
    assert!(shown.contains("\n9900 more\n"));
    let shown = check("--limit=findings=3");
    assert!(shown.matches("error[NK0106]").count() == 3 && shown.contains("\n9997 more\n"));
    assert_eq!(check("--format=json").lines().count(), 10_000);
}
