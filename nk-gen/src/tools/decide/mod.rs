//! One event, decided as the kernel would: every binding that it fits, what each rule says and reads, and the verdict.
//! Asked with names and a message, or answered from an audit line of a running solution.
mod line;
mod question;
mod report;
mod states;

pub use line::Line;
pub use question::Question;

use crate::solution::Solution;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::tools::testing::Player;
use nk_grammar::syntax::Span;
use nk_security::Policy;
use std::fmt::Write;

/// What is told about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is granted.
    pub granted: bool,
    /// For a person.
    pub text: String,
    /// The audit line about it, with the rules behind one that denies.
    pub json: String,
}

/// Decides about an event. The texts of the question become a source of the solution, so that findings can point at them.
///
/// # Errors
/// What is wrong with the question; or nothing, when the solution has no image.
pub fn decide(solution: &mut Solution, question: &Question) -> Result<Answer, Vec<Diagnostic>> {
    let Some(image) = &solution.image else {
        return Err(Vec::new());
    };
    let policy = Policy::prove(image.tables.clone(), image.program.clone()).map_err(|refused| {
        let message = format!("internal error: the policy would not load: {refused}");
        vec![Diagnostic::new(Code::IMAGE_REFUSED, message, None)]
    })?;
    question
        .known(policy.tables())
        .map_err(|finding| vec![*finding])?;
    let cases = question.cases(question.started(solution, &policy));
    let message = question.message.as_deref();
    // the message stands behind what is parsed, so that findings can point at it
    let text = format!("{cases}\n{}\n", message.unwrap_or_default());
    let file = solution.analysis.sources.add("<question>", text);
    let (set, mut case) = question::parse(&cases, file)?;
    if let Some(message) = message {
        let offset = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let start = cases.len().saturating_add(1);
        let span = Span {
            start: offset(start),
            end: offset(start.saturating_add(message.len())),
        };
        case.fields = Some(
            question::fields(message, Place::new(file, span)).map_err(|finding| vec![*finding])?,
        );
    }
    let player = Player {
        policy: &policy,
        model: &solution.analysis.model,
        file,
    };
    let told = player
        .told(&set.setup, &case)
        .map_err(|finding| vec![*finding])?;
    let json = told.record.json(&policy, 0).to_string();
    let line =
        Line::read(&json).map_err(|why| vec![Diagnostic::new(Code::IMAGE_REFUSED, why, None)])?;
    let mut text = report::text(solution, &line);
    if let Some(remedy) = told.record.remedy(&policy) {
        // writing to a string cannot fail
        let _ = writeln!(text, "this would let it pass: {remedy}");
    }
    text.push_str(&states::text(&policy, &told));
    Ok(Answer {
        granted: line.granted(),
        text,
        json,
    })
}

/// A rule or choice of an audit line, for a person.
pub(crate) fn row(rule: &serde_json::Value) -> String {
    line::Asked::of(rule).to_string()
}

/// Answers why the event of an audit line was decided as it was.
#[must_use]
pub fn why(solution: &Solution, line: &Line) -> Answer {
    Answer {
        granted: line.granted(),
        text: report::text(solution, line),
        json: line.to_string(),
    }
}
