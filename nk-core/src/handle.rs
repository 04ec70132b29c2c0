//! Handles (`handle.Handle`): copies with fewer rights, revocation, badges, resources that a program provides.
use crate::caller::{channel, done};
use crate::nk::kl::core::core::HANDLE_HANDLE;
use crate::nk::kl::core::handle::{Handle as _, Proxy};
use nk_runtime::host::{Channel, Result};
use nk_runtime::{Handle, Rights, Riid};

fn proxy() -> Result<Proxy<Channel>> {
    Ok(Proxy::new(channel()?, HANDLE_HANDLE))
}

/// A resource that this program provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Provided {
    /// The program's word for what it is.
    pub of_type: u32,
    /// What its handle may do.
    pub rights: Rights,
    /// What the program finds in the badge of a handle of it that comes back.
    pub context: u64,
    /// Handle of a listener of this program and number of an endpoint there: makes the handle callable.
    pub calls: Option<(u32, Riid)>,
}

/// Another handle of the same resource with these rights, and with a badge if one is given (`KnHandleCopy`).
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidArgument`, `rcHandleRevoked`, `rcNoCapability`,
/// `rcQuotaExceeded`.
pub fn copy(handle: u32, rights: Rights, badge: Option<u32>) -> Result<u32> {
    let badge = badge.map_or(Handle::INVALID, Handle::named);
    let answer = proxy()?.copy(Handle::named(handle), rights.0, badge)?;
    done(answer.rc)?;
    Ok(answer.out_handle.handle)
}

/// Closes a handle (`KnHandleClose`). Those made from it stay; the last one of a channel's end closes the channel.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidArgument`.
pub fn close(handle: u32) -> Result<()> {
    done(proxy()?.close(Handle::named(handle))?)
}

/// Deletes a dynamic channel by the handle of one of its ends.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidOperation` for a static channel and for what is none.
pub fn disconnect(handle: u32) -> Result<()> {
    done(proxy()?.disconnect(Handle::named(handle))?)
}

/// Closes a handle, and takes away all that was made from it, wherever it is (`KnHandleRevoke`): its use ends with
/// `rcHandleRevoked`.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidArgument`, `rcHandleRevoked`.
pub fn revoke(handle: u32) -> Result<()> {
    done(proxy()?.revoke(Handle::named(handle))?)
}

/// Takes away what was made from a handle with this badge (`KnHandleRevokeSubtree`); the handle stays.
///
/// # Errors
/// As [`revoke`].
pub fn revoke_subtree(handle: u32, badge: u32) -> Result<()> {
    done(proxy()?.revoke_subtree(Handle::named(handle), Handle::named(badge))?)
}

/// Makes a badge (`KnHandleCreateBadge`): `context` is what this program finds in the badge of a handle that comes back and
/// that it once gave away with it. With a notice, the end of each such transfer is told there under the number `event`.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidArgument`, `rcQuotaExceeded`.
pub fn badge(notice: Option<u32>, event: u64, context: u64) -> Result<u32> {
    let notice = notice.map_or(Handle::INVALID, Handle::named);
    let answer = proxy()?.create_badge(notice, event, context)?;
    done(answer.rc)?;
    Ok(answer.badge.handle)
}

/// Makes a resource that this program provides, and its first handle (`KnHandleCreateUserObject`).
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidArgument`, `rcInvalidOperation`, `rcQuotaExceeded`.
pub fn user_object(provided: Provided) -> Result<u32> {
    let Provided {
        of_type,
        rights,
        context,
        calls,
    } = provided;
    let (channel, riid) = calls.map_or((Handle::INVALID, 0), |(handle, riid)| {
        (Handle::named(handle), riid.0)
    });
    let answer = proxy()?.create_user_object(of_type, rights.0, context, channel, riid.into())?;
    done(answer.rc)?;
    Ok(answer.out_handle.handle)
}

/// The SID of the resource behind a handle, as policies see it (`KnHandleGetSidByHandle`).
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidArgument`, `rcNoCapability`.
pub fn sid(handle: u32) -> Result<u64> {
    let answer = proxy()?.get_sid_by_handle(Handle::named(handle))?;
    done(answer.rc)?;
    Ok(answer.sid)
}
