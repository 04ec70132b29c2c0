//! Endings: timeouts, closed lanes, programs that die, channels and handles that go. Every wait that they touch ends exactly
//! once.
use super::ask::What;
use super::handles::{Kind, Loss};
use super::{
    Action, Activity, Call, ChannelId, Core, LaneId, ListenerId, Mask, Stage, Time, Token,
};
use nk_image::TaskId;
use nk_runtime::Retcode;

impl<M, T: Copy> Core<M, T> {
    /// Ends every wait whose time is over.
    pub fn expire(&mut self, now: Time) {
        while let Some((time, lane)) = self.deadlines.first().copied() {
            if time > now {
                return;
            }
            if let Activity::Asking { ask, .. } = self.activity(lane) {
                self.expire_ask(lane, ask);
            } else {
                self.give_up(lane);
                self.finish(lane, Retcode::TIMEOUT);
            }
        }
    }

    /// A request could not be handed to its receiver, whose lane is gone.
    pub fn lost(&mut self, token: Token) {
        if let Some(call) = self.remove(token)
            && !matches!(call.stage, Stage::Abandoned)
        {
            self.finish(call.client, Retcode::ABORT);
        }
    }

    /// A lane is gone, and whoever waited on it with it.
    pub fn lane_closed(&mut self, lane: LaneId) {
        self.give_up(lane);
        self.set(lane, Activity::Closed);
    }

    /// A program has ended: its calls are withdrawn or abandoned, calls to it end with `rcAbort`, its handles are closed.
    pub fn ended(&mut self, task: TaskId) {
        let Some(program) = self.programs.get_mut(task.index()) else {
            return;
        };
        if !std::mem::replace(&mut program.alive, false) {
            return;
        }
        let (sid, resource) = (program.sid, program.resource);
        for lane in self.lanes_of(task) {
            self.lane_closed(lane);
        }
        self.refuse_all_clients(task);
        self.orphan(task);
        self.handles.close_all(task);
        self.settle();
        self.actions.push_back(Action::Gone(sid));
        if let Some(resource) = resource {
            self.raise(resource, Mask::TASK_COMPLETED);
        }
        self.release_all_alone();
        self.recycle(task);
    }

    /// The resources that a program provided are there no longer; handles of them stay, and lead nowhere.
    fn orphan(&mut self, task: TaskId) {
        for (resource, user) in self.handles.provided_by(task) {
            self.handles.change(
                resource,
                Kind::User(super::User {
                    orphaned: true,
                    ..user
                }),
            );
            self.raise(resource, Mask::OBJECT_DESTROYED);
        }
    }

    /// Does what closing and revoking handles has cost.
    pub(super) fn settle(&mut self) {
        loop {
            let losses = self.handles.losses();
            if losses.is_empty() {
                return;
            }
            for loss in losses {
                match loss {
                    Loss::Badge(badge) => {
                        if let Some(notice) = badge.notice {
                            self.raise_at(notice, badge.event, Mask::BADGE_CLOSED);
                        }
                    }
                    Loss::Task(task) if self.is_alive(task) => {
                        self.actions.push_back(Action::Unheld(task));
                    }
                    Loss::Task(task) => self.recycle(task),
                    Loss::Resource(resource, kind, sid) => {
                        self.forget_resource(resource);
                        self.lose_kind(resource, kind);
                        self.actions.push_back(Action::Gone(sid));
                    }
                }
            }
        }
    }

    fn lose_kind(&mut self, resource: super::ResourceId, kind: Kind) {
        match kind {
            Kind::Channel(id) => {
                self.close_channel(id);
                if let Some(channel) = self.channels.get_mut(id.0) {
                    channel.held = false;
                }
                self.drop_channel(id);
            }
            Kind::Serving(id) => {
                self.close_channel(id);
                if let Some(channel) = self.channels.get_mut(id.0) {
                    channel.served = false;
                }
                self.drop_channel(id);
            }
            Kind::Listener(id) => self.close_listener(id),
            Kind::Sync { .. } => self.forget_sync(resource),
            Kind::User(user) => {
                if let Some((listener, _)) = user.calls {
                    self.release_if_deserted(listener);
                }
            }
            Kind::Task(_) | Kind::Notice | Kind::Badge(_) | Kind::Security => {}
        }
    }

    fn drop_channel(&mut self, id: ChannelId) {
        if self
            .channels
            .get(id.0)
            .is_some_and(|channel| !channel.held && !channel.served)
        {
            self.channels.remove(id.0);
        }
    }

