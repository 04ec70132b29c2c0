//! What lies below the kernel (`hal.HAL`).
use crate::Caller;
use crate::caller::done;
use crate::nk::kl::core::core::HAL_HAL;
use crate::nk::kl::core::hal::{GetEnvBuf, Hal, Proxy};
use nk_runtime::host::{Error, Result};
use nk_runtime::{Retcode, Transport};

/// Bytes of text that one request carries.
const PIECE: usize = 1023;

/// Shows a text where the developer sees it: the kernel prints each line with the task's name in front (`HAL.DebugWrite`).
/// A longer text than 1023 bytes goes in several requests and continues on a new line there; a NUL is shown as `�`.
///
/// # Errors
/// [`Error::Kernel`] with the kernel's code; the call was denied or did not come back.
pub fn debug_write(text: &str) -> Result<()> {
    Caller::program()?.debug_write(text)
}

/// The value of an environment variable of this task in the solution; `None` when there is none (`HAL.GetEnv`).
///
/// # Errors
/// As [`debug_write`]; `rcBufferTooSmall` for a value of more than 1023 bytes.
pub fn env(name: &str) -> Result<Option<String>> {
    Caller::program()?.env(name)
}

impl<T: Transport> Caller<T> {
    fn hal(&mut self) -> Proxy<&mut T> {
        Proxy::new(&mut self.0, HAL_HAL)
    }

    /// See [`debug_write`].
    ///
    /// # Errors
    /// As there.
    pub fn debug_write(&mut self, text: &str) -> Result<()> {
        // a NUL inside a string would be the end of it on the wire
        let text = text.replace('\0', "\u{fffd}");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.floor_char_boundary(PIECE));
            done(self.hal().debug_write(piece)?)?;
            rest = more;
        }
        Ok(())
    }

    /// See [`env()`].
    ///
    /// # Errors
    /// As there.
    pub fn env(&mut self, name: &str) -> Result<Option<String>> {
        let mut room = GetEnvBuf::new();
        let answer = self.hal().get_env(name, room.out())?;
        match done(answer.rc()) {
            Ok(()) => Ok(Some(answer.value().to_owned())),
            Err(Error::Kernel(Retcode::RESOURCE_NOT_FOUND)) => Ok(None),
            Err(e) => Err(e),
        }
    }
}
