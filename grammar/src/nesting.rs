//! Limits how deep a text nests before a recursive parser sees it
//! (`docs/inputs.md` §1, §2).
//!
//! A parser made by pest, and every walk over the tree that it makes, is
//! recursive: its stack grows with the nesting of the text. Counting before
//! parsing is what makes a deep text an error instead of a crash. The count may
//! be higher than the real depth, never lower.
use crate::lexer::{Kind, Token};
use crate::scan::Family;
use crate::syntax::{Mistake, SyntaxError};

/// Counts what nests: brackets, prefix operators in a row, and operators that
/// group from the right.
pub(crate) struct Nesting {
    /// Which operators nest differs.
    family: Family,
    /// The limit `nesting`.
    most: usize,
    /// The brackets that are open.
    brackets: Vec<u8>,
    /// Prefix operators in a row: `- - - 1`.
    prefixes: usize,
    /// Operators that group from the right since the last mark that ends an
    /// expression: `2 ** 2 ** 2`.
    chained: usize,
}

impl Nesting {
    /// A counter at the start of a text that may nest `most` levels deep.
    pub(crate) fn new(family: Family, most: usize) -> Self {
        Self {
            family,
            most,
            brackets: Vec::new(),
            prefixes: 0,
            chained: 0,
        }
    }

    /// Takes the next token in; E009 where the text nests too deep.
    pub(crate) fn token(&mut self, text: &str, token: Token) -> Option<SyntaxError> {
        let Kind::Mark(mark) = token.kind else {
            if !matches!(token.kind, Kind::Comment { .. }) {
                self.prefixes = 0;
            }
            return None;
        };
        self.brackets(text, token, mark);
        self.operators(text, token, mark);
        let depth = self.brackets.len().max(self.prefixes).max(self.chained);
        (depth > self.most).then(|| error(token, self.most))
    }

    /// Opens or closes a bracket. One that closes another kind closes what is
    /// inside it too: whether they match is not decided here.
    fn brackets(&mut self, text: &str, token: Token, mark: u8) {
        match mark {
            b'(' | b'[' | b'{' => self.brackets.push(mark),
            b')' | b']' | b'}' => {
                // an angle bracket never reaches beyond the bracket around it
                while self.brackets.pop().is_some_and(|open| open == b'<') {}
            }
            b'<' if self.is_angle(text, token) => self.brackets.push(mark),
            b'>' if self.is_angle(text, token) && self.brackets.last() == Some(&b'<') => {
                self.brackets.pop();
            }
            b';' => self.brackets.retain(|open| *open != b'<'),
            _ => {}
        }
    }

    /// In descriptions a single `<` opens a type's arguments and a double one
    /// shifts; in PSL it is the other way round.
    fn is_angle(&self, text: &str, token: Token) -> bool {
        let at = token.span.start as usize;
        let bytes = text.as_bytes();
        let same = |i: Option<usize>| i.and_then(|i| bytes.get(i)) == bytes.get(at);
        let before = same(at.checked_sub(1));
        let after = same(at.checked_add(1));
        match self.family {
            Family::Description => !before && !after,
            Family::Policy => after && !before,
        }
    }

    /// Counts operators that nest without brackets.
    fn operators(&mut self, text: &str, token: Token, mark: u8) {
        self.prefixes = if matches!(mark, b'-' | b'~' | b'+' | b'!') {
            self.prefixes + 1
        } else {
            0
        };
        let at = token.span.start as usize;
        let rest = text.get(at..).unwrap_or("");
        if rest.starts_with("**") || rest.starts_with("==>") {
            self.chained += 1;
        } else if matches!(mark, b';' | b',' | b'{' | b'}' | b'(' | b')' | b'[' | b']') {
            self.chained = 0;
        }
    }
}

/// E009 at the token that is one level too deep.
fn error(token: Token, most: usize) -> SyntaxError {
    SyntaxError {
        mistake: Mistake::Nesting,
        message: format!("nesting deeper than {most}"),
        span: token.span,
        label: None,
        related: None,
        help: Some(
            "give the inner part a name of its own and use that, or raise the limit `nesting`"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::Lexer;
    use crate::lexer::slice;

    /// The byte at which `text` nests too deep.
    fn depth_error(text: &str, family: Family) -> Option<u32> {
        let mut nesting = Nesting::new(family, 64);
        let error = Lexer::new(text).find_map(|t| nesting.token(text, t))?;
        assert_eq!(slice(text, error.span).len(), 1);
        Some(error.span.start)
    }

    #[test]
    fn sixty_four_levels_pass_and_the_next_does_not() {
        let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(depth_error(&nested(64), Family::Description), None);
        assert_eq!(depth_error(&nested(65), Family::Description), Some(64));
        assert_eq!(
            depth_error(&"array<".repeat(65), Family::Description),
            Some(64 * 6 + 5)
        );
        assert_eq!(
            depth_error(&"Set<<".repeat(65), Family::Policy),
            Some(64 * 5 + 3)
        );
        assert_eq!(
            depth_error(&"- ".repeat(1_000), Family::Description),
            Some(128)
        );
        assert_eq!(
            depth_error(&"2**".repeat(1_000), Family::Description),
            Some(64 * 3 + 1)
        );
    }

    #[test]
    fn what_stands_side_by_side_does_not_nest() {
        let fields = "array<UInt8, 1 << 2> a; sequence<X, (1 >> 2)> b; bytes<4";
        let text = format!("{fields}>; ").repeat(1_000);
        assert_eq!(depth_error(&text, Family::Description), None);
        assert_eq!(
            depth_error(&"array<UInt8, 8;".repeat(1_000), Family::Description),
            None
        );
        assert_eq!(
            depth_error(&"a < b && !c ==> d, ".repeat(1_000), Family::Policy),
            None
        );
        assert_eq!(
            depth_error(&"2 ** 2, -1;".repeat(1_000), Family::Description),
            None
        );
    }
}
