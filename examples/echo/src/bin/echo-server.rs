//! The server: answers every number with the next one, until its client has gone.
#![forbid(unsafe_code)]
use echo::CHANNEL;
use echo::nk::ping::Ping;
use echo::nk::{responder::Responder, server};
use nk_runtime::host;

struct Next;

impl Ping for Next {
    fn ping(&mut self, value: u32) -> nk_runtime::Result<u32> {
        Ok(value.wrapping_add(1))
    }
}

fn main() -> host::Result<()> {
    let listener = host::register::<server::Class>(CHANNEL)?;
    listener.serve(&mut server::Server::new(Responder::new(Next)))
}
