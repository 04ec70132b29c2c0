//! What came of the tests, as text: a line for each sequence, and the first case that went otherwise.
use super::coverage::Covered;
use crate::text::diagnostic::Place;
use crate::text::position::position;
use crate::text::source::Sources;
use std::fmt::Write;

/// A sequence that was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The name of its set; empty when it has none.
    pub set: String,
    /// Its own name; empty when it has none.
    pub sequence: String,
    /// How many events happened.
    pub cases: usize,
    /// What went otherwise than expected; nothing when it passed.
    pub failure: Option<Failure>,
    /// What of the policy it has reached.
    pub(super) covered: Covered,
}

/// A case that went otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The case.
    pub place: Place,
    /// Its title.
    pub title: Option<String>,
    /// The event was denied: who, whom, what, where and why. `None`: it was granted.
    pub denied: Option<String>,
    /// What was asked, in order: where, what, its result, and what it read.
    pub rules: Vec<String>,
}

/// All outcomes as text.
#[must_use]
pub fn report(outcomes: &[Outcome], sources: &Sources) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let mark = if outcome.failure.is_none() {
            "ok  "
        } else {
            "FAIL"
        };
        let events = if outcome.cases == 1 {
            "event"
        } else {
            "events"
        };
        // writing to a string cannot fail
        let _ = writeln!(
            text,
            "{mark}  {} ({} {events})",
            name(outcome),
            outcome.cases
        );
        if let Some(failure) = &outcome.failure {
            text.push_str(&told(failure, sources));
        }
    }
    let failed = outcomes
        .iter()
        .filter(|outcome| outcome.failure.is_some())
        .count();
    let _ = match outcomes.len() {
        0 => writeln!(text, "the policy has no tests"),
        all => writeln!(text, "{} passed, {failed} failed", all - failed),
    };
    text
}

pub(super) fn name(outcome: &Outcome) -> String {
    let named = |name: &str| {
        if name.is_empty() {
            "(no name)".to_owned()
        } else {
            clean(name)
        }
    };
    format!("{} / {}", named(&outcome.set), named(&outcome.sequence))
}

fn told(failure: &Failure, sources: &Sources) -> String {
    let mut text = format!("      {}: {}\n", at(failure, sources), said(failure));
    // the sentence tells of the rule that denied; it is repeated among others only
    if failure.denied.is_none() || failure.rules.len() > 1 {
        for rule in &failure.rules {
            let _ = writeln!(text, "        {rule}");
        }
    }
    text
}

/// Where the case stands.
pub(super) fn at(failure: &Failure, sources: &Sources) -> String {
    let at = position(sources.text(failure.place.file), failure.place.span.start);
    format!(
        "{}:{}:{}",
        sources.path(failure.place.file).display(),
        at.line,
        at.column
    )
}

/// What came instead of what was expected.
pub(super) fn said(failure: &Failure) -> String {
    let title = failure
        .title
        .as_ref()
        .map(|title| format!("\"{}\": ", clean(title)))
        .unwrap_or_default();
    match &failure.denied {
        None => format!("{title}expected a denial, but it was granted"),
        Some(denied) => format!("{title}expected a grant, but it was {denied}"),
    }
}

/// Names of tests are shown on terminals.
fn clean(name: &str) -> String {
    name.replace(char::is_control, "?")
}
