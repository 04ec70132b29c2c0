//! System calls by number, and attempts in a process of their own.
use crate::Stopped;
use std::io::{Error, Result};

/// A system call.
pub fn call(number: i64, arguments: &[usize]) -> Result<usize> {
    let a = |n: usize| arguments.get(n).copied().unwrap_or(0);
    // SAFETY: whatever the call does to this process, nobody relies on it afterwards: addresses that are handed over are of
    // live local values as large as the call wants, and attempts that change the process run in one of their own.
    let result = unsafe { libc::syscall(number, a(0), a(1), a(2), a(3), a(4), a(5)) };
    usize::try_from(result).map_err(|_| Error::last_os_error())
}

/// The address of a value, for a call.
pub fn at<T: ?Sized>(value: &T) -> usize {
    std::ptr::from_ref(value).cast::<u8>() as usize
}
pub fn at_mut<T: ?Sized>(value: &mut T) -> usize {
    std::ptr::from_mut(value).cast::<u8>() as usize
}
pub const fn number(n: i32) -> usize {
    n as isize as usize
}

/// Closes a descriptor that an attempt got.
pub fn close(fd: usize) {
    let _ = call(libc::SYS_close, &[fd]);
}

/// Got a descriptor: says so, and closes it.
pub fn opened(fd: Result<usize>) -> std::result::Result<String, Stopped> {
    close(fd?);
    Ok("opened".to_owned())
}

/// Whether the system looked further than at whether we may: it asks for a right first and then for sound arguments.
pub fn reached(result: Result<usize>) -> std::result::Result<String, Stopped> {
    match result {
        Ok(_) => Ok("done".to_owned()),
        Err(e)
            if matches!(
                e.raw_os_error(),
                Some(libc::EPERM | libc::EACCES | libc::ENOSYS)
            ) =>
        {
            Err(e.into())
        }
        Err(e) => Ok(format!("allowed, then {}", name_of(&e))),
    }
}

/// Runs an attempt in a child, so that what it changes is gone afterwards. Where no child can be had, runs it here.
pub fn apart(attempt: impl FnOnce() -> Result<()>) -> Result<String> {
    // SAFETY: this program has one thread while it attacks.
    match unsafe { libc::fork() } {
        -1 => attempt().map(|()| "in this very process".to_owned()),
        0 => {
            let code = attempt().map_or_else(|e| e.raw_os_error().unwrap_or(libc::EIO), |()| 0);
            // SAFETY: ends the child without running anything of the parent's.
            unsafe { libc::_exit(code) }
        }
        child => match ended(child)? {
            0 => Ok("done".to_owned()),
            code => Err(Error::from_raw_os_error(code)),
        },
    }
}

/// Waits for a child; its exit code, or 128 and a signal.
pub fn ended(child: i32) -> Result<i32> {
    let mut how = 0;
    // SAFETY: writes to a local value.
    if unsafe { libc::waitpid(child, &raw mut how, 0) } < 0 {
        return Err(Error::last_os_error());
    }
    Ok(if libc::WIFEXITED(how) {
        libc::WEXITSTATUS(how)
    } else {
        128 + libc::WTERMSIG(how)
    })
}

/// The error's name, as the manual pages have it, or its number.
pub fn name_of(e: &Error) -> String {
    let name = match e.raw_os_error() {
        Some(libc::EPERM) => "EPERM",
        Some(libc::ENOENT) => "ENOENT",
        Some(libc::ESRCH) => "ESRCH",
        Some(libc::EACCES) => "EACCES",
        Some(libc::EINVAL) => "EINVAL",
        Some(libc::ENOSYS) => "ENOSYS",
        Some(libc::ENOMEM) => "ENOMEM",
        Some(libc::EMFILE) => "EMFILE",
        Some(libc::EAGAIN) => "EAGAIN",
        Some(libc::EROFS) => "EROFS",
        Some(libc::EFAULT) => "EFAULT",
        Some(libc::EBADF) => "EBADF",
        Some(libc::ENOTTY) => "ENOTTY",
        Some(libc::ENXIO) => "ENXIO",
        Some(libc::EAFNOSUPPORT) => "EAFNOSUPPORT",
        Some(libc::ENOTSUP) => "ENOTSUP",
        Some(libc::ENOPROTOOPT) => "ENOPROTOOPT",
        Some(n) => return format!("errno {n}"),
        None => return e.to_string(),
    };
    name.to_owned()
}
