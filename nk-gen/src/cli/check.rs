//! `nk-gen check`: reads descriptions and says what is wrong with them.
use super::options::CheckArgs;
use super::{Console, Exit};
use crate::analyze;

/// Runs the command.
pub(super) fn run(args: &CheckArgs, console: &mut Console<'_>) -> Exit {
    let analysis = analyze(&args.files, &[], &args.common.options());
    console.finish(&analysis, &[])
}
