//! What each lane does, when it gives up, and what it is told: the operations
//! that are going on, their deadlines, and the queue of [`Action`]s.
//!
//! A lane does one thing at a time, and every operation ends with exactly one
//! action for its lane: whatever makes a lane idle again puts that action into
//! the queue in the same step.
//!
//! What a lane can do, and what ends it:
//!
//! | activity | begins with | ends with |
//! |---|---|---|
//! | `Idle` | – | any operation of its program |
//! | `Calling` | `call` | a response, or a result |
//! | `Receiving` | `receive`, `reply` with a wait | a request, or a result |
//! | `Blocked` | a request to the kernel that waits | an answer, or a result |
//! | `Closed` | the lane's end is gone | nothing |
//!
//! A deadline is in the list exactly as long as the activity that has it goes
//! on, so that nothing is left to expire of what has ended otherwise.
use super::{Action, Completion, LaneId, ListenerId, ReceivedHandle, ResourceId, Time, Token};
use nk_image::TaskId;
use nk_runtime::Retcode;
use std::collections::{BTreeSet, VecDeque};

/// How long an operation waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Wait {
    /// Until then, in milliseconds; `None` for ever.
    pub deadline: Option<Time>,
    /// Until this sync object is set.
    pub sync: Option<ResourceId>,
}

impl Wait {
    /// For ever.
    pub const FOREVER: Self = Self {
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

/// What a lane is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Activity {
    /// Nothing: its program may begin something.
    Idle,
    /// Waits for the response to a call.
    Calling { token: Token, wait: Wait },
    /// Waits for a request. `replied`: the wait follows a response that was
    /// delivered.
    Receiving {
        listener: ListenerId,
        replied: bool,
        wait: Wait,
    },
    /// Waits for the kernel itself.
    Blocked { on: Blocked, wait: Wait },
    /// Its end is gone. It stays so, and is told nothing.
    Closed,
}

/// What a lane waits for that has called the kernel itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Blocked {
    pub(super) on: Awaited,
    /// The time that the request itself names comes before the call's deadline.
    pub(super) by_request: bool,
}

/// The event that ends a wait for the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Awaited {
    /// The passing of time.
    Time,
    /// A channel that this server accepts.
    Channel(TaskId),
    /// A client that requests a channel.
    Client,
    /// Events of this notice.
    Notice(ResourceId),
}

impl Activity {
    /// How long it waits; for ever where it does not wait at all.
    const fn wait(self) -> Wait {
        match self {
            Self::Calling { wait, .. }
            | Self::Receiving { wait, .. }
            | Self::Blocked { wait, .. } => wait,
            Self::Idle | Self::Closed => Wait::FOREVER,
        }
    }
}

/// The lanes of all programs, and the actions that have not been taken yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Activities<M> {
    /// Activities of each program.
    each: u32,
    programs: Vec<Vec<Activity>>,
    /// The deadlines of everything that goes on, the next one first.
    deadlines: BTreeSet<(Time, LaneId)>,
    actions: VecDeque<Action<M>>,
}

impl<M> Activities<M> {
    /// No programs yet; each that is added has this many lanes.
    pub(super) const fn new(each: u32) -> Self {
        Self {
            each,
            programs: Vec::new(),
            deadlines: BTreeSet::new(),
            actions: VecDeque::new(),
        }
    }

    /// Idle lanes for a program, at a position that may have been another's.
    pub(super) fn add_program(&mut self, task: TaskId) {
        let missing = (task.index().saturating_add(1)).saturating_sub(self.programs.len());
        self.programs.extend((0..missing).map(|_| Vec::new()));
        if let Some(lanes) = self.programs.get_mut(task.index()) {
            *lanes = vec![Activity::Idle; self.each as usize];
        }
    }

