//! Names that may become a problem later: with underscores (W403), long ones
//! (W405), and those that differ only in case (W407); and components that embed
//! many levels deep (W405).
use super::named;
use crate::front::load::{Origin, Program, Unit};
use crate::model::{Component, ComponentId, Model, Package};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_grammar::syntax::{Idl, ItemKind, Name};
use std::collections::HashMap;

/// Longest generated name without a warning: debuggers and other tools cut
/// longer ones.
const LONG: usize = 255;
/// Most levels of embedding without a warning.
const LEVELS: u64 = 5;

/// Looks at the names of all descriptions.
pub(super) fn check(program: &Program, model: &Model) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = named(&program.packages).flat_map(underscores).collect();
    findings.extend(same_but_for_case(&program.packages));
    findings.extend(same_but_for_case(&program.components));
    let packages = program
        .packages
        .iter()
        .zip(&model.packages)
        .filter(|(unit, _)| of_the_user(unit.origin));
    findings.extend(packages.flat_map(|(_, package)| long_names(package)));
    let levels = levels(model);
    for ((unit, component), levels) in program.components.iter().zip(&model.components).zip(levels)
    {
        if of_the_user(unit.origin) {
            findings.extend(long_endpoint(component));
            findings.extend(many_levels(component, levels));
        }
    }
    findings
}

fn of_the_user(origin: Origin) -> bool {
    origin == Origin::CommandLine
}

/// W403: underscores in names of types, constants, fields and parameters.
fn underscores(unit: &Unit<Idl>) -> Vec<Diagnostic> {
    let items = unit.tree.items.iter().map(|item| &item.name);
    let fields = unit.tree.items.iter().flat_map(|item| match &item.kind {
        ItemKind::Struct(fields) | ItemKind::Union(fields) => fields.as_slice(),
        ItemKind::Const { .. } | ItemKind::Typedef(_) => &[],
    });
    let methods = unit
        .tree
        .interfaces
        .iter()
        .flat_map(|interface| &interface.methods);
    let params = methods
        .flat_map(|method| &method.params)
        .map(|param| &param.name);
    let names = items.chain(fields.map(|field| &field.name)).chain(params);
    let finding = |name: &Name| {
        let message = format!("the name `{}` contains `_`", name.text);
        let help = "generated names join their parts by `_` and may become ambiguous";
        Diagnostic::new(Code::UNDERSCORE_IN_TYPE, message, unit.at(name.span)).help(help)
    };
    names
        .filter(|name| name.text.contains('_'))
        .map(finding)
        .collect()
}

/// W407: two names of one set that file systems without case, and readers, take
/// for one.
fn same_but_for_case<T>(units: &[Unit<T>]) -> Vec<Diagnostic> {
    let mut seen: HashMap<String, &Unit<T>> = HashMap::new();
    let mut findings = Vec::new();
    for unit in units {
        let name = &unit.name.text;
        match seen.get(&name.to_ascii_lowercase()) {
            Some(first) if first.name.text != *name => {
                let message = format!("`{}` and `{name}` differ only in case", first.name.text);
                let finding =
                    Diagnostic::new(Code::NAMES_DIFFER_IN_CASE, message, unit.at(unit.name.span));
                let help = "file systems without case take their files for one; rename one of them";
                findings.push(
                    finding
                        .other(first.at(first.name.span), "the other")
                        .help(help),
                );
            }
            Some(_) => {}
            None => {
                seen.insert(name.to_ascii_lowercase(), unit);
            }
        }
    }
    findings
}

/// W405: the longest C name that each method leads to,
/// `<package>_<method>_req_<parameter>_size` (`spec/idl.md` §9.7).
fn long_names(package: &Package) -> Vec<Diagnostic> {
    let methods = package
        .interface
        .iter()
        .flat_map(|interface| &interface.methods);
    let longest = methods.filter_map(|method| {
        let params = [&method.request, &method.response, &method.error]
            .into_iter()
            .flat_map(|message| &message.params);
        let param = params.max_by_key(|param| param.name.len());
        let around = package.name.len() + method.name.len() + "__req_arena_size".len();
        let (length, place) = match param {
            Some(param) if param.name.len() > "arena".len() => {
                (around + param.name.len() - "arena".len(), param.place)
            }
            _ => (around, method.place),
        };
        (length > LONG).then(|| long(&method.name, length, place))
    });
    longest.collect()
}

/// W405: the longest `<class>_<path>_iid`.
fn long_endpoint(component: &Component) -> Option<Diagnostic> {
    let endpoint = component
        .flattened
        .iter()
        .flatten()
        .max_by_key(|endpoint| endpoint.name.len())?;
    let length = component.name.len() + endpoint.name.len() + "__iid".len();
    component
        .place
        .filter(|_| length > LONG)
        .map(|place| long(&endpoint.name, length, place))
}

fn long(of: &str, length: usize, place: crate::text::diagnostic::Place) -> Diagnostic {
    let message = format!("a generated name for `{of}` has {length} characters");
    Diagnostic::new(Code::LONG_NAME, message, place).help(format!(
        "some tools cut names after {LONG}; choose shorter ones"
    ))
}

/// How many components stand above each other in each; what is embedded stands
/// before what embeds it.
fn levels(model: &Model) -> Vec<u64> {
    let mut levels: Vec<u64> = Vec::with_capacity(model.components.len());
    for component in &model.components {
        let inner = component
            .instances
            .iter()
            .filter_map(|instance| instance.component.known());
        let inner = inner
            .filter_map(|ComponentId(id)| levels.get(id as usize))
            .max();
        levels.push(inner.map_or(0, |inner| inner.saturating_add(1)));
    }
    levels
}

fn many_levels(component: &Component, levels: u64) -> Option<Diagnostic> {
    let place = component.place.filter(|_| levels > LEVELS)?;
    let message = format!(
        "`{}` embeds components {levels} levels deep",
        component.name
    );
    let help = format!("more than {LEVELS} levels make long names and are hard to follow");
    Some(Diagnostic::new(Code::LONG_NAME, message, place).help(help))
}
