//! The server: publishes its endpoint, accepts two clients on one listener, and closes when both have gone.
#![forbid(unsafe_code)]
use dynamic::nk::office::{HoursOut, HoursRes, Office};
use dynamic::nk::server::{Class, OFFICE, Server};
use dynamic::{ENDPOINT, INTERFACE, PATIENCE};
use nk_core::{cm, ns};
use nk_runtime::Result;
use nk_runtime::host::{self, Connection, Listener};

struct Desk {
    guests: u32,
}

impl Office for Desk {
    fn hours<'r>(&mut self, out: HoursOut<'r>) -> Result<HoursRes<'r>> {
        out.reply("nine to five")
    }
    fn salary(&mut self, name: &str) -> Result<u32> {
        println!("somebody asks for the salary of {name}");
        Ok(3_000)
    }
    fn leave(&mut self) -> Result<()> {
        self.guests -= 1;
        Ok(())
    }
}

fn main() -> host::Result<()> {
    let names = ns::create(None, PATIENCE)?;
    names.publish(INTERFACE, "Server", ENDPOINT)?;

    let mut listener = None;
    for _ in 0..2 {
        let client = cm::listen(PATIENCE)?;
        println!("{} asks for {}", client.name, client.service);
        // the first channel brings the listener, the second is added to it
        let handle = cm::accept(listener, &client, OFFICE)?;
        listener.get_or_insert(handle);
    }
    names.unpublish(INTERFACE, "Server", ENDPOINT)?;

    let handle = listener.unwrap_or_default();
    let listener = Listener::<Class>::from_handle(Connection::program()?, handle);
    let mut server = Server::new(Desk { guests: 2 });
    while server.office.guests > 0 {
        listener.serve_once(&mut server)?;
    }
    Ok(())
}
