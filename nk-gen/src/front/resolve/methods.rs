//! Resolves the interface of every package (E204, E301, E302, E304). Source:
//! `docs/languages.md` §5.2.
//!
//! A method has three messages: the request carries its `in` parameters, the
//! response its `out` parameters, the error response its `error` parameters.
//! Their layouts and the method's number (MID) are given later by
//! [`crate::model`].
use super::constants::Constants;
use super::duplicates::duplicates;
use super::names::Names;
use super::types::Context;
use crate::front::load::{Program, Unit};
use crate::model::{Field, Interface, Message, Method, Model};
use crate::options::Version;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Findings, Place};
use nk_grammar::syntax::{self as tree, Direction, Idl};

/// Fills in the interfaces of the model's packages.
pub(crate) fn resolve(
    model: &mut Model,
    program: &Program,
    names: &Names,
    constants: &Constants,
    findings: &mut Findings,
) {
    for (position, unit) in program.packages.iter().enumerate() {
        let externals = Vec::new();
        let mut context = Context {
            program,
            names,
            constants,
            position,
            externals,
        };
        model.packages[position].interface = interface(&mut context, unit, findings);
        model.externals.append(&mut context.externals);
    }
}

/// The interface of a package, if it has one. Of several the first counts
/// (E301); one with too many methods is left out (E204).
fn interface(
    context: &mut Context<'_>,
    unit: &Unit<Idl>,
    findings: &mut Findings,
) -> Option<Interface> {
    let (first, others) = unit.tree.interfaces.split_first()?;
    findings.extend(
        others
            .iter()
            .map(|other| second_interface(unit, first, other)),
    );
    let most = context.program.options.limits.methods;
    if first.methods.len() as u64 > most {
        findings.push(too_many_methods(
            first.methods.len(),
            most,
            unit.at(first.span),
        ));
        return None;
    }
    let names = first.methods.iter().map(|method| &method.name);
    findings.extend(duplicates(
        Code::DUPLICATE_MEMBER,
        "method",
        unit.file,
        names,
    ));
    let methods = first.methods.iter().map(|parsed| {
        findings.extend(check(unit, parsed, context.program.options.compat));
        method(context, unit, parsed, findings)
    });
    Some(Interface {
        docs: first.docs.clone(),
        methods: methods.collect(),
        place: unit.at(first.span),
    })
}

/// E301: a package has one interface at most.
fn second_interface(
    unit: &Unit<Idl>,
    first: &tree::Interface,
    other: &tree::Interface,
) -> Diagnostic {
    let message = format!("package `{}` has more than one `interface`", unit.name.text);
    Diagnostic::new(Code::DUPLICATE_MEMBER, message, unit.at(other.span))
        .other(unit.at(first.span), "first here")
}

/// E204: a method's number in messages, the MID, has 16 bits.
fn too_many_methods(count: usize, most: u64, place: Place) -> Diagnostic {
    let message = format!("{count} methods, limit {most}");
    let help = "a MID has 16 bits; divide the interface into several packages";
    Diagnostic::new(Code::MESSAGE_LIMIT, message, place).help(help)
}

/// Parameter names are unique over the whole method, because the proxy has one
/// list of them.
fn check(unit: &Unit<Idl>, method: &tree::Method, version: Option<Version>) -> Findings {
    let names = method.params.iter().map(|param| &param.name);
    let mut findings = duplicates(Code::DUPLICATE_MEMBER, "parameter", unit.file, names);
    findings.extend(underscore("method", unit, &method.name));
    // versions 1.0 and 1.1 state no order (`docs/languages.md` §11)
    if version.is_none_or(|version| version >= Version::V1_2) {
        findings.extend(out_of_order(unit, method));
    }
    findings
}

/// E302: an underscore in a name that becomes a part of generated names.
///
/// Names of methods, endpoints and instances are checked in every file that is
/// read, because they become part of the names that a user's own code has to
/// write.
pub(super) fn underscore<T>(what: &str, unit: &Unit<T>, name: &tree::Name) -> Option<Diagnostic> {
    let message = format!("the {what} name `{}` contains `_`", name.text);
    let help =
        "names in generated code may become ambiguous; use upper-case letters to separate words";
    name.text
        .contains('_')
        .then(|| Diagnostic::new(Code::UNDERSCORE, message, unit.at(name.span)).help(help))
}

/// E304: all `in`, then all `out`, then all `error`. Other orders mean the same
/// message, so this is only a warning.
fn out_of_order(unit: &Unit<Idl>, method: &tree::Method) -> Option<Diagnostic> {
    let mut pairs = method.params.windows(2);
    let pair = pairs.find(|pair| rank(pair[0].direction) > rank(pair[1].direction))?;
    let message = format!("parameter `{}` is out of order", pair[1].name.text);
    let place = unit.at(pair[1].direction_span);
    let finding = Diagnostic::new(Code::PARAMETER_ORDER, message, place);
    Some(finding.help("the order is all `in`, then all `out`, then all `error`"))
}

/// Where parameters of a direction stand among the others.
const fn rank(direction: Direction) -> u8 {
    match direction {
        Direction::In => 0,
        Direction::Out => 1,
        Direction::Error => 2,
    }
}

/// A method as its three messages, each with the parameters of its direction.
fn method(
    context: &mut Context<'_>,
    unit: &Unit<Idl>,
    method: &tree::Method,
    findings: &mut Findings,
) -> Method {
    let mut message = |direction| message(context, method, direction, findings);
    Method {
        request: message(Direction::In),
        response: message(Direction::Out),
        error: message(Direction::Error),
        name: method.name.text.clone(),
        docs: method.docs.clone(),
        place: unit.at(method.name.span),
    }
}

/// The message that carries the parameters of one direction, before layout.
fn message(
    context: &mut Context<'_>,
    method: &tree::Method,
    direction: Direction,
    findings: &mut Findings,
) -> Message {
    let params = method
        .params
        .iter()
        .filter(|param| param.direction == direction);
    let params = params.map(|param| Field {
        name: param.name.text.clone(),
        docs: Vec::new(),
        place: context.unit().at(param.name.span),
        ty: context.ty(&param.ty, findings),
        offset: 0,
    });
    Message {
        params: params.collect(),
        handles: 0,
        layout: None,
    }
}
