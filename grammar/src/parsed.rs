//! The two passes that every language shares: a strict parse, and recovery when it fails.
use crate::limits::Limits;
use crate::recovery::{Grammar, Recovery, recover};
use crate::scan::{Family, Scan, scan};
use crate::syntax::{Comment, SyntaxError};
use pest::iterators::Pair;

/// The result of parsing one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The tree; `None` when there are errors.
    pub tree: Option<T>,
    /// Every independent mistake, in order of its place.
    pub errors: Vec<SyntaxError>,
}

/// Parses `text` by `rule` and builds its tree; when that fails, finds every mistake by `walk`.
pub(crate) fn parse<G: Grammar, T>(
    text: &str,
    limits: &Limits,
    family: Family,
    rule: G::Rule,
    walk: impl FnOnce(&mut Recovery<'_, G>),
    build: impl FnOnce(Pair<'_, G::Rule>, &[Comment]) -> Option<T>,
) -> Parsed<T> {
    let Scan { comments, errors, fatal } = scan(text, family, limits);
    if fatal {
        return Parsed { tree: None, errors };
    }
    match G::parse(rule, text) {
        Ok(mut pairs) if errors.is_empty() => {
            Parsed { tree: pairs.next().and_then(|pair| build(pair, &comments)), errors }
        }
        Ok(_) => Parsed { tree: None, errors },
        Err(strict) => Parsed { tree: None, errors: recover(text, errors, &strict, walk) },
    }
}
