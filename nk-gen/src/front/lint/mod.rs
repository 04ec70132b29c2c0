//! What is legal but old, tolerated or unwise (W401…W407), what the chosen
//! version does not know (408), and error parameters that the chosen scheme
//! does not have (E306). Source: `docs/languages.md` §10, §11.
//!
//! Lints are about the files that the user named; what those import is somebody
//! else's.
mod names;
mod version;

use crate::front::load::{Origin, Program, Unit};
use crate::model::{Field, Int, Method, Model, Type};
use crate::options::ErrorParams;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_grammar::syntax::Tolerated;

/// Looks at all descriptions and at the model made of them.
pub(crate) fn check(program: &Program, model: &Model) -> Vec<Diagnostic> {
    let packages = named(&program.packages);
    let components = named(&program.components);
    let mut findings: Vec<Diagnostic> = packages
        .flat_map(|unit| tolerated(unit, &unit.tree.tolerated))
        .collect();
    findings.extend(components.flat_map(|unit| tolerated(unit, &unit.tree.tolerated)));
    findings.extend(names::check(program, model));
    findings.extend(version::check(program));
    if program.options.error_params() == ErrorParams::Status {
        findings.extend(status_only(program, model));
    }
    findings
}

/// The files that the user named.
///
/// What these import is read too, and belongs to somebody else.
fn named<T>(units: &[Unit<T>]) -> impl Iterator<Item = &Unit<T>> {
    units
        .iter()
        .filter(|unit| unit.origin == Origin::CommandLine)
}

/// W402: tokens that mean nothing, in any version.
///
/// An example is a `;` behind the closing brace of an `interface` block. The
/// grammar notes them, because real descriptions are full of them and refusing
/// them would help nobody.
fn tolerated<T>(unit: &Unit<T>, tokens: &[Tolerated]) -> Vec<Diagnostic> {
    let finding = |token: &Tolerated| {
        let message = "this token is tolerated and means nothing";
        Diagnostic::new(Code::EMPTY_TOKEN, message, unit.at(token.span)).help("remove it")
    };
    tokens.iter().map(finding).collect()
}

/// E306: without extended errors a method has no error parameter, or one
/// `error UInt16 status` (`docs/languages.md` §5.2). What is built in is not the
/// user's to change.
fn status_only(program: &Program, model: &Model) -> Vec<Diagnostic> {
    let packages = program.packages.iter().zip(&model.packages);
    let packages = packages.filter(|(unit, _)| unit.origin != Origin::Builtin);
    let interfaces = packages.flat_map(|(_, package)| &package.interface);
    let methods = interfaces.flat_map(|interface| &interface.methods);
    methods
        .filter_map(|method| not_a_status(model, method))
        .collect()
}

/// The first error parameter of a method that the old scheme does not have. One
/// whose type is external or wrong gets the benefit of the doubt.
fn not_a_status(model: &Model, method: &Method) -> Option<Diagnostic> {
    let is_status = |param: &Field| {
        let ty = model.strip(&param.ty);
        param.name == "status"
            && matches!(ty, Type::Int(Int::U16) | Type::External(_) | Type::Wrong)
    };
    let params = &method.error.params;
    let param = params
        .iter()
        .find(|param| !is_status(param))
        .or(params.get(1))?;
    let name = &method.name;
    let message = format!("`{name}` has error parameters other than one `error UInt16 status`");
    let finding = Diagnostic::new(Code::ERROR_PARAMETERS, message, param.place)
        .label("not possible without extended errors");
    Some(finding.help("give the status only, or use extended errors (`--extended-errors`)"))
}
