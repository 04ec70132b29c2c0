//! The running kernel: one thread that waits for events, feeds the state
//! machine with them, and does what it says.
//!
//! Each part has an owner, whose fields nobody else touches: `gate` the policy
//! and what it remembers, `processes` the tasks and their processes, `lanes`
//! the kernel's ends of their lanes, `outputs` what they write, `throttle` who
//! is paused. The [`Kernel`] composes them: it is the loop. What programs ask
//! for is done in their name by `frames` (calls of each other, lookups),
//! `requests` and `endpoints` (calls of the kernel itself) and, before they
//! run, `startup`.
//!
//! One turn of the loop: wait for events; take what programs have sent, and act
//! on it; then the ends of programs, orphans that are left, pauses that are
//! over, deadlines. The state machine is asked for its actions after every
//! event that may have caused some, so that no answer waits for another
//! program's event.
//!
//! The kernel never waits for a program, and takes no memory on its word: a
//! message is charged to its sender before memory is taken for it, and refunded
//! when it is handed over or dropped.
mod clock;
mod endpoints;
mod frames;
mod gate;
mod handles;
mod harness;
mod lanes;
mod lookup;
mod outputs;
mod poller;
mod processes;
mod requests;
mod startup;
mod throttle;

pub use harness::Harness;
pub(crate) use lookup::short;
pub(crate) use startup::Failed;
pub use startup::KernelRequests;

use crate::core::{Action, Core, LaneId};
use crate::lane::{Buffer, Payload, Read, Sent};
use crate::report::{Report, Stream};
use crate::start::{Ended, Orphans, Sandbox, StartError, start};
use crate::sys::Signals;
use clock::Clock;
use frames::Frames;
use gate::{EINIT_SID, Gate};
use lanes::Lanes;
use nk_image::{Plan, TaskId};
use nk_runtime::Retcode;
use nk_runtime::frame::{Header, Kind, RECEIVING};
use nk_security::{Granted, KERNEL_CLASS, Permit, Policy, Route};
use outputs::{Outputs, Sink};
use poller::{Interest, Poller, Source};
use processes::Processes;
use requests::Requests;
use rustix::io::Errno;
use startup::Startup;
use std::io;
use std::time::Duration;
use throttle::{Cost, Throttle};

/// The state machine, carrying what was granted.
type Carrier = Core<Granted<Buffer>, Route>;

/// How the kernel runs a solution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Lanes of each program.
    pub(crate) lanes: u32,
    /// Largest message in bytes.
    pub(crate) max_message: u32,
    /// Which requests are made besides those of programs.
    pub(crate) requests: KernelRequests,
    /// Processes that only cost are slowed down.
    pub(crate) throttle: bool,
}

/// What the kernel has of its own process.
pub(crate) struct OwnProcess {
    /// SIGINT and SIGTERM, if they are the kernel's to take.
    pub(crate) signals: Option<Signals>,
    /// What programs leave behind, if it is the kernel's to end.
    pub(crate) orphans: Option<Orphans>,
}

/// Everything that the kernel holds while programs run.
pub(crate) struct Kernel {
    /// The policy, and what it remembers.
    gate: Gate,
    /// Who waits for whom.
    core: Carrier,
    /// The tasks and their processes.
    processes: Processes,
    /// Their lanes.
    lanes: Lanes,
    /// What they write.
    outputs: Outputs,
    /// Who is paused.
    throttle: Throttle,
    /// What people and the audit file are told.
    report: Report,
    /// What every program is started in.
    sandbox: Sandbox,
    settings: Settings,
    /// What events are waited for.
    poller: Poller,
    process: OwnProcess,
    /// Milliseconds since the start.
    clock: Clock,
}

impl Kernel {
    /// A kernel whose programs have not been started.
    ///
    /// # Errors
    /// Of the system, which cannot wait for events.
    pub(crate) fn new(
        plan: &Plan,
        policy: Policy,
        settings: Settings,
        sandbox: Sandbox,
        mut report: Report,
        process: OwnProcess,
    ) -> Result<Self, Errno> {
        let gate = Gate::new(policy, plan.tasks.len());
        if !gate.describes_this_kernel() {
            report.message(&format!(
                "the solution describes `{KERNEL_CLASS}` otherwise than this einit does: requests to the kernel end with \
                 rcUnimplemented; build the solution with the built-in description"
            ));
        }
        let poller = Poller::new()?;
        if let Some(signals) = &process.signals {
            poller.add(signals.descriptor(), Source::Signal, Interest::READING)?;
        }
        if let Some(progress) = report.progress() {
            poller.add(progress, Source::Console, Interest::READING)?;
        }
        let mut throttle = Throttle::new(settings.throttle);
        for task in (0..).map(TaskId).take(plan.tasks.len()) {
            throttle.add_program(task);
        }
        Ok(Self {
            core: Core::new(plan, settings.lanes, EINIT_SID),
            processes: Processes::new(&plan.tasks, settings.max_message),
            lanes: Lanes::new(settings.lanes, settings.max_message),
            outputs: Outputs::default(),
            throttle,
            gate,
            report,
            sandbox,
            settings,
            poller,
            process,
            clock: Clock::start(),
        })
    }

