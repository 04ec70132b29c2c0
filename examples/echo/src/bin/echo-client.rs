//! The client: sends a number, and what comes back it sends again, ten times.
#![forbid(unsafe_code)]
use echo::CHANNEL;
use echo::nk::ping::{Interface, Ping, Proxy};
use nk_runtime::host;

fn main() -> host::Result<()> {
    let channel = host::connect(CHANNEL)?;
    let riid = channel.riid::<Interface>("responder.ping")?;
    let mut server = Proxy::new(channel, riid);
    let mut value = 777;
    for _ in 0..10 {
        let result = server.ping(value)?;
        println!("sent {value}, got {result}");
        value = result;
    }
    Ok(())
}
