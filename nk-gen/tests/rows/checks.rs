//! Checks of `docs/languages.md` §10 that no row of the list makes, and the features of each version (`docs/languages.md` §11).
use crate::row::{Finding, Row, error, files, idl, warning};

pub(crate) fn rows() -> Vec<Row> {
    [names(), status(), versions()].concat()
}

fn names() -> Vec<Row> {
    let levels = |count: usize| -> Vec<(String, String)> {
        let component = |i: usize| {
            let name = if i == 0 && count > 6 {
                "«p.L0»".to_owned()
            } else {
                format!("p.L{i}")
            };
            let inner = if i + 1 < count {
                format!("components {{ l : p.L{} }}", i + 1)
            } else {
                String::new()
            };
            (format!("p/L{i}.cdl"), format!("component {name} {inner}"))
        };
        (0..count).map(component).collect()
    };
    let of = |row, texts: Vec<(String, String)>, found: &[_]| {
        let texts: Vec<(&str, &str)> = texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        files(row, &texts, found)
    };
    let long = "x".repeat(121);
    vec![
        files(
            "E102",
            &[("p/t.idl", "package «p.t»")],
            &[error(102, "does not begin with an upper-case letter")],
        ),
        files(
            "E102",
            &[("p/T_x.idl", "package «p.T_x»")],
            &[warning(102, "contains `_`")],
        ),
        files(
            "W402",
            &[
                ("p/T.edl", "task class p.T«;»\nendpoints { a : p.I«,» }"),
                ("p/I.idl", "package p.I interface { }"),
            ],
            &[warning(402, "means nothing"); 2],
        ),
        idl(
            "W403",
            "struct «S_a» { UInt8 «x_y»; }",
            &[warning(403, "contains `_`"); 2],
        ),
        of("W405", levels(6), &[]),
        of("W405", levels(7), &[warning(405, "6 levels deep")]),
        // p_T_M…_req_x…_size: 3 + 1 + 121 + 5 + 121 + 5
        idl(
            "W405",
            format!("interface {{ M{}(in UInt8 «{long}»); }}", &long[1..]),
            &[warning(405, "has 256 characters")],
        ),
        idl(
            "W405",
            format!("interface {{ M{}(in UInt8 {long}); }}", &long[2..]),
            &[],
        ),
        // two modules of Rust are one then
        files(
            "B66",
            &[
                ("p/T.idl", "package p.T import p.Foo import p.FOO"),
                ("p/Foo.idl", "package p.Foo"),
                ("p/FOO.idl", "package «p.FOO»"),
            ],
            &[warning(407, "`p.Foo` and `p.FOO` differ only in case")],
        )
        .also(error(310, "are both `foo` in Rust")),
    ]
}

/// E306: what the old scheme of error parameters does not have.
fn status() -> Vec<Row> {
    let with = |params: &str, found: &[Finding], options| {
        idl(
            "E306",
            format!("interface {{ F(in UInt8 x, {params}); }}"),
            found,
        )
        .with(options)
    };
    let old: &[&str] = &["--deprecated-no-extended-errors"];
    let wrong = [error(306, "other than one `error UInt16 status`")];
    vec![
        with("error UInt16 status", &[], old),
        with("error SInt32 «status»", &wrong, old),
        with("error UInt16 «code»", &wrong, old),
        with("error UInt16 status, error UInt8 «more»", &wrong, old),
        with("error SInt32 status, error string<8> reason", &[], &[]),
        with("error SInt32 status", &[], &["--extended-errors"]),
        with("error SInt32 status", &[], &["--compat-version=1.3"]),
        with("error SInt32 «status»", &wrong, &["--compat-version=1.2"]),
        with(
            "error SInt32 status",
            &[],
            &["--compat-version=1.2", "--extended-errors"],
        ),
    ]
}

