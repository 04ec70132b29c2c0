//! Pairs of tests to [`TestSet`]; short forms become selectors.
//!
//! A test says what is expected of an event:
//! `deny "why" c ~> s : path.Method { … }`. Source: `docs/psl.md` part
//! C.
use super::parser::Rule;
use super::tree::{event, qname, selector, span};
use super::values::value;
use crate::escapes::unquoted;
use crate::psl::{Case, Event, Expect, Selector, SelectorKey, Sequence, TestSet, Text};
use crate::syntax::{QName, Span};
use pest::iterators::Pair;

/// `assert "name" { … }`
pub(super) fn test_set(pair: Pair<'_, Rule>) -> Option<TestSet> {
    let mut set = TestSet {
        name: None,
        setup: Vec::new(),
        sequences: Vec::new(),
        finally: Vec::new(),
    };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::text => set.name = Some(text(&part)),
            Rule::setup => set.setup.extend(cases(part)?),
            Rule::finally => set.finally.extend(cases(part)?),
            Rule::sequence => {
                let place = span(&part);
                let name = part
                    .clone()
                    .into_inner()
                    .find(|part| part.as_rule() == Rule::text);
                set.sequences.push(Sequence {
                    name: name.as_ref().map(text),
                    cases: cases(part)?,
                    span: place,
                });
            }
            _ => {}
        }
    }
    Some(set)
}

/// A text literal with its escapes resolved.
fn text(pair: &Pair<'_, Rule>) -> Text {
    Text {
        text: unquoted(pair.as_str()),
        span: span(pair),
    }
}

/// The cases of a `setup`, a `sequence` or a `finally`.
fn cases(pair: Pair<'_, Rule>) -> Option<Vec<Case>> {
    pair.into_inner()
        .filter(|part| part.as_rule() == Rule::case)
        .map(case)
        .collect()
}

/// An event with what is expected of it; a grant unless something else is
/// written.
fn case(pair: Pair<'_, Rule>) -> Option<Case> {
    let mut case = Case {
        expect: Expect::Grant,
        title: None,
        variable: None,
        event: Event::Request,
        selectors: Vec::new(),
        fields: None,
        span: span(&pair),
    };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expect if part.as_str() == "deny" => case.expect = Expect::Deny,
            Rule::expect if part.as_str() == "any" => case.expect = Expect::Any,
            Rule::text => case.title = Some(text(&part)),
            Rule::variable => case.variable = Some(qname(&part).into()),
            Rule::event => case.event = event(&part),
            Rule::selector => case.selectors.push(selector(part)?),
            Rule::short => (case.event, case.selectors) = short(part)?,
            Rule::dictionary => case.fields = Some(value(part)?),
            _ => {}
        }
    }
    let last = case.fields.as_ref().map(|fields| fields.span);
    let last = last.or_else(|| case.selectors.last().map(|selector| selector.value.span));
    case.span.end = last.map_or(case.span.end, |last| last.end);
    Some(case)
}

/// `c ~> s : path.endpoint.Method` is a request from `c` to `s`, `c <~ s : …`
/// the response.
///
/// The last part is the method, everything before it the path of the endpoint.
/// All selectors have places, so that findings about them point at the short
/// form.
fn short(pair: Pair<'_, Rule>) -> Option<(Event, Vec<Selector>)> {
    let mut parts = pair.into_inner();
    let left = qname(&parts.next()?);
    let request = parts.next()?.as_rule() == Rule::to;
    let (right, called) = (qname(&parts.next()?), qname(&parts.last()?));
    let (event, src, dst) = if request {
        (Event::Request, left, right)
    } else {
        (Event::Response, right, left)
    };
    let selector = |key, value: QName| Selector {
        key,
        key_span: value.span,
        value,
    };
    let mut selectors = vec![
        selector(SelectorKey::Src, src),
        selector(SelectorKey::Dst, dst),
    ];
    let split = called.text.rfind('.');
    let cut = u32::try_from(split.map_or(0, |dot| dot + 1)).ok()?;
    if let Some(endpoint) = split.and_then(|dot| called.text.get(..dot)) {
        let place = Span::new(called.span.start, called.span.start + cut.saturating_sub(1));
        selectors.push(selector(
            SelectorKey::Endpoint,
            QName {
                text: endpoint.to_owned(),
                span: place,
            },
        ));
    }
    let method = called.text.get(cut as usize..)?.to_owned();
    let place = Span::new(called.span.start + cut, called.span.end);
    selectors.push(selector(
        SelectorKey::Method,
        QName {
            text: method,
            span: place,
        },
    ));
    Some((event, selectors))
}
