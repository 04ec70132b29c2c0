//! Declares the names of every package and answers what a name means inside
//! one. Source: `spec/idl.md` §5.1.
use super::duplicates::duplicates;
use super::foreign;
use crate::front::find::NameSet;
use crate::front::load::references::split;
use crate::front::load::{Program, Reach, Unit};
use crate::model::index;
use crate::model::{Int, PackageId, TypeId};
use crate::text::codes::Code;
use crate::text::diagnostic::Findings;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::suggest::{did_you_mean, is_worthwhile};
use nk_grammar::Noun;
use nk_grammar::syntax::{Idl, Item, ItemKind, QName};
use std::collections::HashMap;

/// The integer types of the language.
pub(crate) const INTEGERS: [Int; 10] = [
    Int::U8,
    Int::U16,
    Int::U32,
    Int::U64,
    Int::I8,
    Int::I16,
    Int::I32,
    Int::I64,
    Int::Size,
    Int::Ptr,
];

/// A declared name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// Position among the package's types.
    Type(u32),
    /// Position among the package's constants.
    Constant(u32),
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A built-in integer.
    Int(Int),
    /// The built-in `Handle`.
    Handle,
    /// A declared type.
    Type(TypeId),
    /// A constant: its package and its position there.
    Constant(PackageId, u32),
    /// It may come from an external package: its full name, as far as known.
    External(String),
    /// It depends on something that is reported already.
    Broken,
}

/// The names that one package can use.
#[derive(Debug, Default)]
struct Scope {
    own: HashMap<String, Symbol>,
    /// Positions of the types and of the constants among the package's items.
    types: Vec<usize>,
    constants: Vec<usize>,
    imports: Vec<PackageId>,
    external: Vec<String>,
    /// Whether an import is broken: a name that is found nowhere else may be
    /// from there.
    broken: bool,
}

/// The names of all packages.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<Scope>);

/// Declares what every package defines and imports. Reports duplicate and
/// reserved names (E105).
pub(crate) fn declare(program: &Program, findings: &mut Findings) -> Names {
    let scopes = program.packages.iter().enumerate().map(|(position, unit)| {
        findings.extend(duplicates(
            Code::DUPLICATE_NAME,
            "the name",
            unit.file,
            unit.tree.items.iter().map(|item| &item.name),
        ));
        findings.extend(reserved(unit));
        scope(program, position, unit)
    });
    Names(scopes.collect())
}

fn scope(program: &Program, position: usize, unit: &Unit<Idl>) -> Scope {
    let mut scope = Scope::default();
    for (number, item) in unit.tree.items.iter().enumerate() {
        let (list, symbol): (&mut Vec<usize>, fn(u32) -> Symbol) = match item.kind {
            ItemKind::Const { .. } => (&mut scope.constants, Symbol::Constant),
            ItemKind::Typedef(_) | ItemKind::Struct(_) | ItemKind::Union(_) => {
                (&mut scope.types, Symbol::Type)
            }
        };
        // the first of two equal names wins; the second is reported
        scope
            .own
            .entry(item.name.text.clone())
            .or_insert(symbol(index(list.len())));
        list.push(number);
    }
    for import in &unit.tree.imports {
        match program.reach(NameSet::Package, &import.text) {
            // what stands behind its user closes a cycle, which is reported
            Reach::Known(target) if target < position => scope.imports.push(PackageId::at(target)),
            Reach::External => scope.external.push(import.text.clone()),
            Reach::Known(_) | Reach::Broken => scope.broken = true,
        }
    }
    scope.imports.sort_unstable();
    scope.imports.dedup();
    scope
}

/// Names of built-in types cannot be declared (E105).
fn reserved(unit: &Unit<Idl>) -> Vec<Diagnostic> {
    let taken = unit
        .tree
        .items
        .iter()
        .filter(|item| builtin(&item.name.text).is_some());
    taken
        .map(|item| {
            let message = format!(
                "the name `{}` is reserved for the built-in type",
                item.name.text
            );
            Diagnostic::new(Code::DUPLICATE_NAME, message, unit.at(item.name.span))
                .help("choose another name")
        })
        .collect()
}

fn builtin(name: &str) -> Option<Meaning> {
    if name == "Handle" {
        return Some(Meaning::Handle);
    }
    INTEGERS
        .into_iter()
        .find(|int| int.name() == name)
        .map(Meaning::Int)
}

