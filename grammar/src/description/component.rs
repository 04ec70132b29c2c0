//! Pairs of a CDL or EDL file to [`Component`].
//!
//! Both languages have the same sections; they differ in the words of the first
//! line.
use super::parser::Rule;
use super::tree::{Builder, name, qname, span};
use crate::syntax::{Binding, Component, Docs, Head, QName, Section, SectionKind, Span};
use pest::iterators::Pair;

/// The tree of a whole file; `None` never happens for a pair that the grammar
/// accepted.
pub(super) fn component(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Component> {
    let mut opening: Option<Opening> = None;
    let mut sections = Vec::new();
    for part in builder.parts(pair) {
        match part.as_rule() {
            Rule::cdl_head | Rule::edl_head => opening = Some(head(builder, part)?),
            Rule::unnamed_section => sections.push(unnamed(builder, part)?),
            _ => sections.push(section(builder, part)?),
        }
    }
    let Opening {
        docs,
        head,
        head_span,
        name,
    } = opening.unwrap_or_else(Opening::wrong);
    let (comments, tolerated) = builder.finish();
    Some(Component {
        docs,
        head,
        head_span,
        name,
        sections,
        comments,
        tolerated,
    })
}

/// The first line of the file.
struct Opening {
    /// The comments above it.
    docs: Docs,
    /// Its keyword: which language this is, and how old.
    head: Head,
    /// Where the keyword stands.
    head_span: Span,
    /// The declared name; empty when the line is wrong.
    name: QName,
}

impl Opening {
    /// What stands for a first line that is wrong.
    fn wrong() -> Self {
        Self {
            docs: Docs::new(),
            head: Head::TaskClass,
            head_span: Span::default(),
            name: QName::default(),
        }
    }
}

/// `component a.B`, `task class a.B` or `entity a.B`.
fn head(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Opening> {
    let docs = builder.docs(span(&pair));
    let mut parts = builder.parts(pair);
    let words = parts.next()?;
    let head = match words.as_rule() {
        Rule::kw_component => Head::Component,
        Rule::kw_entity => Head::Entity,
        _ => Head::TaskClass,
    };
    Some(Opening {
        docs,
        head,
        head_span: span(&words),
        name: qname(&parts.next()?),
    })
}

/// `security a.I`, `endpoints { … }`, `interfaces { … }` or `components { … }`.
fn section(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Section> {
    let (rule, place) = (pair.as_rule(), span(&pair));
    let mut parts = builder.parts(pair);
    let word = parts.next()?;
    let kind = if rule == Rule::security {
        SectionKind::Security(qname(&parts.next()?))
    } else {
        let bindings = parts
            .map(|part| binding(builder, part))
            .collect::<Option<_>>()?;
        match word.as_rule() {
            Rule::kw_components => SectionKind::Components(bindings),
            spelling => SectionKind::Endpoints {
                bindings,
                old: spelling == Rule::kw_interfaces,
            },
        }
    };
    Some(Section {
        kind,
        keyword: span(&word),
        span: place,
    })
}

/// A section whose keyword is wrong.
fn unnamed(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Section> {
    let span = span(&pair);
    let bindings = builder
        .parts(pair)
        .map(|part| binding(builder, part))
        .collect::<Option<_>>()?;
    Some(Section {
        kind: SectionKind::Unknown(bindings),
        keyword: Span::new(span.start, span.start),
        span,
    })
}

/// `name : a.Target`; whether the target may stand there is not known here.
fn binding(builder: &Builder<'_>, pair: Pair<'_, Rule>) -> Option<Binding> {
    let docs = builder.docs(span(&pair));
    let mut parts = builder.parts(pair);
    Some(Binding {
        docs,
        name: name(&parts.next()?),
        target: qname(&parts.next()?),
    })
}
