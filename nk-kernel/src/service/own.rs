//! Requests to the kernel itself, by the channel that every program has: decided on like any other, done by
//! [`super::endpoints`], and answered at once or when what the program waits for has happened. The answer is checked like the
//! response of a program.
use super::Kernel;
use super::dispatch::KERNEL_SID;
use super::endpoints::Reaction;
use crate::core::{Answered, LaneId, Patience};
use crate::lane::{Buffer, Payload};
use crate::report::{Lines, Stream};
use nk_core::nk::kl::core::core::ENDPOINTS;
use nk_core::nk::kl::core::notice::EventDesc;
use nk_core::server::{self, Answer};
use nk_image::TaskId;
use nk_runtime::frame::{self, Header, Kind};
use nk_runtime::message::{Ex, HEADER_SIZE};
use nk_runtime::{Handle, Mid, Retcode, Riid};
use nk_security::{Bytes, Denied, KERNEL_CLASS, Reason, Record, Route, Sid, Subject};

/// A request whose response is on its way: it is decided on when it is sent, not before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    request: Route,
    /// The caller's room for it, in bytes.
    room: u64,
}

impl Kernel {
    /// A call of the kernel itself.
    pub(super) fn kernel_call(
        &mut self,
        lane: LaneId,
        header: &Header,
        patience: Patience,
        mut message: Buffer,
    ) -> Result<(), Retcode> {
        let src = self.subject(lane.task).ok_or(Retcode::INTERNAL_ERROR)?;
        let Some(kernel) = self.solution.policy.tables().class_named(KERNEL_CLASS) else {
            return Err(self.kernel_not_described(lane.task, src, &message));
        };
        self.resolve_for_kernel(lane.task, &mut message)?;
        let granted = self.grant_request(
            src,
            Subject {
                class: kernel,
                sid: KERNEL_SID,
            },
            message,
        );
        let request = granted.map_err(|denied| self.denied_own(lane.task, &denied))?;
        self.audit_granted(lane.task, request.record());
        let (room, _) = frame::split_wait(header.token);
        let pending = Pending {
            request: request.route(),
            room: room.into(),
        };
        let (constant, arena) = request.message().parts();
        match self.perform(lane, patience, &[constant, arena].concat())? {
            Reaction::Answer(answer) => self.answer_own(lane, pending, &answer),
            Reaction::Waits => {
                if let Some(wire) = self.wire(lane) {
                    wire.pending = Some(pending);
                }
            }
            Reaction::Ended => {}
        }
        Ok(())
    }

    /// A policy that does not know the kernel's class covers no request to it.
    fn kernel_not_described(&mut self, caller: TaskId, src: Subject, message: &Buffer) -> Retcode {
        let header = nk_runtime::message::Header::read(message.parts().0);
        let (riid, mid) = header.map_or((Riid(0), Mid(0)), |h| (h.iid, h.mid));
        self.tell_inclusion(src, riid, mid);
        let reason = Reason::UnknownEndpoint;
        let (kind, dst_sid, told) = (nk_security::Kind::Request, KERNEL_SID, Box::default());
        let (src, src_sid) = (src.class, src.sid);
        self.refuse(
            caller,
            &Record {
                kind,
                src,
                src_sid,
                dst: None,
                dst_sid,
                riid,
                mid,
                reason,
                told,
            },
        )
    }

    /// What a policy needs that does not know the kernel's class.
    fn tell_inclusion(&mut self, src: Subject, riid: Riid, mid: Mid) {
        let endpoint = ENDPOINTS.get(usize::from(riid.0));
        let named = endpoint
            .and_then(|e| Some((e.name, e.interface.methods.get(usize::from(mid.0))?.name)));
        let class = self.solution.policy.tables().class(src.class);
        let (Some((endpoint, method)), Some(class)) = (named, class) else {
            return;
        };
        let class = &class.name;
        self.report.advise(&format!(
            "use EDL {KERNEL_CLASS}  request src={class} dst={KERNEL_CLASS} endpoint={endpoint} method={method} {{ grant () }}"
        ));
    }

    fn denied_own(&mut self, caller: TaskId, denied: &Denied<Buffer>) -> Retcode {
        self.refuse(caller, &denied.record)
    }

