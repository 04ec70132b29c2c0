//! Requests to the kernel itself, by the channel that every program has: decided on like any other, answered by
//! [`super::endpoints`], and done here.
use super::dispatch::KERNEL_SID;
use super::endpoints::{Answer, Effect};
use super::{Kernel, Program};
use crate::core::LaneId;
use crate::lane::{Buffer, Payload};
use crate::report::{Lines, Stream};
use crate::start::Ended;
use nk_image::TaskId;
use nk_runtime::frame::{Header, Kind};
use nk_runtime::{Mid, Retcode, Riid};
use nk_security::{Bytes, Denied, KERNEL_CLASS, Reason, Record, Route, Subject};

/// A response on its way: it is decided on when it is sent, not before.
#[derive(Debug)]
pub(super) struct Pending {
    request: Route,
    response: Buffer,
    /// The caller's room for it, in bytes.
    room: u64,
}

/// What a lane whose thread sleeps will be told.
pub(super) type Asleep = Result<Pending, Retcode>;

impl Kernel {
    pub(super) fn kernel_call(&mut self, lane: LaneId, header: &Header, message: Buffer) {
        let (request, Answer { response, effect }) = match self.ask_kernel(lane.task, message) {
            Ok(answered) => answered,
            Err(code) => return self.answer(lane, code),
        };
        let pending = Pending { request, response, room: header.token };
        match effect {
            Effect::Nothing => self.answer_own(lane, pending),
            Effect::Show(text) => {
                let (mut lines, report) = (Lines::default(), &mut self.report);
                let mut show = |line: &[u8]| report.line(lane.task, Stream::Errors, line);
                lines.push(text.as_bytes(), &mut show);
                lines.finish(show);
                self.answer_own(lane, pending);
            }
            Effect::Sleep(milliseconds) => self.hold(lane, header.timeout, milliseconds, pending),
            Effect::Exit(code) => self.exit(lane.task, code),
        }
    }

    /// Decides on a request to the kernel, and answers it.
    fn ask_kernel(&mut self, caller: TaskId, message: Buffer) -> Result<(Route, Answer), Retcode> {
        let src = self.subject(caller).ok_or(Retcode::INTERNAL_ERROR)?;
        let Some(kernel) = self.solution.policy.tables().class_named(KERNEL_CLASS) else {
            let header = nk_runtime::Header::read(message.parts().0);
            let (riid, mid) = header.map_or((Riid(0), Mid(0)), |h| (h.iid, h.mid));
            let reason = Reason::UnknownEndpoint;
            let (kind, src) = (nk_security::Kind::Request, src.class);
            self.audit(caller, &Record { kind, src, dst: None, riid, mid, reason, called: Box::default() });
            return Err(Retcode::SECURITY_DISALLOW);
        };
        let granted = self.grant_request(src, Subject { class: kernel, sid: KERNEL_SID }, message);
        let request = granted.map_err(|denied| self.denied_own(caller, &denied))?;
        self.audit_granted(caller, request.record());
        let task = self.solution.plan.tasks.get(caller.index()).ok_or(Retcode::INTERNAL_ERROR)?;
        Ok((request.route(), self.endpoints.call(task, &request)?))
    }

    fn denied_own(&mut self, caller: TaskId, denied: &Denied<Buffer>) -> Retcode {
        self.audit(caller, &denied.record);
        Retcode::SECURITY_DISALLOW
    }

    /// Sends a response of the kernel, if it is granted.
    fn answer_own(&mut self, lane: LaneId, Pending { request, response, room }: Pending) {
        match self.grant_response(request, response) {
            Ok(response) if response.message().size() > room => self.answer(lane, Retcode::BUFFER_TOO_SMALL),
            Ok(response) => {
                self.audit_granted(lane.task, response.record());
                let response = Payload::Message(response.into_message().handed_over());
                self.result(lane, Header::new(Kind::Response), response);
            }
            Err(denied) => {
                let code = self.denied_own(lane.task, &denied);
                self.answer(lane, code);
            }
        }
    }

    /// Keeps a response back; a call with less patience ends with `rcTimeout` first.
    fn hold(&mut self, lane: LaneId, timeout: u32, milliseconds: u32, pending: Pending) {
        // the millisecond that is running does not count
        let until = self.now().saturating_add(u64::from(milliseconds)).saturating_add(1);
        let (until, asleep) = match self.deadline(timeout) {
            Some(deadline) if deadline < until => (deadline, Err(Retcode::TIMEOUT)),
            _ => (until, Ok(pending)),
        };
        if let Some(wire) = self.wire(lane) {
            wire.asleep = Some(asleep);
            self.sleepers.insert((until, lane));
        }
    }

    /// Answers those whose time has come. A lane that was closed meanwhile is nobody's.
    pub(super) fn wake(&mut self) {
        let now = self.now();
        while let Some((_, lane)) = self.sleepers.first().copied().filter(|(until, _)| *until <= now) {
            self.sleepers.pop_first();
            match self.wire(lane).and_then(|wire| wire.asleep.take()) {
                None => {}
                Some(Ok(pending)) => self.answer_own(lane, pending),
                Some(Err(code)) => self.answer(lane, code),
            }
        }
    }

    /// A program ends itself: its process is ended at once, and its code is what is reported.
    fn exit(&mut self, task: TaskId, code: i32) {
        if let Some(program) = self.programs.get_mut(task.index())
            && let Some(running) = &program.running
        {
            program.exit.get_or_insert(code);
            running.kill();
        }
    }
}

impl Program {
    /// How the program ended, when the system says this: a process that the kernel ended on the program's own wish ended with
    /// the code that it gave.
    pub(super) fn ending(&self, seen: Ended) -> Ended {
        match (seen, self.exit) {
            (Ended::Signal(_), Some(code)) => Ended::Code(code),
            _ => seen,
        }
    }
}
