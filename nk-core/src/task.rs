//! The calling process, and processes that it makes (`task.Task`).
mod child;
mod equipment;

pub use child::Child;
pub use equipment::Equipment;

use crate::Caller;
use crate::caller::done;
use crate::nk::kl::core::core::TASK_TASK;
use crate::nk::kl::core::task::{GetNameBuf, GetPathBuf, Proxy, Task};
use nk_runtime::host::{Error, Result};
use nk_runtime::{Handle, Retcode, Transport};
use std::convert::Infallible;
use std::io::Write;

/// The name of this task in the solution (`Task.GetName`).
///
/// # Errors
/// [`Error::Kernel`] with the kernel's code; the call was denied or did not come back.
pub fn name() -> Result<String> {
    Caller::program()?.name()
}

/// The file name of this task's program in the solution (`Task.GetPath`).
///
/// # Errors
/// As [`name`].
pub fn path() -> Result<String> {
    Caller::program()?.path()
}

/// Ends this program with a code, which the kernel reports (`Task.Exit`). What stands in the buffers of the standard streams
/// is written first; no destructors run. The code is not cut to the 8 bits that Linux keeps of one.
///
/// # Errors
/// The kernel refused, and the program goes on: [`std::process::exit`] is there for programs that must end all the same.
pub fn exit(code: i32) -> Result<Infallible> {
    Caller::program()?.exit(code)
}

impl<T: Transport> Caller<T> {
    fn task(&mut self) -> Proxy<&mut T> {
        Proxy::new(&mut self.0, TASK_TASK)
    }

    /// See [`name`].
    ///
    /// # Errors
    /// As there.
    pub fn name(&mut self) -> Result<String> {
        let mut room = GetNameBuf::new();
        let answer = self.task().get_name(Handle::INVALID, room.out())?;
        done(answer.rc())?;
        Ok(answer.name().to_owned())
    }

    /// See [`path`].
    ///
    /// # Errors
    /// As there.
    pub fn path(&mut self) -> Result<String> {
        let mut room = GetPathBuf::new();
        let answer = self.task().get_path(Handle::INVALID, room.out())?;
        done(answer.rc())?;
        Ok(answer.path().to_owned())
    }

    /// See [`exit`].
    ///
    /// # Errors
    /// As there.
    pub fn exit(&mut self, code: i32) -> Result<Infallible> {
        // nobody is left to be told that a stream is closed
        let _ = (std::io::stdout().flush(), std::io::stderr().flush());
        done(self.task().exit(code)?)?;
        // a kernel that says yes has ended the program before its answer arrives
        Err(Error::Kernel(Retcode::INTERNAL_ERROR))
    }
}
