//! `nk-gen test`: runs the tests that a policy holds, and tells of each sequence what went otherwise first.
use super::options::TestArgs;
use super::{Console, Exit};
use crate::solution::{Inputs, build};
use crate::testing::{report, run as play};

/// Runs the command.
pub(super) fn run(args: &TestArgs, console: &mut Console<'_>) -> Exit {
    let solution = build(&Inputs {
        init: args.init.clone().unwrap_or_default(),
        policy: args.policy.clone(),
        defines: args.common.define.clone(),
        options: args.common.options(),
        ..Inputs::default()
    });
    match play(&solution) {
        Ok(outcomes) => {
            let exit = console.finish(&solution.analysis, &[]);
            console.print(&report(&outcomes, &solution.analysis.sources));
            if outcomes.iter().all(|outcome| outcome.failure.is_none()) { exit } else { Exit::Findings }
        }
        Err(findings) => match console.finish(&solution.analysis, &findings) {
            // tests that cannot be run have not passed
            Exit::Success => Exit::Findings,
            exit => exit,
        },
    }
}
