//! The system calls of a program at levels 2 and 3, as two seccomp filters.
//!
//! The first lets through what is listed here and answers everything else with
//! `EPERM`: computing, memory of its own, threads, signals to itself, time,
//! reading files that Landlock allows, and the lanes. The second, on top,
//! answers `ENOSYS` where C libraries know another way then: `clone3`, whose
//! flags no filter can see, and calls that are newer than this list.
//!
//! A new thread is asked about: the kernel counts those that there are
//! ([`crate::sys::Threads`]).
//!
//! `execve` is not on the list. The one `execveat` that starts the program is
//! let through because the upper halves of two of its arguments, which the
//! system ignores, hold a password that only the starting process has ever
//! known.
//!
//! | question | answer |
//! |---|---|
//! | a call on the list | goes on |
//! | a call on the list with arguments that are looked at | goes on, if they are as they should be |
//! | a new thread (`clone`) | the kernel is asked |
//! | `clone3`, calls newer than the list | `ENOSYS` |
//! | any other | `EPERM` |
use crate::sys::OWN_PROCESS;
use rustix::io::Errno;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// Calls that need no look at their arguments: what they reach is bounded by
/// Landlock, by the descriptors that the program has, and by its limits.
const FREE: &[i64] = &[
    // files and descriptors
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_umask,
    libc::SYS_fadvise64,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    // waiting
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_signalfd4,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    // lanes
    libc::SYS_sendmsg,
    libc::SYS_recvmsg,
    libc::SYS_sendto,
    libc::SYS_recvfrom,
    libc::SYS_getsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_shutdown,
    // memory
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_msync,
    libc::SYS_mincore,
    // threads
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_get_priority_min,
    libc::SYS_sched_get_priority_max,
    libc::SYS_getcpu,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_wait4,
    libc::SYS_waitid,
    // signals
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    // time
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_timer_create,
    libc::SYS_timer_settime,
    libc::SYS_timer_gettime,
    libc::SYS_timer_getoverrun,
    libc::SYS_timer_delete,
    // itself
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_getrusage,
    libc::SYS_capget,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrandom,
    // for the second filter, which ends it
    libc::SYS_seccomp,
];

/// The older names of some, which only this architecture has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[i64] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_getdents,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_time,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_getpgrp,
    libc::SYS_getrlimit,
    libc::SYS_arch_prctl,
];
/// There are none beside those on other machines.
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[i64] = &[];

/// The first number that this list knows nothing about (Linux 6.18 ends at 470;
/// all architectures count alike there).
const UNKNOWN: u32 = 471;

/// What a thread of the same program has in common with the one that makes it.
const THREAD: i32 =
    libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD;
/// And nothing of these may be new or traced.
const NO_THREAD: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_PTRACE;

/// Where what is compared stands, and how.
#[derive(Clone, Copy)]
enum When {
    /// The lower half of the argument, which is all that the call looks at, is
    /// this number.
    Is(u8, u64),
    /// Of these bits of the argument these are set.
    Bits(u8, u64, u64),
    /// The argument is a null pointer.
    Null(u8),
}

use When::{Bits, Is, Null};

/// Both filters, for the program that is started with this password; and what
/// takes the second one's place where the system lets nobody be asked about
/// threads.
pub(super) fn filters(password: [u32; 2]) -> Result<[Vec<libc::sock_filter>; 3], Errno> {
    let asked = with_another_way(libc::SECCOMP_RET_USER_NOTIF);
    let unasked = with_another_way(libc::SECCOMP_RET_ALLOW);
    Ok([listed(password).map_err(|_| Errno::INVAL)?, asked, unasked])
}

/// The first filter: what is listed, and `execveat` with the password.
///
/// # Errors
/// Of the library: a list that is not sound, which a test would have found.
fn listed(password: [u32; 2]) -> Result<Vec<libc::sock_filter>, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FREE
        .iter()
        .chain(OLDER)
        .map(|call| (*call, Vec::new()))
        .collect();
    for (call, alternatives) in looked_at(password) {
        let alternatives = alternatives.into_iter().map(rule);
        rules.insert(call, alternatives.collect::<Result<_, _>>()?);
    }
    let refuse = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let program = BpfProgram::try_from(SeccompFilter::new(
        rules,
        refuse,
        SeccompAction::Allow,
        arch,
    )?)?;
    Ok(program
        .into_iter()
        .map(|i| libc::sock_filter {
            code: i.code,
            jt: i.jt,
            jf: i.jf,
            k: i.k,
        })
        .collect())
}

