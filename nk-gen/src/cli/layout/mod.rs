//! `nk-gen layout`: prints offsets, sizes, bounds and numbers of a description and of what it uses.
mod c_names;
mod report;
mod text;

use super::options::{Format, LayoutArgs};
use super::{Console, Exit};
use crate::analyze;

/// Runs the command.
pub(super) fn run(args: &LayoutArgs, console: &mut Console<'_>) -> Exit {
    let analysis = analyze(std::slice::from_ref(&args.file), &[], &args.options());
    if let Some(root) = analysis.roots.first().filter(|_| !analysis.has_errors()) {
        let report = report::report(&analysis.model, *root);
        let text = match console.format() {
            // these types always serialize
            Format::Json => serde_json::to_string_pretty(&report).unwrap_or_default() + "\n",
            Format::Text => text::print(&report),
        };
        console.print(&text);
    }
    console.finish(&analysis, &[])
}
