//! One mistake, one error, in the right place; several mistakes, all of them in one run.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_grammar::syntax::{ItemKind, SectionKind, SyntaxError};
use nk_grammar::{Noun, parse_cdl, parse_edl, parse_idl, parse_psl};

const IDL: &str = "\
// heights and directions
package farm.Sensor
import farm.Units
import kl.core.Types

const UInt32 LabelMax = (0o40 - 1) * 2 ** 3;
const SInt8 Lowest = -0x10;
typedef sequence<string<LabelMax>, 4 << 2> Labels;
struct Reading {
    UInt8 kind; // 0 or 1
    array<UInt64, 3> stamp;
    string<LabelMax> label;
}
union Setting {
    UInt32 period;
    bytes<64> blob;
}
/* all of them */
interface {
    Put(in UInt32 slot, in Handle owner, out UInt16 gen, error SInt32 status);
    List(in UInt16 first, out sequence<Reading, 8> items);
    Ready();
    Open(in handle<farm.Gate> gate, out Labels names);
}
";

const CDL: &str = "\
component farm.Station
security farm.Guard
endpoints {
    sensor : farm.Sensor
    backup : farm.Sensor
}
components {
    clock : farm.Clock
    store : kl.Store
}
";

const EDL: &str = "\
task class farm.Field
components {
    station : farm.Station
    other : farm.Other
}
endpoints {
    gate : farm.Gate
}
";

const PSL: &str = "\
execute: kl.core.Execute
use nk.base._
use EDL Einit
use EDL farm.Field
task class farm.Twin : farm.Field

