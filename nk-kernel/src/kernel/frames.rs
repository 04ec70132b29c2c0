//! What each kind of frame of a program does: through the gate to the policy
//! into the state machine.
//!
//! | frame | handle | token | timeout | payload |
//! |---|---|---|---|---|
//! | hello | – | – | – | none |
//! | call | calling end | room, sync object | milliseconds | request |
//! | receive | serving end | room, sync object | milliseconds | none |
//! | reply | – | of the request | – | response |
//! | reply and receive | serving end | of the request | room | response |
//! | abort | – | of the request | – | none; the code says why |
//! | locate | for a RIID, the calling end | – | – | names and a digest |
//!
//! Anything else, and a payload where none belongs, ends with
//! `rcInvalidArgument`. The frames are defined in `nk_runtime::frame`; no
//! length or number in one is trusted before it has been checked here or in the
//! lane.
use super::Kernel;
use super::handles::{carry, resolve, resolve_for_kernel};
use super::lookup::{Lookup, Solution};
use super::requests::{self, Requests};
use crate::core::{Calling, Kind as Object, LaneId, Receive, Replying, Token, Wait};
use crate::lane::{Buffer, Payload};
use nk_runtime::Retcode;
use nk_runtime::frame::{self, Header, KERNEL_HANDLE, Kind};
use nk_security::Bytes;

/// A frame that has come on a lane.
pub(super) struct Frames<'k> {
    /// Whoever carries it.
    pub(super) kernel: &'k mut Kernel,
    /// Where it has come: this says which program it is of.
    pub(super) lane: LaneId,
}

