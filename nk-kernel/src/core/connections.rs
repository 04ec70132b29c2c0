//! Making and deleting channels: the static ones of a plan, those between two
//! programs that do not run yet, and dynamic ones, for which a client asks a
//! server by name (`docs/kernel.md` §3, §5).
//!
//! Every channel has two ends with handles of their own. Handles of static
//! channels are beyond the quota of 256, as the plan has been proved to be
//! small enough; those of dynamic ones are within it.
//!
//! | made by | calling end | serving end |
//! |---|---|---|
//! | the plan | named, call, copy, SID, events | one named listener for all of a name |
//! | `Connect` of tasks | named by its equipment | a listener, and if wanted the channel's own |
//! | `Accept` | in the answer to the client | a new listener, or the channel's own |
use super::activities::Awaited;
use super::handles::{Handles, Kind, Rights};
use super::names::Side;
use super::parts::Parts;
use super::{Action, ChannelId, ChannelRequest, Completion, LaneId, ListenerId, WaitLimits};
use nk_image::{Plan, TaskId};
use nk_runtime::Retcode;
use std::collections::BTreeMap;

/// What making a channel between two programs that do not run yet has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connected {
    /// The server's handle of the listener.
    pub listener: u32,
    /// The server's handle of the channel's end, if it was asked for.
    pub serving: Option<u32>,
    /// The client's handle.
    pub calling: u32,
}

/// The channels of a machine, to be changed.
#[derive(Debug)]
pub struct Connections<'c, M, T>(pub(super) &'c mut Parts<M, T>);

