//! What of a policy its tests reach: bindings, alternatives of choices, transitions of Flow objects.
use super::Outcome;
use crate::solution::Solution;
use crate::text::position::position;
use nk_grammar::psl::DeclarationKind;
use nk_security::{Call, ObjectId, Place, Policy, Program, Reason, Record, Traced, TracedValue};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Covered {
    /// Where the rules and choices stand that were asked.
    asked: BTreeSet<(u32, u32, u32)>,
    /// Where the choices stand, and the positions of the alternatives that applied.
    chosen: BTreeSet<((u32, u32, u32), usize)>,
    /// Objects, and the states before and behind.
    entered: BTreeSet<(ObjectId, u16, u16)>,
}

const fn key(place: Place) -> (u32, u32, u32) {
    (place.file.0, place.line, place.column)
}

impl Covered {
    /// Takes in what was asked about an event: up to what denied it.
    pub(super) fn add(&mut self, policy: &Policy, record: &Record) {
        let Some(program) = policy.program() else {
            return;
        };
        let granted = record.reason == Reason::Granted;
        for entry in &record.trace {
            match entry.item {
                Traced::Rule(rule) => {
                    let Some(rule) = program.rule(rule) else {
                        continue;
                    };
                    self.asked.insert(key(rule.place));
                    let from = entry.read.iter().find_map(|seen| match seen.before {
                        TracedValue::State(object, state) if object == rule.object => Some(state),
                        _ => None,
                    });
                    if let (Call::Enter(_, to), Some(from), true) = (&rule.call, from, granted) {
                        self.entered.insert((rule.object, from, *to));
                    }
                }
                Traced::Choice(choice, chosen) => {
                    let Some(choice) = program.choices.get(choice.index()) else {
                        continue;
                    };
                    self.asked.insert(key(choice.place));
                    self.chosen.extend(chosen.map(|at| (key(choice.place), at)));
                }
                Traced::Expression { .. } => {}
            }
            if entry.result.is_err() {
                return;
            }
        }
    }

    fn join(&mut self, other: &Self) {
        self.asked.extend(&other.asked);
        self.chosen.extend(&other.chosen);
        self.entered.extend(&other.entered);
    }
}

/// How much all tests together reach, and what none of them does.
#[must_use]
pub fn coverage(solution: &Solution, outcomes: &[Outcome]) -> String {
    let mut covered = Covered::default();
    for outcome in outcomes {
        covered.join(&outcome.covered);
    }
    let Some(program) = solution.image.as_ref().map(|image| &image.program) else {
        return String::new();
    };
    let parts = [
        (
            "bindings",
            "never asked",
            bindings(solution, program, &covered),
        ),
        (
            "alternatives",
            "never chosen",
            alternatives(program, &covered),
        ),
        ("transitions", "never made", transitions(program, &covered)),
    ];
    let mut text = String::new();
    for (what, never, all) in parts {
        let missing: Vec<&String> = all
            .iter()
            .filter(|(reached, _)| !reached)
            .map(|(_, name)| name)
            .collect();
        // writing to a string cannot fail
        let _ = writeln!(
            text,
            "{what}: {} of {}",
            all.len() - missing.len(),
            all.len()
        );
        for name in missing {
            let _ = writeln!(text, "  {never}: {name}");
        }
    }
    text
}

/// Whether something was reached, and its name.
type Reached = Vec<(bool, String)>;

fn bindings(solution: &Solution, program: &Program, covered: &Covered) -> Reached {
    let mut all = Reached::new();
    for (file, declaration) in &solution.policy.declarations {
        let DeclarationKind::Binding(binding) = &declaration.kind else {
            continue;
        };
        let text = solution.analysis.sources.text(*file);
        let [start, end] = [declaration.span.start, declaration.span.end].map(|offset| {
            let at = position(text, offset);
            (
                u32::try_from(at.line).unwrap_or(u32::MAX),
                u32::try_from(at.column).unwrap_or(u32::MAX),
            )
        });
        let number = solution.policy_files.iter().position(|known| known == file);
        let number = number.and_then(|number| u32::try_from(number).ok());
        let reached = number.is_some_and(|number| {
            covered
                .asked
                .range((number, start.0, start.1)..(number, end.0, end.1))
                .next()
                .is_some()
        });
        let path = solution.analysis.sources.path(*file).display().to_string();
        let named = number
            .and_then(|number| program.files.get(number as usize))
            .unwrap_or(&path);
        all.push((
            reached,
            format!("{named}:{}:{} {}", start.0, start.1, binding.event.name()),
        ));
    }
    all
}

/// A choice is compiled once for every method that it can be about: all of them count as one.
fn alternatives(program: &Program, covered: &Covered) -> Reached {
    let all = program
        .choices
        .iter()
        .flat_map(|choice| (0..choice.alternatives.len()).map(|at| (key(choice.place), at)));
    let all: BTreeSet<((u32, u32, u32), usize)> = all.collect();
    let name = |((file, line, column), at): ((u32, u32, u32), usize)| {
        let file = program.files.get(file as usize).map_or("?", String::as_str);
        format!("{file}:{line}:{column} choice, alternative {}", at + 1)
    };
    all.into_iter()
        .map(|one| (covered.chosen.contains(&one), name(one)))
        .collect()
}

fn transitions(program: &Program, covered: &Covered) -> Reached {
    let mut all = Reached::new();
    for (at, object) in program.objects.iter().enumerate() {
        let (Some(id), Some(flow)) = (ObjectId::new(at), object.model.flow()) else {
            continue;
        };
        for (from, targets) in (0..).zip(&flow.transitions) {
            for to in targets {
                let state = |state: u16| {
                    flow.states
                        .get(usize::from(state))
                        .map_or("?", String::as_str)
                };
                let name = format!("{} \"{}\" → \"{}\"", object.name, state(from), state(*to));
                all.push((covered.entered.contains(&(id, from, *to)), name));
            }
        }
    }
    all
}
