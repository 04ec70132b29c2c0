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
    let lines = lines.iter().map(|line| escape(line));
    quote!(#(#[doc = #lines])*)
}

/// One generated line.
pub(super) fn doc(line: impl Display) -> TokenStream {
    let line = format!(" {line}");
    quote!(#[doc = #line])
}

/// No links, no tags, no code blocks (four blanks or a fence would be compiled as a test of the user's crate).
fn escape(line: &str) -> String {
    let text = line.trim_end();
    let indent = text
        .chars()
        .take_while(|c| c.is_whitespace())
        .count()
        .min(2);
    let mut out = " ".repeat(1 + indent);
    for c in text
        .trim_start()
        .replace("```", "'''")
        .replace("~~~", "'''")
        .chars()
    {
        if matches!(c, '[' | ']' | '<' | '>' | '\\') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    if out.trim().is_empty() {
        String::new()
    } else {
        out
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_of_a_comment_stays_text() {
        assert_eq!(
            escape("        let x = 1;"),
            "   let x = 1;",
            "four blanks would be a code block"
        );
        assert_eq!(escape("``` rust"), " ''' rust");
        assert_eq!(escape("see [Open] or <b>"), " see \\[Open\\] or \\<b\\>");
        assert_eq!(escape("  \t"), "");
    }
}
