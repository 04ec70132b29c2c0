//! Level 3: a program in namespaces of its own (users, mounts, processes,
//! network, IPC, host name, cgroups), with a root folder that holds nothing but
//! what it may read.
//!
//! The kernel's child becomes process 1 of the PID namespace and stays there to
//! tell how the program, its own child, has ended: a process 1 itself would not
//! be ended by its own signals. When it ends, the system ends everything in the
//! namespace; it dies with the kernel, and no program can reach it.
//!
//! The program sees a root folder in memory with nothing in it but its own
//! folder, the system's libraries and four devices, all but the devices for
//! reading only; its own processes; and no network. Process 1 of the namespace
//! waits for the program and writes into a pipe how it ended, as `wait` gives
//! it.
use super::child::{Child, confine, launch};
use super::spawn::last_errno;
use super::step::{SpawnError, Step};
use rustix::fd::RawFd;
use std::ffi::{CStr, CString, c_int, c_long, c_uint};
use std::ptr;

/// What a program at level 3 is given.
#[derive(Debug)]
pub(crate) struct Root {
    /// The line of `/proc/self/uid_map`, and of `gid_map`.
    pub(crate) users: [CString; 2],
    /// What the root folder holds, in the order in which it is made.
    pub(crate) entries: Vec<RootEntry>,
}

/// Something in the new root folder. Paths are relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RootEntry {
    /// A folder, if it is not there already.
    Folder(CString),
    /// An empty file, to put another on.
    File(CString),
    /// A symbolic link.
    Link {
        /// What it says.
        text: CString,
        /// Where it is.
        at: CString,
    },
    /// A file or folder of the system, for reading only.
    Bind {
        /// Its absolute path.
        from: CString,
        /// Where it is.
        at: CString,
        /// It is a device, to be used as one.
        device: bool,
    },
}

/// All that a program can have for itself but its clock.
const NAMESPACES: c_int = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// A folder that every system has, to put the new root on until it is the root.
const LANDING: &CStr = c"/proc";

/// As fork, but the child is process 1 in namespaces of its own.
///
/// # Safety
/// As fork in a process with threads: the child may make nothing but system
/// calls.
pub(super) unsafe fn fork_into_namespaces() -> libc::pid_t {
    // SAFETY: as demanded by this function.
    unsafe { fork(NAMESPACES) }
}

/// Fork without what the C library does around it: between fork and exec it
/// could wait for ever for a lock that a thread had.
///
/// # Safety
/// As [`fork_into_namespaces`].
unsafe fn fork(flags: c_int) -> libc::pid_t {
    // SAFETY: all fields are numbers, for which zero means that nothing is asked for; the structure is as large as is said.
    // Without memory of its own to run on, the child continues on a copy of this thread's stack.
    unsafe {
        let mut how: libc::clone_args = std::mem::zeroed();
        how.flags = u64::from(flags.cast_unsigned());
        how.exit_signal = u64::from(libc::SIGCHLD.cast_unsigned());
        libc::pid_t::try_from(libc::syscall(
            libc::SYS_clone3,
            &raw const how,
            size_of::<libc::clone_args>(),
        ))
        .unwrap_or(-1)
    }
}

/// Whether this machine gives namespaces with such a root: tries it, in a
/// process that ends at once.
pub(crate) fn try_namespaces(root: &Root) -> Result<(), SpawnError> {
    let failed = |step| SpawnError {
        step,
        errno: last_errno(),
    };
    // SAFETY: the child makes nothing but system calls, with what was laid out before.
    let pid = match unsafe { fork_into_namespaces() } {
        // SAFETY: we are the child; `root` was copied with the process. The exit code carries step and errno back.
        0 => unsafe {
            let step = match make_root(root) {
                Ok(()) => libc::_exit(0),
                Err(step) => step,
            };
            let errno = *libc::__errno_location();
            libc::_exit(if matches!(step, Step::Root) {
                errno | REFUSED_ROOT
            } else {
                errno
            });
        },
        pid if pid > 0 => rustix::process::Pid::from_raw(pid),
        _ => return Err(failed(Step::Namespaces)),
    };
    let options = rustix::process::WaitOptions::empty();
    let ended = rustix::io::retry_on_intr(|| rustix::process::waitpid(pid, options));
    let code = ended
        .ok()
        .flatten()
        .and_then(|(_, status)| status.exit_status())
        .unwrap_or(libc::EIO);
    if code == 0 {
        return Ok(());
    }
    let step = if code & REFUSED_ROOT == 0 {
        Step::Namespaces
    } else {
        Step::Root
    };
    Err(SpawnError {
        step,
        errno: rustix::io::Errno::from_raw_os_error(code & !REFUSED_ROOT),
    })
}

