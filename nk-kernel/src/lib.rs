//! The trusted side on Linux: it starts the programs of a solution, carries their calls, and lets a message through only
//! when its structure and the policy agree.
//!
//! [`run`] is what the program `einit` does. The state machine behind it ([`core`]) has no I/O and can be driven alone.
mod config;
pub mod core;
mod lane;
mod report;
mod service;
mod start;
mod sys;

pub use config::{Config, Error, Outcome, run};
pub use report::{Console, StdConsole, Stream};
pub use start::{Ended, Isolation, StartError};
