//! The channel that every program has to its kernel.
use nk_runtime::Retcode;
use nk_runtime::frame::KERNEL_HANDLE;
use nk_runtime::host::{Channel, Connection, Error, Result};

/// The channel of this program to the kernel. The RIIDs are those of [`crate::nk::kl::core::core`]; nothing is looked up.
///
/// # Errors
/// [`Error::NotStarted`] outside a solution.
pub fn channel() -> Result<Channel> {
    Ok(Channel::from_handle(Connection::program()?, KERNEL_HANDLE))
}

/// A program as its kernel sees it, over any transport. The functions of this crate use the program's own channel; a test
/// puts a [`crate::server::Server`] behind a transport of its own.
#[derive(Debug, Clone, Copy)]
pub struct Caller<T>(pub(crate) T);

impl Caller<Channel> {
    /// This program.
    ///
    /// # Errors
    /// As [`channel`].
    pub fn program() -> Result<Self> {
        channel().map(Self)
    }
}

impl<T> Caller<T> {
    /// A program whose kernel is at the other end of `transport`.
    pub const fn new(transport: T) -> Self {
        Self(transport)
    }
}

/// The last result of every method.
pub(crate) fn done(rc: i32) -> Result<()> {
    Retcode(rc).ok().map_err(Error::Kernel)
}
