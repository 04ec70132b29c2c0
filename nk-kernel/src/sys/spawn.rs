//! From nothing to a running program: fork, the launch sequence of `spec/reliability.md` §1.3 at isolation level 1, exec.
//!
//! Between fork and exec only system calls are made. Everything they need is laid out before: the child takes no memory,
//! takes no lock, and cannot panic, whatever other threads the kernel process had at the moment of the fork.
use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use rustix::io::{Errno, fcntl_dupfd_cloexec, retry_on_intr};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, getpid, kill_process};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// Descriptors that a program may have open.
const MAX_DESCRIPTORS: libc::rlim_t = 1024;
/// Exit code of a child that could not become the program; its real answer goes through the pipe.
const NOT_STARTED: c_int = 127;

/// A program that is ready to be started.
#[derive(Debug)]
pub(crate) struct Prepared<'f> {
    /// The executable, already found and checked.
    pub(crate) program: &'f OwnedFd,
    /// `argv`
    pub(crate) arguments: Vec<CString>,
    /// `envp`, the whole environment.
    pub(crate) environment: Vec<CString>,
    /// Standard input, output and error output, then the lanes: descriptors 0, 1, 2, 3 and so on of the program.
    pub(crate) descriptors: Vec<BorrowedFd<'f>>,
}

/// A step of the launch sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Step {
    /// Making the process.
    Fork,
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
    /// No new privileges.
    Privileges,
    /// Becoming the program.
    Exec,
}

impl Step {
    const ALL: [Self; 9] = [
        Self::Fork,
        Self::Session,
        Self::ParentDeath,
        Self::Descriptors,
        Self::CloseOthers,
        Self::Folder,
        Self::Limits,
        Self::Privileges,
        Self::Exec,
    ];

    /// What could not be done.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Fork => "making a process",
            Self::Session => "giving it its own session",
            Self::ParentDeath => "tying its life to the kernel's",
            Self::Descriptors => "handing over its lanes",
            Self::CloseOthers => "closing other descriptors",
            Self::Folder => "changing to the root folder",
            Self::Limits => "limiting its resources",
            Self::Privileges => "taking its privileges",
            Self::Exec => "executing it",
        }
    }
}

/// Which step failed, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpawnError {
    pub(crate) step: Step,
    pub(crate) errno: Errno,
}

/// Everything that the child needs, as plain numbers and pointers.
struct Child<'p> {
    parent: libc::pid_t,
    program: RawFd,
    report: RawFd,
    /// Sources of descriptors 0, 1, 2 and so on; all above the highest of these.
    descriptors: &'p [RawFd],
    first_other: libc::c_uint,
    arguments: &'p [*const c_char],
    environment: &'p [*const c_char],
}

/// Starts a program and answers its process id. When it answers, the child has become the program.
pub(crate) fn spawn(prepared: &Prepared<'_>) -> Result<Pid, SpawnError> {
    let failed = |errno| SpawnError { step: Step::Fork, errno };
    let floor = RawFd::try_from(prepared.descriptors.len()).map_err(|_| failed(Errno::MFILE))?.max(3);
    // copies above the descriptors that they will become, so that none overwrites another
    let sources = prepared.descriptors.iter().map(|fd| fcntl_dupfd_cloexec(fd, floor));
    let sources = sources.collect::<Result<Vec<OwnedFd>, _>>().map_err(failed)?;
    let program = fcntl_dupfd_cloexec(prepared.program, floor).map_err(failed)?;
    let (answer, report) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
    let report = fcntl_dupfd_cloexec(report, floor).map_err(failed)?;
    let descriptors: Vec<RawFd> = sources.iter().map(AsRawFd::as_raw_fd).collect();
    let child = Child {
        parent: getpid().as_raw_nonzero().get(),
        program: program.as_raw_fd(),
        report: report.as_raw_fd(),
        descriptors: &descriptors,
        first_other: libc::c_uint::try_from(floor).map_err(|_| failed(Errno::MFILE))?,
        arguments: &pointers(&prepared.arguments),
        environment: &pointers(&prepared.environment),
    };
    // SAFETY: the child runs `become_program` only, which makes nothing but system calls with what `child` holds.
    let pid = match unsafe { libc::fork() } {
        // SAFETY: we are the child, and everything that `child` points to was copied with the process.
        0 => unsafe { become_program(&child) },
        pid => Pid::from_raw(pid).filter(|_| pid > 0).ok_or_else(|| failed(last_errno()))?,
    };
    drop(report);
    match read_answer(&answer) {
        None => Ok(pid),
        Some(error) => {
            // it has failed and is ending; make sure, and leave no zombie
            let _ = kill_process(pid, Signal::KILL);
            let _ = retry_on_intr(|| rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty()));
            Err(error)
        }
    }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::AGAIN)
}

