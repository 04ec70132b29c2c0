//! `nk-gen rust`: generates Rust, one file per module below `nk/`.
use super::options::RustArgs;
use super::{Console, Exit};
use crate::analyze;
use crate::builder::generate;
use crate::diagnostic::{Diagnostic, Severity};
use crate::emit::rust::Options;
use crate::output::write_all;

/// Runs the command.
pub(super) fn run(args: &RustArgs, console: &mut Console<'_>) -> Exit {
    let analysis = analyze(&args.files, &[], &args.common.options());
    if analysis.has_errors() {
        return console.finish(&analysis, &[]);
    }
    let options = Options { extern_packages: args.extern_package.clone() };
    let generated = generate(&analysis, &options).and_then(|rust| match rust.files() {
        Ok(files) => Ok((files, rust.notes)),
        Err(internal) => Err(vec![internal]),
    });
    let (files, notes) = match generated {
        Ok(generated) => generated,
        Err(findings) => return console.finish(&analysis, &findings),
    };
    let files: Vec<_> = files.into_iter().map(|(path, text)| (args.out.join(path), text)).collect();
    match write_all(&files) {
        Ok(()) => console.finish(&analysis, &notes),
        Err(failed) => {
            let finding = Diagnostic::new(Severity::Error, 313, failed.to_string(), None)
                .help("give another folder with -o, or make this one writable");
            console.finish(&analysis, &[finding]);
            Exit::InputOutput
        }
    }
}
