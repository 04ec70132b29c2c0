//! Calls and receives, and how they meet: first come, first served on both sides, and programs take turns.
use super::channel::{Waiting, Way};
use super::{
    Action, Activity, Call, Core, LaneId, ListenerId, MAX_CALLS, Patience, Stage, Token, Transit,
};
use nk_image::TaskId;
use nk_runtime::Retcode;

/// A call, but for its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calling<T> {
    /// The handle that is called by.
    pub handle: u32,
    /// How long the client waits.
    pub patience: Patience,
    /// The client's room for the response, in bytes.
    pub room: u64,
    /// Bytes of the request.
    pub size: u64,
    /// What comes back from [`Core::answering`].
    pub tag: T,
}

/// A wait for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// The handle of the serving end.
    pub handle: u32,
    /// The receiver's room in bytes.
    pub room: u64,
    /// How long it waits.
    pub patience: Patience,
}

impl<M, T: Copy> Core<M, T> {
    /// A lane calls. `carried` are the handles in the message.
    pub fn call(&mut self, client: LaneId, calling: Calling<T>, message: M, carried: Vec<Transit>) {
        if self.is_busy(client) {
            return self.lose(carried);
        }
        match self.admit(client, &calling) {
            Ok(way) => {
                let token = self.new_token();
                let Calling {
                    tag,
                    size,
                    room,
                    patience,
                    ..
                } = calling;
                let Way {
                    listener,
                    channel,
                    context,
                    ..
                } = way;
                let stage = Stage::Queued(message, carried);
                self.calls.insert(
                    token,
                    Call {
                        client,
                        listener,
                        channel,
                        context,
                        tag,
                        size,
                        room,
                        stage,
                    },
                );
                self.set(client, Activity::Calling { token, patience });
                if let Some(l) = self.listeners.get_mut(listener.0) {
                    l.line.push(client.task, token);
                }
                self.meet(listener);
            }
            Err(code) => {
                self.lose(carried);
                self.finish(client, code);
            }
        }
    }

    /// Checks that a call can be queued, and charges it.
    fn admit(&mut self, client: LaneId, calling: &Calling<T>) -> Result<Way, Retcode> {
        let way = self.way(client.task, calling.handle)?;
        self.not_interrupted(calling.patience)?;
        let program = self
            .programs
            .get_mut(client.task.index())
            .ok_or(Retcode::INTERNAL_ERROR)?;
        if program.calls >= MAX_CALLS {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        program.calls = program.calls.saturating_add(1);
        Ok(way)
    }

    fn new_token(&mut self) -> Token {
        // 2^64 calls do not happen in the life of a kernel
        self.last_token = self.last_token.saturating_add(1);
        Token(self.last_token)
    }

    /// A lane waits for a request.
    pub fn receive(&mut self, lane: LaneId, receive: Receive) {
        if self.is_busy(lane) {
            return;
        }
        let listener = self.served(lane.task, receive.handle);
        match listener
            .and_then(|listener| self.not_interrupted(receive.patience).map(|()| listener))
        {
            Ok(listener) => self.wait(lane, listener, receive, false),
            Err(code) => self.finish(lane, code),
        }
    }

    /// `replied`: the wait follows a response that was delivered.
    pub(super) fn wait(
        &mut self,
        lane: LaneId,
        listener: ListenerId,
        receive: Receive,
        replied: bool,
    ) {
        self.set(
            lane,
            Activity::Receiving {
                listener,
                replied,
                patience: receive.patience,
            },
        );
        if let Some(l) = self.listeners.get_mut(listener.0) {
            l.waiting.push_back(Waiting {
                lane,
                room: receive.room,
            });
        }
        self.meet(listener);
        self.release_if_deserted(listener);
    }

    /// Brings the next call and the longest waiting receiver together, as often as there are both. Where the receiver has no
    /// room for the request, both are told so.
    pub(super) fn meet(&mut self, listener: ListenerId) {
        loop {
            let Some(l) = self.listeners.get_mut(listener.0) else {
                return;
            };
            // a receiver leaves the line only for a call
            let Some(token) = l.line.first() else { return };
            let Some(receiver) = l.waiting.pop_front() else {
                return;
            };
            match self.calls.get(&token).map(|call| call.size) {
                None => {
                    l.line.pop();
                    l.waiting.push_front(receiver);
                }
                Some(size) if size > receiver.room => {
                    l.line.pop();
                    if let Some(call) = self.remove(token) {
                        self.finish(call.client, Retcode::BUFFER_TOO_SMALL);
                    }
                    self.finish(receiver.lane, Retcode::BUFFER_TOO_SMALL);
                }
                Some(_) => {
                    l.line.pop();
                    if !self.hand_over(listener, token, receiver.lane)
                        && let Some(l) = self.listeners.get_mut(listener.0)
                    {
                        l.waiting.push_front(receiver);
                    }
                }
            }
        }
    }

    /// Hands a queued request to a receiver, with the handles in it; a receiver that cannot have these is left waiting, and
    /// the call ends.
    fn hand_over(&mut self, listener: ListenerId, token: Token, to: LaneId) -> bool {
        let Some(call) = self.calls.get_mut(&token) else {
            return false;
        };
        let (client, context) = (call.client, call.context);
        let Stage::Queued(message, carried) = std::mem::replace(&mut call.stage, Stage::Delivered)
        else {
            return false;
        };
        let handle = self.listeners.get(listener.0).map_or(0, |l| l.handle);
        match self.give(to.task, carried) {
            Ok(handles) => {
                self.set(to, Activity::Idle);
                let client = client.task;
                self.actions.push_back(Action::Request {
                    to,
                    token,
                    handle,
                    client,
                    context,
                    message,
                    handles,
                });
                true
            }
            Err(code) => {
                self.remove(token);
                self.finish(client, code);
                false
            }
        }
    }

    /// Gives a program the handles of a message, all of them or none.
    pub(super) fn give(
        &mut self,
        to: TaskId,
        carried: Vec<Transit>,
    ) -> Result<Vec<super::Given>, Retcode> {
        if carried.is_empty() {
            return Ok(Vec::new());
        }
        let given = self.handles.give(to, carried);
        self.settle();
        given
    }

    /// A message with handles goes nowhere.
    pub fn lose(&mut self, carried: Vec<Transit>) {
        if !carried.is_empty() {
            self.handles.lose(carried);
            self.settle();
        }
    }

    /// When nobody is left that could call, and nothing is queued, receivers are not kept waiting.
    pub(super) fn release_if_deserted(&mut self, listener: ListenerId) {
        let deserted = self.is_deserted(listener);
        let Some(l) = self.listeners.get_mut(listener.0) else {
            return;
        };
        if !deserted || !l.line.is_empty() {
            return;
        }
        for receiver in std::mem::take(&mut l.waiting) {
            self.finish(receiver.lane, Retcode::NOT_CONNECTED);
        }
    }
}
