//! SIGINT and SIGTERM as events that the loop can wait for.
//!
//! A signal handler can do almost nothing safely. So the two signals that ask
//! the kernel to end are blocked in its thread and read from a `signalfd`,
//! between two turns of the loop, like every other event. The mask is inherited
//! by threads that are started later, and not by programs: `sys::child` gives
//! them a clean one.
use rustix::fd::{FromRawFd, OwnedFd};
use rustix::io::{Errno, read};

/// A descriptor that becomes readable when the process is asked to end.
#[derive(Debug)]
pub(crate) struct Signals(OwnedFd);

impl Signals {
    /// Takes SIGINT and SIGTERM away from this thread (and threads that it
    /// starts) and makes them readable.
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
                _ => {
                    Err(Errno::from_io_error(&std::io::Error::last_os_error())
                        .unwrap_or(Errno::INVAL))
                }
            }
        }
    }

    /// Becomes readable when a signal has come.
    pub(crate) const fn descriptor(&self) -> &OwnedFd {
        &self.0
    }

    /// The signal that arrived.
    pub(crate) fn next(&self) -> Option<i32> {
        let mut info = [0; size_of::<libc::signalfd_siginfo>()];
        read(&self.0, &mut info).ok()?;
        // `ssi_signo` is the first field
        info.first_chunk()
            .and_then(|b| i32::try_from(u32::from_ne_bytes(*b)).ok())
    }
}

/// With SIGCHLD ignored (a caller may have left it so) the system would reap
/// programs before they can be asked how they ended.
pub(crate) fn default_child_signal() {
    // SAFETY: sets the default action, which runs no code of ours.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
    }
}

/// Starts a thread that takes no signals, so that those of the process reach
/// the one that waits for them.
pub(crate) fn spawn_thread(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    // SAFETY: both sets are local values, the first filled in by `sigfillset`, the second by the call that reads it. A new
    // thread has the mask of the one that starts it, which gets its own back.
    unsafe {
        let (mut all, mut before): (libc::sigset_t, libc::sigset_t) =
            (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&raw mut all);
        if libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, &raw mut before) != 0 {
            return Err(std::io::Error::last_os_error());
        }
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        started.map(drop)
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

    #[test]
    fn a_thread_of_the_kernels_takes_no_signals_and_its_starter_keeps_its_own() {
        let blocked = || {
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            let mask = status
                .lines()
                .find_map(|l| l.strip_prefix("SigBlk:"))
                .unwrap()
                .trim()
                .to_owned();
            u64::from_str_radix(&mask, 16).unwrap()
        };
        let (tell, told) = std::sync::mpsc::channel();
        let before = blocked();
        spawn_thread("test", move || tell.send(blocked()).unwrap()).unwrap();
        let asked_to_end = 1 << 14 | 1 << 1;
        assert_eq!(
            told.recv().unwrap() & asked_to_end,
            asked_to_end,
            "SIGTERM and SIGINT"
        );
        assert_eq!(blocked(), before);
    }
}