impl Names {
    /// The declaration of a type.
    pub(crate) fn type_item<'p>(&self, program: &'p Program, id: TypeId) -> Option<&'p Item> {
        let package = id.package.0 as usize;
        let number = self.0.get(package)?.types.get(id.index as usize)?;
        program.packages.get(package)?.tree.items.get(*number)
    }

    /// What `name` means in the package at `position`; `noun` is what is
    /// expected there. Reports unknown and ambiguous names (E106).
    pub(crate) fn meaning(
        &self,
        program: &Program,
        position: usize,
        name: &QName,
        noun: Noun,
        findings: &mut Findings,
    ) -> Meaning {
        let place = program.packages[position].at(name.span);
        match split(&name.text) {
            Some(name) => self.qualified(program, position, name, noun, place, findings),
            None => self.simple(program, position, &name.text, noun, place, findings),
        }
    }

    fn qualified(
        &self,
        program: &Program,
        position: usize,
        (package, item): (&str, &str),
        noun: Noun,
        place: Place,
        findings: &mut Findings,
    ) -> Meaning {
        let target = match program.reach(NameSet::Package, package) {
            // what stands behind its user closes a cycle, which is reported
            Reach::Known(target) if target <= position => target,
            // the own name of a file found under another name
            _ if package == program.packages[position].name.text => position,
            Reach::External => return Meaning::External(format!("{package}.{item}")),
            Reach::Known(_) | Reach::Broken => return Meaning::Broken,
        };
        if let Some(symbol) = self.0[target].own.get(item) {
            return meaning_of(PackageId::at(target), *symbol);
        }
        if may_be_lost(&program.packages[target], noun, item) {
            return Meaning::Broken;
        }
        let message = format!("package `{package}` declares no `{item}`");
        let mut finding = Diagnostic::new(Code::UNKNOWN_NAME, message, place);
        let known = &self.0[target].own;
        if is_worthwhile(findings.len(), program.options.limits.findings, known.len()) {
            finding.help = did_you_mean(item, known.keys().map(String::as_str));
        }
        findings.push(finding);
        Meaning::Broken
    }

    fn simple(
        &self,
        program: &Program,
        position: usize,
        name: &str,
        noun: Noun,
        place: Place,
        findings: &mut Findings,
    ) -> Meaning {
        if let Some(meaning) = builtin(name) {
            return meaning;
        }
        let scope = &self.0[position];
        if let Some(symbol) = scope.own.get(name) {
            return meaning_of(PackageId::at(position), *symbol);
        }
        let imported =
            |package: &PackageId| Some((*package, *self.0[package.0 as usize].own.get(name)?));
        let found: Vec<(PackageId, Symbol)> = scope.imports.iter().filter_map(imported).collect();
        match found.as_slice() {
            [(package, symbol)] => meaning_of(*package, *symbol),
            [] => self.unknown((program, position), (noun, name), place, findings),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|(package, _)| {
                        format!("`{}`", program.packages[package.0 as usize].name.text)
                    })
                    .collect();
                let message = format!("`{name}` is ambiguous: {} declare it", names.join(" and "));
                let help = "write the full name, package and name joined by a dot";
                findings.push(Diagnostic::new(Code::UNKNOWN_NAME, message, place).help(help));
                Meaning::Broken
            }
        }
    }

    /// A name that no known package declares.
    fn unknown(
        &self,
        (program, position): (&Program, usize),
        (noun, name): (Noun, &str),
        place: Place,
        findings: &mut Findings,
    ) -> Meaning {
        let (unit, scope) = (&program.packages[position], &self.0[position]);
        let builtins = || INTEGERS.iter().map(|int| int.name()).chain(["Handle"]);
        match scope.external.as_slice() {
            [package] => return Meaning::External(format!("{package}.{name}")),
            // a misspelt built-in type is not from somewhere else
            [] if (scope.broken || may_be_lost(unit, noun, name))
                && did_you_mean(name, builtins()).is_none() =>
            {
                return Meaning::Broken;
            }
            [] => {}
            // it may come from any of them
            [..] => return Meaning::External(name.to_owned()),
        }
        let imported = || {
            scope
                .imports
                .iter()
                .map(|package| &self.0[package.0 as usize].own)
        };
        let count = INTEGERS.len() + scope.own.len() + imported().map(HashMap::len).sum::<usize>();
        let known = builtins().chain(
            scope
                .own
                .keys()
                .chain(imported().flat_map(HashMap::keys))
                .map(String::as_str),
        );
        let noun = match noun {
            Noun::Type => "type",
            Noun::Constant => "constant",
        };
        let mut finding = Diagnostic::new(
            Code::UNKNOWN_NAME,
            format!("unknown {noun} `{name}`"),
            place,
        )
        .label("not built in, and not declared here or in an imported package");
        if is_worthwhile(findings.len(), program.options.limits.findings, count) {
            finding.help = did_you_mean(name, known).or_else(|| foreign::help(name));
        }
        findings.push(finding);
        Meaning::Broken
    }
}

/// Whether a part of the package that is wrong, and reported, may declare the
/// name.
fn may_be_lost(unit: &Unit<Idl>, noun: Noun, name: &str) -> bool {
    unit.lost
        .as_ref()
        .is_some_and(|lost| lost.may_declare(noun, name))
}

fn meaning_of(package: PackageId, symbol: Symbol) -> Meaning {
    match symbol {
        Symbol::Type(index) => Meaning::Type(TypeId { package, index }),
        Symbol::Constant(index) => Meaning::Constant(package, index),
    }
}
