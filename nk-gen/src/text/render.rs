//! Findings as plain text, for build scripts and wherever there is no terminal.
//! Needs no feature.
//!
//! The form is that of `rustc`, so that editors that find `-->` and
//! `file:line:column` in its output find it here. Terminals get the same
//! content in colour from the command line's own rendering.
use crate::options::limits::{Limits, size};
use crate::text::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::text::excerpt::{excerpt, hides};
use crate::text::position::{line_at, position, range};
use crate::text::source::Sources;
use std::fmt::Write;

/// Most columns of a line of source that are shown around a place.
///
/// A longer line is cut around the place.
const COLUMNS: usize = 120;

/// All findings, each followed by an empty line; of more than a hundred the
/// rest is counted.
#[must_use]
pub fn plain(sources: &Sources, findings: &[Diagnostic]) -> String {
    first(sources, findings, Limits::DEFAULT.findings, one)
}

/// The first findings as `one` shows them, each followed by an empty line, and
/// how many more there are.
///
/// `most` is the limit `findings`.
pub(crate) fn first(
    sources: &Sources,
    findings: &[Diagnostic],
    most: u64,
    one: impl Fn(&Sources, &Diagnostic) -> String,
) -> String {
    let most = size(most);
    let mut text: String = findings
        .iter()
        .take(most)
        .map(|finding| one(sources, finding) + "\n")
        .collect();
    if let Some(more) = findings.len().checked_sub(most).filter(|more| *more > 0) {
        // writing to a string cannot fail, here and below
        let _ = writeln!(text, "{more} more");
    }
    text
}

/// One finding: the message, the line it is about with the place underlined,
/// other places, and help.
///
/// ```text
/// error[NK0106]: unknown type `Uint32`
///   --> drone/Movement.idl:7:13
///   |
/// 7 |     Move(in Uint32 dx, in UInt32 dy);
///   |             ^^^^^^ not built in, and not declared here or in an imported package
///   = help: did you mean `UInt32`?
/// ```
#[must_use]
pub fn one(sources: &Sources, finding: &Diagnostic) -> String {
    let mut text = format!("{}: {}\n", title(finding), visible(&finding.message));
    let margin = finding
        .primary
        .iter()
        .chain(&finding.others)
        .map(|label| line_number(sources, label.place).len())
        .max();
    let margin = " ".repeat(margin.unwrap_or(0));
    if let Some(primary) = &finding.primary {
        show(sources, primary, '^', &margin, &mut text);
    }
    for other in &finding.others {
        show(sources, other, '-', &margin, &mut text);
    }
    if let Some(help) = &finding.help {
        let _ = writeln!(text, "{margin} = help: {}", visible(help));
    }
    text
}

/// Severity and code: `error[NK0106]`.
///
/// The number is what `nk-gen explain` takes.
#[must_use]
pub fn title(finding: &Diagnostic) -> String {
    format!("{}[{}]", severity(finding.severity), finding.code)
}

/// The word for a severity.
#[must_use]
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A place as `file:line:column`.
///
/// The form that editors and terminals make clickable.
#[must_use]
pub fn location(sources: &Sources, place: Place) -> String {
    let start = position(sources.text(place.file), place.span.start);
    format!("{}:{}:{}", path(sources, place), start.line, start.column)
}

/// The path of a place's file, fit for a terminal.
#[must_use]
pub fn path(sources: &Sources, place: Place) -> String {
    visible(&sources.path(place.file).display().to_string())
}

/// A text without characters that act on a terminal or hide; each becomes one
/// visible character.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| {
            if hides(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// The line of a place as text; the longest of a finding decides the width of
/// its margin.
fn line_number(sources: &Sources, place: Place) -> String {
    position(sources.text(place.file), place.span.start)
        .line
        .to_string()
}

/// Adds one place to a finding: where it is, its line, and the part of the line
/// that it covers, underlined with `mark`. `margin` is as many blanks as the
/// longest line number has digits.
fn show(sources: &Sources, label: &Label, mark: char, margin: &str, text: &mut String) {
    let place = label.place;
    let (start, end) = range(sources, place);
    let (line, at) = line_at(sources.text(place.file), place.span.start);
    let length = place.span.end.saturating_sub(place.span.start) as usize;
    // a place of several lines is marked up to the end of its first
    let end = if start.line == end.line {
        at.saturating_add(length).min(line.len())
    } else {
        line.len()
    };
    let excerpt = excerpt(line, &(at..end), COLUMNS);
    let (lead, behind) = (excerpt.position(at).column, excerpt.position(end).column);
    let underline = mark.to_string().repeat(behind.saturating_sub(lead).max(1));
    let marks = format!(
        "{margin} | {}{underline} {}",
        " ".repeat(lead),
        visible(&label.text)
    );
    let source = format!(
        "{:>wide$} | {}",
        start.line,
        excerpt.text,
        wide = margin.len()
    );
    let _ = writeln!(text, "{margin}--> {}\n{margin} |", location(sources, place));
    let _ = writeln!(text, "{}\n{}", source.trim_end(), marks.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::codes::Code;
    use nk_grammar::syntax::Span;

    fn rendered(text: &str, start: u32, end: u32) -> String {
        let mut sources = Sources::default();
        let file = sources.add("x/A.idl", text);
        let place = Place {
            file,
            span: Span::new(start, end),
        };
        one(
            &sources,
            &Diagnostic::new(Code::UNKNOWN_NAME, "unknown type `B`", place)
                .label("here")
                .help("declare it"),
        )
    }

    #[test]
    fn the_place_is_underlined_and_named() {
        let expected = "error[NK0106]: unknown type `B`\n --> x/A.idl:2:3\n  |\n2 | \u{20}\u{20}Bb c\n  |   ^^ here\n  = help: declare it\n";
        assert_eq!(rendered("a\n  Bb c\n", 4, 6), expected);
    }

    #[test]
    fn findings_beyond_a_hundred_are_counted() {
        let many = vec![Diagnostic::new(Code::SYNTAX, "x", None); 110];
        let text = plain(&Sources::default(), &many);
        assert_eq!(text.matches("error[NK0001]").count(), 100);
        assert!(text.ends_with("10 more\n"));
    }
}
