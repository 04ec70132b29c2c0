//! Who waits for whom: the state machine of Call, Recv and Reply, of channels, handles and what the kernel's own endpoints
//! make programs wait for (`spec/psl-runtime.md` F.1–F.9). No I/O, no clock.
//!
//! Events come in as method calls, what has to be done about them goes out as [`Action`]s. `M` is the message that is
//! carried (a granted one in the kernel, a small integer in tests), `T` a tag that a call keeps until it is answered (its
//! route in the kernel). Only granted messages come here: the decision is made when a message is sent, before the receiver
//! is looked at. A lane does one thing at a time: whoever feeds the machine reads nothing from a busy lane, and what it says
//! about one all the same is ignored.
//!
//! `call`, `reply` and `end` are the life of a call; `channel` and `handles` say where it may go; `ask` are the waits for the
//! kernel itself, of which `connect` (dynamic channels) and `notice` (events, to whom `subscription` says) have queues of
//! their own; `sync` interrupts; `program` brings programs in and out.
mod ask;
mod call;
mod channel;
mod connect;
mod end;
mod handles;
mod notice;
mod program;
mod reply;
mod resource;
mod subscription;
mod sync;
#[cfg(test)]
mod tests;

pub use ask::{Answered, Until};
pub use call::{Calling, Receive};
pub use channel::{ChannelId, ListenerId, Way};
pub use connect::Service;
pub use handles::{
    Badge, Found, Given, Handles, Kind, MAX_HANDLES, ResourceId, Rights, Transit, User,
};
pub use notice::{Event, Mask};
pub use program::Connected;
pub use reply::Replying;
pub use resource::Provided;
pub use subscription::{MAX_EVENTS, MAX_SUBSCRIPTIONS};

use ask::Ask;
use channel::{Channel, Listener, Name};
use connect::Connecting;
use handles::Slab;
use nk_image::{Plan, TaskId};
use nk_runtime::Retcode;
use nk_security::Sid;
use notice::Notices;
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

/// How long an operation waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Patience {
    /// Until then; `None` for ever.
    pub deadline: Option<Time>,
    /// Until this sync object is set.
    pub sync: Option<ResourceId>,
}

impl Patience {
    /// For ever.
    pub const ENDLESS: Self = Self {
        deadline: None,
        sync: None,
    };
    /// Until a moment, if one is given.
    #[must_use]
    pub const fn until(deadline: Option<Time>) -> Self {
        Self {
            deadline,
            sync: None,
        }
    }
}

/// What has to be sent to a program, or done.
#[derive(Debug, PartialEq, Eq, Clone, Hash)]
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
        /// What the server attached to the callable handle that was called; 0 for a call by a channel.
        context: u64,
        /// The request.
        message: M,
        /// The receiver's numbers of the handles in it, in their order.
        handles: Vec<Given>,
    },
    /// The response to a call.
    Response {
        /// Where to.
        to: LaneId,
        /// The response.
        message: M,
        /// The receiver's numbers of the handles in it, in their order.
        handles: Vec<Given>,
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
    /// What a lane waited for that had asked the kernel itself.
    Answer {
        /// Where to.
        to: LaneId,
        /// The answer.
        answer: Answered,
    },
    /// A resource is gone, and with it whatever a policy knows about it.
    Gone(Sid),
    /// Nobody has a handle of a program any more that another has made.
    Unheld(TaskId),
}

