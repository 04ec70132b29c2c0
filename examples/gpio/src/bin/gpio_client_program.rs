//! The program of class `client.Client`: it knows neither handle nor RIID. An argument is the name of the channel, where it is
//! not the usual one.
#![forbid(unsafe_code)]
use gpio_client::{COUNT, Pins};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut pins = match std::env::args().nth(1) {
        Some(name) => gpio_client::connect_by(&name)?,
        None => gpio_client::connect()?,
    };
    println!("{} pins were lit", gpio::run_light(&mut pins)?);
    match pins.write(COUNT, 1).map_err(nk_runtime::Error::method) {
        Err(Some(error)) => println!("pin {COUNT}: error {}", error.code),
        other => println!("pin {COUNT}: {other:?}"),
    }
    Ok(())
}
