//! Findings for people, with miette's drawing of the source.
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::position::{line_at, position};
use crate::render::{self, acts, visible};
use crate::source::{FileId, Sources};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, NamedSource, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt::{self, Display, Formatter};

/// Longest line that is drawn whole; longer ones are cut by the plain renderer.
const LINE: usize = 400;

/// One finding.
pub(super) fn one(sources: &Sources, finding: &Diagnostic, colour: bool) -> String {
    if finding.primary.iter().chain(&finding.others).any(|label| !drawable(sources, label)) {
        return render::one(sources, finding);
    }
    let handler = handler(colour);
    let mut text = title(finding, colour);
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
    for file in before {
        text += &drawing(&handler, &Drawing::new(sources, finding, *file, None));
    }
    match (last, &finding.help) {
        (Some(file), help) => text += &drawing(&handler, &Drawing::new(sources, finding, *file, help.clone())),
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

fn handler(colour: bool) -> GraphicalReportHandler {
    let characters = ThemeCharacters {
        error: String::new(),
        warning: String::new(),
        advice: String::new(),
        ..ThemeCharacters::unicode()
    };
    let styles = if colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let theme = GraphicalTheme { characters, styles };
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_context_lines(1)
        .with_width(120)
        .without_cause_chain()
}

/// Draws one file; the title is ours, so miette's own first lines, which are empty, are dropped.
fn drawing(handler: &GraphicalReportHandler, drawing: &Drawing<'_>) -> String {
    let mut text = String::new();
    // writing to a string cannot fail
    let _ = handler.render_report(&mut text, drawing);
    let lines = text.lines().skip_while(|line| line.trim().is_empty());
    lines.flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// Whether the place stands in a text and in a line of reasonable length.
fn drawable(sources: &Sources, label: &Label) -> bool {
    let text = sources.text(label.place.file);
    !text.is_empty() && line_at(text, label.place.span.start).0.len() <= LINE
}

/// The part of a finding that is about one file, in miette's terms.
struct Drawing<'d> {
    source: WholeLines,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
    finding: &'d Diagnostic,
}

impl<'d> Drawing<'d> {
    fn new(sources: &Sources, finding: &'d Diagnostic, file: FileId, help: Option<String>) -> Self {
        let primary = finding.primary.iter().map(|label| (label, true));
        let others = finding.others.iter().map(|label| (label, false));
        let here = primary.chain(others).filter(|(label, _)| label.place.file == file);
        let text = sources.text(file);
        let labels = here.map(|(label, primary)| labelled(label, primary, text.len())).collect();
        let name = visible(&sources.path(file).display().to_string());
        Self {
            source: WholeLines(NamedSource::new(name, same_length(text))),
            labels,
            help: help.map(|help| visible(&help)),
            finding,
        }
    }
}

fn labelled(label: &Label, primary: bool, length: usize) -> LabeledSpan {
    let (start, end) = (label.place.span.start as usize, label.place.span.end as usize);
    let start = start.min(length.saturating_sub(1));
    // a place between two tokens is shown as one column
    let size = end.min(length).saturating_sub(start).max(1);
    let text = (!label.text.is_empty()).then(|| visible(&label.text));
    if primary {
        LabeledSpan::new_primary_with_span(text, (start, size))
    } else {
        LabeledSpan::new_with_span(text, (start, size))
    }
}

/// The text without characters that act on a terminal, each replaced by as many bytes, so that places stay right.
fn same_length(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => shown.push(c),
            c if !acts(c) => shown.push(c),
            c => match c.len_utf8() {
                3 => shown.push('\u{FFFD}'),
                bytes => shown.extend(std::iter::repeat_n('?', bytes)),
            },
        }
    }
    shown
}

/// Shows every line that a place touches whole, and no other.
struct WholeLines(NamedSource<String>);

impl SourceCode for WholeLines {
    /// Asked with lines of context for what to draw, and without for where it is.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.0.inner();
        let wanted = if before > 0 { whole_lines(text, span) } else { *span };
        let contents = text.read_span(&wanted, 0, 0)?;
        let start = position(text, u32::try_from(wanted.offset()).unwrap_or(u32::MAX));
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.name().to_owned(),
            contents.data(),
            *contents.span(),
            contents.line(),
            start.column - 1,
            contents.line_count(),
        )))
    }
}

fn whole_lines(text: &str, span: &SourceSpan) -> SourceSpan {
    let first = text.get(..span.offset()).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
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
        self.help.as_ref().map(|help| -> Box<dyn Display> { Box::new(help) })
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
        f.debug_struct("Drawing").field("finding", self.finding).finish_non_exhaustive()
    }
}
