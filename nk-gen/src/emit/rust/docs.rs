//! Documentation of the description as Rust documentation: text is data, so nothing in it may become code or markup.
use proc_macro2::TokenStream;
use quote::quote;
use std::fmt::Display;

/// The description's own lines, or one generated line.
pub(super) fn docs(lines: &[String], otherwise: impl Display) -> TokenStream {
    if lines.iter().all(|line| line.trim().is_empty()) {
        doc(otherwise)
    } else {
        own_docs(lines)
    }
}

/// The description's own lines, or nothing.
pub(super) fn own_docs(lines: &[String]) -> TokenStream {
    let lines = laid_out(lines);
    quote!(#(#[doc = #lines])*)
}

/// As [`own_docs`], for the module that they stand in.
pub(super) fn inner_docs(lines: &[String]) -> TokenStream {
    let lines = laid_out(lines);
    quote!(#(#![doc = #lines])*)
}

/// One generated line.
pub(super) fn doc(line: impl Display) -> TokenStream {
    let line = format!(" {line}");
    quote!(#[doc = #line])
}

/// Two texts as paragraphs of one.
pub(super) fn both(first: &[String], second: &[String]) -> Vec<String> {
    let apart = (!first.is_empty() && !second.is_empty()).then(String::new);
    first
        .iter()
        .cloned()
        .chain(apart)
        .chain(second.iter().cloned())
        .collect()
}

/// The lines with the blanks that Markdown needs: what continues a point of a list stands under its text, and what comes
/// after the list is a paragraph of its own. Nothing at all is left of empty lines only.
fn laid_out(lines: &[String]) -> Vec<String> {
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Vec::new();
    }
    let (mut points, mut out) = (Vec::<Point>::new(), Vec::<String>::new());
    for line in lines {
        let text = line.trim();
        if text.is_empty() {
            out.push(String::new());
            continue;
        }
        let column = line.chars().take_while(|c| c.is_whitespace()).count();
        let listed = !points.is_empty();
        while points.pop_if(|point| point.column >= column).is_some() {}
        let indent = points.last().map_or(0, |point| point.text);
        let mark = mark(text);
        if mark == 0 && points.is_empty() && listed && out.last().is_some_and(|l| !l.is_empty()) {
            out.push(String::new());
        }
        if mark > 0 {
            points.push(Point {
                column,
                text: indent + mark,
            });
        }
        out.push(" ".repeat(1 + indent) + &escape(text));
    }
    out
}

/// An open point of a list: where it stands in the description, and where its text stands in Rust.
struct Point {
    column: usize,
    text: usize,
}

/// Columns of the mark that begins a point of a list, with the blank behind it: `- `, `* `, `+ `, `1. `, `1) `.
fn mark(text: &str) -> usize {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marks: &[char] = if digits == 0 {
        &['-', '*', '+']
    } else {
        &['.', ')']
    };
    let rest = text.get(digits..).unwrap_or("");
    let behind = rest.strip_prefix(marks).filter(|_| digits < 10);
    if behind.is_some_and(|behind| behind.starts_with(' ')) {
        digits + 2
    } else {
        0
    }
}

/// No links, no tags, no code blocks (a fence would be compiled as a test of the user's crate).
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.replace("```", "'''").replace("~~~", "'''").chars() {
        if matches!(c, '[' | ']' | '<' | '>' | '\\') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escape, laid_out};

    fn lines(text: &str) -> String {
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        laid_out(&lines).join("\n")
    }

    #[test]
    fn text_of_a_comment_stays_text() {
        assert_eq!(
            lines("        let x = 1;"),
            " let x = 1;",
            "four blanks would be a code block"
        );
        assert_eq!(escape("``` rust"), "''' rust");
        assert_eq!(escape("see [Open] or <b>"), "see \\[Open\\] or \\<b\\>");
        assert_eq!(lines("  \t"), "");
    }

    #[test]
    fn a_list_ends_where_its_text_does() {
        assert_eq!(
            lines("Does:\n - this\n   and so on\n     - deeper\n - that\nand no more"),
            " Does:\n - this\n   and so on\n   - deeper\n - that\n\n and no more"
        );
        assert_eq!(lines("1. a\n       b\n\nc"), " 1. a\n    b\n\n c");
        assert_eq!(lines("*emphasis*\n-1 is less"), " *emphasis*\n -1 is less");
    }
}
