//! Attacks on the system: its privileged calls, and those that have been ways around other protections.
use crate::raw::{apart, at, at_mut, call, close, number, opened, reached};
use crate::{Attack, Stopped, Target};
use std::fs::File;
use std::io::Result;
use std::os::fd::AsRawFd;

pub const ATTACKS: &[Attack] = &[
    ("submit calls past the filters (io_uring)", io_uring),
    ("handle page faults (userfaultfd)", userfaultfd),
    ("load a program into the system (bpf)", bpf),
    ("count and sample the system (perf_event_open)", perf),
    ("add a key (add_key)", add_key),
    ("read keys (keyctl)", |_| {
        Ok(format!(
            "key {}",
            call(libc::SYS_keyctl, &[0, number(-3), 1])?
        ))
    }),
    ("ask for a key (request_key)", |_| reached(request_key())),
    ("mount a file system", mount),
    ("make a file system (fsopen)", |_| {
        opened(call(libc::SYS_fsopen, &[c"tmpfs".as_ptr() as usize, 0]))
    }),
    ("copy a tree of mounts (open_tree)", |_| opened(open_tree())),
    ("make a user namespace (unshare)", |_| {
        Ok(apart(|| unshare(libc::CLONE_NEWUSER))?)
    }),
    ("make a mount namespace (unshare)", |_| {
        Ok(apart(|| unshare(libc::CLONE_NEWNS))?)
    }),
    (
        "make a process in new namespaces (clone)",
        clone_into_namespace,
    ),
    ("enter a namespace (setns)", enter_namespace),
    ("change the root folder (chroot)", |_| {
        Ok(apart(|| {
            call(libc::SYS_chroot, &[c"/etc".as_ptr() as usize]).map(drop)
        })?)
    }),
    ("become another user (setuid)", |_| {
        Ok(apart(|| call(libc::SYS_setuid, &[1]).map(drop))?)
    }),
    ("become another group (setgid)", |_| {
        Ok(apart(|| call(libc::SYS_setgid, &[1]).map(drop))?)
    }),
    ("join groups (setgroups)", |_| {
        Ok(apart(|| {
            call(libc::SYS_setgroups, &[1, at(&1_u32)]).map(drop)
        })?)
    }),
    ("raise capabilities (capset)", raise_capabilities),
    ("switch off address randomisation (personality)", |_| {
        Ok(apart(|| {
            call(libc::SYS_personality, &[0x0004_0000]).map(drop)
        })?)
    }),
    ("read the system's log (syslog)", |_| {
        Ok(format!("{} bytes", call(libc::SYS_syslog, &[10, 0, 0])?))
    }),
    ("restart the machine (reboot)", |_| {
        reached(call(libc::SYS_reboot, &[1, 2, 3, 0]))
    }),
    ("load a module (init_module)", |_| {
        reached(call(libc::SYS_init_module, &[0, 0, 0]))
    }),
    ("load another kernel (kexec_load)", |_| {
        reached(call(libc::SYS_kexec_load, &[0, usize::MAX, 0, 0]))
    }),
    ("use a file as memory (swapon)", |_| {
        reached(call(libc::SYS_swapon, &[c"/nowhere".as_ptr() as usize, 0]))
    }),
    ("account processes (acct)", |_| {
        reached(call(libc::SYS_acct, &[c"/nowhere".as_ptr() as usize]))
    }),
    ("set the clock", |_| {
        reached(call(libc::SYS_adjtimex, &[at(&clock_adjustment())]))
    }),
    ("name the machine (sethostname)", |_| {
        reached(call(libc::SYS_sethostname, &[at("x"), 65]))
    }),
    ("set quotas (quotactl)", |_| {
        reached(call(libc::SYS_quotactl, &[usize::MAX >> 33, 0, 0, 0]))
    }),
    ("change its segments (modify_ldt)", modify_ldt),
    ("share memory without a file (shmget)", |_| {
        shared(libc::SYS_shmget, libc::SYS_shmctl, 4096)
    }),
    ("share a message queue (msgget)", |_| {
        shared(libc::SYS_msgget, libc::SYS_msgctl, 0o1600)
    }),
    ("share a message queue with a name (mq_open)", message_queue),
    ("make a file in memory (memfd_create)", |_| {
        opened(call(libc::SYS_memfd_create, &[c"x".as_ptr() as usize, 0]))
    }),
    ("make secret memory (memfd_secret)", |_| {
        opened(call(libc::SYS_memfd_secret, &[0]))
    }),
    ("type into a terminal (TIOCSTI)", type_in),
];

fn io_uring(_: &Target) -> std::result::Result<String, Stopped> {
    let mut parameters = [0_u32; 30];
    opened(call(
        libc::SYS_io_uring_setup,
        &[1, at_mut(&mut parameters)],
    ))
}

fn userfaultfd(_: &Target) -> std::result::Result<String, Stopped> {
    const USER_MODE_ONLY: usize = 1;
    opened(call(libc::SYS_userfaultfd, &[USER_MODE_ONLY]))
}

fn bpf(_: &Target) -> std::result::Result<String, Stopped> {
    const MAP_CREATE: usize = 0;
    // an array of one entry: kind, bytes of key and value, entries
    let array = [2_u32, 4, 4, 1, 0, 0, 0, 0];
    opened(call(
        libc::SYS_bpf,
        &[MAP_CREATE, at(&array), size_of_val(&array)],
    ))
}