impl Frames<'_> {
    /// Does what a frame says.
    pub(super) fn dispatch(&mut self, header: Header, message: Buffer) {
        let empty = message.size() == 0;
        match header.kind {
            Kind::Hello if empty => self.hello(),
            Kind::Call => self.call(&header, message),
            Kind::Receive if empty => self.receive(&header),
            Kind::Reply => self.reply(&header, message, None),
            Kind::ReplyReceive => {
                let then = Receive {
                    handle: header.handle,
                    room: u64::from(header.timeout),
                    wait: Wait::FOREVER,
                };
                self.reply(&header, message, Some(then));
            }
            Kind::Abort if empty => self.abort(&header),
            Kind::Locate => self.look_up(&header, &message),
            _ => self.answer(Retcode::INVALID_ARGUMENT),
        }
    }

    /// Ends the operation with a code, and charges its cost if it is a refusal.
    fn answer(&mut self, code: Retcode) {
        self.kernel.answer(self.lane, code);
    }

    /// A message that was too much for its sender's quota or for the kernel. If
    /// it was a response, its client is not kept waiting for another.
    pub(super) fn refused(&mut self, header: Option<Header>, code: Retcode) {
        let is_response = |h: &Header| matches!(h.kind, Kind::Reply | Kind::ReplyReceive);
        let Some(header) = header.filter(is_response) else {
            return self.answer(code);
        };
        let (lane, token) = (self.lane, Token(header.token));
        match self.kernel.core.answering(lane.task, token) {
            Ok((_, route)) => {
                let Kernel { gate, report, .. } = &mut *self.kernel;
                gate.aborted(report, lane.task, route, code);
                self.kernel.cost(lane);
                self.kernel.core.discard_response(lane, token, code);
            }
            Err(Retcode::NOT_CONNECTED) => self.answer(Retcode::NOT_CONNECTED),
            Err(_) => self.answer(code),
        }
    }

    /// Answers with the number of lanes and the largest message in bytes. A
    /// program needs that once.
    fn hello(&mut self) {
        self.kernel.cost(self.lane);
        let result = Header {
            handle: self.kernel.lanes.each(),
            token: u64::from(self.kernel.lanes.max_message()),
            ..Header::new(Kind::Result)
        };
        self.kernel.send(self.lane, result, Payload::None);
    }

    /// Answers a lookup with a handle or a RIID, or with a code and a sentence
    /// for the programmer.
    fn look_up(&mut self, header: &Header, message: &Buffer) {
        // found or not, nobody needs many
        self.kernel.cost(self.lane);
        let task = self.lane.task;
        let Kernel {
            gate,
            core,
            processes,
            report,
            ..
        } = &mut *self.kernel;
        let solution = Solution {
            tables: gate.policy().tables(),
            core,
            processes,
        };
        let lookup = Lookup { solution, task };
        let (result, refusal) = lookup.answer(header, message.parts().0);
        if let Some(text) = &refusal {
            let name = processes.name(task);
            report.verbose_of(task, || format!("lookup of task `{name}`: {text}"));
        }
        let text = refusal.map_or(Payload::None, Payload::Text);
        self.kernel.send(self.lane, result, text);
    }

    /// How long an operation waits, as its frame says.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle that is not one of a sync object,
    /// `rcIpcInterrupt` when that is set.
    fn wait(&self, header: &Header) -> Result<Wait, Retcode> {
        let (_, sync) = frame::split_wait(header.token);
        let handles = self.kernel.core.handles();
        let sync = match sync {
            0 => None,
            sync => Some(handles.find(self.lane.task, sync)?.sync()?),
        };
        let wait = Wait {
            deadline: self.kernel.clock.deadline(header.timeout),
            sync,
        };
        self.kernel.core.routes().not_interrupted(wait)?;
        Ok(wait)
    }

    /// A lane waits for a request.
    fn receive(&mut self, header: &Header) {
        let (room, _) = frame::split_wait(header.token);
        match self.wait(header) {
            Ok(wait) => {
                let receive = Receive {
                    handle: header.handle,
                    room: room.into(),
                    wait,
                };
                self.kernel.core.receive(self.lane, receive);
            }
            Err(code) => self.answer(code),
        }
    }

    /// A call goes to the kernel, to the security module or to a program: the
    /// handle says where. A wait that may not begin is refused first.
    fn call(&mut self, header: &Header, message: Buffer) {
        let handles = self.kernel.core.handles();
        let found = handles.find(self.lane.task, header.handle);
        let security = found.is_ok_and(|found| found.kind == Object::Security);
        let called = match self.wait(header) {
            Err(code) => Err(code),
            Ok(wait) if header.handle == KERNEL_HANDLE => {
                let (room, _) = frame::split_wait(header.token);
                let (kernel, lane) = (&mut *self.kernel, self.lane);
                Requests { kernel, lane }.call(room.into(), wait, message)
            }
            Ok(_) if security => self.ask_security(header, message),
            Ok(wait) => self.call_program(header, wait, message),
        };
        if let Err(code) = called {
            self.answer(code);
        }
    }

    /// A call of another program.
    fn call_program(
        &mut self,
        header: &Header,
        wait: Wait,
        mut message: Buffer,
    ) -> Result<(), Retcode> {
        let task = self.lane.task;
        let Kernel {
            gate,
            core,
            processes,
            report,
            ..
        } = &mut *self.kernel;
        let target = core.routes().target(task, header.handle)?;
        let named = nk_runtime::message::Header::read(message.parts().0).map(|header| header.iid);
        if target.endpoint.is_some() && target.endpoint != named {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        resolve(core.handles(), task, &mut message);
        if target.endpoint.is_some() {
            message.set_callable(core.handles().sid(task, header.handle)?);
        }
        let src = processes.subject(core, task);
        let parties = src.zip(processes.subject(core, target.server));
        let parties = parties.ok_or(Retcode::INTERNAL_ERROR)?;
        let granted = gate.request(report, task, parties, message)?;
        let carried = carry(core, task, granted.message())?;
        let (room, _) = frame::split_wait(header.token);
        let calling = Calling {
            handle: header.handle,
            wait,
            room: room.into(),
            size: granted.message().size(),
            tag: granted.route(),
        };
        core.call(self.lane, calling, granted, carried);
        Ok(())
    }

    /// A question of a program to the security module. The answer is the
    /// decision; the program has to honour it itself.
    fn ask_security(&mut self, header: &Header, mut message: Buffer) -> Result<(), Retcode> {
        let task = self.lane.task;
        let Kernel {
            gate,
            core,
            processes,
            report,
            ..
        } = &mut *self.kernel;
        let src = processes.subject(core, task);
        let src = src.ok_or(Retcode::INTERNAL_ERROR)?;
        resolve_for_kernel(core.handles(), task, &mut message)?;
        let route = gate.question(report, task, src, message)?.route();
        let response = requests::empty_response(route).ok_or(Retcode::INTERNAL_ERROR)?;
        let (room, _) = frame::split_wait(header.token);
        if response.size() > room.into() {
            return Err(Retcode::BUFFER_TOO_SMALL);
        }
        let response = Payload::Message(response);
        let header = Header::new(Kind::Response);
        self.kernel.send(self.lane, header, response);
        Ok(())
    }

    /// A response. `then`: the wait for the next request, without a result
    /// between.
    fn reply(&mut self, header: &Header, mut message: Buffer, then: Option<Receive>) {
        let (lane, token) = (self.lane, Token(header.token));
        let route = match self.may_reply(token, then) {
            Ok(route) => route,
            Err(code) => return self.answer(code),
        };
        let Kernel {
            gate, core, report, ..
        } = &mut *self.kernel;
        resolve(core.handles(), lane.task, &mut message);
        let Ok(granted) = gate.response(report, lane.task, route, message) else {
            self.kernel.cost(lane);
            return self.kernel.core.refuse(lane, token);
        };
        match carry(core, lane.task, granted.message()) {
            Ok(carried) => {
                let size = granted.message().size();
                let replying = Replying { token, size, then };
                core.reply(lane, replying, granted, carried);
            }
            Err(code) => self.answer(code),
        }
    }

    /// The route of the request that a response answers, if it may be answered
    /// and the wait after it can be.
    fn may_reply(
        &mut self,
        token: Token,
        then: Option<Receive>,
    ) -> Result<nk_security::Route, Retcode> {
        let (core, task) = (&mut self.kernel.core, self.lane.task);
        if let Some(receive) = then {
            core.routes().served(task, receive.handle)?;
        }
        let (_, route) = core.answering(task, token)?;
        Ok(route)
    }

    /// A server gives a request up: its client gets `rcFail`, and the audit the
    /// server's code.
    fn abort(&mut self, header: &Header) {
        let (lane, token) = (self.lane, Token(header.token));
        match self.kernel.core.answering(lane.task, token) {
            Ok((_, route)) => {
                let Kernel { gate, report, .. } = &mut *self.kernel;
                gate.aborted(report, lane.task, route, header.code);
                self.kernel.core.abort(lane, token);
            }
            Err(code) => self.answer(code),
        }
    }
}
