//! The client: plays by the rules for a while, then breaks them.
#![forbid(unsafe_code)]
use nk_runtime::{Error, Fault, Retcode, host};
use ping::CHANNEL;
use ping::nk::table::{Interface, Proxy, Table};

fn main() -> host::Result<()> {
    let channel = host::connect(CHANNEL)?;
    let riid = channel.riid::<Interface>("rally.table")?;
    let mut table = Proxy::new(&channel, riid);
    let mut ball = 0;
    for _ in 0..2 {
        ball = table.ping(ball)?;
        println!("ping -> {ball}");
        ball = table.pong(ball)?;
        println!("pong -> {ball}");
    }
    println!("pong out of turn: {}", code(table.pong(ball)));
    ball = table.ping(ball)?;
    println!("ping -> {ball}");
    println!("ping out of turn: {}", code(table.ping(ball)));
    // what was refused has changed nothing: it is still the pong's turn
    ball = table.pong(ball)?;
    println!("pong -> {ball}");
    Ok(())
}

fn code<T, E>(answer: Result<T, Error<E>>) -> Retcode {
    answer
        .err()
        .and_then(|error| error.fault())
        .map_or(Retcode::OK, Fault::retcode)
}
