//! The second pass, for texts that the first one refused: parses member by
//! member, so that one run reports every independent mistake. Valid texts never
//! come here.
//!
//! A *member* is what a list of the language consists of: a declaration, a
//! field, a statement. Each is parsed by its own rule, within the tokens up to
//! where it must have ended; a wrong one is reported and skipped. Where
//! brackets do not match, structure is guesswork and only the first mistake of
//! the strict parse is reported (`docs/inputs.md` §5).
//!
//! What may be trusted: brackets that match, keywords at the start of a line,
//! and the marks that end members. The two languages say where their members
//! are in `description/recover.rs` and `policy/recover.rs`; how one member is
//! tried, reported and skipped is the same for both and stands here.
use crate::parsed::Noun;
use crate::report::{self, Expected, Failure};
use crate::syntax::{Mistake, Span, SyntaxError};
use crate::tokens::Tokens;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pairs;
use std::collections::BTreeSet;

/// Tokens of a member that are parsed first: more than most members have.
const FEW: usize = 64;

/// What recovery needs to know about a grammar.
///
/// Implemented once for IDL, CDL and EDL together, and once for PSL.
pub(crate) trait Grammar {
    /// The rules that pest derived.
    type Rule: pest::RuleType;
    /// Parses a prefix of `text`.
    fn parse(rule: Self::Rule, text: &str)
    -> Result<Pairs<'_, Self::Rule>, Box<Error<Self::Rule>>>;
    /// How the rules that were possible are called in a message.
    ///
    /// In the order in which they are to be named.
    fn describe(rules: &[Self::Rule]) -> Vec<Expected>;
    /// Whether a rule is the mark that ends a member and is easily forgotten.
    fn is_terminator(rule: Self::Rule) -> bool;
    /// Whether a member by this rule starts with a keyword, so that it cannot
    /// be the rest of the one before.
    fn has_keyword(_: Self::Rule) -> bool {
        true
    }
    /// The rule for what is left of a text by this rule when its wrong parts
    /// are taken out.
    ///
    /// `None` for a language of which no part means anything alone: PSL.
    fn remainder(_: Self::Rule) -> Option<Self::Rule> {
        None
    }
    /// What a rule is the name of, when other members can use that name.
    fn declares(_: Self::Rule) -> Option<Noun> {
        None
    }
}

/// A walk over the tokens of a text.
pub(crate) struct Recovery<'t, G: Grammar> {
    /// The tokens.
    pub(crate) tokens: Tokens<'t>,
    /// The text with blanks instead of its comments.
    bare: &'t str,
    /// The token at which the walk stands.
    pub(crate) at: usize,
    /// Places of mistakes that are already known, in order; a member that
    /// contains one says nothing more.
    known: Vec<Span>,
    /// Lexical mistakes, and those found so far.
    errors: Vec<SyntaxError>,
    /// How many members were right.
    right: usize,
    /// The token that starts the last right member.
    last: usize,
    /// What cannot be part of a tree; `None` once there can be none.
    lost: Option<Losses>,
    /// Only the type is needed.
    grammar: std::marker::PhantomData<G>,
}

/// The places of a text that are wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct Losses {
    /// The wrong members.
    pub(crate) spans: Vec<Span>,
    /// Kinds of things of which a wrong member may declare any name.
    pub(crate) unnamed: BTreeSet<Noun>,
    /// Whether the first line is wrong.
    pub(crate) head: bool,
}

/// What recovery found.
pub(crate) struct Recovered {
    /// All mistakes, in order.
    pub(crate) errors: Vec<SyntaxError>,
    /// What must be left out so that the rest is right; `None` when there is no
    /// rest.
    pub(crate) lost: Option<Losses>,
}

