//! A program's connection to its kernel: the documented system calls as
//! exchanges over its lanes.
use super::lane::{Arrived, Lane};
use super::pool::Pool;
use super::{Error, Named, Parts, Result, Size, sys};
use crate::frame::{
    self, FOREVER, FrameError, Header, Kind, Locate, MAX_LANES, RECEIVING, write_locate,
};
use crate::retcode::Retcode;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock};

/// The lanes of one program. Cloning is cheap; every thread may use it.
#[derive(Debug, Clone)]
pub struct Connection(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Pool,
    max_message: usize,
    /// The generation of the process that the lanes were given to.
    generation: u32,
}

/// The number of a task: its position in the solution's start-up plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task(pub u32);

/// How long an operation waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// At most so many milliseconds; [`FOREVER`] for no limit.
    pub timeout: u32,
    /// Until this sync object is set: its handle, 0 for none.
    pub sync: u32,
}

impl Wait {
    /// Without a limit.
    pub const FOREVER: Self = Self {
        timeout: FOREVER,
        sync: 0,
    };
    /// At most so many milliseconds.
    #[must_use]
    pub const fn within(timeout: u32) -> Self {
        Self { timeout, sync: 0 }
    }
    /// Until the sync object with this handle is set.
    #[must_use]
    pub const fn until(self, sync: u32) -> Self {
        Self { sync, ..self }
    }
}

/// A request that arrived in the room it was received into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Answers it, once.
    pub token: u64,
    /// The channel that it came by.
    pub channel: u32,
    /// Who calls.
    pub caller: Task,
    /// What it takes of the room.
    pub size: Size,
}

/// What became of a response, and what came next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The response was delivered, and this is the next request.
    Request(Received),
    /// The response was refused, and no request was waited for.
    Refused(Retcode),
}