    /// What the kernel tells people.
    pub(crate) const fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// How every task of the plan ended, in its order.
    pub(crate) fn endings(&self) -> Vec<(String, Ended)> {
        self.processes.endings()
    }

    /// Starts every task in the order of the plan. All starts are decided
    /// before the first is made.
    ///
    /// # Errors
    /// The first task that cannot be started; what was started before still
    /// runs.
    pub(crate) fn start_all(&mut self, plan: &Plan) -> Result<(), Failed> {
        Startup::of(self).all(plan)
    }

    /// Starts a program whose start was permitted.
    ///
    /// # Errors
    /// The step that failed. A program that could be started and not be waited
    /// for is ended with the others.
    fn start(&mut self, id: TaskId, permit: Permit) -> Result<(), StartError> {
        let task = self.processes.task(id);
        let task = task.ok_or(StartError::lanes(Errno::INVAL))?;
        let ends = self.lanes.open(&self.poller, id);
        let ends = ends.map_err(StartError::lanes)?;
        let (running, pipes) = start(&self.sandbox, task, &ends, permit)?;
        let process = Source::Ended(id);
        let mut watched = self
            .poller
            .add(&running.process, process, Interest::READING);
        if let Some(threads) = &running.threads {
            let (threads, source) = (threads.descriptor(), Source::Threads(id));
            watched = watched.and(self.poller.add(threads, source, Interest::READING));
        }
        self.processes.started(id, running);
        watched
            .and_then(|()| self.outputs.open(&self.poller, id, pipes))
            .map_err(StartError::lanes)?;
        let name = self.processes.name(id);
        self.report.verbose(|| format!("started task `{name}`"));
        Ok(())
    }

    /// Carries messages until the last program has ended and what it wrote has
    /// gone to the console. Answers the signal that ended it earlier, if one
    /// did.
    ///
    /// # Errors
    /// Of the system, which cannot wait for events any more.
    pub(crate) fn serve(&mut self) -> Result<Option<i32>, Errno> {
        while self.processes.any_runs() || !self.outputs.is_empty() {
            if let Some(signal) = self.turn(self.timeout())? {
                return Ok(Some(signal));
            }
        }
        Ok(None)
    }

    /// Waits for what happens next, and does what follows from it. Answers a
    /// signal that ends everything.
    ///
    /// # Errors
    /// As [`Kernel::serve`].
    fn turn(&mut self, timeout: Option<Duration>) -> Result<Option<i32>, Errno> {
        let mut ended = Vec::new();
        self.lanes.begin_turn();
        let events = self.poller.wait(timeout)?;
        self.report.set_time(self.clock.now());
        for event in events {
            match event.source {
                Source::Lane(id) => self.lane_event(id, event.writable, event.hung_up),
                Source::Output(task, stream) => self.output_event(task, stream),
                Source::Ended(task) => ended.push(task),
                Source::Threads(task) => self.thread_event(task, event.hung_up),
                Source::Console => self.console_event(),
                Source::Signal => match self.process.signals.as_ref().and_then(Signals::next) {
                    None => {}
                    signal => return Ok(signal),
                },
            }
        }
        // what a program sent before it ended comes before its end
        for task in ended {
            self.program_ended(task);
        }
        let look = self.process.orphans.as_ref().and_then(Orphans::next_look);
        if look.is_some_and(|time| time <= self.clock.now()) {
            self.end_orphans();
        }
        self.resume_throttled();
        self.core.expire(self.clock.now());
        self.act();
        Ok(None)
    }

    /// Waits until the console has shown everything. Answers the signal that
    /// ended the waiting, if one did.
    ///
    /// # Errors
    /// As [`Kernel::serve`].
    pub(crate) fn show_rest(&mut self) -> Result<Option<i32>, Errno> {
        while !self.report.is_done() {
            for event in self.poller.wait(None)? {
                if event.source == Source::Signal
                    && let Some(signal) = self.process.signals.as_ref().and_then(Signals::next)
                {
                    return Ok(Some(signal));
                }
            }
        }
        Ok(None)
    }