audit profile quiet = { 0 : { base : { kss : [\"denied\"] } } }
audit default = quiet 0
policy object life : Flow {
    type State = \"cold\" | \"ready\"
    config = { states : [\"cold\", \"ready\"] , initial : \"cold\" , transitions : { \"cold\" : [\"ready\"] } }
}
execute src=Einit, dst=farm.Field { grant () }
request src=farm.Twin dst=farm.Field {
    audit quiet
    match endpoint=station.sensor, method=Put {
        deny (message.slot > 9 && !(message.gen == 0x10))
    }
    match interface=farm.Gate { grant () }
    life.enter {sid : dst_sid, state : \"ready\"}
    choice (life.query {sid : dst_sid}) {
        \"cold\" : { grant () }
        _ : deny ()
    }
}
response { grant () }
";

type Parse = fn(&str) -> Vec<SyntaxError>;

const LANGUAGES: [(&str, &str, Parse); 4] = [
    ("idl", IDL, |text| parse_idl(text).errors),
    ("cdl", CDL, |text| parse_cdl(text).errors),
    ("edl", EDL, |text| parse_edl(text).errors),
    ("psl", PSL, |text| parse_psl(text).errors),
];

/// Tokens as byte ranges: runs of identifier characters, quoted texts, or single marks; comments are not tokens.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap()
        } else if rest.starts_with("/*") {
            rest.find("*/").unwrap() + 2
        } else if let Some(quoted) = rest.strip_prefix('"') {
            quoted.find('"').unwrap() + 2
        } else {
            bytes[at..].iter().take_while(|b| word(b)).count().max(1)
        };
        if !rest.starts_with("//") && !rest.starts_with("/*") && !bytes[at].is_ascii_whitespace() {
            found.push((at, at + length));
        }
        at += length;
    }
    found
}

fn line(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

/// Every way to spoil one token.
fn mutants(text: &str) -> Vec<(String, usize)> {
    let spoil = |(start, end): (usize, usize)| {
        let (head, token, tail) = (&text[..start], &text[start..end], &text[end..]);
        [
            format!("{head}{tail}"),
            format!("{head}{token} {token}{tail}"),
            format!("{head}@{tail}"),
            format!("{head}}}{tail}"),
        ]
        .map(|mutant| (mutant, start))
    };
    tokens(text).into_iter().flat_map(spoil).collect()
}

#[test]
fn a_spoilt_token_gives_one_error_on_its_line_or_the_next() {
    for (language, text, parse) in LANGUAGES {
        assert_eq!(parse(text), [], "{language}");
        let (mut wrong, mut single, mut near) = (0_u32, 0_u32, 0_u32);
        for (mutant, at) in mutants(text) {
            let errors = parse(&mutant);
            let Some(first) = errors.first() else {
                continue;
            };
            wrong += 1;
            let (want, got) = (line(&mutant, at), line(&mutant, first.span.start as usize));
            single += u32::from(errors.len() == 1);
            near += u32::from(got == want || got == want + 1);
        }
        println!("{language}: {wrong} wrong mutants, {single} with one error, {near} near");
        assert!(
            single * 100 >= wrong * 98,
            "{language}: one error in {single} of {wrong}"
        );
        assert!(
            near * 100 >= wrong * 97,
            "{language}: near in {near} of {wrong}"
        );
    }
}

/// The lines at which errors are reported.
fn lines(text: &str, errors: &[SyntaxError]) -> Vec<usize> {
    errors
        .iter()
        .map(|e| line(text, e.span.start as usize))
        .collect()
}

#[test]
fn independent_mistakes_are_found_in_one_run() {
    let idl = "package a.B
structx A { UInt32 x; }
struct B { UInt32 a UInt8 b; string c; }
const UInt32 X = ;
struct C { UInt32 ok; }
interface {
  Open(in UInt32 x, inn UInt32 y);
  Close(out UInt32 z)
  Read(in UInt32 h, out UInt32 n);
  Bad(UInt32 a);
  Typed(in array<UInt8, 8>>1> a);
  Comma(in UInt32 a,);
}
import c.D
";
    assert_eq!(
        lines(idl, &parse_idl(idl).errors),
        [2, 3, 3, 4, 7, 8, 10, 11, 12, 14]
    );

    let edl = "entity X
components {
  a b.C
  c : d.E
  e :
  f : g.H
  g = d.E
}
endpoint { x : y.Z }
interfaces { x : y.Z }
";
    assert_eq!(lines(edl, &parse_edl(edl).errors), [3, 5, 7, 9]);

    let psl = "use nk.base
use EDL
use EDL A
requst src=A { grant () }
request scr=A { grant () }
request src=A {
  grantt
  match dts=B { grant () }
  match dst=B { deny ( }
}
response src=A dst= { grant () }
";
    // the bracket of line 9 makes everything guesswork: one error
    assert_eq!(parse_psl(psl).errors.len(), 1);
    let psl = psl.replace("deny ( }", "deny (=) }");
    assert_eq!(
        lines(&psl, &parse_psl(&psl).errors),
        [1, 2, 4, 5, 7, 8, 9, 11]
    );
}

#[test]
fn a_mistake_is_explained_in_the_words_of_the_language() {
    let first = |errors: Vec<SyntaxError>| {
        let error = errors.into_iter().next().unwrap();
        (error.message, error.help.unwrap_or_default())
    };
    let psl = |text| first(parse_psl(text).errors);
    assert_eq!(
        psl("requst src=A { }"),
        (
            "expected a declaration, found `requst`".into(),
            "did you mean `request`?".into()
        )
    );
    assert_eq!(psl("request scr=A { }").1, "did you mean `src`?");
    assert_eq!(
        psl("use nk.base").0,
        "expected `._` after `base`, found end of file"
    );
    assert_eq!(
        psl("use EDL @MAIN_TASK@").1,
        "a template variable: give it a value with `--define MAIN_TASK=…`"
    );
    assert!(psl("{% if BOARD %}").1.starts_with("a template statement"));
    let (message, _) = first(parse_idl("package a.B\nstruct S {\n  UInt8 x\n}").errors);
    assert_eq!(message, "expected `;` after `x`");
}

#[test]
fn what_is_right_of_a_wrong_text_is_a_tree_with_the_places_of_the_text() {
    let text = "package a.B
const UInt32 N = 4;
const UInt32 = 5;
struct S { UInt32 a; UInt8 b c; string<N> d; }
struct @ { UInt16 e; }
interfase { Go(in S s); Stop(inn S s); }
";
    let parsed = parse_idl(text);
    assert_eq!(
        (parsed.tree.is_none(), lines(text, &parsed.errors)),
        (true, vec![3, 4, 5, 6, 6])
    );
    let salvaged = parsed.salvaged.unwrap();
    let names: Vec<&str> = salvaged
        .tree
        .items
        .iter()
        .map(|item| item.name.text.as_str())
        .collect();
    // nobody can write the name of the struct that has lost its own
    assert_eq!(names[..2], ["N", "S"]);
    assert!(names.len() == 3 && names[2].contains(' '), "{names:?}");
    let ItemKind::Struct(fields) = &salvaged.tree.items[1].kind else {
        panic!("{:?}", salvaged.tree.items)
    };
    let fields: Vec<&str> = fields
        .iter()
        .map(|field| field.name.text.as_str())
        .collect();
    assert_eq!(fields, ["a", "d"]);
    let methods = &salvaged.tree.interfaces[0].methods;
    assert_eq!(
        methods
            .iter()
            .map(|method| method.name.text.as_str())
            .collect::<Vec<_>>(),
        ["Go"]
    );
    let place = methods[0].name.span;
    assert_eq!(&text[place.start as usize..place.end as usize], "Go");
    assert!(!salvaged.lost.head);
}

#[test]
fn what_is_lost_may_have_declared_a_name() {
    let lost = |text: &str| parse_idl(text).salvaged.unwrap().lost;
    let of_field = lost("package a.B struct S { UInt8 x y; UInt8 z; }");
    assert!(of_field.may_declare(Noun::Type, "x") && !of_field.may_declare(Noun::Type, "T"));
    let of_constant = lost("package a.B const UInt8 = 1;");
    assert!(
        of_constant.may_declare(Noun::Constant, "N") && !of_constant.may_declare(Noun::Type, "T")
    );
    let of_glued = lost("package a.B structT { UInt8 a; }");
    assert!(of_glued.may_declare(Noun::Type, "T") && !of_glued.may_declare(Noun::Type, "U"));
    for import in ["import c..D", "import", "c.D"] {
        let of_import = lost(&format!("package a.B\n{import}\nconst UInt8 N = 1;"));
        assert!(
            of_import.may_declare(Noun::Type, "T") && of_import.may_declare(Noun::Constant, "M"),
            "{import}"
        );
    }
    assert!(lost("package a..B\nconst UInt8 N = 1;").head);
}

#[test]
fn nothing_is_salvaged_where_brackets_do_not_match() {
    assert_eq!(
        parse_idl("package a.B struct S { UInt8 a; interface { }").salvaged,
        None
    );
    assert_eq!(
        parse_edl("task class a.B components { c : d.E } }").salvaged,
        None
    );
}

#[test]
fn bindings_of_a_section_without_its_keyword_are_kept() {
    let salvaged = parse_edl("task class a.B\n{\n    c : d.E\n    f g.H\n}\n")
        .salvaged
        .unwrap();
    let SectionKind::Unknown(bindings) = &salvaged.tree.sections[0].kind else {
        panic!("{:?}", salvaged.tree)
    };
    assert_eq!(
        bindings
            .iter()
            .map(|binding| binding.target.text.as_str())
            .collect::<Vec<_>>(),
        ["d.E"]
    );
}

#[test]
fn habits_from_other_languages_are_one_mistake_each_and_get_their_own_help() {
    let cases = [
        (
            "enum Color { Red, Green }",
            "an enumeration is written as constants: `const UInt8 Red = 0;`",
        ),
        (
            "enum Color { RED = 0; GREEN = 1; }",
            "an enumeration is written as constants: `const UInt8 Red = 0;`",
        ),
        (
            "#include <stdint.h>",
            "a comment begins with `//`, and other descriptions are named by `import a.B`",
        ),
        (
            "import \"a/B.idl\"",
            "a package is named, its folders joined by dots: `import a.B`",
        ),
        (
            "import ../a/B",
            "a package is named, its folders joined by dots: `import a.B`",
        ),
        (
            "import <a/B>",
            "a package is named, its folders joined by dots: `import a.B`",
        ),
        (
            "struct S { string name; }",
            "the most bytes belong here: `string<64>`",
        ),
        (
            "struct S { bytes data; }",
            "the most bytes belong here: `bytes<64>`",
        ),
        (
            "struct S { sequence many; }",
            "type and number of elements belong here: `sequence<UInt8, 64>`",
        ),
        (
            "struct S { sequence<UInt8> many; }",
            "the number of elements belongs here: `sequence<UInt8, 64>`",
        ),
        (
            "struct S { UInt8 many[4]; }",
            "an array is written `array<TYPE, SIZE> name`",
        ),
        (
            "interface { void Close(); }",
            "a method has no type: its results are `out` parameters",
        ),
        (
            "interface { Put(inout UInt8 c); }",
            "write one `in` and one `out` parameter",
        ),
    ];
    for (text, help) in cases {
        let errors = parse_idl(&format!("package T\n{text}\nconst UInt8 A = 1;\n")).errors;
        let helps: Vec<Option<&str>> = errors.iter().map(|error| error.help.as_deref()).collect();
        assert_eq!(helps, [Some(help)], "{text}: {errors:?}");
    }
}

#[test]
fn what_stands_above_the_first_line_is_the_only_mistake() {
    for above in [
        "#include <stdint.h>",
        "syntax = \"proto3\";",
        "@",
        "# a comment",
        "use a.B;",
    ] {
        let parsed = parse_idl(&format!("{above}\npackage T\nconst UInt8 A = 1;\n"));
        assert_eq!(parsed.errors.len(), 1, "{above}: {:?}", parsed.errors);
        assert_eq!(parsed.salvaged.unwrap().tree.items.len(), 1, "{above}");
    }
}

#[test]
fn comments_stand_wherever_blanks_may_and_hide_nothing() {
    let tokens = [
        "package", "Sensor", "const", "UInt32", "A", "=", "(", "4", "-", "1", ")", ";", "struct",
        "S", "{", "UInt8", "kind", ";",
    ];
    let tokens = [
        &tokens[..],
        &[
            "}",
            "interface",
            "{",
            "Put",
            "(",
            "in",
            "UInt32",
            "slot",
            ")",
            ";",
            "}",
        ],
    ]
    .concat();
    for between in [
        "/**/",
        " /* \u{6F22} } ; */ ",
        "// a\n",
        "\r\n// struct {\r\n",
        "\t/* // */\t",
    ] {
        let text = tokens.join(between);
        let tree = parse_idl(&text).tree.unwrap();
        assert_eq!(
            (tree.items.len(), tree.interfaces[0].methods.len()),
            (2, 1),
            "{text}"
        );
        assert_eq!(tree.comments.len(), tokens.len() - 1, "{text}");
        // places are those of the text as written
        let name = tree.items[1].name.span;
        assert_eq!(&text[name.start as usize..name.end as usize], "S");
        let broken = parse_idl(&text.replace("slot", "slot slot")).errors;
        assert_eq!(broken.len(), 1, "{text}: {broken:?}");
    }
}
