//! Texts that are meant to cost more than their length: each is checked at 64 KiB, which may take 100 ms, and at the
//! limit of a file, which may take two seconds.
use crate::clock;
use std::fmt::Write as _;

/// Sizes in bytes.
const SIZES: [usize; 2] = [64 << 10, 4 << 20];

/// What is repeated, between a beginning and an end; `#` stands for a number that counts up, `$` for the next one.
struct Text(&'static str, &'static str, &'static str, &'static str);

const TEXTS: &[Text] = &[
    Text("brackets", "package A const UInt8 X = ", "(", ""),
    Text("closed brackets", "package A const UInt8 X = ", "()", ";"),
    Text("types in types", "package A typedef ", "array<", ""),
    Text("signs", "package A const UInt8 X = ", "- ", "1;"),
    Text("powers", "package A const UInt8 X = 2", "**2", ";"),
    Text("a sum", "package A const UInt64 X = 1", "+1", ";"),
    Text(
        "constants of each other",
        "package A const UInt8 X0 = 1;",
        "const UInt8 X$ = X#;",
        "",
    ),
    Text(
        "constants in circles",
        "package A ",
        "const UInt8 X# = X$;",
        "",
    ),
    Text("blocks", "package A ", "struct S {", ""),
    Text("ends of blocks", "package A ", "}", ""),
    Text("marks", "package A ", "@", ""),
    Text("semicolons", "package A ", ";", ""),
    Text(
        "lines without end",
        "package A struct S {\n",
        "UInt8 a#\n",
        "}",
    ),
    Text("wrong types", "package A struct S {\n", "Uint8 a#;\n", "}"),
    Text(
        "names like others",
        "package A ",
        "struct Name# { Nane# a; }\n",
        "",
    ),
    Text("one name", "package A ", "struct S { UInt8 a; }\n", ""),
    Text("one method", "package A interface {\n", "M();\n", "}"),
    Text(
        "structs that double",
        "package A struct S0 { UInt8 a; }",
        "struct S$ { S# a; S# b; }\n",
        "",
    ),
    Text(
        "structs in circles",
        "package A ",
        "struct S# { S$ a; }\n",
        "",
    ),
    Text(
        "typedefs of each other",
        "package A typedef UInt8 T0;",
        "typedef T# T$;\n",
        "",
    ),
    Text("imports", "package A\n", "import b.P#\n", ""),
    Text("imports of a long name", "package A\nimport b", ".B", ""),
    Text("one identifier", "package A struct S", "s", " { UInt8 a; }"),
    Text("one literal", "package A const UInt8 X = 1", "0", ";"),
    Text("one comment", "package A /*", "x", ""),
    Text("comments", "package A\n", "//\n", ""),
    Text(
        "documentation",
        "package A\n",
        "// line #\n",
        "struct S { UInt8 a; }",
    ),
    Text("texts", "package A\n", "\"\n", ""),
    Text("zeros", "package A\n", "\0", ""),
    Text("foreign letters", "package A\n", "ж", ""),
    Text("returns", "package A\n", "\r", ""),
    Text(
        "conflicts",
        "package A\n",
        "<<<<<<<\n=======\n>>>>>>>\n",
        "",
    ),
    Text("blanks", "package A\n", " ", ""),
    Text(
        "one line",
        "package A struct S { ",
        "UInt8 a#; ",
        "Uint8 b; }",
    ),
    Text(
        "parameters",
        "package A interface { M(",
        "in UInt8 a#, ",
        "); }",
    ),
    Text(
        "parameters without type",
        "package A interface { M(",
        "in a#, ",
        "); }",
    ),
    Text("half methods", "package A interface {", "M#(in UInt8 ", ""),
    Text(
        "variants",
        "package A union U {",
        "string<4294967294> a#; ",
        "} interface { M(in sequence<U, 4294967295> u); }",
    ),
    Text("methods", "package A interface {", "A#();", "}"),
];

/// A row for each text that has `part` in its name.
pub fn print(part: &str) {
    println!(
        "\n{:<26} {:>12} {:>9} {:>12} {:>9}",
        "hostile", "64 KiB", "findings", "4 MiB", "findings"
    );
    for text in TEXTS.iter().filter(|text| text.0.contains(part)) {
        let [(small, few), (large, many)] = SIZES.map(|size| check(&text.of(size)));
        println!(
            "{:<26} {small:>12.2?} {few:>9} {large:>12.2?} {many:>9}",
            text.0
        );
    }
}

impl Text {
    /// The text in about `bytes` bytes, never more.
    fn of(&self, bytes: usize) -> String {
        let Self(_, start, repeated, end) = self;
        let mut text = (*start).to_owned();
        let mut number = 0_u32;
        loop {
            let mut next = String::new();
            for c in repeated.chars() {
                let written = match c {
                    '#' => write!(next, "{number}"),
                    '$' => write!(next, "{}", number + 1),
                    c => write!(next, "{c}"),
                };
                written.expect("a string takes everything");
            }
            if text.len() + next.len() + end.len() > bytes {
                return text + end;
            }
            text.push_str(&next);
            number += 1;
        }
    }
}

/// Processor time of the whole command, findings drawn, and how many there are.
fn check(text: &str) -> (std::time::Duration, usize) {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("A.idl");
    std::fs::write(&file, text).expect("a file");
    let arguments = ["nk-gen", "check"]
        .map(Into::into)
        .into_iter()
        .chain([file.into_os_string()]);
    let mut said = Vec::new();
    let (time, _) = clock::once(|| nk_gen::cli::run(arguments, &mut Vec::new(), &mut said, false));
    let said = String::from_utf8_lossy(&said);
    let findings = said.lines().filter(|line| line.contains("[NK")).count();
    (time, findings)
}
