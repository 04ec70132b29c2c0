//! Interruption (`ipc.IPC`): a thread ends the waits of others.
use crate::caller::{channel, done};
use crate::nk::kl::core::core::IPC_IPC;
use crate::nk::kl::core::ipc::{Ipc, Proxy};
use nk_runtime::Handle;
use nk_runtime::host::{Channel, Result};

/// Ends calls and receives that were begun with it while it is set: they end with `rcIpcInterrupt`. Dropping it closes it.
///
/// ```no_run
/// use nk_core::ipc::SyncObject;
/// use nk_runtime::host::{self, Wait, ipc};
///
/// # fn main() -> host::Result<()> {
/// let stop = SyncObject::new()?;
/// let channel = host::connect("server")?.interrupted_by(stop.handle());
/// std::thread::scope(|scope| {
///     scope.spawn(|| println!("until then calls by {channel:?} wait"));
///     stop.set()
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct SyncObject(u32);

fn proxy() -> Result<Proxy<Channel>> {
    Ok(Proxy::new(channel()?, IPC_IPC))
}

impl SyncObject {
    /// One that is not set (`KnIpcCreateSyncObject`).
    ///
    /// # Errors
    /// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcQuotaExceeded`.
    pub fn new() -> Result<Self> {
        let answer = proxy()?.create_sync_object()?;
        done(answer.rc)?;
        Ok(Self(answer.object.handle))
    }
    /// For [`Wait::until`](nk_runtime::host::Wait::until) and
    /// [`Channel::interrupted_by`](nk_runtime::host::Channel::interrupted_by).
    #[must_use]
    pub const fn handle(&self) -> u32 {
        self.0
    }
    /// Interrupts (`KnIpcSetInterrupt`).
    ///
    /// # Errors
    /// The kernel refused.
    pub fn set(&self) -> Result<()> {
        done(proxy()?.set_interrupt(Handle::named(self.0))?)
    }
    /// Interrupts no longer (`KnIpcClearInterrupt`).
    ///
    /// # Errors
    /// The kernel refused.
    pub fn clear(&self) -> Result<()> {
        done(proxy()?.clear_interrupt(Handle::named(self.0))?)
    }
}

impl Drop for SyncObject {
    fn drop(&mut self) {
        // a kernel that is gone has closed it
        let _ = crate::handle::close(self.0);
    }
}
