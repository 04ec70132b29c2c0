//! A line of source as a terminal can show it: tabs as blanks, nothing that
//! acts on the terminal or hides, and no more columns than there are.
//!
//! Descriptions are input: a control character in one must not move the cursor
//! of whoever reads the finding, a bidirectional mark must not reorder the
//! line, and a line of a million characters must not fill the screen. Widths
//! are those of `unicode-width`: a Chinese character takes two columns, a
//! combining one none.
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// Columns between tab stops.
const TAB: usize = 4;

/// A line, or the part of it around a place.
///
/// Holds the way from bytes of the line to columns of the text, so that a place
/// can be underlined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The text to show.
    pub(crate) text: String,
    /// For every character of the part: its byte in the line, and its byte and
    /// column in the text.
    ///
    /// In order, with one entry more for the end of the part.
    at: Vec<(usize, Position)>,
}

/// Where a character stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Bytes before it.
    ///
    /// For whoever colours the text.
    pub(crate) byte: usize,
    /// Columns before it.
    pub(crate) column: usize,
}

/// The line, cut around `focus` (bytes of the line) when it has more than
/// `columns`.
///
/// `columns` counts the marks `…` of a cut line too; the result is never wider.
pub(crate) fn excerpt(line: &str, focus: &Range<usize>, columns: usize) -> Excerpt {
    let part = if fits(line, columns) {
        0..line.len()
    } else {
        window(line, focus, columns)
    };
    let mut excerpt = Excerpt {
        text: String::new(),
        at: Vec::new(),
    };
    let mut column = 0;
    if part.start > 0 {
        excerpt.text.push('…');
        column += 1;
    }
    let shown = line.get(part.clone()).unwrap_or("");
    for (at, c) in shown.char_indices() {
        excerpt.at.push((
            part.start + at,
            Position {
                byte: excerpt.text.len(),
                column,
            },
        ));
        let width = width(c, column);
        match c {
            '\t' => excerpt.text.extend(std::iter::repeat_n(' ', width)),
            c => excerpt.text.push(if hides(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }),
        }
        column += width;
    }
    excerpt.at.push((
        part.end,
        Position {
            byte: excerpt.text.len(),
            column,
        },
    ));
    if part.end < line.len() {
        excerpt.text.push('…');
    }
    excerpt
}

impl Excerpt {
    /// Where a byte of the line stands; the nearest end for one outside the
    /// part that is shown.
    pub(crate) fn position(&self, byte: usize) -> Position {
        let next = self.at.partition_point(|(at, _)| *at < byte);
        let end = self
            .at
            .last()
            .map_or(Position { byte: 0, column: 0 }, |(_, position)| *position);
        self.at.get(next).map_or(end, |(_, position)| *position)
    }
}

/// Whether a character acts on a terminal, reorders the text around it, or
/// takes no place and hides.
///
/// Bidirectional marks, zero-width characters, the two line separators of
/// Unicode and all control characters, tabs and line feeds among them.
pub(crate) fn hides(c: char) -> bool {
    let bidirectional = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{61C}');
    let invisible = matches!(
        c,
        '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{FEFF}'
    );
    c.is_control() || bidirectional || invisible
}

/// Columns that a character takes when it is shown at a column.
///
/// A tab reaches to the next tab stop; what hides is shown as one replacement
/// character.
fn width(c: char, column: usize) -> usize {
    match c {
        '\t' => TAB - column % TAB,
        c if hides(c) => 1,
        c => c.width().unwrap_or(0),
    }
}

/// Whether the whole line fits; looks no further than it must.
///
/// A line of a million characters is not measured to its end.
fn fits(line: &str, columns: usize) -> bool {
    let mut column = 0;
    line.chars().all(|c| {
        column += width(c, column);
        column <= columns
    })
}

/// The part to show of a line that does not fit: one third of the columns for
/// what stands before the place, the rest for the place and what follows it.
///
/// With a place near an end of the line nothing is wasted on that side: the
/// part then starts or ends with the line.
fn window(line: &str, focus: &Range<usize>, columns: usize) -> Range<usize> {
    // both ends may be marked as cut
    let room = columns.saturating_sub(2).max(1);
    let place = line.floor_char_boundary(focus.start);
    let (before, behind) = line.split_at_checked(place).unwrap_or((line, ""));
    let start = place - taken(before.chars().rev(), room / 3);
    // with one end marked as cut there is room for one more
    let one_side = columns.saturating_sub(1).max(1);
    if start == 0 {
        return 0..taken(line.chars(), one_side);
    }
    let used: usize = line.get(start..place).unwrap_or("").chars().map(most).sum();
    let end = place + taken(behind.chars(), room.saturating_sub(used));
    if end < line.len() {
        return start..end;
    }
    line.len() - taken(line.chars().rev(), one_side)..line.len()
}

