//! The running kernel: one thread that waits for events, feeds the state machine with them, and does what it says.
mod dispatch;
mod endpoints;
mod handles;
mod lanes;
mod launch;
mod locate;
mod output;
mod own;
mod pace;
mod poll;
mod programs;
#[cfg(test)]
mod session;
mod tasks;

pub use launch::KernelRequests;
pub(crate) use locate::short;

use crate::core::{Core, LaneId, Time};
use crate::lane::{Account, Buffer, Lane};
use crate::report::Report;
use crate::start::{Ended, Running, Strays, Terms};
use crate::sys::Signals;
use nk_image::{Solution, TaskId};
use nk_runtime::frame::MAX_PACKET;
use nk_security::{Granted, KERNEL_CLASS, Route, State};
use output::Output;
use own::Pending;
use pace::{Pace, Strain};
use poll::{Interest, Poller, Source};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Queued bytes that a program may have besides one maximum message (design §5).
const EXTRA_QUEUED: u64 = 1 << 20;

/// The state machine, carrying what was granted.
type Carrier = Core<Granted<Buffer>, Route>;

/// Programs besides the plan's, and other resources that policies remember, for which there is room from the start.
const EXTRA_SUBJECTS: usize = 1024;

/// Everything that the kernel holds while programs run.
pub(crate) struct Kernel {
    solution: Solution,
    /// What the policy remembers.
    state: State,
    core: Carrier,
    /// Which requests are made besides those of programs.
    requests: KernelRequests,
    /// The solution means the same by the kernel's endpoints.
    knows_endpoints: bool,
    programs: Vec<Program>,
    /// How many of them are the plan's; the others were made by programs.
    planned: usize,
    terms: Terms,
    lanes: u32,
    max_message: u32,
    report: Report,
    poller: Poller,
    signals: Option<Signals>,
    strays: Option<Strays>,
    /// Packets that this turn may still read of messages that go on.
    credit: u32,
    /// Requests that were handed to servers.
    carried: u64,
    /// Programs that only cost are slowed down.
    paced: bool,
    /// Programs that are left alone for a while.
    resting: BTreeSet<(Time, TaskId, Strain)>,
    /// When to look again for what ended programs have left.
    look_again: Option<Time>,
    began: Instant,
    /// Memory for what one packet has behind its header.
    room: Vec<u8>,
}

/// A task of the plan and its process.
struct Program {
    lanes: Vec<Option<Wire>>,
    account: Account,
    /// By [`Strain`].
    paces: [Pace; 2],
    running: Option<Running>,
    ended: Option<Ended>,
    /// The code that it asked to end with.
    exit: Option<i32>,
    /// Standard output and error output, until everything is shown.
    outputs: [Option<Output>; 2],
}

/// A lane and what is waited for on it.
struct Wire {
    lane: Lane,
    interest: Interest,
    /// Packets of the message that is not complete.
    packets: u64,
    /// A request to the kernel that is answered later.
    pending: Option<Pending>,
}

impl Program {
    /// One that is not started yet.
    fn new(max_message: u32) -> Self {
        Self {
            lanes: Vec::new(),
            account: Account::new(u64::from(max_message).saturating_add(EXTRA_QUEUED)),
            paces: Default::default(),
            running: None,
            ended: None,
            exit: None,
            outputs: [None, None],
        }
    }

    /// Whether it has not been started.
    const fn is_stopped(&self) -> bool {
        self.running.is_none() && self.ended.is_none()
    }

    /// How the program ended, when the system says this: a process that the kernel ended on the program's own wish ended with
    /// the code that it gave.
    fn ending(&self, seen: Ended) -> Ended {
        match (seen, self.exit) {
            (Ended::Signal(_), Some(code)) => Ended::Code(code),
            _ => seen,
        }
    }
}

impl Kernel {
    pub(crate) fn new(
        solution: Solution,
        terms: Terms,
        lanes: u32,
        max_message: u32,
        mut report: Report,
        signals: Option<Signals>,
        strays: Option<Strays>,
    ) -> Result<Self, Errno> {
        let knows_endpoints = endpoints::are_the_solutions(&solution);
        if !knows_endpoints {
            report.say(&format!(
                "the solution describes `{KERNEL_CLASS}` otherwise than this einit does: requests to the kernel end with \
                 rcUnimplemented; build the solution with the built-in description"
            ));
        }
        let poller = Poller::new()?;
        if let Some(signals) = &signals {
            poller.add(signals.descriptor(), Source::Signal, Interest::READING)?;
        }
        if let Some(progress) = report.progress() {
            poller.add(progress, Source::Console, Interest::READING)?;
        }
        Ok(Self {
            state: State::new(
                &solution.policy,
                solution.plan.tasks.len().saturating_add(EXTRA_SUBJECTS),
            ),
            core: Core::new(&solution.plan, lanes, dispatch::EINIT_SID),
            programs: solution
                .plan
                .tasks
                .iter()
                .map(|_| Program::new(max_message))
                .collect(),
            planned: solution.plan.tasks.len(),
            requests: KernelRequests::Off,
            knows_endpoints,
            terms,
            solution,
            lanes,
            max_message,
            report,
            poller,
            signals,
            strays,
            credit: 0,
            carried: 0,
            paced: true,
            resting: BTreeSet::new(),
            look_again: None,
            began: Instant::now(),
            room: vec![0; MAX_PACKET],
        })
    }

