//! What this system can confine programs with.
use super::spawn::last_errno;
use rustix::io::Errno;
use std::ptr;

/// The version of Landlock's interface.
///
/// # Errors
/// `ENOSYS`: the system was built without it; `EOPNOTSUPP`: it is switched off.
pub(crate) fn landlock_version() -> Result<u32, Errno> {
    /// `LANDLOCK_CREATE_RULESET_VERSION`
    const VERSION: u32 = 1;
    // SAFETY: with this flag the call takes no attributes, and only answers a number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            ptr::null::<libc::c_void>(),
            0_usize,
            VERSION,
        )
    };
    u32::try_from(version).map_err(|_| last_errno())
}

/// Whether seccomp filters that answer with an error can be installed.
///
/// # Errors
/// `ENOSYS` or `EINVAL`: the system was built without them.
pub(crate) fn has_filters() -> Result<(), Errno> {
    let action: u32 = libc::SECCOMP_RET_ERRNO;
    // SAFETY: the call reads one number that is a local value.
    let known = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_GET_ACTION_AVAIL,
            0,
            &raw const action,
        )
    };
    if known == 0 {
        Ok(())
    } else {
        Err(last_errno())
    }
}
