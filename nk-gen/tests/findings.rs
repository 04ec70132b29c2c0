//! What is accepted up to the last value, and what is said once and not again further on. The list of bad inputs, row by
//! row, is in `rows/`.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::text::diagnostic::Severity;
use nk_gen::{Analysis, Options, analyze};
use std::path::PathBuf;

/// Analyzes descriptions below one `-I` folder; the first is named on the command line.
fn analysis(files: &[(&str, &str)]) -> Analysis {
    let folder = tempfile::tempdir().unwrap();
    let mut paths: Vec<PathBuf> = Vec::new();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    analyze(
        &paths[..1],
        &[],
        &Options {
            include: vec![folder.path().to_owned()],
            ..Options::default()
        },
    )
}

/// Code, and the text under the primary place.
fn found(analysis: &Analysis, severity: Severity) -> Vec<(u16, String)> {
    let findings = analysis
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == severity);
    let found = findings.map(|finding| {
        let text = finding.primary.as_ref().map(|label| {
            let span = label.place.span;
            analysis.sources.text(label.place.file)[span.start as usize..span.end as usize]
                .to_owned()
        });
        (finding.code.number(), text.unwrap_or_default())
    });
    found.collect()
}

/// The errors in the package `p.T` with this text behind `package p.T`.
fn errors(text: &str) -> Vec<(u16, String)> {
    found(
        &analysis(&[("p/T.idl", &format!("package p.T\n{text}"))]),
        Severity::Error,
    )
}

#[test]
fn the_limits_of_every_integer_type_are_values_of_it() {
    let text = "const UInt8 A = 255; const SInt8 B = -128; const SInt64 C = -9223372036854775808; \
                const UInt64 D = 18446744073709551615; const UInt64 E = 0**0; const UIntSize F = (2 << 3) ** 2; \
                const UInt32 G = 0xFF & ~0x0F | 7 % 4 ^ 1; typedef UInt32 M; typedef M N; const N H = 5 - 2 - 1;";
    let analysis = analysis(&[("p/T.idl", &format!("package p.T {text}"))]);
    let values: Vec<i128> = analysis.model.packages[0]
        .constants
        .iter()
        .map(|constant| constant.value)
        .collect();
    // G: `&` binds tighter than `^`, and that tighter than `|`: 0xF0 | ((7 % 4) ^ 1) = 0xF0 | 2
    assert_eq!(
        values,
        [255, -128, i64::MIN.into(), u64::MAX.into(), 1, 256, 0xF2, 2]
    );
    assert_eq!(found(&analysis, Severity::Error), []);
}

#[test]
fn constants_use_each_other_in_any_order_and_under_both_names() {
    let text = "const UInt32 A = B + 1; const UInt32 B = p.T.C * 2; const UInt32 C = 3;";
    let analysis = analysis(&[("p/T.idl", &format!("package p.T {text}"))]);
    let values: Vec<i128> = analysis.model.packages[0]
        .constants
        .iter()
        .map(|constant| constant.value)
        .collect();
    assert_eq!((values, analysis.diagnostics), (vec![7, 6, 3], vec![]));
}

#[test]
fn what_depends_on_a_mistake_stays_silent() {
    let text = "const UInt32 A = Missing; const UInt32 B = A; struct S { bytes<B> x; } interface { F(in S s); }";
    assert_eq!(errors(text), [(106, "Missing".to_owned())]);
    assert_eq!(
        errors("typedef B A; typedef A B; const A X = 1; struct S { A a; }"),
        [(104, "A".to_owned())]
    );
}

#[test]
fn a_message_may_fill_its_constant_part_and_its_handles() {
    // with the header of 24 bytes; 8 388 607 is no multiple of 8
    assert_eq!(errors("interface { F(in array<UInt8, 8388576> a); }"), []);
    assert_eq!(
        errors("interface { F(in array<UInt8, 8388577> a); }"),
        [(204, "a".to_owned())]
    );
    assert_eq!(errors("interface { F(in array<Handle, 255> a); }"), []);
    assert_eq!(
        errors("interface { F(in array<Handle, 256> a); }"),
        [(204, "F".to_owned())]
    );
    assert_eq!(
        errors("typedef array<Handle, 2> H; interface { F(in H h, out Handle i); }"),
        []
    );
    assert_eq!(
        errors("typedef sequence<UInt8, 4294967295> X; typedef string<4294967294> Y;"),
        []
    );
}

#[test]
fn interfaces_may_hand_out_handles_to_each_other() {
    let back = "package p.X interface { G(in handle<p.T> h); }";
    let user = "package p.T interface { F(in handle<p.X> h, in handle<p.T> own); }";
    assert_eq!(
        found(
            &analysis(&[("p/T.idl", user), ("p/X.idl", back)]),
            Severity::Error
        ),
        []
    );
}

