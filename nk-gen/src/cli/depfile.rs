//! `--depfile` of the commands that write: what has to be made again when which description changes.
use super::{Console, Exit};
use crate::Analysis;
use crate::emit::depfile::depfile;
use crate::emit::write::{NotWritten, write_all};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use std::path::{Path, PathBuf};

/// A step of writing, or why nothing more is written.
pub(super) type Step<T> = Result<T, Box<Diagnostic>>;

/// The text for what was made from an analysis.
pub(super) fn text(targets: &[PathBuf], analysis: &Analysis) -> Step<Vec<u8>> {
    depfile(targets, &analysis.files_read).map_err(Box::new)
}

/// Writes the file.
pub(super) fn write(path: &Path, text: &[u8]) -> Step<()> {
    write_all(&[(path.to_owned(), text)]).map_err(|failed| Box::new(not_written(&failed)))
}

/// E313: an output that cannot be written.
pub(super) fn not_written(failed: &NotWritten) -> Diagnostic {
    Diagnostic::new(Code::NOT_WRITTEN, failed.to_string(), None)
        .help("write somewhere else, or mend what is there")
}

/// Ends a command that wrote files: shows `notes`, and what could not be written.
pub(super) fn finish(
    written: Step<()>,
    analysis: &Analysis,
    mut notes: Vec<Diagnostic>,
    console: &mut Console<'_>,
) -> Exit {
    let Err(failed) = written else {
        return console.finish(analysis, &notes);
    };
    notes.push(*failed);
    console.finish(analysis, &notes);
    Exit::InputOutput
}
