//! Dynamic channels: a client asks a server by name, the server looks who asks, and accepts or refuses
//! (`spec/psl-runtime.md` F.5).
use super::ask::What;
use super::channel::ChannelId;
use super::handles::{Kind, Rights};
use super::{Answered, Core, LaneId, ListenerId, Until};
use nk_image::TaskId;
use nk_runtime::Retcode;
use std::collections::VecDeque;

/// Clients that ask a server for a channel, and lanes of the server that wait for one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Connecting {
    asking: VecDeque<Asking>,
    listening: VecDeque<LaneId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asking {
    lane: LaneId,
    service: String,
}

/// A client and what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service<'n> {
    /// The client's task name.
    pub client: &'n str,
    /// What it asks for, by documentation the qualified name of an endpoint.
    pub name: &'n str,
}

impl<M, T: Copy> Core<M, T> {
    /// A lane asks the server of this task name for a channel, and waits until it is accepted or refused. Answered with
    /// `rcResourceNotFound` when there is no such task, `rcNotConnected` when it has ended, `rcQuotaExceeded` when the client
    /// can have no more handles, `rcInvalidArgument` when it asks itself.
    pub fn ask_channel(&mut self, lane: LaneId, server: &str, service: &str, until: Until) {
        match self.may_ask(lane.task, server) {
            Err(code) => self.answer_now(lane, Answered::Failed(code)),
            Ok(server) => {
                if self.ask(lane, What::Channel(server), until) {
                    let asking = Asking {
                        lane,
                        service: service.to_owned(),
                    };
                    if let Some(program) = self.programs.get_mut(server.index()) {
                        program.connecting.asking.push_back(asking);
                    }
                    self.introduce(server);
                }
            }
        }
    }

