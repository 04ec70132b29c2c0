//! From nothing to a running program, the parent's half: lays everything out,
//! forks, and hears whether the child has become the program.
//!
//! The two halves share one socket pair. The child writes to it only if a step
//! fails: five bytes, the step and `errno`. It is closed by a successful
//! `execveat`, so that reading nothing is the answer that all went well. Beside
//! one byte, the child hands over the listener of its seccomp filter, by which
//! the kernel is asked about new threads.
//!
//! The child is made by a plain `fork`: between it and `execveat` it makes
//! system calls only (`sys::child`), with memory that was laid out before.
use super::child::{Child, Confinement, Limit, become_program};
use super::namespaces::{Root, fork_into_namespaces};
use super::step::{SpawnError, Step};
use super::threads::Threads;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use rustix::io::{Errno, IoSliceMut, fcntl_dupfd_cloexec, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType,
    recvmsg, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, getpid, kill_process};
use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;

/// A program that is ready to be started.
#[derive(Debug)]
pub(crate) struct Prepared<'f> {
    /// The executable, already found and checked.
    pub(crate) program: &'f OwnedFd,
    /// `argv`
    pub(crate) arguments: Vec<CString>,
    /// `envp`, the whole environment.
    pub(crate) environment: Vec<CString>,
    /// Standard input, output and error output, then the lanes: descriptors 0,
    /// 1, 2, 3 and so on of the program.
    pub(crate) descriptors: Vec<BorrowedFd<'f>>,
    /// Resource limits.
    pub(crate) limits: &'f [Limit],
    /// Levels 2 and 3: files and system calls.
    pub(crate) restrictions: Option<Restrictions<'f>>,
    /// Level 3: namespaces with this root folder.
    pub(crate) root: Option<&'f Root>,
}

/// What confines a program.
#[derive(Debug)]
pub(crate) struct Restrictions<'f> {
    /// The Landlock ruleset.
    pub(crate) files: &'f OwnedFd,
    /// seccomp filters, in the order in which they are installed; the third
    /// where the second asks in vain.
    pub(crate) filters: [Vec<libc::sock_filter>; 3],
    /// What stands in the upper halves of the first and the last argument of
    /// `execveat`: the filters let nobody through without.
    pub(crate) password: [u32; 2],
}

/// A process that has become a program.
#[derive(Debug)]
pub(crate) struct Process {
    /// The kernel's child: the program, or process 1 of its namespace.
    pub(crate) pid: Pid,
    /// Where new threads of it are asked about.
    pub(crate) threads: Option<Threads>,
    /// Where process 1 of a namespace writes how the program ended, as `wait`
    /// gives it.
    pub(crate) status: Option<OwnedFd>,
}

/// Starts a program. When it answers, the child has become the program.
pub(crate) fn spawn(prepared: &mut Prepared<'_>) -> Result<Process, SpawnError> {
    let failed = |errno| SpawnError {
        step: Step::Fork,
        errno,
    };
    let floor = RawFd::try_from(prepared.descriptors.len())
        .map_err(|_| failed(Errno::MFILE))?
        .max(3);
    // copies above the descriptors that they will become, so that none overwrites another
    let high = |fd: BorrowedFd<'_>| fcntl_dupfd_cloexec(fd, floor).map_err(failed);
    let sources = prepared
        .descriptors
        .iter()
        .map(|fd| high(*fd))
        .collect::<Result<Vec<OwnedFd>, _>>()?;
    let program = high(prepared.program.as_fd())?;
    let (answer, report) = pair(high)?;
    let (status, status_end) = match prepared.root {
        Some(_) => high_pipe(high).map(|(status, status_end)| (Some(status), Some(status_end)))?,
        None => (None, None),
    };
    let files = prepared
        .restrictions
        .as_ref()
        .map(|restrictions| high(restrictions.files.as_fd()))
        .transpose()?;
    let descriptors: Vec<RawFd> = sources.iter().map(AsRawFd::as_raw_fd).collect();
    let child = Child {
        parent: getpid().as_raw_nonzero().get(),
        program: program.as_raw_fd(),
        report: report.as_raw_fd(),
        answer: answer.as_raw_fd(),
        descriptors: &descriptors,
        first_other: libc::c_uint::try_from(floor).map_err(|_| failed(Errno::MFILE))?,
        arguments: &pointers(&prepared.arguments),
        environment: &pointers(&prepared.environment),
        limits: prepared.limits,
        confinement: prepared
            .restrictions
            .as_mut()
            .zip(files.as_ref())
            .map(|(restrictions, files)| restrictions.for_child(files)),
        root: prepared
            .root
            .zip(status_end.as_ref().map(AsRawFd::as_raw_fd)),
    };
    // SAFETY: the child runs `become_program` only, which makes nothing but system calls with what `child` holds.
    let (forked, step) = match prepared.root {
        None => (unsafe { libc::fork() }, Step::Fork),
        // SAFETY: as above
        Some(_) => (unsafe { fork_into_namespaces() }, Step::Namespaces),
    };
    if forked == 0 {
        // SAFETY: we are the child, and everything that `child` points to was copied with the process.
        unsafe { become_program(&child) }
    }
    let errno = last_errno();
    // asked for only when there is one: a negative number is none
    let pid = if forked > 0 {
        Pid::from_raw(forked)
    } else {
        None
    };
    let pid = pid.ok_or(SpawnError { step, errno })?;
    drop((report, status_end));
    match read_answer(&answer) {
        Ok(threads) => Ok(Process {
            pid,
            threads: threads.map(Threads::new),
            status,
        }),
        Err(error) => {
            // it has failed and is ending; make sure, and leave no zombie
            let _ = kill_process(pid, Signal::KILL);
            let _ = retry_on_intr(|| {
                rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty())
            });
            Err(error)
        }
    }
}

