//! Declares the names of every package and answers what a name means inside
//! one. Source: `docs/languages.md` §5.1.
//!
//! A package sees its own declarations, those of the packages that it imports,
//! and by its full name any package that was loaded: `Speed`, or
//! `drone.Units.Speed`. Its own declaration hides an imported one; two imported
//! ones of one name are ambiguous and have to be written in full. Imports are
//! not handed on: importing `a` does not make visible what `a` imports.
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
///
/// Their names are reserved in every package, like `Handle`.
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
///
/// The numbers count types and constants each for themselves, as the model
/// does.
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
    ///
    /// `name` for one of several external imports, `package.name` where only
    /// one is possible.
    External(String),
    /// It depends on something that is reported already.
    Broken,
}

/// The names that one package can use.
#[derive(Debug, Default)]
struct Scope {
    /// What the package declares.
    own: HashMap<String, Symbol>,
    /// Positions of the types and of the constants among the package's items.
    types: Vec<usize>,
    /// Positions of the constants among the package's items.
    constants: Vec<usize>,
    /// The packages that it imports, sorted and each once.
    imports: Vec<PackageId>,
    /// Imports without a description: an unknown name may come from there.
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
        let names = unit.tree.items.iter().map(|item| &item.name);
        findings.extend(duplicates(
            Code::DUPLICATE_NAME,
            "the name",
            unit.file,
            names,
        ));
        findings.extend(reserved(unit));
        scope(program, position, unit)
    });
    Names(scopes.collect())
}

/// What the package at a position defines and imports.
fn scope(program: &Program, position: usize, unit: &Unit<Idl>) -> Scope {
    let mut scope = Scope::default();
    for (number, item) in unit.tree.items.iter().enumerate() {
        scope.define(number, item);
    }
    for import in &unit.tree.imports {
        scope.import(
            position,
            &import.text,
            program.reach(NameSet::Package, &import.text),
        );
    }
    scope.imports.sort_unstable();
    scope.imports.dedup();
    scope
}

impl Scope {
    /// Takes in the item of this number. The first of two equal names wins; the
    /// second is reported.
    fn define(&mut self, number: usize, item: &Item) {
        let (list, symbol): (&mut Vec<usize>, fn(u32) -> Symbol) = match item.kind {
            ItemKind::Const { .. } => (&mut self.constants, Symbol::Constant),
            ItemKind::Typedef(_) | ItemKind::Struct(_) | ItemKind::Union(_) => {
                (&mut self.types, Symbol::Type)
            }
        };
        let name = item.name.text.clone();
        self.own.entry(name).or_insert(symbol(index(list.len())));
        list.push(number);
    }

    /// Takes in an import of the package at `position`. What stands behind its
    /// user closes a cycle, which is reported.
    fn import(&mut self, position: usize, name: &str, reach: Reach) {
        match reach {
            Reach::Known(target) if target < position => self.imports.push(PackageId::at(target)),
            Reach::External => self.external.push(name.to_owned()),
            Reach::Known(_) | Reach::Broken => self.broken = true,
        }
    }
}

/// Names of built-in types cannot be declared (E105).
fn reserved(unit: &Unit<Idl>) -> impl Iterator<Item = Diagnostic> {
    let names = unit.tree.items.iter().map(|item| &item.name);
    names
        .filter(|name| builtin(&name.text).is_some())
        .map(|name| {
            let message = format!("the name `{}` is reserved for the built-in type", name.text);
            Diagnostic::new(Code::DUPLICATE_NAME, message, unit.at(name.span))
                .help("choose another name")
        })
}

