//! What is said about wrong descriptions: the code, and the text that it points at. The rows are those of
//! `spec/reliability.md` §5.4.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::diagnostic::Severity;
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
    analyze(&paths[..1], &[], &Options { include: vec![folder.path().to_owned()], ..Options::default() })
}

/// Code, and the text under the primary place.
fn found(analysis: &Analysis, severity: Severity) -> Vec<(u16, String)> {
    let findings = analysis.diagnostics.iter().filter(|finding| finding.severity == severity);
    let found = findings.map(|finding| {
        let text = finding.primary.as_ref().map(|label| {
            let span = label.place.span;
            analysis.sources.text(label.place.file)[span.start as usize..span.end as usize].to_owned()
        });
        (finding.code.0, text.unwrap_or_default())
    });
    found.collect()
}

/// The errors in the package `p.T` with this text behind `package p.T`.
fn errors(text: &str) -> Vec<(u16, String)> {
    found(&analysis(&[("p/T.idl", &format!("package p.T\n{text}"))]), Severity::Error)
}

fn lines(numbers: std::ops::Range<u32>, line: impl Fn(u32) -> String) -> String {
    numbers.map(line).collect::<Vec<_>>().join("\n")
}

/// The warnings about it.
fn warnings(text: &str) -> Vec<(u16, String)> {
    found(&analysis(&[("p/T.idl", &format!("package p.T\n{text}"))]), Severity::Warning)
}

