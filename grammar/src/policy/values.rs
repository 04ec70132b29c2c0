//! Pairs of values and types to [`Value`] and [`Type`].
//!
//! The grammar gives a row of operands and operators; here they are grouped by
//! precedence (`docs/psl.md` §8). Operands of operators of one
//! precedence stay in one row, so that a long row does not nest.
use super::parser::Rule;
use super::tree::{qname, span};
use crate::escapes::unquoted;
use crate::lexer;
use crate::literals::integer_value;
use crate::psl::{Entry, Operator, Prefix, Type, TypeKind, Value, ValueKind};
use crate::syntax::{Name, Span};
use pest::iterators::{Pair, Pairs};

/// The loosest operators are looked for first.
///
/// The precedence of `*`.
const TIGHTEST: u8 = 7;

/// A value: of a `value` with its operators, or of one operand alone.
pub(super) fn value(pair: Pair<'_, Rule>) -> Option<Value> {
    if !matches!(pair.as_rule(), Rule::value | Rule::choice_key) {
        return primary(pair);
    }
    let mut parts = pair.into_inner().peekable();
    let mut operands = vec![operand(&mut parts)?];
    let mut operators = Vec::new();
    while let Some(part) = parts.next() {
        let symbol = part.as_str();
        operators.push(Operator::ALL.iter().find(|(_, known)| *known == symbol)?.0);
        operands.push(operand(&mut parts)?);
    }
    chain(operands, &operators, 0)
}

/// Groups a row of operands by the precedence of the operators between them.
///
/// Recursion is over precedences, of which there are eight, not over operands.
fn chain(operands: Vec<Value>, operators: &[Operator], precedence: u8) -> Option<Value> {
    if operators.is_empty() || precedence > TIGHTEST {
        return operands.into_iter().next();
    }
    let mut parts = Vec::new();
    let mut rest = operands.into_iter();
    for group in operators.split(|operator| operator.precedence() == precedence) {
        let group_operands = rest.by_ref().take(group.len() + 1).collect();
        parts.push(chain(group_operands, group, precedence + 1)?);
    }
    if parts.len() == 1 {
        return parts.pop();
    }
    let place = parts.first()?.span.to(parts.last()?.span);
    let here = operators
        .iter()
        .copied()
        .filter(|operator| operator.precedence() == precedence)
        .collect();
    Some(Value {
        kind: ValueKind::Chain(parts, here),
        span: place,
    })
}

/// Prefixes, a primary and its postfixes.
fn operand(parts: &mut std::iter::Peekable<Pairs<'_, Rule>>) -> Option<Value> {
    let mut prefixes = Vec::new();
    while let Some(prefix) = parts.next_if(|part| part.as_rule() == Rule::prefix) {
        let kind = match prefix.as_str() {
            "!" => Prefix::Not,
            "~" => Prefix::Complement,
            "-" => Prefix::Minus,
            _ => Prefix::Plus,
        };
        prefixes.push((kind, span(&prefix)));
    }
    let mut operand = primary(parts.next()?)?;
    while let Some(postfix) = parts.next_if(|part| part.as_rule() == Rule::postfix) {
        operand = selected(operand, postfix)?;
    }
    Some(
        prefixes
            .into_iter()
            .rev()
            .fold(operand, |operand, (prefix, place)| {
                let place = place.to(operand.span);
                Value {
                    kind: ValueKind::Prefix(prefix, Box::new(operand)),
                    span: place,
                }
            }),
    )
}

/// `value.field` or `value.[index]`
fn selected(of: Value, postfix: Pair<'_, Rule>) -> Option<Value> {
    let place = of.span.to(span(&postfix));
    let part = postfix
        .into_inner()
        .find(|part| matches!(part.as_rule(), Rule::value | Rule::field_name))?;
    let kind = if part.as_rule() == Rule::field_name {
        ValueKind::Field(Box::new(of), qname(&part).into())
    } else {
        ValueKind::Index(Box::new(of), Box::new(value(part)?))
    };
    Some(Value { kind, span: place })
}

