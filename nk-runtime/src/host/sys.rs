//! The one place with `unsafe`: taking over the descriptors that `einit` left
//! for this process, and noticing forks.
#![allow(
    unsafe_code,
    reason = "a descriptor that is known only by its number can be owned in no other way; nor a fork be noticed"
)]
use crate::frame::FIRST_LANE;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{SocketType, sockopt::socket_type};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The lane with this number; `None` when no lane is there. To be asked once
/// per lane and process.
pub(super) fn lane(number: u32) -> Option<OwnedFd> {
    adopt(FIRST_LANE.checked_add(i32::try_from(number).ok()?)?)
}

/// Owns a descriptor that is a packet socket, and keeps it from programs that
/// this one starts. Any other is left as it was.
fn adopt(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: `einit` opened the descriptors from `FIRST_LANE` on for this process before it began, and nothing else here
    // knows or owns them. In a process that `einit` did not start the number may be free or somebody else's: until the
    // check below has passed it is used only in system calls that change nothing, and given back without being closed.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    if socket_type(&socket) == Ok(SocketType::SEQPACKET)
        && fcntl_setfd(&socket, FdFlags::CLOEXEC).is_ok()
    {
        return Some(socket);
    }
    let _not_ours = socket.into_raw_fd();
    None
}

/// Forks between the process that first asked and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The generation of this process, and from now on of those that it forks. What
/// asks the system for nothing: a call looks at it each time. Only `fork` of
/// the C library is noticed, not a bare system call.
pub(super) fn generation() -> u32 {
    static COUNTS: OnceLock<bool> = OnceLock::new();
    extern "C" fn forked() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler runs in the child of a fork, where little is allowed: it adds to an atomic number. It is never
    // unloaded before the process ends, as this crate is linked statically into a program.
    let counts =
        *COUNTS.get_or_init(|| unsafe { libc::pthread_atfork(None, None, Some(forked)) } == 0);
    if counts {
        FORKS.load(Ordering::Relaxed)
    } else {
        std::process::id()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use rustix::io::fcntl_getfd;
    use rustix::net::{AddressFamily, SocketFlags, socketpair};
    use std::os::fd::AsRawFd;

    #[test]
    fn a_packet_socket_is_taken_over_and_not_inherited_by_child_programs() {
        let (a, _b) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::empty(),
            None,
        )
        .unwrap();
        let lane = adopt(a.into_raw_fd()).unwrap();
        assert_eq!(fcntl_getfd(&lane), Ok(FdFlags::CLOEXEC));
    }

    #[test]
    fn a_descriptor_that_is_no_lane_stays_open_and_its_owners() {
        let (a, b) = socketpair(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::empty(),
            None,
        )
        .unwrap();
        assert!(adopt(a.as_raw_fd()).is_none());
        assert_eq!(rustix::io::write(&a, b"x"), Ok(1));
        assert_eq!(fcntl_getfd(&a), Ok(FdFlags::empty()));
        drop(b);
    }

    #[test]
    fn a_fork_is_of_another_generation_and_its_parent_is_not() {
        let before = generation();
        // SAFETY: the child does what is allowed after a fork of a process with threads: it reads a number and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let status = i32::from(generation() == before);
            // SAFETY: ends the child without running what the test harness has registered.
            unsafe { libc::_exit(status) }
        }
        let child = rustix::process::Pid::from_raw(child).unwrap();
        let (_, status) =
            rustix::process::waitpid(Some(child), rustix::process::WaitOptions::empty())
                .unwrap()
                .unwrap();
        assert_eq!(
            status.exit_status(),
            Some(0),
            "the fork takes itself for its parent"
        );
        assert_eq!(generation(), before);
    }

    #[test]
    fn a_number_that_is_not_open_is_no_lane() {
        assert!(adopt(1_000_000).is_none());
    }
}
