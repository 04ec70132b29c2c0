//! What can go wrong for a program, in sentences for whoever reads its output.
use crate::error::Fault;
use crate::frame::{FrameError, Kind, VERSION};
use crate::retcode::Retcode;
use std::fmt;

/// Result of everything that a program does through its kernel.
pub type Result<T> = core::result::Result<T, Error>;

/// Why it failed. `Debug` prints the sentence too, so that
/// `fn main() -> nk_runtime::host::Result<()>` ends with it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The process has no lanes.
    NotStarted,
    /// The process is a fork of the one that has the lanes.
    Forked,
    /// The kernel process has closed the lanes.
    KernelGone,
    /// The kernel's answer is no frame.
    Frame(FrameError),
    /// The kernel's answer is a frame, but no answer to this.
    Unexpected {
        /// What was sent.
        sent: Kind,
        /// What came.
        got: Kind,
    },
    /// A system call failed.
    System {
        /// What it was for.
        doing: &'static str,
        /// `errno`.
        errno: i32,
    },
    /// The solution has no such name for this program.
    Unknown {
        /// What was looked up.
        what: Named,
        /// By this name.
        name: String,
        /// What the kernel says about it; may be empty.
        text: String,
    },
    /// Program and solution were built from different descriptions.
    Mismatch {
        /// The description.
        what: Named,
        /// Its full name.
        name: String,
        /// What the kernel says about it; may be empty.
        text: String,
    },
    /// The kernel refused to look a name up.
    Lookup {
        /// What was looked up.
        what: Named,
        /// By this name.
        name: String,
        /// The kernel's code.
        code: Retcode,
        /// What the kernel says about it; may be empty.
        text: String,
    },
    /// The kernel's answer to a call, receive, reply or abort.
    Kernel(Retcode),
    /// A call through a proxy did not come back.
    Call(Fault),
    /// A called method failed; its error parameters as `Debug` prints them.
    Method(String),
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Named {
    /// A channel of which this program is a client.
    Channel,
    /// A channel of which this program is the server.
    ServedChannel,
    /// An endpoint of the server at the other end of a channel.
    Endpoint,
    /// An interface.
    Interface,
    /// A process class.
    Class,
}

impl Error {
    /// The code that the documented system call would have answered.
    #[must_use]
    pub const fn retcode(&self) -> Retcode {
        match self {
            Self::NotStarted | Self::KernelGone => Retcode::NOT_CONNECTED,
            Self::Forked => Retcode::INVALID_OPERATION,
            Self::Frame(_) | Self::Unexpected { .. } | Self::System { .. } => {
                Retcode::TRANSFER_ERROR
            }
            Self::Unknown { .. } => Retcode::RESOURCE_NOT_FOUND,
            Self::Mismatch { .. } | Self::Method(_) => Retcode::FAIL,
            Self::Lookup { code, .. } | Self::Kernel(code) => *code,
            Self::Call(fault) => fault.retcode(),
        }
    }
    /// A refused lookup.
    pub(super) fn lookup(
        what: Named,
        name: &str,
        description: Option<(Named, &str)>,
        code: Retcode,
        text: &str,
    ) -> Self {
        let text = text.to_owned();
        match (code, description) {
            (Retcode::RESOURCE_NOT_FOUND, _) => Self::Unknown {
                what,
                name: name.to_owned(),
                text,
            },
            (Retcode::FAIL, Some((what, name))) => Self::Mismatch {
                what,
                name: name.to_owned(),
                text,
            },
            _ => Self::Lookup {
                what,
                name: name.to_owned(),
                code,
                text,
            },
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str(
                "this program is started by einit: run `einit SOLUTION`, which starts the programs of a solution and \
                 connects them",
            ),
            Self::Forked => f.write_str(
                "this process is a fork: the lanes to the kernel belong to the program that einit started; use threads, \
                 or a task of its own",
            ),
            Self::KernelGone => f.write_str("the kernel process (einit) has closed its connection to this program"),
            Self::Frame(FrameError::Version) => write!(
                f,
                "einit speaks another version of the frame format than this program (version {VERSION}): build both from \
                 one release"
            ),
            Self::Frame(FrameError::Short) => f.write_str("a packet of the kernel is shorter than its header"),
            Self::Frame(FrameError::Kind) => f.write_str("a packet of the kernel is of an unknown kind"),
            Self::Frame(FrameError::Length) => f.write_str("the lengths in a packet of the kernel do not add up"),
            Self::Unexpected { sent, got } => write!(f, "the kernel answered `{sent:?}` with `{got:?}`"),
            Self::System { doing, errno } => {
                write!(f, "{doing}: {}", std::io::Error::from_raw_os_error(*errno))
            }
            Self::Unknown { what, name, text } => write!(f, "no {what} named `{name}` for this program{}", Why(text)),
            Self::Mismatch { what, name, text } => write!(
                f,
                "this program was built from another description of the {what} `{name}` than the solution{}",
                Why(text)
            ),
            Self::Lookup { what, name, code, text } => write!(f, "looking up the {what} `{name}`: {code}{}", Why(text)),
            Self::Kernel(code) => code.fmt(f),
            Self::Call(fault) => fault.fmt(f),
            Self::Method(error) => write!(f, "the method failed: {error}"),
        }
    }
}
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::error::Error for Error {}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Channel => "channel",
            Self::ServedChannel => "channel to serve",
            Self::Endpoint => "endpoint",
            Self::Interface => "interface",
            Self::Class => "process class",
        })
    }
}

