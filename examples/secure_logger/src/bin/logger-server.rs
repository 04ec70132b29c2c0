//! The logger: keeps lines until its last client has gone.
#![forbid(unsafe_code)]
use nk_runtime::host;
use secure_logger::nk::logger;
use secure_logger::{CHANNEL, Lines};

fn main() -> host::Result<()> {
    let listener = host::register::<logger::Class>(CHANNEL)?;
    listener.serve(&mut logger::Logger::new(Lines::default()))
}