/// The bytes of the characters that fit into the columns.
///
/// With the widths of [`most`], so the result fits wherever a tab stop falls.
fn taken(chars: impl Iterator<Item = char>, columns: usize) -> usize {
    let fitting = chars.scan(0, |used, c| {
        *used += most(c);
        (*used <= columns).then(|| c.len_utf8())
    });
    fitting.sum()
}

/// The most columns that a character takes.
fn most(c: char) -> usize {
    if c == '\t' { TAB } else { width(c, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with a `^` under the columns of the place.
    fn shown(line: &str, place: Range<usize>, columns: usize) -> (String, String) {
        let excerpt = excerpt(line, &place, columns);
        let (start, end) = (
            excerpt.position(place.start).column,
            excerpt.position(place.end).column,
        );
        (
            excerpt.text,
            format!("{}{}", " ".repeat(start), "^".repeat(end - start)),
        )
    }

    #[test]
    fn a_line_that_fits_is_shown_whole() {
        assert_eq!(shown("abc", 1..2, 3), ("abc".into(), " ^".into()));
        assert_eq!(shown("", 0..0, 3), (String::new(), String::new()));
        assert_eq!(shown("abc", 3..3, 3), ("abc".into(), "   ".into()));
    }

    #[test]
    fn tabs_become_blanks_up_to_the_next_stop() {
        assert_eq!(shown("\tb", 1..2, 80), ("    b".into(), "    ^".into()));
        assert_eq!(shown("ab\tc", 3..4, 80), ("ab  c".into(), "    ^".into()));
        assert_eq!(
            shown("abcd\te", 5..6, 80),
            ("abcd    e".into(), "        ^".into())
        );
        assert_eq!(shown("a\tb", 1..2, 80), ("a   b".into(), " ^^^".into()));
    }

    #[test]
    fn wide_characters_take_two_columns_and_combining_ones_none() {
        assert_eq!(shown("漢b", 3..4, 80), ("漢b".into(), "  ^".into()));
        assert_eq!(
            shown("e\u{301}b", 3..4, 80),
            ("e\u{301}b".into(), " ^".into())
        );
        assert_eq!(shown("🚗b", 4..5, 80), ("🚗b".into(), "  ^".into()));
        assert_eq!(shown("カb", 0..3, 80), ("カb".into(), "^^".into()));
        assert_eq!(
            shown("ｶb", 3..4, 80),
            ("ｶb".into(), " ^".into()),
            "half-width"
        );
    }

    #[test]
    fn what_hides_is_shown_as_one_column() {
        assert_eq!(
            shown("\u{202E}b", 3..4, 80),
            ("\u{FFFD}b".into(), " ^".into())
        );
        assert_eq!(
            shown("\u{200D}\u{1B}b", 4..5, 80),
            ("\u{FFFD}\u{FFFD}b".into(), "  ^".into())
        );
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides_of_the_place() {
        let line = format!("{}X{}", "a".repeat(1_000), "b".repeat(1_000));
        let (text, marks) = shown(&line, 1_000..1_001, 20);
        assert_eq!(text, "…aaaaaaXbbbbbbbbbbb…");
        assert_eq!(marks, "       ^");
    }

    #[test]
    fn a_long_line_is_cut_on_one_side_where_the_place_is_near_an_end() {
        let line = "0123456789".repeat(10);
        assert_eq!(
            shown(&line, 2..3, 20),
            ("0123456789012345678…".into(), "  ^".into())
        );
        assert_eq!(
            shown(&line, 97..98, 20),
            (
                "…1234567890123456789".into(),
                format!("{}^", " ".repeat(17))
            )
        );
    }

    #[test]
    fn no_excerpt_is_wider_than_allowed() {
        let line = "漢\ta🚗\u{301}".repeat(200);
        for (at, _) in line.char_indices() {
            for columns in [10, 33, 80] {
                let excerpt = excerpt(&line, &(at..at), columns);
                let width: usize = excerpt.text.chars().map(|c| c.width().unwrap_or(0)).sum();
                assert!(
                    width <= columns,
                    "{width} of {columns} at {at}: {}",
                    excerpt.text
                );
            }
        }
    }
}