    /// What a lane waited for has happened.
    pub(super) fn answer_waiting(&mut self, lane: LaneId, answered: Answered) {
        let Some(pending) = self.wire(lane).and_then(|wire| wire.pending.take()) else {
            return;
        };
        let answer = match answered {
            Answered::Done => Answer::Code(Retcode::OK),
            Answered::Failed(code) => Answer::Code(code),
            Answered::Channel { handle, id } => {
                Answer::Numbered(self.shown(lane.task, handle), id.into())
            }
            Answered::Client { client, service } => Answer::Texts(vec![client, service]),
            Answered::Events(events) => Answer::Events(
                events
                    .iter()
                    .map(|e| EventDesc {
                        id: e.id,
                        mask: e.mask.0,
                        counter: e.counter,
                    })
                    .collect(),
            ),
        };
        self.answer_own(lane, pending, &answer);
    }

    /// A handle as its holder sees it.
    pub(super) fn shown(&self, task: TaskId, handle: u32) -> Handle {
        let rights = self
            .core
            .handles()
            .find(task, handle)
            .map_or(0, |found| found.rights.0);
        Handle {
            handle,
            rights,
            badge: 0,
        }
    }

    /// Sends a response of the kernel, if it is granted. Handles in one that is not are closed again.
    fn answer_own(&mut self, lane: LaneId, Pending { request, room }: Pending, answer: &Answer) {
        let Some(response) = self.write_own(lane.task, request, answer) else {
            return self.answer(lane, Retcode::INTERNAL_ERROR);
        };
        let refused = match self.grant_response(request, response) {
            Ok(response) if response.message().size() > room => Retcode::BUFFER_TOO_SMALL,
            Ok(response) => {
                self.audit_granted(lane.task, response.record());
                let response = Payload::Message(response.into_message().handed_over());
                return self.result(lane, Header::new(Kind::Response), response);
            }
            Err(denied) => self.denied_own(lane.task, &denied),
        };
        for handle in new_handles(answer) {
            // it was made for this answer
            let _ = self.core.close(lane.task, handle);
        }
        self.answer(lane, refused);
    }

    fn write_own(&self, task: TaskId, request: Route, answer: &Answer) -> Option<Buffer> {
        let mut room = vec![0; server::ROOM];
        let length = server::write(request.riid(), request.mid(), answer, &mut room).ok()?;
        let mut response = message(room.get(..length)?)?;
        let sid = |handle: u32| self.core.handles().sid(task, handle).unwrap_or(Sid::NONE);
        know(&mut response, new_handles(answer).map(sid).collect());
        Some(response)
    }

    /// Shows a text of a program to the developer.
    pub(super) fn show(&mut self, task: TaskId, text: &str) {
        let (mut lines, report) = (Lines::default(), &mut self.report);
        let mut show = |line: &[u8]| report.line(task, Stream::Errors, line);
        lines.push(text.as_bytes(), &mut show);
        lines.finish(show);
    }
}

/// The handles that an answer gives.
fn new_handles(answer: &Answer) -> impl Iterator<Item = u32> {
    let handles = match answer {
        Answer::Handles(handles) => handles.as_slice(),
        Answer::Numbered(handle, _) => std::slice::from_ref(handle),
        _ => &[],
    };
    handles.iter().map(|handle| handle.handle)
}

/// What the first handles in a message lead to; the others are invalid.
pub(super) fn know(message: &mut Buffer, mut sids: Vec<Sid>) {
    let slots = nk_runtime::message::Header::read(message.parts().0)
        .map_or(0, |header| header.ex.handles());
    sids.resize(slots.into(), Sid::NONE);
    message.know(sids);
}

/// A message whose arena follows its constant part directly.
pub(super) fn message(bytes: &[u8]) -> Option<Buffer> {
    let size = usize::try_from(nk_runtime::message::Header::read(bytes)?.ex.size()).ok()?;
    let (constant, arena) = bytes.split_at_checked(size)?;
    Buffer::own(constant, arena)
}

/// A response without parameters.
pub(super) fn nothing(riid: Riid, mid: Mid) -> Option<Buffer> {
    Buffer::own(
        &header(riid, mid, u32::try_from(HEADER_SIZE).ok()?, 0)?,
        &[],
    )
}

/// A constant part of this size: a header, and nothing behind it.
pub(super) fn header(riid: Riid, mid: Mid, size: u32, handles: u8) -> Option<Vec<u8>> {
    let invalid = u32::MAX.to_le_bytes();
    let ex = Ex::new(size, handles, false).0.to_le_bytes();
    let mut constant = [
        &riid.0.to_le_bytes()[..],
        &mid.0.to_le_bytes(),
        &ex,
        &invalid,
        &[0; 12],
    ]
    .concat();
    constant.resize(usize::try_from(size).ok()?, 0);
    Some(constant)
}
