//! Text that a program chose, made harmless: it cannot move the cursor, hide
//! what stands before it or begin a line.
//!
//! Escapes have the form `\u{1b}`. A text that itself contains such characters
//! stays as it is: nobody can tell the two apart on the screen, but neither
//! does anything. The audit file escapes as JSON does, so that a reader of it
//! sees exactly what was there.
use std::borrow::Cow;

/// Characters of a name that are shown.
const MAX_NAME: usize = 128;

/// The text with everything escaped that acts on a terminal instead of being
/// seen: control characters but the tab, line and paragraph separators, marks
/// that change the direction of writing.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// A task's name, which stands in brackets in front of what the task writes: it
/// cannot close them, as if another task wrote.
pub(crate) fn task_name(name: &str) -> String {
    printable(name).replace(']', "\\u{5d}")
}

/// A name that a program gave, cut when it is longer than any name could be.
pub(crate) fn name(text: &str) -> String {
    match text.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", printable(text.get(..end).unwrap_or_default())),
        None => printable(text).into_owned(),
    }
}

/// Whether a terminal does something for a character besides showing it.
fn acts(c: char) -> bool {
    let separator = matches!(c, '\u{2028}' | '\u{2029}');
    let direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || separator || direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(
            printable("a\r\u{1b}[2Jb\u{9b}\u{202e}c\u{2028}\0\x7f"),
            "a\\u{d}\\u{1b}[2Jb\\u{9b}\\u{202e}c\\u{2028}\\u{0}\\u{7f}"
        );
        assert_eq!(
            printable("ordinary\ttext, größer \\u{1b}"),
            "ordinary\ttext, größer \\u{1b}"
        );
    }

    #[test]
    fn the_name_of_a_task_cannot_end_before_its_end() {
        assert_eq!(task_name("other] says"), "other\\u{5d} says");
    }

    #[test]
    fn a_name_is_cut_where_no_name_goes_on() {
        assert_eq!(name(&"ä".repeat(128)), "ä".repeat(128));
        assert_eq!(name(&"ä".repeat(70_000)), format!("{}…", "ä".repeat(128)));
        assert_eq!(name("a\nb"), "a\\u{a}b");
    }
}
