//! The two ends of a channel: [`Peer`] inside every proxy, [`Dispatch`] for
//! every process class.
use crate::error::{Error, Fault, Full, NkErr, Written};
use crate::header::{Ex, HEADER_SIZE, Header, Riid};
use crate::shape::{ClassType, Interface, Message, Method};
use crate::verify::Verified;
use crate::view::{One, View, Wire};
use crate::writer::{At, Put, Writer};

/// Carries one request and brings back its verified response.
///
/// The transport owns the request's buffer and lends it to `encode` (which
/// answers the length): a lane may lend shared memory. The response goes to the
/// caller's `room`. `Verified` is the proof that somebody checked it.
pub trait Transport {
    /// Sends what `encode` writes to endpoint `iid` and waits for the answer.
    ///
    /// # Errors
    /// Everything that keeps a response from coming back.
    fn call<'r>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>,
        room: &'r mut [u8],
    ) -> Result<Verified<'r>, Fault>;
}
impl<T: Transport + ?Sized> Transport for &mut T {
    #[inline]
    fn call<'r>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>,
        room: &'r mut [u8],
    ) -> Result<Verified<'r>, Fault> {
        (**self).call(interface, method, iid, encode, room)
    }
}

/// What every generated proxy wraps: a transport and the endpoint behind it.
#[derive(Debug, Clone, Copy)]
pub struct Peer<T> {
    transport: T,
    iid: Riid,
}
impl<T: Transport> Peer<T> {
    /// An endpoint at the other end of a transport.
    pub const fn new(transport: T, iid: Riid) -> Self {
        Self { transport, iid }
    }
    /// Sends `request`, reads the answer out of `room`.
    ///
    /// # Errors
    /// The method's error parameters, or a fault.
    #[inline]
    pub fn call<'r, Q: Put, R: Wire<'r>, E: Wire<'r>>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        request: &Q,
        room: &'r mut [u8],
    ) -> Result<R, Error<E>> {
        let iid = self.iid;
        let encode = |buf: &mut [u8]| {
            let mut w = Writer::new(buf, &method.req, iid.0, method.mid, false)?;
            request.put(&mut w, At::START)?;
            Ok(w.finish_len(&method.req))
        };
        let answer = self.transport.call(interface, method, iid, encode, room)?;
        answer.answer().map_err(Error::Method)
    }
    /// As [`Peer::call`], for a method with a single fixed-size result.
    ///
    /// # Errors
    /// The method's error parameters, or a fault.
    #[inline]
    pub fn call_one<'r, Q: Put, R: Wire<'r>, E: Wire<'r>>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        request: &Q,
        room: &'r mut [u8],
    ) -> Result<R, Error<E>> {
        self.call(interface, method, request, room).map(One::get)
    }
}

/// A process class: routes a verified request to an implementation and writes
/// the response.
pub trait Dispatch {
    /// The generated class.
    type Class: ClassType;
    /// Answers the length of the response in `room`.
    ///
    /// # Errors
    /// `ENOENT` for an unknown RIID or MID, with `room` untouched; otherwise
    /// what the implementation's fault maps to.
    fn dispatch(&mut self, request: &Verified<'_>, room: &mut [u8]) -> Written;
}
impl<D: Dispatch + ?Sized> Dispatch for &mut D {
    type Class = D::Class;
    fn dispatch(&mut self, request: &Verified<'_>, room: &mut [u8]) -> Written {
        (**self).dispatch(request, room)
    }
}

/// Memory for the response of a method with variable results.
///
/// The generated `…Buf` aliases have the size that every response fits into.
#[derive(Clone)]
pub struct Buf<const N: usize>([u8; N]);
impl<const N: usize> Default for Buf<N> {
    fn default() -> Self {
        Self::new()
    }
}
impl<const N: usize> Buf<N> {
    /// Empty memory.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; N])
    }
    /// The memory itself.
    pub const fn bytes(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
    /// Lends the memory to a call.
    pub fn out<'r, O: From<Out<'r>>>(&'r mut self) -> O {
        Out::new(&mut self.0).into()
    }
}

/// The untyped side of the generated `…Out` types: where variable results go.
pub struct Out<'r>(&'r mut [u8]);

