//! Answers: each request is answered once, by its server, or not at all.
use super::{Action, Activity, Core, LaneId, Receive, Stage, Token, Transit};
use nk_image::TaskId;
use nk_runtime::Retcode;

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

impl<M, T: Copy> Core<M, T> {
    /// The client and tag of a request that this program may answer: asked before the policy is.
    ///
    /// # Errors
    /// `rcInvalidOperation` when the program holds no such request (never had it, or answered it), `rcNotConnected` when
    /// the client no longer waits; the token is spent then.
    pub fn answering(&mut self, task: TaskId, token: Token) -> Result<(TaskId, T), Retcode> {
        let call = self.calls.get(&token).ok_or(Retcode::INVALID_OPERATION)?;
        if self.listeners.get(call.listener.0).map(|l| l.server) != Some(task) {
            return Err(Retcode::INVALID_OPERATION);
        }
        match call.stage {
            Stage::Queued(..) => Err(Retcode::INVALID_OPERATION),
            Stage::Delivered => Ok((call.client.task, call.tag)),
            Stage::Abandoned => {
                self.remove(token);
                Err(Retcode::NOT_CONNECTED)
            }
        }
    }

    /// A lane answers a request, after [`Core::answering`] and the policy said that it may. `carried` are the handles in the
    /// response.
    pub fn reply(&mut self, lane: LaneId, replying: Replying, message: M, carried: Vec<Transit>) {
        // a wait that cannot be is refused before anything is delivered
        let next = replying
            .then
            .map(|receive| self.served(lane.task, receive.handle).map(|l| (l, receive)))
            .transpose();
        match next.and_then(|next| self.answering(lane.task, replying.token).map(|_| next)) {
            Err(code) => {
                self.lose(carried);
                self.finish(lane, code);
            }
            Ok(next) => {
                self.deliver(replying, message, carried);
                match next {
                    Some((listener, receive)) => self.wait(lane, listener, receive, true),
                    None => self.finish(lane, Retcode::OK),
                }
            }
        }
    }

    /// Hands a response to its client. One that is larger than the client's room, or brings more handles than the client may
    /// have, is the client's own loss.
    fn deliver(&mut self, replying: Replying, message: M, carried: Vec<Transit>) {
        let Some(call) = self.remove(replying.token) else {
            return self.lose(carried);
        };
        if replying.size > call.room {
            self.lose(carried);
            return self.finish(call.client, Retcode::BUFFER_TOO_SMALL);
        }
        match self.give(call.client.task, carried) {
            Ok(handles) => {
                self.set(call.client, Activity::Idle);
                self.actions.push_back(Action::Response {
                    to: call.client,
                    message,
                    handles,
                });
            }
            Err(code) => self.finish(call.client, code),
        }
    }

    /// The security module refused a response: both sides are told, and the call is over.
    pub fn refuse(&mut self, lane: LaneId, token: Token) {
        self.end_call(
            lane,
            token,
            Retcode::SECURITY_DISALLOW,
            Retcode::SECURITY_DISALLOW,
        );
    }

    /// The server gives a request up: the call ends with `rcFail`, nothing is delivered.
    pub fn abort(&mut self, lane: LaneId, token: Token) {
        self.end_call(lane, token, Retcode::FAIL, Retcode::OK);
    }

    /// A response cannot be taken in, for the server's quota, the largest message or the kernel's memory: the server hears
    /// which, and its client has been answered as little as by [`Core::abort`].
    pub fn too_much(&mut self, lane: LaneId, token: Token, code: Retcode) {
        self.end_call(lane, token, Retcode::FAIL, code);
    }

    fn end_call(&mut self, lane: LaneId, token: Token, client: Retcode, server: Retcode) {
        if let Err(code) = self.answering(lane.task, token) {
            return self.finish(lane, code);
        }
        if let Some(call) = self.remove(token) {
            self.finish(call.client, client);
        }
        self.finish(lane, server);
    }

    /// An operation ends with this code without having changed anything.
    pub fn answer(&mut self, lane: LaneId, code: Retcode) {
        self.finish(lane, code);
    }
}
