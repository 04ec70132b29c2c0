//! Attempts to become something else: other code, other rights, what the starter left.
use crate::raw::{apart, at, at_mut, call, close, number};
use crate::{Attack, Stopped, Target};
use escape::{INHERITED_VARIABLE, OWN_DESCRIPTORS};
use std::io::{Error, Result};

pub const ATTACKS: &[Attack] = &[
    ("inherit an environment variable", inherit_variable),
    ("inherit a descriptor (scan 3 to 1023)", inherit_descriptor),
    ("raise the limit of descriptors", |_| {
        raise(libc::RLIMIT_NOFILE, 4096)
    }),
    ("dump core", dump_core),
    ("write code and execute it (mmap)", |_| map_code()),
    ("make written memory executable (mprotect)", |_| {
        protect_code()
    }),
    ("let others trace it (PR_SET_DUMPABLE)", |_| {
        Ok(apart(|| prctl(libc::PR_SET_DUMPABLE, 1))?)
    }),
    ("outlive the kernel (PR_SET_PDEATHSIG)", |_| {
        Ok(apart(|| prctl(libc::PR_SET_PDEATHSIG, 0))?)
    }),
    ("leave its session (setsid)", |_| {
        Ok(apart(|| call(libc::SYS_setsid, &[]).map(drop))?)
    }),
    ("change what its filters do (seccomp)", |_| {
        Ok(apart(|| prctl(libc::PR_SET_SECCOMP, 1))?)
    }),
];

/// Each replaces this process when it succeeds and no child can be had, or ends it when it is refused.
pub const LAST: &[Attack] = &[
    ("execute a shell (/bin/sh)", |_| {
        Ok(apart(|| execute(c"/bin/sh", &[c"sh", c"-c", c"exit 0"]))?)
    }),
    ("execute itself", |t| {
        Ok(apart(|| execute(&own_path(t)?, &[c"x"]))?)
    }),
    ("execute itself by its descriptor", execute_descriptor),
    ("execute a file in memory", execute_memory),
    (
        "execute through the interpreter (ld.so)",
        execute_interpreter,
    ),
    ("guess the password of the start (execveat)", guess_password),
    ("call by another architecture's gate (int 0x80)", other_gate),
];

fn inherit_variable(_: &Target) -> std::result::Result<String, Stopped> {
    match std::env::var(INHERITED_VARIABLE) {
        Ok(value) => Ok(value),
        Err(_) => Err(Error::from_raw_os_error(libc::ENOENT).into()),
    }
}

fn inherit_descriptor(_: &Target) -> std::result::Result<String, Stopped> {
    let open = |fd: &i32| call(libc::SYS_fcntl, &[number(*fd), libc::F_GETFD as usize]).is_ok();
    let found: Vec<i32> = (OWN_DESCRIPTORS..1024).filter(open).collect();
    if found.is_empty() {
        Err(Error::from_raw_os_error(libc::EBADF).into())
    } else {
        Ok(format!("{found:?}"))
    }
}

fn raise(resource: libc::__rlimit_resource_t, value: u64) -> std::result::Result<String, Stopped> {
    let attempt = move || {
        let mut now = [0_u64; 2];
        call(
            libc::SYS_prlimit64,
            &[0, resource as usize, 0, at_mut(&mut now)],
        )?;
        let more = [value, value.max(now[1])];
        call(libc::SYS_prlimit64, &[0, resource as usize, at(&more), 0]).map(drop)
    };
    Ok(apart(attempt)?)
}

fn dump_core(target: &Target) -> std::result::Result<String, Stopped> {
    let folder = target.outside.clone();
    // SAFETY: this program has one thread while it attacks.
    match unsafe { libc::fork() } {
        -1 => raise(libc::RLIMIT_CORE, u64::MAX),
        0 => {
            let all = [u64::MAX; 2];
            let ready = std::env::set_current_dir(folder);
            let ready = ready.and_then(|()| {
                call(
                    libc::SYS_prlimit64,
                    &[0, libc::RLIMIT_CORE as usize, at(&all), 0],
                )
            });
            if ready.is_ok() {
                std::process::abort();
            }
            // SAFETY: ends the child.
            unsafe { libc::_exit(libc::EPERM) }
        }
        child => {
            let mut how = 0;
            // SAFETY: writes to a local value.
            unsafe { libc::waitpid(child, &raw mut how, 0) };
            if libc::WIFSIGNALED(how) && libc::WCOREDUMP(how) {
                return Ok("dumped".to_owned());
            }
            Err(Error::from_raw_os_error(libc::EPERM).into())
        }
    }
}

fn map(protection: i32) -> Result<usize> {
    let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
    call(
        libc::SYS_mmap,
        &[0, 4096, protection as usize, flags, usize::MAX, 0],
    )
}

fn map_code() -> std::result::Result<String, Stopped> {
    map(libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC)?;
    Ok("mapped".to_owned())
}

