//! Values of expressions (`docs/psl.md` §9.2–§9.10). Each sort of value
//! has a function of its own, so that nothing has to be wrapped on the way; the
//! program's proof says that the sorts fit, and bounds the depth of the
//! recursion.
//!
//! | sort | value | stands for |
//! |---|---|---|
//! | number | 128 bits | every integer type, a SID, a state, a position |
//! | truth | Boolean | conditions |
//! | text | bytes | strings without their NUL, bytes |
//!
//! An expression that cannot be evaluated is a [`Cause`], and denies: there is
//! no value that stands for a failure.
use super::audit::Audit;
use super::{Cause, Event, Result};
use crate::program::{Arithmetic, Expr, Key, List, Model, Program, StaticMap, Width, index, word};
use crate::state::{Entry, Place, Row};
use crate::{DfaId, ExprId, ListId, ObjectId, Sid, State};

/// A value while an event is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'e> {
    /// Of any integer type.
    Number(i128),
    Truth(bool),
    /// UTF-8 without a terminator, or bytes.
    Text(&'e [u8]),
}

/// What expressions are read from.
#[derive(Clone, Copy)]
pub(super) struct Values<'e, 's> {
    pub(super) program: &'e Program,
    pub(super) state: &'s State,
    pub(super) event: &'s Event<'e>,
    /// Expressions of Regex objects add to it.
    pub(super) audit: &'s Audit,
}

