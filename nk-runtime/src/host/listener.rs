//! The server end of channels: requests in, responses out, one thread at a time
//! per request.
use super::{Connection, Error, Named, Next, Parts, Received, Result, Task, Wait};
use crate::call::Dispatch;
use crate::error::{Fault, NkErr, Written};
use crate::frame::Locate;
use crate::retcode::Retcode;
use crate::shape::ClassType;
use crate::shape::{request_max, response_max};
use crate::verify::verify_request;
use crate::verify::{Mode, Verified};
use std::marker::PhantomData;

/// The server end of all channels of one name, for the process class `C`: it
/// serves dispatchers of no other class. Several threads may serve one
/// listener, each taking the next request.
pub struct Listener<C> {
    connection: Connection,
    handle: u32,
    class: PhantomData<fn() -> C>,
}

/// A request to answer, as [`Listener::serve_with`] hands it to its closure.
pub struct Call<'c> {
    /// The request; its structure has been checked.
    pub request: Verified<'c>,
    /// Where the response goes; large enough for any that the class has.
    pub room: &'c mut [u8],
    /// Who calls.
    pub caller: Task,
    /// The channel that it came by.
    pub channel: u32,
}

/// A call that did not end with the server's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Whose call.
    pub caller: Task,
    /// Endpoint and method; `None` when the request names none.
    pub method: Option<(&'static str, &'static str)>,
    /// What happened.
    pub outcome: Outcome,
}

/// How a call ended instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The kernel refused the response, with this code.
    Refused(Retcode),
    /// The dispatcher could not answer, for this reason; the call ended with
    /// `rcFail`.
    NotAnswered(NkErr),
    /// The request was no message of the class; the call ended with `rcFail`.
    Malformed(Fault),
}

impl<C: ClassType> Listener<C> {
    /// The server end of the channels with this name.
    ///
    /// # Errors
    /// [`Error::Unknown`]; [`Error::Mismatch`] when the solution was built from another description of the class.
    pub fn open(connection: &Connection, name: &str) -> Result<Self> {
        let built_for = Some((Named::Class, C::NAME, &C::DIGEST));
        let handle = connection
            .locate((Locate::Register, Named::ServedChannel), 0, name, built_for)?
            .handle;
        Ok(Self::from_handle(connection, handle))
    }
    /// The listener behind a handle that is known by other means.
    #[must_use]
    pub fn from_handle(connection: &Connection, handle: u32) -> Self {
        Self {
            connection: connection.clone(),
            handle,
            class: PhantomData,
        }
    }
    /// The number that [`ipc::recv`](super::ipc::recv) takes.
    #[must_use]
    pub const fn handle(&self) -> u32 {
        self.handle
    }

    /// Serves until no client is left or the kernel ends the program. A call
    /// that cannot be answered, and a response that the kernel refuses, are
    /// written to standard error, and serving goes on.
    ///
    /// # Errors
    /// The connection does not work.
    pub fn serve(&self, server: &mut (impl Dispatch<Class = C> + ?Sized)) -> Result<()> {
        self.serve_with(|call| server.dispatch(&call.request, call.room))
    }

    /// As [`Listener::serve`], with a closure that knows who calls: it can
    /// build a session for each request.
    ///
    /// # Errors
    /// As [`Listener::serve`].
    pub fn serve_with(&self, answer: impl FnMut(Call<'_>) -> Written) -> Result<()> {
        self.serve_reporting(answer, |incident| {
            use std::io::Write as _;
            // a server whose standard error is closed serves on
            let _closed = writeln!(std::io::stderr(), "nk: {incident}");
        })
    }

    /// As [`Listener::serve_with`]; calls that did not end with a response are
    /// told to `report`.
    ///
    /// # Errors
    /// As [`Listener::serve`].
    pub fn serve_reporting(
        &self,
        mut answer: impl FnMut(Call<'_>) -> Written,
        mut report: impl FnMut(Incident),
    ) -> Result<()> {
        let (mut room, mut response) = self.rooms();
        let mut next = self.connection.recv(self.handle, &mut room);
        loop {
            next = match next {
                Ok(received) => {
                    self.answer(received, &mut room, &mut response, &mut answer, &mut report)
                }
                Err(Error::Kernel(Retcode::NOT_CONNECTED) | Error::KernelGone) => return Ok(()),
                Err(e) => return Err(e),
            };
        }
    }

    /// As [`Listener::serve`], in several threads, each with a server of its
    /// own that `make` makes. Whichever thread is free takes the next request.
    /// Each needs a lane of the program while it serves, and one more while it
    /// calls.
    ///
    /// # Errors
    /// The first error of a thread, when all have ended.
    ///
    /// # Panics
    /// When a thread does.
    pub fn serve_threads<D: Dispatch<Class = C>>(
        &self,
        threads: usize,
        make: impl Fn() -> D + Sync,
    ) -> Result<()> {
        std::thread::scope(|scope| {
            let started: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| self.serve(&mut make())))
                .collect();
            let ended = started.into_iter().map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            ended.fold(Ok(()), Result::and)
        })
    }

