//! Listeners: the serving ends. A listener is the serving end of all its
//! channels: the static ones of one server with one name share one, dynamic
//! ones the one that the server names when it accepts. Calls wait here for
//! receivers and receivers for calls: first come, first served on both sides,
//! and programs take turns.
use crate::core::slab::Slab;
use crate::core::{LaneId, Token};
use nk_image::TaskId;
use std::collections::{BTreeMap, VecDeque};

/// A listener: requests of all its channels come in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(u32);

/// A serving end with its two queues. While both are not empty, they are being
/// brought together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Listener {
    server: TaskId,
    /// The server's handle of it.
    handle: Option<u32>,
    /// Of static channels; more clients cannot come.
    fixed: bool,
    /// Its channels that can still be called by.
    open: u32,
    /// Calls without a receiver.
    calls: CallQueue,
    /// Receivers without a call, the one that waits longest first.
    receivers: VecDeque<Receiver>,
}

/// A lane that waits for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::core) struct Receiver {
    pub(in crate::core) lane: LaneId,
    /// The receiver's room in bytes.
    pub(in crate::core) room: u64,
}

/// Calls that wait for a receiver: programs take turns, and the calls of one
/// program keep their order. So between two services of one program every other
/// that waits is served once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct CallQueue {
    /// Programs with calls, each once, the next one first.
    turns: VecDeque<TaskId>,
    /// The calls of each, oldest first.
    calls: BTreeMap<TaskId, VecDeque<Token>>,
}

impl CallQueue {
    /// Queues a call behind those of the same program; a program that had none
    /// gets its turn behind the others.
    fn push(&mut self, client: TaskId, token: Token) {
        let calls = self.calls.entry(client).or_default();
        if calls.is_empty() {
            self.turns.push_back(client);
        }
        calls.push_back(token);
    }

    /// Takes the first call out; its program goes to the end of the queue with
    /// what it has left.
    fn pop(&mut self) -> Option<Token> {
        let client = self.turns.pop_front()?;
        let calls = self.calls.get_mut(&client)?;
        let token = calls.pop_front();
        if !calls.is_empty() {
            self.turns.push_back(client);
        }
        token
    }

    /// Takes out a call that nobody waits for any longer; a program without
    /// calls has no turn.
    fn remove(&mut self, client: TaskId, token: Token) {
        let Some(calls) = self.calls.get_mut(&client) else {
            return;
        };
        calls.retain(|t| *t != token);
        if calls.is_empty() {
            self.turns.retain(|t| *t != client);
        }
    }

    /// A program is gone, and its calls were removed before.
    fn forget(&mut self, client: TaskId) {
        if self.calls.get(&client).is_some_and(VecDeque::is_empty) {
            self.calls.remove(&client);
        }
    }

    /// Whether no program waits for its turn.
    fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

/// All listeners.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::core) struct Listeners(Slab<Listener>);

impl Listeners {
    /// No listeners yet.
    pub(in crate::core) const fn new() -> Self {
        Self(Slab::new())
    }

    /// A listener of a server; `None` when there are 2³². `fixed`: of static
    /// channels.
    pub(in crate::core) fn add(&mut self, server: TaskId, fixed: bool) -> Option<ListenerId> {
        let listener = Listener {
            server,
            handle: None,
            fixed,
            open: 0,
            calls: CallQueue::default(),
            receivers: VecDeque::new(),
        };
        self.0.add(listener).map(ListenerId)
    }

    /// Removes a listener; answers the receivers that waited there.
    pub(in crate::core) fn remove(&mut self, id: ListenerId) -> VecDeque<Receiver> {
        let removed = self.0.remove(id.0);
        removed
            .map(|listener| listener.receivers)
            .unwrap_or_default()
    }

    /// All there are.
    pub(in crate::core) fn all(&self) -> Vec<ListenerId> {
        self.0
            .iter()
            .map(|(number, _)| ListenerId(number))
            .collect()
    }

    /// The program that serves it.
    pub(in crate::core) fn server(&self, id: ListenerId) -> Option<TaskId> {
        self.0.get(id.0).map(|listener| listener.server)
    }

    /// The server's handle of it.
    pub(in crate::core) fn handle(&self, id: ListenerId) -> Option<u32> {
        self.0.get(id.0)?.handle
    }

    /// The server's handle of it, which every request that comes in here names.
    pub(in crate::core) fn set_handle(&mut self, id: ListenerId, handle: u32) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.handle = Some(handle);
        }
    }

    /// Whether it is one of static channels; one that does not exist is.
    pub(in crate::core) fn is_fixed(&self, id: ListenerId) -> bool {
        self.0.get(id.0).is_none_or(|listener| listener.fixed)
    }

    /// Whether it has a channel that can be called by.
    pub(in crate::core) fn is_open(&self, id: ListenerId) -> bool {
        self.0.get(id.0).is_some_and(|listener| listener.open > 0)
    }

    /// One more of its channels can be called by.
    pub(in crate::core) fn channel_opened(&mut self, id: ListenerId) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.open = listener.open.saturating_add(1);
        }
    }

    /// One of its channels was deleted.
    pub(in crate::core) fn channel_closed(&mut self, id: ListenerId) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.open = listener.open.saturating_sub(1);
        }
    }

    /// Queues a call.
    pub(in crate::core) fn queue(&mut self, id: ListenerId, client: TaskId, token: Token) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.calls.push(client, token);
        }
    }

    /// Takes a call out of the queue.
    pub(in crate::core) fn withdraw(&mut self, id: ListenerId, client: TaskId, token: Token) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.calls.remove(client, token);
        }
    }

    /// Whether no call is queued; one that does not exist has none.
    pub(in crate::core) fn has_no_calls(&self, id: ListenerId) -> bool {
        self.0.get(id.0).is_none_or(|l| l.calls.is_empty())
    }

    /// A lane begins to wait behind the others.
    pub(in crate::core) fn receive(&mut self, id: ListenerId, receiver: Receiver) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.receivers.push_back(receiver);
        }
    }

    /// A receiver that [`Listeners::pair`] took waits on, before the others.
    pub(in crate::core) fn put_back(&mut self, id: ListenerId, receiver: Receiver) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.receivers.push_front(receiver);
        }
    }

    /// A lane waits no longer.
    pub(in crate::core) fn forget_receiver(&mut self, id: ListenerId, lane: LaneId) {
        if let Some(listener) = self.0.get_mut(id.0) {
            listener.receivers.retain(|receiver| receiver.lane != lane);
        }
    }

    /// Takes out all receivers.
    pub(in crate::core) fn take_receivers(&mut self, id: ListenerId) -> VecDeque<Receiver> {
        let listener = self.0.get_mut(id.0);
        listener
            .map(|l| std::mem::take(&mut l.receivers))
            .unwrap_or_default()
    }

    /// Takes out the next call and the receiver that waits longest, if there
    /// are both.
    pub(in crate::core) fn pair(&mut self, id: ListenerId) -> Option<(Token, Receiver)> {
        let listener = self.0.get_mut(id.0)?;
        if listener.calls.is_empty() {
            return None;
        }
        let receiver = listener.receivers.pop_front()?;
        listener.calls.pop().map(|token| (token, receiver))
    }

    /// A program is gone, and its calls were removed before.
    pub(in crate::core) fn forget_client(&mut self, client: TaskId) {
        for (_, listener) in self.0.iter_mut() {
            listener.calls.forget(client);
        }
    }
}
