//! The kernel's side: what a request of a program says, and how it is answered.
//!
//! A kernel reads a request with [`read`], does what it says, and writes the response with [`write()`]: at once, or later when
//! what the program waits for has happened. Methods that a kernel does not offer are answered with
//! `Answer::Code(Retcode::UNIMPLEMENTED)`.
//!
//! A response is written from its method's table alone: results that an [`Answer`] does not name are zero, strings and
//! sequences empty, handles invalid, and the code stands in the last result, which is `rc : SInt32` in every method
//! (`docs/kernel.md` §8).
#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "this runs inside the kernel"
)]
use crate::calendar;
pub use crate::nk::kl::core::core::Request;
use crate::nk::kl::core::core::{Class, ENDPOINTS};
use crate::nk::kl::core::efi::EfiTime;
use crate::nk::kl::core::notice::{EVENT_DESC, EventDesc};
use nk_runtime::generated::{At, Put, Stored, Writer};
use nk_runtime::message::HEADER_SIZE;
use nk_runtime::shape::{Item, Message, Method};
use nk_runtime::{
    Dispatch, Fault, Full, Handle, Mid, Mode, NkErr, Retcode, Riid, Verified, Written,
    verify_request,
};
use std::time::Duration;

/// Bytes that hold every response that [`write()`] writes.
pub const ROOM: usize = 4096;

/// Bytes of a handle in a message; handles stand right behind the header (`docs/wire.md` §3).
const HANDLE: usize = 16;

/// What a kernel answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing but a code.
    Code(Retcode),
    /// Strings, in the order of the method's.
    Texts(Vec<String>),
    /// Handles, in the order of the method's.
    Handles(Vec<Handle>),
    /// A handle and a number.
    Numbered(Handle, u64),
    /// A number.
    Number(u64),
    /// Events.
    Events(Vec<EventDesc>),
    /// The code that a process ended with.
    Ended(u32),
    /// The time since 1970.
    Now(Duration),
}

/// Reads a request in bytes, constant part and arena behind each other.
///
/// # Errors
/// `rcResourceNotFound` for an unknown endpoint or method, `rcInvalidArgument` for a malformed request.
pub fn read(request: &[u8]) -> Result<Request<'_>, Retcode> {
    let request = verify_request(ENDPOINTS, request, Mode::Compat).map_err(Fault::retcode)?;
    Request::read(&request).ok_or(Retcode::RESOURCE_NOT_FOUND)
}

/// Writes the response to a method; answers its length in `room`, for which [`ROOM`] is enough.
///
/// # Errors
/// `rcResourceNotFound` for an unknown endpoint or method, `rcBufferTooSmall`.
pub fn write(riid: Riid, mid: Mid, answer: &Answer, room: &mut [u8]) -> Result<usize, Retcode> {
    let interface = ENDPOINTS
        .get(usize::from(riid.0))
        .map(|endpoint| endpoint.interface);
    let method = interface.and_then(|interface| interface.methods.get(usize::from(mid.0)));
    let method = method.ok_or(Retcode::RESOURCE_NOT_FOUND)?;
    respond(riid, method, answer, room).map_err(|e| Fault::from(e).retcode())
}

/// The process class `kl.core.Core` over a function that answers: a kernel inside a process, for tests.
#[derive(Debug)]
pub struct Server<F>(pub F);

impl<F: FnMut(Request<'_>) -> Answer> Dispatch for Server<F> {
    type Class = Class;
    fn dispatch(&mut self, request: &Verified<'_>, room: &mut [u8]) -> Written {
        let answer = (self.0)(Request::read(request).ok_or(NkErr::ENOENT)?);
        respond(request.header().iid, request.method(), &answer, room)
    }
}

/// What a text or a sequence that no message holds is answered with.
const TOO_LONG: Answer = Answer::Code(Retcode::BUFFER_TOO_SMALL);

