//! Cuts a text of any of the four languages into words, numbers, marks and
//! comments, in one linear pass.
//!
//! The grammars do not need it; the checks before parsing, error recovery and
//! the index of declared names do. It accepts every text: what no language
//! knows becomes [`Kind::Other`].
//!
//! What it cuts is never wrong, only unknown; whether a token is allowed where
//! it stands is decided by the grammars, and whether a number is one by
//! [`crate::literals`].
use crate::syntax::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters, digits and `_`, not starting with a digit.
    ///
    /// Keywords are words too: all of them are only keywords where the grammar
    /// has one.
    Word,
    /// Letters, digits and `_`, starting with a digit.
    ///
    /// Whether it is a number is not decided here: `12abc` is one token, so
    /// that it is one mistake.
    Number,
    /// `"…"`; a text that the line's end cuts off is not `closed`. Or a regular
    /// expression in a block of its own, between three backticks.
    Text {
        /// Whether the closing quote is there.
        closed: bool,
    },
    /// One ASCII character of punctuation.
    ///
    /// `<<` is two of them.
    Mark(u8),
    /// `// …` up to the line feed, or `/* … */`; without its end it is not
    /// `closed`.
    Comment {
        /// Whether the comment ends before the text does.
        closed: bool,
    },
    /// A character that no language uses outside comments and texts.
    Other,
}

/// A token and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it stands.
    pub(crate) span: Span,
}

/// Iterator over the tokens of a text, comments included.
pub(crate) struct Lexer<'t> {
    /// The whole text.
    text: &'t str,
    /// The byte at which the next token is looked for.
    at: usize,
}

/// The byte order mark that editors put in front of UTF-8.
///
/// It is not part of the text; anywhere else it is a control character (E003).
pub(crate) const BOM: char = '\u{FEFF}';

/// What stands before and behind a regular expression in a block of its own.
pub(crate) const BLOCK: &str = "```";

impl<'t> Lexer<'t> {
    /// A lexer at the start of `text`, after its byte order mark.
    pub(crate) fn new(text: &'t str) -> Self {
        let at = if text.starts_with(BOM) {
            BOM.len_utf8()
        } else {
            0
        };
        Self { text, at }
    }

    /// What is left of the text.
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Moves to the next character that is not blank.
    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    /// The kind and length of the token at the start of `rest`, which is
    /// neither empty nor blank.
    fn measure(rest: &str) -> (Kind, usize) {
        let first = rest.chars().next().unwrap_or(' ');
        match first {
            '/' if rest.starts_with("//") => {
                let length = rest.find('\n').unwrap_or(rest.len());
                (Kind::Comment { closed: true }, length)
            }
            '/' if rest.starts_with("/*") => match rest.get(2..).and_then(|body| body.find("*/")) {
                Some(body) => (Kind::Comment { closed: true }, body + 4),
                None => (Kind::Comment { closed: false }, rest.len()),
            },
            '"' => measure_text(rest),
            '`' if rest.starts_with(BLOCK) => {
                match rest.get(BLOCK.len()..).and_then(|body| body.find(BLOCK)) {
                    Some(body) => (Kind::Text { closed: true }, body + 2 * BLOCK.len()),
                    None => (Kind::Text { closed: false }, BLOCK.len()),
                }
            }
            '\'' => (Kind::Other, character_length(rest)),
            '0'..='9' => (Kind::Number, word_length(rest)),
            'a'..='z' | 'A'..='Z' | '_' => (Kind::Word, word_length(rest)),
            _ if first.is_ascii_punctuation() => {
                (Kind::Mark(rest.as_bytes().first().copied().unwrap_or(0)), 1)
            }
            _ => (Kind::Other, first.len_utf8()),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let start = self.at;
        let (kind, length) = Self::measure(rest);
        self.at += length;
        Some(Token {
            kind,
            span: span(start, self.at),
        })
    }
}

/// What separates tokens and means nothing else.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{0C}')
}

/// A span from `usize` offsets. Texts are limited to 4 MiB before anything is
/// stored, so the conversion loses nothing.
///
/// The offsets may be those of a `str`; a span is always on the boundaries of
/// characters.
pub(crate) fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}

/// The part of `text` that `span` names; empty when it lies outside.
pub(crate) fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize)
        .unwrap_or("")
}

/// The bytes of letters, digits and underscores at the start; words are ASCII.
fn word_length(rest: &str) -> usize {
    rest.bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .count()
}

/// `'a'` exists in no language, but is one mistake, not three.
fn character_length(rest: &str) -> usize {
    let line = rest.lines().next().unwrap_or(rest);
    let close = line
        .char_indices()
        .skip(1)
        .take(8)
        .find(|(_, c)| *c == '\'');
    close.map_or(1, |(at, _)| at + 1)
}

/// A text literal ends at the first quote that no backslash hides, or unclosed
/// at the line's end.
fn measure_text(rest: &str) -> (Kind, usize) {
    let mut hidden = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return (Kind::Text { closed: false }, at),
            '"' if !hidden => return (Kind::Text { closed: true }, at + 1),
            _ => hidden = c == '\\' && !hidden,
        }
    }
    (Kind::Text { closed: false }, rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(Kind, &str)> {
        Lexer::new(text)
            .map(|t| (t.kind, slice(text, t.span)))
            .collect()
    }

    #[test]
    fn a_text_is_cut_into_words_numbers_marks_and_comments() {
        let comment = Kind::Comment { closed: true };
        assert_eq!(
            tokens("\u{FEFF}in a_1.b/*x*/0x1f; // end\n\"t\\\"\" é"),
            [
                (Kind::Word, "in"),
                (Kind::Word, "a_1"),
                (Kind::Mark(b'.'), "."),
                (Kind::Word, "b"),
                (comment, "/*x*/"),
                (Kind::Number, "0x1f"),
                (Kind::Mark(b';'), ";"),
                (comment, "// end"),
                (Kind::Text { closed: true }, "\"t\\\"\""),
                (Kind::Other, "é"),
            ]
        );
    }

    #[test]
    fn what_has_no_end_is_one_token_up_to_where_it_must_stop() {
        assert_eq!(
            tokens("a /* b"),
            [(Kind::Word, "a"), (Kind::Comment { closed: false }, "/* b")]
        );
        assert_eq!(
            tokens("\"a\nb"),
            [(Kind::Text { closed: false }, "\"a"), (Kind::Word, "b")]
        );
    }
}
