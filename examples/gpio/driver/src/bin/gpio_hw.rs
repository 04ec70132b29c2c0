//! The driver as a program of its own; an argument is the name of its channels, where it is not the usual one.
#![forbid(unsafe_code)]

fn main() -> nk_runtime::host::Result<()> {
    match std::env::args().nth(1) {
        Some(name) => gpio_hw::serve_by(&name),
        None => gpio_hw::serve(),
    }
}
