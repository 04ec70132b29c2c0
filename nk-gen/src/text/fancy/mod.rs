//! Findings for people, with miette's drawing of the source.
mod shown;
mod terminal;

use crate::text::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::text::render::{self, visible};
use crate::text::source::{FileId, Sources};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use shown::Shown;
use std::fmt::{self, Display, Formatter};
pub(crate) use terminal::Terminal;

/// One finding.
pub(crate) fn one(sources: &Sources, finding: &Diagnostic, terminal: Terminal) -> String {
    let handler = handler(terminal);
    let mut text = title(finding, terminal.colour);
    let mut files: Vec<FileId> = Vec::new();
    for label in finding.primary.iter().chain(&finding.others) {
        if !files.contains(&label.place.file) {
            files.push(label.place.file);
        }
    }
    let (last, before) = match files.split_last() {
        Some((last, before)) => (Some(last), before),
        None => (None, files.as_slice()),
    };
    let columns = terminal.columns;
    for file in before {
        text += &drawing(
            &handler,
            &Drawing::new(sources, finding, *file, columns, None),
        );
    }
    match (last, &finding.help) {
        (Some(file), help) => {
            text += &drawing(
                &handler,
                &Drawing::new(sources, finding, *file, columns, help.as_deref()),
            );
        }
        (None, Some(help)) => text = text + "  help: " + &visible(help) + "\n",
        (None, None) => {}
    }
    text
}

fn title(finding: &Diagnostic, colour: bool) -> String {
    let (title, message) = (render::title(finding), visible(&finding.message));
    if !colour {
        return format!("{title}: {message}\n");
    }
    let escape = match finding.severity {
        Severity::Error => "\u{1B}[1;31m",
        Severity::Warning => "\u{1B}[1;33m",
        Severity::Note => "\u{1B}[1;36m",
    };
    format!("{escape}{title}\u{1B}[0m: {message}\n")
}

fn handler(terminal: Terminal) -> GraphicalReportHandler {
    let characters = ThemeCharacters {
        error: String::new(),
        warning: String::new(),
        advice: String::new(),
        ..ThemeCharacters::unicode()
    };
    let styles = if terminal.colour {
        ThemeStyles::ansi()
    } else {
        ThemeStyles::none()
    };
    let theme = GraphicalTheme { characters, styles };
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_context_lines(1)
        .with_width(terminal.columns)
        // `--limit file-bytes=VALUE` is to be copied
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .without_cause_chain()
}

/// Draws one file; the title is ours, so miette's own first lines, which are empty, are dropped.
fn drawing(handler: &GraphicalReportHandler, drawing: &Drawing<'_>) -> String {
    let mut text = String::new();
    // writing to a string cannot fail
    let _ = handler.render_report(&mut text, drawing);
    let lines = text.lines().skip_while(|line| is_blank(line));
    lines.flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// Whether a line shows nothing; it may hold escape sequences, which end with `m`.
fn is_blank(line: &str) -> bool {
    let mut parts = line.split('\u{1B}');
    let first = parts.next().unwrap_or("");
    first.trim().is_empty()
        && parts.all(|part| {
            part.split_once('m')
                .is_none_or(|(_, shown)| shown.trim().is_empty())
        })
}

/// The part of a finding that is about one file, in miette's terms.
struct Drawing<'d> {
    source: Shown,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
    finding: &'d Diagnostic,
}

impl<'d> Drawing<'d> {
    fn new(
        sources: &Sources,
        finding: &'d Diagnostic,
        file: FileId,
        columns: usize,
        help: Option<&str>,
    ) -> Self {
        let primary = finding.primary.iter().map(|label| (label, true));
        let others = finding.others.iter().map(|label| (label, false));
        let here: Vec<(&Label, bool)> = primary
            .chain(others)
            .filter(|(label, _)| label.place.file == file)
            .collect();
        let places: Vec<Place> = here.iter().map(|(label, _)| label.place).collect();
        let source = Shown::new(sources, &places, columns);
        let labels = here
            .iter()
            .zip(&source.places)
            .map(|((label, primary), place)| {
                let text = (!label.text.is_empty()).then(|| visible(&label.text));
                let span = (place.start, place.length);
                if *primary {
                    LabeledSpan::new_primary_with_span(text, span)
                } else {
                    LabeledSpan::new_with_span(text, span)
                }
            });
        Self {
            labels: labels.collect(),
            source,
            help: help.map(visible),
            finding,
        }
    }
}

impl SourceCode for Shown {
    /// Asked with lines of context for what to draw, which is every line that a place touches and no other; and without
    /// for where it is.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let wanted = if before > 0 {
            whole_lines(&self.text, span)
        } else {
            *span
        };
        let contents = self.text.read_span(&wanted, 0, 0)?;
        // joined with the next place when there is at most one line between them
        let lines = contents.data().split(|byte| *byte == b'\n').count() + 1;
        let place = self
            .places
            .iter()
            .find(|place| before == 0 && place.start == span.offset());
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            contents.line() + self.first,
            place.map_or(0, |place| place.column),
            lines,
        )))
    }
}

fn whole_lines(text: &str, span: &SourceSpan) -> SourceSpan {
    let first = text
        .get(..span.offset())
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let end = span.offset().saturating_add(span.len());
    let rest = text.get(end..).unwrap_or("");
    let last = end + rest.find('\n').unwrap_or(rest.len());
    SourceSpan::from((first, last.saturating_sub(first)))
}

impl miette::Diagnostic for Drawing<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }
    fn help(&self) -> Option<Box<dyn Display + '_>> {
        self.help
            .as_ref()
            .map(|help| -> Box<dyn Display> { Box::new(help) })
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl std::error::Error for Drawing<'_> {}

impl Display for Drawing<'_> {
    /// Nothing: the title is printed before.
    fn fmt(&self, _: &mut Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drawing")
            .field("finding", self.finding)
            .finish_non_exhaustive()
    }
}
