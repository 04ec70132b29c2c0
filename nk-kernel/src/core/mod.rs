//! Who waits for whom: the state machine of Call, Recv and Reply (`spec/psl-runtime.md` F.1, F.3). No I/O, no clock.
//!
//! Events come in as method calls, what has to be done about them goes out as [`Action`]s. `M` is the message that is
//! carried (a granted one in the kernel, a small integer in tests), `T` a tag that a call keeps until it is answered (its
//! route in the kernel). Only granted messages come here: the decision is made when a message is sent, before the receiver
//! is looked at. A lane does one thing at a time: whoever feeds the machine reads nothing from a busy lane, and what it says
//! about one all the same is ignored.
mod call;
mod end;
mod reply;
mod table;
#[cfg(test)]
mod tests;

pub use call::Receive;
pub use table::{Ends, ListenerId};

use nk_image::{Plan, TaskId};
use nk_runtime::Retcode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Calls that a program may have outstanding, those that it gave up on but the server still holds included.
pub const MAX_CALLS: u32 = 64;

/// A point in time, in milliseconds from any fixed moment.
pub type Time = u64;

/// A lane of a program: one thread at a time blocks on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId {
    /// The program.
    pub task: TaskId,
    /// Its lane, from 0.
    pub lane: u32,
}

/// The one-shot number of a call. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// What has to be sent to a program.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Action<M> {
    /// A request for a receiver.
    Request {
        /// Where to.
        to: LaneId,
        /// Answers it.
        token: Token,
        /// The receiver's handle that it came by.
        handle: u32,
        /// Who called.
        client: TaskId,
        /// The request.
        message: M,
    },
    /// The response to a call.
    Response {
        /// Where to.
        to: LaneId,
        /// The response.
        message: M,
    },
    /// An outcome without a message.
    Result {
        /// Where to.
        to: LaneId,
        /// The outcome.
        code: Retcode,
        /// The lane was receiving after a reply that was delivered.
        replied: bool,
    },
}

/// What a lane is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    Idle,
    Calling { token: Token, deadline: Option<Time> },
    Receiving { listener: ListenerId, replied: bool, deadline: Option<Time> },
    Closed,
}

#[derive(Debug)]
struct Program {
    alive: bool,
    /// Counts towards [`MAX_CALLS`].
    calls: u32,
    lanes: Vec<Activity>,
}

#[derive(Debug)]
struct Call<M, T> {
    client: LaneId,
    listener: ListenerId,
    tag: T,
    /// Bytes of the request.
    size: u64,
    /// The client's room for the response, in bytes.
    room: u64,
    stage: Stage<M>,
}

#[derive(Debug)]
enum Stage<M> {
    /// Waits for a receiver.
    Queued(M),
    /// The server has it.
    Delivered,
    /// The server has it, but nobody waits for the answer: timeout or death of the client.
    Abandoned,
}

#[derive(Debug)]
struct Listener {
    queue: VecDeque<Token>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    lane: LaneId,
    /// The receiver's room in bytes.
    room: u64,
}

/// The state of all programs, channels and calls.
#[derive(Debug)]
pub struct Core<M, T> {
    ends: Ends,
    programs: Vec<Program>,
    listeners: Vec<Listener>,
    calls: BTreeMap<Token, Call<M, T>>,
    deadlines: BTreeSet<(Time, LaneId)>,
    last_token: u64,
    actions: VecDeque<Action<M>>,
}

impl<M, T: Copy> Core<M, T> {
    /// All programs of a plan, alive and idle.
    #[must_use]
    pub fn new(plan: &Plan, lanes: u32) -> Self {
        let ends = Ends::new(plan);
        let idle = || vec![Activity::Idle; lanes as usize];
        let programs = plan.tasks.iter().map(|_| Program { alive: true, calls: 0, lanes: idle() }).collect();
        let listener = |_| Listener { queue: VecDeque::new(), waiting: VecDeque::new() };
        let listeners = ends.listeners().map(listener).collect();
        Self {
            ends,
            programs,
            listeners,
            calls: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            last_token: 0,
            actions: VecDeque::new(),
        }
    }

    /// Handles and names.
    #[must_use]
    pub const fn ends(&self) -> &Ends {
        &self.ends
    }

    /// The next thing to do; `None` when nothing is left to do for the events so far.
    pub fn next_action(&mut self) -> Option<Action<M>> {
        self.actions.pop_front()
    }

    /// Whether the lane's operation is still going on: nothing is to be read from it.
    #[must_use]
    pub fn is_busy(&self, lane: LaneId) -> bool {
        self.activity(lane) != Activity::Idle
    }

    /// Whether the program is still there.
    #[must_use]
    pub fn is_alive(&self, task: TaskId) -> bool {
        self.programs.get(task.index()).is_some_and(|p| p.alive)
    }

    /// When [`Core::expire`] has to be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|(time, _)| *time)
    }

    /// Number of calls that are queued, delivered or abandoned.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    fn activity(&self, lane: LaneId) -> Activity {
        let program = self.programs.get(lane.task.index());
        program.and_then(|p| p.lanes.get(lane.lane as usize)).copied().unwrap_or(Activity::Closed)
    }

    /// Changes what a lane does, and keeps the list of deadlines in step.
    fn set(&mut self, lane: LaneId, activity: Activity) {
        let Some(slot) = self.programs.get_mut(lane.task.index()).and_then(|p| p.lanes.get_mut(lane.lane as usize))
        else {
            return;
        };
        let before = std::mem::replace(slot, activity);
        if let Some(time) = before.deadline() {
            self.deadlines.remove(&(time, lane));
        }
        if let Some(time) = activity.deadline() {
            self.deadlines.insert((time, lane));
        }
    }

    /// Ends a lane's operation with an outcome. A closed lane stays closed and hears nothing.
    fn finish(&mut self, to: LaneId, code: Retcode) {
        let replied = match self.activity(to) {
            Activity::Closed => return,
            Activity::Receiving { replied, .. } => replied,
            Activity::Idle | Activity::Calling { .. } => false,
        };
        self.set(to, Activity::Idle);
        self.actions.push_back(Action::Result { to, code, replied });
    }

    /// Forgets a call; its token is spent.
    fn remove(&mut self, token: Token) -> Option<Call<M, T>> {
        let call = self.calls.remove(&token)?;
        if let Some(program) = self.programs.get_mut(call.client.task.index()) {
            program.calls = program.calls.saturating_sub(1);
        }
        Some(call)
    }
}

impl Activity {
    const fn deadline(self) -> Option<Time> {
        match self {
            Self::Calling { deadline, .. } | Self::Receiving { deadline, .. } => deadline,
            Self::Idle | Self::Closed => None,
        }
    }
}
