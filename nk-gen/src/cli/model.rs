//! `nk-gen json`: prints the model, for backends and tools outside this project.
use super::options::JsonArgs;
use super::{Console, Exit};
use crate::analyze;
use crate::emit::json;
use crate::emit::write::write_all;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;

/// Runs the command. With errors nothing is printed, and a file is not touched.
pub(super) fn run(args: &JsonArgs, console: &mut Console<'_>) -> Exit {
    let analysis = analyze(&args.files, &[], &args.common.options());
    if analysis.has_errors() {
        return console.finish(&analysis, &[]);
    }
    let text = json::print(&analysis.model, &analysis.sources, &analysis.roots);
    let Some(out) = &args.out else {
        console.print(&text);
        return console.finish(&analysis, &[]);
    };
    match write_all(&[(out.clone(), text)]) {
        Ok(()) => console.finish(&analysis, &[]),
        Err(failed) => {
            let finding = Diagnostic::new(Code::NOT_WRITTEN, failed.to_string(), None)
                .help("give another file with -o, or make this one writable");
            console.finish(&analysis, &[finding]);
            Exit::InputOutput
        }
    }
}
