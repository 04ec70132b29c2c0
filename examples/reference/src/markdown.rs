//! Markdown: headings, paragraphs, tables, links, and what has to be escaped.
use std::fmt::Write;

/// A page under construction.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    /// The text.
    pub(crate) fn text(self) -> String {
        self.0
    }

    /// A heading that links to `id` lead to.
    pub(crate) fn heading(&mut self, level: usize, id: &str, title: &str) {
        let marks = "#".repeat(level);
        // writing to a string cannot fail
        let _ = write!(self.0, "{marks} <a id=\"{}\"></a>{title}\n\n", anchor(id));
    }

    /// A paragraph; nothing for an empty one.
    pub(crate) fn paragraph(&mut self, text: &str) {
        if !text.is_empty() {
            self.0 += text;
            self.0 += "\n\n";
        }
    }

    /// A table; nothing without rows.
    pub(crate) fn table<const N: usize>(&mut self, head: [&str; N], rows: Vec<[String; N]>) {
        if rows.is_empty() {
            return;
        }
        self.row(&head);
        self.row(&[":--"; N]);
        for row in rows {
            self.row(&row);
        }
        self.0.push('\n');
    }

    fn row(&mut self, cells: &[impl AsRef<str>]) {
        for cell in cells {
            // a bar would end the cell
            self.0 += "| ";
            self.0 += &cell.as_ref().replace('|', "\\|");
            self.0.push(' ');
        }
        self.0 += "|\n";
    }
}

/// A link to the heading of an id.
pub(crate) fn link(text: &str, id: &str) -> String {
    format!("[{text}](#{})", anchor(id))
}

/// Text as code.
pub(crate) fn code(text: &str) -> String {
    format!("`{text}`")
}

/// Documentation lines as they stand, with nothing that Markdown or HTML would take for its own.
pub(crate) fn prose(lines: &[String]) -> String {
    escaped(&lines.join("\n"))
}

/// The same in a table's cell.
pub(crate) fn cell(lines: &[String]) -> String {
    escaped(&lines.join(" "))
}

/// Plain text.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '<' | '>' | '[' | ']' | '*' | '_' | '`' | '\\' | '#') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// An id as an anchor: names hold letters, digits, dots and `_`, and ids also `:` and `#`.
fn anchor(id: &str) -> String {
    id.replace([':', '#'], "-")
}
