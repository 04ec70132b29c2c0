//! Names that may become a problem later: with underscores (W403), long ones
//! (W405), and those that differ only in case (W407); and components that embed
//! many levels deep (W405).
//!
//! Generated C names join package, method and parameter by underscores, so an
//! underscore in one of them can make two generated names the same. The Rust
//! generator tells such names apart; other tools that read these descriptions
//! do not.
use super::named;
use crate::front::load::{Origin, Program, Unit};
use crate::model::{Component, ComponentId, Method, Model, Package};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use nk_grammar::syntax::{Idl, ItemKind, Name};
use std::collections::HashMap;

/// Longest generated name without a warning: debuggers and other tools cut
/// longer ones.
///
/// In characters.
const LONG: usize = 255;
/// Most levels of embedding without a warning.
const LEVELS: u64 = 5;

/// Looks at the names of all descriptions.
pub(super) fn check(program: &Program, model: &Model) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = named(&program.packages).flat_map(underscores).collect();
    findings.extend(same_but_for_case(&program.packages));
    findings.extend(same_but_for_case(&program.components));
    let packages = program.packages.iter().zip(&model.packages);
    let packages = packages.filter(|(unit, _)| of_the_user(unit.origin));
    findings.extend(packages.flat_map(|(_, package)| long_names(package)));
    let levels = levels(model);
    let components = program.components.iter().zip(&model.components).zip(levels);
    for ((_, component), levels) in components.filter(|((unit, _), _)| of_the_user(unit.origin)) {
        findings.extend(long_endpoint(component));
        findings.extend(many_levels(component, levels));
    }
    findings
}

/// Whether the user named the file, so that its names are theirs to change.
fn of_the_user(origin: Origin) -> bool {
    origin == Origin::CommandLine
}

/// W403: underscores in names of types, constants, fields and parameters.
fn underscores(unit: &Unit<Idl>) -> Vec<Diagnostic> {
    let help = "generated names join their parts by `_` and may become ambiguous";
    let finding = |name: &Name| {
        let message = format!("the name `{}` contains `_`", name.text);
        Diagnostic::new(Code::UNDERSCORE_IN_TYPE, message, unit.at(name.span)).help(help)
    };
    let names = names_in(&unit.tree).filter(|name| name.text.contains('_'));
    names.map(finding).collect()
}

/// The declared names of a package, then its fields and variants, then its
/// parameters. Method names are not among them: those are checked in every file
/// (E302).
fn names_in(idl: &Idl) -> impl Iterator<Item = &Name> {
    let items = idl.items.iter().map(|item| &item.name);
    let fields = idl.items.iter().flat_map(|item| match &item.kind {
        ItemKind::Struct(fields) | ItemKind::Union(fields) => fields.as_slice(),
        ItemKind::Const { .. } | ItemKind::Typedef(_) => &[],
    });
    let methods = idl
        .interfaces
        .iter()
        .flat_map(|interface| &interface.methods);
    let params = methods.flat_map(|method| &method.params);
    items
        .chain(fields.map(|field| &field.name))
        .chain(params.map(|param| &param.name))
}

/// W407: two names of one set that file systems without case, and readers, take
/// for one.
fn same_but_for_case<T>(units: &[Unit<T>]) -> Vec<Diagnostic> {
    let mut seen: HashMap<String, &Unit<T>> = HashMap::new();
    let mut findings = Vec::new();
    for unit in units {
        let first = *seen
            .entry(unit.name.text.to_ascii_lowercase())
            .or_insert(unit);
        if first.name.text != unit.name.text {
            findings.push(differ_in_case(first, unit));
        }
    }
    findings
}

/// The finding about a unit whose name was there before with other capitals.
fn differ_in_case<T>(first: &Unit<T>, unit: &Unit<T>) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` differ only in case",
        first.name.text, unit.name.text
    );
    let help = "file systems without case take their files for one; rename one of them";
    Diagnostic::new(Code::NAMES_DIFFER_IN_CASE, message, unit.at(unit.name.span))
        .other(first.at(first.name.span), "the other")
        .help(help)
}

/// W405: the longest C name that each method leads to,
/// `<package>_<method>_req_<parameter>_size` (`docs/wire.md` §6).
fn long_names(package: &Package) -> impl Iterator<Item = Diagnostic> {
    let interfaces = package.interface.iter();
    let methods = interfaces.flat_map(|interface| &interface.methods);
    methods.filter_map(|method| {
        let (length, place) = longest_name(package, method);
        (length > LONG).then(|| long(&method.name, length, place))
    })
}

/// The length of that name in characters, and what makes it so long. A method
/// without parameters still has an arena, which counts as one.
fn longest_name(package: &Package, method: &Method) -> (usize, Place) {
    let messages = [&method.request, &method.response, &method.error];
    let params = messages.into_iter().flat_map(|message| &message.params);
    let param = params.max_by_key(|param| param.name.len());
    let around = package.name.len() + method.name.len() + "__req__size".len();
    match param {
        Some(param) if param.name.len() > "arena".len() => (around + param.name.len(), param.place),
        _ => (around + "arena".len(), method.place),
    }
}

/// W405: the longest `<class>_<path>_iid`.
fn long_endpoint(component: &Component) -> Option<Diagnostic> {
    let endpoints = component.flattened.iter().flatten();
    let endpoint = endpoints.max_by_key(|endpoint| endpoint.name.len())?;
    let length = component.name.len() + endpoint.name.len() + "__iid".len();
    let place = component.place.filter(|_| length > LONG)?;
    Some(long(&endpoint.name, length, place))
}

/// The finding about a generated name of so many characters.
fn long(of: &str, length: usize, place: Place) -> Diagnostic {
    let message = format!("a generated name for `{of}` has {length} characters");
    let help = format!("some tools cut names after {LONG}; choose shorter ones");
    Diagnostic::new(Code::LONG_NAME, message, place).help(help)
}

/// How many components stand above each other in each; what is embedded stands
/// before what embeds it.
fn levels(model: &Model) -> Vec<u64> {
    let mut levels: Vec<u64> = Vec::with_capacity(model.components.len());
    for component in &model.components {
        let instances = component.instances.iter();
        let inner = instances.filter_map(|instance| instance.component.known());
        let inner = inner
            .filter_map(|ComponentId(id)| levels.get(id as usize))
            .max();
        levels.push(inner.map_or(0, |inner| inner.saturating_add(1)));
    }
    levels
}

/// W405: a component that embeds more than [`LEVELS`] levels deep. Each level
/// adds an instance name to the path of every endpoint.
fn many_levels(component: &Component, levels: u64) -> Option<Diagnostic> {
    let place = component.place.filter(|_| levels > LEVELS)?;
    let message = format!(
        "`{}` embeds components {levels} levels deep",
        component.name
    );
    let help = format!("more than {LEVELS} levels make long names and are hard to follow");
    Some(Diagnostic::new(Code::LONG_NAME, message, place).help(help))
}
