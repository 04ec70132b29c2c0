//! The trace of an event: each rule with its result, and the values that it
//! read.
use super::expr::{Value, Values};
use super::{Cause, Result};
use crate::program::{Expr, Level};
use crate::{ChoiceId, ExprId, ObjectId, Place, RuleId, TextId};

/// Bytes of a text that a trace holds at most.
const MAX_TEXT: usize = 256;

/// A rule, choice or expression that was evaluated, and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceEntry {
    /// What was evaluated.
    pub item: Traced,
    /// Whether it granted; of a choice, whether an alternative was found.
    pub result: core::result::Result<(), Cause>,
    /// Whether the audit profile in force wants to know.
    pub recorded: bool,
    /// What it read.
    pub read: Box<[TracedRead]>,
}

/// What was evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traced {
    /// A rule.
    Rule(RuleId),
    /// A choice, and the position of the alternative that applies.
    Choice(ChoiceId, Option<usize>),
    /// An expression of a Regex object, traced because its profile wants to
    /// know.
    Expression {
        /// The object.
        object: ObjectId,
        /// The expression: `match` or `select`.
        name: &'static str,
        /// The place of the rule or choice that holds it.
        place: Place,
    },
}

/// A value that a rule read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedRead {
    /// As it is written in the policy.
    pub name: TextId,
    /// The value when the rule was called.
    pub before: TracedValue,
    /// The value behind it, if the rule changed it.
    pub after: Option<TracedValue>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TracedValue {
    /// An integer.
    Number(i128),
    /// A Boolean.
    Truth(bool),
    /// A text or bytes, or their beginning.
    Text {
        /// As much of it as the trace holds.
        text: String,
        /// Whether there is more.
        cut: bool,
    },
    /// The state of a Flow object.
    State(ObjectId, u16),
    /// A level of a Mic object.
    Level(ObjectId, Level),
    /// There is none.
    Failed(Cause),
}

impl Values<'_, '_> {
    /// A value as the trace holds it.
    pub(super) fn traced(&self, id: ExprId) -> TracedValue {
        self.traced_value(id).unwrap_or_else(TracedValue::Failed)
    }

    /// States and levels are kept with their object, which gives them their
    /// names.
    fn traced_value(&self, id: ExprId) -> Result<TracedValue> {
        let value = self.value(id)?;
        let word = |number: i128| u64::try_from(number).map_err(|_| Cause::Kind);
        Ok(match (self.program.expr(id), value) {
            (Some(Expr::State(object, _)), Value::Number(state)) => {
                TracedValue::State(*object, u16::try_from(state).map_err(|_| Cause::Kind)?)
            }
            (Some(Expr::Level(object, _) | Expr::Least(object, _)), Value::Number(level)) => {
                TracedValue::Level(*object, Level(word(level)?))
            }
            (_, Value::Number(number)) => TracedValue::Number(number),
            (_, Value::Truth(truth)) => TracedValue::Truth(truth),
            (_, Value::Text(text)) => {
                let kept = text.get(..MAX_TEXT).unwrap_or(text);
                // the last character may have been cut through
                let whole = match core::str::from_utf8(kept) {
                    Err(error) if error.error_len().is_none() => {
                        kept.get(..error.valid_up_to()).unwrap_or(kept)
                    }
                    _ => kept,
                };
                TracedValue::Text {
                    text: String::from_utf8_lossy(whole).into_owned(),
                    cut: kept.len() < text.len(),
                }
            }
        })
    }
}
