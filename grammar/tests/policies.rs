//! Trees of values, types and tests of the policy language.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_grammar::parse_psl;
use nk_grammar::psl::{
    DeclarationKind, Event, Expect, Operator, Prefix, SelectorKey, StatementKind, TypeKind, Value,
    ValueKind,
};

/// The argument of the only rule of a binding.
fn argument(written: &str) -> Value {
    let parsed = parse_psl(&format!("request {{ rule ({written}) }}"));
    let declaration = parsed
        .tree
        .unwrap_or_else(|| panic!("{:?}", parsed.errors))
        .declarations
        .remove(0);
    let DeclarationKind::Binding(mut binding) = declaration.kind else {
        panic!("a binding")
    };
    let StatementKind::Rule { argument, .. } = binding.block.statements.remove(0).kind else {
        panic!("a rule")
    };
    argument
}

/// A value with all its brackets.
fn bracketed(value: &Value) -> String {
    match &value.kind {
        ValueKind::Unit => "()".to_owned(),
        ValueKind::Integer(number) => number.map_or("?".to_owned(), |number| number.to_string()),
        ValueKind::Text(text) => format!("{text:?}"),
        ValueKind::Path(path) => path.text.clone(),
        ValueKind::Dictionary(entries) => {
            let entries = entries
                .iter()
                .map(|entry| format!("{}:{}", entry.key.text, bracketed(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        ValueKind::List(values) => format!(
            "[{}]",
            values.iter().map(bracketed).collect::<Vec<_>>().join(",")
        ),
        ValueKind::Call { name, argument } => format!("{}<{}>", name.text, bracketed(argument)),
        ValueKind::Prefix(prefix, operand) => {
            let sign = match prefix {
                Prefix::Not => "!",
                Prefix::Complement => "~",
                Prefix::Minus => "-",
                Prefix::Plus => "+",
            };
            format!("{sign}{}", bracketed(operand))
        }
        ValueKind::Chain(operands, operators) => {
            let mut parts = operands.iter().map(bracketed);
            let first = parts.next().unwrap();
            let rest = operators
                .iter()
                .zip(parts)
                .map(|(operator, part)| format!(" {} {part}", operator.symbol()));
            format!("({first}{})", rest.collect::<String>())
        }
        ValueKind::Field(of, name) => format!("{}.{}", bracketed(of), name.text),
        ValueKind::Index(of, index) => format!("{}.[{}]", bracketed(of), bracketed(index)),
    }
}

#[test]
fn operators_bind_by_their_precedence_and_stand_in_one_row() {
    for (written, expected) in [
        ("a || b && c == d", "(a || (b && (c == d)))"),
        ("a ==> b || c ==> d", "(a ==> (b || c) ==> d)"),
        ("1 + 2 * 3 - 4", "(1 + (2 * 3) - 4)"),
        ("a & b | c & d", "((a & b) | (c & d))"),
        ("! a && ! b", "(!a && !b)"),
        ("! (a && b)", "!(a && b)"),
        ("!pred.empty (x) == - 1", "(!pred.empty<x> == -1)"),
        ("a && (b && c)", "(a && (b && c))"),
        ("- - ~1", "--~1"),
        ("message.a.[0].b.[i + 1]", "message.a.[0].b.[(i + 1)]"),
        (
            "re.match {text : x, pattern : \"a\\\"b\"}",
            "re.match<{text:x,pattern:\"a\\\"b\"}>",
        ),
        (
            "{a : 1, \"b\" : [0x10, ()], 3 : true,}",
            "{a:1,b:[16,()],3:true}",
        ),
    ] {
        assert_eq!(bracketed(&argument(written)), expected, "{written}");
    }
}

#[test]
fn a_value_ends_where_its_text_ends() {
    let value = argument("a == b ");
    assert_eq!(
        (value.span.start, value.span.end),
        (15, 24),
        "the brackets belong to it"
    );
    let ValueKind::Chain(operands, operators) = value.kind else {
        panic!("a comparison")
    };
    assert_eq!(
        (operands[1].span.start, operands[1].span.end, operators),
        (21, 22, vec![Operator::Equal])
    );
}

#[test]
fn objects_have_their_types_and_configuration() {
    let text = "policy object h : HashSet { type Entry = {a : UInt8, b : [Sid, \"x\" | ()]} config = { set_size : 5 } }";
    let declaration = parse_psl(text).tree.unwrap().declarations.remove(0);
    let DeclarationKind::PolicyObject { types, config, .. } = declaration.kind else {
        panic!("an object")
    };
    let (name, entry) = &types[0];
    assert_eq!(
        (name.text.as_str(), bracketed(&config.unwrap()).as_str()),
        ("Entry", "{set_size:5}")
    );
    let TypeKind::Dictionary(fields) = &entry.kind else {
        panic!("a dictionary")
    };
    assert!(
        matches!(&fields[0].1.kind, TypeKind::Named(name, none) if name.text == "UInt8" && none.is_empty())
    );
    let TypeKind::Tuple(parts) = &fields[1].1.kind else {
        panic!("a tuple")
    };
    assert!(matches!(&parts[1].kind, TypeKind::Variant(variants) if variants.len() == 2));
}

#[test]
fn the_short_forms_of_a_test_are_written_out() {
    let text = "assert \"set\" {
    setup { a <- execute dst=x.Y }
    sequence \"one\" {
        grant ~> b : p.q.Method { v : 1 }
        deny \"title\" grant <~ b : Method
        any error src=a dst=b endpoint=p.q method=M
    }
    finally { security src=a method=Check }
}";
    let declaration = parse_psl(text).tree.unwrap().declarations.remove(0);
    let DeclarationKind::TestSet(set) = declaration.kind else {
        panic!("tests")
    };
    assert_eq!(
        (
            set.name.unwrap().text.as_str(),
            set.setup.len(),
            set.finally.len()
        ),
        ("set", 1, 1)
    );
    assert_eq!(set.setup[0].variable.as_ref().unwrap().text, "a");
    let case = |at: usize| &set.sequences[0].cases[at];
    let written = |at: usize| {
        let selectors = case(at)
            .selectors
            .iter()
            .map(|s| format!("{}={}", s.key.name(), s.value.text));
        (
            case(at).expect,
            case(at).event,
            selectors.collect::<Vec<_>>().join(" "),
        )
    };
    let request = "src=grant dst=b endpoint=p.q method=Method".to_owned();
    assert_eq!(
        written(0),
        (Expect::Grant, Event::Request, request),
        "`grant` is a variable here"
    );
    assert_eq!(
        written(1),
        (
            Expect::Deny,
            Event::Response,
            "src=b dst=grant method=Method".to_owned()
        )
    );
    assert_eq!(case(1).title.as_ref().unwrap().text, "title");
    assert_eq!(written(2).0, Expect::Any);
    let method = case(0)
        .selectors
        .iter()
        .find(|selector| selector.key == SelectorKey::Method)
        .unwrap();
    let (start, end) = (
        method.value.span.start as usize,
        method.value.span.end as usize,
    );
    assert_eq!(&text[start..end], "Method");
    assert_eq!(
        &text[case(0).span.start as usize..case(0).span.end as usize],
        "grant ~> b : p.q.Method { v : 1 }"
    );
}

#[test]
fn a_value_as_text_is_read_as_the_same_value() {
    for written in [
        "()",
        "a.b.c.[1].d",
        "-5",
        "!(a && b) || c == d.[x + 1]",
        "(a || b) && (c ==> d) ==> e",
        "(1 + 2) * 3 - (4 - 5)",
        "{sid : src_sid, entry : {a : 1, b : [1, true]}}",
        "bool.any [pred.empty (message.x), re.match {text : m, pattern : \"a\\\\.\\\"\\n\\u{7}\"}]",
        "{}",
        "size (a) > 7",
    ] {
        let value = argument(written);
        let printed = value.to_string();
        assert_eq!(
            bracketed(&argument(&printed)),
            bracketed(&value),
            "{printed}"
        );
    }
    assert_eq!(argument("( a||( b ) )").to_string(), "a || b");
}

#[test]
fn a_regular_expression_may_stand_in_a_block() {
    let value = argument("re.match { text : a, pattern : ```regex\n  a \\  b # c\n``` }");
    assert!(value.to_string().contains("(?x)"), "{value}");
    let errors =
        parse_psl("request { assert (re.match { text : a, pattern : ```regex a }) }").errors;
    assert_eq!(
        (errors[0].mistake, errors[0].message.as_str()),
        (
            nk_grammar::syntax::Mistake::Unclosed,
            "regular expression is not closed"
        )
    );
}