const V1_0: &[&str] = &["--compat-version=1.0"];
const V1_1: &[&str] = &["--compat-version=1.1"];
const V1_2: &[&str] = &["--compat-version=1.2"];
const V1_3: &[&str] = &["--compat-version=1.3"];
const V1_4: &[&str] = &["--compat-version=1.4"];

/// What came when: an error one version before, nothing since.
#[allow(clippy::too_many_lines, reason = "one table")]
fn versions() -> Vec<Row> {
    let later = |text: &str, before, since, words| {
        let marked = idl("docs/languages.md §11", text, &[error(408, words)]).with(before);
        let unmarked = idl("docs/languages.md §11", text.replace(['«', '»'], ""), &[]).with(since);
        [marked, unmarked]
    };
    let mut rows = [
        later(
            "struct S { «bytes<4>» x; }",
            V1_0,
            V1_1,
            "`bytes<>` came with version 1.1",
        ),
        later(
            "struct S { «string<4>» x; }",
            V1_0,
            V1_1,
            "`string<>` came with version 1.1",
        ),
        later(
            "const UInt8 X = «0o17»;",
            V1_1,
            V1_2,
            "an octal number came with version 1.2",
        ),
        later(
            "const UInt8 X = «1 << 2»;",
            V1_1,
            V1_2,
            "a constant expression came with version 1.2",
        ),
        later(
            "const UInt8 A = 1; const UInt8 X = «A»;",
            V1_1,
            V1_2,
            "a constant expression",
        ),
        later(
            "const UInt8 X = «(1)»;",
            V1_1,
            V1_2,
            "a constant expression",
        ),
        later(
            "typedef array<UInt8, «2 * 4»> X;",
            V1_1,
            V1_2,
            "a constant expression",
        ),
        later(
            "struct S { «UIntSize» x; }",
            V1_3,
            V1_4,
            "`UIntSize` came with version 1.4",
        ),
        later(
            "const «UIntPtr» X = 1;",
            V1_3,
            V1_4,
            "`UIntPtr` came with version 1.4",
        ),
        later(
            "interface { F(in «handle<p.T>» h); }",
            V1_3,
            V1_4,
            "`handle<>` came with version 1.4",
        ),
    ]
    .concat();
    let class = |text: &str, found: &[_], version| {
        files("docs/languages.md §11", &[("p/T.edl", text)], found).with(version)
    };
    rows.extend([
        class("«task class» p.T", &[error(408, "write `entity`")], V1_2),
        class("task class p.T", &[], V1_3),
        class("entity p.T", &[], V1_2),
        class("«entity» p.T", &[warning(401, "write `task class`")], V1_3),
        class(
            "entity p.T «interfaces» { }",
            &[warning(401, "advises against")],
            V1_0,
        ),
        class("entity p.T endpoints { }", &[], V1_2),
        class(
            "entity p.T «endpoints» { }",
            &[warning(401, "1.1 advises against")],
            V1_1,
        ),
        files(
            "docs/languages.md §11",
            &[("p/T.cdl", "component p.T interfaces { }")],
            &[],
        )
        .with(V1_0),
        files(
            "docs/languages.md §11",
            &[("p/T.cdl", "component p.T «interfaces» { }")],
            &[warning(401, "version 1.0")],
        )
        .with(V1_1),
        // sizes by constants, negative and hexadecimal literals are as old as the language
        idl(
            "docs/languages.md §11",
            "const UInt8 N = 0x4; const SInt8 M = -1; typedef array<UInt8, N> X;",
            &[],
        )
        .with(V1_0),
        // no order of parameters before 1.2
        idl(
            "docs/languages.md §11",
            "interface { F(out UInt8 x, in UInt8 y); }",
            &[],
        )
        .with(V1_1),
        idl(
            "docs/languages.md §11",
            "interface { F(out UInt8 x, «in» UInt8 y); }",
            &[warning(304, "out of order")],
        )
        .with(V1_2),
        idl("docs/languages.md §11", "", &[]).with(&["--compat-version=1.0"]),
    ]);
    rows
}