/// A value without operators around it. Parentheses leave no node: what is
/// inside takes their place.
fn primary(pair: Pair<'_, Rule>) -> Option<Value> {
    let place = trimmed(&pair);
    let kind = match pair.as_rule() {
        Rule::unit => ValueKind::Unit,
        Rule::paren => {
            let inner = value(
                pair.into_inner()
                    .find(|part| part.as_rule() == Rule::value)?,
            )?;
            return Some(Value {
                span: place,
                ..inner
            });
        }
        Rule::dictionary => ValueKind::Dictionary(entries(pair)?),
        Rule::list => {
            let values = pair
                .into_inner()
                .filter(|part| part.as_rule() == Rule::value);
            ValueKind::List(values.map(value).collect::<Option<_>>()?)
        }
        Rule::text => ValueKind::Text(unquoted(pair.as_str())),
        Rule::integer => ValueKind::Integer(integer_value(pair.as_str())),
        Rule::call => {
            let mut parts = pair.into_inner();
            let name = qname(&parts.next()?);
            ValueKind::Call {
                name,
                argument: Box::new(primary(parts.next()?)?),
            }
        }
        _ => ValueKind::Path(qname(&pair)),
    };
    Some(Value { kind, span: place })
}

/// The entries of a dictionary in order; repeated keys are found by the
/// compiler.
fn entries(dictionary: Pair<'_, Rule>) -> Option<Vec<Entry>> {
    let entries = dictionary
        .into_inner()
        .filter(|part| part.as_rule() == Rule::entry);
    let entry = |entry: Pair<'_, Rule>| {
        let mut parts = entry.into_inner();
        let key = parts.next()?;
        let (text, place) = (unquoted(key.as_str()), span(&key));
        let elements = match key
            .into_inner()
            .next()
            .filter(|list| list.as_rule() == Rule::list)
            .map(primary)
        {
            Some(Some(Value {
                kind: ValueKind::List(elements),
                ..
            })) => Some(elements),
            _ => None,
        };
        Some(Entry {
            key: Name { text, span: place },
            elements,
            value: value(parts.last()?)?,
        })
    };
    entries.map(entry).collect()
}

/// The place without the blanks behind it, which pest counts when a value might
/// have gone on.
fn trimmed(pair: &Pair<'_, Rule>) -> Span {
    let (place, length) = (span(pair), pair.as_str().trim_end().len());
    lexer::span(place.start as usize, place.start as usize + length)
}

/// A type.
pub(super) fn type_value(pair: Pair<'_, Rule>) -> Option<Type> {
    let place = trimmed(&pair);
    let mut atoms = pair
        .into_inner()
        .map(type_atom)
        .collect::<Option<Vec<_>>>()?;
    if atoms.len() == 1 {
        return atoms.pop();
    }
    Some(Type {
        kind: TypeKind::Variant(atoms),
        span: place,
    })
}

/// A type without `|` around it.
fn type_atom(pair: Pair<'_, Rule>) -> Option<Type> {
    let place = trimmed(&pair);
    let mut parts = pair.into_inner();
    let first = parts.next()?;
    let types = |parts: Pairs<'_, Rule>| {
        parts
            .filter(|part| part.as_rule() == Rule::type_value)
            .map(type_value)
            .collect::<Option<Vec<_>>>()
    };
    let kind = match first.as_rule() {
        Rule::unit => TypeKind::Unit,
        Rule::text => TypeKind::Text(unquoted(first.as_str())),
        Rule::integer => TypeKind::Integer(integer_value(first.as_str())),
        Rule::lbracket => TypeKind::Tuple(types(parts)?),
        Rule::lbrace => TypeKind::Dictionary(fields(parts)?),
        _ => TypeKind::Named(qname(&first), types(parts)?),
    };
    Some(Type { kind, span: place })
}

/// The fields of a dictionary type in order.
fn fields(parts: Pairs<'_, Rule>) -> Option<Vec<(Name, Type)>> {
    let fields = parts.filter(|part| part.as_rule() == Rule::type_field);
    let field = |field: Pair<'_, Rule>| {
        let mut parts = field.into_inner();
        Some((qname(&parts.next()?).into(), type_value(parts.last()?)?))
    };
    fields.map(field).collect()
}