impl<'e> Values<'e, '_> {
    /// A value of whatever sort.
    pub(super) fn value(&self, id: ExprId) -> Result<Value<'e>> {
        Ok(match self.program.expr(id).ok_or(Cause::Kind)? {
            Expr::Text(_) | Expr::String(_) | Expr::Bytes(_) => Value::Text(self.text(id)?),
            Expr::Bool(_)
            | Expr::Empty(_)
            | Expr::Not(_)
            | Expr::And(..)
            | Expr::Or(..)
            | Expr::Equal(..)
            | Expr::EqualTexts(..)
            | Expr::EqualTruths(..)
            | Expr::Less(..)
            | Expr::LessOrEqual(..)
            | Expr::Among(..)
            | Expr::Contains(..)
            | Expr::Matches { .. } => Value::Truth(self.truth(id)?),
            Expr::If(condition, a, b) => {
                return self.value(if self.truth(*condition)? { *a } else { *b });
            }
            _ => Value::Number(self.integer(id)?),
        })
    }

    /// A Boolean.
    pub(super) fn truth(&self, id: ExprId) -> Result<bool> {
        match self.program.expr(id).ok_or(Cause::Kind)? {
            Expr::Bool(truth) => Ok(*truth),
            Expr::Not(a) => Ok(!self.truth(*a)?),
            Expr::And(a, b) => Ok(self.truth(*a)? && self.truth(*b)?),
            Expr::Or(a, b) => Ok(self.truth(*a)? || self.truth(*b)?),
            Expr::Equal(a, b) => Ok(self.integer(*a)? == self.integer(*b)?),
            Expr::EqualTexts(a, b) => Ok(self.text(*a)? == self.text(*b)?),
            Expr::EqualTruths(a, b) => Ok(self.truth(*a)? == self.truth(*b)?),
            Expr::Less(a, b) => Ok(self.integer(*a)? < self.integer(*b)?),
            Expr::LessOrEqual(a, b) => Ok(self.integer(*a)? <= self.integer(*b)?),
            Expr::Among(a, list) => self.among(*a, *list),
            Expr::Empty(place) => Ok(self.chunk(*place)?.is_empty()),
            Expr::Contains(object, sid, entry) => {
                let (sid, entry) = (self.sid(*sid)?, self.entry(entry)?);
                self.state.tables(*object)?.contains(sid, &entry)
            }
            Expr::Matches { object, text, dfa } => {
                Ok(self.find(*object, *text, *dfa, "match")?.is_some())
            }
            Expr::If(condition, a, b) => self.truth(if self.truth(*condition)? { *a } else { *b }),
            _ => Err(Cause::Kind),
        }
    }

    /// An integer.
    pub(super) fn integer(&self, id: ExprId) -> Result<i128> {
        match self.program.expr(id).ok_or(Cause::Kind)? {
            Expr::Int(number) => Ok(*number),
            Expr::Number(place, width) => self.number(*place, *width),
            Expr::SrcSid => Ok(self.event.src.0.into()),
            Expr::DstSid => Ok(self.event.dst.0.into()),
            Expr::CallableSid => {
                let callable = self.event.callable.ok_or(Cause::Handle)?;
                Ok(callable.0.into())
            }
            Expr::Handle(place) => self.handle(*place),
            Expr::Size(place, size) => {
                let elements = self
                    .chunk(*place)?
                    .len()
                    .checked_div(index(*size))
                    .ok_or(Cause::Kind)?;
                i128::try_from(elements).map_err(|_| Cause::Kind)
            }
            Expr::TextSize(text) => {
                i128::try_from(self.text(*text)?.len()).map_err(|_| Cause::Kind)
            }
            Expr::Arithmetic(operation, a, b, width) => {
                calculate(*operation, self.integer(*a)?, self.integer(*b)?, *width)
            }
            Expr::Complement(a, width) => Ok(complement(self.integer(*a)?, *width)),
            Expr::State(object, sid) => Ok(self.state.state(*object, self.sid(*sid)?)?.into()),
            Expr::Entry {
                object,
                sid,
                key,
                committed,
            } => self.map_entry(*object, *sid, *key, *committed),
            Expr::Level(object, sid) => {
                Ok(self.state.grade(*object, self.sid(*sid)?)?.level.0.into())
            }
            Expr::Least(object, sid) => {
                let grade = self.state.grade(*object, self.sid(*sid)?)?;
                Ok(grade.least.unwrap_or(grade.level).0.into())
            }
            Expr::Selects { object, text, dfa } => {
                let patterns = self
                    .program
                    .dfas
                    .get(dfa.index())
                    .map_or(0, |dfa| dfa.patterns);
                Ok(self
                    .find(*object, *text, *dfa, "select")?
                    .unwrap_or(patterns)
                    .into())
            }
            Expr::If(condition, a, b) => {
                self.integer(if self.truth(*condition)? { *a } else { *b })
            }
            _ => Err(Cause::Kind),
        }
    }

    /// A text, or bytes.
    pub(super) fn text(&self, id: ExprId) -> Result<&'e [u8]> {
        match self.program.expr(id).ok_or(Cause::Kind)? {
            Expr::Text(text) => self
                .program
                .text(*text)
                .map(str::as_bytes)
                .ok_or(Cause::Kind),
            Expr::String(place) => self.string(*place),
            Expr::Bytes(place) => self.chunk(*place),
            Expr::If(condition, a, b) => self.text(if self.truth(*condition)? { *a } else { *b }),
            _ => Err(Cause::Kind),
        }
    }

    /// The SID of a subject or resource.
    pub(super) fn sid(&self, id: ExprId) -> Result<Sid> {
        u64::try_from(self.integer(id)?)
            .map(Sid)
            .map_err(|_| Cause::Sid)
    }

    /// Whether a value is in a list, which is in ascending order.
    fn among(&self, id: ExprId, list: ListId) -> Result<bool> {
        match self.program.lists.get(list.index()).ok_or(Cause::Kind)? {
            List::Numbers(numbers) => Ok(numbers.binary_search(&self.integer(id)?).is_ok()),
            List::Texts(texts) => {
                let text = self.text(id)?;
                let known = |known: &crate::TextId| {
                    self.program
                        .text(*known)
                        .map(str::as_bytes)
                        .cmp(&Some(text))
                };
                Ok(texts.binary_search_by(known).is_ok())
            }
        }
    }

    /// The first pattern that describes a whole text. Asking may be something
    /// that the audit profile wants to know.
    fn find(
        &self,
        object: ObjectId,
        text: ExprId,
        dfa: DfaId,
        method: &'static str,
    ) -> Result<Option<u16>> {
        let dfa = self.program.dfas.get(dfa.index()).ok_or(Cause::Kind)?;
        let found = self.text(text).map(|text| dfa.find(text));
        self.record_expression(object, method, found.is_ok());
        found
    }

    /// The configuration of a `StaticMap` object.
    pub(super) fn map(&self, object: ObjectId) -> Result<&'e StaticMap> {
        let object: Option<&'e Model> = self.program.object(object).map(|object| &object.model);
        object.and_then(Model::static_map).ok_or(Cause::Kind)
    }

    /// The value that a `StaticMap` object has for a SID and a key.
    /// `committed`: of the base instance.
    fn map_entry(&self, object: ObjectId, sid: ExprId, key: Key, committed: bool) -> Result<i128> {
        let map = self.map(object)?;
        let (sid, key) = (self.sid(sid)?, self.key(map, key)?);
        let place = if committed {
            Place::Base(key)
        } else {
            Place::Working(key)
        };
        self.state
            .entry(object, sid, map, place)
            .map(|word| map.width.of_word(word))
    }

    /// The position of a key.
    pub(super) fn key(&self, map: &StaticMap, key: Key) -> Result<usize> {
        match key {
            Key::At(position) => Ok(index(position)),
            Key::Of(text) => map.position(self.text(text)?).ok_or(Cause::NoKey),
        }
    }

    /// The scalars of an entry as words. Values of one type are equal exactly
    /// if their words are.
    pub(super) fn entry(&self, fields: &[ExprId]) -> Result<Entry> {
        let mut row = Row::default();
        for (word, field) in row.iter_mut().zip(fields) {
            *word = match self.value(*field)? {
                Value::Truth(truth) => u64::from(truth),
                Value::Number(number) => self::word(number).ok_or(Cause::Overflow)?,
                Value::Text(_) => return Err(Cause::Kind),
            };
        }
        Ok(Entry {
            row,
            arity: fields.len().min(row.len()),
        })
    }
}

/// Arithmetic within a type; a result outside of it fails
/// (`docs/psl.md` §14, 7).
fn calculate(operation: Arithmetic, a: i128, b: i128, width: Width) -> Result<i128> {
    let result = match operation {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::And => Some(a & b),
        Arithmetic::Or => Some(a | b),
    };
    result
        .filter(|result| width.holds(*result))
        .ok_or(Cause::Overflow)
}

/// All bits of the type flipped.
const fn complement(a: i128, width: Width) -> i128 {
    let (_, largest) = width.range();
    if width.signed() { !a } else { largest ^ a }
}
