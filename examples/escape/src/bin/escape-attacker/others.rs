//! Attacks on other programs, and on the kernel process.
use crate::raw::{apart, at, at_mut, call, close, number, opened};
use crate::{Attack, Stopped, Target};
use escape::{SECRET, SECRET_VARIABLE};
use std::fs::File;
use std::io::Error;
use std::os::unix::fs::FileExt;

pub const ATTACKS: &[Attack] = &[
    (
        "read another program's memory (process_vm_readv)",
        read_memory,
    ),
    (
        "write another program's memory (process_vm_writev)",
        write_memory,
    ),
    (
        "read another program's memory (/proc/PID/mem)",
        read_memory_file,
    ),
    ("trace another program (ptrace)", |t| trace(t.victim)),
    (
        "read another program's environment (/proc/PID/environ)",
        read_environment,
    ),
    ("read another program's memory map (/proc/PID/maps)", |t| {
        read_map(t.victim)
    }),
    (
        "list another program's descriptors (/proc/PID/fd)",
        list_descriptors,
    ),
    (
        "open another program's stream (/proc/PID/fd/1)",
        open_stream,
    ),
    ("steal another program's lane (pidfd_getfd)", steal_lane),
    (
        "see what another program executes (/proc/PID/exe)",
        see_executable,
    ),
    ("find other processes (/proc)", find_processes),
    ("signal another program (kill)", |t| signal(t.victim)),
    ("signal all processes of the user (kill -1)", signal_all),
    ("signal another program's thread (tgkill)", signal_thread),
    (
        "queue a signal to another program (rt_sigqueueinfo)",
        queue_signal,
    ),
    (
        "signal another program (pidfd_send_signal)",
        signal_by_descriptor,
    ),
    (
        "signal another program by input (F_SETOWN)",
        signal_by_input,
    ),
    ("signal the kernel process (kill)", |t| signal(t.kernel)),
    ("trace the kernel process (ptrace)", |t| trace(t.kernel)),
    ("read the kernel process's memory map", |t| {
        read_map(t.kernel)
    }),
    (
        "move another program to a processor (sched_setaffinity)",
        move_away,
    ),
    ("slow another program down (setpriority)", slow_down),
    ("change another program's limits (prlimit)", limit_other),
    ("compare with another program (kcmp)", compare),
];

/// Where a program has its first lane.
const FIRST_LANE: usize = 3;
/// Ignored by whoever gets it.
const HARMLESS: usize = libc::SIGWINCH as usize;

fn vector(address: usize, length: usize) -> [usize; 2] {
    [address, length]
}

fn read_memory(target: &Target) -> Result<String, Stopped> {
    let mut room = [0_u8; SECRET.len()];
    let (ours, theirs) = (
        vector(at_mut(&mut room), room.len()),
        vector(target.address, room.len()),
    );
    call(
        libc::SYS_process_vm_readv,
        &[number(target.victim), at(&ours), 1, at(&theirs), 1, 0],
    )?;
    found(&room)
}

fn found(bytes: &[u8]) -> Result<String, Stopped> {
    if bytes == SECRET {
        Ok("the secret".to_owned())
    } else {
        Err(Stopped::Untried("read something else"))
    }
}

fn write_memory(target: &Target) -> Result<String, Stopped> {
    let (ours, theirs) = (
        vector(at(SECRET), SECRET.len()),
        vector(target.address, SECRET.len()),
    );
    call(
        libc::SYS_process_vm_writev,
        &[number(target.victim), at(&ours), 1, at(&theirs), 1, 0],
    )?;
    Ok("written".to_owned())
}

fn read_memory_file(target: &Target) -> Result<String, Stopped> {
    let mut room = [0; SECRET.len()];
    File::open(format!("/proc/{}/mem", target.victim))?
        .read_exact_at(&mut room, target.address as u64)?;
    found(&room)
}

fn trace(process: i32) -> Result<String, Stopped> {
    // the end of the tracing process lets go
    let seize = move || {
        call(
            libc::SYS_ptrace,
            &[libc::PTRACE_SEIZE as usize, number(process), 0, 0],
        )
        .map(drop)
    };
    Ok(apart(seize)?)
}

fn read_environment(target: &Target) -> Result<String, Stopped> {
    let variables = std::fs::read(format!("/proc/{}/environ", target.victim))?;
    let there = variables
        .windows(SECRET_VARIABLE.len())
        .any(|w| w == SECRET_VARIABLE.as_bytes());
    if there {
        Ok("the secret".to_owned())
    } else {
        Err(Stopped::Untried("read something else"))
    }
}

fn read_map(process: i32) -> Result<String, Stopped> {
    Ok(format!(
        "{} bytes",
        std::fs::read(format!("/proc/{process}/maps"))?.len()
    ))
}

fn list_descriptors(target: &Target) -> Result<String, Stopped> {
    Ok(format!(
        "{} descriptors",
        std::fs::read_dir(format!("/proc/{}/fd", target.victim))?.count()
    ))
}

fn open_stream(target: &Target) -> Result<String, Stopped> {
    File::options()
        .write(true)
        .open(format!("/proc/{}/fd/1", target.victim))?;
    Ok("opened".to_owned())
}