/// Calls that are let through when all conditions of one alternative hold.
fn looked_at(password: [u32; 2]) -> Vec<(i64, Vec<Vec<When>>)> {
    let bits = |flags: i32| u64::from(flags.cast_unsigned());
    let upper = |n: u32| u64::from(n) << 32;
    let one_of = |argument, values: &[u64]| values.iter().map(|v| vec![Is(argument, *v)]).collect();
    // memory that is shared without a file, and memory that grows like a stack, would not count as the program's
    let (shared, nameless, grows) = (
        bits(libc::MAP_SHARED),
        bits(libc::MAP_ANONYMOUS),
        bits(libc::MAP_GROWSDOWN),
    );
    let own_signal = |call| (call, vec![vec![Is(0, OWN_PROCESS.into())]]);
    vec![
        (
            libc::SYS_mmap,
            vec![
                vec![Bits(3, nameless | grows, 0)],
                vec![Bits(3, shared | grows, 0)],
            ],
        ),
        (
            libc::SYS_clone,
            vec![vec![Bits(0, bits(THREAD | NO_THREAD), bits(THREAD))]],
        ),
        own_signal(libc::SYS_kill),
        own_signal(libc::SYS_tgkill),
        own_signal(libc::SYS_rt_sigqueueinfo),
        own_signal(libc::SYS_rt_tgsigqueueinfo),
        // reading its own limits
        (libc::SYS_prlimit64, vec![vec![Is(0, 0), Null(2)]]),
        (libc::SYS_sched_setaffinity, vec![vec![Is(0, 0)]]),
        (libc::SYS_fcntl, one_of(1, &DESCRIPTOR_COMMANDS.map(bits))),
        (libc::SYS_ioctl, one_of(1, &DEVICE_COMMANDS)),
        (
            libc::SYS_prctl,
            process_commands(one_of(0, &PROCESS_COMMANDS.map(bits))),
        ),
        (
            libc::SYS_execveat,
            vec![vec![
                Bits(0, upper(u32::MAX), upper(password[0])),
                Bits(4, u64::MAX, upper(password[1]) | bits(libc::AT_EMPTY_PATH)),
            ]],
        ),
    ]
}

/// Of `fcntl`: nothing that sends signals, takes locks or makes pipes larger.
const DESCRIPTOR_COMMANDS: [i32; 7] = [
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETPIPE_SZ,
];

/// Of `ioctl`: what is asked about streams and sockets.
const DEVICE_COMMANDS: [u64; 6] = [
    libc::TCGETS,
    libc::TIOCGWINSZ,
    libc::FIONREAD,
    libc::FIONBIO,
    libc::FIOCLEX,
    libc::FIONCLEX,
];

/// Of `prctl`: names and questions.
const PROCESS_COMMANDS: [i32; 9] = [
    libc::PR_SET_NAME,
    libc::PR_GET_NAME,
    libc::PR_SET_VMA,
    libc::PR_GET_DUMPABLE,
    libc::PR_GET_PDEATHSIG,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_GET_SECCOMP,
    libc::PR_CAPBSET_READ,
    libc::PR_SET_TIMERSLACK,
];

/// And keeping others from tracing it, but not the other way round.
fn process_commands(mut alternatives: Vec<Vec<When>>) -> Vec<Vec<When>> {
    alternatives.push(vec![
        Is(0, libc::PR_SET_DUMPABLE.cast_unsigned().into()),
        Null(1),
    ]);
    alternatives
}

/// The conditions of one system call, all of which have to hold.
///
/// # Errors
/// Of the library: an argument that no system call has.
fn rule(conditions: Vec<When>) -> Result<SeccompRule, seccompiler::BackendError> {
    use SeccompCmpArgLen::{Dword, Qword};
    use SeccompCmpOp::{Eq, MaskedEq};
    let conditions = conditions.into_iter().map(|when| match when {
        Is(argument, value) => SeccompCondition::new(argument, Dword, Eq, value),
        Bits(argument, mask, value) => {
            SeccompCondition::new(argument, Qword, MaskedEq(mask), value)
        }
        Null(argument) => SeccompCondition::new(argument, Qword, Eq, 0),
    });
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}

/// The second filter. The first has made sure of the architecture, and that a
/// new thread is one.
fn with_another_way(new_thread: u32) -> Vec<libc::sock_filter> {
    /// Loads 32 bits of `seccomp_data` into the accumulator.
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    /// Jumps if the accumulator is a number.
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    /// Jumps if the accumulator is at least a number.
    const AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
    /// Ends the filter with an action.
    const ANSWER: u32 = libc::BPF_RET | libc::BPF_K;
    let number = |call: i64| u32::try_from(call).unwrap_or(u32::MAX);
    let one = |code: u32, k: u32, jt: u8, jf: u8| libc::sock_filter {
        code: code.try_into().unwrap_or(0),
        jt,
        jf,
        k,
    };
    let error = |errno: i32| libc::SECCOMP_RET_ERRNO | errno.cast_unsigned();
    vec![
        // the call's number is the first thing in the data
        one(LOAD, 0, 0, 0),
        one(EQUAL, number(libc::SYS_clone3), 4, 0),
        one(AT_LEAST, UNKNOWN, 3, 0),
        one(EQUAL, number(libc::SYS_seccomp), 3, 0),
        one(EQUAL, number(libc::SYS_clone), 3, 0),
        one(ANSWER, libc::SECCOMP_RET_ALLOW, 0, 0),
        one(ANSWER, error(libc::ENOSYS), 0, 0),
        one(ANSWER, error(libc::EPERM), 0, 0),
        one(ANSWER, new_thread, 0, 0),
    ]
}
