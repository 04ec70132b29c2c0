//! The client, of either class: finds an office by the name of its interface, gets a channel to it, and asks.
#![forbid(unsafe_code)]
use dynamic::nk::office::{HoursBuf, Office, Proxy};
use dynamic::{INTERFACE, PATIENCE};
use nk_core::{cm, ns};
use nk_runtime::host;
use std::time::Duration;

fn main() -> host::Result<()> {
    let names = ns::create(None, PATIENCE)?;
    let found = loop {
        if let Some(found) = names.nth(INTERFACE, 0)? {
            break found;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    println!("found {} at {}", found.service, found.server);

    let cm::Connected { channel, riid } = cm::connect(&found.server, &found.service, PATIENCE)?;
    let mut office = Proxy::new(&channel, riid);
    println!("open {}", office.hours(HoursBuf::new().out())?.hours());
    match office.salary("ada") {
        Ok(salary) => println!("ada has {salary}"),
        Err(error) => println!("ada's salary: {error}"),
    }
    office.leave()?;
    cm::disconnect(channel.handle())
}
