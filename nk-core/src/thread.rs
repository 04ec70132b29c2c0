//! The calling thread (`thread.Thread`).
use crate::Caller;
use crate::caller::done;
use crate::nk::kl::core::core::THREAD_THREAD;
use crate::nk::kl::core::thread::{Proxy, Thread};
use nk_runtime::Transport;
use nk_runtime::host::Result;
use std::time::Duration;

/// The longest time that one request asks for: a day.
const LONGEST: Duration = Duration::from_hours(24);

/// Holds the calling thread for at least this long, in whole milliseconds rounded up (`Thread.Sleep`). The thread has one of
/// the program's lanes meanwhile, as in any call; [`std::thread::sleep`] needs neither lane nor permission.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with the kernel's code; the call was denied or did not come back.
pub fn sleep(time: Duration) -> Result<()> {
    Caller::program()?.sleep(time)
}

impl<T: Transport> Caller<T> {
    /// See [`sleep`].
    ///
    /// # Errors
    /// As there.
    pub fn sleep(&mut self, time: Duration) -> Result<()> {
        let mut left = time;
        while !left.is_zero() {
            let part = left.min(LONGEST);
            let msecs = u32::try_from(part.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
            done(Proxy::new(&mut self.0, THREAD_THREAD).sleep(msecs)?)?;
            left = left.saturating_sub(part);
        }
        Ok(())
    }
}