    /// A channel is deleted: calls by it end with `rcAbort`, whoever calls by it later is not connected.
    pub(super) fn close_channel(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(id.0) else {
            return;
        };
        let (listener, was_open) = (
            channel.listener,
            std::mem::replace(&mut channel.open, false),
        );
        if !was_open {
            return;
        }
        if let Some(l) = self.listeners.get_mut(listener.0) {
            l.open = l.open.saturating_sub(1);
        }
        for token in self.calls_with(|call| call.channel == Some(id)) {
            self.abort_call(token);
        }
        self.release_if_deserted(listener);
    }

    /// Ends a call that cannot be answered any more.
    fn abort_call(&mut self, token: Token) {
        let Some(call) = self.calls.get_mut(&token) else {
            return;
        };
        let (client, listener) = (call.client, call.listener);
        match call.stage {
            Stage::Abandoned => {}
            Stage::Delivered => {
                call.stage = Stage::Abandoned;
                self.finish(client, Retcode::ABORT);
            }
            Stage::Queued(..) => {
                self.remove(token);
                if let Some(l) = self.listeners.get_mut(listener.0) {
                    l.line.remove(client.task, token);
                }
                self.finish(client, Retcode::ABORT);
            }
        }
    }

    fn calls_with(&self, meant: impl Fn(&Call<M, T>) -> bool) -> Vec<Token> {
        self.calls
            .iter()
            .filter(|(_, call)| meant(call))
            .map(|(token, _)| *token)
            .collect()
    }

    /// A listener is gone: all its channels are deleted, and what its server still held of them is forgotten.
    pub(super) fn close_listener(&mut self, id: ListenerId) {
        for token in self.calls_with(|call| call.listener == id) {
            if let Some(call) = self.remove(token)
                && !matches!(call.stage, Stage::Abandoned)
            {
                self.finish(call.client, Retcode::ABORT);
            }
        }
        let channels = self
            .channels
            .iter()
            .filter(|(_, channel)| channel.listener == id && channel.open);
        for channel in channels
            .map(|(number, _)| ChannelId(number))
            .collect::<Vec<_>>()
        {
            self.close_channel(channel);
        }
        self.handles.orphan_calls(id);
        if let Some(listener) = self.listeners.remove(id.0) {
            for receiver in listener.waiting {
                self.finish(receiver.lane, Retcode::NOT_CONNECTED);
            }
        }
    }

    /// A program's channel is deleted by one of its ends.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcInvalidOperation` for a static channel and for what is no channel.
    pub fn disconnect(&mut self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        let found = self.handles.find(task, handle)?;
        match found.kind {
            Kind::Channel(id) | Kind::Serving(id) => {
                let fixed = self.channels.get(id.0).is_none_or(|channel| channel.fixed);
                if fixed {
                    return Err(Retcode::INVALID_OPERATION);
                }
                self.close_channel(id);
            }
            Kind::Listener(id)
                if self
                    .listeners
                    .get(id.0)
                    .is_some_and(|listener| !listener.fixed) => {}
            _ => return Err(Retcode::INVALID_OPERATION),
        }
        self.handles.close(task, handle)?;
        self.settle();
        Ok(())
    }

    /// Closes a handle. The last one of a channel's end closes the channel, a static one for good.
    ///
    /// # Errors
    /// `rcInvalidArgument`.
    pub fn close(&mut self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        self.handles.close(task, handle)?;
        self.settle();
        Ok(())
    }

    /// Takes a lane out of whatever it waits for. A request that the server already has is abandoned, so that the answer
    /// to it finds nobody.
    pub(super) fn give_up(&mut self, lane: LaneId) {
        match self.activity(lane) {
            Activity::Idle | Activity::Closed => {}
            Activity::Receiving { listener, .. } => {
                if let Some(l) = self.listeners.get_mut(listener.0) {
                    l.waiting.retain(|w| w.lane != lane);
                }
            }
            Activity::Calling { token, .. } => self.withdraw(token),
            Activity::Asking { ask, .. } => match ask.what {
                What::Sleep => {}
                What::Channel(server) => self.forget_asking(server, lane),
                What::Client => self.forget_listening(lane),
                What::Events(notice) => self.forget_fetching(notice, lane),
            },
        }
    }

    fn withdraw(&mut self, token: Token) {
        let Some(call) = self.calls.get_mut(&token) else {
            return;
        };
        let (client, listener) = (call.client, call.listener);
        match call.stage {
            Stage::Queued(..) => {
                self.remove(token);
                if let Some(l) = self.listeners.get_mut(listener.0) {
                    l.line.remove(client.task, token);
                }
            }
            Stage::Delivered | Stage::Abandoned => call.stage = Stage::Abandoned,
        }
    }
}