/// The two ends of what the child reports by: ours, and the child's, above the
/// descriptors of a program.
fn pair(
    high: impl Fn(BorrowedFd<'_>) -> Result<OwnedFd, SpawnError>,
) -> Result<(OwnedFd, OwnedFd), SpawnError> {
    let ends = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    );
    let (ours, theirs) = ends.map_err(|errno| SpawnError {
        step: Step::Fork,
        errno,
    })?;
    Ok((ours, high(theirs.as_fd())?))
}

/// A pipe whose writing end is above the descriptors of a program.
fn high_pipe(
    high: impl Fn(BorrowedFd<'_>) -> Result<OwnedFd, SpawnError>,
) -> Result<(OwnedFd, OwnedFd), SpawnError> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(|errno| SpawnError {
        step: Step::Fork,
        errno,
    })?;
    Ok((read, high(write.as_fd())?))
}

impl Restrictions<'_> {
    /// As plain numbers and pointers into this, for a child that must not take
    /// memory. `files`: a copy of the ruleset above the descriptors that the
    /// program gets.
    fn for_child(&mut self, files: &OwnedFd) -> Confinement {
        let filters = self.filters.each_mut().map(|filter| libc::sock_fprog {
            // a filter that is too long is refused by the system
            len: filter.len().try_into().unwrap_or(0),
            filter: filter.as_mut_ptr(),
        });
        Confinement {
            files: files.as_raw_fd(),
            filters,
            password: self.password,
        }
    }
}

/// The error of the system call that this thread made last.
pub(super) fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::AGAIN)
}

/// A list of C strings as exec wants it, with a null at its end.
fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts
        .iter()
        .map(|text| text.as_ptr())
        .chain([ptr::null()])
        .collect()
}

/// What the child reports: perhaps a descriptor by which it asks about threads;
/// then the step and errno at which it failed, or nothing, when exec has closed
/// its end.
fn read_answer(answer: &OwnedFd) -> Result<Option<OwnedFd>, SpawnError> {
    let mut threads = None;
    loop {
        let mut bytes = [0; 5];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = retry_on_intr(|| {
            recvmsg(
                answer,
                &mut [IoSliceMut::new(&mut bytes)],
                &mut beside,
                flags,
            )
        });
        let length = received.map_or(0, |received| received.bytes);
        let [step, errno @ ..] = bytes;
        match length {
            0 => return Ok(threads),
            1 => threads = beside.drain().find_map(first_descriptor),
            _ => {
                let errno = Errno::from_raw_os_error(i32::from_le_bytes(errno));
                return Err(SpawnError {
                    step: Step::from_number(step),
                    errno,
                });
            }
        }
    }
}