fn steal_lane(target: &Target) -> Result<String, Stopped> {
    let process = call(libc::SYS_pidfd_open, &[number(target.victim), 0])?;
    let stolen = call(libc::SYS_pidfd_getfd, &[process, FIRST_LANE, 0]);
    close(process);
    opened(stolen)
}

fn see_executable(target: &Target) -> Result<String, Stopped> {
    Ok(std::fs::read_link(format!("/proc/{}/exe", target.victim))?
        .display()
        .to_string())
}

fn find_processes(_: &Target) -> Result<String, Stopped> {
    let others = std::fs::read_dir("/proc")?
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let others = others.filter(|pid| *pid != std::process::id()).count();
    if others > 0 {
        Ok(format!("{others} processes"))
    } else {
        Err(Error::from_raw_os_error(libc::ESRCH).into())
    }
}

/// Tries a call that takes a process number on one process; or on all numbers but our own, where the victim's is ours: it
/// is in another namespace, and what it is called here, if anything, is unknown.
fn on(
    process: i32,
    mut attempt: impl FnMut(usize) -> std::io::Result<usize>,
) -> Result<String, Stopped> {
    let own = std::process::id();
    if process.cast_unsigned() != own && process != 0 {
        attempt(number(process))?;
        return Ok("sent".to_owned());
    }
    let others = (1..4096).filter(|n| *n != own as usize);
    let found = others.map(|n| attempt(n).map(|_| n)).reduce(Result::or);
    let found = found.unwrap_or(Err(Error::from_raw_os_error(libc::ESRCH)));
    Ok(format!("process {}", found?))
}

fn signal(process: i32) -> Result<String, Stopped> {
    on(process, |process| {
        call(libc::SYS_kill, &[process, HARMLESS])
    })
}

fn signal_all(_: &Target) -> Result<String, Stopped> {
    call(libc::SYS_kill, &[number(-1), HARMLESS])?;
    Ok("sent".to_owned())
}

fn signal_thread(target: &Target) -> Result<String, Stopped> {
    on(target.victim, |process| {
        call(libc::SYS_tgkill, &[process, process, HARMLESS])
    })
}

fn queue_signal(target: &Target) -> Result<String, Stopped> {
    // SAFETY: all of it is numbers.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    info.si_code = libc::SI_QUEUE;
    on(target.victim, |process| {
        call(libc::SYS_rt_sigqueueinfo, &[process, HARMLESS, at(&info)])
    })
}

fn signal_by_descriptor(target: &Target) -> Result<String, Stopped> {
    let process = call(libc::SYS_pidfd_open, &[number(target.victim), 0])?;
    let sent = call(libc::SYS_pidfd_send_signal, &[process, HARMLESS, 0, 0]);
    close(process);
    sent?;
    Ok("sent".to_owned())
}

/// Of `fcntl`; not in the libc crate.
const F_SETSIG: usize = 10;

fn signal_by_input(target: &Target) -> Result<String, Stopped> {
    let mut pipe = [0_i32; 2];
    call(libc::SYS_pipe2, &[at_mut(&mut pipe), 0])?;
    let input = number(pipe[0]);
    let result = call(libc::SYS_fcntl, &[input, F_SETSIG, HARMLESS])
        .and_then(|_| {
            call(
                libc::SYS_fcntl,
                &[input, libc::F_SETOWN as usize, number(target.victim)],
            )
        })
        .and_then(|_| {
            call(
                libc::SYS_fcntl,
                &[input, libc::F_SETFL as usize, libc::O_ASYNC as usize],
            )
        })
        .and_then(|_| call(libc::SYS_write, &[number(pipe[1]), at(&1_u8), 1]));
    for end in pipe {
        close(number(end));
    }
    result?;
    Ok("sent".to_owned())
}

fn move_away(target: &Target) -> Result<String, Stopped> {
    let mut processors = [0_u64; 16];
    call(
        libc::SYS_sched_getaffinity,
        &[0, 128, at_mut(&mut processors)],
    )?;
    call(
        libc::SYS_sched_setaffinity,
        &[number(target.victim), 128, at(&processors)],
    )?;
    Ok("done".to_owned())
}

fn slow_down(target: &Target) -> Result<String, Stopped> {
    call(
        libc::SYS_setpriority,
        &[libc::PRIO_PROCESS as usize, number(target.victim), 1],
    )?;
    Ok("done".to_owned())
}

fn limit_other(target: &Target) -> Result<String, Stopped> {
    let mut limit = [0_u64; 2];
    let which = libc::RLIMIT_NOFILE as usize;
    call(
        libc::SYS_prlimit64,
        &[number(target.victim), which, 0, at_mut(&mut limit)],
    )?;
    call(
        libc::SYS_prlimit64,
        &[number(target.victim), which, at(&limit), 0],
    )?;
    Ok("done".to_owned())
}

fn compare(target: &Target) -> Result<String, Stopped> {
    let own = std::process::id() as usize;
    call(libc::SYS_kcmp, &[own, number(target.victim), 0, 1, 1])?;
    Ok("done".to_owned())
}