impl core::fmt::Debug for Out<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Out").field("room", &self.0.len()).finish()
    }
}
impl<'r> Out<'r> {
    /// Memory of any size; a response that does not fit is a fault, never cut.
    pub const fn new(room: &'r mut [u8]) -> Self {
        Self(room)
    }
    /// As [`Out::new`], and forgets what the memory held, so that an old
    /// response cannot pass for a new one.
    pub fn fresh(room: &'r mut [u8]) -> Self {
        room.iter_mut().take(HEADER_SIZE).for_each(|b| *b = 0);
        Self(room)
    }
    /// The memory.
    #[must_use]
    pub const fn room(self) -> &'r mut [u8] {
        self.0
    }
    /// Writes a response and reads it back as `R`.
    ///
    /// # Errors
    /// Whatever `put` answers.
    pub fn write<R: Wire<'r>>(
        self,
        method: &'static Method,
        put: impl FnOnce(&mut Writer<'r>, At) -> Result<(), Full>,
    ) -> Result<R, Full> {
        self.message(&method.res, method.mid, false, put)
    }
    /// Writes an error response and reads it back as `E`.
    ///
    /// # Errors
    /// Whatever `put` answers.
    pub fn fail<E: Wire<'r>>(
        self,
        method: &'static Method,
        put: impl FnOnce(&mut Writer<'r>, At) -> Result<(), Full>,
    ) -> Result<E, Full> {
        self.message(&method.err, method.mid, true, put)
    }
    fn message<T: Wire<'r>>(
        self,
        message: &'static Message,
        mid: u16,
        err: bool,
        put: impl FnOnce(&mut Writer<'r>, At) -> Result<(), Full>,
    ) -> Result<T, Full> {
        let mut w = Writer::new(self.0, message, 0, mid, err)?;
        put(&mut w, At::START)?;
        let (base, arena) = w.finish(message);
        Ok(T::read(View::new(base, arena)))
    }
}

/// What an implementation answered: values that still have to be written, or a
/// message that it wrote itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply<T> {
    /// Fixed-size parameters.
    Value(T),
    /// The length of the message in the room that the implementation was given.
    Written(usize),
}

/// Ends the dispatch of a method whose results and errors are fixed-size.
///
/// # Errors
/// The implementation's fault.
#[inline]
pub fn reply<R: Put, E: Put>(
    req: &Verified<'_>,
    room: &mut [u8],
    result: Result<R, Error<E>>,
) -> Written {
    answer(
        req,
        room,
        result
            .map(Reply::Value)
            .map_err(|e| e.map_method(Reply::Value)),
    )
}

/// As [`reply`], for a method with a single fixed-size result.
///
/// # Errors
/// The implementation's fault.
#[inline]
pub fn reply_one<R: Put, E: Put>(
    req: &Verified<'_>,
    room: &mut [u8],
    result: Result<R, Error<E>>,
) -> Written {
    reply(req, room, result.map(One))
}

/// As [`reply`], for a method that wrote its results into `room` and says how
/// long the message is.
///
/// # Errors
/// The implementation's fault; `EINVAL` when it answered with a message that is
/// not in `room`.
#[inline]
pub fn reply_written<E: Put>(
    req: &Verified<'_>,
    room: &mut [u8],
    result: Result<usize, Error<E>>,
) -> Written {
    answer(
        req,
        room,
        result
            .map(Reply::<()>::Written)
            .map_err(|e| e.map_method(Reply::Value)),
    )
}

/// As [`answer`], for a method that writes its error parameters into `room` and
/// says how long the message is.
///
/// # Errors
/// The implementation's fault; `EINVAL` when it answered with a message that is
/// not in `room`.
#[inline]
pub fn answer_written<R: Put>(
    req: &Verified<'_>,
    room: &mut [u8],
    result: Result<Reply<R>, Error<usize>>,
) -> Written {
    answer(
        req,
        room,
        result.map_err(|e| e.map_method(Reply::<()>::Written)),
    )
}

/// Ends the dispatch of a method: writes the response or error response, or
/// finishes the one that was written.
///
/// # Errors
/// The implementation's fault; `EINVAL` when it answered with a message that is
/// not in `room`.
#[inline]
pub fn answer<R: Put, E: Put>(
    req: &Verified<'_>,
    room: &mut [u8],
    result: Result<Reply<R>, Error<Reply<E>>>,
) -> Written {
    let m = req.method();
    match result {
        Ok(r) => put_reply(req, &m.res, false, room, &r),
        Err(Error::Method(e)) => put_reply(req, &m.err, true, room, &e),
        Err(Error::Call(fault)) => Err(fault.into()),
    }
}

#[inline]
fn put_reply<T: Put>(
    req: &Verified<'_>,
    message: &Message,
    err: bool,
    room: &mut [u8],
    v: &Reply<T>,
) -> Written {
    let (iid, mid) = (req.header().iid, req.method().mid);
    match v {
        Reply::Value(v) => {
            let full = |f: Full| NkErr::from(Fault::from(f));
            let mut w = Writer::new(room, message, iid.0, mid, err).map_err(full)?;
            v.put(&mut w, At::START).map_err(full)?;
            Ok(w.finish_len(message))
        }
        Reply::Written(len) => {
            let expected = Ex::new(message.size, message.handles, err);
            let ours = Header::read(room).is_some_and(|h| h.ex == expected && h.mid.0 == mid)
                && *len <= room.len();
            match room.first_chunk_mut::<2>() {
                Some(at) if ours => *at = iid.0.to_le_bytes(),
                _ => return Err(NkErr::EINVAL),
            }
            Ok(*len)
        }
    }
}
