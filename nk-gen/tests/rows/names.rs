//! B70 to B82: names, and comments, in generated code. That rustc accepts the text is tested in `tests/tests/compile.rs`.
use crate::Scene;
use crate::row::{Row, error, files, generate, idl, joined, warning};

#[allow(clippy::too_many_lines, reason = "one table")]
pub(crate) fn rows() -> Vec<Row> {
    let fields = |names: &str| joined(names.split(' '), |name| format!("UInt8 {name}; "));
    let structs = |names: &str| {
        joined(names.split(' '), |name| {
            format!("struct {name} {{ UInt8 x; }}\n")
        })
    };
    let methods = |names: &str| joined(names.split(' '), |name| format!("{name}(); "));
    let hurting = "type match async await dyn gen try yield macro union";
    let apart = [(
        "p/T.idl",
        "package p.T import a.b_c.X import a_b.c.X interface { F(in a.b_c.X.S s, in a_b.c.X.S t); }",
    )];
    let apart = apart.into_iter().chain([
        ("a/b_c/X.idl", "package a.b_c.X struct S { UInt8 x; }"),
        ("a_b/c/X.idl", "package a_b.c.X struct S { UInt8 x; }"),
    ]);
    vec![
        idl("B70", format!("struct S {{ {} }}", fields(hurting)), &[]),
        idl(
            "B71",
            format!("struct S {{ {} }}", fields("self super crate")),
            &[],
        ),
        idl("B71", "struct S { UInt8 Self; }", &[]),
        idl(
            "B71",
            "struct S { UInt8 self; UInt8 «self_»; }",
            &[warning(403, "contains `_`")],
        )
        .also(error(310, "`self` and `self_` are both `self_` in Rust")),
        idl(
            "B72",
            structs("Option Result String Vec Box Some Ok Err None Self"),
            &[],
        ),
        idl("B72", structs("u8 bool core std"), &[]),
        files("B74", &apart.collect::<Vec<_>>(), &[]),
        idl(
            "B76",
            "interface { «Do_it»(); }",
            &[warning(302, "contains `_`")],
        ),
        files(
            "B76",
            &[
                ("p/T.edl", "task class p.T endpoints { «a_b» : p.I }"),
                ("p/I.idl", "package p.I interface { }"),
            ],
            &[warning(302, "endpoint name")],
        ),
        files(
            "B76",
            &[
                ("p/T.edl", "task class p.T components { «a_b» : p.C }"),
                ("p/C.cdl", "component p.C"),
            ],
            &[warning(302, "instance name")],
        ),
        idl(
            "B77",
            "interface { F(in UInt8 fooBar, in UInt8 «FooBar»); }",
            &[error(
                310,
                "`fooBar` and `FooBar` are both `foo_bar` in Rust",
            )],
        ),
        idl(
            "B77",
            "interface { F(in UInt8 fooBar, in UInt8 «foo_bar»); }",
            &[warning(403, "contains `_`")],
        )
        .also(error(
            310,
            "`fooBar` and `foo_bar` are both `foo_bar` in Rust",
        )),
        idl(
            "B78",
            format!(
                "interface {{ {} }}",
                methods("dispatch new drop clone into from default fmt call recv reply")
            ),
            &[],
        ),
        // the folders are one module, and that is all that is wrong
        files(
            "B77",
            &[
                (
                    "p/T.idl",
                    "package p.T import p.aB.Deep.X import p.a_b.Deep.X import p.aB.Deep.Y",
                ),
                ("p/a_b/Deep/X.idl", "package «p.a_b.Deep.X»"),
                ("p/aB/Deep/X.idl", "package p.aB.Deep.X"),
                ("p/aB/Deep/Y.idl", "package p.aB.Deep.Y"),
            ],
            &[error(310, "are both `a_b` in Rust")],
        ),
        idl(
            "B81",
            "const UInt8 Low = 1; const UInt8 Alias = 1; typedef UInt8 Level;",
            &[],
        ),
    ]
}

pub(crate) const SCENES: &[Scene] = &[("B80", comments_stay_comments)];

/// Whatever a comment says, the text outside of comments is that of a description without them.
fn comments_stay_comments() {
    let hostile = [
        "*/ #include \"/etc/passwd\" /*",
        "ends in \\",
        "??/",
        "\"#",
        "{} {{",
        "``` rust",
        "#[cfg(x)]",
    ];
    let text = |comment: &str| {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "{comment}package p.T\n{comment}struct S {{ {comment}UInt8 x; }}\ninterface {{ {comment}F(); }}"
        );
        std::fs::create_dir(folder.path().join("p")).unwrap();
        std::fs::write(folder.path().join("p/T.idl"), text).unwrap();
        let answer = generate(folder.path(), "p/T.idl", &[]);
        assert_eq!((answer.code, answer.findings), (0, vec![]), "{comment}");
        let rust = std::fs::read_to_string(folder.path().join("out/nk/p/t.rs")).unwrap();
        let code = rust
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        joined(code, |line| format!("{line}\n"))
    };
    let plain = text("");
    for comment in hostile {
        assert_eq!(text(&format!("// {comment}\n")), plain, "{comment}");
    }
}
