//! Values of expressions. Nothing here can panic: what does not fit the program fails, and what fails denies.
use super::{Cause, Evaluation};
use crate::program::{Arithmetic, Expr, Width, index};
use crate::{ExprId, Sid};
use nk_runtime::HEADER_SIZE;

/// A value while an event is decided.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'e> {
    /// Of any integer type.
    Int(i128),
    Bool(bool),
    /// UTF-8 without a terminator.
    Text(&'e [u8]),
}

impl Value<'_> {
    pub(super) fn equals(self, other: Self) -> Result<bool> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Ok(a == b),
            (Self::Bool(a), Self::Bool(b)) => Ok(a == b),
            (Self::Text(a), Self::Text(b)) => Ok(a == b),
            _ => Err(Cause::Kind),
        }
    }
}

type Result<T> = core::result::Result<T, Cause>;

impl<'e> Evaluation<'e, '_> {
    /// The depth of the recursion is bounded by the program's proof.
    pub(super) fn value(&self, id: ExprId) -> Result<Value<'e>> {
        let program = self.program;
        Ok(match program.exprs.get(id.index()).ok_or(Cause::Kind)? {
            Expr::Int(number) => Value::Int(*number),
            Expr::Bool(truth) => Value::Bool(*truth),
            Expr::Text(text) => Value::Text(program.texts.get(text.index()).ok_or(Cause::Kind)?.as_bytes()),
            Expr::SrcSid => Value::Int(self.event.src.0.into()),
            Expr::DstSid => Value::Int(self.event.dst.0.into()),
            Expr::Number(place, width) => Value::Int(number(self.place(*place)?, *width)?),
            Expr::String(place) => Value::Text(self.string(*place)?),
            Expr::Handle(place) => Value::Int(self.handle(*place)?),
            Expr::Size(place, size) => {
                let elements = self.chunk(*place)?.len().checked_div(index(*size)).ok_or(Cause::Kind)?;
                Value::Int(i128::try_from(elements).map_err(|_| Cause::Kind)?)
            }
            Expr::TextSize(text) => match self.value(*text)? {
                Value::Text(text) => Value::Int(i128::try_from(text.len()).map_err(|_| Cause::Kind)?),
                _ => return Err(Cause::Kind),
            },
            Expr::Arithmetic(operation, a, b, width) => {
                Value::Int(calculate(*operation, self.integer(*a)?, self.integer(*b)?, *width)?)
            }
            Expr::Complement(a, width) => Value::Int(complement(self.integer(*a)?, *width)),
            Expr::State(object, sid) => Value::Int(self.state.automaton(*object, self.sid(*sid)?)?.into()),
            Expr::If(condition, then, otherwise) => {
                let chosen = if self.truth(*condition)? { then } else { otherwise };
                return self.value(*chosen);
            }
            Expr::Place(_) | Expr::Field(..) | Expr::Element { .. } | Expr::Item { .. } | Expr::Variant { .. } => {
                return Err(Cause::Kind);
            }
            _ => Value::Bool(self.truth(id)?),
        })
    }

    /// A Boolean.
    pub(super) fn truth(&self, id: ExprId) -> Result<bool> {
        match self.program.exprs.get(id.index()).ok_or(Cause::Kind)? {
            Expr::Bool(truth) => Ok(*truth),
            Expr::Not(a) => Ok(!self.truth(*a)?),
            Expr::And(a, b) => Ok(self.truth(*a)? && self.truth(*b)?),
            Expr::Or(a, b) => Ok(self.truth(*a)? || self.truth(*b)?),
            Expr::Equal(a, b) => self.value(*a)?.equals(self.value(*b)?),
            Expr::Less(a, b) => Ok(self.integer(*a)? < self.integer(*b)?),
            Expr::LessOrEqual(a, b) => Ok(self.integer(*a)? <= self.integer(*b)?),
            Expr::Empty(place) => Ok(self.chunk(*place)?.is_empty()),
            Expr::EmptyText(text) => match self.value(*text)? {
                Value::Text(text) => Ok(text.is_empty()),
                _ => Err(Cause::Kind),
            },
            Expr::Contains(object, sid, entry) => {
                let (sid, entry) = (self.sid(*sid)?, self.entry(entry)?);
                self.state.pool(*object)?.contains(sid, entry)
            }
            Expr::If(condition, then, otherwise) => {
                let chosen = if self.truth(*condition)? { then } else { otherwise };
                self.truth(*chosen)
            }
            _ => Err(Cause::Kind),
        }
    }

    /// An integer.
    pub(super) fn integer(&self, id: ExprId) -> Result<i128> {
        match self.value(id)? {
            Value::Int(number) => Ok(number),
            _ => Err(Cause::Kind),
        }
    }

    /// What begins at a place of the message.
    fn place(&self, id: ExprId) -> Result<&'e [u8]> {
        let (of, forward) = match self.program.exprs.get(id.index()).ok_or(Cause::Kind)? {
            Expr::Place(offset) => return self.event.constant.get(index(*offset)..).ok_or(Cause::Kind),
            Expr::Field(of, offset) => (self.place(*of)?, index(*offset)),
            Expr::Element { of, index: at, size } => {
                let (at, size) = (self.index(*at)?, index(*size));
                let elements = self.chunk(*of)?;
                let start = at.checked_mul(size).ok_or(Cause::Index)?;
                let there = start.checked_add(size).is_some_and(|end| end <= elements.len());
                return elements.get(start..).filter(|_| there).ok_or(Cause::Index);
            }
            Expr::Item { of, index: at, size, count } => {
                let at = self.index(*at)?;
                if at >= index(*count) {
                    return Err(Cause::Index);
                }
                (self.place(*of)?, at.checked_mul(index(*size)).ok_or(Cause::Index)?)
            }
            Expr::Variant { of, tag, offset } => {
                let of = self.place(*of)?;
                if number(of, Width::U32)? != i128::from(*tag) {
                    return Err(Cause::Variant);
                }
                (of, index(*offset))
            }
            _ => return Err(Cause::Kind),
        };
        of.get(forward..).ok_or(Cause::Kind)
    }

    fn index(&self, id: ExprId) -> Result<usize> {
        usize::try_from(self.integer(id)?).map_err(|_| Cause::Index)
    }

    /// The bytes in the arena that the descriptor at a place stands for.
    fn chunk(&self, place: ExprId) -> Result<&'e [u8]> {
        let (descriptor, rest) = self.place(place)?.split_first_chunk::<4>().ok_or(Cause::Kind)?;
        let (size, _) = rest.split_first_chunk::<4>().ok_or(Cause::Kind)?;
        let (offset, size) = (index(u32::from_le_bytes(*descriptor)), index(u32::from_le_bytes(*size)));
        let end = offset.checked_add(size).ok_or(Cause::Kind)?;
        self.event.arena.get(offset..end).ok_or(Cause::Kind)
    }

    /// A text ends with its only NUL; the empty one may be no bytes at all (design §3).
    fn string(&self, place: ExprId) -> Result<&'e [u8]> {
        let text = self.chunk(place)?;
        Ok(text.strip_suffix(&[0]).unwrap_or(text))
    }

    /// Handles are parameters themselves and stand right behind the header (`spec/idl.md` §9.4), so the place is the slot.
    fn handle(&self, place: ExprId) -> Result<i128> {
        let Some(Expr::Place(at)) = self.program.exprs.get(place.index()) else { return Err(Cause::Kind) };
        let slot = index(*at).checked_sub(HEADER_SIZE).and_then(|at| at.checked_div(HANDLE)).ok_or(Cause::Kind)?;
        match self.event.sids.get(slot) {
            None | Some(&Sid::NONE) => Err(Cause::Handle),
            Some(sid) => Ok(sid.0.into()),
        }
    }
}