/// A list of C strings as exec wants it, with a null at its end.
fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
}

/// The step and errno that the child reports; nothing when the pipe closed because exec succeeded.
fn read_answer(answer: &OwnedFd) -> Option<SpawnError> {
    let mut bytes = [0; 5];
    let length = retry_on_intr(|| rustix::io::read(answer, &mut bytes)).unwrap_or(0);
    if length == 0 {
        return None;
    }
    let [step, errno @ ..] = bytes;
    let step = Step::ALL.into_iter().find(|s| *s as u8 == step).unwrap_or(Step::Fork);
    Some(SpawnError { step, errno: Errno::from_raw_os_error(i32::from_le_bytes(errno)) })
}

/// The child's half. Never comes back.
///
/// # Safety
/// To be called in a child right after fork, with pointers that are valid there.
unsafe fn become_program(child: &Child<'_>) -> ! {
    // SAFETY: as demanded by this function.
    let step = unsafe { launch(child) };
    // SAFETY: `__errno_location` points to this thread's errno.
    let errno = unsafe { *libc::__errno_location() }.to_le_bytes();
    let message = [step as u8, errno[0], errno[1], errno[2], errno[3]];
    // SAFETY: `message` has as many bytes as are written; the descriptor is the child's own. `_exit` runs nothing of the
    // parent's that was registered for its end.
    unsafe {
        libc::write(child.report, message.as_ptr().cast(), message.len());
        libc::_exit(NOT_STARTED)
    }
}

/// The launch sequence; answers the step that failed, with errno set.
///
/// # Safety
/// As [`become_program`].
unsafe fn launch(child: &Child<'_>) -> Step {
    // SAFETY: plain system calls on numbers, on `'static` strings and on the valid, null-terminated lists of `child`;
    // signal sets and limits are local values that outlive the calls.
    unsafe {
        if libc::setsid() < 0 {
            return Step::Session;
        }
        // the parent may have died before the signal was asked for: then nobody would send it
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) < 0 || libc::getppid() != child.parent {
            return Step::ParentDeath;
        }
        // what its processes leave behind stays below it, and comes to the kernel when it ends
        if libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 {
            return Step::ParentDeath;
        }
        reset_signals();
        let mut target: RawFd = 0;
        for source in child.descriptors {
            if libc::dup2(*source, target) < 0 {
                return Step::Descriptors;
            }
            target = target.wrapping_add(1);
        }
        if libc::syscall(libc::SYS_close_range, child.first_other, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) < 0 {
            return Step::CloseOthers;
        }
        libc::umask(0o077);
        if libc::chdir(c"/".as_ptr()) < 0 {
            return Step::Folder;
        }
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        let files = libc::rlimit { rlim_cur: MAX_DESCRIPTORS, rlim_max: MAX_DESCRIPTORS };
        if libc::setrlimit(libc::RLIMIT_CORE, &raw const none) < 0 || limit_descriptors(files) < 0 {
            return Step::Limits;
        }
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 {
            return Step::Privileges;
        }
        let empty: &CStr = c"";
        let (arguments, environment) = (child.arguments.as_ptr(), child.environment.as_ptr());
        libc::syscall(libc::SYS_execveat, child.program, empty.as_ptr(), arguments, environment, libc::AT_EMPTY_PATH);
        Step::Exec
    }
}