fn perf(_: &Target) -> std::result::Result<String, Stopped> {
    // `perf_event_attr` of its first size: software, 64 bytes, the time of processors
    let mut attributes = [0_u32; 16];
    (attributes[0], attributes[1]) = (1, 64);
    opened(call(
        libc::SYS_perf_event_open,
        &[at(&attributes), 0, number(-1), number(-1), 0],
    ))
}

fn add_key(_: &Target) -> std::result::Result<String, Stopped> {
    let (kind, name) = (c"user".as_ptr() as usize, c"escape".as_ptr() as usize);
    // to the keyring of this process
    Ok(format!(
        "key {}",
        call(libc::SYS_add_key, &[kind, name, at("x"), 1, number(-2)])?
    ))
}

fn request_key() -> Result<usize> {
    call(
        libc::SYS_request_key,
        &[
            c"user".as_ptr() as usize,
            c"escape-none".as_ptr() as usize,
            0,
            0,
        ],
    )
}

fn unshare(flags: i32) -> Result<()> {
    call(libc::SYS_unshare, &[flags as usize]).map(drop)
}

/// In a mount namespace of its own, if that can be had: nothing stays mounted.
fn mount(_: &Target) -> std::result::Result<String, Stopped> {
    let attempt = || {
        if unshare(libc::CLONE_NEWNS).is_ok() {
            let private = (libc::MS_REC | libc::MS_PRIVATE) as usize;
            call(libc::SYS_mount, &[0, c"/".as_ptr() as usize, 0, private, 0])?;
        }
        let (kind, place) = (c"tmpfs".as_ptr() as usize, c"/mnt".as_ptr() as usize);
        call(libc::SYS_mount, &[kind, place, kind, 0, 0]).map(drop)
    };
    Ok(apart(attempt)?)
}

fn open_tree() -> Result<usize> {
    const CLONE: usize = 1;
    call(
        libc::SYS_open_tree,
        &[number(libc::AT_FDCWD), c"/".as_ptr() as usize, CLONE],
    )
}

fn clone_into_namespace(_: &Target) -> std::result::Result<String, Stopped> {
    let flags = (libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::SIGCHLD) as usize;
    match call(libc::SYS_clone, &[flags, 0, 0, 0, 0])? {
        // SAFETY: ends the child at once.
        0 => unsafe { libc::_exit(0) },
        child => {
            crate::raw::ended(i32::try_from(child).unwrap_or(-1))?;
            Ok("done".to_owned())
        }
    }
}

fn enter_namespace(_: &Target) -> std::result::Result<String, Stopped> {
    let namespace = File::open("/proc/self/ns/net")?;
    let fd = number(namespace.as_raw_fd());
    Ok(apart(|| call(libc::SYS_setns, &[fd, 0]).map(drop))?)
}

fn raise_capabilities(_: &Target) -> std::result::Result<String, Stopped> {
    let (header, all) = (
        [0x2008_0522_u32, 0],
        [[u32::MAX, u32::MAX, 0], [0x1fe, 0x1fe, 0]],
    );
    let mut held = [[0_u32; 3]; 2];
    call(libc::SYS_capget, &[at(&header), at_mut(&mut held)])?;
    if held.iter().any(|[effective, ..]| *effective != 0) {
        return Ok("has some already".to_owned());
    }
    Ok(apart(|| {
        call(libc::SYS_capset, &[at(&header), at(&all)]).map(drop)
    })?)
}

/// `struct timex` with a frequency that is out of bounds: whoever may set it is told so, and nothing is set.
fn clock_adjustment() -> [u64; 32] {
    const TICK: u64 = 0x4000;
    let mut adjustment = [0; 32];
    (adjustment[0], adjustment[10]) = (TICK, 1);
    adjustment
}

fn modify_ldt(_: &Target) -> std::result::Result<String, Stopped> {
    #[cfg(target_arch = "x86_64")]
    return Ok(format!(
        "{} bytes",
        call(libc::SYS_modify_ldt, &[0, at_mut(&mut [0_u8; 64]), 64])?
    ));
    #[cfg(not(target_arch = "x86_64"))]
    Err(Stopped::Untried("this processor has none"))
}

/// Makes something that is shared by its number, and removes it.
fn shared(get: i64, control: i64, size: usize) -> std::result::Result<String, Stopped> {
    let id = call(get, &[0, size, 0o1600])?;
    call(control, &[id, libc::IPC_RMID as usize, 0])?;
    Ok("done".to_owned())
}

fn message_queue(_: &Target) -> std::result::Result<String, Stopped> {
    let name = c"escape".as_ptr() as usize;
    let queue = call(
        libc::SYS_mq_open,
        &[name, (libc::O_CREAT | libc::O_RDWR) as usize, 0o600, 0],
    )?;
    close(queue);
    call(libc::SYS_mq_unlink, &[name])?;
    Ok("done".to_owned())
}

fn type_in(_: &Target) -> std::result::Result<String, Stopped> {
    let terminal = File::options().write(true).open("/dev/tty")?;
    call(
        libc::SYS_ioctl,
        &[
            number(terminal.as_raw_fd()),
            libc::TIOCSTI as usize,
            at("x"),
        ],
    )?;
    Ok("done".to_owned())
}
