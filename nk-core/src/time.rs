//! The clock. The endpoint `time.Time` can only be set; what reads a clock is the firmware's (`efi.Efi`).
use crate::caller::done;
use crate::nk::kl::core::core::EFI_EFI;
use crate::nk::kl::core::efi::{Efi, Proxy};
use crate::{Caller, calendar};
use nk_runtime::host::{Error, Result};
use nk_runtime::{Retcode, Transport};
use std::time::SystemTime;

/// Date and time of the kernel's clock (`Efi.GetTime`).
///
/// # Errors
/// [`Error::Kernel`] with the kernel's code; the call was denied or did not come back. `rcFail` for an answer that is no
/// date since 1970.
pub fn now() -> Result<SystemTime> {
    Caller::program()?.now()
}

impl<T: Transport> Caller<T> {
    /// See [`now`].
    ///
    /// # Errors
    /// As there.
    pub fn now(&mut self) -> Result<SystemTime> {
        let answer = Proxy::new(&mut self.0, EFI_EFI).get_time()?;
        done(answer.rc)?;
        let since = calendar::since_epoch(&answer.time).ok_or(Error::Kernel(Retcode::FAIL))?;
        SystemTime::UNIX_EPOCH
            .checked_add(since)
            .ok_or(Error::Kernel(Retcode::FAIL))
    }
}
