//! The structure check of a message in the kernel's own memory, and the only
//! place where a [`Verified`] is made.
//!
//! Before the check the kernel's part of the header is written and the handle
//! slots are looked at, so that what is checked is what is decided on is what
//! is delivered (`docs/wire.md` R38, R39).
mod scrub;

use crate::policy::Route;
use crate::{Message, Reason, Sid, Tables};
use nk_runtime::message::{HEADER_SIZE, verify_parts};
use nk_runtime::shape::Shape;
use nk_runtime::{Handle, Malformed, Mode};

/// A message in memory that nobody else can write.
pub trait Bytes {
    /// Constant part and arena.
    fn parts(&self) -> (&[u8], &[u8]);
    /// The same, to be written by the structure check.
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]);
    /// The resources behind the handles in the message, in the order of their
    /// slots, as far as the owner of the memory has found out what they refer
    /// to; `None` for the invalid handle. A handle that is not among them does
    /// not pass.
    fn sids(&self) -> &[Option<Sid>] {
        &[]
    }
    /// The resource behind the handle that the call went to, if it is one of
    /// its own and not just a channel.
    fn callable(&self) -> Option<Sid> {
        None
    }
}

/// A message whose structure has been checked for its route. Owns the message,
/// so that it can be decided on, queued and delivered without being read again.
#[derive(Debug)]
#[must_use]
pub struct Verified<M> {
    message: M,
    route: Route,
}

impl<M> Verified<M> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &M {
        &self.message
    }
    /// Where it goes.
    #[must_use]
    pub const fn route(&self) -> Route {
        self.route
    }
    /// The message and its route, for the decision.
    pub(crate) fn into_parts(self) -> (M, Route) {
        (self.message, self.route)
    }
}

/// Bytes of a handle descriptor.
const HANDLE: usize = 16;

/// Checks a message against the shape that its route selects. `compat`: by the
/// original's rules, then scrubbed.
pub(crate) fn check<M: Bytes>(
    tables: &Tables,
    shape: &Message,
    route: Route,
    mut message: M,
    compat: bool,
) -> Result<Verified<M>, (M, Reason)> {
    write_self(message.parts_mut().0);
    if compat {
        clean_handles(message.parts_mut().0, shape.handles);
    }
    if let Err(reason) = check_handles(message.parts().0, shape.handles, message.sids()) {
        return Err((message, reason));
    }
    let mode = if compat { Mode::Compat } else { Mode::Strict };
    let (constant, arena) = message.parts();
    let shape = tables.shape(shape);
    if let Err(malformed) = verify_parts(shape, constant, arena, mode) {
        return Err((message, Reason::Malformed(malformed)));
    }
    match if compat {
        scrub::scrub(shape, &mut message)
    } else {
        Ok(())
    } {
        Ok(()) => Ok(Verified { message, route }),
        Err(malformed) => Err((message, Reason::Malformed(malformed))),
    }
}

/// Bytes of the invalid handle.
const fn invalid() -> [u8; HANDLE] {
    let h = Handle::INVALID;
    let (n, r, b) = (
        h.handle.to_le_bytes(),
        h.rights.to_le_bytes(),
        h.badge.to_le_bytes(),
    );
    [
        n[0], n[1], n[2], n[3], r[0], r[1], r[2], r[3], b[0], b[1], b[2], b[3], b[4], b[5], b[6],
        b[7],
    ]
}

/// The header's last 16 bytes belong to the kernel, which fills them when it
/// delivers.
fn write_self(constant: &mut [u8]) {
    if let Some(own) = constant.get_mut(8..HEADER_SIZE) {
        own.copy_from_slice(&invalid());
    }
}

/// The unused fields of invalid handles, which strict senders leave empty.
fn clean_handles(constant: &mut [u8], handles: u8) {
    let slots = constant
        .get_mut(HEADER_SIZE..)
        .unwrap_or(&mut [])
        .chunks_exact_mut(HANDLE);
    for bytes in slots
        .take(handles.into())
        .filter(|bytes| bytes.starts_with(&u32::MAX.to_le_bytes()))
    {
        bytes.copy_from_slice(&invalid());
    }
}

/// Handles pass whose resources are known, and the invalid one.
fn check_handles(constant: &[u8], handles: u8, sids: &[Option<Sid>]) -> Result<(), Reason> {
    let slots = constant
        .get(HEADER_SIZE..)
        .unwrap_or(&[])
        .chunks_exact(HANDLE);
    for (slot, bytes) in (0..handles).zip(slots) {
        let known = matches!(sids.get(usize::from(slot)), Some(Some(_)));
        if bytes.starts_with(&u32::MAX.to_le_bytes()) == known || (!known && *bytes != invalid()) {
            return Err(Reason::Handle { slot });
        }
    }
    Ok(())
}

/// What a shape out of the tables looks like to the walker.
type TableShape<'t> = Shape<nk_runtime::shape::FlatItems<'t>>;

/// The result of walking a message.
type Walked = Result<(), Malformed>;
