//! The child's half of a start: the launch sequence of
//! `docs/threats.md` §3 from fork to exec.
//!
//! Only system calls are made here. Everything they need was laid out before:
//! the child takes no memory, takes no lock, and cannot panic, whatever other
//! threads the kernel process had at the moment of the fork.
use super::namespaces::{Root, enter};
use super::step::Step;
use rustix::fd::RawFd;
use std::ffi::{CStr, c_char, c_int, c_long, c_uint};
use std::ptr;

/// Exit code of a child that could not become the program; its real answer goes
/// through the pipe.
const NOT_STARTED: c_int = 127;
/// The process that a machine without memory ends first: a program rather than
/// the kernel, whose own number is 0.
const FIRST_TO_GO: &[u8] = b"500";
/// Capabilities have smaller numbers.
const MAX_CAPABILITIES: c_int = 64;

/// The value that stands in filters for the number of the process that they are
/// installed in.
pub(crate) const OWN_PROCESS: u32 = 0x4e4b_5049;

/// A resource limit: neither soft nor hard limit is above it afterwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) resource: libc::__rlimit_resource_t,
    pub(crate) value: u64,
}

/// Everything that the child needs, as plain numbers and pointers.
pub(super) struct Child<'p> {
    /// Who has to be alive.
    pub(super) parent: libc::pid_t,
    pub(super) program: RawFd,
    pub(super) report: RawFd,
    /// The kernel's end of `report`, which the child has a copy of.
    pub(super) answer: RawFd,
    /// Sources of descriptors 0, 1, 2 and so on; all above the highest of
    /// these.
    pub(super) descriptors: &'p [RawFd],
    pub(super) first_other: c_uint,
    pub(super) arguments: &'p [*const c_char],
    pub(super) environment: &'p [*const c_char],
    pub(super) limits: &'p [Limit],
    pub(super) confinement: Option<Confinement>,
    /// The root folder in namespaces of its own, and where the end of the
    /// program is told.
    pub(super) root: Option<(&'p Root, RawFd)>,
}

/// Levels 2 and 3.
#[derive(Clone, Copy)]
pub(super) struct Confinement {
    /// The Landlock ruleset.
    pub(super) files: RawFd,
    /// Two filters, the second one on top of the first, and what takes its
    /// place where it cannot be. [`OWN_PROCESS`] in them is replaced in the
    /// child's copy.
    pub(super) filters: [libc::sock_fprog; 3],
    /// What the filters want to see in the upper halves of two arguments of
    /// `execveat`, which the system itself ignores.
    pub(super) password: [u32; 2],
}

/// Becomes the program, or reports the step that failed. Never comes back.
///
/// # Safety
/// To be called in a child right after fork, with pointers that are valid
/// there.
pub(super) unsafe fn become_program(child: &Child<'_>) -> ! {
    // SAFETY: as demanded by this function; the descriptor is the child's copy, and the path a `'static` string.
    let step = unsafe {
        libc::close(child.answer);
        let first_to_go = libc::open(
            c"/proc/self/oom_score_adj".as_ptr(),
            libc::O_WRONLY | libc::O_CLOEXEC,
        );
        libc::write(first_to_go, FIRST_TO_GO.as_ptr().cast(), FIRST_TO_GO.len());
        libc::close(first_to_go);
        match child.root {
            Some((root, status)) => enter(child, root, status),
            None => launch(child, child.parent),
        }
    };
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
pub(super) unsafe fn launch(child: &Child<'_>, parent: libc::pid_t) -> Step {
    // SAFETY: plain system calls on numbers, on `'static` strings and on the valid, null-terminated lists of `child`.
    unsafe {
        if libc::setsid() < 0 {
            return Step::Session;
        }
        // the parent may have died before the signal was asked for: then nobody would send it
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) < 0 || libc::getppid() != parent {
            return Step::ParentDeath;
        }
        // what its processes leave behind stays below it, and comes to the kernel when it ends
        if libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 {
            return Step::ParentDeath;
        }
        reset_signals();
        // address space randomisation and the like are not the caller's to switch off
        libc::personality(0);
        let mut target: RawFd = 0;
        for source in child.descriptors {
            if libc::dup2(*source, target) < 0 {
                return Step::Descriptors;
            }
            target = target.wrapping_add(1);
        }
        if libc::syscall(
            libc::SYS_close_range,
            child.first_other,
            c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        ) < 0
        {
            return Step::CloseOthers;
        }
        libc::umask(0o077);
        if libc::chdir(c"/".as_ptr()) < 0 {
            return Step::Folder;
        }
        for limit in child.limits {
            if !lower(*limit) {
                return Step::Limits;
            }
        }
        if let Err(step) = confine(child.confinement) {
            return step;
        }
        execute(child)
    }
}