/// What a lane is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Activity {
    Idle,
    Calling {
        token: Token,
        patience: Patience,
    },
    Receiving {
        listener: ListenerId,
        replied: bool,
        patience: Patience,
    },
    /// Waits for the kernel itself.
    Asking {
        ask: Ask,
        patience: Patience,
    },
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Program {
    name: String,
    alive: bool,
    /// By another program, not by the plan.
    made: bool,
    /// The process as a resource.
    resource: Option<ResourceId>,
    sid: Sid,
    /// Counts towards [`MAX_CALLS`].
    calls: u32,
    lanes: Vec<Activity>,
    names: Vec<Name>,
    /// Clients that ask for a channel to it.
    connecting: Connecting,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Call<M, T> {
    client: LaneId,
    listener: ListenerId,
    /// `None` for a call on a callable handle.
    channel: Option<ChannelId>,
    context: u64,
    tag: T,
    /// Bytes of the request.
    size: u64,
    /// The client's room for the response, in bytes.
    room: u64,
    stage: Stage<M>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Stage<M> {
    /// Waits for a receiver.
    Queued(M, Vec<Transit>),
    /// The server has it.
    Delivered,
    /// The server has it, but nobody waits for the answer: timeout, interrupt or death of the client.
    Abandoned,
}

/// The state of all programs, channels and calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Core<M, T> {
    programs: Vec<Program>,
    handles: Handles,
    listeners: Slab<Listener>,
    channels: Slab<Channel>,
    notices: Notices,
    calls: BTreeMap<Token, Call<M, T>>,
    deadlines: BTreeSet<(Time, LaneId)>,
    lanes: u32,
    last_token: u64,
    actions: VecDeque<Action<M>>,
}

impl<M, T: Copy> Core<M, T> {
    /// All programs of a plan, alive and idle. SIDs up to `last_sid` are taken; the tasks get the next ones in their order.
    #[must_use]
    pub fn new(plan: &Plan, lanes: u32, last_sid: Sid) -> Self {
        let mut core = Self {
            programs: Vec::new(),
            handles: Handles::new(last_sid.0),
            listeners: Slab::new(),
            channels: Slab::new(),
            notices: Notices::default(),
            calls: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            lanes,
            last_token: 0,
            actions: VecDeque::new(),
        };
        for task in &plan.tasks {
            core.add(&task.name, false);
        }
        core.connect_all(plan);
        core
    }

    /// Handles and the resources behind them.
    #[must_use]
    pub const fn handles(&self) -> &Handles {
        &self.handles
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

    /// Calls of a program that count towards [`MAX_CALLS`].
    #[must_use]
    pub fn charged(&self, task: TaskId) -> u32 {
        self.programs
            .get(task.index())
            .map_or(0, |program| program.calls)
    }

    fn activity(&self, lane: LaneId) -> Activity {
        let program = self.programs.get(lane.task.index());
        program
            .and_then(|p| p.lanes.get(lane.lane as usize))
            .copied()
            .unwrap_or(Activity::Closed)
    }

    /// Changes what a lane does, and keeps the list of deadlines in step.
    fn set(&mut self, lane: LaneId, activity: Activity) {
        let Some(slot) = self
            .programs
            .get_mut(lane.task.index())
            .and_then(|p| p.lanes.get_mut(lane.lane as usize))
        else {
            return;
        };
        let before = std::mem::replace(slot, activity);
        if let Some(time) = before.patience().deadline {
            self.deadlines.remove(&(time, lane));
        }
        if let Some(time) = activity.patience().deadline {
            self.deadlines.insert((time, lane));
        }
    }

    /// Ends a lane's operation with an outcome. A closed lane stays closed and hears nothing.
    fn finish(&mut self, to: LaneId, code: Retcode) {
        let replied = match self.activity(to) {
            Activity::Closed => return,
            Activity::Receiving { replied, .. } => replied,
            Activity::Idle | Activity::Calling { .. } | Activity::Asking { .. } => false,
        };
        self.set(to, Activity::Idle);
        self.actions.push_back(Action::Result { to, code, replied });
    }

    /// Forgets a call; its token is spent.
    fn remove(&mut self, token: Token) -> Option<Call<M, T>> {
        let mut call = self.calls.remove(&token)?;
        let client = call.client.task;
        if let Some(program) = self.programs.get_mut(client.index()) {
            program.calls = program.calls.saturating_sub(1);
            if !program.alive {
                self.recycle(client);
            }
        }
        if let Stage::Queued(_, carried) = &mut call.stage {
            let carried = std::mem::take(carried);
            self.handles.lose(carried);
            self.settle();
        }
        Some(call)
    }
}

impl Activity {
    const fn patience(self) -> Patience {
        match self {
            Self::Calling { patience, .. }
            | Self::Receiving { patience, .. }
            | Self::Asking { patience, .. } => patience,
            Self::Idle | Self::Closed => Patience::ENDLESS,
        }
    }
}
