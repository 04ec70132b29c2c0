//! Channels that are made at run time beside static ones, and handles that go from program to program.
use crate::nk::echo::{Echo, Interface, Proxy};
use crate::nk::server::{Class, ECHO, Server};
use crate::{CHANNEL, Done, Mirror, stats};
use nk_core::cm;
use nk_core::handle::{Provided, close, user_object};
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{self, Channel, Connection, Listener};
use nk_runtime::{Handle, Retcode, Rights, Riid};
use std::error::Error;

/// The server's part of what is measured.
pub fn serve(how: &str) -> Done {
    let listener = match how {
        "static" | "pass" => host::register::<Class>(CHANNEL)?,
        "dynamic" => Listener::from_handle(
            Connection::program()?,
            cm::accept(None, &cm::listen(FOREVER)?, ECHO)?,
        ),
        _ => return accept_all(),
    };
    Ok(listener.serve(&mut Server::new(Mirror))?)
}

/// Accepts whoever asks, by one listener, and lets each go.
fn accept_all() -> Done {
    let mut listener = None;
    loop {
        let client = match cm::listen(FOREVER) {
            Ok(client) => client,
            Err(host::Error::Kernel(Retcode::NOT_CONNECTED)) => return Ok(()),
            Err(e) => return Err(e.into()),
        };
        let end = cm::accept(listener, &client, ECHO)?;
        if *listener.get_or_insert(end) != end {
            close(end)?;
        }
    }
}

/// The client's channel to the server.
pub fn connect(how: &str) -> host::Result<(Channel, Riid)> {
    if how == "dynamic" {
        let cm::Connected { channel, riid } = cm::connect("Server", "echo", FOREVER)?;
        return Ok((channel, riid));
    }
    let channel = host::connect(CHANNEL)?;
    let riid = channel.riid::<Interface>("echo")?;
    Ok((channel, riid))
}

/// Measures what is no call that brings something back.
pub fn measure(how: &str, often: (usize, u32)) -> Result<String, Box<dyn Error>> {
    if how == "connect" {
        return stats::measure(often, || {
            let made = cm::connect("Server", "echo", FOREVER).map_err(nk_runtime::Fault::from)?;
            close(made.channel.handle()).map_err(nk_runtime::Fault::from)?;
            Ok(true)
        });
    }
    let own = user_object(Provided {
        rights: Rights::TRANSFER,
        ..Provided::default()
    })?;
    let (channel, riid) = connect(how)?;
    let mut server = Proxy::new(channel, riid);
    stats::measure(often, || {
        server.pass(Handle::new(own, Rights::NONE)).map(|()| true)
    })
}
