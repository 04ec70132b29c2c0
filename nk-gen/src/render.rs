//! Findings as plain text, for build scripts and wherever there is no terminal. Needs no feature.
use crate::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::limits::{Limits, size};
use crate::position::{line_at, position, range};
use crate::source::Sources;
use std::fmt::Write;

/// Most columns of a line of source that are shown around a place.
const EXCERPT: usize = 120;

/// All findings, each followed by an empty line; of more than a hundred the rest is counted.
#[must_use]
pub fn plain(sources: &Sources, findings: &[Diagnostic]) -> String {
    first(sources, findings, Limits::DEFAULT.findings, one)
}

/// The first findings as `one` shows them, each followed by an empty line, and how many more there are.
pub(crate) fn first(
    sources: &Sources,
    findings: &[Diagnostic],
    most: u64,
    one: impl Fn(&Sources, &Diagnostic) -> String,
) -> String {
    let most = size(most);
    let mut text: String = findings.iter().take(most).map(|finding| one(sources, finding) + "\n").collect();
    if let Some(more) = findings.len().checked_sub(most).filter(|more| *more > 0) {
        // writing to a string cannot fail, here and below
        let _ = writeln!(text, "{more} more");
    }
    text
}

/// One finding: the message, the line it is about with the place underlined, other places, and help.
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
    let margin =
        finding.primary.iter().chain(&finding.others).map(|label| line_number(sources, label.place).len()).max();
    let margin = " ".repeat(margin.unwrap_or(0));
    if let Some(primary) = &finding.primary {
        excerpt(sources, primary, '^', &margin, &mut text);
    }
    for other in &finding.others {
        excerpt(sources, other, '-', &margin, &mut text);
    }
    if let Some(help) = &finding.help {
        let _ = writeln!(text, "{margin} = help: {}", visible(help));
    }
    text
}

/// Severity and code: `error[NK0106]`.
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

/// A text without characters that act on a terminal or hide other text; each becomes one visible character.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && acts(c) { '\u{FFFD}' } else { c }).collect()
}

/// Whether a character acts on a terminal or reorders the text around it.
pub(crate) fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

fn line_number(sources: &Sources, place: Place) -> String {
    position(sources.text(place.file), place.span.start).line.to_string()
}

fn excerpt(sources: &Sources, label: &Label, mark: char, margin: &str, text: &mut String) {
    let place = label.place;
    let (start, end) = range(sources, place);
    let (line, at) = line_at(sources.text(place.file), place.span.start);
    // a place of several lines is marked up to the end of its first
    let length = if start.line == end.line { end.column.saturating_sub(start.column) } else { usize::MAX };
    let window = window(line, at);
    let shown = window.text.chars().map(printed).collect::<String>();
    let lead: usize = window.text.get(..window.at).unwrap_or("").chars().map(|c| width(printed(c))).sum();
    let marked: usize =
        window.text.get(window.at..).unwrap_or("").chars().take(length).map(|c| width(printed(c))).sum();
    let number = start.line;
    let _ = writeln!(text, "{margin}--> {}", location(sources, place));
    let _ = writeln!(text, "{margin} |");
    let _ = writeln!(text, "{number:>wide$} | {}{shown}{}", window.cut_left, window.cut_right, wide = margin.len());
    let underline = mark.to_string().repeat(marked.max(1));
    let lead = " ".repeat(lead + window.cut_left.chars().count());
    let _ = writeln!(text, "{margin} | {lead}{underline} {}", visible(&label.text));
    while text.ends_with(" \n") {
        text.truncate(text.len() - 2);
        text.push('\n');
    }
}

/// The part of a line that is shown.
struct Window<'l> {
    text: &'l str,
    at: usize,
    cut_left: &'static str,
    cut_right: &'static str,
}

/// Cuts a long line around the place.
fn window(line: &str, at: usize) -> Window<'_> {
    if line.chars().count() <= EXCERPT {
        return Window { text: line, at, cut_left: "", cut_right: "" };
    }
    let before = line.get(..at).unwrap_or("");
    let start = before.char_indices().rev().nth(EXCERPT / 3).map_or(0, |(start, _)| start);
    let rest = line.get(start..).unwrap_or("");
    let end = rest.char_indices().nth(EXCERPT).map_or(rest.len(), |(end, _)| end);
    Window {
        text: rest.get(..end).unwrap_or(rest),
        at: at - start,
        cut_left: if start > 0 { "…" } else { "" },
        cut_right: if end < rest.len() { "…" } else { "" },
    }
}

/// A character as it is shown: a tab takes one column.
fn printed(c: char) -> char {
    match c {
        '\t' => ' ',
        c if acts(c) => '\u{FFFD}',
        c => c,
    }
}

/// Columns that a character takes on a terminal: two in East Asian scripts and pictures, none for marks that combine.
fn width(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36F | 0x200B..=0x200D | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1_F300..=0x1_FAFF
        | 0x2_0000..=0x3_FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nk_grammar::syntax::Span;

    fn rendered(text: &str, start: u32, end: u32) -> String {
        let mut sources = Sources::default();
        let file = sources.add("x/A.idl", text);
        let place = Place { file, span: Span::new(start, end) };
        one(&sources, &Diagnostic::error(106, "unknown type `B`", place).label("here").help("declare it"))
    }

    #[test]
    fn the_place_is_underlined_and_named() {
        let expected = "error[NK0106]: unknown type `B`\n --> x/A.idl:2:3\n  |\n2 | \u{20}\u{20}Bb c\n  |   ^^ here\n  = help: declare it\n";
        assert_eq!(rendered("a\n  Bb c\n", 4, 6), expected);
    }

    #[test]
    fn the_mark_stands_under_the_place_behind_tabs_and_wide_characters() {
        let lines = rendered("\t/* 漢 */ B", 11, 12);
        let marks = lines.lines().find(|line| line.contains('^')).unwrap_or_default();
        // tab 1, `/* ` 3, the wide character 2, ` */ ` 4
        assert_eq!(marks, format!("  | {}^ here", " ".repeat(10)));
    }

    #[test]
    fn a_line_of_a_million_columns_is_cut_around_the_place() {
        let text = format!("{}B{}", "a".repeat(500_000), "c".repeat(500_000));
        let rendered = rendered(&text, 500_000, 500_001);
        assert!(rendered.len() < 600, "{} bytes", rendered.len());
        assert!(rendered.contains("…aaaa") && rendered.contains("cccc…") && rendered.contains('B'));
    }

    #[test]
    fn what_would_act_on_a_terminal_is_not_printed() {
        assert!(!rendered("\u{1B}[31m\u{202E}B", 8, 9).contains(['\u{1B}', '\u{202E}']));
    }

    #[test]
    fn findings_beyond_a_hundred_are_counted() {
        let many = vec![Diagnostic::new(Severity::Error, 1, "x", None); 110];
        let text = plain(&Sources::default(), &many);
        assert_eq!(text.matches("error[NK0001]").count(), 100);
        assert!(text.ends_with("10 more\n"));
    }
}
