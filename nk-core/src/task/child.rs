//! Processes that this one makes: created stopped, equipped and connected, then started if the policy grants the `execute`
//! event from this class to theirs.
use super::Equipment;
use crate::caller::{channel, done};
use crate::nk::kl::core::core::{HANDLE_HANDLE, TASK_TASK};
use crate::nk::kl::core::handle::{Handle as _, Proxy as HandleProxy};
use crate::nk::kl::core::task::{ExitInfo, GetExitInfoBuf, Proxy, Task as _};
use nk_runtime::host::{Channel, Error, Result};
use nk_runtime::{Handle, Retcode, Rights};

/// A process that this one has made. The handle stays open until [`Child::close`]: a process that was not started is given up
/// with it.
///
/// ```no_run
/// use nk_core::task::{Child, Equipment};
///
/// # fn main() -> nk_runtime::host::Result<()> {
/// let server = Child::new("disk", "demo.Disk", "disk")?;
/// let client = Child::new("reader", "demo.Reader", "reader")?;
/// let (calling, serving) = Child::connect(&client, &server, None)?;
/// server.equip(&Equipment { channels: vec![("disk".into(), serving)], ..Equipment::default() })?;
/// client.equip(&Equipment { channels: vec![("disk".into(), calling)], ..Equipment::default() })?;
/// server.start()?;
/// client.start()
/// # }
/// ```
#[derive(Debug)]
pub struct Child(u32);

fn proxy() -> Result<Proxy<Channel>> {
    Ok(Proxy::new(channel()?, TASK_TASK))
}

impl Child {
    /// Makes a process that does not run yet: its task name, its class, and the file of its program (`Task.Create`).
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcResourceNotFound` for an unknown class, `rcAlreadyExists` for a name that a living task has,
    /// `rcQuotaExceeded`.
    pub fn new(name: &str, class: &str, path: &str) -> Result<Self> {
        let answer = proxy()?.create(name, class, path, 0, 0, 0)?;
        done(answer.rc)?;
        Ok(Self(answer.child.handle))
    }
    /// This process's handle of it.
    #[must_use]
    pub const fn handle(&self) -> u32 {
        self.0
    }
    /// Makes a static channel between two processes that do not run yet (`Handle.Connect`); with the server's handle of a
    /// listener, the channel is added to that. Answers the client's and the server's own handles of it, to be named in their
    /// equipment.
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcInvalidOperation` when one of them has been started.
    pub fn connect(client: &Self, server: &Self, listener: Option<u32>) -> Result<(u32, u32)> {
        let listener = listener.map_or(Handle::INVALID, Handle::named);
        let mut proxy = HandleProxy::new(channel()?, HANDLE_HANDLE);
        let answer = proxy.connect(
            Handle::named(server.0),
            Handle::named(client.0),
            listener,
            0,
        )?;
        done(answer.rc)?;
        Ok((answer.out_cl_endpoint.handle, answer.out_sr_listener.handle))
    }
    /// Arguments, environment and names of channels (`Task.SetEnv`).
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcInvalidArgument` for a text with NUL or a handle that is none of its channels,
    /// `rcInvalidOperation` once it has been started.
    pub fn equip(&self, equipment: &Equipment) -> Result<()> {
        let bytes = equipment
            .to_bytes()
            .ok_or(Error::Kernel(Retcode::INVALID_ARGUMENT))?;
        done(proxy()?.set_env(Handle::named(self.0), bytes.as_slice())?)
    }
    /// Gives it a handle with these rights (`Task.TransferHandle`); answers its number there.
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcNoCapability`, `rcQuotaExceeded`.
    pub fn give(&self, handle: u32, rights: Rights) -> Result<u32> {
        let none = Handle::INVALID;
        let answer = proxy()?.transfer_handle(
            Handle::named(self.0),
            Handle::named(handle),
            none,
            rights.0,
        )?;
        done(answer.rc)?;
        Ok(answer.dst_handle.handle)
    }
    /// Starts it (`Task.Resume`).
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcSecurityDisallow` when the policy does not grant `execute`, `rcResourceNotFound` when there is
    /// no such program.
    pub fn start(&self) -> Result<()> {
        done(proxy()?.resume(Handle::named(self.0))?)
    }
    /// Ends it (`Task.Terminate`).
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcInvalidOperation` when it has ended.
    pub fn terminate(&self) -> Result<()> {
        done(proxy()?.terminate(Handle::named(self.0))?)
    }
    /// The code that it ended with (128 and the signal's number for a signal), `None` while it has not ended (`Task.GetExitInfo`).
    ///
    /// # Errors
    /// The kernel refused.
    pub fn exit_code(&self) -> Result<Option<u32>> {
        let mut room = GetExitInfoBuf::new();
        let mut proxy = proxy()?;
        let answer = proxy.get_exit_info(Handle::named(self.0), room.out())?;
        match (Retcode(answer.rc()), answer.info()) {
            (Retcode::NOT_READY, _) => Ok(None),
            (Retcode::OK, ExitInfo::Code(code)) => Ok(Some(code)),
            (code, _) => Err(Error::Kernel(code)),
        }
    }
    /// Closes the handle. The process goes on, if it was started.
    ///
    /// # Errors
    /// The kernel refused.
    pub fn close(self) -> Result<()> {
        crate::handle::close(self.0)
    }
}
