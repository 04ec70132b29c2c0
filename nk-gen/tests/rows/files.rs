//! B58 to B69: files, imports, output.
use crate::Scene;
use crate::row::{Answer, Row, error, files, generate, idl, nowhere};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

pub(crate) fn rows() -> Vec<Row> {
    let import = |row, name: &str| idl(row, format!("import {name}"), &[error(1, "")]);
    let three = |row, a: &str, b: &str, c: &str, found: &[_]| {
        files(
            row,
            &[("p/A.idl", a), ("p/B.idl", b), ("p/C.idl", c)],
            found,
        )
    };
    let chain: Vec<(String, String)> = (0..5000)
        .map(|i| {
            (
                format!("p/P{i}.idl"),
                format!("package p.P{i} import p.P{}", i + 1),
            )
        })
        .collect();
    // 2⁴⁰ ways lead from the first to the last
    let diamond = (0..40).flat_map(|i| {
        let text = |side| format!("package p.{side}{i} import p.L{0} import p.R{0}", i + 1);
        [("L", text("L")), ("R", text("R"))].map(|(side, text)| (format!("p/{side}{i}.idl"), text))
    });
    let ends = ["L", "R"].map(|side| (format!("p/{side}40.idl"), format!("package p.{side}40")));
    let mut rows = vec![
        files(
            "B58",
            &[("x/C.idl", "package «a.B»")],
            &[error(101, "a/B.idl`")],
        ),
        import("B60", "«.»./../etc/passwd"),
        import("B60", "«/»etc/passwd"),
        import("B60", "«\"x\"»"),
        files(
            "B63",
            &[("p/A.idl", "package p.A import «p.A»")],
            &[error(104, "`p.A` → `p.A`")],
        ),
        three(
            "B63",
            "package p.A import p.B",
            "package p.B import «p.A»",
            "",
            &[error(104, "`p.A` → `p.B` → `p.A`")],
        ),
        three(
            "B63",
            "package p.A import p.B",
            "package p.B import p.C",
            "package p.C import «p.A»",
            &[error(104, "`p.A` → `p.B` → `p.C` → `p.A`")],
        ),
        of_all(
            "B64",
            &chain,
            &[nowhere(113, "takes in more than 4096 descriptions")],
        ),
        of_all("B64", &diamond.chain(ends).collect::<Vec<_>>(), &[]),
    ];
    for name in ["a«.».b", "«.»a", "a«.»", "a «.» b"] {
        rows.push(files(
            "B59",
            &[("p/T.idl", &format!("package {name}"))],
            &[error(1, "")],
        ));
    }
    rows
}

fn of_all(row: &'static str, texts: &[(String, String)], found: &[crate::row::Finding]) -> Row {
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    files(row, &texts, found)
}

pub(crate) const SCENES: &[Scene] = &[
    ("B61", a_link_out_of_the_folder),
    ("B62", files_that_cannot_be_read),
    ("B65", two_folders_with_one_package),
    ("B67", places_that_cannot_be_written),
    ("B68", too_many_inputs),
    ("B68", paths_with_marks),
    ("B69", names_too_long_for_a_file),
];