fn protect_code() -> std::result::Result<String, Stopped> {
    let page = map(libc::PROT_READ | libc::PROT_WRITE)?;
    call(
        libc::SYS_mprotect,
        &[page, 4096, (libc::PROT_READ | libc::PROT_EXEC) as usize],
    )?;
    Ok("done".to_owned())
}

fn prctl(option: i32, value: usize) -> Result<()> {
    call(libc::SYS_prctl, &[option as usize, value, 0, 0, 0]).map(drop)
}

/// The addresses of strings that stay, with a null at the end.
fn list(texts: &[&std::ffi::CStr]) -> Vec<usize> {
    texts
        .iter()
        .map(|t| t.as_ptr() as usize)
        .chain([0])
        .collect()
}

/// Never comes back when it succeeds. What is executed says nothing and ends with 0.
fn execute(path: &std::ffi::CStr, arguments: &[&std::ffi::CStr]) -> Result<()> {
    let (arguments, environment) = (list(arguments), list(&[c"ESCAPE_AGAIN=1"]));
    call(
        libc::SYS_execve,
        &[
            path.as_ptr() as usize,
            at(&arguments[..]),
            at(&environment[..]),
        ],
    )
    .map(drop)
}

fn execute_fd(fd: usize, flags: usize) -> Result<()> {
    let (arguments, environment) = (list(&[c"sh", c"-c", c"exit 0"]), list(&[c"ESCAPE_AGAIN=1"]));
    let path = c"".as_ptr() as usize;
    call(
        libc::SYS_execveat,
        &[fd, path, at(&arguments[..]), at(&environment[..]), flags],
    )
    .map(drop)
}

const EMPTY_PATH: usize = libc::AT_EMPTY_PATH as usize;

fn own_path(target: &Target) -> Result<std::ffi::CString> {
    Ok(std::ffi::CString::new(
        target
            .inside
            .join("escape-attacker")
            .into_os_string()
            .into_encoded_bytes(),
    )?)
}

fn own_file(target: &Target) -> Result<usize> {
    let path = own_path(target)?;
    call(
        libc::SYS_openat,
        &[
            number(libc::AT_FDCWD),
            path.as_ptr() as usize,
            libc::O_RDONLY as usize,
            0,
        ],
    )
}

fn execute_descriptor(target: &Target) -> std::result::Result<String, Stopped> {
    let file = own_file(target)?;
    let executed = apart(|| execute_fd(file, EMPTY_PATH));
    close(file);
    Ok(executed?)
}

fn execute_memory(_: &Target) -> std::result::Result<String, Stopped> {
    let file = call(libc::SYS_memfd_create, &[c"x".as_ptr() as usize, 0])?;
    let shell = std::fs::read("/bin/sh")?;
    let written = call(libc::SYS_write, &[file, at(&shell[..]), shell.len()]);
    let executed = written.and_then(|_| apart(|| execute_fd(file, EMPTY_PATH)));
    close(file);
    Ok(executed?)
}

fn execute_interpreter(target: &Target) -> std::result::Result<String, Stopped> {
    let interpreters = [
        c"/lib64/ld-linux-x86-64.so.2",
        c"/lib/ld-linux-aarch64.so.1",
        c"/lib/ld-musl-x86_64.so.1",
    ];
    let there = |path: &&&std::ffi::CStr| {
        path.to_str()
            .is_ok_and(|p| std::path::Path::new(p).exists())
    };
    let Some(interpreter) = interpreters.iter().find(there) else {
        return Err(Stopped::Untried("no interpreter"));
    };
    let program = std::ffi::CString::new(
        target
            .inside
            .join("escape-victim")
            .into_os_string()
            .into_encoded_bytes(),
    );
    let program = program.map_err(|_| Stopped::Untried("a folder with a NUL"))?;
    // it looks at the program and says whether it could run it
    Ok(apart(|| {
        execute(interpreter, &[c"ld.so", c"--verify", &program])
    })?)
}

/// The filter wants to see 64 bits that this process has never known.
fn guess_password(target: &Target) -> std::result::Result<String, Stopped> {
    let file = own_file(target)?;
    let guess = |n: usize| apart(|| execute_fd(file | n << 32, EMPTY_PATH | n << 32));
    let last = (0..64).map(guess).reduce(Result::or);
    close(file);
    Ok(last.unwrap_or(Err(Error::from_raw_os_error(libc::EPERM)))?)
}

/// The system calls of 32-bit programs have other numbers: 20 is `getpid`.
fn other_gate(_: &Target) -> std::result::Result<String, Stopped> {
    #[cfg(target_arch = "x86_64")]
    {
        let answer: i32;
        // SAFETY: the gate takes a number and answers one; rbx, which it reads, is not touched.
        unsafe { std::arch::asm!("int 0x80", inlateout("eax") 20 => answer, options(nostack)) };
        if answer > 0 {
            Ok(format!("process {answer}"))
        } else {
            Err(Error::from_raw_os_error(-answer).into())
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    Err(Stopped::Untried("this processor has one gate"))
}
