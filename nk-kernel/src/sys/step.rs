//! The steps of the launch sequence, and what is told about one that failed.
use rustix::io::Errno;

/// A step of the launch sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Step {
    /// Making the process.
    Fork,
    /// A user namespace and the others.
    Namespaces,
    /// A root folder of its own.
    Root,
    /// Its own session.
    Session,
    /// Dying with the kernel.
    ParentDeath,
    /// Standard streams and lanes.
    Descriptors,
    /// Closing everything else.
    CloseOthers,
    /// Working folder.
    Folder,
    /// Resource limits.
    Limits,
    /// Capabilities, and no new privileges.
    Privileges,
    /// Files, by Landlock.
    Files,
    /// System calls, by seccomp.
    Calls,
    /// Becoming the program.
    Exec,
}

impl Step {
    /// In the order of the sequence.
    const ALL: [Self; 13] = [
        Self::Fork,
        Self::Namespaces,
        Self::Root,
        Self::Session,
        Self::ParentDeath,
        Self::Descriptors,
        Self::CloseOthers,
        Self::Folder,
        Self::Limits,
        Self::Privileges,
        Self::Files,
        Self::Calls,
        Self::Exec,
    ];

    /// The step that a child has reported; [`Step::Fork`] for a number that no
    /// step has.
    pub(super) fn from_number(n: u8) -> Self {
        Self::ALL
            .into_iter()
            .find(|s| *s as u8 == n)
            .unwrap_or(Self::Fork)
    }

    /// What could not be done.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Fork => "making a process",
            Self::Namespaces => "giving it namespaces of its own",
            Self::Root => "giving it a root folder of its own",
            Self::Session => "giving it its own session",
            Self::ParentDeath => "tying its life to the kernel's",
            Self::Descriptors => "handing over its lanes",
            Self::CloseOthers => "closing other descriptors",
            Self::Folder => "changing to the root folder",
            Self::Limits => "limiting its resources",
            Self::Privileges => "taking its privileges",
            Self::Files => "restricting its files by Landlock",
            Self::Calls => "restricting its system calls by seccomp",
            Self::Exec => "executing it",
        }
    }
}

/// Which step failed, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpawnError {
    /// The first that failed.
    pub(crate) step: Step,
    /// What the system said.
    pub(crate) errno: Errno,
}
