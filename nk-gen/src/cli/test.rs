//! `nk-gen test`: runs the tests that a policy holds, and tells of each sequence what went otherwise first.
use super::options::TestArgs;
use super::{Console, Exit};
use crate::solution::{Inputs, build};
use crate::tools::testing::{coverage, report, run as play, tap};

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
            let sources = &solution.analysis.sources;
            console.print(&if args.tap {
                tap(&outcomes, sources)
            } else {
                report(&outcomes, sources)
            });
            if args.coverage {
                let text = coverage(&solution, &outcomes);
                // in TAP, what is no test is a comment
                let text = text.lines().map(|line| {
                    if args.tap {
                        format!("# {line}\n")
                    } else {
                        format!("{line}\n")
                    }
                });
                console.print(&text.collect::<String>());
            }
            if outcomes.iter().all(|outcome| outcome.failure.is_none()) {
                exit
            } else {
                Exit::Findings
            }
        }
        Err(findings) => match console.finish(&solution.analysis, &findings) {
            // tests that cannot be run have not passed
            Exit::Success => Exit::Findings,
            exit => exit,
        },
    }
}
