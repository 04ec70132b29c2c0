//! Text literals of PSL: what a backslash means in them, and what they stand
//! for.
//!
//! In a block between three backticks a backslash is what a regular expression
//! makes of it, and stays as it is.
use crate::lexer::{BLOCK, span};
use crate::syntax::{Mistake, SyntaxError};

/// Which regular expressions between backticks are.
const LANGUAGE: &str = "regex";
/// Help for an escape that does not exist.
const FORMS: &str = "there are `\\\\`, `\\\"`, `\\n`, `\\r`, `\\t` and `\\u{1F600}`; in a pattern, every backslash is doubled";

/// E517 for each backslash of a literal that starts at byte `start` and means
/// nothing.
pub(crate) fn check(written: &str, start: u32, errors: &mut Vec<SyntaxError>) {
    if written.starts_with(BLOCK) {
        return;
    }
    let mut at = 0;
    while let Some(found) = written.get(at..).and_then(|rest| rest.find('\\')) {
        let from = at + found;
        let (escape, length) = escape(written.get(from..).unwrap_or(""));
        at = from + length.max(1);
        if escape.is_none() {
            let place = start as usize + from;
            let shown = written.get(from..at).unwrap_or("\\");
            errors.push(SyntaxError {
                mistake: Mistake::Escape,
                message: format!("`{shown}` is not an escape sequence"),
                span: span(place, place + length),
                label: None,
                related: None,
                help: Some(FORMS.to_owned()),
            });
        }
    }
}

/// The character that the escape at the start of `text` stands for, and its
/// length; nothing when it is none. A text holds no NUL, as those of messages
/// do not.
fn escape(text: &str) -> (Option<char>, usize) {
    let second = text.chars().nth(1);
    let length = 1 + second.map_or(0, char::len_utf8);
    let simple = match second {
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        Some(c @ ('\\' | '"')) => Some(c),
        Some('u') => {
            let Some((digits, _)) = text
                .get(2..)
                .and_then(|rest| rest.strip_prefix('{'))
                .and_then(|r| r.split_once('}'))
            else {
                return (None, length);
            };
            let number = if digits.len() <= 6 {
                u32::from_str_radix(digits, 16).ok()
            } else {
                None
            };
            return (
                number.and_then(char::from_u32).filter(|c| *c != '\0'),
                digits.len().saturating_add(4).min(text.len()),
            );
        }
        _ => None,
    };
    (simple, length)
}

/// What a literal stands for. A regular expression in a block says of itself
/// that blanks in it mean nothing.
///
/// Only called for literals that [`check`] accepts; in any other an unknown
/// escape is left out.
pub(crate) fn unquoted(written: &str) -> String {
    if let Some(block) = written.strip_prefix(BLOCK) {
        let inner = block.strip_suffix(BLOCK).unwrap_or(block);
        return format!("(?x){}\n", inner.strip_prefix(LANGUAGE).unwrap_or(inner));
    }
    let inner = written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(written);
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, _)) = rest.split_once('\\') {
        let (escape, length) = escape(rest.get(before.len()..).unwrap_or(""));
        text.push_str(before);
        text.extend(escape);
        rest = rest.get(before.len() + length..).unwrap_or("");
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::{check, unquoted};

    #[test]
    fn escapes_stand_for_characters_or_are_told() {
        assert_eq!(unquoted(r#""a\\b\"c\n\u{416}\u{1F600}d""#), "a\\b\"c\nЖ😀d");
        assert_eq!(
            unquoted("```regex\nHello\\ world\n```"),
            "(?x)\nHello\\ world\n\n"
        );
        for (written, wrong) in [
            (r#""\\ \" \n \r \t \u{41}""#, vec![]),
            (r#""\0""#, vec![(11, 13)]),
            (r#""a\.\d""#, vec![(12, 14), (14, 16)]),
            (
                r#""\u{D800}\u{0}\u41\u{}""#,
                vec![(11, 19), (19, 24), (24, 26), (28, 32)],
            ),
            (r#""\ж""#, vec![(11, 14)]),
            ("```regex \\d ```", vec![]),
        ] {
            let mut errors = Vec::new();
            check(written, 10, &mut errors);
            let places: Vec<(u32, u32)> = errors
                .iter()
                .map(|error| (error.span.start, error.span.end))
                .collect();
            assert_eq!(places, wrong, "{written}");
        }
    }
}