/// In an exit code: it was the root. The numbers of errors are below.
const REFUSED_ROOT: c_int = 0x80;

/// Process 1: makes the root, starts the program and waits for it. Answers the
/// step that failed in whichever process is then to report it.
///
/// # Safety
/// As [`super::child::become_program`].
pub(super) unsafe fn enter(child: &Child<'_>, root: &Root, status: RawFd) -> Step {
    // SAFETY: system calls on numbers, and functions that demand what this one does.
    unsafe {
        if libc::setsid() < 0 {
            return Step::Session;
        }
        // in this namespace the parent has no number; that it lives is seen by its end of the pipe
        let mut heard = libc::pollfd {
            fd: child.report,
            events: 0,
            revents: 0,
        };
        let dies = libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if dies < 0 || libc::poll(&raw mut heard, 1, 0) != 0 {
            return Step::ParentDeath;
        }
        if let Err(step) = make_root(root) {
            return step;
        }
        let own = libc::getpid();
        match fork(0) {
            0 => launch(child, own),
            pid if pid > 0 => attend(child, pid, status),
            _ => Step::Fork,
        }
    }
}

/// Process 1 while the program runs.
///
/// # Safety
/// As [`super::child::become_program`].
unsafe fn attend(child: &Child<'_>, program: libc::pid_t, status: RawFd) -> ! {
    // SAFETY: system calls on numbers and on a local value, and functions that demand what this one does.
    unsafe {
        // what it could do with them it has no reason to do; and it holds neither lanes nor the pipe whose end says that the
        // program has begun
        let _ = confine(child.confinement);
        if libc::dup2(status, 0) < 0 || libc::syscall(libc::SYS_close_range, 1, c_uint::MAX, 0) < 0
        {
            libc::_exit(1);
        }
        let mut how: c_int = 0;
        loop {
            let pid = libc::waitpid(-1, &raw mut how, libc::__WALL);
            if pid == program {
                let how = how.to_le_bytes();
                libc::write(0, how.as_ptr().cast(), how.len());
                libc::_exit(0);
            }
            if pid < 0 && *libc::__errno_location() != libc::EINTR {
                libc::_exit(1);
            }
        }
    }
}

/// Takes a user namespace's identity and makes the root folder the only one.
///
/// # Safety
/// To be called in namespaces of its own.
unsafe fn make_root(root: &Root) -> Result<(), Step> {
    // SAFETY: system calls on numbers, on `'static` strings and on those of `root`.
    unsafe {
        // its files in /proc belong to it, not to root
        libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0);
        let [users, groups] = &root.users;
        let files = [
            (c"/proc/self/setgroups", c"deny"),
            (c"/proc/self/uid_map", users),
            (c"/proc/self/gid_map", groups),
        ];
        for (file, text) in files {
            if !write_file(file, text) {
                return Err(Step::Namespaces);
            }
        }
        if libc::mount(
            ptr::null(),
            c"/".as_ptr(),
            ptr::null(),
            libc::MS_REC | libc::MS_PRIVATE,
            ptr::null(),
        ) < 0
        {
            return Err(Step::Root);
        }
        let folder = new_folder();
        if folder < 0 || !move_mount(folder, libc::AT_FDCWD, LANDING) {
            return Err(Step::Root);
        }
        for entry in &root.entries {
            if !make_entry(folder, entry) {
                return Err(Step::Root);
            }
        }
        let sealed = read_only(folder, c"", 0, 0) && libc::fchdir(folder) == 0;
        // the old root is put on top of the new one, and taken away
        let entered =
            sealed && libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) == 0;
        let alone = entered
            && libc::umount2(c".".as_ptr(), libc::MNT_DETACH) == 0
            && libc::chdir(c"/".as_ptr()) == 0;
        libc::close(folder);
        if alone { Ok(()) } else { Err(Step::Root) }
    }
}

