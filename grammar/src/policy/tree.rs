//! Pairs of a PSL file to [`Policy`]. Nesting is limited before parsing, so
//! recursion is too.
//!
//! As in the descriptions, `None` stands for a pair without a part that it
//! should have, which the grammar does not let happen.
use super::parser::Rule;
use super::testing::test_set;
use super::values::{type_value, value};
use crate::lexer;
use crate::psl::{
    Alternative, Binding, Block, Declaration, DeclarationKind, Event, Policy, Selector,
    SelectorKey, Statement, StatementKind,
};
use crate::syntax::{Comment, Name, QName, Span};
use pest::iterators::Pair;

/// The tree of a whole file; `None` never happens for a pair that the grammar
/// accepted.
pub(super) fn policy(pair: Pair<'_, Rule>, comments: Vec<Comment>) -> Option<Policy> {
    let parts = pair.into_inner().filter(|part| part.as_rule() != Rule::EOI);
    Some(Policy {
        declarations: parts.map(declaration).collect::<Option<_>>()?,
        comments,
    })
}

/// One declaration at the top level.
fn declaration(pair: Pair<'_, Rule>) -> Option<Declaration> {
    let (rule, span) = (pair.as_rule(), span(&pair));
    let kind = match rule {
        Rule::binding => DeclarationKind::Binding(binding(pair)?),
        Rule::policy_object => policy_object(pair)?,
        Rule::test_set => DeclarationKind::TestSet(test_set(pair)?),
        _ => named(pair)?,
    };
    Some(Declaration { kind, span })
}

/// The declarations that are little more than names.
fn named(pair: Pair<'_, Rule>) -> Option<DeclarationKind> {
    let rule = pair.as_rule();
    let last = pair.clone().into_inner().last();
    let mut names = pair.into_inner().filter(|part| is_name(part.as_rule()));
    let mut qname = || names.next().map(|part| qname(&part));
    Some(match rule {
        Rule::execute_interface => DeclarationKind::Execute(qname()?),
        Rule::use_policy => DeclarationKind::Use(qname()?),
        Rule::use_edl => DeclarationKind::UseEdl(qname()?),
        Rule::task_class => DeclarationKind::TaskClass {
            alias: qname()?,
            class: qname()?,
        },
        Rule::audit_default => DeclarationKind::AuditDefault {
            profile: qname()?.into(),
            level: value(last?)?,
        },
        _ => DeclarationKind::AuditProfile {
            name: qname()?.into(),
            levels: value(last?)?,
        },
    })
}

/// Whether a rule is the name that one of these declarations is about.
fn is_name(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::profile_name | Rule::interface_name | Rule::class_name | Rule::policy_name
    )
}

/// `policy object name : Model { type T = …  config = … }`
fn policy_object(pair: Pair<'_, Rule>) -> Option<DeclarationKind> {
    let (mut name, mut model, mut types, mut config) = (None, None, Vec::new(), None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::object_name => name = Some(qname(&part).into()),
            Rule::model_name => model = Some(qname(&part).into()),
            Rule::type_parameter => {
                let parameter = part
                    .clone()
                    .into_inner()
                    .find(|part| part.as_rule() == Rule::parameter_name)?;
                types.push((
                    qname(&parameter).into(),
                    type_value(part.into_inner().last()?)?,
                ));
            }
            Rule::config => config = Some(value(part.into_inner().last()?)?),
            _ => {}
        }
    }
    Some(DeclarationKind::PolicyObject {
        name: name?,
        model: model?,
        types,
        config,
    })
}

/// `request src=A dst=B { … }` and its kin.
fn binding(pair: Pair<'_, Rule>) -> Option<Binding> {
    let word = pair.clone().into_inner().next()?;
    let (selectors, block) = selected(pair)?;
    Some(Binding {
        event: event(&word),
        event_span: span(&word),
        selectors,
        block,
    })
}

