//! The sandbox that all programs of a run are started in: folder, level of
//! isolation, limits. Decided once, before the first.
//!
//! | limit | value | levels |
//! |---|---|---|
//! | core files | 0 | all |
//! | descriptors | 1024 | all |
//! | memory of its own | `--memory` | all, unless unlimited |
//! | addresses | 128 times that | all, unless unlimited |
//! | stack | 8 MiB | 2, 3 |
//! | waiting signals | 256 | 2, 3 |
//! | file size, locked memory, message queues, real-time priority | 0 | 2, 3 |
//! | threads | 512, counted by the kernel | 2, 3 |
use super::isolation::{Level, choose};
use super::landlock::Files;
use super::seccomp::filters;
use super::{Folder, Isolation, IsolationError, StartError};
use crate::sys::{Limit, Prepared, Restrictions, Root};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// Descriptors that a program may have open.
const DESCRIPTORS: u64 = 1024;
/// Bytes of addresses for each byte of memory: what is reserved and not used
/// costs page tables, 1/512 of it at most.
const ADDRESSES: u64 = 128;
/// Bytes of the main thread's stack.
const STACK: u64 = 8 << 20;
/// Signals with data that can wait, timers included.
const SIGNALS: u64 = 256;

/// Where programs are found, and what confines them.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// Where programs are found.
    pub(super) folder: Folder,
    /// What each may use of the machine.
    pub(super) limits: Vec<Limit>,
    /// How strongly they are kept apart.
    level: Level,
    /// What they may read, at levels 2 and 3.
    files: Files,
    /// What they see instead of the system's root folder, at level 3.
    root: Option<Root>,
}

impl Sandbox {
    /// Finds out whether this machine can do what is asked. `memory`: bytes of
    /// memory that a program may have of its own.
    pub(crate) fn new(
        folder: Folder,
        asked: Isolation,
        memory: Option<u64>,
    ) -> Result<Self, IsolationError> {
        let files = Files::new(folder.path());
        let root = files.root();
        let level = choose(asked, root.as_ref())?;
        let root = root.filter(|_| matches!(level, Level::Separate { .. }));
        Ok(Self {
            folder,
            limits: limits(level, memory),
            level,
            files,
            root,
        })
    }

    /// The level that is in force.
    pub(crate) const fn level(&self) -> Level {
        self.level
    }

    /// Adds what confines a program to what is known about it. `files` has room
    /// for its ruleset.
    pub(super) fn confine<'p>(
        &'p self,
        prepared: &mut Prepared<'p>,
        files: &'p mut Option<OwnedFd>,
    ) -> Result<(), StartError> {
        prepared.limits = &self.limits;
        prepared.root = self.root.as_ref();
        if self.level.is_confined() {
            let password = password()
                .map_err(|e| StartError::system("drawing a password for its start", e))?;
            let filters =
                filters(password).map_err(|e| StartError::system("making its filters", e))?;
            let files = files.insert(self.files.ruleset(prepared.program)?);
            prepared.restrictions = Some(Restrictions {
                files,
                filters,
                password,
            });
        }
        Ok(())
    }
}

/// The resource limits of every program at a level. `memory`: bytes of its own
/// that one may have.
fn limits(level: Level, memory: Option<u64>) -> Vec<Limit> {
    let mut limits = vec![(libc::RLIMIT_CORE, 0), (libc::RLIMIT_NOFILE, DESCRIPTORS)];
    if let Some(memory) = memory {
        limits.extend([
            (libc::RLIMIT_DATA, memory),
            (libc::RLIMIT_AS, memory.saturating_mul(ADDRESSES)),
        ]);
    }
    if level.is_confined() {
        limits.extend([
            (libc::RLIMIT_STACK, STACK),
            (libc::RLIMIT_SIGPENDING, SIGNALS),
            // none of these is of any use to it
            (libc::RLIMIT_FSIZE, 0),
            (libc::RLIMIT_MEMLOCK, 0),
            (libc::RLIMIT_MSGQUEUE, 0),
            (libc::RLIMIT_RTPRIO, 0),
        ]);
    }
    limits
        .into_iter()
        .map(|(resource, value)| Limit { resource, value })
        .collect()
}

/// 64 random bits that only the starting process knows, drawn anew for each
/// program.
///
/// # Errors
/// Of the system: it has none to give.
fn password() -> Result<[u32; 2], Errno> {
    let mut bytes = [0; 8];
    // so few come at once
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    let number = u64::from_ne_bytes(bytes);
    let half = |n: u64| u32::try_from(n & u64::from(u32::MAX)).unwrap_or(0);
    Ok([half(number), half(number >> 32)])
}
