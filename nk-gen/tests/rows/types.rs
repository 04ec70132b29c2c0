//! B39 to B57: types and sizes.
use crate::row::{Row, error, files, idl, joined, warning};

pub(crate) fn rows() -> Vec<Row> {
    [sizes(), recursion(), members(), handles(), names()].concat()
}

fn sizes() -> Vec<Row> {
    let range = "is not within 1…4294967295";
    let multiplied = joined(1..=40, |i| {
        format!("typedef array<T{}, 65535> {};\n", i - 1, third(i))
    });
    vec![
        idl(
            "B39",
            "struct S { string<«0»> x; }",
            &[error(203, "the size 0 is not within 1…4294967294")],
        ),
        idl("B39", "typedef bytes<«0»> X;", &[error(203, range)]),
        idl("B39", "typedef array<UInt8, «0»> X;", &[error(203, range)]),
        idl("B39", "typedef array<UInt8, «-1»> X;", &[error(203, range)]),
        idl(
            "B39",
            "typedef array<UInt8, «4294967296»> X;",
            &[error(203, range)],
        ),
        idl(
            "B40",
            "typedef string<«4294967295»> X;",
            &[error(203, "is not within 1…4294967294")],
        ),
        idl(
            "B41",
            "interface { F(in array<UInt8,4294967295> «a»); }",
            &[error(204, "takes 4294967320 bytes, limit 8388607")],
        ),
        // 8 · 65536³ = 2⁵¹, and the header
        idl(
            "B42",
            "interface { F(in array<array<array<UInt64,65536>,65536>,65536> «a»); }",
            &[error(204, "takes 2251799813685272 bytes")],
        ),
        idl(
            "B56",
            format!("typedef UInt8 T0;\n{multiplied}"),
            &[error(204, "takes 281462092005375 bytes")],
        ),
        idl(
            "B57",
            "interface { «GetAll»(out sequence<array<UInt8, 4000>, 4294967295> list); }",
            &[warning(404, "the kernel carries 16777216 at most")],
        ),
    ]
}

/// 65535² bytes still fit 32 bits, so the third multiplication is the first that no message can hold.
fn third(i: usize) -> String {
    if i == 3 {
        "«T3»".to_owned()
    } else {
        format!("T{i}")
    }
}

fn recursion() -> Vec<Row> {
    let arrays = format!(
        "typedef {}array«<»{}UInt8{} T;",
        "array<".repeat(64),
        "array<".repeat(63),
        ", 1>".repeat(128)
    );
    let sequences = format!(
        "typedef {}sequence«<»{}",
        "sequence<".repeat(64),
        "sequence<".repeat(9_935)
    );
    let stacked = |count: usize| -> String {
        let name = |i: usize| {
            if i.is_multiple_of(65) {
                format!("«S{i}»")
            } else {
                format!("S{i}")
            }
        };
        joined(2..=count, |i| {
            format!("struct {} {{ S{} x; }}\n", name(i), i - 1)
        })
    };
    vec![
        idl("B43", arrays, &[error(9, "nesting deeper than 64")]),
        idl("B43", sequences, &[error(9, "nesting deeper than 64")]),
        idl(
            "B44",
            format!("struct S1 {{ UInt8 x; }}\n{}", stacked(64)),
            &[],
        ),
        // a parameter adds its own levels to those of its type
        idl(
            "B44",
            format!(
                "struct S1 {{ UInt8 x; }}\n{}interface {{ F(in sequence<S64, 1> «x», in S64 y); }}",
                stacked(64)
            ),
            &[error(9, "parameter `x` nests deeper than 64")],
        ),
        // what contains a type over the limit starts to count again
        idl(
            "B44",
            format!("struct S1 {{ UInt8 x; }}\n{}", stacked(1000)),
            &[error(9, "nests deeper than 64"); 15],
        ),
        idl(
            "B45",
            "struct «S» { S s; }",
            &[error(104, "type `S` contains itself: `S` → `S`")],
        ),
        idl(
            "B45",
            "struct «S» { T s; } typedef S T;",
            &[error(104, "`S` → `T` → `S`")],
        ),
        idl(
            "B45",
            "union «U» { UInt8 x; U u; }",
            &[error(104, "`U` → `U`")],
        ),
        idl(
            "B45",
            "struct «S» { sequence<S, 2> s; }",
            &[error(104, "`S` → `S`")],
        ),
        idl(
            "B45",
            "struct «A» { B b; } struct B { C c; } struct C { A a; }",
            &[error(104, "`A` → `B` → `C` → `A`")],
        ),
        idl(
            "B46",
            "typedef «T» T;".replace("«T» T", "T «T»"),
            &[error(104, "`T` → `T`")],
        ),
        idl(
            "B46",
            "typedef B «A»; typedef A B;",
            &[error(104, "`A` → `B` → `A`")],
        ),
    ]
}

