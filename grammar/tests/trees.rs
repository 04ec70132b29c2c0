//! What the trees say about texts of every version of the languages.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_grammar::psl::{DeclarationKind, Event, SelectorKey, StatementKind, ValueKind};
use nk_grammar::syntax::{
    BinaryOp, Component, Direction, Expr, ExprKind, Head, Idl, ItemKind, SectionKind, Span,
    TypeKind, UnaryOp,
};
use nk_grammar::{parse_cdl, parse_edl, parse_idl, parse_psl};

fn idl(text: &str) -> Idl {
    let parsed = parse_idl(text);
    parsed
        .tree
        .unwrap_or_else(|| panic!("{:#?}", parsed.errors))
}

fn edl(text: &str) -> Component {
    let parsed = parse_edl(text);
    parsed
        .tree
        .unwrap_or_else(|| panic!("{:#?}", parsed.errors))
}

/// An expression with every grouping in brackets.
fn shown(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Int(value) => value.map_or_else(|| "too large".into(), |v| v.to_string()),
        ExprKind::Name(name) => name.text.clone(),
        ExprKind::Unary(operators, inner) => {
            let sign = |op: &UnaryOp| match op {
                UnaryOp::Neg => "-",
                UnaryOp::Not => "~",
                UnaryOp::Plus => "+",
            };
            format!(
                "({}{})",
                operators.iter().map(sign).collect::<String>(),
                shown(inner)
            )
        }
        ExprKind::Chain(first, rest) => {
            let sign = |op: &BinaryOp| match op {
                BinaryOp::Or => "|",
                BinaryOp::Xor => "^",
                BinaryOp::And => "&",
                BinaryOp::Shl => "<<",
                BinaryOp::Shr => ">>",
                BinaryOp::Add => "+",
                BinaryOp::Sub => "-",
                BinaryOp::Mul => "*",
                BinaryOp::Div => "/",
                BinaryOp::Rem => "%",
            };
            let rest: Vec<String> = rest
                .iter()
                .map(|(op, e)| format!("{}{}", sign(op), shown(e)))
                .collect();
            format!("({}{})", shown(first), rest.concat())
        }
        ExprKind::Power(base, exponent) => format!("({}**{})", shown(base), shown(exponent)),
    }
}

fn expression(text: &str) -> (String, Span) {
    let tree = idl(&format!("package a.B const UInt32 X = {text} ;"));
    let ItemKind::Const { value, .. } = &tree.items[0].kind else {
        panic!("a constant")
    };
    (shown(value), value.span)
}

#[test]
fn operators_bind_as_the_specification_says() {
    for (text, grouped) in [
        ("(2 << 3) ** 2", "((2<<3)**2)"),
        ("(K + 4) * M", "((K+4)*M)"),
        ("1 + 2 * 3 - 4", "(1+(2*3)-4)"),
        (
            "1 | 2 ^ 3 & 4 << 5 + 6 * -7 ** 8",
            "(1|(2^(3&(4<<(5+(6*(-(7**8))))))))",
        ),
        ("2 ** 3 ** 4", "(2**(3**4))"),
        ("2 ** -1", "(2**(-1))"),
        ("- ~ + 1", "(-~+1)"),
        ("8 >> 1 >> 2", "(8>>1>>2)"),
        ("0x1F % 0o17 / a.b.C", "(31%15/a.b.C)"),
        ("1 - (2 - 3)", "(1-(2-3))"),
    ] {
        assert_eq!(expression(text).0, grouped, "{text}");
    }
}

#[test]
fn an_expressions_place_ends_with_its_last_word() {
    let start = u32::try_from("package a.B const UInt32 X = ".len()).unwrap();
    assert_eq!(expression("1 + 2").1, Span::new(start, start + 5));
    assert_eq!(expression("(1)").1, Span::new(start, start + 3));
}