/// The kernel's explanation, if there is one.
struct Why<'a>(&'a str);
impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.0)
        }
    }
}

impl From<FrameError> for Error {
    fn from(e: FrameError) -> Self {
        Self::Frame(e)
    }
}
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Call(fault)
    }
}
/// Lets `main` use `?` on methods too.
impl<E: fmt::Debug> From<crate::error::Error<E>> for Error {
    fn from(e: crate::error::Error<E>) -> Self {
        match e {
            crate::error::Error::Method(e) => Self::Method(format!("{e:?}")),
            crate::error::Error::Call(fault) => Self::Call(fault),
        }
    }
}
/// What a proxy answers when its channel fails.
impl From<Error> for Fault {
    fn from(e: Error) -> Self {
        match e {
            Error::Call(fault) => fault,
            e => e.retcode().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_quote_the_name_and_end_with_the_kernels_reason() {
        let unknown = Error::lookup(
            Named::Channel,
            "server_conection",
            None,
            Retcode::RESOURCE_NOT_FOUND,
            "",
        );
        assert_eq!(
            unknown.to_string(),
            "no channel named `server_conection` for this program"
        );
        let other = Some((Named::Interface, "Filesystem"));
        let mismatch = Error::lookup(
            Named::Endpoint,
            "OpsComp.FS",
            other,
            Retcode::FAIL,
            "the program has 1a, the solution has 2b",
        );
        assert_eq!(
            format!("{mismatch:?}"),
            "this program was built from another description of the interface `Filesystem` than the solution: the \
             program has 1a, the solution has 2b"
        );
        let denied = Error::lookup(
            Named::Endpoint,
            "A.B",
            other,
            Retcode::INVALID_ARGUMENT,
            "closed",
        );
        assert_eq!(
            denied.to_string(),
            "looking up the endpoint `A.B`: rcInvalidArgument: closed"
        );
    }

    #[test]
    fn a_proxys_fault_keeps_the_kernels_code() {
        for code in [
            Retcode::SECURITY_DISALLOW,
            Retcode::TIMEOUT,
            Retcode::ABORT,
            Retcode::QUOTA_EXCEEDED,
        ] {
            assert_eq!(Fault::from(Error::Kernel(code)).retcode(), code);
        }
        assert_eq!(Fault::from(Error::KernelGone), Fault::NotConnected);
        assert_eq!(Fault::from(Error::Call(Fault::NoMethod)), Fault::NoMethod);
    }
}