/// A row of the list, a text, and the errors in it.
type Row<'r> = (&'r str, &'r str, &'r [(u16, &'r str)]);

fn assert_errors(rows: &[Row<'_>]) {
    for (row, text, expected) in rows {
        let expected: Vec<(u16, String)> = expected.iter().map(|(code, text)| (*code, (*text).to_owned())).collect();
        assert_eq!(errors(text), expected, "{row}: {text}");
    }
}

#[test]
fn constants_out_of_range_are_refused_where_their_value_stands() {
    assert_errors(&[
        ("B25", "const UInt8 X = 256;", &[(202, "256")]),
        ("B25", "const UInt8 X = -1;", &[(202, "-1")]),
        ("B25", "const SInt8 X = 128;", &[(202, "128")]),
        ("B25", "const SInt8 X = -129;", &[(202, "-129")]),
        ("B26", "const UInt8 X = 1/0;", &[(202, "0")]),
        ("B26", "const UInt8 X = 1%0;", &[(202, "0")]),
        ("B27", "const UInt64 X = 1<<128;", &[(202, "128")]),
        ("B27", "const UInt64 X = 1<<64;", &[(202, "1<<64")]),
        ("B27", "const UInt64 X = 1 << -1;", &[(202, "-1")]),
        ("B27", "const UInt64 X = 1 >> -1;", &[(202, "-1")]),
        ("B28", "const UInt64 X = 2**127;", &[(202, "2**127")]),
        ("B28", "const UInt64 X = 2**2**2**31;", &[(202, "2**2**31")]),
        ("B28", "const UInt64 X = 2**-1;", &[(202, "-1")]),
        (
            "B29",
            "const SInt64 X = (-170141183460469231731687303715884105728) / -1;",
            &[(202, "170141183460469231731687303715884105728")],
        ),
        ("B30", "const UInt32 M = ~0;", &[(202, "~0")]),
    ]);
}

#[test]
fn the_limits_of_every_integer_type_are_values_of_it() {
    let text = "const UInt8 A = 255; const SInt8 B = -128; const SInt64 C = -9223372036854775808; \
                const UInt64 D = 18446744073709551615; const UInt64 E = 0**0; const UIntSize F = (2 << 3) ** 2; \
                const UInt32 G = 0xFF & ~0x0F | 7 % 4 ^ 1; typedef UInt32 M; typedef M N; const N H = 5 - 2 - 1;";
    let analysis = analysis(&[("p/T.idl", &format!("package p.T {text}"))]);
    let values: Vec<i128> = analysis.model.packages[0].constants.iter().map(|constant| constant.value).collect();
    // G: `&` binds tighter than `^`, and that tighter than `|`: 0xF0 | ((7 % 4) ^ 1) = 0xF0 | 2
    assert_eq!(values, [255, -128, i64::MIN.into(), u64::MAX.into(), 1, 256, 0xF2, 2]);
    assert_eq!(found(&analysis, Severity::Error), []);
}

#[test]
fn constants_use_each_other_in_any_order_and_never_themselves() {
    assert_errors(&[
        ("B31", "const UInt32 A = A+1;", &[(104, "A")]),
        ("B31", "const UInt32 A = B; const UInt32 B = A; const UInt8 C = A;", &[(104, "A")]),
        ("B32", "const UInt32 A = B; const UInt32 B = p.T.C; const UInt32 C = 1;", &[]),
        ("B38", "const string<4> S = 1;", &[(1, "string")]),
        ("B38", "const Handle H = 1;", &[(201, "Handle")]),
        ("B38", "struct Foo { UInt8 x; } const Foo X = 1;", &[(201, "Foo")]),
        ("", "const UInt32 A = Missing; const UInt32 B = A; struct S { bytes<B> x; }", &[(106, "Missing")]),
    ]);
}

#[test]
fn a_chain_of_constants_needs_no_deep_stack() {
    let chain = |length| lines(1..length, |i| format!("const UInt32 C{i} = C{}+1;", i - 1));
    assert_eq!(errors(&format!("{} const UInt32 C0 = 1;", chain(10_000))), []);
    let found = errors(&format!("const UInt32 C0 = 1; {}", chain(100_000)));
    assert_eq!(found, [(10, "C10000".to_owned())], "B33: once, and nothing about what follows");
    let sum = format!("const UInt32 X = 1{};", "+1".repeat(20_000));
    assert_eq!(errors(&sum).iter().map(|(code, _)| *code).collect::<Vec<_>>(), [10], "B34");
}

#[test]
fn sizes_are_between_one_and_what_32_bits_hold() {
    assert_errors(&[
        ("B39", "struct S { string<0> x; }", &[(203, "0")]),
        ("B39", "typedef bytes<0> X;", &[(203, "0")]),
        ("B39", "typedef array<UInt8, 0> X;", &[(203, "0")]),
        ("B39", "typedef array<UInt8, -1> X;", &[(203, "-1")]),
        ("B39", "typedef sequence<UInt8, 4294967296> X;", &[(203, "4294967296")]),
        ("B40", "typedef string<4294967295> X;", &[(203, "4294967295")]),
        ("", "typedef sequence<UInt8, 4294967295> X;", &[]),
        ("", "typedef string<4294967294> X;", &[]),
    ]);
}

#[test]
fn constant_parts_are_counted_without_overflow() {
    assert_errors(&[
        ("B41", "interface { F(in array<UInt8,4294967295> a); }", &[(204, "a")]),
        ("B42", "interface { F(in array<array<array<UInt64,65536>,65536>,65536> a); }", &[(204, "a")]),
        ("B51", "interface { F(in array<Handle, 256> a); }", &[(204, "F")]),
        ("", "interface { F(in array<Handle, 255> a); }", &[]),
        // header 24, so that 8 388 607 is not reached by a multiple of 8
        ("", "interface { F(in array<UInt8, 8388576> a); }", &[]),
        ("", "interface { F(in array<UInt8, 8388577> a); }", &[(204, "a")]),
    ]);
    let text = lines(1..41, |i| format!("typedef array<T{}, 65535> T{i};", i - 1));
    let text = format!("typedef UInt8 T0; {text}");
    // 65535² bytes still fit 32 bits
    assert_eq!(errors(&text), [(204, "T3".to_owned())], "B56: reported once, at the first that no message holds");
}

#[test]
fn recursive_types_are_refused_with_the_whole_circle() {
    assert_errors(&[
        ("B45", "struct S { S s; }", &[(104, "S")]),
        ("B45", "struct S { T s; } typedef S T;", &[(104, "S")]),
        ("B45", "union U { sequence<U, 2> s; }", &[(104, "U")]),
        ("B45", "struct A { B b; } struct B { C c; } struct C { A a; } interface { F(in A a); }", &[(104, "A")]),
        ("B46", "typedef T T;", &[(104, "T")]),
        ("B46", "typedef B A; typedef A B; const A X = 1;", &[(104, "A")]),
    ]);
    let analysis = analysis(&[("p/T.idl", "package p.T struct A { B b; } struct B { C c; } struct C { A a; }")]);
    assert_eq!(analysis.diagnostics[0].message, "type `A` contains itself: `A` → `B` → `C` → `A`");
}

#[test]
fn types_that_nest_too_deep_are_refused_once() {
    let text = lines(2..1001, |i| format!("struct S{i} {{ S{} x; }}", i - 1));
    let found = errors(&format!("struct S1 {{ UInt8 x; }} {text}"));
    // 65 levels at S65; what contains it starts again
    assert_eq!(found.first(), Some(&(9, "S65".to_owned())), "B44");
    assert!(found.len() <= 1000 / 64 && found.iter().all(|(code, _)| *code == 9));
}

#[test]
fn members_are_at_least_one_and_have_distinct_names() {
    assert_errors(&[
        ("B47", "struct E {}", &[(205, "E")]),
        ("B47", "union U {}", &[(205, "U")]),
        ("B48", "struct S { UInt8 a; UInt8 a; }", &[(205, "a")]),
        ("B48", "interface { F(); F(); }", &[(301, "F")]),
        ("B48", "interface { F(in UInt8 a, out UInt8 a); }", &[(301, "a")]),
        ("B48", "const UInt8 A = 1; struct A { UInt8 x; }", &[(105, "A")]),
        ("B54", "struct UInt32 { UInt8 x; }", &[(105, "UInt32")]),
        ("B54", "typedef UInt8 Handle;", &[(105, "Handle")]),
        ("", "interface { } interface { }", &[(301, "interface { }")]),
    ]);
}

#[test]
fn too_many_members_and_methods_are_refused() {
    let fields = lines(0..5000, |i| format!("UInt8 f{i};"));
    assert_eq!(errors(&format!("struct S {{ {fields} }}")), [(10, "S".to_owned())], "B52");
    let methods = lines(0..65_537, |i| format!("F{i}();"));
    let found = errors(&format!("interface {{ {methods} }}"));
    assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [204], "B52");
}

#[test]
fn handles_stand_in_parameters_only() {
    assert_errors(&[
        ("B49", "struct S { Handle h; }", &[(206, "h")]),
        ("B49", "union U { array<Handle, 2> h; }", &[(206, "h")]),
        ("B49", "typedef sequence<Handle, 4> H;", &[(206, "H")]),
        ("B49", "typedef Handle H; interface { F(in sequence<H, 4> h); }", &[(206, "h")]),
        ("", "typedef array<Handle, 2> H; interface { F(in H h, out Handle i); }", &[]),
    ]);
}

#[test]
fn typed_handles_name_an_interface() {
    let with = |interface: &str| {
        let other = format!("package p.X {interface}");
        let user = "package p.T interface { F(in handle<p.X> h); }";
        found(&analysis(&[("p/T.idl", user), ("p/X.idl", &other)]), Severity::Error)
    };
    assert_eq!(with("interface { }"), []);
    assert_eq!(with("const UInt8 A = 1;"), [(207, "p.X".to_owned())], "B50");
    assert_errors(&[("B50", "interface { F(in handle<p.Y> h); }", &[(103, "p.Y")])]);
    // interfaces may hand out handles to each other
    let back = "package p.X interface { G(in handle<p.T> h); }";
    let user = "package p.T interface { F(in handle<p.X> h, in handle<p.T> own); }";
    assert_eq!(found(&analysis(&[("p/T.idl", user), ("p/X.idl", back)]), Severity::Error), []);
}

#[test]
fn an_unknown_type_is_reported_with_the_name_that_was_meant() {
    for (wrong, meant) in [("Uint32", "UInt32"), ("uint32", "UInt32"), ("UInt128", "UInt8"), ("Stemp", "Stamp")] {
        let text = format!("package p.T struct Stamp {{ UInt8 x; }} interface {{ F(in {wrong} x); }}");
        let analysis = analysis(&[("p/T.idl", &text)]);
        assert_eq!(found(&analysis, Severity::Error), [(106, wrong.to_owned())], "B53");
        let help = analysis.diagnostics[0].help.clone().unwrap_or_default();
        assert!(help.starts_with("did you mean `") && (help.contains(meant) || wrong == "UInt128"), "{wrong}: {help}");
    }
    assert_errors(&[("B53", "interface { F(in int x); }", &[(106, "int")])]);
}

#[test]
fn old_and_unwise_forms_are_warnings() {
    assert_eq!(warnings("interface { F(out UInt32 r, in UInt32 v); }"), [(304, "in".to_owned())], "B55");
    let bound = "interface { GetTasksList(out sequence<array<UInt8, 4000>, 4294967295> list); }";
    assert_eq!(warnings(bound), [(404, "GetTasksList".to_owned())], "B57");
    assert_eq!(warnings("interface { F_a(); }"), [(302, "F_a".to_owned())], "B76");
    assert_eq!(warnings("struct S_a { UInt8 x_y; }"), [(403, "S_a".to_owned()), (403, "x_y".to_owned())]);
    let old = analysis(&[("p/S.edl", "entity p.S interfaces { }")]);
    assert_eq!(old.diagnostics, [], "B88: real solutions mix versions");
}

#[test]
fn a_file_declares_the_name_that_its_path_promises() {
    let wrong = analysis(&[("x/C.idl", "package a.B")]);
    assert_eq!(found(&wrong, Severity::Error), [(101, "a.B".to_owned())], "B58");
    let label = &wrong.diagnostics[0].primary.as_ref().unwrap().text;
    assert!(label.ends_with("a/B.idl`"), "{label}");
    let driver = analysis(&[("gpio_mock_driver/GPIO.edl", "task class gpio_mock_driver.driver")]);
    let name = || "gpio_mock_driver.driver".to_owned();
    assert_eq!(found(&driver, Severity::Error), [(101, name()), (102, name())], "B89");
}

#[test]
fn imports_that_lead_back_are_refused_with_the_whole_chain() {
    let own = analysis(&[("p/A.idl", "package p.A import p.A")]);
    assert_eq!(found(&own, Severity::Error), [(104, "p.A".to_owned())], "B63");
    let three = analysis(&[
        ("p/A.idl", "package p.A import p.B struct S { T t; }"),
        ("p/B.idl", "package p.B import p.C typedef U T;"),
        ("p/C.idl", "package p.C import p.A typedef UInt8 U; typedef S V;"),
    ]);
    assert_eq!(found(&three, Severity::Error), [(104, "p.A".to_owned())], "B63: and nothing that follows from it");
    assert_eq!(three.diagnostics[0].message, "`p.A` imports itself: `p.A` → `p.B` → `p.C` → `p.A`");
}

#[test]
fn imports_that_meet_again_cost_nothing() {
    let mut files: Vec<(String, String)> = Vec::new();
    for i in 0..40 {
        files.push((format!("p/L{i}.idl"), format!("package p.L{i} import p.L{0} import p.R{0}", i + 1)));
        files.push((format!("p/R{i}.idl"), format!("package p.R{i} import p.L{0} import p.R{0}", i + 1)));
    }
    files.extend(["L", "R"].map(|side| (format!("p/{side}40.idl"), format!("package p.{side}40"))));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    // 2^40 paths: a walk that does not remember where it was never comes back
    assert_eq!(found(&analysis(&files), Severity::Error), [], "B64");
}

#[test]
fn too_many_files_are_refused() {
    let chain = |i: usize| (format!("p/P{i}.idl"), format!("package p.P{i} import p.P{}", i + 1));
    let files: Vec<(String, String)> = (0..5000).map(chain).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(found(&analysis(&files), Severity::Error), [(113, String::new())], "B64");
}

#[test]
fn names_that_two_imports_declare_are_ambiguous_until_they_are_qualified() {
    let with = |text: &str| {
        let text = format!("package p.T import p.X import p.Y {text}");
        let x = ("p/X.idl", "package p.X const UInt8 N = 1; typedef UInt8 A;");
        let y = ("p/Y.idl", "package p.Y import p.X const UInt8 N = 2; struct B { A a; }");
        found(&analysis(&[("p/T.idl", &text), x, y]), Severity::Error)
    };
    assert_eq!(with("struct S { bytes<N> x; }"), [(106, "N".to_owned())]);
    assert_eq!(with("struct S { bytes<p.Y.N> x; A a; B b; p.X.A c; }"), []);
    assert_eq!(with("struct S { p.X.Missing x; }"), [(106, "p.X.Missing".to_owned())]);
    // imports are not passed on
    let far = [
        ("p/T.idl", "package p.T import p.Y struct S { A a; }"),
        ("p/Y.idl", "package p.Y import p.X"),
        ("p/X.idl", "package p.X typedef UInt8 A;"),
    ];
    assert_eq!(found(&analysis(&far), Severity::Error), [(106, "A".to_owned())]);
}

#[test]
fn components_that_embed_themselves_are_refused() {
    let own = analysis(&[("p/A.cdl", "component p.A components { a : p.A }")]);
    assert_eq!(found(&own, Severity::Error), [(104, "p.A".to_owned())], "B83");
    let three = analysis(&[
        ("p/A.cdl", "component p.A components { b : p.B }"),
        ("p/B.cdl", "component p.B components { c : p.C }"),
        ("p/C.cdl", "component p.C components { a : p.A }"),
    ]);
    assert_eq!(three.diagnostics.len(), 1, "B83");
    assert_eq!(three.diagnostics[0].message, "`p.A` embeds itself: `p.A` → `p.B` → `p.C` → `p.A`");
}

#[test]
fn a_component_bomb_is_counted_without_expanding_it() {
    let mut files: Vec<(String, String)> = Vec::new();
    for i in 0..40 {
        let text = format!("component p.C{i} components {{ a : p.C{0} b : p.C{0} }}", i + 1);
        files.push((format!("p/C{i}.cdl"), text));
    }
    files.push(("p/C40.cdl".to_owned(), "component p.C40 endpoints { e : p.I }".to_owned()));
    files.push(("p/I.idl".to_owned(), "package p.I interface { }".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let analysis = analysis(&files);
    assert_eq!(found(&analysis, Severity::Error), [(204, "p.C0".to_owned())], "B84");
    assert_eq!(analysis.diagnostics[0].message, "`p.C0` has 1099511627776 endpoints, limit 65535");
}

#[test]
fn sections_and_their_names_stand_once() {
    let with = |text: &str| {
        let class = format!("task class p.T {text}");
        let files = [
            ("p/T.edl", class.as_str()),
            ("p/I.idl", "package p.I interface { F(in UInt8 x); }"),
            ("p/O.idl", "package p.O interface { F(out UInt8 x); }"),
            ("p/N.idl", "package p.N const UInt8 A = 1;"),
            ("p/C.cdl", "component p.C"),
            ("p/D.edl", "task class p.D"),
        ];
        found(&analysis(&files), Severity::Error)
    };
    let one = |code, text: &str| vec![(code, text.to_owned())];
    assert_eq!(with("endpoints { a : p.I } components { a : p.C }"), one(303, "a"), "B85");
    assert_eq!(with("endpoints { } endpoints { }"), one(301, "endpoints"), "B85");
    assert_eq!(with("security p.I security p.I"), one(301, "security"), "B85");
    assert_eq!(with("endpoints { a : p.I a : p.I }"), one(301, "a"));
    assert_eq!(with("security p.O"), one(305, "p.O"), "B86");
    assert_eq!(with("endpoints { a : p.N }"), one(107, "p.N"), "B87");
    assert_eq!(with("components { a : p.I }"), one(108, "p.I"), "B87");
    assert_eq!(with("endpoints { a : p.C }"), one(107, "p.C"));
    assert_eq!(with("components { a : p.D }"), one(108, "p.D"));
    assert_eq!(with("components { a : p.Missing }"), one(103, "p.Missing"));
}

#[test]
fn a_broken_import_is_reported_in_its_own_file_only() {
    let broken = analysis(&[
        ("p/T.idl", "package p.T import p.X interface { F(in A a, in bytes<N> b); }"),
        ("p/X.idl", "package p.X typedef UInt8 A const UInt8 N = 1;"),
    ]);
    assert_eq!(broken.diagnostics.len(), 1, "{:?}", broken.diagnostics);
    let place = broken.diagnostics[0].primary.as_ref().unwrap().place;
    assert!(broken.sources.path(place.file).ends_with("p/X.idl"));
}
