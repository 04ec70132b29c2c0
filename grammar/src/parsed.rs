//! The two passes that every language shares: a strict parse, and recovery when
//! it fails; and what is right of a text that is not.
//!
//! Callers see only this: the tree of a right text, or the errors of a wrong
//! one with the tree of what is right of it. The strict parse decides whether a
//! text is right; recovery can add mistakes, and never accepts what the grammar
//! refuses.
use crate::lexer::{Kind, Lexer, slice};
use crate::limits::Limits;
use crate::recovery::{Grammar, Recovered, Recovery, recover};
use crate::scan::{Family, Scan, scan};
use crate::syntax::{Comment, Span, SyntaxError};
use pest::iterators::Pair;
use std::collections::BTreeSet;

/// The result of parsing one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The tree; `None` when there are errors.
    pub tree: Option<T>,
    /// Every independent mistake, in order of its place.
    pub errors: Vec<SyntaxError>,
    /// With errors: the tree of what is right, so that one run also finds the
    /// mistakes of meaning. `None` when brackets do not match, and for
    /// policies, which only mean something as a whole.
    pub salvaged: Option<Salvaged<T>>,
}

/// A tree without the members that are wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged<T> {
    /// The tree. Its places are those of the whole text.
    ///
    /// Its wrong members are missing, as if the text had blanks there.
    pub tree: T,
    /// What was left out.
    pub lost: Lost,
}

/// What a name can stand for inside a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noun {
    /// A type.
    Type,
    /// A constant.
    Constant,
}

/// What the wrong members of a text may have declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Whether the first line is wrong: the tree's name is empty.
    pub head: bool,
    /// Every word that stands in a wrong member.
    words: BTreeSet<String>,
    /// Kinds of things for which a wrong member may have declared any name.
    unnamed: BTreeSet<Noun>,
}

impl Lost {
    /// Whether a wrong member may have declared or imported this name, so that
    /// nothing should be said about it.
    #[must_use]
    pub fn may_declare(&self, noun: Noun, name: &str) -> bool {
        self.unnamed.contains(&noun) || self.words.contains(name)
    }
}

/// Parses `text` by `rule` and builds its tree; when that fails, finds every
/// mistake by `walk`. The grammar never sees a comment: looking for one between
/// any two words would take a third of its time.
///
/// The places of a tree, of errors and of comments are those of `text`:
/// comments and wrong members are replaced by blanks of the same length, never
/// cut out.
pub(crate) fn parse<G: Grammar, T>(
    text: &str,
    limits: &Limits,
    family: Family,
    rule: G::Rule,
    walk: impl FnOnce(&mut Recovery<'_, G>),
    build: impl Fn(Pair<'_, G::Rule>, &str, &[Comment]) -> Option<T>,
) -> Parsed<T> {
    let Scan {
        comments,
        errors,
        fatal,
    } = scan(text, family, limits);
    if fatal {
        return Parsed {
            tree: None,
            errors,
            salvaged: None,
        };
    }
    let bare = blanked(text, comments.iter().map(|comment| comment.span));
    let strict = G::parse(rule, &bare);
    match strict {
        Ok(mut pairs) if errors.is_empty() => {
            let tree = pairs.next().and_then(|pair| build(pair, text, &comments));
            Parsed {
                tree,
                errors,
                salvaged: None,
            }
        }
        strict => {
            let Recovered { errors, lost } =
                recover((text, &bare), errors, strict.err().as_deref(), walk);
            let salvaged = lost.and_then(|lost| {
                let rest = blanked(&bare, lost.spans.iter().copied());
                let pair = G::parse(G::remainder(rule)?, &rest).ok()?.next()?;
                let tree = build(pair, &blanked(text, lost.spans.iter().copied()), &comments)?;
                let words = words(text, &lost.spans);
                Some(Salvaged {
                    tree,
                    lost: Lost {
                        head: lost.head,
                        words,
                        unnamed: lost.unnamed,
                    },
                })
            });
            Parsed {
                tree: None,
                errors,
                salvaged,
            }
        }
    }
}

/// The text with blanks at some places, so that all others stay what they are.
fn blanked(text: &str, spans: impl Iterator<Item = Span>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        if let Some(part) = bytes.get_mut(span.start as usize..span.end as usize) {
            part.iter_mut()
                .filter(|byte| **byte != b'\n')
                .for_each(|byte| *byte = b' ');
        }
    }
    // spans hold whole characters
    String::from_utf8(bytes).unwrap_or_default()
}

/// The words at some places; of one that a keyword is glued to, such as
/// `structReading`, also the rest.
fn words(text: &str, spans: &[Span]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for part in spans.iter().map(|span| slice(text, *span)) {
        for token in Lexer::new(part).filter(|token| token.kind == Kind::Word) {
            let word = slice(part, token.span);
            let rest = ["struct", "union"]
                .into_iter()
                .filter_map(|keyword| word.strip_prefix(keyword));
            words.extend(rest.chain([word]).map(str::to_owned));
        }
    }
    words
}