fn respond(riid: Riid, method: &Method, answer: &Answer, room: &mut [u8]) -> Written {
    let response = &method.res;
    let full = |full: Full| NkErr::from(Fault::from(full));
    match answer {
        Answer::Texts(texts) if !fit(response, texts) => respond(riid, method, &TOO_LONG, room),
        Answer::Now(time) => match calendar::at(*time) {
            Some(time) => {
                frame(riid, method, room, Retcode::OK, |w| put_time(w, &time)).map_err(full)
            }
            None => respond(riid, method, &Answer::Code(Retcode::FAIL), room),
        },
        _ => {
            let code = if let Answer::Code(code) = answer {
                *code
            } else {
                Retcode::OK
            };
            frame(riid, method, room, code, |w| put(w, response, answer)).map_err(full)
        }
    }
}

/// Writes a response: empty, but for what `put` writes and the code.
fn frame(
    riid: Riid,
    method: &Method,
    room: &mut [u8],
    code: Retcode,
    put: impl FnOnce(&mut Writer<'_>) -> Stored,
) -> Result<usize, Full> {
    let response = &method.res;
    let mut w = Writer::new(room, response, riid.0, method.mid, false)?;
    for at in slots(response) {
        w.handle(at, Handle::INVALID);
    }
    put(&mut w)?;
    w.i32(At(code_at(response)), code.0);
    Ok(w.finish_len(response))
}

fn put(w: &mut Writer<'_>, response: &Message, answer: &Answer) -> Stored {
    match answer {
        Answer::Code(_) | Answer::Now(_) => {}
        Answer::Texts(texts) => {
            for ((at, max), text) in strings(response).zip(texts) {
                w.str(at, text, max)?;
            }
        }
        Answer::Handles(handles) => put_handles(w, response, handles),
        Answer::Numbered(handle, number) => {
            put_handles(w, response, &[*handle]);
            put_number(w, response, *number);
        }
        Answer::Number(number) => put_number(w, response, *number),
        Answer::Events(events) => {
            let sequence = response.items.iter().find_map(|item| match item {
                Item::Seq(at, max, _) => Some((At(*at as usize), *max)),
                _ => None,
            });
            if let Some((at, max)) = sequence {
                w.seq::<EventDesc>(at, events.as_slice(), max, &EVENT_DESC)?;
            }
        }
        // the tag of the first variant is 0, and its value follows it
        Answer::Ended(code) => w.u32(At(HEADER_SIZE) + size_of::<u32>(), *code),
    }
    Ok(())
}

fn put_time(w: &mut Writer<'_>, time: &EfiTime) -> Stored {
    time.put(w, At(HEADER_SIZE))
}

fn put_handles(w: &mut Writer<'_>, response: &Message, handles: &[Handle]) {
    for (at, handle) in slots(response).zip(handles) {
        w.handle(at, *handle);
    }
}

/// The number stands between the handles and the code, and takes all that is there.
fn put_number(w: &mut Writer<'_>, response: &Message, number: u64) {
    let at = usize::from(response.handles)
        .saturating_mul(HANDLE)
        .saturating_add(HEADER_SIZE);
    match code_at(response).saturating_sub(at) {
        4 => w.u32(At(at), u32::try_from(number).unwrap_or(u32::MAX)),
        8 => w.u64(At(at), number),
        _ => {}
    }
}

/// Where the handles of a response stand.
fn slots(response: &Message) -> impl Iterator<Item = At> {
    (HEADER_SIZE..)
        .step_by(HANDLE)
        .take(usize::from(response.handles))
        .map(At)
}

/// Where its strings stand, and how long they may be.
fn strings(response: &Message) -> impl Iterator<Item = (At, u32)> {
    response.items.iter().filter_map(|item| match item {
        Item::Str(at, max) => Some((At(*at as usize), *max)),
        _ => None,
    })
}

fn fit(response: &Message, texts: &[String]) -> bool {
    strings(response)
        .zip(texts)
        .all(|((_, max), text)| text.len() <= max as usize)
}

/// Where a response of the kernel has its code: the last result, behind which only padding stands. Results are laid out in
/// their order, so 4 bytes of padding follow it or none (`docs/wire.md` §3).
#[must_use]
pub fn code_at(response: &Message) -> usize {
    let end = match response.items.last() {
        Some(Item::Zero(at, len)) if at.checked_add(*len) == Some(response.size) => *at,
        _ => response.size,
    };
    (end as usize).saturating_sub(size_of::<i32>())
}
