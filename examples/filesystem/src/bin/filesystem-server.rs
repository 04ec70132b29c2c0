//! The server: offers a disk until its last client has gone.
#![forbid(unsafe_code)]
use filesystem::nk::{operations::Operations, server};
use filesystem::{CHANNEL, Disk};
use nk_runtime::host;

fn main() -> host::Result<()> {
    let listener = host::register::<server::Class>(CHANNEL)?;
    listener.serve(&mut server::Server::new(Operations::new(Disk::default())))
}
