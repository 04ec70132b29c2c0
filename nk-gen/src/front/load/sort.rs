//! Puts the descriptions into dependency order and reports what depends on
//! itself (E104).
//!
//! After this step positions do not change any more: position *n* among the
//! packages is package id *n* of the model, and everything that a unit needs to
//! be understood has a smaller number.
use super::references::Reference;
use super::{NameSet, Program, Reach, Unit};
use crate::front::order::{Order, chain, order};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use std::collections::HashMap;

/// Renumbers the descriptions so that what is used stands before its user.
/// Where that is impossible, because descriptions use each other, the user
/// stands first: a later pass takes a use of something that stands behind as
/// broken.
pub(super) fn sort(mut program: Program, findings: &mut Vec<Diagnostic>) -> Program {
    let (packages, package_positions) =
        sorted(std::mem::take(&mut program.packages), &program, findings);
    let (components, component_positions) =
        sorted(std::mem::take(&mut program.components), &program, findings);
    (program.packages, program.components) = (packages, components);
    let moved = |set, position: usize| {
        let positions = match set {
            NameSet::Package => &package_positions,
            NameSet::Component => &component_positions,
        };
        positions.get(&position).copied().unwrap_or(position)
    };
    renumber(&mut program, moved);
    program
}

/// Gives every root and every known name the position that `moved` says.
fn renumber(program: &mut Program, moved: impl Fn(NameSet, usize) -> usize) {
    for (set, position) in &mut program.roots {
        *position = moved(*set, *position);
    }
    for (set, names) in &mut program.names {
        for reach in names.values_mut() {
            if let Reach::Known(position) = reach {
                *position = moved(*set, *position);
            }
        }
    }
}

/// The units in their new order, and the new position of each old one. Reports
/// every cycle (E104).
fn sorted<T>(
    units: Vec<Unit<T>>,
    program: &Program,
    findings: &mut Vec<Diagnostic>,
) -> (Vec<Unit<T>>, HashMap<usize, usize>) {
    let uses: Vec<Vec<usize>> = units.iter().map(|unit| uses(unit, program)).collect();
    let Order { sequence, cycles } = order(&uses);
    findings.extend(
        cycles
            .iter()
            .filter_map(|cycle| depends_on_itself(&units, cycle, program)),
    );
    let positions = sequence
        .iter()
        .enumerate()
        .map(|(new, old)| (*old, new))
        .collect();
    let mut units: Vec<Option<Unit<T>>> = units.into_iter().map(Some).collect();
    let sorted = sequence
        .iter()
        .filter_map(|old| units[*old].take())
        .collect();
    (sorted, positions)
}

/// The positions of the units that have to come before this one, in the order
/// of the mentions.
fn uses<T>(unit: &Unit<T>, program: &Program) -> Vec<usize> {
    let first = unit
        .references
        .iter()
        .filter(|reference| reference.role.comes_first());
    first
        .filter_map(|r| target(program, r.role.set(), &r.name))
        .collect()
}

/// The position behind a name, if a description was loaded for it.
fn target(program: &Program, set: NameSet, name: &str) -> Option<usize> {
    match program.reach(set, name) {
        Reach::Known(position) => Some(position),
        Reach::External | Reach::Broken => None,
    }
}

/// E104 at the mention that closes a cycle, with the other mentions of the
/// chain as further places. `None` when no mention is found, which means that
/// the cycle is not one.
fn depends_on_itself<T>(
    units: &[Unit<T>],
    cycle: &[usize],
    program: &Program,
) -> Option<Diagnostic> {
    let (first, last) = (*cycle.first()?, &units[*cycle.last()?]);
    let closing = edge(last, first, program)?;
    let verb = if closing.role.set() == NameSet::Package {
        "imports"
    } else {
        "embeds"
    };
    let chain = chain(cycle, |unit| &units[unit].name.text);
    let message = format!("`{}` {verb} itself: {chain}", units[first].name.text);
    let mut finding =
        Diagnostic::new(Code::CYCLE, message, last.at(closing.span)).label("this closes the cycle");
    for pair in cycle.windows(2) {
        let user = &units[pair[0]];
        if let Some(edge) = edge(user, pair[1], program) {
            let text = format!("`{}` {verb} `{}`", user.name.text, edge.name);
            finding = finding.other(user.at(edge.span), text);
        }
    }
    Some(finding)
}

/// The first mention by which a unit depends on the unit at a position.
fn edge<'u, T>(user: &'u Unit<T>, position: usize, program: &Program) -> Option<&'u Reference> {
    user.references.iter().find(|reference| {
        let role = reference.role;
        role.comes_first() && target(program, role.set(), &reference.name) == Some(position)
    })
}
