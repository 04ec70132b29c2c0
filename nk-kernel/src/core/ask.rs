//! What makes a program wait for the kernel itself: sleep, a channel that a server has to accept, a client that asks for one,
//! an event. Whoever fed the question in answers it when the [`super::Action::Answer`] comes.
use super::{Action, Activity, Core, Event, LaneId, Patience, ResourceId, Time};
use nk_image::TaskId;
use nk_runtime::Retcode;

/// What a lane waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ask {
    pub(super) what: What,
    /// The time that the question itself names comes before the call's timeout.
    pub(super) own_time: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum What {
    Sleep,
    /// A channel to this server.
    Channel(TaskId),
    /// A client that asks for one.
    Client,
    /// Events of this notice.
    Events(ResourceId),
}

/// How long a question waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until {
    /// The time that it names itself; what it then comes to is a response.
    pub own: Option<Time>,
    /// The call's: what it then comes to is the call's own code.
    pub call: Patience,
}

/// What a question comes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answered {
    /// It was done.
    Done,
    /// A channel, and the number that the server gave with it.
    Channel {
        /// The client's handle of it.
        handle: u32,
        /// The number, by documentation the RIID.
        id: u32,
    },
    /// A client asks for a channel.
    Client {
        /// Its task name.
        client: String,
        /// What it asks for.
        service: String,
    },
    /// Events.
    Events(Vec<Event>),
    /// It failed, with this `rc`.
    Failed(Retcode),
}

impl<M, T: Copy> Core<M, T> {
    /// A lane sleeps until its own time.
    pub fn sleep(&mut self, lane: LaneId, until: Until) {
        self.ask(lane, What::Sleep, until);
    }

    /// A lane begins to wait; `false` when it does not, as its sync object is set.
    pub(super) fn ask(&mut self, lane: LaneId, what: What, until: Until) -> bool {
        if let Err(code) = self.not_interrupted(until.call) {
            self.finish(lane, code);
            return false;
        }
        let own_time = match (until.own, until.call.deadline) {
            (Some(own), Some(call)) => own <= call,
            (own, _) => own.is_some(),
        };
        let deadline = if own_time {
            until.own
        } else {
            until.call.deadline
        };
        let patience = Patience {
            deadline,
            sync: until.call.sync,
        };
        self.set(
            lane,
            Activity::Asking {
                ask: Ask { what, own_time },
                patience,
            },
        );
        true
    }

    /// Answers what a lane asked. One that does not wait (any longer) is not answered.
    pub(super) fn answer_ask(&mut self, to: LaneId, answer: Answered) {
        if let Activity::Asking { .. } = self.activity(to) {
            self.set(to, Activity::Idle);
            self.actions.push_back(Action::Answer { to, answer });
        }
    }

    /// Answers at once what a lane asked that did not have to wait.
    pub(super) fn answer_now(&mut self, to: LaneId, answer: Answered) {
        self.actions.push_back(Action::Answer { to, answer });
    }

    /// The time of a question is over.
    pub(super) fn expire_ask(&mut self, lane: LaneId, ask: Ask) {
        self.give_up(lane);
        match ask.what {
            _ if !ask.own_time => self.finish(lane, Retcode::TIMEOUT),
            What::Sleep => self.answer_ask(lane, Answered::Done),
            What::Channel(_) | What::Client | What::Events(_) => {
                self.answer_ask(lane, Answered::Failed(Retcode::TIMEOUT));
            }
        }
    }
}
