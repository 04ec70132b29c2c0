//! The only unsafe code of the kernel: starting a process, and taking signals
//! as events.
//!
//! | file | what is unsafe there |
//! |---|---|
//! | `child` | everything between fork and exec |
//! | `namespaces` | the same at level 3, and mounting the root folder |
//! | `spawn` | fork itself |
//! | `signals` | signal masks and `signalfd` |
//! | `threads` | the ioctls of a seccomp listener |
//! | `probe` | two system calls that have no wrapper |
#![allow(
    unsafe_code,
    reason = "fork, exec and signal masks have no safe form; each block says why it is sound"
)]
mod child;
mod namespaces;
mod probe;
mod signals;
mod spawn;
mod step;
mod threads;

pub(crate) use child::{Limit, OWN_PROCESS};
pub(crate) use namespaces::{Root, RootEntry, try_namespaces};
pub(crate) use probe::{has_filters, landlock_version};
pub(crate) use signals::{Signals, default_child_signal, spawn_thread};
pub(crate) use spawn::{Prepared, Process, Restrictions, spawn};
pub(crate) use step::{SpawnError, Step};
pub(crate) use threads::Threads;