/// A folder with `p/T.idl`, which imports `p.X`, and other files.
fn world(more: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [("p/T.idl", "package p.T import p.X")].iter().chain(more) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Exit code, and severity and code of each finding.
fn short(answer: &Answer) -> (u8, Vec<String>) {
    let of = |finding: &serde_json::Value| {
        format!("{} {}", finding["severity"], finding["code"]).replace('"', "")
    };
    (answer.code, answer.findings.iter().map(of).collect())
}

/// Accepted with a warning (the header of the list), and in silence when the user says that it is meant.
fn a_link_out_of_the_folder() {
    let (folder, outside) = (world(&[]), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("Y.idl"), "package p.X").unwrap();
    symlink(outside.path().join("Y.idl"), folder.path().join("p/X.idl")).unwrap();
    let answer = generate(folder.path(), "p/T.idl", &[]);
    assert_eq!(short(&answer), (0, vec!["warning NK0110".to_owned()]));
    let message = answer.findings[0]["message"].as_str().unwrap();
    assert!(
        message.contains("p/X.idl") && message.contains(outside.path().to_str().unwrap()),
        "{message}"
    );
    assert_eq!(
        short(&generate(
            folder.path(),
            "p/T.idl",
            &["--allow-outside-links"]
        )),
        (0, vec![])
    );
    // a link that stays inside is nobody's business
    let inside = world(&[("shared/X.idl", "package p.X")]);
    symlink(
        inside.path().join("shared/X.idl"),
        inside.path().join("p/X.idl"),
    )
    .unwrap();
    assert_eq!(short(&generate(inside.path(), "p/T.idl", &[])), (0, vec![]));
}

fn files_that_cannot_be_read() {
    let folder = world(&[]);
    let link = folder.path().join("p/X.idl");
    symlink("nowhere", &link).unwrap();
    assert_eq!(
        short(&generate(folder.path(), "p/T.idl", &[])),
        (1, vec!["error NK0103".to_owned()]),
        "dangling"
    );
    std::fs::remove_file(&link).unwrap();
    symlink("X.idl", &link).unwrap();
    let answer = generate(folder.path(), "p/T.idl", &[]);
    assert_eq!(
        short(&answer),
        (3, vec!["error NK0111".to_owned()]),
        "a loop"
    );
    let message = answer.findings[0]["message"].as_str().unwrap();
    assert!(
        message.contains("symbolic link"),
        "the system's words: {message}"
    );
    std::fs::remove_file(&link).unwrap();
    std::fs::create_dir(&link).unwrap();
    assert_eq!(
        short(&generate(folder.path(), "p/T.idl", &[])),
        (3, vec!["error NK0111".to_owned()]),
        "a folder"
    );
}

fn two_folders_with_one_package() {
    let folder = world(&[
        ("p/X.idl", "package p.X const UInt8 A = 1;"),
        ("second/p/X.idl", "package p.X"),
    ]);
    let second = folder.path().join("second");
    let answer = generate(folder.path(), "p/T.idl", &["-I", second.to_str().unwrap()]);
    assert_eq!(short(&answer), (0, vec!["warning NK0406".to_owned()]));
    let message = answer.findings[0]["message"].as_str().unwrap();
    assert!(
        message.contains("/p/X.idl") && message.contains("second/p/X.idl"),
        "{message}"
    );
    let rust = std::fs::read_to_string(folder.path().join("out/nk/p/x.rs")).unwrap();
    assert!(rust.contains("pub const A"), "the first is used");
}

/// Nothing changes, nothing is left behind, and the end says that it was the output.
fn places_that_cannot_be_written() {
    let folder = world(&[
        ("p/X.idl", "package p.X struct S { UInt8 x; }"),
        ("file", "x"),
        ("hand/nk/mod.rs", "// mine\n"),
    ]);
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("linked")).unwrap();
    symlink(path("hand"), path("linked/nk")).unwrap();
    let listed = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    let before = (listed(folder.path()), listed(&path("hand/nk")));
    for out in [
        path("file"),
        "/dev/full".into(),
        path("hand"),
        path("linked"),
    ] {
        let answer = into(&folder, out.to_str().unwrap());
        assert_eq!(
            short(&answer),
            (3, vec!["error NK0313".to_owned()]),
            "{}",
            out.display()
        );
    }
    assert_eq!(
        (listed(folder.path()), listed(&path("hand/nk"))),
        before,
        "no file is left beside the others"
    );
    assert_eq!(
        std::fs::read_to_string(path("hand/nk/mod.rs")).unwrap(),
        "// mine\n"
    );
    assert_eq!(std::fs::read_to_string(path("file")).unwrap(), "x");
}

/// Generates into another folder.
fn into(folder: &TempDir, out: &str) -> Answer {
    let arguments = ["nk-gen", "rust", "--format=json", "-I"].map(Into::into);
    let file = folder.path().join("p/T.idl").into_os_string();
    let arguments =
        arguments
            .into_iter()
            .chain([folder.path().into(), "-o".into(), out.into(), file]);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = nk_gen::cli::run(arguments, &mut stdout, &mut stderr, false).code();
    let findings = String::from_utf8(stderr)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    Answer {
        code,
        findings,
        written: false,
    }
}

