//! Channels that are made while programs run (`cm.CM`): a client asks a server by its task name, and the server accepts or
//! refuses. Such a channel can be deleted by both sides.
//!
//! ```no_run
//! use nk_core::cm;
//! use nk_runtime::Riid;
//! use nk_runtime::frame::FOREVER;
//!
//! // the server: one listener for all clients
//! fn server() -> nk_runtime::host::Result<()> {
//!     let client = cm::listen(FOREVER)?;
//!     let _listener = cm::accept(None, &client, Riid(0))?;
//!     Ok(())
//! }
//!
//! // the client
//! fn client() -> nk_runtime::host::Result<()> {
//!     let cm::Connected { channel, riid } = cm::connect("server", "comp.impl", 1_000)?;
//!     println!("endpoint {riid:?} by handle {}", channel.handle());
//!     Ok(())
//! }
//! # let _ = (server, client);
//! ```
use crate::caller::{channel, done};
use crate::nk::kl::core::cm::{Cm, ListenBuf, Proxy};
use crate::nk::kl::core::core::CM_CM;
use nk_runtime::host::{Channel, Connection, Result};
use nk_runtime::{Handle, Retcode, Riid};

/// A channel that was accepted.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The calling end.
    pub channel: Channel,
    /// The number that the server gave with it.
    pub riid: Riid,
}

/// A client that asks for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its task name.
    pub name: String,
    /// What it asks for: by custom the qualified name of an endpoint.
    pub service: String,
}

fn proxy() -> Result<Proxy<Channel>> {
    Ok(Proxy::new(channel()?, CM_CM))
}

/// Asks the server of this task name for a channel, and waits at most so many milliseconds until it is accepted (`KnCmConnect`).
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcResourceNotFound` when there is no such task, `rcNotConnected`
/// when it has ended, `rcTimeout`, `rcFail` when it refuses.
pub fn connect(server: &str, service: &str, milliseconds: u32) -> Result<Connected> {
    let answer = proxy()?.connect(server, service, milliseconds)?;
    done(answer.rc)?;
    let riid = u16::try_from(answer.id)
        .map_err(|_| nk_runtime::host::Error::Kernel(Retcode::INVALID_ARGUMENT))?;
    let channel = Channel::from_handle(Connection::program()?, answer.handle.handle);
    Ok(Connected {
        channel,
        riid: Riid(riid),
    })
}

/// Waits at most so many milliseconds for a client that asks for a channel (`KnCmListen`). The first one in the line is told,
/// and goes to its end: it stays until it is accepted or refused, or gives up.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcTimeout`; `rcNotConnected` when no other program is left.
pub fn listen(milliseconds: u32) -> Result<Client> {
    let mut room = ListenBuf::new();
    let mut proxy = proxy()?;
    let answer = proxy.listen("", milliseconds, room.out())?;
    done(answer.rc())?;
    Ok(Client {
        name: answer.client().to_owned(),
        service: answer.service().to_owned(),
    })
}

/// Gives a client its channel, and the number of the endpoint (`KnCmAccept`). Without a listener a new one is made, and the
/// answer is its handle; with one the channel is added to it, and the answer is the handle of this channel's own end.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcResourceNotFound` when that client does not ask for that (any
/// longer), `rcInvalidOperation` for a handle that is no listener, `rcQuotaExceeded`.
pub fn accept(listener: Option<u32>, client: &Client, riid: Riid) -> Result<u32> {
    let listener = listener.map_or(Handle::INVALID, Handle::named);
    let answer = proxy()?.accept(listener, &client.name, &client.service, riid.0.into())?;
    done(answer.rc)?;
    Ok(answer.handle.handle)
}

/// Refuses a client (`KnCmDrop`).
///
/// # Errors
/// As [`accept`].
pub fn drop(client: &Client) -> Result<()> {
    done(Cm::drop(&mut proxy()?, &client.name, &client.service)?)
}

/// Deletes a dynamic channel by the handle of one of its ends, under pending calls too: these end with `rcAbort`.
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcInvalidOperation` for a static channel.
pub fn disconnect(handle: u32) -> Result<()> {
    crate::handle::disconnect(handle)
}
