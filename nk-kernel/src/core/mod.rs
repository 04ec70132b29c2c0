//! Who waits for whom: the state machine of Call, Recv and Reply, of channels,
//! handles and what the kernel's own endpoints make programs wait for
//! (`docs/kernel.md` §1–§9). No I/O, no clock.
//!
//! Events come in as method calls, what has to be done about them goes out as
//! [`Action`]s. `M` is the message that is carried (a granted one in the
//! kernel, a small integer in tests), `T` a tag that a call keeps until it is
//! answered (its route in the kernel). Only granted messages come here: the
//! decision is made when a message is sent, before the receiver is looked at. A
//! lane does one thing at a time: whoever feeds the machine reads nothing from
//! a busy lane, and what it says about one all the same is ignored.
//!
//! Each part of the state has an owner: `programs`, `handles` (tables, tree,
//! resources), `names` (channels, listeners, clients that ask for a channel),
//! `notices`, `calls`, and `lanes` with the actions. `parts` holds them side by
//! side and says what an event in one means for the others. On top are the
//! operations of programs: calls in [`Core`] itself, [`Objects`], [`Events`],
//! [`Connections`], and what is asked before the policy decides in [`Routes`].
//!
//! Invariants, whatever events come in whatever order (the model checker in
//! `tests/model` looks for a counterexample):
//!
//! * a response reaches the call that it answers, or nobody;
//! * every operation of a lane ends with exactly one action for it;
//! * nobody waits whose server is dead, whose time is over, or whose sync object is set;
//! * no receiver waits while there is a call that it could have;
//! * what a program is charged for is what it has outstanding, and nothing in the end.
mod activities;
mod calls;
mod connections;
mod events;
mod handles;
mod names;
mod notices;
mod objects;
mod parts;
mod programs;
mod routes;
mod slab;

pub use activities::Wait;
pub use calls::{Calling, MAX_CALLS, Token};
pub use connections::{Connected, Connections};
pub use events::{Events, WaitLimits};
pub use handles::{
    Badge, Found, Handles, Kind, MAX_HANDLES, ReceivedHandle, ResourceId, Rights, Transit,
    UserObject,
};
pub use names::{ChannelId, ChannelRequest, ListenerId, Names, Side};
pub use notices::{Event, MAX_EVENTS, MAX_SUBSCRIPTIONS, Mask};
pub use objects::{Objects, Provided};
pub use programs::Programs;
pub use routes::{Routes, Target};

use activities::{Activity, Awaited};
use calls::CallState;
use nk_image::{Plan, TaskId};
use nk_runtime::Retcode;
use nk_security::Sid;
use parts::Parts;

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

/// A wait for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// The handle of the serving end.
    pub handle: u32,
    /// The receiver's room in bytes.
    pub room: u64,
    /// How long it waits.
    pub wait: Wait,
}

/// A response and what comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replying {
    /// The request that it answers.
    pub token: Token,
    /// Bytes of the response.
    pub size: u64,
    /// The wait for the next request, without a result between.
    pub then: Option<Receive>,
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
        /// What the server attached to the callable handle that was called; 0
        /// for a call by a channel.
        context: u64,
        /// The request.
        message: M,
        /// The receiver's numbers of the handles in it, in their order.
        handles: Vec<ReceivedHandle>,
    },
    /// The response to a call.
    Response {
        /// Where to.
        to: LaneId,
        /// The response.
        message: M,
        /// The receiver's numbers of the handles in it, in their order.
        handles: Vec<ReceivedHandle>,
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
    /// The end of a wait for the kernel itself.
    Answer {
        /// Where to.
        to: LaneId,
        /// What the wait came to.
        answer: Completion,
    },
    /// A resource is gone, and with it whatever a policy knows about it.
    ResourceGone(Sid),
    /// Nobody has a handle of a program any more that another has made.
    TaskUnreferenced(TaskId),
}

/// What a wait for the kernel comes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Completion {
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

/// The state of all programs, channels and calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Core<M, T>(Parts<M, T>);

impl<M, T: Copy> Core<M, T> {
    /// All programs of a plan, alive and idle. SIDs up to `last_sid` are taken;
    /// the tasks get the next ones in their order.
    #[must_use]
    pub fn new(plan: &Plan, lanes: u32, last_sid: Sid) -> Self {
        let mut parts = Parts::new(lanes, last_sid.0);
        for task in &plan.tasks {
            parts.add_program(&task.name, false);
        }
        Connections(&mut parts).connect_plan(plan);
        Self(parts)
    }

    /// Brings a program in that another has made, alive and idle, at a position
    /// that is free.
    pub fn add_program(&mut self, name: &str) -> Option<TaskId> {
        self.0.add_program(name, true)
    }