    /// How long to wait for events: to the next deadline, the next look or the
    /// end of a pause.
    fn timeout(&self) -> Option<Duration> {
        let look = self.process.orphans.as_ref().and_then(Orphans::next_look);
        let next = [self.core.next_deadline(), look, self.throttle.next()];
        let next = next.into_iter().flatten().min()?;
        Some(self.clock.until(next))
    }

    /// Something has come on a lane, or the program has read what was sent, or
    /// its end is closed. A closed end is read to its last packet before the
    /// lane is closed, unless an operation is going on.
    fn lane_event(&mut self, id: LaneId, writable: bool, hung_up: bool) {
        let paused = self.throttle.is_paused(id.task, Cost::Refusals);
        if writable && self.lanes.flush(&self.poller, id, !paused) == Sent::Closed {
            self.close_lane(id);
        }
        let idle = !self.core.is_busy(id) && !self.lanes.is_backlogged(id);
        if idle && (hung_up || !paused) {
            self.read_lane(id);
        } else if hung_up || !writable && !self.lanes.pause(&self.poller, id) {
            self.close_lane(id);
        }
        self.act();
    }

    /// Reads what has come; the rest of a message only while this turn has
    /// credit for it.
    fn read_lane(&mut self, id: LaneId) {
        while self.lanes.may_read(id) {
            match self.read_packet(id) {
                Read::Empty => return,
                Read::More => {}
                read => return self.take(id, read),
            }
        }
    }

    /// Reads one packet into the kernel's memory, at the program's cost.
    fn read_packet(&mut self, id: LaneId) -> Read {
        match self.processes.account(id.task) {
            Some(account) => self.lanes.read(id, account),
            None => Read::Closed,
        }
    }

    /// Deals with what was read.
    fn take(&mut self, lane: LaneId, read: Read) {
        let kernel = &mut *self;
        match read {
            Read::Empty | Read::More => {}
            Read::Message(header, buffer) => Frames { kernel, lane }.dispatch(header, buffer),
            Read::Refused(header, code) => Frames { kernel, lane }.refused(header, code),
            Read::Closed => self.close_lane(lane),
        }
        self.lanes.message_done(lane);
    }

    /// Does what the state machine says, until it has nothing more to say.
    fn act(&mut self) {
        while let Some(action) = self.core.next_action() {
            match action {
                Action::Request {
                    to,
                    token,
                    handle,
                    client,
                    context,
                    message,
                    handles,
                } => {
                    self.throttle.carried();
                    let header = Header {
                        token: token.0,
                        handle,
                        timeout: client.0,
                        ..Header::new(Kind::Request)
                    };
                    let message = handles::deliver(message.into_message(), &handles, context);
                    if !self.send(to, header, Payload::Message(message)) {
                        self.core.lost(token);
                    }
                }
                Action::Response {
                    to,
                    message,
                    handles,
                } => {
                    let message = handles::deliver(message.into_message(), &handles, 0);
                    let header = Header::new(Kind::Response);
                    self.send(to, header, Payload::Message(message));
                }
                Action::Answer { to, answer } => {
                    let (kernel, lane) = (&mut *self, to);
                    Requests { kernel, lane }.complete(answer);
                }
                Action::ResourceGone(sid) => self.gate.forget(sid),
                Action::TaskUnreferenced(task) => drop(self.give_up(task)),
                Action::Result { to, code, replied } => {
                    let flags = if replied { RECEIVING } else { 0 };
                    let header = Header {
                        code,
                        flags,
                        ..Header::new(Kind::Result)
                    };
                    self.send(to, header, Payload::None);
                }
            }
        }
    }

    /// Sends a message, or as much of it as the program takes now; `false` when
    /// the lane is gone, which closes it.
    fn send(&mut self, to: LaneId, header: Header, payload: Payload) -> bool {
        let reading = !self.throttle.is_paused(to.task, Cost::Refusals);
        let sent = self.lanes.send(&self.poller, to, header, payload, reading);
        if sent == Sent::Closed {
            self.close_lane(to);
        }
        sent != Sent::Closed
    }

    /// Ends an operation without a message, at once.
    fn answer(&mut self, id: LaneId, code: Retcode) {
        if !code.is_ok() {
            self.cost(id);
        }
        self.core.answer(id, code);
    }

    /// What has just been read has cost time and come to nothing.
    fn cost(&mut self, id: LaneId) {
        let packets = self.lanes.packets(id);
        let amount = packets.saturating_mul(4).saturating_add(1);
        let now = self.clock.now();
        self.throttle.charge(id.task, Cost::Refusals, amount, now);
    }

    /// Closes a lane, and takes it out of whatever it waits for.
    fn close_lane(&mut self, id: LaneId) {
        if self.lanes.close(&self.poller, id) {
            self.core.lane_closed(id);
        }
    }

