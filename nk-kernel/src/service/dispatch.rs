//! What each kind of frame of a program does: through the security module into the state machine.
use super::Kernel;
use super::locate::locate;
use super::own;
use crate::core::{Calling, Kind as Object, LaneId, Patience, Receive, Replying, Time, Token};
use crate::lane::{Buffer, Payload};
use nk_image::TaskId;
use nk_runtime::Retcode;
use nk_runtime::frame::{self, FOREVER, Header, KERNEL_HANDLE, Kind};
use nk_security::{Bytes, Denied, Granted, Record, Route, Sid, Subject};

/// SIDs are given in the order of starts, and never again: the kernel, `Einit`, then the tasks and other resources.
pub(super) const KERNEL_SID: Sid = Sid(1);
pub(super) const EINIT_SID: Sid = Sid(2);

impl Kernel {
    pub(super) fn dispatch(&mut self, lane: LaneId, header: Header, message: Buffer) {
        let empty = message.size() == 0;
        match header.kind {
            Kind::Hello if empty => self.hello(lane),
            Kind::Call => self.call(lane, &header, message),
            Kind::Receive if empty => self.receive(lane, &header),
            Kind::Reply => self.reply(lane, &header, message, None),
            Kind::ReplyReceive => {
                let (handle, room) = (header.handle, u64::from(header.timeout));
                self.reply(
                    lane,
                    &header,
                    message,
                    Some(Receive {
                        handle,
                        room,
                        patience: Patience::ENDLESS,
                    }),
                );
            }
            Kind::Abort if empty => self.abort(lane, &header),
            Kind::Locate => self.locate(lane, &header, &message),
            _ => self.answer(lane, Retcode::INVALID_ARGUMENT),
        }
    }

    /// A message that was too much for its sender's quota or for the kernel. A response is none then: its client is not kept
    /// waiting for another.
    pub(super) fn refused(&mut self, lane: LaneId, header: Option<Header>, code: Retcode) {
        let response =
            header.filter(|header| matches!(header.kind, Kind::Reply | Kind::ReplyReceive));
        let token = response.map(|header| Token(header.token));
        match token.map(|token| (token, self.core.answering(lane.task, token))) {
            Some((token, Ok((_, route)))) => {
                self.audit(lane.task, &route.aborted(code));
                self.cost(lane);
                self.core.too_much(lane, token, code);
            }
            Some((_, Err(Retcode::NOT_CONNECTED))) => self.answer(lane, Retcode::NOT_CONNECTED),
            Some((_, Err(_))) | None => self.answer(lane, code),
        }
    }

    fn hello(&mut self, lane: LaneId) {
        self.cost(lane);
        let token = u64::from(self.max_message);
        self.result(
            lane,
            Header {
                handle: self.lanes,
                token,
                ..Header::new(Kind::Result)
            },
            Payload::None,
        );
    }

    fn locate(&mut self, lane: LaneId, header: &Header, message: &Buffer) {
        // found or not, nobody needs many
        self.cost(lane);
        let (result, text) = locate(
            &self.solution,
            &self.core,
            lane.task,
            header,
            message.parts().0,
        );
        if let Some(text) = &text {
            let task = self.task_name(lane.task).to_owned();
            let now = self.now();
            self.report.mention_of(lane.task, now, || {
                format!("lookup of task `{task}`: {text}")
            });
        }
        self.result(lane, result, text.map_or(Payload::None, Payload::Text));
    }

    pub(super) fn deadline(&self, timeout: u32) -> Option<Time> {
        (timeout != FOREVER).then(|| self.now().saturating_add(u64::from(timeout)))
    }

    /// How long an operation waits, as its frame says.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle that is no sync object.
    pub(super) fn patience_of(&self, task: TaskId, header: &Header) -> Result<Patience, Retcode> {
        let (_, sync) = frame::split_wait(header.token);
        let sync = self.core.find_sync(task, sync)?;
        let patience = Patience {
            deadline: self.deadline(header.timeout),
            sync,
        };
        self.core.not_interrupted(patience).map(|()| patience)
    }

    /// A task as a party of events.
    pub(super) fn subject(&self, task: TaskId) -> Option<Subject> {
        let class = self.solution.plan.tasks.get(task.index())?.class;
        Some(Subject {
            class,
            sid: self.core.sid(task)?,
        })
    }

    fn receive(&mut self, lane: LaneId, header: &Header) {
        match self.patience_of(lane.task, header) {
            Ok(patience) => {
                let (room, _) = frame::split_wait(header.token);
                self.core.receive(
                    lane,
                    Receive {
                        handle: header.handle,
                        room: room.into(),
                        patience,
                    },
                );
            }
            Err(code) => self.answer(lane, code),
        }
    }

    fn call(&mut self, lane: LaneId, header: &Header, message: Buffer) {
        let called = match self.patience_of(lane.task, header) {
            Err(code) => Err(code),
            Ok(patience) if header.handle == KERNEL_HANDLE => {
                self.kernel_call(lane, header, patience, message)
            }
            Ok(patience) => match self.core.handles().find(lane.task, header.handle) {
                Ok(found) if found.kind == Object::Security => {
                    self.security_call(lane, header, message)
                }
                _ => self.call_program(lane, header, patience, message),
            },
        };
        if let Err(code) = called {
            self.answer(lane, code);
        }
    }

