//! Ways to spoil a text: one token, or one letter of a word.
use std::ops::Range;

/// Another text in place of a token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spoilt {
    /// The first byte of the token.
    pub(crate) start: usize,
    /// The byte behind it.
    pub(crate) end: usize,
    /// What stands there instead.
    pub(crate) with: String,
}

impl Spoilt {
    /// The token at these bytes with something else instead.
    pub(crate) fn new(token: &Range<usize>, with: impl Into<String>) -> Self {
        Self {
            start: token.start,
            end: token.end,
            with: with.into(),
        }
    }
    /// The text with this one change.
    pub(crate) fn apply(&self, text: &str) -> String {
        [&text[..self.start], &self.with, &text[self.end..]].concat()
    }
    /// The line of the token.
    pub(crate) fn line(&self, text: &str) -> usize {
        text[..self.start].matches('\n').count() + 1
    }
}

/// Words and marks; comments are neither.
pub(crate) fn tokens(text: &str) -> Vec<Range<usize>> {
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let (mut at, mut found) = (0, Vec::new());
    while let Some(byte) = text.as_bytes().get(at) {
        let rest = &text.as_bytes()[at..];
        let comment = if rest.starts_with(b"//") {
            text[at..].find('\n')
        } else if rest.starts_with(b"/*") {
            text[at..].find("*/").map(|end| end + 2)
        } else {
            None
        };
        let length = comment.unwrap_or_else(|| rest.iter().take_while(|b| word(b)).count().max(1));
        if comment.is_none() && byte.is_ascii_graphic() {
            found.push(at..at + length);
        }
        at += length;
    }
    found
}

/// The token is not there, stands twice, or something else is there.
pub(crate) fn mutants(text: &str, token: &Range<usize>) -> [Spoilt; 4] {
    let written = &text[token.clone()];
    [
        String::new(),
        format!("{written} {written}"),
        "@".to_owned(),
        "}".to_owned(),
    ]
    .map(|with| Spoilt::new(token, with))
}

/// The tokens of every member: what ends with `;`, `{` or `}` in IDL, and a line elsewhere.
pub(crate) fn members(text: &str, idl: bool) -> Vec<Vec<Range<usize>>> {
    let mut members: Vec<Vec<Range<usize>>> = vec![Vec::new()];
    let mut before = 0;
    for token in tokens(text) {
        let new_line = text[before..token.start].contains('\n');
        before = token.end;
        let ends = matches!(&text[token.clone()], ";" | "{" | "}");
        match members.last_mut() {
            Some(member) if idl || !new_line || member.is_empty() => member.push(token),
            _ => members.push(vec![token]),
        }
        if ends {
            members.push(Vec::new());
        }
    }
    members
}

/// One of each kind of slip of the finger: a letter missing, too many, wrong, or swapped with the next.
pub(crate) fn typos(word: &str, random: &mut Random) -> Vec<String> {
    let at = random.below(word.len());
    let letter = char::from(b'a' + u8::try_from(random.below(26)).unwrap());
    let (head, tail) = word.split_at(at);
    let swapped = at.min(word.len() - 2);
    let mut all = vec![
        format!("{head}{}", &tail[1..]),
        format!("{head}{letter}{tail}"),
        format!("{head}{letter}{}", &tail[1..]),
        format!(
            "{}{}{}{}",
            &word[..swapped],
            &word[swapped + 1..swapped + 2],
            &word[swapped..=swapped],
            &word[swapped + 2..]
        ),
    ];
    all.retain(|typo| typo != word);
    all
}

/// The names that a typo in a token can be answered with: the word, and the dotted name around it.
pub(crate) fn meant<'t>(text: &'t str, token: &Range<usize>) -> [&'t str; 2] {
    let apart = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let start = text[..token.start].rfind(apart).map_or(0, |at| at + 1);
    let end = text[token.end..]
        .find(apart)
        .map_or(text.len(), |at| at + token.end);
    // `use nk.base._` names `nk.base`
    [
        &text[token.clone()],
        text[start..end].trim_end_matches("._"),
    ]
}

/// Pseudo-random numbers, the same in every run (xorshift).
pub(crate) struct Random(u64);

impl Random {
    /// The first of them.
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
    /// `k` of the numbers below `n`, in any order.
    pub(crate) fn choose(&mut self, k: usize, n: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        for i in 0..k {
            let j = i + self.below(n - i);
            all.swap(i, j);
        }
        all.truncate(k);
        all
    }
}
