//! Lets a hostile program try to get out, without `einit` and on each level, and prints what it came to.
use escape::stage::play;
use std::process::ExitCode;

fn main() -> ExitCode {
    match play() {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("escape: {error}");
            ExitCode::FAILURE
        }
    }
}