/// All mistakes of a text, which is given as written and without comments:
/// those of `lexical`, and those that `walk` finds when the strict parse
/// failed.
pub(crate) fn recover<G: Grammar>(
    (text, bare): (&str, &str),
    lexical: Vec<SyntaxError>,
    strict: Option<&Error<G::Rule>>,
    walk: impl FnOnce(&mut Recovery<'_, G>),
) -> Recovered {
    let known: Vec<Span> = lexical.iter().map(|e| e.span).collect();
    let lost = Losses {
        spans: known.clone(),
        ..Losses::default()
    };
    let mut recovery: Recovery<'_, G> = Recovery {
        tokens: Tokens::new(text),
        bare,
        at: 0,
        known,
        errors: lexical,
        right: 0,
        last: 0,
        lost: Some(lost),
        grammar: std::marker::PhantomData,
    };
    if recovery.tokens.mismatch().is_none() {
        walk(&mut recovery);
    } else {
        recovery.lost = None;
    }
    if let (true, Some(strict)) = (recovery.errors.is_empty(), strict) {
        let mut failure = failure::<G>(strict, 0, usize::MAX);
        let found = recovery.tokens.after(failure.at);
        failure.inside =
            !recovery.tokens.starts_line(found) || report::only_marks(&failure.expected);
        recovery.push(&failure);
        recovery.lost = None;
    }
    recovery.errors.sort_by_key(|e| e.span);
    Recovered {
        errors: recovery.errors,
        lost: recovery.lost,
    }
}