    /// Makes these requests besides those of programs.
    pub(crate) const fn with_requests(&mut self, requests: KernelRequests) {
        self.requests = requests;
    }

    /// Slows nobody down.
    pub(crate) const fn without_pace(&mut self) {
        self.paced = false;
    }

    /// Carries messages until the last program has ended and what it wrote has gone to the console. Answers the signal that ended it earlier, if one did.
    pub(crate) fn serve(&mut self) -> Result<Option<i32>, Errno> {
        while self.programs.iter().any(|p| p.running.is_some()) || self.has_output() {
            if let Some(signal) = self.turn(self.patience())? {
                return Ok(Some(signal));
            }
        }
        Ok(None)
    }

    /// Waits for what happens next, and does what follows from it. Answers a signal that ends everything.
    fn turn(&mut self, patience: Option<Duration>) -> Result<Option<i32>, Errno> {
        let mut ended = Vec::new();
        self.credit = lanes::PACKETS_IN_A_TURN;
        for happened in self.poller.wait(patience)? {
            match happened.source {
                Source::Lane(id) => self.lane_event(id, happened.writable, happened.hung_up),
                Source::Output(task, stream) => self.output_event(task, stream),
                Source::Ended(task) => ended.push(task),
                Source::Threads(task) => self.thread_event(task, happened.hung_up),
                Source::Console => self.console_event(),
                Source::Signal => match self.signals.as_ref().and_then(Signals::next) {
                    None => {}
                    signal => return Ok(signal),
                },
            }
        }
        // what a program sent before it ended comes before its end
        for task in ended {
            self.program_ended(task);
        }
        if self.look_again.is_some_and(|time| time <= self.now()) {
            self.end_strays();
        }
        self.end_rests();
        self.core.expire(self.now());
        self.act();
        Ok(None)
    }

    /// Waits until the console has shown everything. Answers the signal that ended the waiting, if one did.
    pub(crate) fn settle(&mut self) -> Result<Option<i32>, Errno> {
        while !self.report.is_done() {
            for happened in self.poller.wait(None)? {
                if happened.source == Source::Signal
                    && let Some(signal) = self.signals.as_ref().and_then(Signals::next)
                {
                    return Ok(Some(signal));
                }
            }
        }
        Ok(None)
    }

    /// Milliseconds since the start.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// How long to wait for events: to the next timeout, the next look or the end of a rest, the running millisecond over.
    fn patience(&self) -> Option<Duration> {
        let rested = self.resting.first().map(|(until, ..)| *until);
        let next = [self.core.next_deadline(), self.look_again, rested]
            .into_iter()
            .flatten()
            .min()?;
        let wait = next.saturating_sub(self.now());
        Some(Duration::from_millis(if wait == 0 {
            0
        } else {
            wait.saturating_add(1)
        }))
    }

    fn wire(&mut self, id: LaneId) -> Option<&mut Wire> {
        self.programs
            .get_mut(id.task.index())?
            .lanes
            .get_mut(id.lane as usize)?
            .as_mut()
    }

    fn task_name(&self, task: TaskId) -> &str {
        self.solution
            .plan
            .tasks
            .get(task.index())
            .map_or("?", |t| t.name.as_str())
    }

    pub(crate) const fn report(&mut self) -> &mut Report {
        &mut self.report
    }
    pub(crate) const fn solution(&self) -> &Solution {
        &self.solution
    }

    /// How every task of the plan ended, in its order.
    pub(crate) fn endings(&self) -> Vec<(String, Ended)> {
        let tasks = self
            .solution
            .plan
            .tasks
            .iter()
            .zip(&self.programs)
            .take(self.planned);
        tasks
            .filter_map(|(task, program)| Some((task.name.clone(), program.ended?)))
            .collect()
    }
}

/// Whatever happens to the kernel, no program is left behind.
impl Drop for Kernel {
    fn drop(&mut self) {
        self.end_all();
    }
}
