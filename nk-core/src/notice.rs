//! Events of resources (`notice.Notice`): the end of a process, of a resource, of what came of a transfer, and events that
//! programs raise.
use crate::caller::{channel, done};
use crate::nk::kl::core::core::NOTICE_NOTICE;
pub use crate::nk::kl::core::notice::EventDesc;
use crate::nk::kl::core::notice::{GetEventBuf, Notice as _, Proxy};
use nk_runtime::Handle;
use nk_runtime::host::{Channel, Result};

/// The resource is gone.
pub const OBJECT_DESTROYED: u32 = 1;
/// All that came of a transfer with a badge is gone.
pub const BADGE_CLOSED: u32 = 1 << 1;
/// The process has ended.
pub const TASK_COMPLETED: u32 = 1 << 16;
/// What programs may raise.
pub const USER: u32 = 0xff00_0000;

/// A receiver of events. Dropping it ends it, and whoever waits on it.
#[derive(Debug)]
pub struct Notice(u32);

fn proxy() -> Result<Proxy<Channel>> {
    Ok(Proxy::new(channel()?, NOTICE_NOTICE))
}

impl Notice {
    /// One without subscriptions (`KnNoticeCreate`).
    ///
    /// # Errors
    /// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcQuotaExceeded`.
    pub fn new() -> Result<Self> {
        let answer = proxy()?.create()?;
        done(answer.rc)?;
        Ok(Self(answer.notice.handle))
    }
    /// Its handle, for badges.
    #[must_use]
    pub const fn handle(&self) -> u32 {
        self.0
    }
    /// Events of a resource among `mask` are told here from now on, under this number (`KnNoticeSubscribeToObject`).
    ///
    /// # Errors
    /// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcNoCapability` without the right to its events,
    /// `rcQuotaExceeded` beyond 128 subscriptions of the notice or 256 of the program.
    pub fn subscribe(&self, to: u32, mask: u32, id: u64) -> Result<()> {
        done(proxy()?.subscribe_to_object(Handle::named(self.0), Handle::named(to), mask, id)?)
    }
    /// Ends the subscriptions to a resource, those with this number if one is given.
    ///
    /// # Errors
    /// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcResourceNotFound` when there was none.
    pub fn unsubscribe(&self, from: u32, id: Option<u64>) -> Result<()> {
        let (notice, from) = (Handle::named(self.0), Handle::named(from));
        let mut proxy = proxy()?;
        done(match id {
            Some(id) => proxy.unsubscribe_from_event(notice, from, id)?,
            None => proxy.unsubscribe_from_object(notice, from)?,
        })
    }
    /// Waits at most so many milliseconds for events (`KnNoticeGetEvent`).
    ///
    /// # Errors
    /// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcTimeout`, `rcAbort` when the notice is ended meanwhile.
    pub fn events(&self, milliseconds: u32) -> Result<Vec<EventDesc>> {
        let mut room = GetEventBuf::new();
        let mut proxy = proxy()?;
        let answer = proxy.get_event(Handle::named(self.0), milliseconds, 128, room.out())?;
        done(answer.rc())?;
        Ok(answer.events().iter().collect())
    }
}

/// Raises events of a resource (`KnNoticeSetObjectEvent`).
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidArgument` for events outside [`USER`], `rcNoCapability`.
pub fn raise(of: u32, mask: u32) -> Result<()> {
    done(proxy()?.set_object_event(Handle::named(of), mask)?)
}

impl Drop for Notice {
    fn drop(&mut self) {
        // a kernel that is gone has ended it
        let _ = proxy().and_then(|mut proxy| Ok(proxy.drop_and_wake(Handle::named(self.0))?));
    }
}
