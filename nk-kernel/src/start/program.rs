//! A running program: its process, and how it ended.
//!
//! A program is watched by its `pidfd`, which becomes readable when it ends and
//! never means another process. It leads a process group and a session of its
//! own, so that whatever it forks can be ended with it; what leaves the group
//! becomes the kernel's child and is ended as an orphan.
//!
//! Standard input is `/dev/null`. Standard output and error output are pipes
//! whose reading ends the kernel has; the lanes follow from descriptor 3 on.
//! Nothing else is inherited.
use super::{Sandbox, StartError};
use crate::sys::{Prepared, Process, Threads, spawn};
use nk_image::Task;
use nk_security::Permit;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, ioctl_fionbio, read, retry_on_intr};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open,
    pidfd_send_signal, waitid,
};
use std::ffi::CString;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// A program that was started and not yet waited for.
#[derive(Debug)]
pub(crate) struct Running {
    /// Leads its own process group, which has the same number.
    pub(crate) pid: Pid,
    /// Becomes readable when the process ends.
    pub(crate) process: OwnedFd,
    /// Where new threads of it are asked about.
    pub(crate) threads: Option<Threads>,
    /// At level 3 `pid` is process 1 of the program's namespace, and says here
    /// how the program itself has ended.
    status: Option<OwnedFd>,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

/// The signals that end a program unless it does something about them.
const SIGNALS: [(Signal, &str); 16] = [
    (Signal::HUP, "SIGHUP"),
    (Signal::INT, "SIGINT"),
    (Signal::QUIT, "SIGQUIT"),
    (Signal::ILL, "SIGILL"),
    (Signal::TRAP, "SIGTRAP"),
    (Signal::ABORT, "SIGABRT"),
    (Signal::BUS, "SIGBUS"),
    (Signal::FPE, "SIGFPE"),
    (Signal::KILL, "SIGKILL"),
    (Signal::SEGV, "SIGSEGV"),
    (Signal::PIPE, "SIGPIPE"),
    (Signal::ALARM, "SIGALRM"),
    (Signal::TERM, "SIGTERM"),
    (Signal::XCPU, "SIGXCPU"),
    (Signal::XFSZ, "SIGXFSZ"),
    (Signal::SYS, "SIGSYS"),
];

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit code {code}"),
            Self::Signal(signal) => match SIGNALS.iter().find(|(s, _)| s.as_raw() == *signal) {
                Some((_, name)) => write!(f, "was ended by signal {signal} ({name})"),
                None => write!(f, "was ended by signal {signal}"),
            },
        }
    }
}

/// Starts a task with these ends of its lanes. `_permit`: the policy allows it.
/// Answers the reading ends of its standard output and error output too.
pub(crate) fn start(
    sandbox: &Sandbox,
    task: &Task,
    lanes: &[OwnedFd],
    _permit: Permit,
) -> Result<(Running, [OwnedFd; 2]), StartError> {
    let program = sandbox.folder.program(&task.path)?;
    let streams = |e| StartError::system("making its standard streams", e);
    let nothing =
        open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(streams)?;
    let (output, output_end) = stream().map_err(streams)?;
    let (errors, errors_end) = stream().map_err(streams)?;
    let standard: [BorrowedFd<'_>; 3] = [nothing.as_fd(), output_end.as_fd(), errors_end.as_fd()];
    let text = |text: String| {
        CString::new(text).map_err(|_| StartError::system("passing its arguments", Errno::INVAL))
    };
    let arguments = [&task.path]
        .into_iter()
        .chain(&task.args)
        .cloned()
        .map(text);
    let environment = task
        .env
        .iter()
        .map(|(key, value)| text(format!("{key}={value}")));
    let mut prepared = Prepared {
        program: &program,
        arguments: arguments.collect::<Result<_, _>>()?,
        environment: environment.collect::<Result<_, _>>()?,
        descriptors: standard
            .into_iter()
            .chain(lanes.iter().map(AsFd::as_fd))
            .collect(),
        limits: &[],
        restrictions: None,
        root: None,
    };
    let mut files = None;
    sandbox.confine(&mut prepared, &mut files)?;
    let Process {
        pid,
        threads,
        status,
    } = spawn(&mut prepared)?;
    // the process is our child and not yet waited for, so the number is still its own
    let process = pidfd_open(pid, PidfdFlags::empty()).map_err(|e| {
        let _ = kill_process_group(pid, Signal::KILL);
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
        StartError::system("watching the program", e)
    })?;
    Ok((
        Running {
            pid,
            process,
            threads,
            status,
        },
        [output, errors],
    ))
}

/// A pipe whose reading end never makes the kernel wait.
fn stream() -> Result<(OwnedFd, OwnedFd), Errno> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
    ioctl_fionbio(&read, true)?;
    Ok((read, write))
}

impl Running {
    /// Ends the program and everything in its process group.
    pub(crate) fn kill(&self) {
        // a process that has ended already is what was wanted
        let _ = pidfd_send_signal(&self.process, Signal::KILL);
        let _ = kill_process_group(self.pid, Signal::KILL);
    }

    /// Waits for the program's end and leaves no zombie. What is left of its
    /// process group is ended before its number can become another's.
    pub(crate) fn wait(&self) -> Ended {
        let _ = waitid(
            WaitId::PidFd(self.process.as_fd()),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        );
        let _ = kill_process_group(self.pid, Signal::KILL);
        let seen = match waitid(WaitId::PidFd(self.process.as_fd()), WaitIdOptions::EXITED) {
            Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => Ended::Code(code),
                (None, signal) => Ended::Signal(signal.unwrap_or(0)),
            },
            _ => Ended::Signal(0),
        };
        match &self.status {
            None => seen,
            // process 1 ends before the program only when it is ended, and the program with it
            Some(status) => reported(status).unwrap_or(Ended::Signal(Signal::KILL.as_raw())),
        }
    }
}

/// What process 1 of a namespace has written about its program.
fn reported(status: &OwnedFd) -> Option<Ended> {
    let mut bytes = [0; 4];
    let length = retry_on_intr(|| read(status, &mut bytes)).ok()?;
    let how = ExitStatus::from_raw(i32::from_le_bytes(bytes));
    let ended = how
        .code()
        .map(Ended::Code)
        .or(how.signal().map(Ended::Signal));
    ended.filter(|_| length == bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_shown_with_the_name_that_the_manual_pages_use() {
        assert_eq!(Ended::Code(3).to_string(), "ended with exit code 3");
        assert_eq!(
            Ended::Signal(9).to_string(),
            "was ended by signal 9 (SIGKILL)"
        );
        assert_eq!(
            Ended::Signal(6).to_string(),
            "was ended by signal 6 (SIGABRT)"
        );
        assert_eq!(Ended::Signal(40).to_string(), "was ended by signal 40");
    }
}
