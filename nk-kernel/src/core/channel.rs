//! Channels and listeners, and what the handles of a program say about them (`spec/psl-runtime.md` F.3).
//!
//! A listener is the serving end of all its channels: the static ones of one server with one name share one, dynamic ones
//! the one that the server names when it accepts. Static channels are there before either side runs and cannot be deleted.
use super::handles::{Kind, Rights};
use super::{Core, LaneId, Token};
use nk_image::{Plan, TaskId};
use nk_runtime::frame::KERNEL_HANDLE;
use nk_runtime::{Retcode, Riid};
use std::collections::{BTreeMap, VecDeque};

/// A listener: requests of all its channels come in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub(super) u32);

/// A channel between two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub(super) u32);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Listener {
    pub(super) server: TaskId,
    /// The server's handle of it.
    pub(super) handle: u32,
    /// Of static channels; more clients cannot come.
    pub(super) fixed: bool,
    /// Its channels that can still be called by.
    pub(super) open: u32,
    pub(super) line: Line,
    pub(super) waiting: VecDeque<Waiting>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about a channel"
)]
pub(super) struct Channel {
    pub(super) listener: ListenerId,
    /// Who serves it, or did.
    pub(super) server: TaskId,
    pub(super) fixed: bool,
    /// One that was deleted stays known as long as there is a handle of it.
    pub(super) open: bool,
    /// There are handles of its calling end.
    pub(super) held: bool,
    /// There are handles of its serving end alone.
    pub(super) served: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Waiting {
    pub(super) lane: LaneId,
    /// The receiver's room in bytes.
    pub(super) room: u64,
}

/// Calls that wait for a receiver: programs take turns, and the calls of one program keep their order. So between two
/// services of one program every other that waits is served once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Line {
    turns: VecDeque<TaskId>,
    calls: BTreeMap<TaskId, VecDeque<Token>>,
}

impl Line {
    pub(super) fn push(&mut self, client: TaskId, token: Token) {
        let calls = self.calls.entry(client).or_default();
        if calls.is_empty() {
            self.turns.push_back(client);
        }
        calls.push_back(token);
    }
    pub(super) fn first(&self) -> Option<Token> {
        self.calls.get(self.turns.front()?)?.front().copied()
    }
    /// Takes the first call out; its program goes to the end of the line with what it has left.
    pub(super) fn pop(&mut self) -> Option<Token> {
        let client = self.turns.pop_front()?;
        let calls = self.calls.get_mut(&client)?;
        let token = calls.pop_front();
        if !calls.is_empty() {
            self.turns.push_back(client);
        }
        token
    }
    pub(super) fn remove(&mut self, client: TaskId, token: Token) {
        let Some(calls) = self.calls.get_mut(&client) else {
            return;
        };
        calls.retain(|t| *t != token);
        if calls.is_empty() {
            self.turns.retain(|t| *t != client);
        }
    }
    /// A program is gone, and its calls were removed before.
    pub(super) fn forget(&mut self, client: TaskId) {
        if self.calls.get(&client).is_some_and(VecDeque::is_empty) {
            self.calls.remove(&client);
        }
    }
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

/// A name that a program looks its channel up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    text: String,
    serving: bool,
    handle: u32,
}

/// Where a call by a handle goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Way {
    /// The program that would answer.
    pub server: TaskId,
    /// The listener.
    pub listener: ListenerId,
    pub(super) channel: Option<ChannelId>,
    /// A callable handle leads to this endpoint only.
    pub endpoint: Option<Riid>,
    /// What the server attached to the callable handle's resource.
    pub context: u64,
}

impl<M, T: Copy> Core<M, T> {
    /// Makes the static channels of a plan.
    pub(super) fn connect_all(&mut self, plan: &Plan) {
        let mut listeners = BTreeMap::new();
        for channel in &plan.channels {
            // a plan that has been proved has room for its channels
            let shared = listeners.get(&(channel.server, &channel.name)).copied();
            if let Ok(listener) =
                self.connect_fixed(channel.client, channel.server, &channel.name, shared)
            {
                listeners.insert((channel.server, &channel.name), listener);
            }
        }
    }