    fn may_ask(&self, client: TaskId, server: &str) -> Result<TaskId, Retcode> {
        let server = self.task_named(server).ok_or(Retcode::RESOURCE_NOT_FOUND)?;
        if server == client {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        if !self.is_alive(server) {
            return Err(Retcode::NOT_CONNECTED);
        }
        if self.handles.room(client) == 0 {
            Err(Retcode::QUOTA_EXCEEDED)
        } else {
            Ok(server)
        }
    }

    /// A lane waits for a client that asks for a channel. It gets the first one, which stays, and goes to the end of the line.
    pub fn listen(&mut self, lane: LaneId, until: Until) {
        if self.ask(lane, What::Client, until) {
            if let Some(program) = self.programs.get_mut(lane.task.index()) {
                program.connecting.listening.push_back(lane);
            }
            self.introduce(lane.task);
            self.release_listeners_if_alone(lane.task);
        }
    }

    /// Tells waiting lanes of a server who asks. Each takes one, and all are told when all have a turn.
    fn introduce(&mut self, server: TaskId) {
        let Some(program) = self.programs.get_mut(server.index()) else {
            return;
        };
        if program.connecting.asking.is_empty() {
            return;
        }
        let Some(lane) = program.connecting.listening.pop_front() else {
            return;
        };
        let Some(first) = program.connecting.asking.pop_front() else {
            return;
        };
        let (client, service) = (first.lane.task, first.service.clone());
        program.connecting.asking.push_back(first);
        let client = self.name(client).to_owned();
        self.answer_ask(lane, Answered::Client { client, service });
    }

    /// Gives a client the channel that it asks for, with a number by choice of the server. With a listener of the server, the
    /// channel is added to it, and the answer is the serving end of that channel alone; without one, a listener is made, and
    /// the answer is that.
    ///
    /// # Errors
    /// `rcResourceNotFound` when nobody by that name asks for that, `rcInvalidArgument`, `rcInvalidOperation` for a handle
    /// that is no listener of this server, `rcQuotaExceeded`; the client waits on.
    pub fn accept(
        &mut self,
        server: TaskId,
        listener: Option<u32>,
        client: Service<'_>,
        id: u32,
    ) -> Result<u32, Retcode> {
        let asking = self
            .find_asking(server, client)
            .ok_or(Retcode::RESOURCE_NOT_FOUND)?;
        let shared = listener
            .map(|handle| self.own_listener(server, handle))
            .transpose()?;
        if self.handles.room(server) == 0 || self.handles.room(asking.task) == 0 {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let (listener, made) = match shared {
            Some(listener) => (listener, None),
            None => self
                .new_listener(server, false)
                .map(|(listener, handle)| (listener, Some(handle)))?,
        };
        let (channel, handle) = self.new_channel(asking.task, listener, false)?;
        let ours = match made {
            Some(handle) => handle,
            None => self.new_serving(server, channel)?,
        };
        self.forget_asking(server, asking);
        self.answer_ask(asking, Answered::Channel { handle, id });
        Ok(ours)
    }

    fn own_listener(&self, server: TaskId, handle: u32) -> Result<ListenerId, Retcode> {
        match self.handles.find(server, handle)?.kind {
            Kind::Listener(listener) => Ok(listener),
            _ => Err(Retcode::INVALID_OPERATION),
        }
    }

    /// A handle of the serving end of one channel.
    pub(super) fn new_serving(
        &mut self,
        server: TaskId,
        channel: ChannelId,
    ) -> Result<u32, Retcode> {
        let handle = self.handles.create(
            server,
            Kind::Serving(channel),
            Rights::GET_SID.and(Rights::GET_EVENT),
        )?;
        if let Some(channel) = self.channels.get_mut(channel.0) {
            channel.served = true;
        }
        Ok(handle)
    }

    /// Refuses a client: its request ends with `rcFail`.
    ///
    /// # Errors
    /// `rcResourceNotFound` when nobody by that name asks for that.
    pub fn refuse_client(&mut self, server: TaskId, client: Service<'_>) -> Result<(), Retcode> {
        let asking = self
            .find_asking(server, client)
            .ok_or(Retcode::RESOURCE_NOT_FOUND)?;
        self.forget_asking(server, asking);
        self.answer_ask(asking, Answered::Failed(Retcode::FAIL));
        Ok(())
    }

    fn find_asking(&self, server: TaskId, client: Service<'_>) -> Option<LaneId> {
        let connecting = &self.programs.get(server.index())?.connecting;
        let is = |asking: &&Asking| {
            asking.service == client.name && self.name(asking.lane.task) == client.client
        };
        connecting.asking.iter().find(is).map(|asking| asking.lane)
    }

    /// A lane asks no longer.
    pub(super) fn forget_asking(&mut self, server: TaskId, lane: LaneId) {
        if let Some(program) = self.programs.get_mut(server.index()) {
            program
                .connecting
                .asking
                .retain(|asking| asking.lane != lane);
        }
    }

    /// A lane listens no longer.
    pub(super) fn forget_listening(&mut self, lane: LaneId) {
        if let Some(program) = self.programs.get_mut(lane.task.index()) {
            program.connecting.listening.retain(|l| *l != lane);
        }
    }

    /// A server has ended: whoever asks it is told.
    pub(super) fn refuse_all_clients(&mut self, server: TaskId) {
        let Some(program) = self.programs.get_mut(server.index()) else {
            return;
        };
        let Connecting { asking, .. } = std::mem::take(&mut program.connecting);
        for asking in asking {
            self.answer_ask(asking.lane, Answered::Failed(Retcode::NOT_CONNECTED));
        }
    }

    /// Where no other program is left, nobody will ask.
    pub(super) fn release_listeners_if_alone(&mut self, server: TaskId) {
        if self.others_live(server) {
            return;
        }
        let Some(program) = self.programs.get_mut(server.index()) else {
            return;
        };
        for lane in std::mem::take(&mut program.connecting.listening) {
            self.answer_ask(lane, Answered::Failed(Retcode::NOT_CONNECTED));
        }
    }
}