    /// Answers one request and receives the next.
    fn answer(
        &self,
        received: Received,
        room: &mut [u8],
        response: &mut [u8],
        answer: &mut impl FnMut(Call<'_>) -> Written,
        report: &mut impl FnMut(Incident),
    ) -> Result<Received> {
        let pending = Pending::new(&self.connection, received.token);
        let Received {
            caller,
            channel,
            size,
            ..
        } = received;
        let (method, written) = match verify_request(C::ENDPOINTS, size.of(room), Mode::Compat) {
            Ok(request) => {
                let endpoint = C::ENDPOINTS.get(usize::from(request.header().iid.0));
                let method = (endpoint.map_or(C::NAME, |e| e.name), request.method().name);
                let written = answer(Call {
                    request,
                    room: &mut *response,
                    caller,
                    channel,
                });
                (Some(method), written.map_err(Outcome::NotAnswered))
            }
            Err(fault) => (None, Err(Outcome::Malformed(fault))),
        };
        let outcome = match written.and_then(|len| {
            response
                .get(..len)
                .ok_or(Outcome::NotAnswered(NkErr::EINVAL))
        }) {
            Ok(bytes) => match pending.reply_recv(Parts::of(bytes), self.handle, room)? {
                Next::Request(received) => return Ok(received),
                Next::Refused(code) => {
                    // a response that could not be asked about (a handle in it is none) leaves the call open
                    if !matches!(code, Retcode::SECURITY_DISALLOW | Retcode::NOT_CONNECTED) {
                        Pending::new(&self.connection, received.token).abort(code)?;
                    }
                    Outcome::Refused(code)
                }
            },
            Err(outcome) => {
                pending.abort(outcome.retcode())?;
                outcome
            }
        };
        report(Incident {
            caller,
            method,
            outcome,
        });
        self.connection.recv(self.handle, room)
    }

    /// Waits for a request as long as `wait` says and lends it, to be answered
    /// by hand. A `room` of [`Listener::room`] bytes holds any request that has
    /// no gaps; one that needs more ends, for both sides, with
    /// `rcBufferTooSmall`.
    ///
    /// # Errors
    /// [`Error::Kernel`] as [`Connection::recv`]; [`Error::Call`] when the request is no message of the class (its call has
    /// then ended).
    pub fn receive<'m>(&self, room: &'m mut [u8], wait: Wait) -> Result<Request<'m>> {
        let received = self.connection.recv_with(self.handle, room, wait)?;
        let pending = Pending::new(&self.connection, received.token);
        let message = verify_request(C::ENDPOINTS, received.size.of(room), Mode::Compat)?;
        Ok(Request {
            message,
            caller: received.caller,
            channel: received.channel,
            pending,
        })
    }

    /// Serves one request, and waits until its response is delivered.
    ///
    /// # Errors
    /// As [`Listener::receive`]; [`Error::Kernel`] when the response was
    /// refused, [`Error::Call`] when there was none.
    pub fn serve_once(&self, server: &mut (impl Dispatch<Class = C> + ?Sized)) -> Result<()> {
        let (mut room, mut response) = self.rooms();
        let request = self.receive(&mut room, Wait::FOREVER)?;
        let len = server
            .dispatch(&request.message, &mut response)
            .map_err(Fault::from)?;
        request.reply(response.get(..len).ok_or(Fault::Other(NkErr::EINVAL))?)
    }

    /// Bytes that hold any request to the class, as our own clients send them.
    #[must_use]
    pub fn room(&self) -> usize {
        request_max(C::ENDPOINTS).min(self.connection.max_message())
    }

    /// Room for any request and any response. Gaps between its chunks can make
    /// a request of a compat client larger than the class's largest, so there
    /// is room for any message: zeroed memory costs nothing until it is used.
    fn rooms(&self) -> (Vec<u8>, Vec<u8>) {
        let max = self.connection.max_message();
        (vec![0; max], vec![0; response_max(C::ENDPOINTS).min(max)])
    }
}