    /// The lanes of a program; none of one that was never added.
    pub(super) fn of(&self, task: TaskId) -> impl Iterator<Item = LaneId> + use<M> {
        let lanes = self.programs.get(task.index()).map_or(0, Vec::len);
        (0_u32..).take(lanes).map(move |lane| LaneId { task, lane })
    }

    /// What a lane does; one that does not exist is closed.
    pub(super) fn activity(&self, lane: LaneId) -> Activity {
        let program = self.programs.get(lane.task.index());
        program
            .and_then(|lanes| lanes.get(lane.lane as usize))
            .copied()
            .unwrap_or(Activity::Closed)
    }

    /// Whether an operation of the lane is going on, or it is closed.
    pub(super) fn is_busy(&self, lane: LaneId) -> bool {
        self.activity(lane) != Activity::Idle
    }

    /// Changes what a lane does, and keeps the list of deadlines in step.
    pub(super) fn begin(&mut self, lane: LaneId, activity: Activity) {
        let Some(slot) = self
            .programs
            .get_mut(lane.task.index())
            .and_then(|lanes| lanes.get_mut(lane.lane as usize))
        else {
            return;
        };
        let before = std::mem::replace(slot, activity);
        if let Some(time) = before.wait().deadline {
            self.deadlines.remove(&(time, lane));
        }
        if let Some(time) = activity.wait().deadline {
            self.deadlines.insert((time, lane));
        }
    }

    /// When [`Activities::overdue`] has to be asked next.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|(time, _)| *time)
    }

    /// A lane whose time is over at `now`. It stays in the list until its
    /// operation is ended.
    pub(super) fn overdue(&self, now: Time) -> Option<LaneId> {
        let (time, lane) = self.deadlines.first().copied()?;
        (time <= now).then_some(lane)
    }

    /// Whether a lane waits with this sync object.
    pub(super) fn waits_with(&self, lane: LaneId, sync: ResourceId) -> bool {
        self.activity(lane).wait().sync == Some(sync)
    }

    /// A sync object is gone: what waits with it waits on without it.
    pub(super) fn forget_sync(&mut self, sync: ResourceId) {
        for activity in self.programs.iter_mut().flatten() {
            if let Activity::Calling { wait, .. }
            | Activity::Receiving { wait, .. }
            | Activity::Blocked { wait, .. } = activity
                && wait.sync == Some(sync)
            {
                wait.sync = None;
            }
        }
    }

    /// Ends a lane's operation with a code. A closed lane is told nothing.
    pub(super) fn finish(&mut self, to: LaneId, code: Retcode) {
        let replied = match self.activity(to) {
            Activity::Closed => return,
            Activity::Receiving { replied, .. } => replied,
            Activity::Idle | Activity::Calling { .. } | Activity::Blocked { .. } => false,
        };
        self.begin(to, Activity::Idle);
        self.push(Action::Result { to, code, replied });
    }

    /// Ends a lane's wait for the kernel. One that does not wait for it (any
    /// longer) is not answered.
    pub(super) fn complete(&mut self, to: LaneId, answer: Completion) {
        if let Activity::Blocked { .. } = self.activity(to) {
            self.begin(to, Activity::Idle);
            self.push(Action::Answer { to, answer });
        }
    }

    /// Ends a call with its response.
    pub(super) fn respond(&mut self, to: LaneId, message: M, handles: Vec<ReceivedHandle>) {
        self.begin(to, Activity::Idle);
        self.push(Action::Response {
            to,
            message,
            handles,
        });
    }

    /// Ends a receive with the request that `action` brings to its lane.
    pub(super) fn hand_over(&mut self, to: LaneId, action: Action<M>) {
        self.begin(to, Activity::Idle);
        self.push(action);
    }

    /// One more thing to do.
    pub(super) fn push(&mut self, action: Action<M>) {
        self.actions.push_back(action);
    }

    /// The next thing to do.
    pub(super) fn next_action(&mut self) -> Option<Action<M>> {
        self.actions.pop_front()
    }
}
