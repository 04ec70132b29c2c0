//! Types and constant expressions: applies precedence to the flat operator
//! lists of the grammar (`docs/languages.md` §4).
//!
//! The grammar gives a row of operands and operators, and a Pratt parser groups
//! them. Operators of one level become one node, [`ExprKind::Chain`], so that
//! `1 + 1 + … + 1` with ten thousand operands is as deep as with two.
use super::parser::Rule;
use super::tree::{qname, span};
use crate::literals::integer_value;
use crate::syntax::{BinaryOp, Expr, ExprKind, Span, Type, TypeKind, UnaryOp};
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

/// Lowest precedence first.
///
/// A prefix binds tighter than every other operator but `**`: `-2 ** 2` is -4.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::op_or))
        .op(left(Rule::op_xor))
        .op(left(Rule::op_and))
        .op(left(Rule::op_shl) | left(Rule::op_shr))
        .op(left(Rule::op_add) | left(Rule::op_sub))
        .op(left(Rule::op_mul) | left(Rule::op_div) | left(Rule::op_rem))
        .op(Op::prefix(Rule::op_neg) | Op::prefix(Rule::op_not) | Op::prefix(Rule::op_plus))
        .op(Op::infix(Rule::op_pow, Assoc::Right))
});

/// The tree of a `type_expr`. Nesting is limited before parsing, so recursion
/// is too.
pub(super) fn type_expr(pair: Pair<'_, Rule>) -> Type {
    let place = span(&pair);
    let form = pair.into_inner().next();
    let kind = form.map_or_else(
        || TypeKind::Named(empty_name(place)),
        |form| type_kind(form, place),
    );
    Type { kind, span: place }
}

/// The form of a type: a name, or one of the built-in forms with its arguments.
fn type_kind(form: Pair<'_, Rule>, place: Span) -> TypeKind {
    let rule = form.as_rule();
    if rule == Rule::type_name {
        return TypeKind::Named(qname(&form));
    }
    let (mut element, mut size, mut target) = (None, None, None);
    for part in form.into_inner() {
        match part.as_rule() {
            Rule::type_expr => element = Some(Box::new(type_expr(part))),
            Rule::argument => size = Some(expr(part)),
            Rule::package_name => target = Some(qname(&part)),
            _ => {}
        }
    }
    let size = size.unwrap_or(Expr {
        kind: ExprKind::Int(None),
        span: place,
    });
    match (rule, element) {
        (Rule::array, Some(element)) => TypeKind::Array(element, size),
        (Rule::sequence, Some(element)) => TypeKind::Sequence(element, size),
        (Rule::bytes, _) => TypeKind::Bytes(size),
        (Rule::string, _) => TypeKind::String(size),
        _ => TypeKind::Handle(target.unwrap_or_else(|| empty_name(place))),
    }
}

/// The tree of an `expr` or `argument`.
pub(super) fn expr(pair: Pair<'_, Rule>) -> Expr {
    PRECEDENCE
        .map_primary(primary)
        .map_prefix(|operator, operand| prefix(&operator, operand))
        .map_infix(|left, operator, right| infix(left, &operator, right))
        .parse(pair.into_inner())
}

/// A literal, a name or something in parentheses. A literal over 128 bits has
/// no value, which is reported where it is used.
fn primary(pair: Pair<'_, Rule>) -> Expr {
    let place = span(&pair);
    let kind = match pair.as_rule() {
        Rule::literal => ExprKind::Int(integer_value(pair.as_str())),
        Rule::paren => {
            let inner = pair
                .into_inner()
                .find(|part| part.as_rule() == Rule::expr)
                .map(expr);
            inner.map_or(ExprKind::Int(None), |inner| inner.kind)
        }
        _ => ExprKind::Name(qname(&pair)),
    };
    Expr { kind, span: place }
}

/// Puts an operator in front of an operand; several in a row are one node,
/// outermost first.
fn prefix(operator: &Pair<'_, Rule>, operand: Expr) -> Expr {
    let place = span(operator).to(operand.span);
    let operator = match operator.as_rule() {
        Rule::op_neg => UnaryOp::Neg,
        Rule::op_not => UnaryOp::Not,
        _ => UnaryOp::Plus,
    };
    let kind = match operand.kind {
        ExprKind::Unary(mut operators, inner) => {
            operators.insert(0, operator);
            ExprKind::Unary(operators, inner)
        }
        kind => ExprKind::Unary(
            vec![operator],
            Box::new(Expr {
                kind,
                span: operand.span,
            }),
        ),
    };
    Expr { kind, span: place }
}

/// Joins two operands; one of the same level on the left is continued.
fn infix(left: Expr, operator: &Pair<'_, Rule>, right: Expr) -> Expr {
    let place = left.span.to(right.span);
    let Some(operator) = binary(operator.as_rule()) else {
        return Expr {
            kind: ExprKind::Power(Box::new(left), Box::new(right)),
            span: place,
        };
    };
    let kind = match left.kind {
        // `(a + b) + c` and `a + b + c` mean the same, so parentheses on the left need no node
        ExprKind::Chain(first, mut rest)
            if rest
                .first()
                .is_some_and(|(op, _)| level(*op) == level(operator)) =>
        {
            rest.push((operator, right));
            ExprKind::Chain(first, rest)
        }
        kind => ExprKind::Chain(
            Box::new(Expr {
                kind,
                span: left.span,
            }),
            vec![(operator, right)],
        ),
    };
    Expr { kind, span: place }
}

/// The operator of a rule; `None` for `**`, which is a node of its own.
fn binary(rule: Rule) -> Option<BinaryOp> {
    Some(match rule {
        Rule::op_or => BinaryOp::Or,
        Rule::op_xor => BinaryOp::Xor,
        Rule::op_and => BinaryOp::And,
        Rule::op_shl => BinaryOp::Shl,
        Rule::op_shr => BinaryOp::Shr,
        Rule::op_add => BinaryOp::Add,
        Rule::op_sub => BinaryOp::Sub,
        Rule::op_mul => BinaryOp::Mul,
        Rule::op_div => BinaryOp::Div,
        Rule::op_rem => BinaryOp::Rem,
        _ => return None,
    })
}

/// How tightly an operator binds, from 1.
fn level(operator: BinaryOp) -> u8 {
    match operator {
        BinaryOp::Or => 1,
        BinaryOp::Xor => 2,
        BinaryOp::And => 3,
        BinaryOp::Shl | BinaryOp::Shr => 4,
        BinaryOp::Add | BinaryOp::Sub => 5,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 6,
    }
}

/// A name for what the grammar does not let be missing.
fn empty_name(place: Span) -> crate::syntax::QName {
    crate::syntax::QName {
        text: String::new(),
        span: place,
    }
}
