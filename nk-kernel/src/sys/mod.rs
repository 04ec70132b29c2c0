//! The only unsafe code of the kernel: starting a process, and taking signals as events.
#![allow(unsafe_code, reason = "fork, exec and signal masks have no safe form; each block says why it is sound")]
mod signals;
mod spawn;

pub(crate) use signals::{Signals, default_child_signal, spawn_thread};
pub(crate) use spawn::{Prepared, SpawnError, Step, spawn};
