//! The lines of a file that a finding is about, as they are drawn: cut to the terminal's width, places moved with them.
use crate::text::diagnostic::Place;
use crate::text::excerpt::{Excerpt, excerpt};
use crate::text::position::position;
use crate::text::render::path;
use crate::text::source::Sources;
use std::ops::{Range, RangeInclusive};

/// Lines around a place that are kept: places so near are drawn together.
const NEAR: usize = 2;

/// Lines to draw.
pub(super) struct Shown {
    /// The file's path.
    pub(super) name: String,
    /// The lines from the first place to the last; those that will not be drawn are empty.
    pub(super) text: String,
    /// The number of the first line, from 0.
    pub(super) first: usize,
    /// The places, in the order in which they were given.
    pub(super) places: Vec<Moved>,
}

/// A place of the file in the text that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    /// Its first byte.
    pub(super) start: usize,
    /// Its bytes, at least one: a place between two tokens is shown as one column.
    pub(super) length: usize,
    /// Its column in the file, from 0.
    pub(super) column: usize,
}

/// A place by lines, from 0, and bytes within them.
struct Located {
    lines: RangeInclusive<usize>,
    start: usize,
    end: usize,
    column: usize,
}

impl Shown {
    /// The lines of some places in one file; `columns` is the width of the terminal.
    pub(super) fn new(sources: &Sources, places: &[Place], columns: usize) -> Self {
        let (name, text) = places.first().map_or((String::new(), ""), |place| {
            (path(sources, *place), sources.text(place.file))
        });
        let located: Vec<Located> = places.iter().map(|place| locate(text, *place)).collect();
        let first = located
            .iter()
            .map(|place| *place.lines.start())
            .min()
            .unwrap_or(0);
        let last = located
            .iter()
            .map(|place| *place.lines.end())
            .max()
            .unwrap_or(0);
        // the number of the line, and the marks around it
        let columns = columns.saturating_sub((last + 1).to_string().len() + MARGIN);
        let mut shown = Self {
            name,
            text: String::new(),
            first,
            places: Vec::new(),
        };
        let mut lines: Vec<(usize, Excerpt)> = Vec::new();
        for (number, line) in text
            .split('\n')
            .enumerate()
            .skip(first)
            .take(last - first + 1)
        {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = if located.iter().any(|place| place.is_near(number)) {
                line
            } else {
                ""
            };
            let excerpt = excerpt(line, &focus(&located, number, line), columns);
            lines.push((shown.text.len(), excerpt.clone()));
            // a place may stand behind the last character
            shown.text += &excerpt.text;
            shown.text += " \n";
        }
        let byte = |line: usize, byte: usize| {
            lines
                .get(line - first)
                .map_or(0, |(start, excerpt)| start + excerpt.position(byte).byte)
        };
        shown.places = located
            .iter()
            .map(|place| {
                let (start, end) = (
                    byte(*place.lines.start(), place.start),
                    byte(*place.lines.end(), place.end),
                );
                Moved {
                    start,
                    length: end.saturating_sub(start).max(1),
                    column: place.column,
                }
            })
            .collect();
        shown
    }
}

/// Columns that are drawn beside a line: blanks, a bar, and the bar of a place of several lines.
const MARGIN: usize = 6;

impl Located {
    fn is_near(&self, line: usize) -> bool {
        line + NEAR >= *self.lines.start() && line <= *self.lines.end() + NEAR
    }
}

/// The first place that begins in a line, in bytes of the line.
fn focus(places: &[Located], number: usize, line: &str) -> Range<usize> {
    let place = places.iter().find(|place| *place.lines.start() == number);
    place.map_or(0..0, |place| {
        place.start..if *place.lines.end() == number {
            place.end.max(place.start)
        } else {
            line.len()
        }
    })
}

fn locate(text: &str, place: Place) -> Located {
    let (start, end) = (place.span.start, place.span.end.max(place.span.start));
    let (from, to) = (position(text, start), position(text, end));
    Located {
        lines: from.line - 1..=to.line - 1,
        start: within_line(text, start),
        end: within_line(text, end),
        column: from.column - 1,
    }
}

/// The bytes between the start of a line and an offset in it.
fn within_line(text: &str, offset: u32) -> usize {
    let offset = text.floor_char_boundary(offset as usize);
    let before = text.get(..offset).unwrap_or(text);
    before.len() - before.rfind('\n').map_or(0, |newline| newline + 1)
}