    /// The programs.
    #[must_use]
    pub const fn programs(&self) -> &Programs {
        &self.0.programs
    }

    /// Handles and the resources behind them.
    #[must_use]
    pub const fn handles(&self) -> &Handles {
        &self.0.handles
    }

    /// Where handles and names lead.
    #[must_use]
    pub const fn routes(&self) -> Routes<'_> {
        self.0.routes()
    }

    /// What programs do with handles.
    pub const fn objects(&mut self) -> Objects<'_, M, T> {
        Objects(&mut self.0)
    }

    /// What programs wait for besides messages.
    pub const fn events(&mut self) -> Events<'_, M, T> {
        Events(&mut self.0)
    }

    /// Making and deleting channels.
    pub const fn connections(&mut self) -> Connections<'_, M, T> {
        Connections(&mut self.0)
    }

    /// The next thing to do; `None` when nothing is left to do for the events
    /// so far.
    pub fn next_action(&mut self) -> Option<Action<M>> {
        self.0.lanes.next_action()
    }

    /// Whether the lane's operation is still going on: nothing is to be read
    /// from it.
    #[must_use]
    pub fn is_busy(&self, lane: LaneId) -> bool {
        self.0.lanes.is_busy(lane)
    }

    /// When [`Core::expire`] has to be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Time> {
        self.0.lanes.next_deadline()
    }

    /// Number of calls that are queued, delivered or abandoned.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.0.calls.len()
    }

    /// Calls of a program that count towards [`MAX_CALLS`].
    #[must_use]
    pub fn charged(&self, task: TaskId) -> u32 {
        self.0.calls.charged(task)
    }

    /// A lane calls. `carried` are the handles in the message.
    pub fn call(&mut self, client: LaneId, calling: Calling<T>, message: M, carried: Vec<Transit>) {
        if self.is_busy(client) {
            return self.0.lose(carried);
        }
        let routes = self.routes();
        let target = routes.target(client.task, calling.handle);
        let target = target.and_then(|target| {
            routes.not_interrupted(calling.wait)?;
            Ok(target)
        });
        let calls = &mut self.0.calls;
        let queued = match target {
            Ok(target) => calls.queue(client, &calling, target, message, carried),
            Err(code) => Err((code, carried)),
        };
        match (queued, target) {
            (Ok(token), Ok(Target { listener, .. })) => {
                let wait = calling.wait;
                self.0
                    .lanes
                    .begin(client, Activity::Calling { token, wait });
                self.0.listeners.queue(listener, client.task, token);
                self.0.meet(listener);
            }
            (Err((code, carried)), _) => {
                self.0.lose(carried);
                self.0.lanes.finish(client, code);
            }
            (Ok(_), Err(_)) => {}
        }
    }

    /// A lane waits for a request.
    pub fn receive(&mut self, lane: LaneId, receive: Receive) {
        if self.is_busy(lane) {
            return;
        }
        let routes = self.routes();
        let listener = routes.served(lane.task, receive.handle);
        let may_wait = |listener| routes.not_interrupted(receive.wait).map(|()| listener);
        match listener.and_then(may_wait) {
            Ok(listener) => self.0.wait_for_request(lane, listener, receive, false),
            Err(code) => self.0.lanes.finish(lane, code),
        }
    }

    /// The client and tag of a request that this program may answer: asked
    /// before the policy is.
    ///
    /// # Errors
    /// `rcInvalidOperation` when the program holds no such request (never had
    /// it, or answered it), `rcNotConnected` when the client no longer waits;
    /// the token is spent then.
    pub fn answering(&mut self, task: TaskId, token: Token) -> Result<(TaskId, T), Retcode> {
        let Some((client, listener, state)) = self.0.calls.find(token) else {
            return Err(Retcode::INVALID_OPERATION);
        };
        if self.0.listeners.server(listener) != Some(task) {
            return Err(Retcode::INVALID_OPERATION);
        }
        match (state, self.0.calls.tag(token)) {
            (CallState::Delivered, Some(tag)) => Ok((client.task, tag)),
            (CallState::Abandoned, _) => {
                self.0.remove_call(token);
                Err(Retcode::NOT_CONNECTED)
            }
            _ => Err(Retcode::INVALID_OPERATION),
        }
    }

    /// A lane answers a request, after [`Core::answering`] and the policy said
    /// that it may. `carried` are the handles in the response.
    pub fn reply(&mut self, lane: LaneId, replying: Replying, message: M, carried: Vec<Transit>) {
        // a wait that cannot be is refused before anything is delivered
        let routes = self.routes();
        let next = replying.then.map(|receive| {
            let listener = routes.served(lane.task, receive.handle)?;
            Ok((listener, receive))
        });
        let next = next.transpose();
        match next.and_then(|next| self.answering(lane.task, replying.token).map(|_| next)) {
            Err(code) => {
                self.0.lose(carried);
                self.0.lanes.finish(lane, code);
            }
            Ok(next) => {
                self.deliver(replying, message, carried);
                match next {
                    Some((listener, receive)) => {
                        self.0.wait_for_request(lane, listener, receive, true);
                    }
                    None => self.0.lanes.finish(lane, Retcode::OK),
                }
            }
        }
    }

    /// Hands a response to its client. One that is larger than the client's
    /// room, or brings more handles than the client may have, is the client's
    /// own loss.
    fn deliver(&mut self, replying: Replying, message: M, carried: Vec<Transit>) {
        let Some(call) = self.0.remove_call(replying.token) else {
            return self.0.lose(carried);
        };
        if replying.size > call.room {
            self.0.lose(carried);
            return self.0.lanes.finish(call.client, Retcode::BUFFER_TOO_SMALL);
        }
        match self.0.give(call.client.task, carried) {
            Ok(handles) => self.0.lanes.respond(call.client, message, handles),
            Err(code) => self.0.lanes.finish(call.client, code),
        }
    }

    /// The security module refused a response: both sides are told, and the
    /// call is over.
    pub fn refuse(&mut self, lane: LaneId, token: Token) {
        let refused = Retcode::SECURITY_DISALLOW;
        self.end_call(lane, token, refused, refused);
    }

    /// The server gives a request up: the call ends with `rcFail`, nothing is
    /// delivered.
    pub fn abort(&mut self, lane: LaneId, token: Token) {
        self.end_call(lane, token, Retcode::FAIL, Retcode::OK);
    }

    /// A response cannot be taken in, for the server's quota, the largest
    /// message or the kernel's memory: the server gets that code, and its
    /// client has been answered as little as by [`Core::abort`].
    pub fn discard_response(&mut self, lane: LaneId, token: Token, code: Retcode) {
        self.end_call(lane, token, Retcode::FAIL, code);
    }

    /// Ends a delivered call with a code for each side. A token that may not be
    /// answered ends nothing, and its lane learns why.
    fn end_call(&mut self, lane: LaneId, token: Token, client: Retcode, server: Retcode) {
        if let Err(code) = self.answering(lane.task, token) {
            return self.0.lanes.finish(lane, code);
        }
        if let Some(call) = self.0.remove_call(token) {
            self.0.lanes.finish(call.client, client);
        }
        self.0.lanes.finish(lane, server);
    }

    /// An operation ends with this code without having changed anything.
    pub fn answer(&mut self, lane: LaneId, code: Retcode) {
        self.0.lanes.finish(lane, code);
    }

    /// A request could not be handed to its receiver, whose lane is gone.
    pub fn lost(&mut self, token: Token) {
        if let Some(call) = self.0.remove_call(token).filter(|call| call.waits) {
            self.0.lanes.finish(call.client, Retcode::ABORT);
        }
    }

    /// A lane is gone, and whoever waited on it with it.
    pub fn lane_closed(&mut self, lane: LaneId) {
        self.0.close_lane(lane);
    }

    /// Ends every wait whose time is over.
    pub fn expire(&mut self, now: Time) {
        while let Some(lane) = self.0.lanes.overdue(now) {
            let activity = self.0.lanes.activity(lane);
            self.0.give_up(lane);
            match activity {
                Activity::Blocked { on, .. } if on.by_request => {
                    let answer = match on.on {
                        Awaited::Time => Completion::Done,
                        _ => Completion::Failed(Retcode::TIMEOUT),
                    };
                    self.0.lanes.complete(lane, answer);
                }
                _ => self.0.lanes.finish(lane, Retcode::TIMEOUT),
            }
        }
    }

    /// A program has ended: its calls are withdrawn or abandoned, calls to it
    /// end with `rcAbort`, its handles are closed.
    pub fn ended(&mut self, task: TaskId) {
        let Some((sid, process)) = self.0.programs.end(task) else {
            return;
        };
        for lane in self.0.lanes.of(task) {
            self.0.close_lane(lane);
        }
        for client in self.0.clients.take_clients(task) {
            let answer = Completion::Failed(Retcode::NOT_CONNECTED);
            self.0.lanes.complete(client, answer);
        }
        // handles of what it provided stay, and lead nowhere
        for resource in self.0.handles.resources_mut().orphan_of(task) {
            self.0.raise(resource, Mask::OBJECT_DESTROYED);
        }
        self.0.handles.close_all(task);
        self.0.settle();
        self.0.lanes.push(Action::ResourceGone(sid));
        if let Some(process) = process {
            self.0.raise(process, Mask::TASK_COMPLETED);
        }
        self.0.release_all_deserted();
        self.0.forget_program(task);
    }
}