/// The first descriptor beside a message; more are closed.
fn first_descriptor(message: RecvAncillaryMessage<'_>) -> Option<OwnedFd> {
    match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
mod tests {
    use super::*;
    use rustix::fd::AsFd;
    use rustix::fs::{Mode, OFlags, open};
    use rustix::process::{WaitOptions, waitpid};
    use std::io::Read;

    fn prepared<'f>(
        program: &'f OwnedFd,
        arguments: &[&str],
        descriptors: Vec<BorrowedFd<'f>>,
    ) -> Prepared<'f> {
        const LIMITS: &[Limit] = &[
            Limit {
                resource: libc::RLIMIT_CORE,
                value: 0,
            },
            Limit {
                resource: libc::RLIMIT_NOFILE,
                value: 100,
            },
            // nobody is given this much more than there was
            Limit {
                resource: libc::RLIMIT_STACK,
                value: u64::MAX - 1,
            },
        ];
        let arguments = arguments
            .iter()
            .map(|a| CString::new(*a).unwrap())
            .collect();
        Prepared {
            program,
            arguments,
            environment: vec![],
            descriptors,
            limits: LIMITS,
            restrictions: None,
            root: None,
        }
    }

    fn run(script: &str, environment: &[&str]) -> (String, i32) {
        let program = open("/bin/sh", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let descriptors = vec![null.as_fd(), write.as_fd(), null.as_fd(), null.as_fd()];
        let mut prepared = prepared(&program, &["sh", "-c", script], descriptors);
        prepared.environment = environment
            .iter()
            .map(|t| CString::new(*t).unwrap())
            .collect();
        let process = spawn(&mut prepared).unwrap();
        drop(prepared);
        drop(write);
        let mut output = String::new();
        std::fs::File::from(read)
            .read_to_string(&mut output)
            .unwrap();
        let (_, status) = waitpid(Some(process.pid), WaitOptions::empty())
            .unwrap()
            .unwrap();
        (output, status.exit_status().unwrap())
    }

    #[test]
    fn a_program_gets_its_descriptors_and_environment_and_nothing_else() {
        let (output, code) = run(
            "echo $(ls /proc/self/fd | wc -l); /usr/bin/env | grep -v -E '^(_|PWD|SHLVL|OLDPWD)='",
            &["A=1"],
        );
        // 0 to 3 that were handed over, and the folder that `ls` itself opened
        assert_eq!((output.as_str(), code), ("5\nA=1\n", 0));
    }

    #[test]
    fn a_program_is_on_level_1() {
        let script =
            "grep -E '^(NoNewPrivs|SigBlk)' /proc/self/status; ulimit -c; ulimit -n; umask; pwd";
        let (output, _) = run(script, &[]);
        let expected = [
            "SigBlk:\t0000000000000000",
            "NoNewPrivs:\t1",
            "0",
            "100",
            "0077",
            "/",
        ];
        assert_eq!(output.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_program_ends_before_the_kernel_when_memory_is_short() {
        let (output, _) = run("cat /proc/self/oom_score_adj", &[]);
        assert_eq!(output, "500\n");
    }

    #[test]
    fn signals_that_the_kernel_ignores_are_not_ignored_by_a_program() {
        let (output, _) = run("grep ^SigIgn /proc/self/status", &[]);
        let ignored = u64::from_str_radix(output.trim_start_matches("SigIgn:").trim(), 16).unwrap();
        // 32 and 33 are the C library's own and cannot be set through it
        assert_eq!(
            ignored & 0x7fff_ffff,
            0,
            "the test's own process ignores SIGPIPE"
        );
    }

    #[test]
    fn a_program_leads_its_own_session() {
        let (output, _) = run("cut -d' ' -f1,5,6 /proc/$$/stat", &[]);
        let ids: Vec<&str> = output.split_whitespace().collect();
        assert!(
            ids.len() == 3 && ids[0] == ids[1] && ids[1] == ids[2],
            "pid, process group, session: {ids:?}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_executed_is_reported_with_its_step() {
        let program = open("/etc/passwd", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let refused = spawn(&mut prepared(&program, &["x"], vec![null.as_fd(); 3]));
        assert_eq!(
            refused.unwrap_err(),
            SpawnError {
                step: Step::Exec,
                errno: Errno::ACCESS
            }
        );
    }
}
