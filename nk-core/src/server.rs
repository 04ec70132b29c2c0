//! The kernel's side: requests of programs become calls of [`Services`], and whatever a kernel does not offer is answered with
//! `rc` = `rcUnimplemented`.
//!
//! A response to a method that is not offered is written from the method's table alone: results zero, strings and sequences
//! empty, handles invalid, and the code in the last result, which is `rc : SInt32` in every method (`spec/psl-runtime.md` F.8).
#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "this runs inside the kernel"
)]
use crate::calendar;
use crate::nk::kl::core::core::{Class, ENDPOINTS, Request};
use crate::nk::kl::core::efi::GetTimeRes;
use crate::nk::kl::core::{efi, hal, task, thread};
use nk_runtime::{
    At, Dispatch, Failed, Fault, Full, HEADER_SIZE, Handle, Item, Message, Mode, NkErr, Retcode, Stored, Verified,
    Writer, Written, verify_request,
};
use std::time::Duration;

/// Bytes that hold every response that [`Server`] writes.
pub const ROOM: usize = 4096;

/// Bytes of a handle in a message; handles stand right behind the header (`spec/idl.md` §9.4).
const HANDLE: usize = 16;

/// What a kernel offers the program that calls. A method that is not written answers `rcUnimplemented`.
pub trait Services {
    /// Its name in the solution (`Task.GetName`).
    ///
    /// # Errors
    /// The code for `rc`.
    fn name(&self) -> Result<&str, Retcode> {
        Err(Retcode::UNIMPLEMENTED)
    }
    /// The file name of its program (`Task.GetPath`).
    ///
    /// # Errors
    /// The code for `rc`.
    fn path(&self) -> Result<&str, Retcode> {
        Err(Retcode::UNIMPLEMENTED)
    }
    /// Ends it with a code (`Task.Exit`).
    ///
    /// # Errors
    /// The code for `rc`.
    fn exit(&mut self, code: i32) -> Result<(), Retcode> {
        let _ = code;
        Err(Retcode::UNIMPLEMENTED)
    }
    /// The value of one of its environment variables (`HAL.GetEnv`); `rcResourceNotFound` for an unknown one.
    ///
    /// # Errors
    /// The code for `rc`.
    fn env(&self, name: &str) -> Result<&str, Retcode> {
        let _ = name;
        Err(Retcode::UNIMPLEMENTED)
    }
    /// Shows a text to the developer (`HAL.DebugWrite`).
    ///
    /// # Errors
    /// The code for `rc`.
    fn debug_write(&mut self, text: &str) -> Result<(), Retcode> {
        let _ = text;
        Err(Retcode::UNIMPLEMENTED)
    }
    /// Asks that the response be kept back for this long (`Thread.Sleep`).
    ///
    /// # Errors
    /// The code for `rc`.
    fn sleep(&mut self, milliseconds: u32) -> Result<(), Retcode> {
        let _ = milliseconds;
        Err(Retcode::UNIMPLEMENTED)
    }
    /// The time since 1970 (`Efi.GetTime`).
    ///
    /// # Errors
    /// The code for `rc`.
    fn now(&self) -> Result<Duration, Retcode> {
        Err(Retcode::UNIMPLEMENTED)
    }
}

/// Answers a request in bytes, constant part and arena behind each other; answers the length of the response in `room`, for
/// which [`ROOM`] is enough.
///
/// # Errors
/// `rcResourceNotFound` for an unknown endpoint or method, `rcInvalidArgument` for a malformed request, `rcBufferTooSmall`.
pub fn answer(services: &mut impl Services, request: &[u8], room: &mut [u8]) -> Result<usize, Retcode> {
    let request = verify_request(ENDPOINTS, request, Mode::Compat).map_err(Fault::retcode)?;
    Server(services).dispatch(&request, room).map_err(|e| Fault::from(e).retcode())
}

/// The process class `kl.core.Core` over what a kernel offers.
#[derive(Debug)]
pub struct Server<'s, S>(pub &'s mut S);

