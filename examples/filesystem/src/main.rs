//! Builds and runs the solution: the two programs under `einit`, then once more with a line taken out of the policy.
//! Prints one line per outcome; what `einit` says itself goes to standard error.
#![forbid(unsafe_code)]
use example_runner::{Example, Result, Run, example};
use std::process::ExitCode;

/// The line that the second run does without.
const TAKEN_OUT: &str = "request  src=Client, dst=Server { grant () }";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("filesystem: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    for line in told(&example!())?.lines("Client") {
        println!("{line}");
    }
    // the same policy, one line shorter, and a client that calls once
    let path = "  path: filesystem-client\n";
    let once = format!("{path}  args: [\"once\"]\n");
    let run = told(
        &example!()
            .with_policy(TAKEN_OUT, "")?
            .with_init(path, &once)?,
    )?;
    if !run
        .lines("Client")
        .iter()
        .any(|line| line.ends_with(": rcSecurityDisallow"))
    {
        return Err("the shorter policy did not deny the call".into());
    }
    let denied = run.denied("request");
    println!(
        "denied by policy: {}",
        denied.first().ok_or("the audit has no denied request")?
    );
    Ok(())
}

/// Runs it, and shows what `einit` says.
fn told(example: &Example) -> Result<Run> {
    let run = example.run()?;
    eprint!("{}", run.told);
    if run.status.success() {
        Ok(run)
    } else {
        Err(format!("{}einit ended with {}", run.said, run.status).into())
    }
}
