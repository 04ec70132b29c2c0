//! The server library of the GPIO driver: a port whose pins are lamps on the terminal.
#![forbid(unsafe_code)]
use gpio_client::nk::kl::drivers::pins::{ReadError, SetDirectionError, WriteError};
use gpio_client::{COUNT, DRIVER, NO_SUCH_PIN, NOT_AN_OUTPUT, Pins};
use nk_runtime::{Error, Result, host};

nk_runtime::include_nk!();

/// A port of simulated pins.
#[derive(Debug, Default)]
pub struct Port([Pin; COUNT as usize]);

#[derive(Debug, Clone, Copy, Default)]
struct Pin {
    output: bool,
    level: bool,
}

impl Port {
    /// Shows outputs as lamps, inputs as points.
    fn show(&self) {
        let shown = |pin: &Pin| match (pin.output, pin.level) {
            (false, _) => '·',
            (true, false) => '○',
            (true, true) => '●',
        };
        println!("{}", self.0.iter().map(shown).collect::<String>());
    }
}

impl Pins for Port {
    fn set_direction(&mut self, pin: u8, output: u8) -> Result<(), SetDirectionError> {
        let pin = self
            .0
            .get_mut(usize::from(pin))
            .ok_or(Error::Method(SetDirectionError { code: NO_SUCH_PIN }))?;
        pin.output = output != 0;
        Ok(())
    }

    fn write(&mut self, pin: u8, level: u8) -> Result<(), WriteError> {
        let pin = self
            .0
            .get_mut(usize::from(pin))
            .ok_or(Error::Method(WriteError { code: NO_SUCH_PIN }))?;
        if !pin.output {
            return Err(Error::Method(WriteError {
                code: NOT_AN_OUTPUT,
            }));
        }
        pin.level = level != 0;
        self.show();
        Ok(())
    }

    fn read(&mut self, pin: u8) -> Result<u8, ReadError> {
        let pin = self
            .0
            .get(usize::from(pin))
            .ok_or(Error::Method(ReadError { code: NO_SUCH_PIN }))?;
        Ok(pin.level.into())
    }
}

/// Serves a port by the channels named after the class, until the last client has gone.
///
/// # Errors
/// There is no such channel, or the connection does not work.
pub fn serve() -> host::Result<()> {
    serve_by(DRIVER)
}

/// Serves a port by the channels with this name, until the last client has gone.
///
/// # Errors
/// As [`serve`].
pub fn serve_by(name: &str) -> host::Result<()> {
    let listener = host::register::<nk::kl::drivers::gpio::Class>(name)?;
    listener.serve(&mut nk::kl::drivers::gpio::Gpio::new(Port::default()))
}
