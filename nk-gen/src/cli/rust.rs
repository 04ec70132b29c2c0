//! `nk-gen rust`: generates Rust, one file per module below `nk/`.
use super::depfile::{self, Step, not_written};
use super::options::RustArgs;
use super::{Console, Exit};
use crate::analysis::{Analysis, analyze};
use crate::builder::generate;
use crate::emit::rust::Options;
use crate::emit::write::below::{too_long_a_name, write_below};
use crate::text::diagnostic::Diagnostic;
use std::path::PathBuf;

type Files = Vec<(PathBuf, String)>;

/// Runs the command.
pub(super) fn run(args: &RustArgs, console: &mut Console<'_>) -> Exit {
    let analysis = analyze(&args.files, &[], &args.common.options());
    if analysis.has_errors() {
        return console.finish(&analysis, &[]);
    }
    match files(args, &analysis) {
        Ok((files, notes)) => {
            depfile::finish(write(args, &analysis, &files), &analysis, notes, console)
        }
        Err(findings) => console.finish(&analysis, &findings),
    }
}

/// The text of every module, and what is worth knowing about it.
fn files(
    args: &RustArgs,
    analysis: &Analysis,
) -> Result<(Files, Vec<Diagnostic>), Vec<Diagnostic>> {
    let options = Options {
        extern_packages: args.extern_package.clone(),
        sections: args.sections.sections(),
        generated_bytes: args.common.limits().generated_bytes,
    };
    let rust = generate(analysis, &options)?;
    let notes = rust.notes.clone();
    let files = rust.files();
    match too_long_a_name(files.iter().map(|(path, _)| path.as_path())) {
        Some(finding) => Err(vec![finding]),
        None => Ok((files, notes)),
    }
}

/// Writes the modules, then the dependency file: its text is made first, so that a mistake in it leaves nothing written.
fn write(args: &RustArgs, analysis: &Analysis, files: &Files) -> Step<()> {
    let targets: Vec<PathBuf> = files.iter().map(|(path, _)| args.out.join(path)).collect();
    let depfile = args.depfile.as_ref();
    let depfile = depfile
        .map(|path| depfile::text(&targets, analysis).map(|text| (path, text)))
        .transpose()?;
    write_below(&args.out, files).map_err(|failed| Box::new(not_written(&failed)))?;
    depfile.map_or(Ok(()), |(path, text)| depfile::write(path, &text))
}
