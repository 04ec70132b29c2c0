//! SIGINT and SIGTERM as events that the loop can wait for.
use rustix::fd::{FromRawFd, OwnedFd};
use rustix::io::{Errno, read};

/// A descriptor that becomes readable when the process is asked to end.
#[derive(Debug)]
pub(crate) struct Signals(OwnedFd);

impl Signals {
    /// Takes SIGINT and SIGTERM away from this thread (and threads that it starts) and makes them readable.
    pub(crate) fn take() -> Result<Self, Errno> {
        // SAFETY: the set is a local value that `sigemptyset` fills in; signal numbers are valid; the descriptor that
        // `signalfd` answers is new and nobody else's.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGINT);
            libc::sigaddset(&raw mut set, libc::SIGTERM);
            if libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) != 0 {
                return Err(Errno::INVAL);
            }
            match libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
                fd if fd >= 0 => Ok(Self(OwnedFd::from_raw_fd(fd))),
                _ => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)),
            }
        }
    }

    pub(crate) const fn descriptor(&self) -> &OwnedFd {
        &self.0
    }

    /// The signal that arrived.
    pub(crate) fn next(&self) -> Option<i32> {
        let mut info = [0; size_of::<libc::signalfd_siginfo>()];
        read(&self.0, &mut info).ok()?;
        // `ssi_signo` is the first field
        info.first_chunk().and_then(|b| i32::try_from(u32::from_ne_bytes(*b)).ok())
    }
}

/// With SIGCHLD ignored (a caller may have left it so) the system would reap programs before they can be asked how they
/// ended.
pub(crate) fn default_child_signal() {
    // SAFETY: sets the default action, which runs no code of ours.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_request_to_end_is_an_event() {
        // in a thread of its own, whose mask nobody else shares
        std::thread::spawn(|| {
            let signals = Signals::take().unwrap();
            assert_eq!(signals.next(), None);
            // SAFETY: sends a signal that this thread has just blocked to this thread.
            unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGTERM) };
            assert_eq!(signals.next(), Some(libc::SIGTERM));
        })
        .join()
        .unwrap();
    }
}
