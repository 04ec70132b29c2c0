//! Starting the programs of a plan: finding them, making their lanes and
//! streams, and watching over them until they end.
//!
//! The way of a program, from its task to its process: `folder` finds and opens
//! it, `program` makes its streams and lays out descriptors, arguments and
//! environment, `sandbox` adds what confines it (`landlock`, `seccomp`), and
//! `sys::spawn` forks and executes. `orphans` ends what it leaves.
//!
//! The type [`nk_security::Permit`] is the policy's word that it may be
//! started: [`start`] wants one, and only the policy makes them.
mod folder;
mod isolation;
mod landlock;
mod orphans;
mod program;
mod sandbox;
mod seccomp;

pub(crate) use folder::Folder;
pub(crate) use isolation::Level;
pub use isolation::{Isolation, IsolationError};
pub(crate) use orphans::Orphans;
pub use program::Ended;
pub(crate) use program::{Running, start};
pub(crate) use sandbox::Sandbox;

use crate::sys::{SpawnError, Step};
use rustix::io::Errno;
use std::fmt;
use std::path::PathBuf;

/// Why a program could not be started.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// It is not in the folder.
    Missing {
        /// Its file name.
        file: String,
        /// The folder of programs.
        folder: PathBuf,
    },
    /// The path leads out of the folder, or over a symbolic link.
    Outside {
        /// Its file name.
        file: String,
        /// The folder of programs.
        folder: PathBuf,
    },
    /// It is a folder, a device or something else that cannot be a program.
    NotAFile {
        /// Its file name.
        file: String,
    },
    /// Nobody may execute it, or it would change its user.
    Mode {
        /// Its file name.
        file: String,
        /// It would run as another user or group.
        changes_user: bool,
    },
    /// The system refused.
    System {
        /// What could not be done.
        doing: &'static str,
        /// `errno`
        errno: i32,
    },
    /// The policy does not allow its start; the text is the audit's.
    Denied(String),
    /// The policy does not allow a step before its start; the text is the
    /// audit's.
    Launch(Launch, String),
}

/// A step of starting that is a request to the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Launch {
    /// The task is created.
    Create,
    /// It gets arguments and environment.
    Equip,
    /// A channel of this name is made.
    Connect(String),
    /// It begins to run.
    Resume,
}

impl StartError {
    /// A step that the system refused, in words that follow "Can't run task".
    const fn system(doing: &'static str, errno: Errno) -> Self {
        Self::System {
            doing,
            errno: errno.raw_os_error(),
        }
    }
}

impl StartError {
    /// What could not be done with a task, in the words that are documented
    /// (`docs/init.md` §1).
    pub(crate) fn failed(&self, task: &str) -> String {
        match self {
            Self::Launch(Launch::Create, _) => format!("Can't initialize task \"{task}\""),
            Self::Launch(Launch::Equip, _) => format!("Can't set args/env for task \"{task}\""),
            Self::Launch(Launch::Connect(id), _) => format!("Can't setup a connection {id}"),
            _ => format!("Can't run task \"{task}\""),
        }
    }

    /// The kernel's side of its lanes could not be made.
    pub(crate) const fn lanes(errno: Errno) -> Self {
        Self::system("making its lanes", errno)
    }
}

impl From<SpawnError> for StartError {
    fn from(e: SpawnError) -> Self {
        Self::system(e.step.text(), e.errno)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { file, folder } => write!(
                f,
                "there is no program `{file}` in {}; build it, or name the folder of the programs with `--programs`",
                folder.display()
            ),
            Self::Outside { file, folder } => write!(
                f,
                "the path `{file}` leads out of {} or over a symbolic link; programs are files below that folder",
                folder.display()
            ),
            Self::NotAFile { file } => write!(f, "`{file}` is not a file that can be executed"),
            Self::Mode {
                file,
                changes_user: false,
            } => {
                write!(
                    f,
                    "`{file}` may not be executed; set its mode with `chmod +x`"
                )
            }
            Self::Mode {
                file,
                changes_user: true,
            } => {
                write!(
                    f,
                    "`{file}` would change its user or group; remove that with `chmod ug-s`"
                )
            }
            Self::System { doing, errno } => {
                write!(f, "{doing}: {}", std::io::Error::from_raw_os_error(*errno))?;
                f.write_str(hint(doing, *errno))
            }
            Self::Denied(text) | Self::Launch(_, text) => f.write_str(text),
        }
    }
}

/// What an errno of exec usually means.
fn hint(doing: &str, errno: i32) -> &'static str {
    match Errno::from_raw_os_error(errno) {
        Errno::NOEXEC if doing == Step::Exec.text() => "; it is not a program for this machine",
        Errno::ACCESS if doing == Step::Exec.text() => {
            "; without capabilities, root too may execute only what its mode allows (levels 2 and 3 take them)"
        }
        Errno::NOENT if doing == Step::Exec.text() => {
            "; its interpreter is not there (scripts cannot be programs)"
        }
        _ => "",
    }
}
