//! Puts the descriptions into dependency order and reports what depends on
//! itself (E104).
use super::{NameSet, Program, Reach, Unit};
use crate::front::order::{chain, order};
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
    let renumber = |set: NameSet, position: &mut usize| {
        let positions = if set == NameSet::Package {
            &package_positions
        } else {
            &component_positions
        };
        *position = positions.get(position).copied().unwrap_or(*position);
    };
    program
        .roots
        .iter_mut()
        .for_each(|(set, position)| renumber(*set, position));
    for (set, names) in &mut program.names {
        for reach in names.values_mut() {
            if let Reach::Known(position) = reach {
                renumber(*set, position);
            }
        }
    }
    Program {
        packages,
        components,
        ..program
    }
}

/// The units in their new order, and the new position of each old one.
fn sorted<T>(
    units: Vec<Unit<T>>,
    program: &Program,
    findings: &mut Vec<Diagnostic>,
) -> (Vec<Unit<T>>, HashMap<usize, usize>) {
    let uses: Vec<Vec<usize>> = units.iter().map(|unit| uses(unit, program)).collect();
    let found = order(&uses);
    findings.extend(
        found
            .cycles
            .iter()
            .filter_map(|cycle| depends_on_itself(&units, cycle, program)),
    );
    let positions = found
        .sequence
        .iter()
        .enumerate()
        .map(|(new, old)| (*old, new))
        .collect();
    let mut units: Vec<Option<Unit<T>>> = units.into_iter().map(Some).collect();
    let sorted = found
        .sequence
        .iter()
        .filter_map(|old| units[*old].take())
        .collect();
    (sorted, positions)
}

fn uses<T>(unit: &Unit<T>, program: &Program) -> Vec<usize> {
    let first = unit
        .references
        .iter()
        .filter(|reference| reference.role.comes_first());
    first
        .filter_map(|r| target(program, r.role.set(), &r.name))
        .collect()
}

fn target(program: &Program, set: NameSet, name: &str) -> Option<usize> {
    match program.reach(set, name) {
        Reach::Known(position) => Some(position),
        Reach::External | Reach::Broken => None,
    }
}

fn depends_on_itself<T>(
    units: &[Unit<T>],
    cycle: &[usize],
    program: &Program,
) -> Option<Diagnostic> {
    let (first, last) = (*cycle.first()?, &units[*cycle.last()?]);
    let closing = last
        .references
        .iter()
        .find(|r| r.role.comes_first() && target(program, r.role.set(), &r.name) == Some(first))?;
    let chain = chain(cycle, |unit| &units[unit].name.text);
    let verb = if closing.role.set() == NameSet::Package {
        "imports"
    } else {
        "embeds"
    };
    let message = format!("`{}` {verb} itself: {chain}", units[first].name.text);
    let mut finding =
        Diagnostic::new(Code::CYCLE, message, last.at(closing.span)).label("this closes the cycle");
    for pair in cycle.windows(2) {
        let (user, target_position) = (&units[pair[0]], pair[1]);
        let edge = user
            .references
            .iter()
            .find(|r| target(program, r.role.set(), &r.name) == Some(target_position));
        if let Some(edge) = edge {
            finding = finding.other(
                user.at(edge.span),
                format!("`{}` {verb} `{}`", user.name.text, edge.name),
            );
        }
    }
    Some(finding)
}
