//! What is legal but old, tolerated or unwise in the files of the command line (W401, W402, W403).
//! Source: `spec/idl.md` §20.
use crate::diagnostic::Diagnostic;
use crate::load::{Origin, Program, Unit};
use nk_grammar::syntax::{Component, Head, Idl, ItemKind, Name, SectionKind, Tolerated};

/// Looks at the files that the user named; what they import is somebody else's.
pub(crate) fn check(program: &Program) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for unit in program.packages.iter().filter(|unit| unit.origin == Origin::CommandLine) {
        findings.extend(tolerated(unit, &unit.tree.tolerated));
        findings.extend(underscores(unit));
    }
    for unit in program.components.iter().filter(|unit| unit.origin == Origin::CommandLine) {
        findings.extend(tolerated(unit, &unit.tree.tolerated));
        findings.extend(old_words(unit));
    }
    findings
}

/// W401: words of earlier versions.
fn old_words(unit: &Unit<Component>) -> Vec<Diagnostic> {
    let entity = (unit.tree.head == Head::Entity).then(|| {
        let message = "`entity` is the spelling of versions before 1.3";
        Diagnostic::warning(401, message, unit.at(unit.tree.head_span)).help("write `task class`")
    });
    let interfaces = unit.tree.sections.iter().filter_map(|section| match section.kind {
        SectionKind::Endpoints { old: true, .. } => {
            let message = "`interfaces` is the spelling of version 1.0";
            Some(Diagnostic::warning(401, message, unit.at(section.keyword)).help("write `endpoints`"))
        }
        _ => None,
    });
    entity.into_iter().chain(interfaces).collect()
}

/// W402: tokens that mean nothing.
fn tolerated<T>(unit: &Unit<T>, tokens: &[Tolerated]) -> Vec<Diagnostic> {
    let finding = |token: &Tolerated| {
        let message = "this token is tolerated and means nothing";
        Diagnostic::warning(402, message, unit.at(token.span)).help("remove it")
    };
    tokens.iter().map(finding).collect()
}

/// W403: underscores in names of types, constants, fields and parameters.
fn underscores(unit: &Unit<Idl>) -> Vec<Diagnostic> {
    let items = unit.tree.items.iter().map(|item| &item.name);
    let fields = unit.tree.items.iter().flat_map(|item| match &item.kind {
        ItemKind::Struct(fields) | ItemKind::Union(fields) => fields.as_slice(),
        ItemKind::Const { .. } | ItemKind::Typedef(_) => &[],
    });
    let methods = unit.tree.interfaces.iter().flat_map(|interface| &interface.methods);
    let params = methods.flat_map(|method| &method.params).map(|param| &param.name);
    let names = items.chain(fields.map(|field| &field.name)).chain(params);
    let finding = |name: &Name| {
        let message = format!("the name `{}` contains `_`", name.text);
        let help = "generated names join their parts by `_` and may become ambiguous";
        Diagnostic::warning(403, message, unit.at(name.span)).help(help)
    };
    names.filter(|name| name.text.contains('_')).map(finding).collect()
}
