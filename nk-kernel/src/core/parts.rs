//! The parts of the machine side by side, and what an event in one of them
//! means for the others: a channel that is deleted ends the calls by it, the
//! end of a call gives its handles back, a handle that goes may delete a
//! channel. Every wait that such a chain touches ends exactly once.
//!
//! How chains run, each step in one function here:
//!
//! * `remove_call` gives back the handles of a request that nobody received, and may let an ended program be forgotten;
//! * `settle` does what handles have released, in their order, until nothing more is released;
//! * `close_channel` aborts its calls, and lets receivers go if nobody is left who could call;
//! * `close_listener` does the same for all its channels;
//! * `give_up` takes one lane out of whatever it waits for, without telling it anything: the caller does.
//!
//! The order of actions is the order in which these functions reach a lane.
use super::activities::{Activities, Activity, Awaited, Blocked, Wait};
use super::calls::{CallState, Calls, Delivery, Ended};
use super::handles::{Handles, Kind, Released};
use super::names::{Channels, Clients, End, Listeners, Names, Receiver};
use super::notices::{Mask, Notices};
use super::programs::Programs;
use super::{
    Action, ChannelId, Completion, LaneId, ListenerId, Receive, ReceivedHandle, ResourceId, Routes,
    Token, Transit, WaitLimits,
};
use nk_image::TaskId;
use nk_runtime::Retcode;

/// The state of all programs, channels and calls, each part with fields of its
/// own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Parts<M, T> {
    /// Who there is, alive or not.
    pub(super) programs: Programs,
    /// Who holds which right to which resource.
    pub(super) handles: Handles,
    /// The names by which programs find their channels.
    pub(super) names: Names,
    /// Serving ends, with the calls and receivers that wait there.
    pub(super) listeners: Listeners,
    /// What connects programs.
    pub(super) channels: Channels,
    /// Who asks a server for a channel.
    pub(super) clients: Clients,
    /// Subscriptions, and events that have not been fetched.
    pub(super) notices: Notices,
    /// Calls that are not over.
    pub(super) calls: Calls<M, T>,
    /// What each lane does, and what has to be done next.
    pub(super) lanes: Activities<M>,
}

impl<M, T: Copy> Parts<M, T> {
    /// No programs yet: each that comes has this many lanes. SIDs up to
    /// `last_sid` are taken.
    pub(super) fn new(lanes: u32, last_sid: u64) -> Self {
        Self {
            programs: Programs::default(),
            handles: Handles::new(last_sid),
            names: Names::default(),
            listeners: Listeners::new(),
            channels: Channels::new(),
            clients: Clients::default(),
            notices: Notices::default(),
            calls: Calls::new(),
            lanes: Activities::new(lanes),
        }
    }

