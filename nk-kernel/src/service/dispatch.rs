//! What each kind of frame of a program does: through the security module into the state machine.
use super::Kernel;
use super::locate::locate;
use crate::core::{LaneId, Receive, Time, Token};
use crate::lane::{Buffer, Payload};
use nk_image::TaskId;
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, Header, KERNEL_HANDLE, Kind};
use nk_security::{Bytes, Denied, Granted, Record, Route, Sid, Subject};

/// SIDs are given in the order of starts, and never again: the kernel, `Einit`, then the tasks.
pub(super) const KERNEL_SID: Sid = Sid(1);
pub(super) const EINIT_SID: Sid = Sid(2);
const FIRST_TASK: u64 = 3;

impl Kernel {
    pub(super) fn dispatch(&mut self, lane: LaneId, header: Header, message: Buffer) {
        let empty = message.size() == 0;
        match header.kind {
            Kind::Hello if empty => self.hello(lane),
            Kind::Call if header.handle == KERNEL_HANDLE => self.kernel_call(lane, &header, message),
            Kind::Call => self.call(lane, &header, message),
            Kind::Receive if empty => {
                let deadline = self.deadline(header.timeout);
                self.core.receive(lane, Receive { handle: header.handle, room: header.token, deadline });
            }
            Kind::Reply => self.reply(lane, &header, message, None),
            Kind::ReplyReceive => {
                let room = u64::from(header.timeout);
                self.reply(lane, &header, message, Some(Receive { handle: header.handle, room, deadline: None }));
            }
            Kind::Abort if empty => self.abort(lane, &header),
            Kind::Locate => self.locate(lane, &header, &message),
            _ => self.answer(lane, Retcode::INVALID_ARGUMENT),
        }
    }

    fn hello(&mut self, lane: LaneId) {
        let token = u64::from(self.max_message);
        self.result(lane, Header { handle: self.lanes, token, ..Header::new(Kind::Result) }, Payload::None);
    }

    fn locate(&mut self, lane: LaneId, header: &Header, message: &Buffer) {
        let (result, text) = locate(&self.solution, self.core.ends(), lane.task, header, message.parts().0);
        if let Some(text) = &text {
            let task = self.task_name(lane.task).to_owned();
            let now = self.now();
            self.report.mention_of(lane.task, now, || format!("lookup of task `{task}`: {text}"));
        }
        self.result(lane, result, text.map_or(Payload::None, Payload::Text));
    }

    pub(super) fn deadline(&self, timeout: u32) -> Option<Time> {
        (timeout != FOREVER).then(|| self.now().saturating_add(u64::from(timeout)))
    }

    /// A task as a party of events.
    pub(super) fn subject(&self, task: TaskId) -> Option<Subject> {
        let class = self.solution.plan.tasks.get(task.index())?.class;
        Some(Subject { class, sid: Sid(u64::from(task.0).saturating_add(FIRST_TASK)) })
    }

    fn call(&mut self, lane: LaneId, header: &Header, message: Buffer) {
        let server = match self.core.peer(lane.task, header.handle) {
            Ok(server) => server,
            Err(code) => return self.answer(lane, code),
        };
        let Some((src, dst)) = self.subject(lane.task).zip(self.subject(server)) else {
            return self.answer(lane, Retcode::INTERNAL_ERROR);
        };
        match self.grant_request(src, dst, message) {
            Ok(granted) => {
                self.audit_granted(lane.task, granted.record());
                let (route, size) = (granted.route(), granted.message().size());
                let deadline = self.deadline(header.timeout);
                self.core.call(lane, header.handle, deadline, header.token, size, route, granted);
            }
            Err(denied) => self.refuse(lane, &denied.record),
        }
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
    fn refuse(&mut self, lane: LaneId, record: &Record) {
        self.audit(lane.task, record);
        self.answer(lane, Retcode::SECURITY_DISALLOW);
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

    fn reply(&mut self, lane: LaneId, header: &Header, message: Buffer, then: Option<Receive>) {
        let token = Token(header.token);
        let waits = then.map_or(Ok(()), |receive| self.core.ends().served(lane.task, receive.handle).map(drop));
        let answering = waits.and_then(|()| self.core.answering(lane.task, token));
        let (_, route) = match answering {
            Ok(request) => request,
            Err(code) => return self.answer(lane, code),
        };
        match self.grant_response(route, message) {
            Ok(granted) => {
                self.audit_granted(lane.task, granted.record());
                let size = granted.message().size();
                self.core.reply(lane, token, size, granted, then);
            }
            Err(denied) => {
                self.audit(lane.task, &denied.record);
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
