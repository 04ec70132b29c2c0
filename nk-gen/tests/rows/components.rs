//! B83 to B89: components and process classes.
use crate::row::{Row, error, files, warning};

/// The class `p.T` beside interfaces and components of every kind.
fn class(row: &'static str, text: &str, found: &[crate::row::Finding]) -> Row {
    let class = format!("task class p.T {text}");
    let around = [
        ("p/T.edl", class.as_str()),
        ("p/I.idl", "package p.I interface { F(in UInt8 x); }"),
        ("p/O.idl", "package p.O interface { F(out UInt8 x); }"),
        (
            "p/E.idl",
            "package p.E interface { F(error UInt16 status); }",
        ),
        ("p/N.idl", "package p.N const UInt8 A = 1;"),
        ("p/C.cdl", "component p.C"),
        ("p/D.edl", "task class p.D"),
    ];
    files(row, &around, found)
}

#[allow(clippy::too_many_lines, reason = "one table")]
pub(crate) fn rows() -> Vec<Row> {
    let three = ["package", "A", "B", "C"].map(|name| format!("p/{name}.cdl"));
    let bomb: Vec<(String, String)> = (0..40)
        .map(|i| {
            let name = if i == 0 {
                "«p.C0»".to_owned()
            } else {
                format!("p.C{i}")
            };
            (
                format!("p/C{i}.cdl"),
                format!(
                    "component {name} components {{ a : p.C{0} b : p.C{0} }}",
                    i + 1
                ),
            )
        })
        .chain([("p/I.idl".to_owned(), "package p.I interface { }".to_owned())])
        .collect();
    let filled = |last: &str| {
        let last = ("p/C40.cdl".to_owned(), format!("component p.C40 {last}"));
        bomb.iter().cloned().chain([last]).collect::<Vec<_>>()
    };
    let of_all = |texts: Vec<(String, String)>, found: &[_]| {
        let texts: Vec<(&str, &str)> = texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        files("B84", &texts, found)
    };
    vec![
        files(
            "B83",
            &[(&three[1], "component p.A components { a : «p.A» }")],
            &[error(104, "`p.A` → `p.A`")],
        ),
        files(
            "B83",
            &[
                (&three[1], "component p.A components { b : p.B }"),
                (&three[2], "component p.B components { c : p.C }"),
                (&three[3], "component p.C components { a : «p.A» }"),
            ],
            &[error(
                104,
                "`p.A` embeds itself: `p.A` → `p.B` → `p.C` → `p.A`",
            )],
        ),
        of_all(
            filled("endpoints { e : p.I }"),
            &[error(204, "has 1099511627776 endpoints, limit 65535")],
        )
        .also(warning(405, "40 levels deep")),
        of_all(
            filled("security p.I"),
            &[error(
                204,
                "has 1099511627776 security interfaces, limit 65535",
            )],
        )
        .also(warning(405, "40 levels deep")),
        class(
            "B85",
            "endpoints { a : p.I } components { «a» : p.C }",
            &[error(303, "the endpoint")],
        ),
        class(
            "B85",
            "endpoints { } «endpoints» { }",
            &[error(301, "duplicate section `endpoints`")],
        ),
        class(
            "B85",
            "security p.I «security» p.I",
            &[error(301, "duplicate section `security`")],
        ),
        class(
            "B86",
            "security «p.O»",
            &[error(305, "has `out` or `error` parameters")],
        ),
        class(
            "B86",
            "security «p.E»",
            &[error(305, "has `out` or `error` parameters")],
        ),
        class(
            "B87",
            "endpoints { a : «p.N» }",
            &[error(107, "package `p.N` has no interface")],
        ),
        class(
            "B87",
            "security «p.N»",
            &[error(107, "package `p.N` has no interface")],
        ),
        class(
            "B87",
            "components { a : «p.I» }",
            &[error(108, "`p.I` is a package, not a component")],
        ),
        class(
            "B87",
            "components { a : «p.D» }",
            &[error(108, "`p.D` is a process class, not a component")],
        ),
        class(
            "B87",
            "endpoints { a : «p.C» }",
            &[error(107, "not an interface")],
        ),
        // real solutions mix versions: lints of an era are given for the version that is asked about
        files("B88", &[("p/T.edl", "entity p.T interfaces { }")], &[]),
        files(
            "B88",
            &[("p/T.edl", "«entity» p.T «interfaces» { }")],
            &[warning(401, "`task class`"), warning(401, "`endpoints`")],
        )
        .with(&["--compat-version=1.4"]),
        files(
            "B89",
            &[("gpio/GPIO.edl", "task class «gpio_mock_driver.driver»")],
            &[error(101, "driver.edl`")],
        )
        .also(error(102, "does not begin with an upper-case letter")),
    ]
}
