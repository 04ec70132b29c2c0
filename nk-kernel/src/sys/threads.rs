//! New threads of a program at levels 2 and 3: its filter asks the kernel about
//! each, which counts those that there are.
//!
//! What is decided on is a number that the program cannot change: how many
//! threads it has. The flags of the call, which it could, have been looked at
//! by the filter, in registers.
use super::spawn::last_errno;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::io::{Errno, retry_on_intr};

/// Threads that a program may have.
const MAX_THREADS: u32 = 512;

/// Where a program's new threads are asked about: readable when there is a
/// question.
#[derive(Debug)]
pub(crate) struct Threads(OwnedFd);

impl Threads {
    /// Over the listener that the child has handed over.
    pub(super) const fn new(listener: OwnedFd) -> Self {
        Self(listener)
    }

    /// What is waited for.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Answers a question that there is: the thread may be made, or `EAGAIN`.
    /// To be called when the descriptor is readable. Whoever asked and is gone
    /// needs no answer.
    ///
    /// # Errors
    /// Of the system; the question may stay without an answer.
    pub(crate) fn answer(&self) -> Result<(), Errno> {
        let answered = self.question().and_then(|(id, thread)| {
            // nobody can be counted who is gone
            let fits = threads_of(thread).is_some_and(|threads| threads < MAX_THREADS);
            self.reply(id, fits)
        });
        if answered == Err(Errno::NOENT) {
            Ok(())
        } else {
            answered
        }
    }

    /// The number of a question, and the thread that asks.
    fn question(&self) -> Result<(u64, u32), Errno> {
        retry_on_intr(|| {
            // SAFETY: the structure is a local value of the layout that the call wants, all zeros as it demands.
            unsafe {
                let mut question: libc::seccomp_notif = std::mem::zeroed();
                if libc::ioctl(
                    self.0.as_raw_fd(),
                    libc::SECCOMP_IOCTL_NOTIF_RECV,
                    &raw mut question,
                ) < 0
                {
                    return Err(last_errno());
                }
                Ok((question.id, question.pid))
            }
        })
    }

    /// Answers a question: the thread is made as if nobody had been asked, or
    /// its maker gets `EAGAIN`.
    ///
    /// # Errors
    /// Of the system; `ENOENT` when who asked is gone.
    fn reply(&self, id: u64, fits: bool) -> Result<(), Errno> {
        let (flags, error) = if fits {
            (CONTINUE, 0)
        } else {
            (0, -libc::EAGAIN)
        };
        let answer = libc::seccomp_notif_resp {
            id,
            val: 0,
            error,
            flags,
        };
        retry_on_intr(|| {
            // SAFETY: the structure is a local value of the layout that the call wants.
            let sent = unsafe {
                libc::ioctl(
                    self.0.as_raw_fd(),
                    libc::SECCOMP_IOCTL_NOTIF_SEND,
                    &raw const answer,
                )
            };
            if sent < 0 { Err(last_errno()) } else { Ok(()) }
        })
    }
}

/// The call goes on as if nobody had been asked.
const CONTINUE: u32 = 1;

/// How many threads the process has that this thread belongs to: the eighteenth
/// field behind the name, which stands in parentheses and can contain any byte.
fn threads_of(thread: u32) -> Option<u32> {
    let status = std::fs::read(format!("/proc/{thread}/stat")).ok()?;
    let name_end = status.iter().rposition(|b| *b == b')')?;
    let fields = str::from_utf8(status.get(name_end..)?).ok()?;
    fields.split_ascii_whitespace().nth(18)?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn threads_of_a_process_are_counted_by_any_of_them() {
        let mut child = std::process::Command::new("/bin/sleep")
            .arg("60")
            .spawn()
            .unwrap();
        assert_eq!(threads_of(child.id()), Some(1));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(threads_of(child.id()), None);
        let this = u32::try_from(rustix::thread::gettid().as_raw_nonzero().get()).unwrap();
        assert!(
            threads_of(this).is_some_and(|n| n > 1),
            "the test harness has some"
        );
    }
}
