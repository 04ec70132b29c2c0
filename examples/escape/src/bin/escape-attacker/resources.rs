//! Attempts to take everything of something.
use crate::raw::{apart, at, at_mut, call, close, ended, number};
use crate::{Attack, Stopped, Target};
use std::io::Error;
use std::sync::{Arc, Mutex, mpsc};

pub const ATTACKS: &[Attack] = &[
    ("make 64 processes (fork)", fork_bomb),
    ("make 3000 threads with small stacks", thread_bomb),
    ("take 4 GiB of memory", |_| {
        memory(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE)
    }),
    ("take 4 GiB of shared memory", |_| {
        memory(libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE)
    }),
    ("take 4 GiB of memory as a stack", |_| {
        memory(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN)
    }),
    ("reserve 1 TiB of addresses", reserve),
    ("open 2000 descriptors", descriptors),
    ("make pipes larger (F_SETPIPE_SZ)", pipe_size),
    ("write 64 MiB to a file", write_much),
    ("keep memory from being swapped (mlock)", lock_memory),
    ("run before all others (SCHED_FIFO)", realtime),
    ("run with a higher priority (nice -5)", |_| {
        Ok(apart(|| {
            call(libc::SYS_setpriority, &[0, 0, number(-5)]).map(drop)
        })?)
    }),
    ("write before all others (ioprio_set)", |_| {
        Ok(apart(|| {
            call(libc::SYS_ioprio_set, &[1, 0, 1 << 13]).map(drop)
        })?)
    }),
];

fn fork_bomb(_: &Target) -> Result<String, Stopped> {
    let mut children = Vec::new();
    let mut refused = None;
    while children.len() < 64 && refused.is_none() {
        // SAFETY: this program has one thread while it attacks.
        match unsafe { libc::fork() } {
            -1 => refused = Some(Error::last_os_error()),
            // SAFETY: waits until it is ended.
            0 => unsafe {
                libc::pause();
                libc::_exit(0)
            },
            child => children.push(child),
        }
    }
    for child in &children {
        let _ = call(libc::SYS_kill, &[number(*child), libc::SIGKILL as usize]);
        let _ = ended(*child);
    }
    refused.map_or_else(
        || Ok(format!("{} processes", children.len())),
        |e| Err(e.into()),
    )
}

fn thread_bomb(_: &Target) -> Result<String, Stopped> {
    const THREADS: usize = 3000;
    let mut threads = Vec::new();
    let mut refused = None;
    let (gate, waiting) = mpsc::channel::<()>();
    let waiting = Arc::new(Mutex::new(waiting));
    while threads.len() < THREADS && refused.is_none() {
        let waiting = Arc::clone(&waiting);
        let wait = move || drop(waiting.lock().map(|gate| gate.recv()));
        match std::thread::Builder::new().stack_size(16 << 10).spawn(wait) {
            Ok(thread) => threads.push(thread),
            Err(e) => refused = Some(e),
        }
    }
    drop(gate);
    let made = threads.len();
    for thread in threads {
        let _ = thread.join();
    }
    refused.map_or_else(|| Ok(format!("{made} threads")), |e| Err(e.into()))
}

/// In pieces, none of which is touched: they are given back at once.
fn memory(flags: i32) -> Result<String, Stopped> {
    const PIECE: usize = 64 << 20;
    let mut pieces = Vec::new();
    let protection = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let refused = loop {
        if pieces.len() == 64 {
            break None;
        }
        match call(
            libc::SYS_mmap,
            &[0, PIECE, protection, flags as usize, usize::MAX, 0],
        ) {
            Ok(piece) => pieces.push(piece),
            Err(e) => break Some(e),
        }
    };
    for piece in &pieces {
        let _ = call(libc::SYS_munmap, &[*piece, PIECE]);
    }
    refused.map_or_else(|| Ok("4 GiB".to_owned()), |e| Err(e.into()))
}

fn reserve(_: &Target) -> Result<String, Stopped> {
    let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE) as usize;
    let all = call(
        libc::SYS_mmap,
        &[0, 1 << 40, libc::PROT_READ as usize, flags, usize::MAX, 0],
    )?;
    call(libc::SYS_munmap, &[all, 1 << 40])?;
    Ok("reserved".to_owned())
}

fn descriptors(_: &Target) -> Result<String, Stopped> {
    let limit = || {
        let more = [4096_u64; 2];
        let _ = call(
            libc::SYS_prlimit64,
            &[0, libc::RLIMIT_NOFILE as usize, at(&more), 0],
        );
        (0..2000).try_for_each(|_| call(libc::SYS_dup, &[0]).map(drop))
    };
    let before = call(libc::SYS_dup, &[0])?;
    let outcome = apart(limit);
    // without a child they were opened here
    let _ = call(libc::SYS_close_range, &[before, usize::from(u16::MAX), 0]);
    Ok(outcome?)
}

fn pipe_size(_: &Target) -> Result<String, Stopped> {
    let mut pipe = [0_i32; 2];
    call(libc::SYS_pipe2, &[at_mut(&mut pipe), 0])?;
    let size = call(
        libc::SYS_fcntl,
        &[number(pipe[0]), libc::F_SETPIPE_SZ as usize, 1 << 20],
    );
    for end in pipe {
        close(number(end));
    }
    Ok(format!("{} bytes", size?))
}

fn write_much(target: &Target) -> Result<String, Stopped> {
    let path = target.outside.join("much");
    std::fs::write(&path, vec![0; 64 << 20])?;
    std::fs::remove_file(path)?;
    Ok("written".to_owned())
}

fn lock_memory(_: &Target) -> Result<String, Stopped> {
    let memory = vec![0_u8; 4 << 20];
    call(libc::SYS_mlock, &[at(&memory[..]), memory.len()])?;
    let _ = call(libc::SYS_munlock, &[at(&memory[..]), memory.len()]);
    Ok("locked".to_owned())
}

fn realtime(_: &Target) -> Result<String, Stopped> {
    Ok(apart(|| {
        call(
            libc::SYS_sched_setscheduler,
            &[0, libc::SCHED_FIFO as usize, at(&1_i32)],
        )
        .map(drop)
    })?)
}