    /// A call of another program.
    fn call_program(
        &mut self,
        lane: LaneId,
        header: &Header,
        patience: Patience,
        mut message: Buffer,
    ) -> Result<(), Retcode> {
        let way = self.core.way(lane.task, header.handle)?;
        let named = nk_runtime::message::Header::read(message.parts().0).map(|header| header.iid);
        if way.endpoint.is_some() && way.endpoint != named {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        let parties = self.subject(lane.task).zip(self.subject(way.server));
        let (src, dst) = parties.ok_or(Retcode::INTERNAL_ERROR)?;
        self.resolve(lane.task, &mut message);
        if way.endpoint.is_some() {
            message.call_of(self.core.handles().sid(lane.task, header.handle)?);
        }
        let granted = self
            .grant_request(src, dst, message)
            .map_err(|denied| self.refuse(lane.task, &denied.record))?;
        self.audit_granted(lane.task, granted.record());
        let carried = self.carry(lane.task, granted.message())?;
        let (tag, size) = (granted.route(), granted.message().size());
        let (room, _) = frame::split_wait(header.token);
        let calling = Calling {
            handle: header.handle,
            patience,
            room: room.into(),
            size,
            tag,
        };
        self.core.call(lane, calling, granted, carried);
        Ok(())
    }

    /// A question of a program to the security module. The answer is the decision; the program has to honour it itself.
    fn security_call(
        &mut self,
        lane: LaneId,
        header: &Header,
        mut message: Buffer,
    ) -> Result<(), Retcode> {
        let src = self.subject(lane.task).ok_or(Retcode::INTERNAL_ERROR)?;
        self.resolve_for_kernel(lane.task, &mut message)?;
        let policy = &self.solution.policy;
        let decided = policy
            .security(src, message)
            .and_then(|checked| policy.decide(&mut self.state, checked));
        let granted = decided.map_err(|denied| self.refuse(lane.task, &denied.record))?;
        self.audit_granted(lane.task, granted.record());
        let (room, _) = frame::split_wait(header.token);
        let route = granted.route();
        let response = own::nothing(route.riid(), route.mid()).ok_or(Retcode::INTERNAL_ERROR)?;
        if response.size() > room.into() {
            return Err(Retcode::BUFFER_TOO_SMALL);
        }
        self.result(
            lane,
            Header::new(Kind::Response),
            Payload::Message(response),
        );
        Ok(())
    }

    /// Structure and rules of a request.
    pub(super) fn grant_request(
        &mut self,
        src: Subject,
        dst: Subject,
        message: Buffer,
    ) -> Result<Granted<Buffer>, Denied<Buffer>> {
        let policy = &self.solution.policy;
        policy.decide(&mut self.state, policy.request(src, dst, message)?)
    }

    /// Structure and rules of a response.
    pub(super) fn grant_response(
        &mut self,
        request: Route,
        message: Buffer,
    ) -> Result<Granted<Buffer>, Denied<Buffer>> {
        let policy = &self.solution.policy;
        policy.decide(&mut self.state, policy.response(request, message)?)
    }

    /// A refused message: its sender learns only that.
    pub(super) fn refuse(&mut self, task: TaskId, record: &Record) -> Retcode {
        self.audit(task, record);
        Retcode::SECURITY_DISALLOW
    }

    pub(super) fn audit(&mut self, task: TaskId, record: &Record) {
        let now = self.now();
        self.report.record(&self.solution.policy, task, record, now);
    }

    /// What the audit profiles want to know about a granted event.
    pub(super) fn audit_granted(&mut self, task: TaskId, record: Option<&Record>) {
        if let Some(record) = record {
            self.audit(task, record);
        }
    }

    fn reply(&mut self, lane: LaneId, header: &Header, mut message: Buffer, then: Option<Receive>) {
        let token = Token(header.token);
        let waits = then.map_or(Ok(()), |receive| {
            self.core.served(lane.task, receive.handle).map(drop)
        });
        let answering = waits.and_then(|()| self.core.answering(lane.task, token));
        let (_, route) = match answering {
            Ok(request) => request,
            Err(code) => return self.answer(lane, code),
        };
        self.resolve(lane.task, &mut message);
        match self.grant_response(route, message) {
            Ok(granted) => {
                self.audit_granted(lane.task, granted.record());
                let size = granted.message().size();
                match self.carry(lane.task, granted.message()) {
                    Ok(carried) => {
                        self.core
                            .reply(lane, Replying { token, size, then }, granted, carried);
                    }
                    Err(code) => self.answer(lane, code),
                }
            }
            Err(denied) => {
                self.audit(lane.task, &denied.record);
                self.cost(lane);
                self.core.refuse(lane, token);
            }
        }
    }

    fn abort(&mut self, lane: LaneId, header: &Header) {
        let token = Token(header.token);
        match self.core.answering(lane.task, token) {
            Ok((_, route)) => {
                self.audit(lane.task, &route.aborted(header.code));
                self.core.abort(lane, token);
            }
            Err(code) => self.answer(lane, code),
        }
    }
}