impl<S: Services> Dispatch for Server<'_, S> {
    type Class = Class;
    fn dispatch(&mut self, request: &Verified<'_>, room: &mut [u8]) -> Written {
        match Request::read(request).ok_or(NkErr::ENOENT)? {
            Request::TaskTask(call) => self.task(&call, request, room),
            Request::HalHal(call) => self.hal(&call, request, room),
            Request::ThreadThread(thread::Request::Sleep(msecs)) => code(request, room, self.0.sleep(msecs)),
            Request::EfiEfi(efi::Request::GetTime) => time(request, room, self.0.now()),
            _ => unimplemented(request, room),
        }
    }
}

impl<S: Services> Server<'_, S> {
    fn task(&mut self, call: &task::Request<'_>, request: &Verified<'_>, room: &mut [u8]) -> Written {
        match call {
            task::Request::GetName(of) => text(request, room, own(*of).and_then(|()| self.0.name())),
            task::Request::GetPath(of) => text(request, room, own(*of).and_then(|()| self.0.path())),
            task::Request::Exit(with) => code(request, room, self.0.exit(*with)),
            _ => unimplemented(request, room),
        }
    }

    fn hal(&mut self, call: &hal::Request<'_>, request: &Verified<'_>, room: &mut [u8]) -> Written {
        match call {
            hal::Request::GetEnv(of) => text(request, room, self.0.env(of.name)),
            hal::Request::DebugWrite(what) => code(request, room, self.0.debug_write(what.text)),
            _ => unimplemented(request, room),
        }
    }
}

/// No handle stands for the caller; others refer to nothing, as programs have no handles of processes.
const fn own(task: Handle) -> Result<(), Retcode> {
    if task.is_invalid() { Ok(()) } else { Err(Retcode::INVALID_ARGUMENT) }
}

/// The one answer to every method that is not offered.
fn unimplemented(request: &Verified<'_>, room: &mut [u8]) -> Written {
    code(request, room, Err(Retcode::UNIMPLEMENTED))
}

/// A response of a code alone; all other results are empty.
fn code(request: &Verified<'_>, room: &mut [u8], result: Result<(), Retcode>) -> Written {
    respond(request, room, result.err().unwrap_or(Retcode::OK), |_| Ok(()))
}

/// A response of one string and a code.
fn text(request: &Verified<'_>, room: &mut [u8], result: Result<&str, Retcode>) -> Written {
    let string = request.method().res.items.iter().find_map(|item| match item {
        Item::Str(at, max) => Some((*at, *max)),
        _ => None,
    });
    let (Ok(text), Some((at, max))) = (result, string) else {
        return code(request, room, result.map(drop));
    };
    if text.len() > max as usize {
        return code(request, room, Err(Retcode::BUFFER_TOO_SMALL));
    }
    respond(request, room, Retcode::OK, |w| w.str(At(at as usize), text, max))
}

fn time(request: &Verified<'_>, room: &mut [u8], now: Result<Duration, Retcode>) -> Written {
    match now.and_then(|now| calendar::at(now).ok_or(Retcode::FAIL)) {
        Ok(time) => {
            let results = GetTimeRes { time, rc: Retcode::OK.0 };
            nk_runtime::reply(request, room, Ok::<_, nk_runtime::Error<Failed>>(results))
        }
        Err(rc) => code(request, room, Err(rc)),
    }
}

/// Writes a response from its method's table: empty, but for what `put` writes and the code.
fn respond(
    request: &Verified<'_>,
    room: &mut [u8],
    rc: Retcode,
    put: impl FnOnce(&mut Writer<'_>) -> Stored,
) -> Written {
    let (iid, method) = (request.header().iid, request.method());
    let full = |full: Full| NkErr::from(Fault::from(full));
    let mut w = Writer::new(room, &method.res, iid.0, method.mid, false).map_err(full)?;
    for at in (HEADER_SIZE..).step_by(HANDLE).take(usize::from(method.res.handles)) {
        w.handle(At(at), Handle::INVALID);
    }
    put(&mut w).map_err(full)?;
    w.i32(At(code_at(&method.res)), rc.0);
    Ok(w.finish_len(&method.res))
}

/// Where a response of the kernel has its code: the last result, behind which only padding stands. Results are laid out in
/// their order, so 4 bytes of padding follow it or none (`spec/idl.md` §9.4).
#[must_use]
pub fn code_at(response: &Message) -> usize {
    let end = match response.items.last() {
        Some(Item::Zero(at, len)) if at.checked_add(*len) == Some(response.size) => *at,
        _ => response.size,
    };
    (end as usize).saturating_sub(size_of::<i32>())
}