impl<G: Grammar> Recovery<'_, G> {
    /// Parses the member that starts here and ends before token `end`; reports
    /// it when it is wrong, and moves behind it. Whatever happens, the walk
    /// moves on.
    pub(crate) fn member(&mut self, rule: G::Rule, end: usize) {
        let end = end.max(self.at + 1);
        let start = self.at;
        match self.attempt(rule, end) {
            Ok(()) => {
                self.right += 1;
                self.last = start;
            }
            Err(wrong) => {
                self.at = self.resume(&wrong, end);
                self.lose(start, self.at);
                if !G::has_keyword(rule) {
                    self.doubt_the_last(start);
                }
            }
        }
    }

    /// Leaves the member before token `wrong` out of the tree when it ends with
    /// a name and what is wrong goes on there: the name is not what was meant,
    /// as in `import a..B`.
    pub(crate) fn doubt_the_last(&mut self, wrong: usize) {
        let goes_on = !self.tokens.starts_line(wrong) || self.tokens.is_mark(wrong, b'.');
        if !goes_on
            || wrong
                .checked_sub(1)
                .is_none_or(|before| self.tokens.word(before).is_empty())
        {
            return;
        }
        if self.last == 0 {
            self.lose_head(wrong);
        } else {
            self.lose(self.last, wrong);
            self.lose_import();
        }
    }

    /// How many members were right so far.
    pub(crate) fn right(&self) -> usize {
        self.right
    }

    /// Leaves the tokens from `start` to before `end` out of the tree.
    pub(crate) fn lose(&mut self, start: usize, end: usize) {
        let last = end
            .checked_sub(1)
            .filter(|last| *last >= start)
            .and_then(|i| self.tokens.get(i));
        if let (Some(lost), Some(first), Some(last)) =
            (&mut self.lost, self.tokens.get(start), last)
        {
            lost.spans.push(first.span.to(last.span));
        }
    }

    /// Leaves the first line out of the tree: the tokens from the first to
    /// before `end`.
    pub(crate) fn lose_head(&mut self, end: usize) {
        self.lose(0, end);
        if let Some(lost) = &mut self.lost {
            lost.head = true;
        }
    }

    /// What was left out may have declared any name for such things.
    pub(crate) fn lose_name(&mut self, noun: Noun) {
        if let Some(lost) = &mut self.lost {
            lost.unnamed.insert(noun);
        }
    }

    /// What was left out may have been an import.
    pub(crate) fn lose_import(&mut self) {
        self.lose_name(Noun::Type);
        self.lose_name(Noun::Constant);
    }

    /// Parses the rule that starts here, within the tokens before `end`: moves
    /// behind it, or reports it and stays.
    pub(crate) fn attempt(&mut self, rule: G::Rule, end: usize) -> Result<(), Wrong> {
        let (from, to) = self.range(end);
        match self.parse(rule, end) {
            Ok(consumed) => {
                if self.is_known(from, from + consumed) {
                    return Err(Wrong {
                        found: self.tokens.after(from + consumed),
                        terminator: false,
                    });
                }
                self.at = self.tokens.after(from + consumed).max(self.at + 1);
                Ok(())
            }
            Err(error) => {
                let mut failure = failure::<G>(&error, from, from);
                failure.inside |= !self.tokens.starts_line(self.at);
                let found = self.tokens.after(failure.at);
                let expected = expected::<G>(&error);
                let terminator = expected.iter().copied().any(G::is_terminator);
                for noun in expected.into_iter().filter_map(G::declares) {
                    self.lose_name(noun);
                }
                if !self.is_known(from, to) {
                    self.push(&failure);
                }
                Err(Wrong { found, terminator })
            }
        }
    }

    /// Whether a mistake between two bytes is known already.
    fn is_known(&self, from: usize, to: usize) -> bool {
        let first = self.known.partition_point(|k| (k.start as usize) < from);
        self.known
            .get(first)
            .is_some_and(|k| k.start as usize <= to)
    }

    /// Whether the rule parses here, ending before token `end`; moves behind it
    /// if so, and says nothing otherwise.
    pub(crate) fn accept(&mut self, rule: G::Rule, end: usize) -> bool {
        let (from, _) = self.range(end);
        let consumed = self.parse(rule, end).ok();
        if let Some(consumed) = consumed {
            self.at = self.tokens.after(from + consumed);
        }
        consumed.is_some()
    }

    /// Parses the rule that starts here, within the tokens before `end`; gives
    /// the bytes that it takes.
    ///
    /// A few tokens are tried first: when pest reports a mistake, it walks back
    /// from the end of all that it was given.
    fn parse(&self, rule: G::Rule, end: usize) -> Result<usize, Box<Error<G::Rule>>> {
        let parse = |end| {
            let (from, to) = self.range(end);
            let slice = self.bare.get(from..to).unwrap_or("");
            let parsed = G::parse(rule, slice)
                .map(|pairs| pairs.last().map_or(0, |pair| pair.as_span().end()));
            let reached = parsed
                .as_ref()
                .map_or_else(|error| start(error), |consumed| *consumed);
            (parsed, reached >= slice.len())
        };
        let few = self.at.saturating_add(FEW);
        match parse(end.min(few)) {
            (_, true) if few < end => parse(end).0,
            (parsed, _) => parsed,
        }
    }

    /// Reports a mistake that no rule expresses, at the tokens from here to
    /// before `end`.
    pub(crate) fn refuse(&mut self, message: &str, help: &str) {
        if let Some(token) = self.tokens.get(self.at) {
            self.errors.push(SyntaxError {
                mistake: Mistake::Syntax,
                message: message.to_owned(),
                span: token.span,
                label: None,
                related: None,
                help: Some(help.to_owned()),
            });
        }
    }

    /// Where to go on after a wrong member: one that only lacks the mark at its
    /// end is over where a line starts.
    fn resume(&self, wrong: &Wrong, end: usize) -> usize {
        if !wrong.terminator || wrong.found <= self.at {
            return end;
        }
        (wrong.found..end)
            .find(|i| self.tokens.starts_line(*i))
            .unwrap_or(end)
    }

    /// The bytes from here to the end of the last token before `end`.
    fn range(&self, end: usize) -> (usize, usize) {
        let last = end.checked_sub(1).and_then(|i| self.tokens.get(i));
        let from = self.tokens.start(self.at);
        (from, last.map_or(from, |t| t.span.end as usize).max(from))
    }

    /// Reports a failure in words.
    fn push(&mut self, failure: &Failure) {
        self.errors.push(report::error(&self.tokens, failure));
    }
}

/// A member that did not parse.
pub(crate) struct Wrong {
    /// The token at which its rule stopped.
    pub(crate) found: usize,
    /// Whether the rule would have taken the mark that ends a member.
    terminator: bool,
}

/// What pest says, in our words; `offset` is where the parsed slice starts,
/// `start` where its construct does.
fn failure<G: Grammar>(error: &Error<G::Rule>, offset: usize, start: usize) -> Failure {
    let at = offset + self::start(error);
    Failure {
        at,
        expected: G::describe(&expected::<G>(error)),
        inside: at > start,
    }
}

/// The byte at which pest stopped.
fn start<R>(error: &Error<R>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// The rules that pest would have taken where it stopped.
fn expected<G: Grammar>(error: &Error<G::Rule>) -> Vec<G::Rule> {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.clone(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    }
}
