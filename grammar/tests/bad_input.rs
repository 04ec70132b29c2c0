//! The rows B01–B37 and B43 of `docs/inputs.md` §4 that concern the text itself: code, place and words of each error.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_grammar::syntax::{Mistake, SyntaxError};
use nk_grammar::{
    Limits, declared_name, decode, parse_cdl, parse_edl, parse_idl, parse_idl_within, parse_psl,
};

/// `line:column` in characters, both from 1.
fn place(text: &str, error: &SyntaxError) -> (usize, usize) {
    let before = &text[..error.span.start as usize];
    let line = before.rsplit('\n').next().unwrap_or("");
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Asserts the only error of an IDL text: code, place, and words of its message or help.
#[track_caller]
fn refused(text: &str, mistake: Mistake, at: (usize, usize), words: &str) {
    let errors = parse_idl(text).errors;
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let error = &errors[0];
    let said = format!("{} {}", error.message, error.help.as_deref().unwrap_or(""));
    assert_eq!((error.mistake, place(text, error)), (mistake, at), "{said}");
    assert!(said.contains(words), "{said}");
}

/// Asserts that an expression after `=` is refused with this code at its first character.
#[track_caller]
fn expression(expr: &str, mistake: Mistake, words: &str) {
    refused(
        &format!("package a.B\nconst UInt32 X = {expr};"),
        mistake,
        (2, 18),
        words,
    );
}

#[test]
fn b01_a_file_without_a_first_line_asks_for_it() {
    refused(
        "",
        Mistake::Syntax,
        (1, 1),
        "expected `package`, found end of file",
    );
    refused(
        "// nothing\n",
        Mistake::Syntax,
        (1, 1),
        "expected `package`",
    );
}

#[test]
fn b04_a_byte_order_mark_at_the_start_means_nothing() {
    let text = "\u{FEFF}package a.B\nconst UInt8 X = 1;";
    assert_eq!(parse_idl(text).errors, []);
    assert_eq!(parse_idl(decode(text.as_bytes()).unwrap()).errors, []);
    assert!(
        parse_cdl("\u{FEFF}component A").tree.is_some()
            && parse_edl("\u{FEFF}entity A").tree.is_some()
    );
}

#[test]
fn b05_b06_marks_and_controls_inside_the_text_are_named() {
    refused(
        "package a.B\nconst UInt\u{FEFF}32 X = 1;",
        Mistake::ControlCharacter,
        (2, 11),
        "U+FEFF is only allowed at the start",
    );
    refused(
        "package a.B \0",
        Mistake::ControlCharacter,
        (1, 13),
        "control character U+0000",
    );
    refused(
        "package a.B // \0",
        Mistake::ControlCharacter,
        (1, 16),
        "control character U+0000",
    );
}

#[test]
fn b07_b08_b09_what_hides_text_is_refused_in_comments_too() {
    refused(
        "package a.B // \u{202E} evil",
        Mistake::HiddenCharacter,
        (1, 16),
        "bidirectional",
    );
    refused(
        "package a.B\n// hidden\rconst UInt32 X = 1;",
        Mistake::CarriageReturn,
        (2, 10),
        "bare carriage return",
    );
    refused(
        "package a.B\n// hidden\u{2028}const UInt32 X = 1;",
        Mistake::HiddenCharacter,
        (2, 10),
        "U+2028",
    );
}

#[test]
fn b10_line_ends_of_both_kinds_mean_the_same() {
    let unix = "// doc\npackage a.B\n// of x\nstruct S {\n  UInt8 x; // behind\n}\n";
    let (lf, crlf) = (
        parse_idl(unix).tree.unwrap(),
        parse_idl(&unix.replace('\n', "\r\n")).tree.unwrap(),
    );
    assert_eq!(
        (lf.docs, &lf.items[0].docs),
        (crlf.docs, &crlf.items[0].docs)
    );
    assert_eq!(lf.items[0].name.text, crlf.items[0].name.text);
    refused(
        "package a.B\r\nstruct S {\r\n  UInt8 x\r\n}",
        Mistake::Syntax,
        (3, 10),
        "expected `;` after `x`",
    );
}

#[test]
fn b11_b12_letters_that_look_like_ascii_are_named() {
    refused(
        "pаckage a.B",
        Mistake::NotAscii,
        (1, 2),
        "U+0430 looks like ASCII `a`",
    );
    refused(
        "package a.B\nstruct ﬁeld { UInt8 a; }",
        Mistake::NotAscii,
        (2, 8),
        "U+FB01",
    );
}

#[test]
fn b13_b14_comments_end_where_they_should() {
    refused(
        "package a.B\n /* never closed\nstruct",
        Mistake::Unclosed,
        (2, 2),
        "comment is not closed",
    );
    refused(
        "package a.B\n/* a /* b */ c */",
        Mistake::Syntax,
        (2, 14),
        "comments do not nest",
    );
}

#[test]
fn b15_an_unfinished_merge_is_recognised() {
    refused(
        "package a.B\n<<<<<<< HEAD\nconst\n=======\n>>>>>>> x\n",
        Mistake::Syntax,
        (2, 1),
        "merge conflict",
    );
}

#[test]
fn b16_b17_the_place_is_right_on_long_and_wide_lines() {
    let long = format!(
        "package a.B struct S {{ {} UInt8 x UInt8 y; }}",
        "UInt8 a; ".repeat(100_000)
    );
    let column = long.find("x UInt8 y").unwrap() + 2;
    refused(
        &long,
        Mistake::Syntax,
        (1, column),
        "expected `;` after `x`",
    );
    refused(
        "package a.B\n\t/* 漢字 */ const UInt8 X = ;",
        Mistake::Syntax,
        (2, 27),
        "expected a value",
    );
}

#[test]
fn b18_a_file_over_four_mebibytes_is_refused() {
    let text = " ".repeat(Limits::DEFAULT.file_bytes + 1);
    assert_eq!(
        decode(text.as_bytes()).unwrap_err().mistake,
        Mistake::FileSize
    );
    refused(&text, Mistake::FileSize, (1, 1), "the limit is 4194304");
}

#[test]
fn b19_names_have_a_limit() {
    let name = |n: usize| "x".repeat(n);
    let with = |name: &str| format!("package a.B\nconst UInt8 {name} = 1;");
    assert_eq!(parse_idl(&with(&name(128))).errors, []);
    refused(
        &with(&name(129)),
        Mistake::NameLength,
        (2, 13),
        "129 characters",
    );
    refused(
        &with(&name(100_000)),
        Mistake::NameLength,
        (2, 13),
        "100000 characters",
    );
    let dotted = format!("package {}", vec![name(100); 3].join("."));
    refused(
        &dotted,
        Mistake::NameLength,
        (1, 9),
        "dotted name of 302 characters",
    );
}

#[test]
fn every_limit_can_be_raised() {
    let limits = Limits {
        nesting: 65,
        literal_digits: 41,
        identifier: 129,
        dotted_name: 302,
        ..Limits::DEFAULT
    };
    let (open, close, name) = ("(".repeat(64), ")".repeat(64), "x".repeat(129));
    let package = vec!["y".repeat(100); 3].join(".");
    let text = format!(
        "package {package}\nconst UInt8 {name} = {open}{}1{close};",
        "0".repeat(40)
    );
    let codes = |limits| {
        parse_idl_within(&text, limits)
            .errors
            .into_iter()
            .map(|e| e.mistake)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        codes(&limits),
        [Mistake::Number],
        "the leading zeros remain"
    );
    assert_eq!(
        codes(&Limits::DEFAULT),
        [Mistake::NameLength, Mistake::NameLength, Mistake::Digits]
    );
    let deep = format!("package a.B const UInt8 X = {open}(1){close};");
    assert_eq!(parse_idl_within(&deep, &limits).errors, []);
}

#[test]
fn b20_keywords_end_at_a_word_boundary() {
    refused(
        "package a.B\nstructx { UInt8 a; }",
        Mistake::Syntax,
        (2, 1),
        "did you mean `struct`?",
    );
    refused(
        "package a.B\nconstUInt32 X = 1;",
        Mistake::Syntax,
        (2, 1),
        "put a space after `const`",
    );
    let errors = parse_edl("taskclass X").errors;
    assert!(
        errors.len() == 1 && errors[0].help.as_deref() == Some("did you mean `task class`?"),
        "{errors:?}"
    );
}

#[test]
fn b21_ten_thousand_mistakes_are_all_found() {
    let text = format!(
        "package a.B\nstruct S {{\n{}}}\n",
        "  UInt8 x y;\n".repeat(10_000)
    );
    assert_eq!(parse_idl(&text).errors.len(), 10_000);
}

#[test]
fn b22_b23_b24_literals_that_are_no_integers_are_explained() {
    for literal in ["0x", "0xG", "0o8", "12abc", "1_000", "0b101"] {
        expression(literal, Mistake::Number, "invalid integer literal");
    }
    expression("'a'", Mistake::Number, "character literals do not exist");
    expression("010", Mistake::Number, "`0o10` for octal");
    expression(&"9".repeat(41), Mistake::Digits, "41 digits");
    expression(&"9".repeat(1_000_000), Mistake::Digits, "1000000 digits");
}

#[test]
fn b35_b36_b43_nesting_stops_at_sixty_four() {
    let parens = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    let constant = |value: &str| format!("package a.B\nconst UInt32 X = {value};");
    assert_eq!(parse_idl(&constant(&parens(64))).errors, []);
    refused(
        &constant(&parens(65)),
        Mistake::Nesting,
        (2, 17 + 65),
        "nesting deeper than 64",
    );
    refused(
        &constant(&"(".repeat(10_000)),
        Mistake::Nesting,
        (2, 17 + 65),
        "deeper",
    );
    refused(
        &constant(&format!("{}1", "-".repeat(1_000_000))),
        Mistake::Nesting,
        (2, 17 + 65),
        "deeper",
    );
    refused(
        &constant(&format!("{}1", "2**".repeat(10_000))),
        Mistake::Nesting,
        (2, 18 + 64 * 3 + 1),
        "deeper",
    );
    let nested = |n: usize| {
        format!(
            "package a.B\ntypedef {}UInt8{} T;",
            "array<".repeat(n),
            ", 1>".repeat(n)
        )
    };
    assert_eq!(parse_idl(&nested(64)).errors, []);
    refused(
        &nested(128),
        Mistake::Nesting,
        (2, 9 + 64 * 6 + 5),
        "deeper",
    );
}

#[test]
fn b36_long_chains_are_parsed_and_dropped_without_a_deep_stack() {
    let sum = format!("package a.B\nconst UInt32 X = 1{};", " + 1".repeat(100_000));
    let thread = std::thread::Builder::new().stack_size(512 << 10);
    let errors = thread
        .spawn(move || parse_idl(&sum).errors)
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(errors, []);
}

#[test]
fn b37_a_shift_in_a_type_needs_parentheses() {
    refused(
        "package a.B\ninterface { F(in array<UInt8, 8>>1> a); }",
        Mistake::Syntax,
        (2, 33),
        "parenthesise `>>` inside `<…>`",
    );
    assert_eq!(
        parse_idl("package a.B\ninterface { F(in array<UInt8, (8>>1)> a); }").errors,
        []
    );
}

#[test]
fn b59_b60_a_name_is_words_and_dots_and_nothing_else() {
    for name in [
        "a..b",
        ".a",
        "a.",
        "a . b",
        "/etc/passwd",
        "../x",
        "\"x\"",
        "_a",
    ] {
        let errors = parse_idl(&format!("package {name}")).errors;
        assert!(
            errors.len() == 1 && errors[0].mistake == Mistake::Syntax,
            "{name}: {errors:?}"
        );
    }
}

/// A grammar that tries an alternative again for each level doubles its effort with every level: at depth 60 it would not
/// come back.
#[test]
fn effort_does_not_double_with_depth() {
    // brackets that match around a mistake, so that nothing but the grammar limits the effort
    let expression = |n: usize| {
        format!(
            "package a.B\nconst UInt32 X = {}@{};",
            "(1 + ".repeat(n),
            ")".repeat(n)
        )
    };
    let types = |n: usize| {
        format!(
            "package a.B\ntypedef {}@{} T;",
            "array<".repeat(n),
            ", 1>".repeat(n)
        )
    };
    // in PSL a value may go on as a call, a choice of alternatives or a dictionary
    let calls = |n: usize| {
        format!(
            "request {{ assert {}@{} }}",
            "(a (1 + ".repeat(n / 2),
            "))".repeat(n / 2)
        )
    };
    let sections = |n: usize| {
        format!(
            "request {{ {} grant @ {} }}",
            "match src=A {".repeat(n),
            "}".repeat(n)
        )
    };
    for depth in [8, 16, 32, 60] {
        assert!(
            parse_idl(&expression(depth)).tree.is_none(),
            "expression depth {depth}"
        );
        assert!(
            parse_idl(&types(depth)).tree.is_none(),
            "type depth {depth}"
        );
        assert!(
            parse_psl(&calls(depth)).tree.is_none(),
            "call depth {depth}"
        );
        assert!(
            parse_psl(&sections(depth)).tree.is_none(),
            "section depth {depth}"
        );
    }
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn any_text_is_answered_with_little_stack() {
    const PARTS: [&str; 24] = [
        "package a.B ",
        "interface { ",
        "struct S { ",
        "UInt8 x; ",
        "F(in ",
        "array<",
        "string<8> ",
        "task class X ",
        "components { ",
        "a : b.C ",
        "use a._ ",
        "request src=A { ",
        "match dst=B ",
        "grant () ",
        "choice (x) { ",
        "\"text\" : ",
        "}",
        ")",
        ", ",
        "/* ",
        "// \n",
        "<<",
        "\u{202E}",
        "\0",
    ];
    let work = || {
        let mut numbers = Numbers(1);
        for _ in 0..3_000 {
            let parts: Vec<&str> = (0..numbers.below(40))
                .map(|_| PARTS[numbers.below(PARTS.len())])
                .collect();
            let mut text = parts.concat();
            text.truncate(text.floor_char_boundary(numbers.below(text.len() + 1)));
            for errors in [
                parse_idl(&text).errors,
                parse_cdl(&text).errors,
                parse_edl(&text).errors,
                parse_psl(&text).errors,
            ] {
                let end = u32::try_from(text.len()).unwrap();
                assert!(
                    errors
                        .iter()
                        .all(|e| e.span.start <= e.span.end && e.span.end <= end),
                    "{text:?}: {errors:?}"
                );
            }
            let _ = (declared_name(&text), decode(text.as_bytes()));
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10);
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn a_text_of_nothing_but_mistakes_ends_after_ten_thousand() {
    for (text, mistake) in [
        ("\0 ", Mistake::ControlCharacter),
        ("ж ", Mistake::NotAscii),
        ("aж", Mistake::NotAscii),
        ("\r", Mistake::CarriageReturn),
        ("0x ", Mistake::Number),
        ("//\u{202E}\n", Mistake::HiddenCharacter),
    ] {
        let many = parse_idl(&format!("package A {}", text.repeat(20_000)));
        assert_eq!(
            (many.errors.len(), many.errors[0].mistake),
            (10_000, mistake),
            "{text:?}"
        );
        assert!(many.tree.is_none() && many.salvaged.is_none());
        let few = parse_idl(&format!("package A {}", text.repeat(500))).errors;
        assert!(few.len() >= 500, "{text:?}: {}", few.len());
    }
    let hidden = format!("package A /* {} */", "\0x".repeat(20_000));
    assert_eq!(parse_idl(&hidden).errors.len(), 10_000);
}

#[test]
fn a_row_of_characters_out_of_place_is_one_mistake() {
    for (row, mistake, first) in [
        ("скорость", Mistake::NotAscii, "U+0441 looks like ASCII `c`"),
        (
            "\0\0\0",
            Mistake::ControlCharacter,
            "control character U+0000",
        ),
    ] {
        let errors = parse_idl(&format!("package A struct {row} {{ UInt8 a; }}")).errors;
        assert_eq!(
            (errors.len(), errors[0].mistake, errors[0].message.as_str()),
            (1, mistake, first),
            "{errors:?}"
        );
        let span = errors[0].span;
        assert_eq!((span.end - span.start) as usize, row.len(), "{row:?}");
    }
    let comment = parse_idl("package A // \u{202E}\u{202D}\u{200B} \u{200B}\n").errors;
    let places: Vec<u32> = comment
        .iter()
        .map(|error| error.span.end - error.span.start)
        .collect();
    assert_eq!(places, [9, 3], "{comment:?}");
}
