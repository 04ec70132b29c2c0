//! What came of the tests, in the Test Anything Protocol (version 14).
use super::Outcome;
use super::report::{at, name, said};
use crate::text::source::Sources;
use std::fmt::Write;

/// All outcomes as TAP: a test point for each sequence.
#[must_use]
pub fn tap(outcomes: &[Outcome], sources: &Sources) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", outcomes.len());
    for (number, outcome) in (1..).zip(outcomes) {
        let mark = if outcome.failure.is_none() {
            "ok"
        } else {
            "not ok"
        };
        // `#` would begin a directive; writing to a string cannot fail
        let _ = writeln!(
            text,
            "{mark} {number} - {}",
            name(outcome).replace('\\', "\\\\").replace('#', "\\#")
        );
        if let Some(failure) = &outcome.failure {
            let _ = writeln!(
                text,
                "  ---\n  message: {:?}\n  at: {:?}",
                said(failure),
                at(failure, sources)
            );
            if !failure.rules.is_empty() {
                text.push_str("  rules:\n");
                for rule in &failure.rules {
                    let _ = writeln!(text, "    - {rule:?}");
                }
            }
            text.push_str("  ...\n");
        }
    }
    text
}
