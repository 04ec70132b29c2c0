//! Lines and columns of byte offsets, and the line of text that a place stands
//! in.
//!
//! Places are kept as byte offsets; lines and columns are counted only for what
//! is shown. An offset beyond the end, or inside a character, gives the nearest
//! position before it: a place of another text must not stop a run.
use crate::text::diagnostic::Place;
use crate::text::source::Sources;

/// A position as editors count it: both from 1, columns in characters.
///
/// An editor that counts UTF-16 units or bytes differs from this behind a
/// character outside ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// The position of a byte offset; the end of the text for one beyond it.
///
/// Reads the text up to the offset each time; for many offsets [`Lines`] is
/// faster.
#[must_use]
pub fn position(text: &str, offset: u32) -> Position {
    let before = before(text, offset);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before.get(start..).unwrap_or("").chars().count() + 1,
    }
}

/// Where the lines of a text begin: for many positions in one text.
///
/// Finding a line is a binary search, finding a column reads that line.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    /// The whole text.
    text: &'t str,
    /// The byte at which each line begins, the first with 0.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Reads the text once.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let starts = text.match_indices('\n').map(|(newline, _)| newline + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// The position of a byte offset; the end of the text for one beyond it.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let end = before(self.text, offset).len();
        let line = self.starts.partition_point(|start| *start <= end);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        Position {
            line,
            column: self.text.get(start..end).unwrap_or("").chars().count() + 1,
        }
    }
}

/// Start and end of a place.
#[must_use]
pub fn range(sources: &Sources, place: Place) -> (Position, Position) {
    let text = sources.text(place.file);
    (
        position(text, place.span.start),
        position(text, place.span.end),
    )
}

/// The line that holds a byte offset, without its end, and the offset in it.
///
/// A carriage return before the line feed counts as a part of the line's end.
#[must_use]
pub fn line_at(text: &str, offset: u32) -> (&str, usize) {
    let before = before(text, offset);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = text.get(start..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("");
    let line = line.strip_suffix('\r').unwrap_or(line);
    (line, (before.len() - start).min(line.len()))
}

/// The text up to an offset, or up to the character that holds it.
fn before(text: &str, offset: u32) -> &str {
    let end = text.floor_char_boundary(offset as usize);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{Lines, Position, line_at, position};

    #[test]
    fn columns_count_characters_and_lines_end_at_line_feeds() {
        let text = "ab\r\nжx\n";
        assert_eq!(position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(position(text, 6), Position { line: 2, column: 2 });
        assert_eq!(
            position(text, 5),
            Position { line: 2, column: 1 },
            "inside a character is at its start"
        );
        assert_eq!(position(text, 99), Position { line: 3, column: 1 });
    }

    #[test]
    fn an_index_of_lines_gives_the_same_positions() {
        for text in ["", "a", "\n", "ab\r\nжx\n\ny"] {
            let lines = Lines::new(text);
            for offset in 0..12 {
                assert_eq!(
                    lines.position(offset),
                    position(text, offset),
                    "{text:?} {offset}"
                );
            }
        }
    }

    #[test]
    fn a_line_is_shown_without_its_end() {
        assert_eq!(line_at("ab\r\ncd", 1), ("ab", 1));
        assert_eq!(line_at("ab\r\ncd", 5), ("cd", 1));
        assert_eq!(line_at("", 7), ("", 0));
    }
}
