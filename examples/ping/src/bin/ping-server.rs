//! The server: answers until its last client has gone. It knows nothing about turns.
#![forbid(unsafe_code)]
use nk_runtime::host;
use ping::nk::{rally::Rally, server};
use ping::{CHANNEL, Player};

fn main() -> host::Result<()> {
    let listener = host::register::<server::Class>(CHANNEL)?;
    listener.serve(&mut server::Server::new(Rally::new(Player)))
}