/// The event of a word; the grammar lets only five stand here.
pub(super) fn event(word: &Pair<'_, Rule>) -> Event {
    match word.as_str() {
        "request" => Event::Request,
        "response" => Event::Response,
        "error" => Event::Error,
        "security" => Event::Security,
        _ => Event::Execute,
    }
}

/// Selectors and the block behind them, of a binding or a `match`.
fn selected(pair: Pair<'_, Rule>) -> Option<(Vec<Selector>, Block)> {
    let whole = span(&pair);
    let mut selectors = Vec::new();
    let mut block = Block {
        audit: None,
        statements: Vec::new(),
        span: whole,
    };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::selector => selectors.push(selector(part)?),
            Rule::lbrace => block.span = span(&part).to(Span::new(whole.end, whole.end)),
            Rule::audit_use => {
                block.audit = part.into_inner().last().map(|name| qname(&name).into());
            }
            Rule::match_block | Rule::choice | Rule::rule_call => {
                block.statements.push(statement(part)?);
            }
            _ => {}
        }
    }
    Some((selectors, block))
}

/// `src=a.Class`
pub(super) fn selector(pair: Pair<'_, Rule>) -> Option<Selector> {
    let mut parts = pair.into_inner();
    let word = parts.next()?;
    let key = match word.as_str() {
        "src" => SelectorKey::Src,
        "dst" => SelectorKey::Dst,
        "interface" => SelectorKey::Interface,
        "component" => SelectorKey::Component,
        "endpoint" => SelectorKey::Endpoint,
        _ => SelectorKey::Method,
    };
    Some(Selector {
        key,
        key_span: span(&word),
        value: qname(&parts.last()?),
    })
}

/// A statement. Its place ends with its last character: pest counts the blanks
/// behind it too.
fn statement(pair: Pair<'_, Rule>) -> Option<Statement> {
    let (rule, place) = (pair.as_rule(), span(&pair));
    let kind = match rule {
        Rule::match_block => {
            let (selectors, block) = selected(pair)?;
            StatementKind::Match { selectors, block }
        }
        Rule::choice => choice(pair)?,
        _ => {
            let mut parts = pair.into_inner();
            let name = qname(&parts.next()?);
            StatementKind::Rule {
                name,
                argument: value(parts.next()?)?,
            }
        }
    };
    let end = match &kind {
        StatementKind::Rule { argument, .. } => argument.span.end,
        _ => place.end,
    };
    Some(Statement {
        kind,
        span: Span::new(place.start, end),
    })
}

/// `choice (value) { key : … }`
fn choice(pair: Pair<'_, Rule>) -> Option<StatementKind> {
    let (mut selector, mut alternatives) = (None, Vec::new());
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::value => selector = Some(value(part)?),
            Rule::alternative => alternatives.push(alternative(part)?),
            _ => {}
        }
    }
    Some(StatementKind::Choice {
        selector: selector?,
        alternatives,
    })
}

/// `key : { … }`, or `key : statement` as a block of one.
fn alternative(pair: Pair<'_, Rule>) -> Option<Alternative> {
    let (mut key, mut block) = (None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::choice_key => key = Some(value(part)?),
            Rule::block => block = Some(selected(part)?.1),
            Rule::match_block | Rule::choice | Rule::rule_call => {
                let (place, only) = (span(&part), statement(part)?);
                block = Some(Block {
                    audit: None,
                    statements: vec![only],
                    span: place,
                });
            }
            _ => {}
        }
    }
    Some(Alternative {
        key: key?,
        block: block?,
    })
}

/// The place of a pair.
pub(super) fn span(pair: &Pair<'_, Rule>) -> Span {
    lexer::span(pair.as_span().start(), pair.as_span().end())
}

/// A dotted name.
pub(super) fn qname(pair: &Pair<'_, Rule>) -> QName {
    QName {
        text: pair.as_str().to_owned(),
        span: span(pair),
    }
}

impl From<QName> for Name {
    /// For names that have a single part.
    fn from(name: QName) -> Self {
        Self {
            text: name.text,
            span: name.span,
        }
    }
}
