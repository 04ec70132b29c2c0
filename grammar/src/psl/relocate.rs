//! Moves the places of a tree: a text that was made out of a template is
//! parsed, and its places are those of the template.
//!
//! Every node has a place, so this walk visits every node. It matches on all
//! kinds without a wildcard: a kind that is added does not compile until its
//! places move too.
use crate::psl::{
    Alternative, Binding, Block, Case, Declaration, DeclarationKind, Entry, Policy, Selector,
    Statement, StatementKind, TestSet, Type, TypeKind, Value, ValueKind,
};
use crate::syntax::{Name, QName, Span};

/// Where a place has moved to.
type To<'t> = &'t dyn Fn(Span) -> Span;

impl Policy {
    /// Gives every node the place that `to` says.
    pub fn relocate(&mut self, to: &dyn Fn(Span) -> Span) {
        for comment in &mut self.comments {
            comment.span = to(comment.span);
        }
        self.declarations
            .iter_mut()
            .for_each(|declaration| self::declaration(declaration, to));
    }
}

/// Moves a declaration with all that is in it.
fn declaration(declaration: &mut Declaration, to: To<'_>) {
    declaration.span = to(declaration.span);
    match &mut declaration.kind {
        DeclarationKind::Execute(one)
        | DeclarationKind::Use(one)
        | DeclarationKind::UseEdl(one) => qname(one, to),
        DeclarationKind::TaskClass { alias, class } => {
            qname(alias, to);
            qname(class, to);
        }
        DeclarationKind::Binding(one) => binding(one, to),
        DeclarationKind::PolicyObject {
            name: object,
            model,
            types,
            config,
        } => {
            name(object, to);
            name(model, to);
            for (parameter, ty) in types {
                name(parameter, to);
                self::ty(ty, to);
            }
            if let Some(config) = config {
                value(config, to);
            }
        }
        DeclarationKind::AuditDefault { profile, level } => {
            name(profile, to);
            value(level, to);
        }
        DeclarationKind::AuditProfile {
            name: profile,
            levels,
        } => {
            name(profile, to);
            value(levels, to);
        }
        DeclarationKind::TestSet(one) => test_set(one, to),
    }
}

fn name(name: &mut Name, to: To<'_>) {
    name.span = to(name.span);
}

fn qname(name: &mut QName, to: To<'_>) {
    name.span = to(name.span);
}

fn binding(binding: &mut Binding, to: To<'_>) {
    binding.event_span = to(binding.event_span);
    selectors(&mut binding.selectors, to);
    block(&mut binding.block, to);
}

fn selectors(selectors: &mut [Selector], to: To<'_>) {
    for selector in selectors {
        selector.key_span = to(selector.key_span);
        qname(&mut selector.value, to);
    }
}

/// Moves a block and its statements.
fn block(block: &mut Block, to: To<'_>) {
    block.span = to(block.span);
    block.audit.iter_mut().for_each(|audit| name(audit, to));
    block
        .statements
        .iter_mut()
        .for_each(|one| statement(one, to));
}

/// Moves a statement with all that is in it.
fn statement(statement: &mut Statement, to: To<'_>) {
    statement.span = to(statement.span);
    match &mut statement.kind {
        StatementKind::Match { selectors, block } => {
            self::selectors(selectors, to);
            self::block(block, to);
        }
        StatementKind::Choice {
            selector,
            alternatives,
        } => {
            value(selector, to);
            for Alternative { key, block } in alternatives {
                value(key, to);
                self::block(block, to);
            }
        }
        StatementKind::Rule { name, argument } => {
            qname(name, to);
            value(argument, to);
        }
    }
}

/// Moves a value. Recursion is bounded by the nesting that the parser allows.
fn value(value: &mut Value, to: To<'_>) {
    value.span = to(value.span);
    let inner = |one: &mut Value| self::value(one, to);
    match &mut value.kind {
        ValueKind::Unit | ValueKind::Integer(_) | ValueKind::Text(_) => {}
        ValueKind::Path(path) => qname(path, to),
        ValueKind::Dictionary(entries) => {
            for Entry {
                key,
                elements,
                value,
            } in entries
            {
                name(key, to);
                elements.iter_mut().flatten().for_each(inner);
                inner(value);
            }
        }
        ValueKind::List(values) | ValueKind::Chain(values, _) => values.iter_mut().for_each(inner),
        ValueKind::Call { name, argument } => {
            qname(name, to);
            inner(argument);
        }
        ValueKind::Prefix(_, operand) => inner(operand),
        ValueKind::Field(of, field) => {
            inner(of);
            name(field, to);
        }
        ValueKind::Index(of, index) => {
            inner(of);
            inner(index);
        }
    }
}

/// Moves a type; bounded like a value.
fn ty(ty: &mut Type, to: To<'_>) {
    ty.span = to(ty.span);
    let inner = |one: &mut Type| self::ty(one, to);
    match &mut ty.kind {
        TypeKind::Unit | TypeKind::Text(_) | TypeKind::Integer(_) => {}
        TypeKind::Tuple(types) | TypeKind::Variant(types) => types.iter_mut().for_each(inner),
        TypeKind::Dictionary(fields) => {
            for (field, ty) in fields {
                name(field, to);
                self::ty(ty, to);
            }
        }
        TypeKind::Named(name, arguments) => {
            qname(name, to);
            arguments.iter_mut().for_each(inner);
        }
    }
}

/// Moves the tests of an `assert`.
fn test_set(set: &mut TestSet, to: To<'_>) {
    set.name
        .iter_mut()
        .for_each(|name| name.span = to(name.span));
    set.setup
        .iter_mut()
        .chain(&mut set.finally)
        .for_each(|one| case(one, to));
    for sequence in &mut set.sequences {
        sequence.span = to(sequence.span);
        sequence
            .name
            .iter_mut()
            .for_each(|name| name.span = to(name.span));
        sequence.cases.iter_mut().for_each(|one| case(one, to));
    }
}

/// Moves one case of a test.
fn case(case: &mut Case, to: To<'_>) {
    case.span = to(case.span);
    case.title
        .iter_mut()
        .for_each(|title| title.span = to(title.span));
    case.variable
        .iter_mut()
        .for_each(|variable| name(variable, to));
    selectors(&mut case.selectors, to);
    case.fields.iter_mut().for_each(|fields| value(fields, to));
}