#[test]
fn a_declared_type_may_be_the_one_that_was_meant() {
    let text = "package p.T struct Stamp { UInt8 x; } interface { F(in Stemp x); }";
    let analysis = analysis(&[("p/T.idl", text)]);
    assert_eq!(
        analysis.diagnostics[0].help.as_deref(),
        Some("did you mean `Stamp`?")
    );
}

#[test]
fn names_that_two_imports_declare_are_ambiguous_until_they_are_qualified() {
    let with = |text: &str| {
        let text = format!("package p.T import p.X import p.Y {text}");
        let x = ("p/X.idl", "package p.X const UInt8 N = 1; typedef UInt8 A;");
        let y = (
            "p/Y.idl",
            "package p.Y import p.X const UInt8 N = 2; struct B { A a; }",
        );
        found(&analysis(&[("p/T.idl", &text), x, y]), Severity::Error)
    };
    assert_eq!(with("struct S { bytes<N> x; }"), [(106, "N".to_owned())]);
    assert_eq!(with("struct S { bytes<p.Y.N> x; A a; B b; p.X.A c; }"), []);
    assert_eq!(
        with("struct S { p.X.Missing x; }"),
        [(106, "p.X.Missing".to_owned())]
    );
    // imports are not passed on
    let far = [
        ("p/T.idl", "package p.T import p.Y struct S { A a; }"),
        ("p/Y.idl", "package p.Y import p.X"),
        ("p/X.idl", "package p.X typedef UInt8 A;"),
    ];
    assert_eq!(
        found(&analysis(&far), Severity::Error),
        [(106, "A".to_owned())]
    );
}

#[test]
fn a_broken_import_is_reported_in_its_own_file_only() {
    let broken = analysis(&[
        (
            "p/T.idl",
            "package p.T import p.X interface { F(in A a, in bytes<N> b); }",
        ),
        ("p/X.idl", "package p.X typedef UInt8 A const UInt8 N = 1;"),
    ]);
    assert_eq!(broken.diagnostics.len(), 1, "{:?}", broken.diagnostics);
    let place = broken.diagnostics[0].primary.as_ref().unwrap().place;
    assert!(broken.sources.path(place.file).ends_with("p/X.idl"));
}

#[test]
fn mistakes_of_form_and_of_meaning_are_found_in_one_run() {
    let text = "import p.Missing
const UInt8 X = 256;
const UInt8 Y = 1
struct S { UInt9 a; Lost b; }
struct Lost { UInt8 a UInt8 b; }
interface { Go(in S s, in Uint8 n); Stop(inn S s); }
";
    let mut found = errors(text);
    found.sort();
    let expected = [
        (1, ""),
        (1, ""),
        (1, "inn"),
        (103, "p.Missing"),
        (106, "UInt9"),
        (106, "Uint8"),
        (202, "256"),
    ];
    assert_eq!(found, expected.map(|(code, text)| (code, text.to_owned())));
}

#[test]
fn what_a_wrong_declaration_may_declare_is_not_unknown() {
    type Row = (&'static str, &'static str, &'static [(u16, &'static str)]);
    let rows: [Row; 5] = [
        (
            "a constant without a name",
            "const UInt8 = 4; typedef string<N> T;",
            &[(1, "=")],
        ),
        (
            "a type without a name",
            "typedef UInt8; struct S { T a; }",
            &[(1, ";")],
        ),
        (
            "a keyword too few",
            "A { UInt8 a; } struct S { A a; }",
            &[(1, "A")],
        ),
        (
            "a broken import",
            "import p..X\nstruct S { T a; }",
            &[(1, ".")],
        ),
        (
            "all members wrong",
            "struct S { UInt8 a b; } struct R { S s; }",
            &[(1, "")],
        ),
    ];
    for (what, text, expected) in rows {
        let expected: Vec<(u16, String)> = expected
            .iter()
            .map(|(code, text)| (*code, (*text).to_owned()))
            .collect();
        assert_eq!(errors(text), expected, "{what}");
    }
}

#[test]
fn types_of_other_languages_are_answered_with_ours() {
    let cases = [
        ("int", "did you mean `SInt32`?"),
        ("uint8_t", "did you mean `UInt8`?"),
        ("u64", "did you mean `UInt64`?"),
        ("Bool", "there are no truth values: use `UInt8`"),
        (
            "double",
            "there are no fractions: use an integer of a smaller unit",
        ),
        ("char", "a text is `string<SIZE>`, a character `UInt8`"),
        // a name of the description is nearer
        ("Charr", "did you mean `Chart`?"),
    ];
    for (written, help) in cases {
        let text =
            format!("package p.T struct Chart {{ UInt8 a; }} interface {{ F(in {written} a); }}");
        let analysis = analysis(&[("p/T.idl", &text)]);
        let helps: Vec<Option<&str>> = analysis
            .diagnostics
            .iter()
            .map(|finding| finding.help.as_deref())
            .collect();
        assert_eq!(helps, [Some(help)], "{written}");
    }
}
