//! A running light, for whatever has pins.
#![forbid(unsafe_code)]
use gpio_client::{COUNT, Pins};
use std::error::Error;

/// Lets a light run along all pins once; answers how many pins it has read as lit on the way.
///
/// # Errors
/// The driver refuses, or is not there.
pub fn run_light(pins: &mut impl Pins) -> Result<u32, Box<dyn Error>> {
    let mut lit = 0;
    for pin in 0..COUNT {
        pins.set_direction(pin, 1)?;
    }
    for pin in 0..COUNT {
        pins.write(pin, 1)?;
        lit += u32::from(pins.read(pin)?);
        pins.write(pin, 0)?;
    }
    Ok(lit)
}