#[test]
fn keywords_may_name_members() {
    let tree = idl("package a.B
struct S { UInt8 struct; Handle handle; string<4> interface; }
interface { const(in UInt32 in, out SInt32 error, error bytes<2> out); interface(); }");
    let ItemKind::Struct(fields) = &tree.items[0].kind else {
        panic!("a struct")
    };
    let names: Vec<&str> = fields.iter().map(|f| f.name.text.as_str()).collect();
    assert_eq!(names, ["struct", "handle", "interface"]);
    let method = &tree.interfaces[0].methods[0];
    let params: Vec<_> = method
        .params
        .iter()
        .map(|p| (p.direction, p.name.text.as_str()))
        .collect();
    assert_eq!(
        params,
        [
            (Direction::In, "in"),
            (Direction::Out, "error"),
            (Direction::Error, "out")
        ]
    );
    let tree =
        edl("entity E endpoints { interface : a.B security : a.B } components { endpoints : a.C }");
    assert_eq!(tree.sections.len(), 2);
}

#[test]
fn types_nest_and_a_lower_case_handle_names_its_interface() {
    let tree = idl("package a.B typedef sequence<array<handle<x.Y>, 2>, N + 1> T;");
    let ItemKind::Typedef(ty) = &tree.items[0].kind else {
        panic!("a typedef")
    };
    let TypeKind::Sequence(array, size) = &ty.kind else {
        panic!("a sequence")
    };
    let TypeKind::Array(handle, _) = &array.kind else {
        panic!("an array")
    };
    assert!(matches!(&handle.kind, TypeKind::Handle(name) if name.text == "x.Y"));
    assert_eq!(shown(size), "(N+1)");
}

#[test]
fn every_version_of_the_head_and_the_endpoints_is_understood() {
    assert_eq!(edl("task class a.B").head, Head::TaskClass);
    assert_eq!(edl("entity a.B").head, Head::Entity);
    let parsed = parse_cdl("component a.B security s.I interfaces { x : y.Z }")
        .tree
        .unwrap();
    assert_eq!(parsed.head, Head::Component);
    assert!(matches!(&parsed.sections[0].kind, SectionKind::Security(name) if name.text == "s.I"));
    assert!(
        matches!(&parsed.sections[1].kind, SectionKind::Endpoints { bindings, old: true } if bindings.len() == 1)
    );
}

#[test]
fn tokens_that_mean_nothing_are_tolerated_and_noted() {
    let text = "package a.B; import c.D, struct S { UInt8 x; }; interface { };";
    let tree = idl(text);
    let noted: Vec<&str> = tree
        .tolerated
        .iter()
        .map(|t| &text[t.span.start as usize..t.span.end as usize])
        .collect();
    assert_eq!(
        (
            noted,
            tree.package.text.as_str(),
            tree.imports[0].text.as_str()
        ),
        (vec![";", ",", ";", ";"], "a.B", "c.D")
    );
    assert_eq!(
        edl("task class X; components { a : b.C, c : d.E; };")
            .tolerated
            .len(),
        4
    );
    assert_eq!(idl("package a.B").tolerated, []);
}

#[test]
fn documentation_goes_with_what_it_describes() {
    let tree = idl("// licence

/* the package */
package a.B
/// a struct
struct S {
    // first
    // field
    UInt8 x; // unit: m
    UInt8 y;
}
/** the interface */
interface {
    Do(); // a method
}");
    assert_eq!(tree.docs, ["the package"]);
    let ItemKind::Struct(fields) = &tree.items[0].kind else {
        panic!("a struct")
    };
    assert_eq!(tree.items[0].docs, [" a struct"].map(str::trim));
    assert_eq!(
        (fields[0].docs.join("|"), fields[1].docs.len()),
        ("first|field|unit: m".into(), 0)
    );
    assert_eq!(tree.interfaces[0].docs, ["the interface"]);
    assert_eq!(tree.interfaces[0].methods[0].docs, ["a method"]);
    assert_eq!(tree.comments.len(), 8);
}

#[test]
fn places_cut_out_what_was_written() {
    let text = "package a.B\nstruct S { UInt8 x; } ;\ninterface { Do(in UInt8 v) ; }\n";
    let tree = idl(text);
    let cut = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!(cut(tree.package.span), "a.B");
    assert_eq!(cut(tree.items[0].span), "struct S { UInt8 x; }");
    assert_eq!(
        cut(tree.interfaces[0].span),
        "interface { Do(in UInt8 v) ; }"
    );
    let method = &tree.interfaces[0].methods[0];
    assert_eq!(
        (cut(method.span), cut(method.name.span)),
        ("Do(in UInt8 v) ;", "Do")
    );
    assert_eq!(
        (
            cut(method.params[0].direction_span),
            cut(method.params[0].ty.span)
        ),
        ("in", "UInt8")
    );
}

#[test]
fn a_policy_is_declarations_and_bindings_with_sections() {
    let text = "execute: kl.core.Execute
use nk.base._ use EDL a.Server
task class Twin : a.Server
policy object s : HashSet { }
response src=a.Server dst = Twin, { grant () }";
    // a comma announces another selector
    assert!(parse_psl(text).tree.is_none());
    let text = text.replace(
        "Twin, {",
        "Twin { audit quiet match interface=x.Y, method=Do { deny () } base.grant ( ) s.add {a : 1}",
    );
    let parsed = parse_psl(&text);
    let tree = parsed
        .tree
        .unwrap_or_else(|| panic!("{:#?}", parsed.errors));
    let kinds: Vec<&DeclarationKind> = tree.declarations.iter().map(|d| &d.kind).collect();
    assert!(matches!(kinds[0], DeclarationKind::Execute(name) if name.text == "kl.core.Execute"));
    assert!(matches!(kinds[1], DeclarationKind::Use(name) if name.text == "nk.base"));
    assert!(matches!(kinds[2], DeclarationKind::UseEdl(name) if name.text == "a.Server"));
    assert!(
        matches!(kinds[3], DeclarationKind::TaskClass { alias, class } if alias.text == "Twin" && class.text == "a.Server")
    );
    assert!(
        matches!(kinds[4], DeclarationKind::PolicyObject { name, model, .. } if name.text == "s" && model.text == "HashSet")
    );
    let DeclarationKind::Binding(binding) = kinds[5] else {
        panic!("a binding")
    };
    let selectors: Vec<_> = binding
        .selectors
        .iter()
        .map(|s| (s.key, s.value.text.as_str()))
        .collect();
    assert_eq!(
        (binding.event, selectors),
        (
            Event::Response,
            vec![(SelectorKey::Src, "a.Server"), (SelectorKey::Dst, "Twin")]
        )
    );
    assert_eq!(binding.block.audit.as_ref().unwrap().text, "quiet");
    let [section, grant, add, _] = &binding.block.statements[..] else {
        panic!("four statements")
    };
    assert!(
        matches!(&section.kind, StatementKind::Match { selectors, block } if selectors.len() == 2 && block.statements.len() == 1)
    );
    let call = |statement: &nk_grammar::psl::Statement| match &statement.kind {
        StatementKind::Rule { name, argument } => (name.text.clone(), argument.kind.clone()),
        _ => panic!("a rule"),
    };
    assert_eq!(call(grant), ("base.grant".into(), ValueKind::Unit));
    let (name, argument) = call(add);
    assert!(
        name == "s.add" && matches!(argument, ValueKind::Dictionary(_)),
        "{argument:?}"
    );
    let written = &text[grant.span.start as usize..grant.span.end as usize];
    assert_eq!(written, "base.grant ( )");
}
