//! Calls and receives, and how they meet: first come, first served on both sides.
use super::{Action, Activity, Call, Core, LaneId, ListenerId, MAX_CALLS, Stage, Time, Token, Waiting};
use nk_image::TaskId;
use nk_runtime::Retcode;

/// A wait for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// The listener's handle.
    pub handle: u32,
    /// The receiver's room in bytes.
    pub room: u64,
    /// When to give up.
    pub deadline: Option<Time>,
}

impl<M, T: Copy> Core<M, T> {
    /// The server that a call by this handle would reach: asked before the policy is.
    ///
    /// # Errors
    /// `rcInvalidArgument` for an unknown handle, `rcInvalidOperation` for a serving end, `rcNotConnected` when the server
    /// has ended.
    pub fn peer(&self, task: TaskId, handle: u32) -> Result<TaskId, Retcode> {
        let listener = self.ends.called(task, handle)?;
        let (server, _) = self.ends.server(listener).ok_or(Retcode::INTERNAL_ERROR)?;
        if self.is_alive(server) { Ok(server) } else { Err(Retcode::NOT_CONNECTED) }
    }

    /// A lane calls. `size` is the request's, `room` the lane's for the response, both in bytes.
    #[allow(
        clippy::too_many_arguments,
        reason = "a call is exactly these things, and they are never passed on together"
    )]
    pub fn call(
        &mut self,
        client: LaneId,
        handle: u32,
        deadline: Option<Time>,
        room: u64,
        size: u64,
        tag: T,
        message: M,
    ) {
        if self.is_busy(client) {
            return;
        }
        match self.admit(client, handle) {
            Ok(listener) => {
                let token = self.new_token();
                let stage = Stage::Queued(message);
                self.calls.insert(token, Call { client, listener, tag, size, room, stage });
                self.set(client, Activity::Calling { token, deadline });
                if let Some(l) = self.listeners.get_mut(listener.index()) {
                    l.queue.push_back(token);
                }
                self.meet(listener);
            }
            Err(code) => self.finish(client, code),
        }
    }

    /// Checks that a call can be queued, and charges it.
    fn admit(&mut self, client: LaneId, handle: u32) -> Result<ListenerId, Retcode> {
        self.peer(client.task, handle)?;
        let listener = self.ends.called(client.task, handle)?;
        let program = self.programs.get_mut(client.task.index()).ok_or(Retcode::INTERNAL_ERROR)?;
        if program.calls >= MAX_CALLS {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        program.calls = program.calls.saturating_add(1);
        Ok(listener)
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
        match self.ends.served(lane.task, receive.handle) {
            Ok(listener) => self.wait(lane, listener, receive, false),
            Err(code) => self.finish(lane, code),
        }
    }

    /// `replied`: the wait follows a response that was delivered.
    pub(super) fn wait(&mut self, lane: LaneId, listener: ListenerId, receive: Receive, replied: bool) {
        self.set(lane, Activity::Receiving { listener, replied, deadline: receive.deadline });
        if let Some(l) = self.listeners.get_mut(listener.index()) {
            l.waiting.push_back(Waiting { lane, room: receive.room });
        }
        self.meet(listener);
        self.release_if_deserted(listener);
    }

    /// Brings the oldest call and the longest waiting receiver together, as often as there are both. A receiver without
    /// room is told so, and the request stays for one that has it.
    fn meet(&mut self, listener: ListenerId) {
        loop {
            let Some(l) = self.listeners.get_mut(listener.index()) else { return };
            // a receiver leaves the line only for a call
            let Some(token) = l.queue.front().copied() else { return };
            let Some(receiver) = l.waiting.pop_front() else { return };
            let Some(call) = self.calls.get_mut(&token) else {
                l.queue.pop_front();
                l.waiting.push_front(receiver);
                continue;
            };
            if call.size > receiver.room {
                self.finish(receiver.lane, Retcode::BUFFER_TOO_SMALL);
                continue;
            }
            l.queue.pop_front();
            let client = call.client.task;
            if let Stage::Queued(message) = std::mem::replace(&mut call.stage, Stage::Delivered) {
                let handle = self.ends.server(listener).map_or(0, |(_, handle)| handle);
                self.set(receiver.lane, Activity::Idle);
                self.actions.push_back(Action::Request { to: receiver.lane, token, handle, client, message });
            }
        }
    }

    /// When no client is left that could call, and nothing is queued, receivers are not kept waiting.
    pub(super) fn release_if_deserted(&mut self, listener: ListenerId) {
        let deserted = !self.ends.clients(listener).iter().any(|client| self.is_alive(*client));
        let Some(l) = self.listeners.get_mut(listener.index()) else { return };
        if !deserted || !l.queue.is_empty() {
            return;
        }
        for receiver in std::mem::take(&mut l.waiting) {
            self.finish(receiver.lane, Retcode::NOT_CONNECTED);
        }
    }
}
