//! The client library of the GPIO driver: its interface, and the way to it. Nothing of the driver itself is linked.
//!
//! ```no_run
//! use gpio_client::Pins;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut pins = gpio_client::connect()?;
//! pins.set_direction(3, 1)?;
//! pins.write(3, 1)?;
//! # Ok(())
//! # }
//! ```
//!
//! Code that takes `impl Pins` works with the driver in another process, with one that is linked in, and with a mock.
#![forbid(unsafe_code)]
use nk_runtime::host::{self, Channel, Result};

nk_runtime::include_nk!();

pub use nk::kl::drivers::pins::{COUNT, NO_SUCH_PIN, NOT_AN_OUTPUT, Pins, Proxy};

/// The driver's process class, and by custom the name of the channel to it.
pub const DRIVER: &str = "kl.drivers.GPIO";

/// The driver at the other end of the channel named after its class.
///
/// # Errors
/// As [`connect_by`].
pub fn connect() -> Result<Proxy<Channel>> {
    connect_by(DRIVER)
}

/// The driver at the other end of the channel with this name.
///
/// # Errors
/// [`Error::Unknown`](host::Error::Unknown) when `init.yaml` gives this program no such channel,
/// [`Error::Mismatch`](host::Error::Mismatch) when the driver has another interface.
pub fn connect_by(name: &str) -> Result<Proxy<Channel>> {
    let channel = host::connect(name)?;
    let riid = channel.riid::<nk::kl::drivers::pins::Interface>("pins")?;
    Ok(Proxy::new(channel, riid))
}
