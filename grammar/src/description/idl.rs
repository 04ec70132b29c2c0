//! Pairs of an IDL file to [`Idl`].
//!
//! The functions answer `None` when a pair lacks a part; for pairs that the
//! grammar accepted that does not happen, and a rule that changes without this
//! file gives no tree instead of a panic.
use super::expr::{expr, type_expr};
use super::parser::Rule;
use super::tree::{Builder, name, qname, span};
use crate::syntax::{
    Direction, Docs, Field, Idl, Interface, Item, ItemKind, Method, Name, Param, QName,
};
use pest::iterators::Pair;

/// The tree of a whole file; `None` never happens for a pair that the grammar
/// accepted.
pub(super) fn idl(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Idl> {
    let mut package: Option<(Docs, QName)> = None;
    let (mut imports, mut items, mut interfaces) = (Vec::new(), Vec::new(), Vec::new());
    for part in builder.parts(pair) {
        match part.as_rule() {
            Rule::package => {
                package = Some((builder.docs(span(&part)), package_name(builder, part)?));
            }
            Rule::import => imports.push(package_name(builder, part)?),
            Rule::interface | Rule::unnamed_interface => interfaces.push(interface(builder, part)?),
            Rule::unnamed_struct => items.push(unnamed(builder, part)?),
            _ => items.push(item(builder, part)?),
        }
    }
    let (docs, package) = package.unwrap_or_default();
    let (comments, tolerated) = builder.finish();
    Some(Idl {
        docs,
        package,
        imports,
        items,
        interfaces,
        comments,
        tolerated,
    })
}

/// The name in a `package` or `import` line.
fn package_name(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<QName> {
    builder.parts(pair).next().map(|part| qname(&part))
}

/// A constant, typedef, struct or union with its documentation.
fn item(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Item> {
    let (rule, place) = (pair.as_rule(), span(&pair));
    let docs = builder.docs(place);
    let mut parts = builder.parts(pair);
    let (name, kind) = match rule {
        Rule::constant => {
            let ty = qname(&parts.next()?);
            (
                name(&parts.next()?),
                ItemKind::Const {
                    ty,
                    value: expr(parts.next()?),
                },
            )
        }
        Rule::typedef => {
            let target = type_expr(parts.next()?);
            (name(&parts.next()?), ItemKind::Typedef(target))
        }
        _ => {
            let name = name(&parts.next()?);
            let fields = parts
                .map(|part| field(builder, part))
                .collect::<Option<_>>()?;
            (
                name,
                if rule == Rule::union {
                    ItemKind::Union(fields)
                } else {
                    ItemKind::Struct(fields)
                },
            )
        }
    };
    Some(Item {
        docs,
        name,
        kind,
        span: place,
    })
}

/// A struct or union whose first line is wrong. Its name is one that nobody can
/// write.
///
/// Its members are kept so that mistakes in them are found in the same run.
fn unnamed(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Item> {
    let span = span(&pair);
    let fields = builder
        .parts(pair)
        .map(|part| field(builder, part))
        .collect::<Option<_>>()?;
    let name = Name {
        text: format!("struct at {}", span.start),
        span,
    };
    Some(Item {
        docs: Docs::new(),
        name,
        kind: ItemKind::Struct(fields),
        span,
    })
}

/// `TYPE name;` of a struct or union.
fn field(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Field> {
    let docs = builder.docs(span(&pair));
    let mut parts = builder.parts(pair);
    Some(Field {
        docs,
        ty: type_expr(parts.next()?),
        name: name(&parts.next()?),
    })
}

/// `interface { … }`. A method needs no keyword, so its documentation is what
/// stands above its name.
fn interface(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Interface> {
    let span = span(&pair);
    let methods = builder
        .parts(pair)
        .map(|part| method(builder, part))
        .collect::<Option<_>>()?;
    Some(Interface {
        docs: builder.docs(span),
        methods,
        span,
    })
}

/// `Name(in TYPE a, out TYPE b);`
fn method(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Method> {
    let span = span(&pair);
    let mut parts = builder.parts(pair);
    let name = name(&parts.next()?);
    let params = parts
        .map(|part| param(builder, part))
        .collect::<Option<_>>()?;
    Some(Method {
        docs: builder.docs(span),
        name,
        params,
        span,
    })
}

/// `in TYPE name`; the grammar lets only three words stand in front.
fn param(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Param> {
    let mut parts = builder.parts(pair);
    let word = parts.next()?;
    let direction = match word.as_str() {
        "in" => Direction::In,
        "out" => Direction::Out,
        _ => Direction::Error,
    };
    let ty = type_expr(parts.next()?);
    Some(Param {
        direction,
        direction_span: span(&word),
        ty,
        name: name(&parts.next()?),
    })
}
