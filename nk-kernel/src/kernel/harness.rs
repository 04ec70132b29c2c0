//! The kernel without processes: whoever drives it holds the programs' ends of
//! the lanes, moves the clock, and says when a program has ended. Everything
//! else is the running kernel. The fuzz target of whole sessions drives it.
use super::{Kernel, OwnProcess, Settings};
use crate::report::{Console, Report};
use crate::start::{Folder, Isolation, Sandbox};
use nk_image::{Solution, TaskId};
use rustix::fd::OwnedFd;
use std::io;
use std::path::Path;
use std::time::Duration;

/// A kernel whose programs are whoever drives it.
pub struct Harness(Kernel);

impl Harness {
    /// A kernel for a solution. `lanes`: of each program.
    ///
    /// # Errors
    /// Of the system, which cannot wait for events.
    pub fn new(solution: Solution, lanes: u32, console: Box<dyn Console>) -> io::Result<Self> {
        let folder = Folder::open(Path::new("/"))?;
        let sandbox = Sandbox::new(folder, Isolation::Basic, None).map_err(io::Error::other)?;
        let Solution { plan, policy, .. } = solution;
        let report = Report::new(&plan, console, None, false);
        let settings = Settings {
            lanes,
            max_message: solution.max_message,
            requests: super::KernelRequests::Off,
            throttle: true,
        };
        let process = OwnProcess {
            signals: None,
            orphans: None,
        };
        let kernel = Kernel::new(&plan, policy, settings, sandbox, report, process);
        Ok(Self(kernel?))
    }

    /// Makes the lanes of a program; answers the program's ends.
    ///
    /// # Errors
    /// Of the system: no descriptors are left.
    pub fn open_lanes(&mut self, task: TaskId) -> io::Result<Vec<OwnedFd>> {
        Ok(self.0.lanes.open(&self.0.poller, task)?)
    }

    /// Does what follows from what the programs have sent so far, without
    /// waiting.
    ///
    /// # Errors
    /// Of the system, which cannot wait for events.
    pub fn turn(&mut self) -> io::Result<()> {
        self.0.turn(Some(Duration::ZERO))?;
        Ok(())
    }

    /// Moves the clock forward by so many milliseconds.
    pub fn advance(&mut self, msecs: u64) {
        self.0.clock.advance(msecs);
    }

    /// As when the system says that a process has ended: what it sent before is
    /// taken first.
    pub fn end(&mut self, task: TaskId) {
        for lane in self.0.lanes.of(task) {
            self.0.drain_lane(lane);
        }
        self.0.lanes.close_all(task);
        self.0.core.ended(task);
        self.0.act();
    }

    /// Bytes that are charged to a program.
    #[must_use]
    pub fn charged(&self, task: TaskId) -> u64 {
        let account = self.0.processes.account(task);
        account.map_or(0, crate::lane::Account::charged)
    }
}
