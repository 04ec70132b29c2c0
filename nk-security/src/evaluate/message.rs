//! Reading the message: places in it, and what stands there. Nothing here can
//! panic: what does not fit the program fails, and what fails denies.
//!
//! A *place* is the part of the message that begins at a byte: of the constant
//! part for parameters, of the arena for what they point to. Offsets and sizes
//! come out of the policy program; numbers of elements come out of the message
//! and are checked each time.
use super::expr::Values;
use super::{Cause, Result};
use crate::ExprId;
use crate::program::{Expr, Width, index};
use nk_runtime::message::HEADER_SIZE;

impl<'e> Values<'e, '_> {
    /// What begins at a place of the message. The depth of the recursion is
    /// bounded by the program's proof.
    pub(super) fn place(&self, id: ExprId) -> Result<&'e [u8]> {
        let (of, forward) = match self.program.expr(id).ok_or(Cause::Kind)? {
            Expr::Place(offset) => {
                return self.event.constant.get(index(*offset)..).ok_or(Cause::Kind);
            }
            Expr::Field(of, offset) => (self.place(*of)?, index(*offset)),
            Expr::Element {
                of,
                index: at,
                size,
            } => {
                let (at, size) = (self.index(*at)?, index(*size));
                let elements = self.chunk(*of)?;
                let start = at.checked_mul(size).ok_or(Cause::Index)?;
                let there = start
                    .checked_add(size)
                    .is_some_and(|end| end <= elements.len());
                return elements.get(start..).filter(|_| there).ok_or(Cause::Index);
            }
            Expr::Item {
                of,
                index: at,
                size,
                count,
            } => {
                let at = self.index(*at)?;
                if at >= index(*count) {
                    return Err(Cause::Index);
                }
                (
                    self.place(*of)?,
                    at.checked_mul(index(*size)).ok_or(Cause::Index)?,
                )
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

    /// The position of an element, as an expression says.
    ///
    /// # Errors
    /// [`Cause::Index`] for a number that cannot be one.
    fn index(&self, id: ExprId) -> Result<usize> {
        usize::try_from(self.integer(id)?).map_err(|_| Cause::Index)
    }

    /// The bytes in the arena that the descriptor at a place stands for.
    pub(super) fn chunk(&self, place: ExprId) -> Result<&'e [u8]> {
        let (descriptor, rest) = self
            .place(place)?
            .split_first_chunk::<4>()
            .ok_or(Cause::Kind)?;
        let (size, _) = rest.split_first_chunk::<4>().ok_or(Cause::Kind)?;
        let (offset, size) = (
            index(u32::from_le_bytes(*descriptor)),
            index(u32::from_le_bytes(*size)),
        );
        let end = offset.checked_add(size).ok_or(Cause::Kind)?;
        self.event.arena.get(offset..end).ok_or(Cause::Kind)
    }

    /// A text ends with its only NUL; the empty one may be no bytes at all
    /// (`docs/wire.md` §8).
    pub(super) fn string(&self, place: ExprId) -> Result<&'e [u8]> {
        let text = self.chunk(place)?;
        Ok(text.strip_suffix(&[0]).unwrap_or(text))
    }

    /// The integer that begins at a place, little-endian.
    pub(super) fn number(&self, place: ExprId, width: Width) -> Result<i128> {
        number(self.place(place)?, width)
    }

    /// Handles stand right behind the header (`docs/wire.md` §3), so that the
    /// place says the slot.
    pub(super) fn handle(&self, place: ExprId) -> Result<i128> {
        // a proved program asks for handles of the constant part only
        let at = self
            .event
            .constant
            .len()
            .checked_sub(self.place(place)?.len())
            .ok_or(Cause::Kind)?;
        let slot = at
            .checked_sub(HEADER_SIZE)
            .and_then(|at| at.checked_div(HANDLE))
            .ok_or(Cause::Kind)?;
        match self.event.sids.get(slot) {
            Some(Some(sid)) => Ok(sid.0.into()),
            None | Some(None) => Err(Cause::Handle),
        }
    }
}

/// Bytes of a handle descriptor.
const HANDLE: usize = 16;

/// The integer that begins a place.
fn number(place: &[u8], width: Width) -> Result<i128> {
    /// The first bytes of a place.
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