    /// Makes a static channel with a name, and its listener unless it shares one.
    pub(super) fn connect_fixed(
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
            self.give_name(server, name, true, handle);
            listener
        };
        let (_, handle) = self.new_channel(client, listener, true)?;
        self.give_name(client, name, false, handle);
        Ok(listener)
    }

    /// A listener of a program, and the program's handle of it.
    pub(super) fn new_listener(
        &mut self,
        server: TaskId,
        fixed: bool,
    ) -> Result<(ListenerId, u32), Retcode> {
        let listener = Listener {
            server,
            handle: 0,
            fixed,
            open: 0,
            line: Line::default(),
            waiting: VecDeque::new(),
        };
        let id = self
            .listeners
            .add(listener)
            .map(ListenerId)
            .ok_or(Retcode::OUT_OF_MEMORY)?;
        let rights = Rights::COPY.and(Rights::GET_SID);
        match self.equip(server, Kind::Listener(id), rights, fixed) {
            Ok(handle) => {
                if let Some(listener) = self.listeners.get_mut(id.0) {
                    listener.handle = handle;
                }
                Ok((id, handle))
            }
            Err(code) => {
                self.listeners.remove(id.0);
                Err(code)
            }
        }
    }

    /// A channel to a listener, and the client's handle of it.
    pub(super) fn new_channel(
        &mut self,
        client: TaskId,
        listener: ListenerId,
        fixed: bool,
    ) -> Result<(ChannelId, u32), Retcode> {
        let server = self.server(listener).ok_or(Retcode::NOT_CONNECTED)?;
        let channel = Channel {
            listener,
            server,
            fixed,
            open: true,
            held: true,
            served: false,
        };
        let id = self
            .channels
            .add(channel)
            .map(ChannelId)
            .ok_or(Retcode::OUT_OF_MEMORY)?;
        let rights = Rights::CALL
            .and(Rights::COPY)
            .and(Rights::GET_SID)
            .and(Rights::GET_EVENT);
        match self.equip(client, Kind::Channel(id), rights, fixed) {
            Ok(handle) => {
                if let Some(listener) = self.listeners.get_mut(listener.0) {
                    listener.open = listener.open.saturating_add(1);
                }
                Ok((id, handle))
            }
            Err(code) => {
                self.channels.remove(id.0);
                Err(code)
            }
        }
    }

    /// A handle of a new resource: at the start of a program beyond its quota, later within it.
    fn equip(
        &mut self,
        task: TaskId,
        kind: Kind,
        rights: Rights,
        at_start: bool,
    ) -> Result<u32, Retcode> {
        if !at_start {
            return self.handles.create(task, kind, rights);
        }
        let sid = self.handles.new_sid();
        let resource = self.handles.resource(kind, sid)?;
        self.handles.endow(task, resource, rights)
    }

    /// A program finds a handle of its own by this name from now on.
    pub(super) fn give_name(&mut self, task: TaskId, name: &str, serving: bool, handle: u32) {
        if let Some(program) = self.programs.get_mut(task.index()) {
            program.names.push(Name {
                text: name.to_owned(),
                serving,
                handle,
            });
        }
    }

    /// The handle of the calling end of the channel with this name.
    #[must_use]
    pub fn find_channel(&self, task: TaskId, name: &str) -> Option<u32> {
        self.find_name(task, name, false)
    }
    /// The handle of the listener for channels of this name.
    #[must_use]
    pub fn find_listener(&self, task: TaskId, name: &str) -> Option<u32> {
        self.find_name(task, name, true)
    }
    /// Names of the channels that a program calls by (`serving`: serves), for messages.
    pub fn names(&self, task: TaskId, serving: bool) -> impl Iterator<Item = &str> {
        let names = self
            .programs
            .get(task.index())
            .into_iter()
            .flat_map(|program| &program.names);
        names
            .filter(move |name| name.serving == serving)
            .map(|name| name.text.as_str())
    }
    fn find_name(&self, task: TaskId, text: &str, serving: bool) -> Option<u32> {
        let names = &self.programs.get(task.index())?.names;
        names
            .iter()
            .find(|name| name.text == text && name.serving == serving)
            .map(|name| name.handle)
    }

    /// Where a call by this handle would go: asked before the policy is.
    ///
    /// # Errors
    /// `rcInvalidArgument` for an unknown handle, `rcHandleRevoked`, `rcInvalidOperation` for a handle that is not called by,
    /// `rcNoCapability` for a callable one without that right, `rcNotConnected` when the server has ended or the channel
    /// was deleted.
    pub fn way(&self, task: TaskId, handle: u32) -> Result<Way, Retcode> {
        let found = self.handles.find(task, handle)?;
        let (listener, channel, endpoint, context) = match found.kind {
            Kind::Channel(id) => {
                let channel = self
                    .channels
                    .get(id.0)
                    .filter(|c| c.open)
                    .ok_or(Retcode::NOT_CONNECTED)?;
                (channel.listener, Some(id), None, 0)
            }
            Kind::User(user) => {
                let (listener, riid) = user.calls.ok_or(Retcode::INVALID_OPERATION)?;
                found.with(Rights::CALL)?;
                if user.orphaned {
                    return Err(Retcode::NOT_CONNECTED);
                }
                (listener, None, Some(riid), user.context)
            }
            _ => return Err(Retcode::INVALID_OPERATION),
        };
        let server = self
            .listeners
            .get(listener.0)
            .map(|l| l.server)
            .ok_or(Retcode::NOT_CONNECTED)?;
        if !self.is_alive(server) {
            return Err(Retcode::NOT_CONNECTED);
        }
        Ok(Way {
            server,
            listener,
            channel,
            endpoint,
            context,
        })
    }

    /// The program at the other end of a calling handle, and the endpoint that a callable one leads to; whether it is still
    /// there does not matter.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`, `rcInvalidOperation` as [`Core::way`].
    pub fn other_end(&self, task: TaskId, handle: u32) -> Result<(TaskId, Option<Riid>), Retcode> {
        match self.handles.find(task, handle)?.kind {
            Kind::Channel(id) => self
                .channels
                .get(id.0)
                .map(|channel| (channel.server, None))
                .ok_or(Retcode::INTERNAL_ERROR),
            Kind::User(user) => user
                .calls
                .map(|(_, riid)| (user.owner, Some(riid)))
                .ok_or(Retcode::INVALID_OPERATION),
            _ => Err(Retcode::INVALID_OPERATION),
        }
    }

    /// The listener that a serving end belongs to.
    ///
    /// # Errors
    /// `rcInvalidArgument` for an unknown handle, `rcHandleRevoked`, `rcInvalidOperation` for a handle of another kind, the
    /// kernel's included.
    pub fn served(&self, task: TaskId, handle: u32) -> Result<ListenerId, Retcode> {
        if handle == KERNEL_HANDLE {
            return Err(Retcode::INVALID_OPERATION);
        }
        match self.handles.find(task, handle)?.kind {
            Kind::Listener(listener) => Ok(listener),
            Kind::Serving(channel) => {
                let channel = self
                    .channels
                    .get(channel.0)
                    .filter(|c| c.open)
                    .ok_or(Retcode::NOT_CONNECTED)?;
                Ok(channel.listener)
            }
            _ => Err(Retcode::INVALID_OPERATION),
        }
    }

    /// Whether anybody is left who can call.
    pub(super) fn is_deserted(&self, id: ListenerId) -> bool {
        let Some(listener) = self.listeners.get(id.0) else {
            return true;
        };
        if listener.open > 0 {
            return false;
        }
        // to a dynamic one, whoever else lives can still be connected; and a callable handle can be with anybody
        let can_come = !listener.fixed || self.handles.is_callable(id);
        !(can_come && self.others_live(listener.server))
    }

    pub(super) fn others_live(&self, task: TaskId) -> bool {
        (0_u32..)
            .map(TaskId)
            .zip(&self.programs)
            .any(|(id, program)| id != task && program.alive)
    }
}
