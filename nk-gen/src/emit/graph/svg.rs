//! A solution as SVG: processes as boxes, channels as notes on the lines between them, what is strange in red.
use super::layers::{Drawing, Size, draw};
use super::{Line, lines, two_lines, unconnected};
use crate::solution::graph::{Channel, Graph, Process, Way};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Around everything.
const MARGIN: i64 = 28;
/// Inside of a box.
const PAD: i64 = 12;
/// From one line of text to the next.
const ROW: i64 = 18;
/// Width of the mark in front of a line.
const MARK: i64 = 16;
const TITLE: i64 = 44;

const STYLE: &str = "
  text { font: 12px 'DejaVu Sans', Verdana, sans-serif; fill: #1f2933; }
  .head { font-size: 20px; font-weight: bold; } .task { font-size: 13px; font-weight: bold; }
  .soft { fill: #52606d; } .wrong { fill: #b42318; } .name { font-style: italic; fill: #334e68; }
  .process { fill: #eef4fb; stroke: #486581; stroke-width: 1.5; } .process.stopped { stroke: #b42318; stroke-dasharray: 6 4; }
  .channel { fill: #ffffff; stroke: #9fb3c8; } .channel.useless { fill: #fdf0ee; stroke: #b42318; stroke-dasharray: 6 4; }
  .line { fill: none; stroke: #627d98; stroke-width: 1.5; } .line.useless { stroke: #b42318; stroke-dasharray: 6 4; }
  .rule { stroke: #cbd2d9; }
";

/// The marks of [`Way`]: filled, half filled, half filled in red, crossed.
const MARKS: &str = "
  <marker id='arrow' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='8' markerHeight='8' orient='auto'><path d='M0 1 L9 5 L0 9 z' fill='#627d98'/></marker>
  <g id='always'><circle cx='5' cy='-4' r='4.5' fill='#2f855a'/></g>
  <g id='depends'><circle cx='5' cy='-4' r='4' fill='#fff' stroke='#b7791f' stroke-width='1.4'/><path d='M5 -8 a4 4 0 0 1 0 8 z' fill='#b7791f'/></g>
  <g id='unanswered'><circle cx='5' cy='-4' r='4' fill='#fff' stroke='#b42318' stroke-width='1.4'/><path d='M5 -8 a4 4 0 0 1 0 8 z' fill='#b42318'/></g>
  <g id='never'><path d='M1.5 -7.5 l7 7 m0 -7 l-7 7' stroke='#b42318' stroke-width='1.8'/></g>
";

/// The picture.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let notes = graph.channels.iter().map(Note::channel);
    let boxes: Vec<Note> = graph
        .processes
        .iter()
        .map(Note::process)
        .chain(notes)
        .collect();
    let sizes: Vec<Size> = boxes.iter().map(Note::size).collect();
    let first = graph.processes.len();
    let (mut edges, mut useless) = (Vec::new(), Vec::new());
    for (note, channel) in (first..).zip(&graph.channels) {
        edges.extend(channel.clients.iter().map(|client| (*client, note)));
        edges.push((note, channel.server));
        useless.extend(std::iter::repeat_n(
            channel.is_useless(),
            channel.clients.len() + 1,
        ));
    }
    let drawing = draw(&sizes, &edges);
    let below = legend(graph);
    let width = (drawing.width.max(widest(&below)) + 2 * MARGIN)
        .max(text_width(&graph.name) * 2 + 2 * MARGIN);
    let top = MARGIN + TITLE;
    let legend_top = top + drawing.height + MARGIN;
    let height = legend_top + (rows(&below) + 1) * ROW + MARGIN;
    let mut svg = String::new();
    // writing to a string cannot fail
    let _ = writeln!(
        svg,
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' role='img'>"
    );
    let name = clean(&graph.name);
    let _ = writeln!(
        svg,
        "<title>The solution {name}</title>\n<style>{STYLE}</style>\n<defs>{MARKS}</defs>"
    );
    let _ = writeln!(svg, "<rect width='100%' height='100%' fill='#fff'/>");
    let _ = writeln!(
        svg,
        "<text class='head' x='{MARGIN}' y='{}'>{name}</text>",
        MARGIN + 18
    );
    let _ = writeln!(svg, "<g transform='translate({MARGIN} {top})'>");
    draw_lines(&mut svg, &drawing, &edges, &useless, first);
    for (note, (x, y)) in boxes.iter().zip(&drawing.boxes) {
        note.draw(&mut svg, *x, *y);
    }
    let _ = writeln!(svg, "</g>");
    let _ = writeln!(
        svg,
        "<line class='rule' x1='{MARGIN}' x2='{}' y1='{legend_top}' y2='{legend_top}'/>",
        width - MARGIN
    );
    for (row, text) in (1..).zip(&below) {
        text.draw(&mut svg, MARGIN, legend_top + row * ROW + 4);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The lines of the channels: with an arrow where they reach the server.
fn draw_lines(
    svg: &mut String,
    drawing: &Drawing,
    edges: &[(usize, usize)],
    useless: &[bool],
    first_note: usize,
) {
    for ((line, (_, to)), useless) in drawing.lines.iter().zip(edges).zip(useless) {
        let mut path = String::new();
        let mut last: Option<(i64, i64)> = None;
        for (from, until, y) in line {
            let _ = match last {
                None => write!(path, "M{from} {y}"),
                Some((x, before)) => {
                    let half = (x + from) / 2;
                    write!(path, " C{half} {before} {half} {y} {from} {y}")
                }
            };
            if from != until {
                let _ = write!(path, " H{until}");
            }
            last = Some((*until, *y));
        }
        let class = if *useless { "line useless" } else { "line" };
        let arrow = if *to < first_note && !useless {
            " marker-end='url(#arrow)'"
        } else {
            ""
        };
        let _ = writeln!(svg, "<path class='{class}'{arrow} d='{path}'/>");
    }
}

/// A box with lines of text.
struct Note {
    class: &'static str,
    rows: Vec<Row>,
    round: i64,
}

/// A line of text.
struct Row {
    class: &'static str,
    mark: Option<Way>,
    text: String,
}

impl Row {
    fn new(class: &'static str, text: impl Into<String>) -> Self {
        Self {
            class,
            mark: None,
            text: text.into(),
        }
    }

    fn width(&self) -> i64 {
        let text = text_width(&self.text);
        let text = if self.class == "task" {
            text * 5 / 4
        } else {
            text
        };
        text + if self.mark.is_some() { MARK } else { 0 }
    }

    /// `y` is the base line.
    fn draw(&self, svg: &mut String, x: i64, y: i64) {
        let mut x = x;
        if let Some(way) = self.mark {
            let _ = write!(svg, "<use href='#{}' x='{x}' y='{y}'/>", mark(way));
            x += MARK;
        }
        let _ = writeln!(
            svg,
            "<text class='{}' x='{x}' y='{y}'>{}</text>",
            self.class,
            clean(&self.text)
        );
    }
}

impl Note {
    fn process(process: &Process) -> Self {
        let (name, below) = two_lines(&process.task, &process.class);
        let mut rows = vec![Row::new("task", name)];
        rows.extend(below.map(|below| Row::new("soft", below)));
        rows.push(match process.kernel {
            Some((0, _)) => Row::new("wrong", "kernel: nothing is granted"),
            Some((granted, all)) if granted == all => {
                Row::new("soft", format!("kernel: all {all} methods"))
            }
            Some((granted, all)) => Row::new("soft", format!("kernel: {granted} of {all} methods")),
            None => Row::new("soft", "kernel: not in the policy"),
        });
        if !process.starts {
            rows.push(Row::new("wrong", "the policy does not let it start"));
        }
        Self {
            class: if process.starts {
                "process"
            } else {
                "process stopped"
            },
            rows,
            round: 8,
        }
    }

    fn channel(channel: &Channel) -> Self {
        let line = |Line { way, text }| Row {
            class: "",
            mark: Some(way),
            text,
        };
        let head = Row::new("name", &channel.name);
        let rows = std::iter::once(head)
            .chain(lines(&channel.endpoints).into_iter().map(line))
            .collect();
        Self {
            class: if channel.is_useless() {
                "channel useless"
            } else {
                "channel"
            },
            rows,
            round: 3,
        }
    }

    fn size(&self) -> Size {
        Size {
            width: widest(&self.rows) + 2 * PAD,
            height: rows(&self.rows) * ROW + PAD,
        }
    }

    fn draw(&self, svg: &mut String, x: i64, y: i64) {
        let Size { width, height } = self.size();
        let (class, round) = (self.class, self.round);
        let _ = writeln!(
            svg,
            "<rect class='{class}' x='{x}' y='{y}' width='{width}' height='{height}' rx='{round}'/>"
        );
        for (row, text) in (1..).zip(&self.rows) {
            text.draw(svg, x + PAD, y + row * ROW);
        }
    }
}

/// What the marks mean, and what is granted without a channel.
fn legend(graph: &Graph) -> Vec<Row> {
    let marks = [
        (Way::Always, "passes, request and response"),
        (
            Way::Depends,
            "passes if the message, or what happened before, is as the rules want it",
        ),
        (
            Way::Unanswered,
            "the request may pass, but no response to it",
        ),
        (
            Way::Never,
            "never passes (the policy has no rule for it, or denies it)",
        ),
    ];
    let used = |way: Way| {
        graph
            .channels
            .iter()
            .flat_map(|c| lines(&c.endpoints))
            .any(|line| line.way == way)
    };
    let marks = marks.into_iter().filter(|(way, _)| used(*way));
    let mut rows: Vec<Row> = marks
        .map(|(way, text)| Row {
            class: "soft",
            mark: Some(way),
            text: text.to_owned(),
        })
        .collect();
    if graph.channels.iter().any(Channel::is_useless) {
        rows.push(Row::new(
            "wrong",
            "A dashed red channel is there, but the policy lets nothing through it.",
        ));
    }
    if !graph.unconnected.is_empty() {
        rows.push(Row::new("task", "Granted, but there is no channel"));
        rows.extend(
            graph
                .unconnected
                .iter()
                .map(|granted| Row::new("soft", unconnected(graph, granted))),
        );
    }
    rows
}

fn rows(rows: &[Row]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

fn widest(rows: &[Row]) -> i64 {
    rows.iter().map(Row::width).max().unwrap_or(0)
}

/// Pixels that a text takes at 12 px at most: the fonts of the style are among the widest.
fn text_width(text: &str) -> i64 {
    i64::try_from(text.width())
        .unwrap_or(i64::MAX)
        .saturating_mul(15)
        / 2
}

const fn mark(way: Way) -> &'static str {
    match way {
        Way::Always => "always",
        Way::Depends => "depends",
        Way::Unanswered => "unanswered",
        Way::Never => "never",
    }
}

/// Text between tags.
fn clean(text: &str) -> String {
    let mut clean = String::new();
    for c in text.chars() {
        match c {
            '&' => clean.push_str("&amp;"),
            '<' => clean.push_str("&lt;"),
            '>' => clean.push_str("&gt;"),
            c if c.is_control() => clean.push('?'),
            c => clean.push(c),
        }
    }
    clean
}