/// # Safety
/// None beyond that of system calls on valid strings.
unsafe fn write_file(path: &CStr, text: &CStr) -> bool {
    // SAFETY: both strings are valid, and as many bytes are written as there are.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file < 0 {
            return false;
        }
        let length = text.count_bytes();
        let written = libc::write(file, text.as_ptr().cast(), length);
        usize::try_from(written) == Ok(length) && libc::close(file) == 0
    }
}

/// A file system in memory that is nowhere yet; a descriptor, or -1.
///
/// # Safety
/// None beyond that of system calls on valid strings.
unsafe fn new_folder() -> RawFd {
    let number = |n: c_long| RawFd::try_from(n).unwrap_or(-1);
    // SAFETY: strings are `'static`, and null where the call takes none.
    unsafe {
        let context = number(libc::syscall(
            libc::SYS_fsopen,
            c"tmpfs".as_ptr(),
            libc::FSOPEN_CLOEXEC,
        ));
        let (key, mode) = (c"mode".as_ptr(), c"0755".as_ptr());
        libc::syscall(
            libc::SYS_fsconfig,
            context,
            libc::FSCONFIG_SET_STRING,
            key,
            mode,
            0,
        );
        let none = ptr::null::<libc::c_char>();
        if libc::syscall(
            libc::SYS_fsconfig,
            context,
            libc::FSCONFIG_CMD_CREATE,
            none,
            none,
            0,
        ) < 0
        {
            return -1;
        }
        let attributes = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
        let folder = number(libc::syscall(
            libc::SYS_fsmount,
            context,
            libc::FSMOUNT_CLOEXEC,
            attributes,
        ));
        libc::close(context);
        folder
    }
}

/// # Safety
/// None beyond that of system calls on valid strings.
unsafe fn make_entry(root: RawFd, entry: &RootEntry) -> bool {
    // SAFETY: all strings are valid.
    unsafe {
        let there = || *libc::__errno_location() == libc::EEXIST;
        match entry {
            RootEntry::Folder(at) => libc::mkdirat(root, at.as_ptr(), 0o755) == 0 || there(),
            RootEntry::File(at) => {
                let file = libc::openat(
                    root,
                    at.as_ptr(),
                    libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC,
                    0o644,
                );
                file >= 0 && libc::close(file) == 0
            }
            RootEntry::Link { text, at } => {
                libc::symlinkat(text.as_ptr(), root, at.as_ptr()) == 0 || there()
            }
            RootEntry::Bind { from, at, device } => {
                let flags = libc::OPEN_TREE_CLONE
                    | libc::OPEN_TREE_CLOEXEC
                    | libc::AT_RECURSIVE.cast_unsigned();
                let tree = libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, from.as_ptr(), flags);
                let Ok(tree) = RawFd::try_from(tree) else {
                    return false;
                };
                let no_devices = if *device { 0 } else { libc::MOUNT_ATTR_NODEV };
                let done = tree >= 0
                    && read_only(
                        tree,
                        c"",
                        libc::AT_RECURSIVE,
                        no_devices | libc::MOUNT_ATTR_NOSUID,
                    )
                    && move_mount(tree, root, at);
                libc::close(tree);
                done
            }
        }
    }
}

/// # Safety
/// None beyond that of system calls on valid strings.
unsafe fn read_only(mount: RawFd, path: &CStr, flags: c_int, more: u64) -> bool {
    // SAFETY: the structure is a local value, as large as is said; zero asks for nothing.
    unsafe {
        let mut attributes: libc::mount_attr = std::mem::zeroed();
        attributes.attr_set = libc::MOUNT_ATTR_RDONLY | more;
        let (flags, size) = (flags | libc::AT_EMPTY_PATH, size_of::<libc::mount_attr>());
        libc::syscall(
            libc::SYS_mount_setattr,
            mount,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size,
        ) == 0
    }
}

/// # Safety
/// None beyond that of system calls on valid strings.
unsafe fn move_mount(mount: RawFd, folder: RawFd, at: &CStr) -> bool {
    let flags = libc::MOVE_MOUNT_F_EMPTY_PATH;
    // SAFETY: both strings are valid.
    unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            mount,
            c"".as_ptr(),
            folder,
            at.as_ptr(),
            flags,
        ) == 0
    }
}
