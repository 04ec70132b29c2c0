//! The documented system calls of this program, on bytes. Generated code and
//! programs that test the kernel use nothing else.
//!
//! Each is the method of [`Connection`] with its name, on the connection of
//! this process; each also fails with
//! [`Error::NotStarted`](super::Error::NotStarted) where there is none.
use super::{Connection, Next, Parts, Received, Result, Size, Wait};
use crate::retcode::Retcode;

/// Sends a request and waits for the response: [`Connection::call`].
///
/// # Errors
/// As the method.
pub fn call(handle: u32, request: Parts<'_>, room: &mut [u8], timeout: u32) -> Result<Size> {
    Connection::program()?.call(handle, request, room, timeout)
}

/// Sends a request and waits for the response as long as `wait` says:
/// [`Connection::call_with`].
///
/// # Errors
/// As the method.
pub fn call_with(handle: u32, request: Parts<'_>, room: &mut [u8], wait: Wait) -> Result<Size> {
    Connection::program()?.call_with(handle, request, room, wait)
}

/// Waits for a request: [`Connection::recv`].
///
/// # Errors
/// As the method.
pub fn recv(handle: u32, room: &mut [u8]) -> Result<Received> {
    Connection::program()?.recv(handle, room)
}

/// Waits for a request as long as `wait` says: [`Connection::recv_with`].
///
/// # Errors
/// As the method.
pub fn recv_with(handle: u32, room: &mut [u8], wait: Wait) -> Result<Received> {
    Connection::program()?.recv_with(handle, room, wait)
}

/// Answers a request: [`Connection::reply`].
///
/// # Errors
/// As the method.
pub fn reply(token: u64, response: Parts<'_>) -> Result<()> {
    Connection::program()?.reply(token, response)
}

/// Answers a request and waits for the next: [`Connection::reply_recv`].
///
/// # Errors
/// As the method.
pub fn reply_recv(token: u64, response: Parts<'_>, handle: u32, room: &mut [u8]) -> Result<Next> {
    Connection::program()?.reply_recv(token, response, handle, room)
}

/// Ends a request without a response: [`Connection::abort`].
///
/// # Errors
/// As the method.
pub fn abort(token: u64, code: Retcode) -> Result<()> {
    Connection::program()?.abort(token, code)
}

/// Sends one packet of any bytes and waits for one: [`Connection::packet`].
///
/// # Errors
/// As the method.
pub fn packet(packet: &[u8], answer: &mut [u8]) -> Result<usize> {
    Connection::program()?.packet(packet, answer)
}