/// A built-in type by its name.
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
    ///
    /// `noun` does not choose between meanings: a type where a constant is
    /// expected is answered as what it is, and the caller words the mistake.
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

    /// What `package.item` means in the package at a position, whether or not
    /// it is imported.
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
        let own = &self.0[target].own;
        if let Some(symbol) = own.get(item) {
            return meaning_of(PackageId::at(target), *symbol);
        }
        if !may_be_lost(&program.packages[target], noun, item) {
            let message = format!("package `{package}` does not declare `{item}`");
            let mut finding = Diagnostic::new(Code::UNKNOWN_NAME, message, place);
            if is_worthwhile(findings.len(), program.options.limits.findings, own.len()) {
                finding.help = did_you_mean(item, own.keys().map(String::as_str));
            }
            findings.push(finding);
        }
        Meaning::Broken
    }

    /// What a name without dots means in the package at a position: a built-in
    /// type, else an own declaration, else that of the one import that has it.
    /// Two imports that have it make it ambiguous.
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
        let declares = |package: &PackageId| Some((*package, *self.own(*package).get(name)?));
        let found: Vec<(PackageId, Symbol)> = scope.imports.iter().filter_map(declares).collect();
        match found.as_slice() {
            [(package, symbol)] => meaning_of(*package, *symbol),
            [] => self.unknown((program, position), (noun, name), place, findings),
            several => {
                findings.push(ambiguous(program, name, several, place));
                Meaning::Broken
            }
        }
    }

    /// What a package declares itself.
    fn own(&self, package: PackageId) -> &HashMap<String, Symbol> {
        &self.0[package.0 as usize].own
    }

    /// A name that no known package declares: one of an external or a broken
    /// import, or a mistake.
    fn unknown(
        &self,
        (program, position): (&Program, usize),
        (noun, name): (Noun, &str),
        place: Place,
        findings: &mut Findings,
    ) -> Meaning {
        let (unit, scope) = (&program.packages[position], &self.0[position]);
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
        let message = format!("unknown {} `{name}`", word(noun));
        let mut finding = Diagnostic::new(Code::UNKNOWN_NAME, message, place)
            .label("not built in, and not declared here or in an imported package");
        // counted without a walk over the names: a hostile text has thousands of unknown ones
        let imported = scope.imports.iter().map(|package| self.own(*package).len());
        let count = INTEGERS.len() + scope.own.len() + imported.sum::<usize>();
        if is_worthwhile(findings.len(), program.options.limits.findings, count) {
            finding.help = did_you_mean(name, self.known(scope)).or_else(|| foreign::help(name));
        }
        findings.push(finding);
        Meaning::Broken
    }

    /// Every name that a package can use without dots.
    fn known<'s>(&'s self, scope: &'s Scope) -> impl Iterator<Item = &'s str> {
        let imported = scope
            .imports
            .iter()
            .flat_map(|package| self.own(*package).keys());
        let declared = scope.own.keys().chain(imported);
        builtins().chain(declared.map(String::as_str))
    }
}

/// Whether a part of the package that is wrong, and reported, may declare the
/// name.
fn may_be_lost(unit: &Unit<Idl>, noun: Noun, name: &str) -> bool {
    unit.lost
        .as_ref()
        .is_some_and(|lost| lost.may_declare(noun, name))
}

/// E106: several imports declare a name.
fn ambiguous(
    program: &Program,
    name: &str,
    several: &[(PackageId, Symbol)],
    place: Place,
) -> Diagnostic {
    let package = |id: &PackageId| &program.packages[id.0 as usize].name.text;
    let names: Vec<String> = several
        .iter()
        .map(|(id, _)| format!("`{}`", package(id)))
        .collect();
    let message = format!("`{name}` is ambiguous: {} declare it", names.join(" and "));
    let help = "write the full name, package and name joined by a dot";
    Diagnostic::new(Code::UNKNOWN_NAME, message, place).help(help)
}

/// The names of the built-in types.
fn builtins<'s>() -> impl Iterator<Item = &'s str> {
    INTEGERS.iter().map(|int| int.name()).chain(["Handle"])
}

/// What is expected, in words.
const fn word(noun: Noun) -> &'static str {
    match noun {
        Noun::Type => "type",
        Noun::Constant => "constant",
    }
}

/// A symbol of a package as a meaning.
fn meaning_of(package: PackageId, symbol: Symbol) -> Meaning {
    match symbol {
        Symbol::Type(index) => Meaning::Type(TypeId { package, index }),
        Symbol::Constant(index) => Meaning::Constant(package, index),
    }
}