/// Bytes of a handle descriptor.
const HANDLE: usize = 16;

/// The integer that begins a place.
fn number(place: &[u8], width: Width) -> Result<i128> {
    fn first<const N: usize>(place: &[u8]) -> Result<[u8; N]> {
        place.first_chunk().copied().ok_or(Cause::Kind)
    }
    Ok(match width {
        Width::U8 => u8::from_le_bytes(first(place)?).into(),
        Width::U16 => u16::from_le_bytes(first(place)?).into(),
        Width::U32 => u32::from_le_bytes(first(place)?).into(),
        Width::U64 => u64::from_le_bytes(first(place)?).into(),
        Width::I8 => i8::from_le_bytes(first(place)?).into(),
        Width::I16 => i16::from_le_bytes(first(place)?).into(),
        Width::I32 => i32::from_le_bytes(first(place)?).into(),
        Width::I64 => i64::from_le_bytes(first(place)?).into(),
    })
}

/// Arithmetic within a type; a result outside of it fails (`spec/psl-runtime.md` part K, 7).
fn calculate(operation: Arithmetic, a: i128, b: i128, width: Width) -> Result<i128> {
    let result = match operation {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::And => Some(a & b),
        Arithmetic::Or => Some(a | b),
    };
    result.filter(|result| width.holds(*result)).ok_or(Cause::Overflow)
}

/// All bits of the type flipped.
const fn complement(a: i128, width: Width) -> i128 {
    let (_, largest) = width.range();
    if width.signed() { !a } else { largest ^ a }
}