fn too_many_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |i: usize| {
        std::fs::write(
            folder.path().join(format!("P{i}.idl")),
            format!("package P{i}"),
        )
        .unwrap();
        folder.path().join(format!("P{i}.idl")).into_os_string()
    };
    let inputs: Vec<_> = (0..4097).map(write).collect();
    let check = |limit: &str| {
        let arguments = ["nk-gen", "check", "--format=json", limit].map(Into::into);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = nk_gen::cli::run(
            arguments.into_iter().chain(inputs.clone()),
            &mut out,
            &mut err,
            false,
        )
        .code();
        (code, String::from_utf8(err).unwrap())
    };
    let (code, said) = check("--limit=files=4096");
    assert_eq!(
        (code, said.lines().count(), said.contains("NK0113")),
        (1, 1, true),
        "{said}"
    );
    assert_eq!(check("--limit=files=4097"), (0, String::new()));
}

/// Shown without acting on the terminal, and written so that make reads them back.
fn paths_with_marks() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a b#c$d");
    std::fs::create_dir(&odd).unwrap();
    std::fs::write(odd.join("T.idl"), "package T").unwrap();
    let depfile = folder.path().join("T.d");
    let options = ["--depfile", depfile.to_str().unwrap()];
    assert_eq!(
        short(&generate(folder.path(), "a b#c$d/T.idl", &options)),
        (1, vec!["error NK0101".to_owned()])
    );
    assert!(!depfile.exists(), "an error leaves nothing written");
    assert_eq!(short(&generate(&odd, "T.idl", &options)), (0, vec![]));
    let root = folder.path().display();
    let expected = format!("{root}/a\\ b\\#c$$d/out/nk/mod.rs: \\\n {root}/a\\ b\\#c$$d/T.idl\n");
    assert_eq!(std::fs::read_to_string(&depfile).unwrap(), expected);
    // a line break cannot be written for make, and acts on a terminal
    let broken = folder.path().join("a\n\u{1B}[31mb'\"");
    std::fs::create_dir(&broken).unwrap();
    std::fs::write(broken.join("T.idl"), "package T const Foo X = 1;").unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = [
        "nk-gen".into(),
        "check".into(),
        broken.join("T.idl").into_os_string(),
    ];
    assert_eq!(
        nk_gen::cli::run(arguments, &mut out, &mut err, false).code(),
        1
    );
    let shown = String::from_utf8(err).unwrap();
    assert!(
        !shown.contains('\u{1B}') && shown.contains("b'\"/T.idl:1:17"),
        "{shown}"
    );
    std::fs::write(broken.join("T.idl"), "package T").unwrap();
    let answer = generate(&broken, "T.idl", &["--depfile", "T.d"]);
    assert_eq!(short(&answer), (3, vec!["error NK0313".to_owned()]));
    // bytes that are no text
    let bytes = folder.path().join(std::ffi::OsStr::from_bytes(b"\xFF.idl"));
    std::fs::write(&bytes, "package T").unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = ["nk-gen".into(), "check".into(), bytes.into_os_string()];
    assert_eq!(
        nk_gen::cli::run(arguments, &mut out, &mut err, false).code(),
        1
    );
    assert!(String::from_utf8(err).unwrap().contains("NK0101"));
}

fn names_too_long_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("T{}", "x".repeat(252));
    // the description itself may have 255 bytes, its Rust file is `mod`-less and has 253 + 3
    std::fs::write(folder.path().join("T.idl"), "package T import p.X").unwrap();
    std::fs::create_dir(folder.path().join(&name)).unwrap();
    std::fs::write(
        folder.path().join(&name).join("X.idl"),
        format!("package {name}.X struct S {{ UInt8 x; }}"),
    )
    .unwrap();
    std::fs::write(
        folder.path().join("T.idl"),
        format!("package T import {name}.X"),
    )
    .unwrap();
    let limits = ["--limit=identifier=300", "--limit=dotted-name=400"];
    assert_eq!(
        short(&generate(folder.path(), "T.idl", &limits)),
        (0, vec![]),
        "a folder of 253 bytes is possible"
    );
    let upper = "TxX".repeat(70);
    std::fs::write(
        folder.path().join(format!("{upper}.idl")),
        format!("package {upper} struct S {{ UInt8 x; }}"),
    )
    .unwrap();
    std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    // 210 letters become 350 with the underscores of Rust's names
    let answer = generate(folder.path(), &format!("{upper}.idl"), &limits);
    assert_eq!(
        (short(&answer), answer.written),
        ((1, vec!["error NK0013".to_owned()]), false)
    );
}
