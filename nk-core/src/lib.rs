//! The kernel's own endpoints (`kl.core.*`): what a program asks of its kernel, and what a kernel needs to answer.
//!
//! Every program has a channel to the kernel. Requests on it are checked and decided on like any other: a policy that wants
//! them has `use EDL kl.core.Core` and, for instance,
//!
//! ```text
//! request  src=Client, dst=kl.core.Core { match endpoint=task.Task { grant () }  match endpoint=hal.HAL { grant () } }
//! response src=kl.core.Core, dst=Client { grant () }
//! ```
//!
//! Without these lines every function here answers `rcSecurityDisallow`.
//!
//! ```no_run
//! use nk_core::{hal, task, thread};
//! use std::time::Duration;
//!
//! fn main() -> nk_runtime::host::Result<()> {
//!     hal::debug_write(&format!("{} is {}", task::name()?, task::path()?))?;
//!     let pause = hal::env("PAUSE")?.and_then(|ms| ms.parse().ok()).unwrap_or(100);
//!     thread::sleep(Duration::from_millis(pause))?;
//!     match task::exit(7)? {}
//! }
//! ```
//!
//! The other methods of the 21 endpoints are reached through the generated proxies in [`nk`] over [`channel`]; this kernel
//! answers them with `rc` = `rcUnimplemented`. A kernel answers all of them through [`server`].
#![forbid(unsafe_code)]

nk_runtime::include_nk!();

mod calendar;
mod caller;
pub mod cm;
pub mod hal;
pub mod handle;
pub mod ipc;
pub mod name_server;
pub mod notice;
pub mod ns;
pub mod security;
pub mod server;
pub mod task;
pub mod thread;
pub mod time;

pub use caller::{Caller, channel};
