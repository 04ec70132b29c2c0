//! What is told of an event: each rule with its result, and the values that it read.
use super::expr::Value;
use super::{Cause, Evaluation, Result};
use crate::program::{Expr, Level};
use crate::{ChoiceId, ExprId, ObjectId, Place, RuleId, TextId};

/// Bytes of a text that are told at most.
const MAX_TEXT: usize = 256;

/// Something that was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What was asked.
    pub asked: Asked,
    /// Whether it granted; of a choice, whether an alternative was found.
    pub result: core::result::Result<(), Cause>,
    /// Whether the audit profile in force wants to know.
    pub recorded: bool,
    /// What it read.
    pub read: Box<[Seen]>,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A rule.
    Rule(RuleId),
    /// A choice, and the position of the alternative that applies.
    Choice(ChoiceId, Option<usize>),
    /// An expression of a Regex object, told because its profile wants to know.
    Expression {
        /// The object.
        object: ObjectId,
        /// The expression: `match` or `select`.
        name: &'static str,
        /// Where the rule or choice stands that asked.
        place: Place,
    },
}

/// A value that a rule read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// As it is written in the policy.
    pub name: TextId,
    /// The value when the rule was called.
    pub before: Saw,
    /// The value behind it, if the rule changed it.
    pub after: Option<Saw>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Saw {
    /// An integer.
    Number(i128),
    /// A Boolean.
    Truth(bool),
    /// A text or bytes, or their beginning.
    Text {
        /// What is told.
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

impl Evaluation<'_, '_> {
    /// A value, to be told.
    pub(super) fn look(&self, id: ExprId) -> Saw {
        self.saw_value(id).unwrap_or_else(Saw::Failed)
    }

    fn saw_value(&self, id: ExprId) -> Result<Saw> {
        let value = self.value(id)?;
        let word = |number: i128| u64::try_from(number).map_err(|_| Cause::Kind);
        Ok(match (self.program.expr(id), value) {
            (Some(Expr::State(object, _)), Value::Number(state)) => {
                Saw::State(*object, u16::try_from(state).map_err(|_| Cause::Kind)?)
            }
            (Some(Expr::Level(object, _) | Expr::Least(object, _)), Value::Number(level)) => {
                Saw::Level(*object, Level(word(level)?))
            }
            (_, Value::Number(number)) => Saw::Number(number),
            (_, Value::Truth(truth)) => Saw::Truth(truth),
            (_, Value::Text(text)) => {
                let told = text.get(..MAX_TEXT).unwrap_or(text);
                // the last character may have been cut through
                let whole = match core::str::from_utf8(told) {
                    Err(error) if error.error_len().is_none() => {
                        told.get(..error.valid_up_to()).unwrap_or(told)
                    }
                    _ => told,
                };
                Saw::Text {
                    text: String::from_utf8_lossy(whole).into_owned(),
                    cut: told.len() < text.len(),
                }
            }
        })
    }
}