    /// A program has written, or closed a stream.
    fn output_event(&mut self, task: TaskId, stream: Stream) {
        let paused = self.throttle.is_paused(task, Cost::Output);
        let Self { report, poller, .. } = self;
        let mut sink = Sink { report, poller };
        if self.outputs.show(&mut sink, task, stream, paused) {
            let now = self.clock.now();
            self.throttle.charge(task, Cost::Output, 1, now);
        }
    }

    /// The console may have room again, or have failed.
    fn console_event(&mut self) {
        let Self {
            report,
            poller,
            throttle,
            ..
        } = self;
        let _ = report.is_done();
        let paused = |task| throttle.is_paused(task, Cost::Output);
        self.outputs
            .resume_all(&mut Sink { report, poller }, paused);
    }

    /// Turns to those again whose pause is over.
    fn resume_throttled(&mut self) {
        let now = self.clock.now();
        while let Some((task, cost)) = self.throttle.resume(now) {
            let Self { report, poller, .. } = self;
            match cost {
                Cost::Output => {
                    let mut sink = Sink { report, poller };
                    self.outputs.resume(&mut sink, task, false);
                }
                Cost::Refusals => {
                    for id in self.lanes.of(task) {
                        if !self.lanes.resume(&self.poller, id) {
                            self.close_lane(id);
                        }
                    }
                }
            }
        }
    }

    /// A program wants another thread. When that cannot be answered, the
    /// program gets no more threads, an error for each: the system sees to that
    /// as soon as nobody is there to ask.
    fn thread_event(&mut self, task: TaskId, hung_up: bool) {
        let Some(slot) = self.processes.threads(task) else {
            return;
        };
        let Some(threads) = slot.as_ref() else {
            return;
        };
        // who has gone asks no more
        let answered = if hung_up { Ok(()) } else { threads.answer() };
        if answered.is_ok() && !hung_up {
            return;
        }
        self.poller.remove(threads.descriptor());
        *slot = None;
        if let Err(e) = answered {
            let (name, e) = (self.processes.name(task), io::Error::from(e));
            self.report.message(&format!(
                "task `{name}` gets no more threads: answering its request for one: {e}"
            ));
        }
    }

    /// A program has ended. What it sent and wrote before is taken first.
    fn program_ended(&mut self, task: TaskId) {
        for lane in self.lanes.of(task) {
            self.drain_lane(lane);
        }
        let Some(ended) = self.processes.wait(task) else {
            return;
        };
        self.lanes.close_all(task);
        self.end_orphans();
        let Self { report, poller, .. } = self;
        self.outputs
            .program_ended(&mut Sink { report, poller }, task);
        self.core.ended(task);
        self.act();
        self.report.ended(task);
        self.check_account(task);
        let name = self.processes.name(task);
        self.report.verbose(|| format!("task `{name}` {ended}"));
    }

    /// With a program everything that it had made the kernel hold is gone. Were
    /// it not so, it would be a fault of the kernel, and is said.
    fn check_account(&mut self, task: TaskId) {
        let account = self.processes.account(task);
        let charged = account.map_or(0, crate::lane::Account::charged);
        if charged > 0 {
            let name = self.processes.name(task);
            self.report.message(&format!(
                "FAULT: {charged} bytes are still charged to task `{name}`, which has ended"
            ));
        }
    }

    /// Takes what a dead program had sent. Nothing new can come, so it ends.
    fn drain_lane(&mut self, id: LaneId) {
        while !self.core.is_busy(id) {
            match self.read_packet(id) {
                Read::Empty | Read::Closed => return,
                read => self.take(id, read),
            }
            self.act();
        }
    }

    /// A process that was never started will not be; `false` for any other.
    fn give_up(&mut self, id: TaskId) -> bool {
        let given_up = self.processes.give_up(id);
        if given_up {
            self.core.ended(id);
        }
        given_up
    }

    /// Ends what ended programs have left, and comes back to what that leaves.
    fn end_orphans(&mut self) {
        if let Some(orphans) = &mut self.process.orphans {
            orphans.end(&self.processes.pids(), self.clock.now());
        }
    }

    /// Ends every program that still runs, and everything that programs have
    /// left.
    pub(crate) fn end_all(&mut self) {
        self.processes.end_all();
        let orphans = self.process.orphans.take();
        if orphans.is_some_and(|mut orphans| !orphans.end_all()) {
            let left = "processes that processes left behind could not be ended";
            self.report.message(left);
        }
        let Self { report, poller, .. } = self;
        self.outputs.all_ended(&mut Sink { report, poller });
    }
}

/// Whatever happens to the kernel, no program is left behind.
impl Drop for Kernel {
    fn drop(&mut self) {
        self.end_all();
    }
}
