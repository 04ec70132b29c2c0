//! Requests to the kernel itself, by the channel that every program has:
//! decided on like any other, done by [`super::endpoints`], and answered at
//! once or when what the program waits for has happened. The answer is checked
//! like the response of a program.
use super::Kernel;
use super::endpoints::{Endpoints, Reaction};
use super::handles::{resolve_for_kernel, shown};
use crate::core::{Completion, LaneId, Wait};
use crate::lane::{Buffer, Payload};
use nk_core::nk::kl::core::notice::EventDesc;
use nk_core::server::{self, Answer};
use nk_runtime::frame::{Header, Kind};
use nk_runtime::message::{Ex, HEADER_SIZE};
use nk_runtime::{Mid, Retcode, Riid};
use nk_security::{Bytes, Route, Sid};

/// A request whose response is on its way: it is decided on when it is sent,
/// not before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deferred {
    /// Where the request went; its response has to come back the same way.
    request: Route,
    /// The caller's room for it, in bytes.
    room: u64,
}

/// The calls of the kernel that a lane makes.
pub(super) struct Requests<'k> {
    /// Whoever is called.
    pub(super) kernel: &'k mut Kernel,
    /// Where the call came from, and its response goes.
    pub(super) lane: LaneId,
}

impl Requests<'_> {
    /// A call of the kernel. `room`: the caller's for the response, in bytes.
    ///
    /// # Errors
    /// The code that the call ends with.
    pub(super) fn call(
        &mut self,
        room: u64,
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
        let src = processes.subject(core, task);
        let src = src.ok_or(Retcode::INTERNAL_ERROR)?;
        let Some(kernel) = gate.kernel() else {
            return Err(gate.refuse_undescribed(report, task, src, &message));
        };
        resolve_for_kernel(core.handles(), task, &mut message)?;
        let granted = gate.request(report, task, (src, kernel), message)?;
        if !gate.describes_this_kernel() {
            return Err(Retcode::UNIMPLEMENTED);
        }
        let request = granted.route();
        let deferred = Deferred { request, room };
        let (constant, arena) = granted.message().parts();
        match self.perform(wait, &[constant, arena].concat())? {
            Reaction::Answer(answer) => self.respond(deferred, &answer),
            Reaction::Waits => self.kernel.lanes.defer(self.lane, deferred),
            Reaction::Ended => {}
        }
        Ok(())
    }

    /// Reads a granted request and does what it says.
    ///
    /// # Errors
    /// The code that the call ends with instead of a response: the request is
    /// not one of the kernel's.
    fn perform(&mut self, wait: Wait, request: &[u8]) -> Result<Reaction, Retcode> {
        let request = server::read(request)?;
        let mut endpoints = Endpoints {
            kernel: &mut *self.kernel,
            lane: self.lane,
            wait,
        };
        Ok(endpoints.perform(request))
    }

    /// What the lane waited for has happened.
    pub(super) fn complete(&mut self, completion: Completion) {
        let Some(deferred) = self.kernel.lanes.take_deferred(self.lane) else {
            return;
        };
        let answer = match completion {
            Completion::Done => Answer::Code(Retcode::OK),
            Completion::Failed(code) => Answer::Code(code),
            Completion::Channel { handle, id } => {
                let handles = self.kernel.core.handles();
                Answer::Numbered(shown(handles, self.lane.task, handle), id.into())
            }
            Completion::Client { client, service } => Answer::Texts(vec![client, service]),
            Completion::Events(events) => Answer::Events(events.iter().map(description).collect()),
        };
        self.respond(deferred, &answer);
    }

    /// Sends a response of the kernel, if it is granted. Handles in one that is
    /// not are closed again.
    fn respond(&mut self, Deferred { request, room }: Deferred, answer: &Answer) {
        let task = self.lane.task;
        let Some(response) = self.write(request, answer) else {
            return self.kernel.answer(self.lane, Retcode::INTERNAL_ERROR);
        };
        let Kernel { gate, report, .. } = &mut *self.kernel;
        let refused = match gate.response(report, task, request, response) {
            Ok(response) if response.message().size() > room => Retcode::BUFFER_TOO_SMALL,
            Ok(response) => {
                let response = Payload::Message(response.into_message().handed_over());
                let header = Header::new(Kind::Response);
                self.kernel.send(self.lane, header, response);
                return;
            }
            Err(refused) => refused.into(),
        };
        for handle in new_handles(answer) {
            // it was made for this answer
            let _ = self.kernel.core.objects().close(task, handle);
        }
        self.kernel.answer(self.lane, refused);
    }

    /// Writes a response, and looks up what the handles in it refer to. `None`
    /// for an answer that does not fit its method, which would be a fault of
    /// the kernel.
    fn write(&self, request: Route, answer: &Answer) -> Option<Buffer> {
        let handles = self.kernel.core.handles();
        let sid = |handle: u32| handles.sid(self.lane.task, handle).ok();
        let sids = new_handles(answer).map(sid).collect();
        response(request, answer, sids)
    }
}

/// An event as `notice.Notice` describes it.
fn description(event: &crate::core::Event) -> EventDesc {
    EventDesc {
        id: event.id,
        mask: event.mask.0,
        counter: event.counter,
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

/// The response to a request. The first handles in it refer to these resources,
/// the others are invalid.
pub(super) fn response(
    request: Route,
    answer: &Answer,
    mut sids: Vec<Option<Sid>>,
) -> Option<Buffer> {
    let mut room = vec![0; server::ROOM];
    let length = server::write(request.riid(), request.mid(), answer, &mut room).ok()?;
    let mut response = message(room.get(..length)?)?;
    let header = nk_runtime::message::Header::read(response.parts().0)?;
    sids.resize(header.ex.handles().into(), None);
    response.set_sids(sids);
    Some(response)
}

/// A message whose arena follows its constant part directly.
pub(super) fn message(bytes: &[u8]) -> Option<Buffer> {
    let size = usize::try_from(nk_runtime::message::Header::read(bytes)?.ex.size()).ok()?;
    let (constant, arena) = bytes.split_at_checked(size)?;
    Buffer::of_kernel(constant, arena)
}

/// A response without parameters.
pub(super) fn empty_response(request: Route) -> Option<Buffer> {
    let size = u32::try_from(HEADER_SIZE).ok()?;
    Buffer::of_kernel(&header(request.riid(), request.mid(), size, 0)?, &[])
}

/// A constant part of this size: a header, and zeros behind it.
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
