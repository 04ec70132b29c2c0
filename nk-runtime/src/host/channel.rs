//! The client end of a channel, as the transport of proxies.
use super::{Connection, Named, Parts, Result, Wait};
use crate::call::Transport;
use crate::error::{Fault, Full};
use crate::frame::{FrameError, Locate};
use crate::header::Riid;
use crate::shape::{Interface, InterfaceType, Method};
use crate::verify::{Mode, Verified, verify_response};
use std::cell::Cell;

/// The client end of a channel. Cloning is cheap; clones, and references in
/// several threads, call independently of each other, as many at once as the
/// program has lanes.
#[derive(Debug, Clone)]
pub struct Channel {
    connection: Connection,
    handle: u32,
    wait: Wait,
}

impl Channel {
    /// The client end of the channel with this name.
    ///
    /// # Errors
    /// [`Error::Unknown`](super::Error::Unknown), or the connection does not work.
    pub fn open(connection: &Connection, name: &str) -> Result<Self> {
        let handle = connection
            .locate((Locate::Connect, Named::Channel), 0, name, None)?
            .handle;
        Ok(Self::from_handle(connection, handle))
    }
    /// The channel behind a handle that is known by other means.
    #[must_use]
    pub fn from_handle(connection: &Connection, handle: u32) -> Self {
        Self {
            connection: connection.clone(),
            handle,
            wait: Wait::FOREVER,
        }
    }
    /// The same channel, with calls that end with `rcTimeout` after this many
    /// milliseconds.
    #[must_use]
    pub fn with_timeout(&self, milliseconds: u32) -> Self {
        Self {
            wait: Wait {
                timeout: milliseconds,
                ..self.wait
            },
            ..self.clone()
        }
    }
    /// The same channel, with calls that end with `rcIpcInterrupt` when the
    /// sync object with this handle is set, and at once while it is.
    #[must_use]
    pub fn interrupted_by(&self, sync: u32) -> Self {
        Self {
            wait: self.wait.until(sync),
            ..self.clone()
        }
    }
    /// The number that [`ipc::call`](super::ipc::call) takes.
    #[must_use]
    pub const fn handle(&self) -> u32 {
        self.handle
    }
    /// The number of the server's endpoint with this name, in either spelling:
    /// by the component's instance (`OpsComp.FS`) or by its class
    /// (`Operations.FS`). `I` is the interface that this program was built
    /// with; the kernel compares it.
    ///
    /// # Errors
    /// [`Error::Unknown`](super::Error::Unknown) when the server has no such endpoint,
    /// [`Error::Mismatch`](super::Error::Mismatch) when it offers another interface, or another version of its description.
    pub fn riid<I: InterfaceType>(&self, endpoint: &str) -> Result<Riid> {
        let built_for = (Named::Interface, I::TABLE.name, &I::TABLE.digest);
        let question = (Locate::Riid, Named::Endpoint);
        let answer = self
            .connection
            .locate(question, self.handle, endpoint, Some(built_for))?;
        Ok(Riid(
            u16::try_from(answer.token).map_err(|_| FrameError::Length)?,
        ))
    }
}

impl Transport for Channel {
    fn call<'r>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        encode: impl FnOnce(&mut [u8]) -> core::result::Result<usize, Full>,
        room: &'r mut [u8],
    ) -> core::result::Result<Verified<'r>, Fault> {
        Transport::call(&mut &*self, interface, method, iid, encode, room)
    }
}

impl Transport for &Channel {
    fn call<'r>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        encode: impl FnOnce(&mut [u8]) -> core::result::Result<usize, Full>,
        room: &'r mut [u8],
    ) -> core::result::Result<Verified<'r>, Fault> {
        let largest = method.req.max().min(self.connection.max_message());
        let size = with_request_buffer(largest, |buffer| {
            let len = encode(buffer)?;
            let request = Parts::of(buffer.get(..len).ok_or(Full::Buffer)?);
            Ok::<_, Fault>(
                self.connection
                    .call_with(self.handle, request, room, self.wait)?,
            )
        })?;
        Ok(verify_response(
            interface,
            method,
            iid.0,
            size.of(room),
            Mode::Compat,
        )?)
    }
}

/// Lends this thread's request buffer. It has room for the largest request that
/// the method can have, as `encode` runs only once; but the memory is asked for
/// zeroed, so that of a large buffer only the pages exist that some request has
/// used.
fn with_request_buffer<T>(size: usize, f: impl FnOnce(&mut [u8]) -> T) -> T {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // a call inside a call finds it taken, and makes one of its own; so does one while the thread ends
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    if buffer.len() < size {
        drop(buffer);
        buffer = vec![0; size];
    }
    let result = f(buffer.get_mut(..size).unwrap_or_default());
    let _thread_ends = BUFFER.try_with(|cell| cell.set(buffer));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_buffer_is_kept_for_the_next_call_and_never_shared() {
        let first = with_request_buffer(100, |b| (b.as_ptr(), b.len()));
        let (again, nested) = with_request_buffer(60, |outer| {
            let nested = with_request_buffer(10, |inner| (inner.as_ptr(), inner.len()));
            ((outer.as_ptr(), outer.len()), nested)
        });
        assert_eq!((first.0, again.1, nested.1), (again.0, 60, 10));
        assert_ne!(again.0, nested.0);
    }
}
