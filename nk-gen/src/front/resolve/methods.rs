//! Resolves the interface of every package (E204, E301, E302, E304). Source:
//! `spec/idl.md` §5.2.
use super::constants::Constants;
use super::duplicates::duplicates;
use super::names::Names;
use super::types::Context;
use crate::front::load::{Program, Unit};
use crate::model::{Field, Interface, Message, Method, Model};
use crate::options::Version;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::diagnostic::Findings;
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
        let mut context = Context {
            program,
            names,
            constants,
            position,
            externals: Vec::new(),
        };
        model.packages[position].interface = interface(&mut context, unit, findings);
        model.externals.append(&mut context.externals);
    }
}

fn interface(
    context: &mut Context<'_>,
    unit: &Unit<Idl>,
    findings: &mut Findings,
) -> Option<Interface> {
    let (first, others) = unit.tree.interfaces.split_first()?;
    findings.extend(others.iter().map(|other| {
        let message = format!("package `{}` has more than one `interface`", unit.name.text);
        Diagnostic::new(Code::DUPLICATE_MEMBER, message, unit.at(other.span))
            .other(unit.at(first.span), "first here")
    }));
    let most = context.program.options.limits.methods;
    if first.methods.len() as u64 > most {
        let message = format!("{} methods, limit {most}", first.methods.len());
        let help = "a MID has 16 bits; divide the interface into several packages";
        findings
            .push(Diagnostic::new(Code::MESSAGE_LIMIT, message, unit.at(first.span)).help(help));
        return None;
    }
    findings.extend(duplicates(
        Code::DUPLICATE_MEMBER,
        "method",
        unit.file,
        first.methods.iter().map(|method| &method.name),
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

/// Parameter names are unique over the whole method, because the proxy has one
/// list of them.
fn check(unit: &Unit<Idl>, method: &tree::Method, version: Option<Version>) -> Findings {
    let mut findings = duplicates(
        Code::DUPLICATE_MEMBER,
        "parameter",
        unit.file,
        method.params.iter().map(|param| &param.name),
    );
    findings.extend(underscore("method", unit, &method.name));
    // versions 1.0 and 1.1 state no order (`spec/idl.md` §21)
    if version.is_none_or(|version| version >= Version::V1_2) {
        findings.extend(out_of_order(unit, method));
    }
    findings
}

/// E302: an underscore in a name that becomes a part of generated names.
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
    let rank = |direction| match direction {
        Direction::In => 0,
        Direction::Out => 1,
        Direction::Error => 2,
    };
    let pair = method
        .params
        .windows(2)
        .find(|pair| rank(pair[0].direction) > rank(pair[1].direction))?;
    let message = format!("parameter `{}` is out of order", pair[1].name.text);
    let finding = Diagnostic::new(
        Code::PARAMETER_ORDER,
        message,
        unit.at(pair[1].direction_span),
    );
    Some(finding.help("the order is all `in`, then all `out`, then all `error`"))
}

fn method(
    context: &mut Context<'_>,
    unit: &Unit<Idl>,
    method: &tree::Method,
    findings: &mut Findings,
) -> Method {
    let mut message = |direction| {
        let params = method
            .params
            .iter()
            .filter(|param| param.direction == direction);
        let fields = params.map(|param| Field {
            name: param.name.text.clone(),
            docs: Vec::new(),
            place: unit.at(param.name.span),
            ty: context.ty(&param.ty, findings),
            offset: 0,
        });
        Message {
            params: fields.collect(),
            handles: 0,
            layout: None,
        }
    };
    let (request, response, error) = (
        message(Direction::In),
        message(Direction::Out),
        message(Direction::Error),
    );
    let place = unit.at(method.name.span);
    Method {
        name: method.name.text.clone(),
        docs: method.docs.clone(),
        place,
        request,
        response,
        error,
    }
}
