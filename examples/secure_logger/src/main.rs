//! Builds and runs the solution. What its programs say has their names in front; refusals are said by `einit`.
#![forbid(unsafe_code)]
use std::process::ExitCode;

fn main() -> ExitCode {
    example_runner::example!().show()
}
