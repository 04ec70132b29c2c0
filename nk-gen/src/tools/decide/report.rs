//! A decision for a person: the bindings in textual order, below each the rules that were asked, and why.
use super::line::{Asked, Line};
use crate::policy::check::bindings::{Matching, matching};
use crate::policy::check::event::NamedEvent;
use crate::solution::Solution;
use crate::text::diagnostic::Place;
use crate::text::position::position;
use nk_grammar::psl::Event;
use nk_security::{Kind, Policy, Step, Tree};
use std::fmt::Write;

/// The decision of a line, explained by the solution's policy.
pub(super) fn text(solution: &Solution, line: &Line) -> String {
    let name = |key| line.get(key).unwrap_or("?");
    let event = NamedEvent {
        event: line.event(),
        src: name("src"),
        dst: name("dst"),
        endpoint: line.get("endpoint"),
        method: line.get("method"),
    };
    // writing to a string cannot fail
    let mut text = format!("{}: {}\n", name("decision"), described(&event));
    let bindings = matching(
        &solution.policy,
        &solution.table,
        &solution.analysis.model,
        &event,
    );
    let mut asked = line.asked();
    let behind = if line.granted() {
        Vec::new()
    } else {
        not_asked(solution, &event, &asked)
    };
    if bindings.is_empty() {
        text.push_str("  no binding fits it\n");
    }
    for binding in &bindings {
        let _ = writeln!(
            text,
            "  {}  {}",
            shown(solution, binding.place),
            binding.head
        );
        let inside = |place: &str| holds(solution, binding, place);
        let (own, others): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|asked| inside(asked.place));
        asked = others;
        let unasked: Vec<&String> = behind.iter().filter(|place| inside(place)).collect();
        if own.is_empty() && unasked.is_empty() {
            text.push_str("      no rule in it was asked\n");
        }
        for asked in &own {
            row(&mut text, asked);
        }
        for place in unasked {
            let _ = writeln!(
                text,
                "      {place}  not asked: the event was denied before"
            );
        }
    }
    if !asked.is_empty() {
        text.push_str("  in no binding of this policy, so that the line is from another one:\n");
        for asked in &asked {
            row(&mut text, asked);
        }
    }
    if let Some(reason) = line.get("reason") {
        let place = line
            .get("place")
            .map(|place| format!("{place}: "))
            .unwrap_or_default();
        let _ = writeln!(text, "because {place}{reason}");
    }
    text
}

fn described(event: &NamedEvent<'_>) -> String {
    let to = if event.event == Event::Security {
        String::new()
    } else {
        format!(" -> {}", event.dst)
    };
    let parts = [event.endpoint, event.method].into_iter().flatten();
    let what = parts.fold(String::new(), |all, part| format!("{all} {part}"));
    format!("{} {}{to}{what}", event.event.name(), event.src)
}

fn row(text: &mut String, asked: &Asked<'_>) {
    let _ = writeln!(text, "      {asked}");
}

/// A place as audit lines show it.
fn shown(solution: &Solution, place: Place) -> String {
    let at = position(solution.analysis.sources.text(place.file), place.span.start);
    format!("{}:{}:{}", file(solution, place), at.line, at.column)
}

fn file(solution: &Solution, place: Place) -> String {
    let known = solution
        .policy_files
        .iter()
        .position(|file| *file == place.file);
    let name = known.and_then(|at| solution.image.as_ref()?.program.files.get(at).cloned());
    name.unwrap_or_else(|| {
        solution
            .analysis
            .sources
            .path(place.file)
            .display()
            .to_string()
    })
}

/// Whether a place of an audit line stands in a binding.
fn holds(solution: &Solution, binding: &Matching, place: &str) -> bool {
    let mut parts = place.rsplitn(3, ':');
    let mut number = || parts.next().and_then(|n| n.parse::<usize>().ok());
    let (column, line) = (number(), number());
    let (Some(name), Some(at)) = (parts.next(), line.zip(column)) else {
        return false;
    };
    let text = solution.analysis.sources.text(binding.place.file);
    let (start, end) = (
        position(text, binding.place.span.start),
        position(text, binding.place.span.end),
    );
    name == file(solution, binding.place)
        && (start.line, start.column) <= at
        && at < (end.line, end.column)
}

/// The places of the rules and choices that stand behind the last that was asked.
fn not_asked(solution: &Solution, event: &NamedEvent<'_>, asked: &[Asked<'_>]) -> Vec<String> {
    let all = steps(solution, event).unwrap_or_default();
    let last = all
        .iter()
        .rposition(|place| asked.iter().any(|asked| asked.place == place));
    last.map_or(Vec::new(), |last| {
        all.into_iter().skip(last.saturating_add(1)).collect()
    })
}

/// The places of everything that decides about an event, without the insides of choices.
fn steps(solution: &Solution, event: &NamedEvent<'_>) -> Option<Vec<String>> {
    let image = solution.image.as_ref()?;
    let policy = Policy::prove(image.tables.clone(), image.program.clone()).ok()?;
    let (tables, program) = (&image.tables, &image.program);
    let (src, dst) = (
        tables.class_named(event.src)?,
        tables.class_named(event.dst).unwrap_or_default(),
    );
    let kind = match event.event {
        Event::Request => Kind::Request,
        Event::Response => Kind::Response,
        Event::Error => Kind::Error,
        Event::Security => Kind::Security,
        Event::Execute => Kind::Execute,
    };
    let serving = tables.class(if kind == Kind::Request { dst } else { src })?;
    let endpoints = if kind == Kind::Security {
        &serving.security
    } else {
        &serving.endpoints
    };
    let mut methods = endpoints.iter().flat_map(|endpoint| {
        let methods = tables
            .interface(endpoint.interface)
            .map_or(&[][..], |interface| &interface.methods);
        methods
            .iter()
            .map(|method| (endpoint.name.as_str(), method.name.as_str()))
    });
    let named = event.endpoint.zip(event.method);
    let method = if kind == Kind::Execute {
        0
    } else {
        methods.position(|one| Some(one) == named)?
    };
    let tree = program.tree(kind, tables.classes.len(), src, dst, method)?;
    let Some(Tree::Rules(body)) = program.trees.get(tree.index()) else {
        return None;
    };
    let place = |step: &Step| match step {
        Step::Rule(rule) => program.rule(*rule).map(|rule| rule.place),
        Step::Choice(choice) => program
            .choices
            .get(choice.index())
            .map(|choice| choice.place),
    };
    let places = program.body(*body).iter().filter_map(place);
    Some(
        places
            .map(|place| policy.shown(place).to_string())
            .collect(),
    )
}
