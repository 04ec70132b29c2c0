//! `nk-gen solution`: compiles a solution image.
use super::options::SolutionArgs;
use super::{Console, Exit};
use crate::analyze;
use crate::diagnostic::{Diagnostic, Severity};

/// Runs the command.
pub(super) fn run(args: &SolutionArgs, console: &mut Console<'_>) -> Exit {
    let analysis = analyze(&[], &[], &args.common.options());
    let message = format!("this build cannot write `{}`", args.out.display());
    console.finish(&analysis, &[Diagnostic::new(Severity::Error, 900, message, None)])
}
