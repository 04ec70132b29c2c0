//! Rust text as rustfmt leaves it with its defaults: lines, blocks, items, and what may take several lines ([`Term`]).
//! Printing is direct, without a syntax tree: it takes a tenth of the time of parsing and formatting tokens.
mod head;
mod term;

pub(super) use head::{Param, Signature};
pub(super) use term::Term;

use std::fmt::{Display, Write};

/// Columns of a line.
const WIDTH: usize = 100;
/// Columns of a step inwards.
const STEP: usize = 4;

/// A text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
    depth: usize,
    /// Where the last line begins.
    line: usize,
}

impl Text {
    /// The whole text.
    pub(super) fn into_string(self) -> String {
        self.out
    }

    /// An empty line before the next item, unless it is the first.
    pub(super) fn item(&mut self) {
        if !self.out.is_empty() {
            self.end();
        }
    }
    /// A line.
    pub(super) fn line(&mut self, line: impl Display) {
        self.start();
        self.push(line);
        self.end();
    }
    /// `before`, a term, `after`: on one line if there is room.
    pub(super) fn term(&mut self, before: impl Display, term: &Term, after: &str) {
        self.start();
        self.push(before);
        term.place(self, after.len());
        self.push(after);
        self.end();
    }
    /// `name = value;`
    pub(super) fn assigned(&mut self, name: &str, value: &Term) {
        self.labelled(name, " =", value, ";");
    }
    /// `name: type,`
    pub(super) fn typed(&mut self, name: &str, ty: &Term) {
        self.labelled(name, ":", ty, ",");
    }
    /// A label and a term, which stands on a line of its own where only that has room for all of it.
    fn labelled(&mut self, label: &str, mark: &str, term: &Term, after: &str) {
        let column = self.depth * STEP + label.len() + mark.len() + 1;
        if term.fits(column, after.len()) || !term.fits((self.depth + 1) * STEP, after.len()) {
            return self.term(format_args!("{label}{mark} "), term, after);
        }
        self.line(format_args!("{label}{mark}"));
        self.inside(|text| text.term("", term, after));
    }
    /// `pub const NAME: type = value;`, the type in the second line where the name is long.
    pub(super) fn constant(&mut self, name: &str, ty: &str, value: &Term) {
        let label = format!("{name}: {ty}");
        let column = self.depth * STEP + label.len() + " =".len();
        let below = value.fits((self.depth + 1) * STEP, 1);
        if column <= WIDTH && (below || column + 1 + value.first_line() <= WIDTH) {
            return self.assigned(&label, value);
        }
        self.line(format_args!("{name}:"));
        self.inside(|text| text.assigned(ty, value));
    }
    /// `head {`, what `body` writes, `}`.
    pub(super) fn block(&mut self, head: impl Display, body: impl FnOnce(&mut Self)) {
        self.braces(head, body, "");
    }
    /// As [`Text::block`], with something behind the last brace.
    fn braces(&mut self, head: impl Display, body: impl FnOnce(&mut Self), after: impl Display) {
        self.line(format_args!("{head} {{"));
        let begin = self.out.len();
        self.inside(body);
        if self.out.len() == begin {
            // nothing inside: `{}`
            self.out.pop();
        } else {
            self.start();
        }
        self.push(format_args!("}}{after}"));
        self.end();
    }
    /// A body whose braces stand on lines of their own.
    fn body(&mut self, body: impl FnOnce(&mut Self)) {
        self.line("{");
        self.inside(body);
        self.line("}");
    }
    /// An arm of a `match`.
    pub(super) fn arm(&mut self, pattern: impl Display, value: &Term) {
        let pattern = format!("{pattern} =>");
        let column = self.depth * STEP + pattern.len() + 1;
        let below = value.fits((self.depth + 1) * STEP, 0);
        if value.fits(column, 1) || (!below && column + value.first_line() <= WIDTH) {
            return self.term(format_args!("{pattern} "), value, ",");
        }
        self.block(pattern, |text| text.term("", value, ""));
    }
    /// `a == b && c == d`, broken at every `&&` if it does not fit onto a line, and then at `==` where it must be.
    pub(super) fn all_equal(&mut self, pairs: &[(String, String)]) {
        let flat = pairs
            .iter()
            .map(|(a, b)| format!("{a} == {b}"))
            .collect::<Vec<_>>()
            .join(" && ");
        if self.depth * STEP + flat.len() <= WIDTH {
            return self.line(flat);
        }
        for (index, (a, b)) in pairs.iter().enumerate() {
            let (and, depth) = if index == 0 { ("", 0) } else { ("&& ", 1) };
            self.depth += depth;
            if self.depth * STEP + and.len() + a.len() + " == ".len() + b.len() <= WIDTH {
                self.line(format_args!("{and}{a} == {b}"));
            } else {
                self.line(format_args!("{and}{a}"));
                self.inside(|text| text.line(format_args!("== {b}")));
            }
            self.depth -= depth;
        }
    }
    /// A statement that calls something with a closure as its last argument: `let done = callee(a, b, |c| { … })?;`
    pub(super) fn closure(&mut self, call: &Closure<'_>, body: impl FnOnce(&mut Self)) {
        let Closure {
            before,
            callee,
            arguments,
            parameters,
            after,
        } = call;
        let listed = arguments
            .iter()
            .map(|argument| argument.len() + 2)
            .sum::<usize>()
            + parameters.len()
            + 2;
        let column = self.depth * STEP + before.len() + callee.len() + 1;
        if listed <= term::CALL_WIDTH && column + listed <= WIDTH {
            let head = format!("{before}{callee}({}, {parameters}", arguments.join(", "));
            return self.braces(head, body, format_args!("){after}"));
        }
        self.line(format_args!("{before}{callee}("));
        self.inside(|text| {
            arguments
                .iter()
                .for_each(|argument| text.line(format_args!("{argument},")));
            text.braces(parameters, body, ",");
        });
        self.line(format_args!("){after}"));
    }
    /// What `body` writes, one step inwards.
    pub(super) fn inside(&mut self, body: impl FnOnce(&mut Self)) {
        self.depth += 1;
        body(self);
        self.depth -= 1;
    }

    fn start(&mut self) {
        for _ in 0..self.depth {
            self.out.push_str("    ");
        }
    }
    fn push(&mut self, part: impl Display) {
        // writing to a string does not fail
        let _ = write!(self.out, "{part}");
    }
    fn end(&mut self) {
        self.out.push('\n');
        self.line = self.out.len();
    }
    fn column(&self) -> usize {
        self.out.len() - self.line
    }
}

/// A call with a closure: what [`Text::closure`] writes around its body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closure<'a> {
    pub(super) before: &'a str,
    pub(super) callee: &'a str,
    pub(super) arguments: &'a [&'a str],
    /// `|w, at|`
    pub(super) parameters: &'a str,
    pub(super) after: &'a str,
}
