//! Decides which comments document which declaration, and takes off their
//! delimiters.
//!
//! Comments reach the tree, and from there generated code: what stands above a
//! method in a description stands above it in Rust. Source: `docs/languages.md` §2.
use crate::lexer::is_blank;
use crate::syntax::{Comment, Docs, Span};

/// The comments of one text, in order.
pub(crate) struct Comments<'t> {
    /// The whole text.
    text: &'t str,
    /// All its comments, in order.
    list: &'t [Comment],
}

impl<'t> Comments<'t> {
    /// Comments of `text`, which must be in order of their places.
    pub(crate) fn new(text: &'t str, list: &'t [Comment]) -> Self {
        Self { text, list }
    }

    /// The documentation of what stands at `node`: the comments directly above
    /// it, then those behind it on its last line.
    pub(crate) fn of(&self, node: Span) -> Docs {
        let mut lines = Vec::new();
        for comment in self.above(node).iter().chain(self.behind(node)) {
            strip(&comment.text, &mut lines);
        }
        unindent(lines)
    }

    /// Comments that stand above `node` without a blank line between, each
    /// first on its line or directly before the node.
    ///
    /// A blank line ends the search: what stands above it is about something
    /// else.
    fn above(&self, node: Span) -> &'t [Comment] {
        let end = self.list.partition_point(|c| c.span.start < node.start);
        let mut start = end;
        let mut below = node.start;
        while let Some(comment) = start.checked_sub(1).and_then(|i| self.list.get(i)) {
            let gap = self.between(comment.span.end, below);
            let feeds = gap.bytes().filter(|b| *b == b'\n').count();
            let attached = gap.chars().all(is_blank)
                && feeds <= 1
                && (feeds == 0 || self.first_on_line(comment));
            if !attached {
                break;
            }
            start -= 1;
            below = comment.span.start;
        }
        self.list.get(start..end).unwrap_or(&[])
    }

    /// Comments behind `node` that end its line.
    fn behind(&self, node: Span) -> &'t [Comment] {
        let start = self.list.partition_point(|c| c.span.start < node.end);
        let mut end = start;
        let mut before = node.end;
        while let Some(comment) = self.list.get(end) {
            let gap = self.between(before, comment.span.start);
            if !gap
                .chars()
                .all(|c| is_blank(c) && c != '\n' || matches!(c, ';' | ','))
            {
                break;
            }
            end += 1;
            before = comment.span.end;
        }
        let rest = self.text.get(before as usize..).unwrap_or("");
        let line_ends = rest.trim_start_matches([' ', '\t', '\r']);
        let ends_line = line_ends.is_empty() || line_ends.starts_with('\n');
        self.list
            .get(start..end)
            .filter(|_| ends_line)
            .unwrap_or(&[])
    }

    /// The text between two bytes.
    fn between(&self, start: u32, end: u32) -> &'t str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// Whether only blanks stand before a comment on its line: one behind other
    /// code belongs to that code.
    fn first_on_line(&self, comment: &Comment) -> bool {
        let before = self.text.get(..comment.span.start as usize).unwrap_or("");
        let line = before.trim_end_matches([' ', '\t', '\u{FEFF}']);
        line.is_empty() || line.ends_with('\n')
    }
}

/// Adds the lines of one comment without its delimiters and without the column
/// of stars of a block.
fn strip(comment: &str, lines: &mut Vec<String>) {
    if let Some(line) = comment.strip_prefix("//") {
        let line = line.strip_prefix(['/', '!']).unwrap_or(line);
        lines.push(line.trim_end().to_owned());
        return;
    }
    let body = comment.strip_prefix("/*").unwrap_or(comment);
    let body = body.strip_suffix("*/").unwrap_or(body);
    let body = body.strip_prefix(['*', '!']).unwrap_or(body);
    for (at, line) in body.lines().enumerate() {
        let star = line.trim_start().strip_prefix('*').filter(|_| at > 0);
        lines.push(star.unwrap_or(line).trim_end().to_owned());
    }
}

/// Removes empty lines at both ends and the indentation that all lines share.
fn unindent(lines: Vec<String>) -> Docs {
    let filled = |line: &String| !line.is_empty();
    let Some(first) = lines.iter().position(filled) else {
        return Vec::new();
    };
    let last = lines.iter().rposition(filled).unwrap_or(first);
    let indent = |line: &String| line.len() - line.trim_start().len();
    let common = lines
        .iter()
        .filter(|l| filled(l))
        .map(indent)
        .min()
        .unwrap_or(0);
    let kept = lines.into_iter().take(last + 1).skip(first);
    kept.map(|line| line.get(common..).unwrap_or("").to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::{Kind, Lexer, slice, span};

    fn docs(text: &str, node: &str) -> Docs {
        let comments: Vec<Comment> = Lexer::new(text)
            .filter(|t| matches!(t.kind, Kind::Comment { .. }))
            .map(|t| Comment {
                text: slice(text, t.span).to_owned(),
                span: t.span,
            })
            .collect();
        let start = text.find(node).unwrap_or(0);
        Comments::new(text, &comments).of(span(start, start + node.len()))
    }

    #[test]
    fn comments_directly_above_and_behind_document_a_line() {
        assert_eq!(
            docs(
                "// far\n\n// one\n//  two\nUInt8 a; // three\n// next",
                "UInt8 a;"
            ),
            ["one", " two", "three"]
        );
    }

    #[test]
    fn a_comment_behind_the_line_above_belongs_to_that_line() {
        let text = "UInt8 a; // of a\nUInt8 b;";
        assert_eq!(docs(text, "UInt8 a;"), ["of a"]);
        assert_eq!(docs(text, "UInt8 b;"), Vec::<String>::new());
    }

    #[test]
    fn a_block_loses_its_stars_and_its_common_indentation() {
        let text = "/**\n *   Height.\n *     In metres.\n */\nUInt8 a;";
        assert_eq!(docs(text, "UInt8 a;"), ["Height.", "  In metres."]);
    }

    #[test]
    fn a_comment_between_two_items_of_one_line_documents_the_one_behind_it() {
        let text = "UInt8 a; /* of b */ UInt8 b;";
        assert_eq!(docs(text, "UInt8 a;"), Vec::<String>::new());
        assert_eq!(docs(text, "UInt8 b;"), ["of b"]);
    }
}
