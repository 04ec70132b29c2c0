//! Orphans: processes that programs leave behind. They become children of the
//! kernel, and are ended.
//!
//! Each program is a subreaper, and so is the kernel: what a program's
//! processes leave becomes the program's, and at its end the kernel's. A child
//! of the kernel that is not a program is therefore something that a program
//! left. A number of a child is not given to another process before the child
//! has been waited for, so that none but our own children can be hit.
use rustix::io::Errno;
use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process,
    set_child_subreaper, set_dumpable_behavior, waitid,
};
use std::time::{Duration, Instant};

/// How long the end of the last ones is waited for. A process that forks faster
/// than it is found can use it up.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Milliseconds until the next look for what was left.
const LOOK_AGAIN: u64 = 10;

/// Takes in what programs leave.
#[derive(Debug)]
pub(crate) struct Orphans {
    /// Children that this process had before it became a kernel.
    earlier: Vec<Pid>,
    /// When to look again, in milliseconds of whoever asks.
    next_look: Option<u64>,
}

impl Orphans {
    /// Makes this process the parent of whatever its programs leave behind, and
    /// keeps others of its user from tracing it.
    pub(crate) fn adopt() -> Result<Self, Errno> {
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        set_child_subreaper(Some(getpid()))?;
        Ok(Self {
            earlier: children().collect(),
            next_look: None,
        })
    }

    /// When [`Orphans::end`] has to be called next.
    pub(crate) const fn next_look(&self) -> Option<u64> {
        self.next_look
    }

    /// Ends those that are there now, without waiting for them. What they leave
    /// in turn is found at the next look.
    pub(crate) fn end(&mut self, programs: &[Pid], now: u64) {
        let found = self.kill(programs);
        self.next_look = found.then(|| now.saturating_add(LOOK_AGAIN));
    }

    /// Answers whether there were any.
    fn kill(&self, programs: &[Pid]) -> bool {
        let orphans =
            children().filter(|pid| !programs.contains(pid) && !self.earlier.contains(pid));
        let ended = orphans.map(|pid| {
            // one that has ended already is what was wanted
            let _ = kill_process(pid, Signal::KILL);
            let _ = waitid(
                WaitId::Pid(pid),
                WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
            );
        });
        ended.count() > 0
    }

    /// Ends all, when no program is left; answers whether none is left.
    pub(crate) fn end_all(&mut self) -> bool {
        let began = Instant::now();
        loop {
            let found = self.kill(&[]);
            if !found && self.none_is_left() {
                return true;
            }
            if began.elapsed() > TIMEOUT {
                return false;
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The system knows it exactly: a look through all processes can miss one
    /// that forks and ends meanwhile.
    fn none_is_left(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !self.earlier.is_empty() || matches!(waitid(WaitId::All, options), Err(Errno::CHILD))
    }
}

/// The children of this process that the system shows, the newest first: the
/// older ones may be gone by now.
fn children() -> impl Iterator<Item = Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut numbers: Vec<i32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    let own = getpid();
    numbers
        .into_iter()
        .rev()
        .filter_map(Pid::from_raw)
        .filter(move |pid| parent(*pid) == Some(own))
}

/// The parent of a process: the second field behind the name, which stands in
/// parentheses and can contain any byte.
fn parent(pid: Pid) -> Option<Pid> {
    let status = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let name_end = status.iter().rposition(|b| *b == b')')?;
    let fields = str::from_utf8(status.get(name_end..)?).ok()?;
    Pid::from_raw(fields.split_ascii_whitespace().nth(2)?.parse().ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_parent_of_a_process_is_read_whatever_the_process_is_called() {
        assert_eq!(parent(getpid()), rustix::process::getppid());
        let mut child = std::process::Command::new("/bin/sleep")
            .arg0(") S 1 (")
            .arg("60")
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&child);
        assert_eq!(parent(pid), Some(getpid()));
        assert!(children().any(|c| c == pid));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(parent(pid), None);
    }
    use std::os::unix::process::CommandExt;
}
