//! The same light with the driver linked in: one process, no kernel.
//!
//!     cargo run -p gpio --example linked_in
#![forbid(unsafe_code)]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "{} pins were lit",
        gpio::run_light(&mut gpio_hw::Port::default())?
    );
    Ok(())
}