fn members() -> Vec<Row> {
    let fields = joined(0..5000, |i| format!("UInt8 f{i};\n"));
    let methods = joined(0..65_537, |i| format!("F{i}();\n"));
    let handles: Vec<String> = (0..256).map(|i| format!("in Handle h{i}")).collect();
    vec![
        idl("B47", "struct «E» {}", &[error(205, "struct `E` is empty")]),
        idl("B47", "union «U» {}", &[error(205, "union `U` is empty")]),
        idl(
            "B48",
            "struct S { UInt8 a; UInt8 «a»; }",
            &[error(205, "first here")],
        ),
        idl(
            "B48",
            "union U { UInt8 a; UInt16 «a»; }",
            &[error(205, "first here")],
        ),
        idl(
            "B48",
            "interface { F(in UInt8 a, out UInt8 «a»); }",
            &[error(301, "first here")],
        ),
        idl(
            "B48",
            "interface { F(); «F»(); }",
            &[error(301, "first here")],
        ),
        idl(
            "B48",
            "const UInt8 A = 1; const UInt8 «A» = 2;",
            &[error(105, "first here")],
        ),
        idl(
            "B51",
            format!("interface {{ «F»({}); }}", handles.join(", ")),
            &[error(204, "carries 256 handles, limit 255")],
        ),
        idl(
            "B52",
            format!("«interface {{ {methods} }}»"),
            &[error(204, "65537 methods, limit 65535")],
        ),
        idl(
            "B52",
            format!("struct «S» {{ {fields} }}"),
            &[error(10, "5000 members, limit 4096")],
        ),
        idl("B52", format!("struct S {{ {fields} }}"), &[])
            .with(&["--limit=fields=5000", "--types"]),
    ]
}

fn handles() -> Vec<Row> {
    let typed = |row, other: &str, found: &[_]| {
        files(
            row,
            &[
                (
                    "p/T.idl",
                    "package p.T interface { F(in handle<«p.X»> h); }",
                ),
                ("p/X.idl", other),
            ],
            found,
        )
    };
    vec![
        idl(
            "B49",
            "struct S { Handle «h»; }",
            &[error(206, "a handle cannot stand inside a struct")],
        ),
        idl(
            "B49",
            "typedef sequence<Handle, 4> «H»;",
            &[error(206, "inside a sequence")],
        ),
        idl(
            "B49",
            "interface { F(in sequence<handle<p.T>, 4> «h»); }",
            &[error(206, "inside a sequence")],
        ),
        typed(
            "B50",
            "package p.X const UInt8 A = 1;",
            &[error(207, "package `p.X` has no interface")],
        ),
        idl(
            "B50",
            "interface { F(in handle<«p.X»> h); }",
            &[error(103, "interface `p.X` was not found")],
        ),
    ]
}

fn names() -> Vec<Row> {
    let unknown = |name: &str, words| {
        idl(
            "B53",
            format!("interface {{ F(in «{name}» x); }}"),
            &[error(106, words)],
        )
    };
    vec![
        unknown("Uint32", "did you mean `UInt32`?"),
        unknown("uint32", "did you mean `UInt32`?"),
        unknown("int", "unknown type `int`"),
        unknown("UInt128", "did you mean `UInt"),
        idl(
            "B54",
            "struct «UInt32» { UInt8 x; }",
            &[error(105, "reserved for the built-in type")],
        ),
        idl(
            "B54",
            "typedef UInt8 «Handle»;",
            &[error(105, "reserved for the built-in type")],
        ),
        // accepted with a warning: the header of the list
        idl(
            "B55",
            "interface { F(out UInt32 r, «in» UInt32 v); }",
            &[warning(304, "all `in`, then all `out`, then all `error`")],
        ),
    ]
}
