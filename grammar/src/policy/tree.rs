//! Pairs of a PSL file to [`Policy`]. Nesting is limited before parsing, so recursion is too.
use super::parser::Rule;
use crate::lexer;
use crate::psl::{
    Argument, ArgumentKind, Binding, Block, Declaration, DeclarationKind, Event, Policy, Selector, SelectorKey,
    Statement, StatementKind,
};
use crate::syntax::{Comment, Name, QName, Span};
use pest::iterators::Pair;

/// The tree of a whole file; `None` never happens for a pair that the grammar accepted.
pub(super) fn policy(pair: Pair<'_, Rule>, comments: Vec<Comment>) -> Option<Policy> {
    let parts = pair.into_inner().filter(|part| part.as_rule() != Rule::EOI);
    Some(Policy { declarations: parts.map(declaration).collect::<Option<_>>()?, comments })
}

fn declaration(pair: Pair<'_, Rule>) -> Option<Declaration> {
    let (rule, span) = (pair.as_rule(), span(&pair));
    if rule == Rule::binding {
        return Some(Declaration { kind: DeclarationKind::Binding(binding(pair)?), span });
    }
    let mut names = pair.into_inner().filter(|part| is_name(part.as_rule()));
    let mut qname = || names.next().map(|part| qname(&part));
    let kind = match rule {
        Rule::execute_interface => DeclarationKind::Execute(qname()?),
        Rule::use_policy => DeclarationKind::Use(qname()?),
        Rule::use_edl => DeclarationKind::UseEdl(qname()?),
        Rule::task_class => DeclarationKind::TaskClass { alias: qname()?, class: qname()? },
        Rule::policy_object => DeclarationKind::PolicyObject { name: qname()?.into(), model: qname()?.into() },
        Rule::audit_default => DeclarationKind::AuditDefault { profile: qname()?.into() },
        Rule::audit_profile => DeclarationKind::AuditProfile { name: qname()?.into() },
        _ => DeclarationKind::TestSet,
    };
    Some(Declaration { kind, span })
}

fn is_name(rule: Rule) -> bool {
    let simple = matches!(rule, Rule::profile_name | Rule::object_name | Rule::model_name);
    simple || matches!(rule, Rule::interface_name | Rule::class_name | Rule::policy_name)
}

fn binding(pair: Pair<'_, Rule>) -> Option<Binding> {
    let word = pair.clone().into_inner().next()?;
    let event = match word.as_str() {
        "request" => Event::Request,
        "response" => Event::Response,
        "error" => Event::Error,
        "security" => Event::Security,
        _ => Event::Execute,
    };
    let (selectors, block) = selected(pair)?;
    Some(Binding { event, event_span: span(&word), selectors, block })
}

/// Selectors and the block behind them, of a binding or a `match`.
fn selected(pair: Pair<'_, Rule>) -> Option<(Vec<Selector>, Block)> {
    let whole = span(&pair);
    let mut selectors = Vec::new();
    let mut block = Block { audit: None, statements: Vec::new(), span: whole };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::selector => selectors.push(selector(part)?),
            Rule::lbrace => block.span = span(&part).to(Span::new(whole.end, whole.end)),
            Rule::audit_use => block.audit = part.into_inner().last().map(|name| qname(&name).into()),
            Rule::match_block | Rule::choice | Rule::rule_call => block.statements.push(statement(part)?),
            _ => {}
        }
    }
    Some((selectors, block))
}

fn selector(pair: Pair<'_, Rule>) -> Option<Selector> {
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
    Some(Selector { key, key_span: span(&word), value: qname(&parts.last()?) })
}

fn statement(pair: Pair<'_, Rule>) -> Option<Statement> {
    let (rule, place) = (pair.as_rule(), span(&pair));
    let kind = match rule {
        Rule::match_block => {
            let (selectors, block) = selected(pair)?;
            StatementKind::Match { selectors, block }
        }
        Rule::choice => StatementKind::Choice,
        _ => {
            let mut parts = pair.into_inner();
            let name = qname(&parts.next()?);
            StatementKind::Rule { name, argument: argument(&parts.next()?) }
        }
    };
    let end = match &kind {
        StatementKind::Rule { argument, .. } => argument.span.end,
        _ => place.end,
    };
    Some(Statement { kind, span: Span::new(place.start, end) })
}

fn argument(value: &Pair<'_, Rule>) -> Argument {
    let mut parts = value.clone().into_inner();
    let only = parts.next().filter(|_| parts.next().is_none());
    let unit = only.is_some_and(|part| part.as_rule() == Rule::unit);
    let kind = if unit { ArgumentKind::Unit } else { ArgumentKind::Value };
    // pest counts the blanks behind a value that might have gone on
    let place = span(value);
    let last = value.as_str().trim_end().len();
    Argument { kind, span: lexer::span(place.start as usize, place.start as usize + last) }
}

fn span(pair: &Pair<'_, Rule>) -> Span {
    lexer::span(pair.as_span().start(), pair.as_span().end())
}

fn qname(pair: &Pair<'_, Rule>) -> QName {
    QName { text: pair.as_str().to_owned(), span: span(pair) }
}

impl From<QName> for Name {
    fn from(name: QName) -> Self {
        Self { text: name.text, span: name.span }
    }
}
