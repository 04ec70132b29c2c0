//! Handles in messages: what a sender's numbers refer to before the policy is asked, what travels once it has granted, and
//! the receiver's numbers when the message is delivered. All or nothing: a message that is refused has moved none.
use super::Kernel;
use crate::core::{Given, Rights, Transit};
use crate::lane::Buffer;
use nk_image::TaskId;
use nk_runtime::message::{HEADER_SIZE, Header};
use nk_runtime::{Handle, Retcode};
use nk_security::{Bytes, Sid};

/// Bytes of a handle in a message.
const HANDLE: usize = 16;

impl Kernel {
    /// Finds out what the handles in a message to another program refer to. One that refers to nothing, was revoked, or may not
    /// be sent with these rights stays unknown, and the structure check refuses the message.
    pub(super) fn resolve(&self, task: TaskId, message: &mut Buffer) {
        let handles = self.core.handles();
        let sendable =
            |handle: Handle| handles.sendable(task, handle.handle, Rights(handle.rights));
        let sids = sids(message, |handle| {
            Ok::<_, Retcode>(sendable(handle).unwrap_or(Sid::NONE))
        });
        message.know(sids.unwrap_or_default());
    }

    /// The same for a request to the kernel: what handles in it name is not given away, and revoked ones can be closed.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a number that refers to nothing.
    pub(super) fn resolve_for_kernel(
        &self,
        task: TaskId,
        message: &mut Buffer,
    ) -> Result<(), Retcode> {
        let sids = sids(message, |handle| {
            self.core.handles().sid(task, handle.handle)
        })?;
        message.know(sids);
        Ok(())
    }

    /// What of a granted message travels besides its bytes.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a badge that is none of the sender's, `rcQuotaExceeded` for a handle that has come too far. Nothing
    /// travels then.
    pub(super) fn carry(
        &mut self,
        task: TaskId,
        message: &Buffer,
    ) -> Result<Vec<Transit>, Retcode> {
        if message.sids().is_empty() {
            return Ok(Vec::new());
        }
        let mut carried = Vec::new();
        let handles: Vec<Handle> = sent(
            message,
            u8::try_from(message.sids().len()).unwrap_or(u8::MAX),
        )
        .collect();
        for handle in handles {
            let transit = if handle.is_invalid() {
                Ok(Transit::NOTHING)
            } else {
                badge(handle.badge).and_then(|badge| {
                    self.core
                        .send_handle(task, handle.handle, Rights(handle.rights), badge)
                })
            };
            match transit {
                Ok(transit) => carried.push(transit),
                Err(code) => {
                    self.core.lose(carried);
                    return Err(code);
                }
            }
        }
        Ok(carried)
    }
}

/// The resources behind the handles in a message.
fn sids(
    message: &Buffer,
    find: impl Fn(Handle) -> Result<Sid, Retcode>,
) -> Result<Vec<Sid>, Retcode> {
    let count = Header::read(message.parts().0).map_or(0, |header| header.ex.handles());
    let sid = |handle: Handle| {
        if handle.is_invalid() {
            Ok(Sid::NONE)
        } else {
            find(handle)
        }
    };
    sent(message, count).map(sid).collect()
}

/// The number of a badge in a message; 0 is none.
pub(super) fn badge(number: u64) -> Result<Option<u32>, Retcode> {
    match number {
        0 => Ok(None),
        number => u32::try_from(number)
            .map(Some)
            .map_err(|_| Retcode::INVALID_ARGUMENT),
    }
}

/// The handles that a message has, as far as it has that many.
fn sent(message: &Buffer, count: u8) -> impl Iterator<Item = Handle> {
    let slots = message
        .parts()
        .0
        .get(HEADER_SIZE..)
        .unwrap_or_default()
        .as_chunks::<HANDLE>()
        .0;
    slots.iter().take(count.into()).map(|slot| {
        let (number, rest) = slot.split_first_chunk().unwrap_or((&[0; 4], &[]));
        let (rights, badge) = rest.split_first_chunk().unwrap_or((&[0; 4], &[]));
        Handle {
            handle: u32::from_le_bytes(*number),
            rights: u32::from_le_bytes(*rights),
            badge: badge
                .first_chunk()
                .map_or(0, |badge| u64::from_le_bytes(*badge)),
        }
    })
}

/// Writes the receiver's handles into a message, and into its header what the receiver attached to the handle that was
/// called.
pub(super) fn hand_over(mut message: Buffer, handles: &[Given], context: u64) -> Buffer {
    if context != 0 {
        store(
            &mut message,
            HEADER_SIZE.saturating_sub(HANDLE),
            Handle {
                badge: context,
                ..Handle::INVALID
            },
        );
    }
    for (at, given) in (HEADER_SIZE..).step_by(HANDLE).zip(handles) {
        let handle = match given.number {
            Some(handle) => Handle {
                handle,
                rights: given.rights.0,
                badge: given.context,
            },
            None => Handle::INVALID,
        };
        store(&mut message, at, handle);
    }
    message
}

fn store(
    message: &mut Buffer,
    at: usize,
    Handle {
        handle,
        rights,
        badge,
    }: Handle,
) {
    let parts: [(usize, &[u8]); 3] = [
        (0, &handle.to_le_bytes()),
        (4, &rights.to_le_bytes()),
        (8, &badge.to_le_bytes()),
    ];
    for (offset, bytes) in parts {
        let place = message.parts_mut().0.get_mut(at.saturating_add(offset)..);
        if let Some(place) = place.and_then(|place| place.get_mut(..bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }
}