/// Takes privileges and files from this process.
///
/// # Safety
/// As [`become_program`].
pub(super) unsafe fn confine(confinement: Option<Confinement>) -> Result<(), Step> {
    // SAFETY: system calls on numbers; capability sets are local values of the layout that version 3 has.
    unsafe {
        if confinement.is_some() && !drop_capabilities() {
            return Err(Step::Privileges);
        }
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 {
            return Err(Step::Privileges);
        }
        let Some(confinement) = confinement else {
            return Ok(());
        };
        // memory is never writable and then executable; systems before 6.3 do not know this
        libc::prctl(libc::PR_SET_MDWE, libc::PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
        if libc::syscall(libc::SYS_landlock_restrict_self, confinement.files, 0) < 0 {
            return Err(Step::Files);
        }
        Ok(())
    }
}

/// Gives up every capability, now and for what is executed later.
///
/// # Safety
/// As [`become_program`].
unsafe fn drop_capabilities() -> bool {
    /// `struct __user_cap_header_struct`
    #[repr(C)]
    struct Header {
        version: u32,
        pid: c_int,
    }
    /// `_LINUX_CAPABILITY_VERSION_3`: two sets of 32 capabilities each.
    const VERSION_3: u32 = 0x2008_0522;
    // SAFETY: system calls on numbers; the header and the two sets (effective, permitted, inheritable; low and high half)
    // are local values with the layout of version 3.
    unsafe {
        // only root may and has to; others have no group that they did not have before
        libc::syscall(libc::SYS_setgroups, 0_usize, ptr::null::<libc::gid_t>());
        libc::prctl(
            libc::PR_CAP_AMBIENT,
            libc::PR_CAP_AMBIENT_CLEAR_ALL,
            0,
            0,
            0,
        );
        let mut capability = 0;
        while capability < MAX_CAPABILITIES {
            // without the capability for this there is none that exec could give, as no new privileges are gained
            libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
            capability = capability.wrapping_add(1);
        }
        let (header, none) = (
            Header {
                version: VERSION_3,
                pid: 0,
            },
            [[0_u32; 3]; 2],
        );
        libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) == 0
    }
}

/// Installs the filters and becomes the program.
///
/// # Safety
/// As [`become_program`].
unsafe fn execute(child: &Child<'_>) -> Step {
    let empty: &CStr = c"";
    let (mut program, mut flags) = (i64::from(child.program), i64::from(libc::AT_EMPTY_PATH));
    // SAFETY: the filters are this process's own copy, as long as they say, and nobody else looks at them; the lists are
    // valid and end with a null.
    unsafe {
        if let Some(Confinement {
            filters,
            password: [first, second],
            ..
        }) = child.confinement
        {
            for filter in &filters {
                name_own_process(filter);
            }
            let [listed, asking, unasking] = &filters;
            if install(listed, 0) < 0 {
                return Step::Calls;
            }
            // where somebody else is asked already about what this process does, it cannot be asked about threads
            let asked = install(asking, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER);
            if asked >= 0 && !hand_over(child.report, asked)
                || asked < 0 && install(unasking, 0) < 0
            {
                return Step::Calls;
            }
            // the system takes the lower halves of these two; the filter wants the upper ones
            program |= i64::from(first.cast_signed()) << 32;
            flags |= i64::from(second.cast_signed()) << 32;
        }
        let (arguments, environment) = (child.arguments.as_ptr(), child.environment.as_ptr());
        libc::syscall(
            libc::SYS_execveat,
            program as c_long,
            empty.as_ptr(),
            arguments,
            environment,
            flags as c_long,
        );
    }
    Step::Exec
}

/// Installs a filter; -1, 0, or a descriptor, as the flags want it.
///
/// # Safety
/// As [`execute`].
unsafe fn install(filter: &libc::sock_fprog, flags: libc::c_ulong) -> RawFd {
    // SAFETY: the filter is as long as it says.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            ptr::from_ref(filter),
        )
    };
    RawFd::try_from(answer).unwrap_or(-1)
}

/// Sends a descriptor to the parent, beside one byte.
///
/// # Safety
/// As [`become_program`].
unsafe fn hand_over(report: RawFd, descriptor: RawFd) -> bool {
    /// A control message with one descriptor.
    #[repr(C)]
    struct Control {
        header: libc::cmsghdr,
        descriptor: RawFd,
    }
    let mut byte = 0_u8;
    let mut part = libc::iovec {
        iov_base: (&raw mut byte).cast(),
        iov_len: 1,
    };
    // SAFETY: all of these are numbers and pointers, for which zero is nothing; the structures are local values that live
    // through the call, and as large as they say.
    unsafe {
        let mut control: Control = std::mem::zeroed();
        control.header.cmsg_len = libc::CMSG_LEN(4) as _;
        control.header.cmsg_level = libc::SOL_SOCKET;
        control.header.cmsg_type = libc::SCM_RIGHTS;
        control.descriptor = descriptor;
        let mut message: libc::msghdr = std::mem::zeroed();
        (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
        message.msg_control = (&raw mut control).cast();
        message.msg_controllen = size_of::<Control>() as _;
        libc::sendmsg(report, &raw const message, libc::MSG_NOSIGNAL) == 1
    }
}

/// Puts the number of this process where a filter has [`OWN_PROCESS`].
///
/// # Safety
/// As [`execute`].
unsafe fn name_own_process(filter: &libc::sock_fprog) {
    // SAFETY: every instruction that is touched is one of those that the filter has.
    unsafe {
        let own = libc::getpid().cast_unsigned();
        let mut n = 0;
        while n < usize::from(filter.len) {
            let instruction = filter.filter.add(n);
            if (*instruction).k == OWN_PROCESS {
                (*instruction).k = own;
            }
            n = n.wrapping_add(1);
        }
    }
}

/// Lowers a limit; never raises one.
///
/// # Safety
/// As [`become_program`].
unsafe fn lower(limit: Limit) -> bool {
    let mut now = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both calls work on a local value.
    unsafe {
        if libc::getrlimit(limit.resource, &raw mut now) < 0 {
            return false;
        }
        let value = if now.rlim_max < limit.value {
            now.rlim_max
        } else {
            limit.value
        };
        now = libc::rlimit {
            rlim_cur: value,
            rlim_max: value,
        };
        libc::setrlimit(limit.resource, &raw const now) == 0
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
