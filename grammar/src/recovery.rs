//! The second pass, for texts that the first one refused: parses member by member, so that one run reports every
//! independent mistake. Valid texts never come here.
//!
//! A *member* is what a list of the language consists of: a declaration, a field, a statement. Each is parsed by its own
//! rule, within the tokens up to where it must have ended; a wrong one is reported and skipped. Where brackets do not
//! match, structure is guesswork and only the first mistake of the strict parse is reported
//! (`spec/compiler-practice.md` §5.3).
use crate::report::{self, Expected, Failure};
use crate::syntax::{Span, SyntaxError};
use crate::tokens::Tokens;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pairs;

/// What recovery needs to know about a grammar.
pub(crate) trait Grammar {
    /// The rules that pest derived.
    type Rule: pest::RuleType;
    /// Parses a prefix of `text`.
    fn parse(rule: Self::Rule, text: &str) -> Result<Pairs<'_, Self::Rule>, Box<Error<Self::Rule>>>;
    /// How the rules that were possible are called in a message.
    fn describe(rules: &[Self::Rule]) -> Vec<Expected>;
    /// Whether a rule is the mark that ends a member and is easily forgotten.
    fn is_terminator(rule: Self::Rule) -> bool;
}

/// A walk over the tokens of a text.
pub(crate) struct Recovery<'t, G: Grammar> {
    /// The tokens.
    pub(crate) tokens: Tokens<'t>,
    /// The token at which the walk stands.
    pub(crate) at: usize,
    /// Places of mistakes that are already known; a member that contains one says nothing more.
    known: Vec<Span>,
    errors: Vec<SyntaxError>,
    grammar: std::marker::PhantomData<G>,
}

/// All mistakes of `text`, in order: those of `lexical`, and those that `walk` finds after the strict parse failed.
pub(crate) fn recover<G: Grammar>(
    text: &str,
    lexical: Vec<SyntaxError>,
    strict: &Error<G::Rule>,
    walk: impl FnOnce(&mut Recovery<'_, G>),
) -> Vec<SyntaxError> {
    let known: Vec<Span> = lexical.iter().map(|e| e.span).collect();
    let mut recovery: Recovery<'_, G> =
        Recovery { tokens: Tokens::new(text), at: 0, known, errors: lexical, grammar: std::marker::PhantomData };
    if recovery.tokens.mismatch().is_none() {
        walk(&mut recovery);
    }
    if recovery.errors.is_empty() {
        let mut failure = failure::<G>(strict, 0, usize::MAX);
        let found = recovery.tokens.after(failure.at);
        failure.inside = !recovery.tokens.starts_line(found) || report::only_marks(&failure.expected);
        recovery.push(&failure);
    }
    recovery.errors.sort_by_key(|e| e.span);
    recovery.errors
}

impl<G: Grammar> Recovery<'_, G> {
    /// Parses the member that starts here and ends before token `end`; reports it when it is wrong, and moves behind it.
    /// Whatever happens, the walk moves on.
    pub(crate) fn member(&mut self, rule: G::Rule, end: usize) {
        let end = end.max(self.at + 1);
        if let Err(wrong) = self.attempt(rule, end) {
            self.at = self.resume(&wrong, end);
        }
    }

    /// Parses the rule that starts here, within the tokens before `end`: moves behind it, or reports it and stays.
    pub(crate) fn attempt(&mut self, rule: G::Rule, end: usize) -> Result<(), Wrong> {
        let (from, to) = self.range(end);
        let slice = self.tokens.text().get(from..to).unwrap_or("");
        match G::parse(rule, slice) {
            Ok(pairs) => {
                let consumed = pairs.last().map_or(0, |pair| pair.as_span().end());
                self.at = self.tokens.after(from + consumed).max(self.at + 1);
                Ok(())
            }
            Err(error) => {
                let mut failure = failure::<G>(&error, from, from);
                failure.inside |= !self.tokens.starts_line(self.at);
                let found = self.tokens.after(failure.at);
                let terminator = expected::<G>(&error).into_iter().any(G::is_terminator);
                if !self.known.iter().any(|k| from <= k.start as usize && k.start as usize <= to) {
                    self.push(&failure);
                }
                Err(Wrong { found, terminator })
            }
        }
    }

    /// Whether the rule parses here, ending before token `end`; moves behind it if so, and says nothing otherwise.
    pub(crate) fn accept(&mut self, rule: G::Rule, end: usize) -> bool {
        let (from, to) = self.range(end);
        let parsed = self.tokens.text().get(from..to).and_then(|slice| G::parse(rule, slice).ok());
        let consumed = parsed.and_then(Iterator::last).map(|pair| pair.as_span().end());
        if let Some(consumed) = consumed {
            self.at = self.tokens.after(from + consumed);
        }
        consumed.is_some()
    }

    /// Reports a mistake that no rule expresses, at the tokens from here to before `end`.
    pub(crate) fn refuse(&mut self, message: &str, help: &str) {
        if let Some(token) = self.tokens.get(self.at) {
            self.errors.push(SyntaxError {
                code: 1,
                message: message.to_owned(),
                span: token.span,
                label: None,
                related: None,
                help: Some(help.to_owned()),
            });
        }
    }

    /// Where to go on after a wrong member: a forgotten terminator at a line's end is as good as there.
    fn resume(&self, wrong: &Wrong, end: usize) -> usize {
        let forgotten = wrong.terminator && wrong.found > self.at && wrong.found < end;
        if forgotten && self.tokens.starts_line(wrong.found) { wrong.found } else { end }
    }

    /// The bytes from here to the end of the last token before `end`.
    fn range(&self, end: usize) -> (usize, usize) {
        let last = end.checked_sub(1).and_then(|i| self.tokens.get(i));
        let from = self.tokens.start(self.at);
        (from, last.map_or(from, |t| t.span.end as usize).max(from))
    }

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

/// What pest says, in our words; `offset` is where the parsed slice starts, `start` where its construct does.
fn failure<G: Grammar>(error: &Error<G::Rule>, offset: usize, start: usize) -> Failure {
    let at = offset
        + match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
    Failure { at, expected: G::describe(&expected::<G>(error)), inside: at > start }
}

fn expected<G: Grammar>(error: &Error<G::Rule>) -> Vec<G::Rule> {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.clone(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    }
}