    /// Where handles and names lead.
    pub(super) const fn routes(&self) -> Routes<'_> {
        Routes {
            programs: &self.programs,
            handles: &self.handles,
            names: &self.names,
            listeners: &self.listeners,
            channels: &self.channels,
        }
    }

    /// Brings in a program, alive and idle, at a position that may have been
    /// another's. `made`: by another program.
    pub(super) fn add_program(&mut self, name: &str, made: bool) -> Option<TaskId> {
        let task = self.programs.next_id()?;
        self.handles.add_program(task);
        let process = self.handles.resources_mut().add(Kind::Task(task)).ok()?;
        self.programs.add(task, name, made, process);
        self.lanes.add_program(task);
        self.calls.add_program(task);
        self.names.add_program(task);
        self.clients.add_program(task);
        Some(task)
    }

    /// Forgets an ended program that nobody has a handle of and no server still
    /// works for. Those of the plan stay.
    pub(super) fn forget_program(&mut self, task: TaskId) {
        let process = self.programs.forgettable(task);
        let unused = |process: &ResourceId| self.handles.resources().is_unused(*process);
        let idle = self.calls.charged(task) == 0;
        let Some(process) = process.filter(|process| idle && unused(process)) else {
            return;
        };
        self.forget_resource(process);
        self.handles.remove_resource(process);
        self.programs.forget(task);
        self.names.forget(task);
        self.listeners.forget_client(task);
    }

    /// A lane waits for a request. `replied`: the wait follows a response that
    /// was delivered.
    pub(super) fn wait_for_request(
        &mut self,
        lane: LaneId,
        listener: ListenerId,
        receive: Receive,
        replied: bool,
    ) {
        let wait = receive.wait;
        self.lanes.begin(
            lane,
            Activity::Receiving {
                listener,
                replied,
                wait,
            },
        );
        let room = receive.room;
        self.listeners.receive(listener, Receiver { lane, room });
        self.meet(listener);
        self.release_if_deserted(listener);
    }

    /// Brings the next call and the longest waiting receiver together, as often
    /// as there are both. Where the receiver has no room for the request, both
    /// are told so.
    pub(super) fn meet(&mut self, listener: ListenerId) {
        while let Some((token, receiver)) = self.listeners.pair(listener) {
            match self.calls.size(token) {
                Some(size) if size > receiver.room => {
                    if let Some(call) = self.remove_call(token) {
                        self.lanes.finish(call.client, Retcode::BUFFER_TOO_SMALL);
                    }
                    self.lanes.finish(receiver.lane, Retcode::BUFFER_TOO_SMALL);
                }
                Some(_) if self.hand_over(listener, token, receiver.lane) => {}
                // a receiver leaves the queue only for a call
                _ => self.listeners.put_back(listener, receiver),
            }
        }
    }

    /// Hands a queued request to a receiver, with the handles in it; a receiver
    /// that cannot have these is left waiting, and the call ends.
    fn hand_over(&mut self, listener: ListenerId, token: Token, to: LaneId) -> bool {
        let Some(delivery) = self.calls.deliver(token) else {
            return false;
        };
        let Delivery {
            client,
            context,
            message,
            carried,
        } = delivery;
        let given = self.give(to.task, carried);
        let handle = self.listeners.handle(listener);
        match given.and_then(|given| Ok((given, handle.ok_or(Retcode::INTERNAL_ERROR)?))) {
            Ok((handles, handle)) => {
                let request = Action::Request {
                    to,
                    token,
                    handle,
                    client: client.task,
                    context,
                    message,
                    handles,
                };
                self.lanes.hand_over(to, request);
                true
            }
            Err(code) => {
                self.remove_call(token);
                self.lanes.finish(client, code);
                false
            }
        }
    }

    /// Gives a program the handles of a message, all of them or none.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub(super) fn give(
        &mut self,
        to: TaskId,
        carried: Vec<Transit>,
    ) -> Result<Vec<ReceivedHandle>, Retcode> {
        if carried.is_empty() {
            return Ok(Vec::new());
        }
        let given = self.handles.give(to, carried);
        self.settle();
        given
    }

    /// A message with handles goes nowhere.
    pub(super) fn lose(&mut self, carried: Vec<Transit>) {
        if !carried.is_empty() {
            self.handles.lose(carried);
            self.settle();
        }
    }

    /// Forgets a call; its token is spent.
    pub(super) fn remove_call(&mut self, token: Token) -> Option<Ended> {
        let mut call = self.calls.remove(token)?;
        self.forget_program(call.client.task);
        if let Some(carried) = call.carried.take() {
            self.handles.lose(carried);
            self.settle();
        }
        Some(call)
    }

    /// Ends a call that cannot be answered any more.
    pub(super) fn abort_call(&mut self, token: Token) {
        let Some((client, _, state)) = self.calls.find(token) else {
            return;
        };
        self.withdraw(token);
        if state != CallState::Abandoned {
            self.lanes.finish(client, Retcode::ABORT);
        }
    }

    /// Nobody waits for a call any longer. One that the server already has is
    /// abandoned, so that the answer finds nobody.
    fn withdraw(&mut self, token: Token) {
        let Some((client, listener, state)) = self.calls.find(token) else {
            return;
        };
        match state {
            CallState::Queued => {
                self.remove_call(token);
                self.listeners.withdraw(listener, client.task, token);
            }
            CallState::Delivered | CallState::Abandoned => self.calls.abandon(token),
        }
    }

    /// Takes a lane out of whatever it waits for.
    pub(super) fn give_up(&mut self, lane: LaneId) {
        match self.lanes.activity(lane) {
            Activity::Idle | Activity::Closed => {}
            Activity::Receiving { listener, .. } => self.listeners.forget_receiver(listener, lane),
            Activity::Calling { token, .. } => self.withdraw(token),
            Activity::Blocked { on, .. } => match on.on {
                Awaited::Time => {}
                Awaited::Channel(server) => self.clients.forget_client(server, lane),
                Awaited::Client => self.clients.forget_listening(lane),
                Awaited::Notice(notice) => self.notices.forget_waiting(notice, lane),
            },
        }
    }

    /// A lane is gone, and whoever waited on it with it.
    pub(super) fn close_lane(&mut self, lane: LaneId) {
        self.give_up(lane);
        self.lanes.begin(lane, Activity::Closed);
    }

    /// A lane begins to wait for the kernel.
    ///
    /// # Errors
    /// `rcIpcInterrupt` while its sync object is set: it does not wait.
    pub(super) fn block(
        &mut self,
        lane: LaneId,
        on: Awaited,
        limits: WaitLimits,
    ) -> Result<(), Retcode> {
        self.routes().not_interrupted(limits.call)?;
        let by_request = match (limits.request, limits.call.deadline) {
            (Some(own), Some(call)) => own <= call,
            (own, _) => own.is_some(),
        };
        let wait = Wait {
            deadline: if by_request {
                limits.request
            } else {
                limits.call.deadline
            },
            sync: limits.call.sync,
        };
        let on = Blocked { on, by_request };
        self.lanes.begin(lane, Activity::Blocked { on, wait });
        Ok(())
    }

    /// Does what closing and revoking handles has released.
    pub(super) fn settle(&mut self) {
        loop {
            let released = self.handles.resources_mut().take_released();
            if released.is_empty() {
                return;
            }
            for released in released {
                match released {
                    Released::Badge(badge) => {
                        if let Some(notice) = badge.notice {
                            self.notices
                                .raise_at(notice, badge.event, Mask::BADGE_CLOSED);
                            self.deliver_events(notice);
                        }
                    }
                    Released::Task(task) if self.programs.is_alive(task) => {
                        self.lanes.push(Action::TaskUnreferenced(task));
                    }
                    Released::Task(task) => self.forget_program(task),
                    Released::Resource(resource, kind, sid) => {
                        self.forget_resource(resource);
                        self.release_kind(resource, kind);
                        self.lanes.push(Action::ResourceGone(sid));
                    }
                }
            }
        }
    }

    /// No handle of a resource is left: what it was goes too.
    fn release_kind(&mut self, resource: ResourceId, kind: Kind) {
        match kind {
            Kind::Channel(id) => {
                self.close_channel(id);
                self.channels.release(id, End::Calling);
            }
            Kind::Serving(id) => {
                self.close_channel(id);
                self.channels.release(id, End::Serving);
            }
            Kind::Listener(id) => self.close_listener(id),
            Kind::Sync { .. } => self.lanes.forget_sync(resource),
            Kind::User(user) => {
                if let Some((listener, _)) = user.calls {
                    self.release_if_deserted(listener);
                }
            }
            Kind::Task(_) | Kind::Notice | Kind::Badge(_) | Kind::Security => {}
        }
    }

    /// A channel is deleted: calls by it end with `rcAbort`, whoever calls by
    /// it later is not connected.
    pub(super) fn close_channel(&mut self, id: ChannelId) {
        let Some(listener) = self.channels.close(id) else {
            return;
        };
        self.listeners.channel_closed(listener);
        for token in self.calls.of_channel(id) {
            self.abort_call(token);
        }
        self.release_if_deserted(listener);
    }

    /// A listener is gone: all its channels are deleted, and what its server
    /// still held of them is forgotten.
    fn close_listener(&mut self, id: ListenerId) {
        for token in self.calls.of_listener(id) {
            if let Some(call) = self.remove_call(token).filter(|call| call.waits) {
                self.lanes.finish(call.client, Retcode::ABORT);
            }
        }
        for channel in self.channels.of(id) {
            self.close_channel(channel);
        }
        self.handles.resources_mut().orphan_calls(id);
        for receiver in self.listeners.remove(id) {
            self.lanes.finish(receiver.lane, Retcode::NOT_CONNECTED);
        }
    }

    /// When nobody is left that could call, and nothing is queued, receivers
    /// are not kept waiting.
    fn release_if_deserted(&mut self, listener: ListenerId) {
        if self.routes().is_deserted(listener) && self.listeners.has_no_calls(listener) {
            for receiver in self.listeners.take_receivers(listener) {
                self.lanes.finish(receiver.lane, Retcode::NOT_CONNECTED);
            }
        }
    }

    /// Nobody can call a server any more whose clients have all ended: its
    /// threads are not kept waiting.
    pub(super) fn release_all_deserted(&mut self) {
        for listener in self.listeners.all() {
            self.release_if_deserted(listener);
        }
        if let Some(last) = self.programs.last() {
            self.release_listening(last);
        }
    }

    /// Where no other program is left, nobody will ask for a channel.
    pub(super) fn release_listening(&mut self, server: TaskId) {
        if self.programs.others_live(server) {
            return;
        }
        for lane in self.clients.take_listening(server) {
            self.lanes
                .complete(lane, Completion::Failed(Retcode::NOT_CONNECTED));
        }
    }

    /// Something happens to a resource.
    pub(super) fn raise(&mut self, to: ResourceId, mask: Mask) {
        for notice in self.notices.raise(to, mask) {
            self.deliver_events(notice);
        }
    }

    /// Hands events to the lanes that wait for them.
    pub(super) fn deliver_events(&mut self, notice: ResourceId) {
        while let Some((lane, events)) = self.notices.deliver(notice) {
            self.lanes.complete(lane, Completion::Events(events));
        }
    }

    /// A resource is gone, and events of it with it.
    fn forget_resource(&mut self, resource: ResourceId) {
        self.raise(resource, Mask::OBJECT_DESTROYED);
        for lane in self.notices.forget(resource) {
            self.lanes
                .complete(lane, Completion::Failed(Retcode::ABORT));
        }
    }
}
