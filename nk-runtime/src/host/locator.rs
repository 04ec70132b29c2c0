//! Finding the ends of channels by name (`docs/kernel.md` §4).
use super::{Channel, Connection, Listener, Result};
use crate::header::Riid;
use crate::shape::{ClassType, InterfaceType};

/// The client end of a channel of this program.
///
/// # Errors
/// [`Error::Unknown`](super::Error::Unknown) when the solution connects this program by no channel of that name;
/// [`Error::NotStarted`](super::Error::NotStarted) outside a solution.
pub fn connect(name: &str) -> Result<Channel> {
    Channel::open(Connection::program()?, name)
}

/// The server end of the channels of that name, for the process class that this
/// program is.
///
/// # Errors
/// As [`connect`]; [`Error::Mismatch`](super::Error::Mismatch) when the
/// solution was built from another description of the class.
pub fn register<C: ClassType>(name: &str) -> Result<Listener<C>> {
    Listener::open(Connection::program()?, name)
}

/// The number of an endpoint at the other end of a channel: [`Channel::riid`].
///
/// # Errors
/// As the method.
pub fn riid<I: InterfaceType>(channel: &Channel, endpoint: &str) -> Result<Riid> {
    channel.riid::<I>(endpoint)
}
