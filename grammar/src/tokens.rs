//! A text as a row of tokens with matched brackets: what error recovery walks
//! over.
//!
//! Made only for texts that a strict parse refused. A bracket and its partner
//! are found once, so that skipping a block is one step, and blocks inside
//! blocks do not make recovery quadratic.
use crate::lexer::{Kind, Lexer, Token, slice, span};
use crate::syntax::Span;

/// The tokens of a text without its comments.
pub(crate) struct Tokens<'t> {
    /// The whole text.
    text: &'t str,
    /// The tokens in order; positions in it are what recovery counts in.
    list: Vec<Token>,
    /// For every opening bracket the index of its partner.
    partner: Vec<Option<usize>>,
    /// The first one only.
    mismatch: Option<Mismatch>,
}

/// The first brackets that have no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// A bracket that is never closed.
    ///
    /// The outermost one: what is inside it may be right.
    Unclosed(Span),
    /// A bracket that closes nothing, or another kind of bracket.
    Stray(Span),
}

impl<'t> Tokens<'t> {
    /// Cuts `text` and matches its round, square and curly brackets.
    pub(crate) fn new(text: &'t str) -> Self {
        let list: Vec<Token> = Lexer::new(text)
            .filter(|t| !matches!(t.kind, Kind::Comment { .. }))
            .collect();
        let mut tokens = Self {
            text,
            partner: vec![None; list.len()],
            list,
            mismatch: None,
        };
        tokens.match_brackets();
        tokens
    }

    /// Finds the partner of each bracket, up to the first mismatch. Angle
    /// brackets are not brackets here: they are operators too.
    fn match_brackets(&mut self) {
        let mut open: Vec<(usize, u8)> = Vec::new();
        for (i, token) in self.list.iter().enumerate() {
            let Kind::Mark(mark) = token.kind else {
                continue;
            };
            match mark {
                b'(' => open.push((i, b')')),
                b'[' => open.push((i, b']')),
                b'{' => open.push((i, b'}')),
                b')' | b']' | b'}' => match open.pop() {
                    Some((start, closing)) if closing == mark => {
                        if let Some(partner) = self.partner.get_mut(start) {
                            *partner = Some(i);
                        }
                    }
                    _ => {
                        self.mismatch = Some(Mismatch::Stray(token.span));
                        return;
                    }
                },
                _ => {}
            }
        }
        let unclosed = open.first().and_then(|(start, _)| self.list.get(*start));
        self.mismatch = unclosed.map(|token| Mismatch::Unclosed(token.span));
    }

    /// The first bracket without a partner; behind it all structure is
    /// guesswork.
    pub(crate) fn mismatch(&self) -> Option<Mismatch> {
        self.mismatch
    }

    /// How many tokens there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// A token by its position.
    pub(crate) fn get(&self, i: usize) -> Option<Token> {
        self.list.get(i).copied()
    }

    /// A token as written; empty at the end.
    pub(crate) fn written(&self, i: usize) -> &'t str {
        self.get(i).map_or("", |token| slice(self.text, token.span))
    }

    /// A token as written when it is a word; empty otherwise.
    pub(crate) fn word(&self, i: usize) -> &'t str {
        if self.get(i).is_some_and(|t| t.kind == Kind::Word) {
            self.written(i)
        } else {
            ""
        }
    }

    /// Whether a token is this mark.
    pub(crate) fn is_mark(&self, i: usize, mark: u8) -> bool {
        self.get(i).is_some_and(|t| t.kind == Kind::Mark(mark))
    }

    /// The bracket that closes the one at `i`.
    pub(crate) fn closing(&self, i: usize) -> Option<usize> {
        self.partner.get(i).copied().flatten()
    }

    /// The first token that starts at or after byte `at`; the number of tokens
    /// when there is none.
    pub(crate) fn after(&self, at: usize) -> usize {
        self.list.partition_point(|t| (t.span.start as usize) < at)
    }

    /// Where a token starts; the end of the last token when there is none.
    pub(crate) fn start(&self, i: usize) -> usize {
        self.get(i).map_or(self.end(), |t| t.span.start as usize)
    }

    /// The end of the last token.
    pub(crate) fn end(&self) -> usize {
        self.list.last().map_or(0, |t| t.span.end as usize)
    }

    /// Whether a token is the first one on its line.
    ///
    /// Recovery trusts the lines of a text more than its marks: a forgotten
    /// semicolon is far more usual than two members in a line.
    pub(crate) fn starts_line(&self, i: usize) -> bool {
        let Some(before) = i.checked_sub(1).and_then(|before| self.get(before)) else {
            return true;
        };
        let gap = span(before.span.end as usize, self.start(i));
        i >= self.len() || slice(self.text, gap).contains('\n')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bracket_without_a_partner_is_found() {
        let mismatch = |text| Tokens::new(text).mismatch();
        assert_eq!(mismatch("a { ( ) [ { } ] }"), None);
        assert_eq!(
            mismatch("a { b { }"),
            Some(Mismatch::Unclosed(Span::new(2, 3)))
        );
        assert_eq!(
            mismatch("a ( b } )"),
            Some(Mismatch::Stray(Span::new(6, 7)))
        );
        assert_eq!(mismatch("} {"), Some(Mismatch::Stray(Span::new(0, 1))));
    }

    #[test]
    fn a_line_starts_behind_a_line_feed_even_when_it_stands_in_a_comment() {
        let tokens = Tokens::new("a b /*\n*/ c");
        assert_eq!(
            [0, 1, 2].map(|i| tokens.starts_line(i)),
            [true, false, true]
        );
    }
}