/// A request that [`Listener::receive`] took. Dropping it unanswered ends the
/// call with `rcFail`.
pub struct Request<'m> {
    /// The request; its structure has been checked.
    pub message: Verified<'m>,
    /// Who calls.
    pub caller: Task,
    /// The channel that it came by.
    pub channel: u32,
    pending: Pending,
}

impl Request<'_> {
    /// Answers with a message, and waits until it is delivered or refused.
    ///
    /// # Errors
    /// [`Error::Kernel`] with the code.
    pub fn reply(self, response: &[u8]) -> Result<()> {
        self.pending.reply(Parts::of(response))
    }
    /// Ends the call with `rcFail`; the code says why in the audit.
    ///
    /// # Errors
    /// The connection does not work.
    pub fn abort(self, code: Retcode) -> Result<()> {
        self.pending.abort(code)
    }
}

/// The duty to answer: a server that panics or forgets must not leave its
/// client waiting.
struct Pending {
    connection: Connection,
    token: Option<u64>,
}

impl Pending {
    fn new(connection: &Connection, token: u64) -> Self {
        Self {
            connection: connection.clone(),
            token: Some(token),
        }
    }
    fn reply(mut self, response: Parts<'_>) -> Result<()> {
        if response.len() > self.connection.max_message() {
            return Err(Error::Kernel(Retcode::BUFFER_TOO_LARGE)); // and dropping this ends the call
        }
        self.token
            .take()
            .map_or(Ok(()), |token| self.connection.reply(token, response))
    }
    fn reply_recv(mut self, response: Parts<'_>, handle: u32, room: &mut [u8]) -> Result<Next> {
        let refused = Ok(Next::Refused(Retcode::INVALID_OPERATION));
        self.token.take().map_or(refused, |token| {
            self.connection.reply_recv(token, response, handle, room)
        })
    }
    /// A client that has gone meanwhile is no matter.
    fn abort(mut self, code: Retcode) -> Result<()> {
        match self
            .token
            .take()
            .map(|token| self.connection.abort(token, code))
        {
            None | Some(Ok(()) | Err(Error::Kernel(_))) => Ok(()),
            Some(Err(e)) => Err(e),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            // nobody is left to tell; a broken connection ends the call anyway
            let _told = self.connection.abort(token, Retcode::FAIL);
        }
    }
}

impl Outcome {
    /// The code of the fault behind it: what the kernel's audit names, and for
    /// a refusal the kernel's own.
    #[must_use]
    pub fn retcode(self) -> Retcode {
        match self {
            Self::Refused(code) => code,
            Self::NotAnswered(reason) => Fault::from(reason).retcode(),
            Self::Malformed(fault) => fault.retcode(),
        }
    }
}

impl<C: ClassType> std::fmt::Debug for Listener<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener")
            .field("class", &C::NAME)
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Display for Incident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Task(caller) = self.caller;
        let call = match self.method {
            Some((endpoint, method)) => {
                format!("the call of `{endpoint}.{method}` by task {caller}")
            }
            None => format!("a call by task {caller}"),
        };
        match self.outcome {
            Outcome::Refused(code) => write!(f, "the response to {call} was refused: {code}"),
            Outcome::NotAnswered(reason) => {
                write!(f, "{call} ended with rcFail: the server answered {reason}")
            }
            Outcome::Malformed(fault) => write!(f, "{call} ended with rcFail: {fault}"),
        }
    }
}
