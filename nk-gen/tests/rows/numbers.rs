//! B22 to B38: numbers and constant expressions.
use crate::HUGE;
use crate::row::{Row, error, idl, joined};

/// A constant of a type with a value.
fn value(row: &'static str, ty: &str, value: &str, code: u16, words: &'static str) -> Row {
    idl(
        row,
        format!("const {ty} X = {value};"),
        &[error(code, words)],
    )
}

pub(crate) fn rows() -> Vec<Row> {
    [
        literals(),
        ranges(),
        operators(),
        dependencies(),
        measure(),
        kinds(),
    ]
    .concat()
}

fn literals() -> Vec<Row> {
    let invalid = ["0x", "0xG", "0o8", "12abc", "1_000", "0b101"];
    let forms = "integers are written `10`, `0x1F` or `0o17`";
    let mut rows: Vec<Row> = invalid
        .iter()
        .map(|literal| value("B22", "UInt32", &format!("«{literal}»"), 11, forms))
        .collect();
    rows.push(value(
        "B22",
        "UInt32",
        "«'a'»",
        11,
        "character literals do not exist",
    ));
    rows.push(value(
        "B23",
        "UInt32",
        "«010»",
        11,
        "write `10` for decimal, or `0o10` for octal",
    ));
    rows.push(value(
        "B24",
        "UInt32",
        &format!("«{}»", "9".repeat(41)),
        12,
        "41 digits; the limit is 40",
    ));
    rows.push(value(
        "B24",
        "UInt32",
        &format!("«{}»", "9".repeat(1_000_000)),
        12,
        "1000000 digits",
    ));
    rows
}

fn ranges() -> Vec<Row> {
    vec![
        value(
            "B25",
            "UInt8",
            "«256»",
            202,
            "256 does not fit `UInt8` (0…255)",
        ),
        value(
            "B25",
            "UInt8",
            "«-1»",
            202,
            "-1 does not fit `UInt8` (0…255)",
        ),
        value(
            "B25",
            "SInt8",
            "«128»",
            202,
            "128 does not fit `SInt8` (-128…127)",
        ),
        value(
            "B25",
            "SInt8",
            "«-129»",
            202,
            "-129 does not fit `SInt8` (-128…127)",
        ),
        value("B30", "UInt32", "«~0»", 202, "write 0xFFFFFFFF"),
        value(
            "B25",
            "UIntSize",
            "«1 << 64»",
            202,
            "does not fit `UIntSize`",
        ),
    ]
}

fn operators() -> Vec<Row> {
    let least = "170141183460469231731687303715884105728";
    vec![
        value("B26", "UInt8", "1/«0»", 202, "division by zero"),
        value("B26", "UInt8", "1%«0»", 202, "division by zero"),
        value("B27", "UInt64", "1<<«128»", 202, "shift amount"),
        value("B27", "UInt64", "«1<<64»", 202, "does not fit"),
        value("B27", "UInt64", "1<<«-1»", 202, "shift amount"),
        value("B27", "UInt64", "1>>«-1»", 202, "shift amount"),
        value("B28", "UInt64", "«2**127»", 202, "overflow"),
        value("B28", "UInt64", "2**«2**2**31»", 202, "overflow"),
        value(
            "B28",
            "UInt64",
            "2**«-1»",
            202,
            "the exponent -1 is negative",
        ),
        idl("B28", "const UInt8 X = 0**0;", &[]),
        value(
            "B29",
            "SInt64",
            &format!("(-«{least}») / -1"),
            202,
            "does not fit 127 bits",
        ),
        value(
            "B29",
            "SInt64",
            &format!(
                "(-{}-1-«1») / -1",
                "170141183460469231731687303715884105727"
            ),
            202,
            "overflow",
        ),
        idl(
            "B37",
            "typedef array<UInt8, 8>«>»1> A;",
            &[error(1, "parenthesise `>>` inside `<…>`")],
        ),
        idl("B37", "typedef array<UInt8, (8>>1)> A;", &[]),
    ]
}

fn dependencies() -> Vec<Row> {
    // the 10,001st constant is the first over the limit
    let name = |i: usize| {
        if i == 10_000 {
            format!("«C{i}»")
        } else {
            format!("C{i}")
        }
    };
    let chain = |last: usize| {
        joined(1..=last, |i| {
            format!("const UInt32 {} = C{}+1;\n", name(i), i - 1)
        })
    };
    vec![
        idl(
            "B31",
            "const UInt32 «A» = A+1;",
            &[error(104, "constant `A` depends on itself: `A` → `A`")],
        ),
        idl(
            "B31",
            "const UInt32 «A» = B; const UInt32 B = A;",
            &[error(104, "`A` → `B` → `A`")],
        ),
        // accepted: the header of the list
        idl("B32", "const UInt32 A = B; const UInt32 B = 1;", &[]),
        idl(
            "B33",
            format!("const UInt32 C0 = 1;\n{}", chain(9_999)),
            &[],
        ),
        idl(
            "B33",
            format!("const UInt32 C0 = 1;\n{}", chain(HUGE / 10)),
            &[error(10, "a chain of more than 10000 constants")],
        ),
        idl(
            "B33",
            "const UInt32 A = 1; const UInt32 B = A; const UInt32 «C» = B; const UInt32 D = C;",
            &[error(10, "`--limit constant-chain=VALUE`")],
        )
        .with(&["--limit=constant-chain=2"]),
    ]
}

fn measure() -> Vec<Row> {
    let sum = |terms: usize| format!("const UInt32 X = «1{}»;", "+1".repeat(terms - 1));
    let parens = |open: &str, n: usize| {
        format!(
            "const UInt32 X = {open}{}1{};",
            "(".repeat(n - 64),
            ")".repeat(n)
        )
    };
    let nested = "(".repeat(64) + "«(»";
    vec![
        idl(
            "B34",
            sum(HUGE),
            &[error(10, "more than 10000 operators and operands")],
        ),
        idl("B35", parens(&"(".repeat(64), 64), &[]),
        idl(
            "B35",
            format!("const UInt32 X = {nested}1{};", ")".repeat(65)),
            &[error(9, "nesting deeper than 64")],
        ),
        idl(
            "B35",
            format!("const UInt32 X = {nested}{}", "(".repeat(9_935)),
            &[error(9, "nesting deeper than 64")],
        ),
        idl(
            "B35",
            format!("const UInt32 X = {}1{};", "(".repeat(65), ")".repeat(65)),
            &[],
        )
        .with(&["--limit=nesting=65"]),
        idl(
            "B36",
            format!(
                "const UInt32 X = {}«-»{}1;",
                "-".repeat(64),
                "-".repeat(999_935)
            ),
            &[error(9, "deeper")],
        ),
        idl(
            "B36",
            format!(
                "const UInt32 X = {}2«*»*{}1;",
                "2**".repeat(64),
                "2**".repeat(9_935)
            ),
            &[error(9, "deeper")],
        ),
        idl(
            "B36",
            sum(10_001).replace("+1", "-0"),
            &[error(10, "operators and operands")],
        ),
    ]
}

fn kinds() -> Vec<Row> {
    vec![
        idl("B38", "const «string»<4> S = 1;", &[error(1, "expected")]),
        idl(
            "B38",
            "const «Handle» H = 1;",
            &[error(201, "a constant cannot be of type `Handle`")],
        ),
        idl(
            "B38",
            "struct Foo { UInt8 x; } const «Foo» X = 1;",
            &[error(201, "not an integer type")],
        ),
    ]
}
