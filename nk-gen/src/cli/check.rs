//! `nk-gen check`: reads descriptions and says what is wrong with them.
use super::depfile;
use super::options::CheckArgs;
use super::{Console, Exit};
use crate::analyze;

/// Runs the command.
pub(super) fn run(args: &CheckArgs, console: &mut Console<'_>) -> Exit {
    let analysis = analyze(&args.files, &[], &args.common.options());
    let Some(path) = args.depfile.as_ref().filter(|_| !analysis.has_errors()) else {
        return console.finish(&analysis, &[]);
    };
    // nothing else is written that could be the target
    let written = depfile::text(std::slice::from_ref(path), &analysis)
        .and_then(|text| depfile::write(path, &text));
    depfile::finish(written, &analysis, Vec::new(), console)
}
