//! Handles in messages: what a sender's numbers refer to before the policy is
//! asked, what travels once it has granted, and the receiver's numbers when the
//! message is delivered. All or nothing: a message that is refused has moved
//! none.
use super::Carrier;
use crate::core::{Handles, ReceivedHandle, Rights, Transit};
use crate::lane::Buffer;
use nk_image::TaskId;
use nk_runtime::message::{HEADER_SIZE, Header};
use nk_runtime::{Handle, Retcode};
use nk_security::{Bytes, Sid};

/// Bytes of a handle in a message.
const HANDLE: usize = 16;

/// Finds out what the handles in a message to another program refer to. One
/// that refers to nothing, was revoked, or may not be sent with these rights
/// stays unknown, and the structure check refuses the message.
pub(super) fn resolve(handles: &Handles, task: TaskId, message: &mut Buffer) {
    let sid = |handle: Handle| {
        let sid = handles.sendable(task, handle.handle, Rights(handle.rights));
        Ok(sid.ok())
    };
    message.set_sids(referred(message, sid).unwrap_or_default());
}

/// The same for a request to the kernel: what handles in it name is not given
/// away, and revoked ones can be closed.
///
/// # Errors
/// `rcInvalidArgument` for a number that refers to nothing.
pub(super) fn resolve_for_kernel(
    handles: &Handles,
    task: TaskId,
    message: &mut Buffer,
) -> Result<(), Retcode> {
    let sids = referred(message, |handle| handles.sid(task, handle.handle).map(Some))?;
    message.set_sids(sids);
    Ok(())
}

/// The resources behind the handles in a message.
fn referred(
    message: &Buffer,
    find: impl Fn(Handle) -> Result<Option<Sid>, Retcode>,
) -> Result<Vec<Option<Sid>>, Retcode> {
    let count = Header::read(message.parts().0).map_or(0, |header| header.ex.handles());
    let sid = |handle: Handle| {
        if handle.is_invalid() {
            Ok(None)
        } else {
            find(handle)
        }
    };
    in_message(message, count.into()).map(sid).collect()
}

/// What of a granted message travels besides its bytes.
///
/// # Errors
/// `rcInvalidArgument` for a badge that is not the sender's, `rcQuotaExceeded`
/// for a handle that has come too far. Nothing travels then.
pub(super) fn carry(
    core: &mut Carrier,
    task: TaskId,
    message: &Buffer,
) -> Result<Vec<Transit>, Retcode> {
    let mut carried = Vec::new();
    for handle in in_message(message, message.sids().len()) {
        match send(core, task, handle) {
            Ok(transit) => carried.push(transit),
            Err(refused) => {
                core.objects().lose(carried);
                return Err(refused);
            }
        }
    }
    Ok(carried)
}

/// Makes what travels for one handle of a message.
///
/// # Errors
/// As [`carry`].
fn send(core: &mut Carrier, task: TaskId, handle: Handle) -> Result<Transit, Retcode> {
    if handle.is_invalid() {
        return Ok(Transit::NOTHING);
    }
    let badge = badge(handle.badge)?;
    let rights = Rights(handle.rights);
    core.objects().send(task, handle.handle, rights, badge)
}

/// The number of a badge in a message; 0 stands for none there.
fn badge(number: u64) -> Result<Option<u32>, Retcode> {
    match number {
        0 => Ok(None),
        number => u32::try_from(number)
            .map(Some)
            .map_err(|_| Retcode::INVALID_ARGUMENT),
    }
}

/// The handles that a message has, as far as it has that many.
fn in_message(message: &Buffer, count: usize) -> impl Iterator<Item = Handle> {
    let behind_header = message.parts().0.get(HEADER_SIZE..).unwrap_or_default();
    let slots = behind_header.as_chunks::<HANDLE>().0;
    slots.iter().take(count).map(|slot| {
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

/// Writes the receiver's handles into a message, and into its header what the
/// receiver attached to the handle that was called.
pub(super) fn deliver(mut message: Buffer, handles: &[ReceivedHandle], context: u64) -> Buffer {
    if context != 0 {
        let own = Handle {
            badge: context,
            ..Handle::INVALID
        };
        store(&mut message, HEADER_SIZE.saturating_sub(HANDLE), own);
    }
    for (at, received) in (HEADER_SIZE..).step_by(HANDLE).zip(handles) {
        let handle = match received.number {
            Some(handle) => Handle {
                handle,
                rights: received.rights.0,
                badge: received.context,
            },
            None => Handle::INVALID,
        };
        store(&mut message, at, handle);
    }
    message.handed_over()
}

/// Writes a handle at an offset of the constant part.
fn store(message: &mut Buffer, at: usize, handle: Handle) {
    let parts: [(usize, &[u8]); 3] = [
        (0, &handle.handle.to_le_bytes()),
        (4, &handle.rights.to_le_bytes()),
        (8, &handle.badge.to_le_bytes()),
    ];
    for (offset, bytes) in parts {
        let place = message.parts_mut().0.get_mut(at.saturating_add(offset)..);
        if let Some(place) = place.and_then(|place| place.get_mut(..bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }
}

/// A handle as its holder sees it.
pub(super) fn shown(handles: &Handles, task: TaskId, handle: u32) -> Handle {
    let rights = handles.find(task, handle).map_or(0, |found| found.rights.0);
    Handle {
        handle,
        rights,
        badge: 0,
    }
}