impl<M, T: Copy> Connections<'_, M, T> {
    /// Makes the static channels of a plan. Those of one server with one name
    /// share a listener.
    pub(super) fn connect_plan(&mut self, plan: &Plan) {
        let mut listeners = BTreeMap::new();
        for channel in &plan.channels {
            let (client, server, name) = (channel.client, channel.server, &channel.name);
            let shared = listeners.get(&(server, name)).copied();
            // a plan that has been proved has room for its channels
            if let Ok(listener) = self.connect_static(client, server, name, shared) {
                listeners.insert((server, name), listener);
            }
        }
    }

    /// Makes a channel of the plan with its name on both sides. `shared`: the
    /// listener of another channel with the same server and name.
    ///
    /// # Errors
    /// `rcOutOfMemory`, `rcQuotaExceeded` beyond the handle numbers that there
    /// are.
    fn connect_static(
        &mut self,
        client: TaskId,
        server: TaskId,
        name: &str,
        shared: Option<ListenerId>,
    ) -> Result<ListenerId, Retcode> {
        let listener = if let Some(listener) = shared {
            listener
        } else {
            let (listener, handle) = self.new_listener(server, true)?;
            self.0.names.add(server, name, Side::Serving, handle);
            listener
        };
        let (_, handle) = self.new_channel(client, listener, true)?;
        self.0.names.add(client, name, Side::Calling, handle);
        Ok(listener)
    }

    /// A listener of a program, and the program's handle of it. `fixed`: for
    /// static channels.
    fn new_listener(&mut self, server: TaskId, fixed: bool) -> Result<(ListenerId, u32), Retcode> {
        let id = self.0.listeners.add(server, fixed);
        let id = id.ok_or(Retcode::OUT_OF_MEMORY)?;
        let rights = Rights::COPY.and(Rights::GET_SID);
        let handle = create(
            &mut self.0.handles,
            server,
            Kind::Listener(id),
            rights,
            fixed,
        );
        match handle {
            Ok(handle) => self.0.listeners.set_handle(id, handle),
            Err(_) => drop(self.0.listeners.remove(id)),
        }
        handle.map(|handle| (id, handle))
    }

    /// A channel to a listener, and the client's handle of it. `fixed`: a
    /// static one.
    fn new_channel(
        &mut self,
        client: TaskId,
        listener: ListenerId,
        fixed: bool,
    ) -> Result<(ChannelId, u32), Retcode> {
        let server = self.0.listeners.server(listener);
        let server = server.ok_or(Retcode::NOT_CONNECTED)?;
        let id = self.0.channels.add(listener, server, fixed);
        let id = id.ok_or(Retcode::OUT_OF_MEMORY)?;
        let rights = Rights::CALL
            .and(Rights::COPY)
            .and(Rights::GET_SID)
            .and(Rights::GET_EVENT);
        let handle = create(
            &mut self.0.handles,
            client,
            Kind::Channel(id),
            rights,
            fixed,
        );
        match handle {
            Ok(_) => self.0.listeners.channel_opened(listener),
            Err(_) => self.0.channels.remove(id),
        }
        handle.map(|handle| (id, handle))
    }

    /// A handle of the serving end of one channel.
    fn new_serving(&mut self, server: TaskId, channel: ChannelId) -> Result<u32, Retcode> {
        let rights = Rights::GET_SID.and(Rights::GET_EVENT);
        let serving = Kind::Serving(channel);
        let handle = self.0.handles.create(server, serving, rights)?;
        self.0.channels.hold_serving(channel);
        Ok(handle)
    }

    /// The listener behind a handle of a server.
    ///
    /// # Errors
    /// As [`Handles::find`]; `otherwise` for a handle of something else.
    fn listener(
        &self,
        server: TaskId,
        handle: u32,
        otherwise: Retcode,
    ) -> Result<ListenerId, Retcode> {
        match self.0.handles.find(server, handle)?.kind {
            Kind::Listener(listener) => Ok(listener),
            _ => Err(otherwise),
        }
    }

    /// Makes a static channel between two programs; both have to be stopped,
    /// which whoever starts them knows. With a listener of the server the
    /// channel is added to it. `serving_end`: the server gets a handle of this
    /// channel's end alone too.
    ///
    /// # Errors
    /// `rcInvalidArgument` when a program is to call itself or the listener is
    /// not one of the server's, `rcOutOfMemory`.
    pub fn connect(
        mut self,
        server: TaskId,
        client: TaskId,
        listener: Option<u32>,
        serving_end: bool,
    ) -> Result<Connected, Retcode> {
        if server == client {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        let (id, listener) = match listener {
            Some(handle) => {
                let id = self.listener(server, handle, Retcode::INVALID_ARGUMENT)?;
                (id, handle)
            }
            None => self.new_listener(server, true)?,
        };
        let (channel, calling) = self.new_channel(client, id, true)?;
        let serving = if serving_end {
            Some(self.new_serving(server, channel)?)
        } else {
            None
        };
        Ok(Connected {
            listener,
            serving,
            calling,
        })
    }

    /// A program that does not run yet finds a handle of its own by this name
    /// once it runs.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of another kind, `rcAlreadyExists` for
    /// a name that it has.
    pub fn name_channel(self, task: TaskId, name: &str, handle: u32) -> Result<(), Retcode> {
        let side = match self.0.handles.find(task, handle)?.kind {
            Kind::Listener(_) => Side::Serving,
            Kind::Channel(_) => Side::Calling,
            _ => return Err(Retcode::INVALID_ARGUMENT),
        };
        if self.0.names.find(task, name, side).is_some() {
            return Err(Retcode::ALREADY_EXISTS);
        }
        self.0.names.add(task, name, side, handle);
        Ok(())
    }

    /// A lane asks the server of this task name for a channel, and waits until
    /// it is accepted or refused. Answered with `rcResourceNotFound` when there
    /// is no such task, `rcNotConnected` when it has ended, `rcQuotaExceeded`
    /// when the client can have no more handles, `rcInvalidArgument` when it
    /// asks itself.
    pub fn request(mut self, lane: LaneId, server: &str, service: &str, limits: WaitLimits) {
        let server = match self.may_request(lane.task, server) {
            Ok(server) => server,
            Err(code) => {
                let answer = Completion::Failed(code);
                return self.0.lanes.push(Action::Answer { to: lane, answer });
            }
        };
        match self.0.block(lane, Awaited::Channel(server), limits) {
            Ok(()) => {
                self.0.clients.ask(server, lane, service);
                self.introduce(server);
            }
            Err(code) => self.0.lanes.finish(lane, code),
        }
    }

    /// The server that a client may ask. Asking oneself would wait for ever.
    ///
    /// # Errors
    /// As [`Connections::request`] answers.
    fn may_request(&self, client: TaskId, server: &str) -> Result<TaskId, Retcode> {
        let programs = &self.0.programs;
        let server = programs.named(server).ok_or(Retcode::RESOURCE_NOT_FOUND)?;
        if server == client {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        if !programs.is_alive(server) {
            return Err(Retcode::NOT_CONNECTED);
        }
        if self.0.handles.is_full(client) {
            Err(Retcode::QUOTA_EXCEEDED)
        } else {
            Ok(server)
        }
    }

    /// A lane waits for a client that asks for a channel. It gets the first
    /// one, which stays, and goes to the end of the queue.
    pub fn listen(mut self, lane: LaneId, limits: WaitLimits) {
        match self.0.block(lane, Awaited::Client, limits) {
            Ok(()) => {
                self.0.clients.listen(lane);
                self.introduce(lane.task);
                self.0.release_listening(lane.task);
            }
            Err(code) => self.0.lanes.finish(lane, code),
        }
    }

    /// Tells a waiting lane of a server who asks. Each takes one, and all are
    /// told when all have a turn.
    fn introduce(&mut self, server: TaskId) {
        if let Some((lane, client, service)) = self.0.clients.introduce(server) {
            let client = self.0.programs.name(client.task).to_owned();
            let answer = Completion::Client { client, service };
            self.0.lanes.complete(lane, answer);
        }
    }

    /// Gives a client the channel that it asks for, with a number by choice of
    /// the server. With a listener of the server, the channel is added to it,
    /// and the answer is the serving end of that channel alone; without one, a
    /// listener is made, and the answer is that.
    ///
    /// # Errors
    /// `rcResourceNotFound` when nobody by that name asks for that,
    /// `rcInvalidArgument`, `rcInvalidOperation` for a handle that is not a
    /// listener of this server, `rcQuotaExceeded`; the client waits on.
    pub fn accept(
        mut self,
        server: TaskId,
        listener: Option<u32>,
        request: ChannelRequest<'_>,
        id: u32,
    ) -> Result<u32, Retcode> {
        let client = self.client(server, request)?;
        let shared = listener.map(|l| self.listener(server, l, Retcode::INVALID_OPERATION));
        let shared = shared.transpose()?;
        let handles = &self.0.handles;
        if handles.is_full(server) || handles.is_full(client.task) {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let (listener, new) = if let Some(listener) = shared {
            (listener, None)
        } else {
            let (listener, handle) = self.new_listener(server, false)?;
            (listener, Some(handle))
        };
        let (channel, handle) = self.new_channel(client.task, listener, false)?;
        let serving = match new {
            Some(handle) => handle,
            None => self.new_serving(server, channel)?,
        };
        self.0.clients.forget_client(server, client);
        let answer = Completion::Channel { handle, id };
        self.0.lanes.complete(client, answer);
        Ok(serving)
    }

    /// Refuses a client: its request ends with `rcFail`.
    ///
    /// # Errors
    /// `rcResourceNotFound` when nobody by that name asks for that.
    pub fn refuse(self, server: TaskId, request: ChannelRequest<'_>) -> Result<(), Retcode> {
        let client = self.client(server, request)?;
        self.0.clients.forget_client(server, client);
        let answer = Completion::Failed(Retcode::FAIL);
        self.0.lanes.complete(client, answer);
        Ok(())
    }

    /// The lane of the client that has made a request.
    fn client(&self, server: TaskId, request: ChannelRequest<'_>) -> Result<LaneId, Retcode> {
        let by = |task| self.0.programs.name(task) == request.client;
        let found = self.0.clients.find(server, request.service, by);
        found.ok_or(Retcode::RESOURCE_NOT_FOUND)
    }

    /// A program's channel is deleted by one of its ends.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcInvalidOperation` for a static channel and for
    /// what is not a channel.
    pub fn disconnect(self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        let found = self.0.handles.find(task, handle)?;
        match found.kind {
            Kind::Channel(id) | Kind::Serving(id) if !self.0.channels.is_fixed(id) => {
                self.0.close_channel(id);
            }
            Kind::Listener(id) if !self.0.listeners.is_fixed(id) => {}
            _ => return Err(Retcode::INVALID_OPERATION),
        }
        self.0.handles.close(task, handle)?;
        self.0.settle();
        Ok(())
    }
}

/// A handle of a new resource: at the start of a program beyond its quota,
/// later within it.
fn create(
    handles: &mut Handles,
    task: TaskId,
    kind: Kind,
    rights: Rights,
    at_start: bool,
) -> Result<u32, Retcode> {
    if at_start {
        handles.endow(task, kind, rights)
    } else {
        handles.create(task, kind, rights)
    }
}