/// Lowers the limit of open descriptors; never raises it.
///
/// # Safety
/// As [`become_program`].
unsafe fn limit_descriptors(wanted: libc::rlimit) -> c_int {
    let mut now = wanted;
    // SAFETY: both calls work on local values.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut now) < 0 {
            return -1;
        }
        if now.rlim_max < wanted.rlim_max {
            return 0;
        }
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const wanted)
    }
}

/// Signals that the kernel ignores or blocks are not the program's.
///
/// # Safety
/// As [`become_program`].
unsafe fn reset_signals() {
    // SAFETY: numbers that are no signals, or cannot be changed, are refused without effect; the set is a local value
    // that `sigemptyset` fills in before it is used.
    unsafe {
        let mut signal: c_int = 1;
        while signal <= 64 {
            libc::signal(signal, libc::SIG_DFL);
            signal = signal.wrapping_add(1);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use rustix::fd::AsFd;
    use rustix::fs::{Mode, OFlags, open};
    use rustix::process::{WaitOptions, waitpid};
    use std::io::Read;

    fn run(script: &str, environment: &[&str]) -> (String, i32) {
        let program = open("/bin/sh", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let text = |t: &str| CString::new(t).unwrap();
        let pid = spawn(&Prepared {
            program: &program,
            arguments: ["sh", "-c", script].map(text).to_vec(),
            environment: environment.iter().copied().map(text).collect(),
            descriptors: vec![null.as_fd(), write.as_fd(), null.as_fd(), null.as_fd()],
        })
        .unwrap();
        drop(write);
        let mut output = String::new();
        std::fs::File::from(read).read_to_string(&mut output).unwrap();
        let (_, status) = waitpid(Some(pid), WaitOptions::empty()).unwrap().unwrap();
        (output, status.exit_status().unwrap())
    }

    #[test]
    fn a_program_gets_its_descriptors_and_environment_and_nothing_else() {
        let (output, code) =
            run("echo $(ls /proc/self/fd | wc -l); /usr/bin/env | grep -v -E '^(_|PWD|SHLVL|OLDPWD)='", &["A=1"]);
        // 0 to 3 that were handed over, and the folder that `ls` itself opened
        assert_eq!((output.as_str(), code), ("5\nA=1\n", 0));
    }

    #[test]
    fn a_program_is_on_level_1() {
        let script = "grep -E '^(NoNewPrivs|SigBlk)' /proc/self/status; ulimit -c; ulimit -n; umask; pwd";
        let (output, _) = run(script, &[]);
        let expected = ["SigBlk:\t0000000000000000", "NoNewPrivs:\t1", "0", "1024", "0077", "/"];
        assert_eq!(output.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn signals_that_the_kernel_ignores_are_not_ignored_by_a_program() {
        let (output, _) = run("grep ^SigIgn /proc/self/status", &[]);
        let ignored = u64::from_str_radix(output.trim_start_matches("SigIgn:").trim(), 16).unwrap();
        // 32 and 33 are the C library's own and cannot be set through it
        assert_eq!(ignored & 0x7fff_ffff, 0, "the test's own process ignores SIGPIPE");
    }

    #[test]
    fn a_program_leads_its_own_session() {
        let (output, _) = run("cut -d' ' -f1,5,6 /proc/$$/stat", &[]);
        let ids: Vec<&str> = output.split_whitespace().collect();
        assert!(ids.len() == 3 && ids[0] == ids[1] && ids[1] == ids[2], "pid, process group, session: {ids:?}");
    }

    #[test]
    fn a_file_that_cannot_be_executed_is_reported_with_its_step() {
        let program = open("/etc/passwd", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let prepared = Prepared {
            program: &program,
            arguments: vec![c"x".into()],
            environment: vec![],
            descriptors: vec![null.as_fd(); 3],
        };
        assert_eq!(spawn(&prepared), Err(SpawnError { step: Step::Exec, errno: Errno::ACCESS }));
    }
}