impl Connection {
    /// The connection of this process, made when it is first asked for; from
    /// then on processes of other programs of the same user can neither trace
    /// this one nor read its memory. What `einit` did not start is recognised
    /// by descriptor 3, which is no packet socket there.
    ///
    /// # Errors
    /// [`Error::NotStarted`] when `einit` did not start this process; whatever the first exchange answers.
    pub fn program() -> Result<&'static Self> {
        static PROGRAM: OnceLock<Result<Connection>> = OnceLock::new();
        PROGRAM
            .get_or_init(Self::first_contact)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Takes the lanes over. Exec has made the process traceable by others of
    /// its user, so this is the first moment to keep them from it
    /// (`docs/threats.md` §3, step 5).
    fn first_contact() -> Result<Self> {
        let first = sys::lane(0).ok_or(Error::NotStarted)?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|e| Error::System {
            doing: "keeping others from tracing this program",
            errno: e.raw_os_error(),
        })?;
        let mut first = Some(first);
        Self::new(|number| {
            if number == 0 {
                first.take()
            } else {
                sys::lane(number)
            }
        })
    }

    /// A connection over lanes that were made by other means, for tests and
    /// kernels inside a process. The number of lanes is the kernel's to say;
    /// `lanes` gives them in order, and there may be more.
    ///
    /// # Errors
    /// Too few lanes; whatever the first exchange answers.
    pub fn over(lanes: impl IntoIterator<Item = OwnedFd>) -> Result<Self> {
        let mut lanes = lanes.into_iter();
        Self::new(|_| lanes.next())
    }

    fn new(mut lane: impl FnMut(u32) -> Option<OwnedFd>) -> Result<Self> {
        let first = Lane::new(lane(0).ok_or(Error::NotStarted)?);
        first.send(Header::new(Kind::Hello), Parts::NONE)?;
        let answer = expect(Kind::Hello, Kind::Result, first.receive(&mut [])?)?.header;
        answer.code.ok().map_err(Error::Kernel)?;
        let max_message = usize::try_from(answer.token).map_err(|_| FrameError::Length)?;
        if answer.handle == 0 || answer.handle > MAX_LANES {
            return Err(FrameError::Length.into());
        }
        let pool = Pool::new(vec![first]);
        for number in 1..answer.handle {
            pool.add(Lane::new(lane(number).ok_or(Error::NotStarted)?));
        }
        Ok(Self(Arc::new(Inner {
            pool,
            max_message,
            generation: sys::generation(),
        })))
    }

    /// Bytes of the largest message that the kernel carries, constant part and
    /// arena together.
    #[must_use]
    pub fn max_message(&self) -> usize {
        self.0.max_message
    }

    /// Sends a request and waits at most `timeout` milliseconds ([`FOREVER`]:
    /// without a limit) for the response.
    ///
    /// # Errors
    /// As [`Connection::call_with`].
    pub fn call(
        &self,
        handle: u32,
        request: Parts<'_>,
        room: &mut [u8],
        timeout: u32,
    ) -> Result<Size> {
        self.call_with(handle, request, room, Wait::within(timeout))
    }

    /// Sends a request and waits for the response, as long as `wait` says.
    ///
    /// # Errors
    /// [`Error::Kernel`] with the code of the call: `rcTimeout`, `rcIpcInterrupt`; `rcBufferTooSmall` also when the response
    /// does not fit `room`.
    pub fn call_with(
        &self,
        handle: u32,
        request: Parts<'_>,
        room: &mut [u8],
        wait: Wait,
    ) -> Result<Size> {
        let Wait { timeout, sync } = wait;
        let header = Header {
            handle,
            timeout,
            token: frame::wait(length(room), sync),
            ..Header::new(Kind::Call)
        };
        let arrived = self.exchange(header, request, Kind::Response, room)?;
        match arrived.header.kind {
            Kind::Response => arrived.size.ok_or(Error::Kernel(Retcode::BUFFER_TOO_SMALL)),
            _ => Err(Error::Kernel(arrived.header.code)),
        }
    }

    /// Waits for a request on a server's handle.
    ///
    /// # Errors
    /// [`Error::Kernel`] with the code: `rcNotConnected` when no client is left, `rcBufferTooSmall` when the next request
    /// needed more room; its client hears the same.
    pub fn recv(&self, handle: u32, room: &mut [u8]) -> Result<Received> {
        self.recv_with(handle, room, Wait::FOREVER)
    }

    /// As [`Connection::recv`], as long as `wait` says.
    ///
    /// # Errors
    /// As [`Connection::recv`], and `rcTimeout`, `rcIpcInterrupt`.
    pub fn recv_with(&self, handle: u32, room: &mut [u8], wait: Wait) -> Result<Received> {
        let Wait { timeout, sync } = wait;
        let header = Header {
            handle,
            timeout,
            token: frame::wait(length(room), sync),
            ..Header::new(Kind::Receive)
        };
        let arrived = self.exchange(header, Parts::NONE, Kind::Request, room)?;
        match arrived.header.kind {
            Kind::Request => self.received(&arrived),
            _ => Err(Error::Kernel(arrived.header.code)),
        }
    }

    /// Answers a request and waits until the response is delivered or refused.
    ///
    /// # Errors
    /// [`Error::Kernel`] with the code: `rcSecurityDisallow`, `rcNotConnected` for a client that has gone,
    /// `rcInvalidOperation` for a token that is no open request;
    /// `rcBufferTooLarge`, `rcQuotaExceeded` and `rcOutOfMemory` for a response
    /// that cannot be taken, whose call ends with `rcFail`.
    pub fn reply(&self, token: u64, response: Parts<'_>) -> Result<()> {
        self.is_possible(token, response)?;
        self.command(
            Header {
                token,
                ..Header::new(Kind::Reply)
            },
            response,
        )
    }

    /// Answers a request and waits for the next one.
    ///
    /// # Errors
    /// As [`Connection::recv`]; the response has then been delivered. One that
    /// was not is no error but [`Next::Refused`].
    pub fn reply_recv(
        &self,
        token: u64,
        response: Parts<'_>,
        handle: u32,
        room: &mut [u8],
    ) -> Result<Next> {
        match self.is_possible(token, response) {
            Err(Error::Kernel(code)) => return Ok(Next::Refused(code)),
            possible => possible?,
        }
        let header = Header {
            handle,
            timeout: length(room),
            token,
            ..Header::new(Kind::ReplyReceive)
        };
        let arrived = self.exchange(header, response, Kind::Request, room)?;
        match arrived.header {
            Header {
                kind: Kind::Request,
                ..
            } => self.received(&arrived).map(Next::Request),
            Header { flags, code, .. } if flags & RECEIVING != 0 => Err(Error::Kernel(code)),
            Header { code, .. } => Ok(Next::Refused(code)),
        }
    }

    /// Ends a request without a response; the call ends with `rcFail`, and
    /// `code` says why in the audit.
    ///
    /// # Errors
    /// [`Error::Kernel`] with the code, `rcInvalidOperation` for a token that is no open request.
    pub fn abort(&self, token: u64, code: Retcode) -> Result<()> {
        self.command(
            Header {
                code,
                token,
                ..Header::new(Kind::Abort)
            },
            Parts::NONE,
        )
    }

    /// Sends one packet of any bytes and waits for one: how a test asks what
    /// the kernel does with frames that this library would not send. Answers
    /// the length of the answer, which can exceed its room.
    ///
    /// # Errors
    /// The lane does not work.
    pub fn packet(&self, packet: &[u8], answer: &mut [u8]) -> Result<usize> {
        self.pool()?.with(|lane| {
            lane.write(&[std::io::IoSlice::new(packet)])?;
            lane.read(&mut [std::io::IoSliceMut::new(answer)])
        })
    }

    /// Looks a name up; answers the header of the kernel's result. `built_for`
    /// is the description that the program was built with.
    pub(super) fn locate(
        &self,
        question: (Locate, Named),
        handle: u32,
        name: &str,
        built_for: Option<(Named, &str, &[u8; 32])>,
    ) -> Result<Header> {
        let (locate, what) = question;
        let (_, other, digest) = built_for.unwrap_or((what, "", &[0; 32]));
        let description = built_for.map(|(what, other, _)| (what, other));
        let refused = |code, text: &str| Err(Error::lookup(what, name, description, code, text));
        let mut payload = vec![0; frame::MAX_PACKET.saturating_sub(frame::HEADER)];
        let Some(payload) = write_locate(&mut payload, name, other, digest) else {
            return refused(
                Retcode::RESOURCE_NOT_FOUND,
                "the name is longer than any that exists",
            );
        };
        let header = Header {
            handle,
            flags: locate as u8,
            ..Header::new(Kind::Locate)
        };
        let mut room = [0; 4096];
        let arrived = self.exchange(
            header,
            Parts {
                constant: payload,
                arena: &[],
            },
            Kind::Result,
            &mut room,
        )?;
        if arrived.header.code.is_ok() {
            return Ok(arrived.header);
        }
        let text = arrived.size.map_or(&[][..], |size| size.of(&room));
        refused(arrived.header.code, &String::from_utf8_lossy(text))
    }

    /// Refuses a response larger than any message, as the kernel would: the
    /// client is not kept waiting for another.
    fn is_possible(&self, token: u64, response: Parts<'_>) -> Result<()> {
        if response.len() <= self.max_message() {
            return Ok(());
        }
        match self.abort(token, Retcode::BUFFER_TOO_LARGE) {
            Ok(()) => Err(Error::Kernel(Retcode::BUFFER_TOO_LARGE)),
            Err(e) => Err(e),
        }
    }

    fn command(&self, header: Header, message: Parts<'_>) -> Result<()> {
        let arrived = self.exchange(header, message, Kind::Result, &mut [])?;
        arrived.header.code.ok().map_err(Error::Kernel)
    }

    fn received(&self, arrived: &Arrived) -> Result<Received> {
        let Header {
            token,
            handle: channel,
            timeout: caller,
            ..
        } = arrived.header;
        match arrived.size {
            Some(size) => Ok(Received {
                token,
                channel,
                caller: Task(caller),
                size,
            }),
            None => {
                // a kernel that did not look at the room: its client must not wait for a server that dropped the request
                match self.abort(token, Retcode::BUFFER_TOO_SMALL) {
                    Ok(()) | Err(Error::Kernel(_)) => Err(Error::Kernel(Retcode::BUFFER_TOO_SMALL)),
                    Err(e) => Err(e),
                }
            }
        }
    }

    /// One operation: a message out, its answer back. The answer is of kind
    /// `wanted`, or a refusal.
    fn exchange(
        &self,
        header: Header,
        message: Parts<'_>,
        wanted: Kind,
        room: &mut [u8],
    ) -> Result<Arrived> {
        if message.len() > self.max_message() && header.kind != Kind::Locate {
            return Err(Error::Kernel(Retcode::BUFFER_TOO_LARGE));
        }
        self.pool()?.with(|lane| {
            lane.send(header, message)?;
            expect(header.kind, wanted, lane.receive(room)?)
        })
    }

    fn pool(&self) -> Result<&Pool> {
        // a fork shares the sockets, and each would read the other's answers
        if sys::generation() == self.0.generation {
            Ok(&self.0.pool)
        } else {
            Err(Error::Forked)
        }
    }
}

/// An answer of the kind that was asked for, or a result that says why there is
/// none.
fn expect(sent: Kind, wanted: Kind, arrived: Arrived) -> Result<Arrived> {
    let Header {
        kind: got, code, ..
    } = arrived.header;
    let refusal = got == Kind::Result && !code.is_ok();
    if got == wanted || refusal {
        Ok(arrived)
    } else {
        Err(Error::Unexpected { sent, got })
    }
}

/// The length of a room, as far as a frame can say it.
fn length(room: &[u8]) -> u32 {
    u32::try_from(room.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_forked_process_is_refused_before_it_touches_a_lane() {
        let generation = sys::generation().wrapping_add(1);
        let inner = Inner {
            pool: Pool::new(Vec::new()),
            max_message: 100,
            generation,
        };
        let fork = Connection(Arc::new(inner));
        assert_eq!(fork.recv(5, &mut []), Err(Error::Forked));
        assert_eq!(fork.packet(&[], &mut []), Err(Error::Forked));
        assert!(
            Error::Forked
                .to_string()
                .starts_with("this process is a fork")
        );
    }
}
