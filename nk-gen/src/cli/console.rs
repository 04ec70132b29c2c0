//! Where a command prints: results to one stream, findings to the other, in the form that the user asked for.
use super::options::Format;
use super::{Exit, Terminal, explain, json};
use crate::Analysis;
use crate::text::diagnostic::{Diagnostic, Severity};
use crate::text::fancy;
use crate::text::render;
use crate::text::source::Sources;
use std::io::Write;

/// The streams of one run.
pub(crate) struct Console<'c> {
    out: &'c mut (dyn Write + Send),
    err: &'c mut (dyn Write + Send),
    format: Format,
    terminal: Terminal,
    most: u64,
    broken: bool,
}

impl<'c> Console<'c> {
    /// A console; `terminal` is where findings go. People are shown `most` findings, programs all.
    pub(crate) fn new(
        out: &'c mut (dyn Write + Send),
        err: &'c mut (dyn Write + Send),
        (format, most): (Format, u64),
        terminal: Terminal,
    ) -> Self {
        Self {
            out,
            err,
            format,
            terminal,
            most,
            broken: false,
        }
    }

    /// The form that the user asked for.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Prints a result.
    pub(crate) fn print(&mut self, text: &str) {
        self.broken |= self
            .out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush())
            .is_err();
    }

    /// Says what is wrong with what was asked for.
    pub(crate) fn complain(&mut self, text: &str) {
        self.broken |= self.err.write_all(text.as_bytes()).is_err();
    }

    /// Shows findings: for people the first ones and how many more there are, for programs all.
    pub(crate) fn show(&mut self, sources: &Sources, findings: &[Diagnostic]) {
        let text: String = match self.format {
            Format::Json => json::lines(sources, findings),
            Format::Text => {
                let one = |sources: &Sources, finding: &Diagnostic| {
                    fancy::one(sources, finding, self.terminal)
                };
                render::first(sources, findings, self.most, one)
            }
        };
        self.broken |= self.err.write_all(text.as_bytes()).is_err();
    }

    /// Shows what an analysis found and what else is wrong; says how the command ends.
    pub(crate) fn finish(&mut self, analysis: &Analysis, more: &[Diagnostic]) -> Exit {
        let all: Vec<Diagnostic> = analysis.diagnostics.iter().chain(more).cloned().collect();
        self.show(&analysis.sources, &all);
        let error = all
            .iter()
            .find(|finding| finding.severity == Severity::Error);
        if let (Some(error), Format::Text) = (error, self.format) {
            self.complain(&explain::hint(error.code));
        }
        match (analysis.unreadable() || self.broken, error) {
            (true, _) => Exit::InputOutput,
            (false, None) => Exit::Success,
            (false, Some(_)) => Exit::Findings,
        }
    }
}
