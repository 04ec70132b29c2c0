//! The pass before parsing: collects comments and finds what no grammar should
//! have to name — hidden characters, literals that are no numbers, over-long
//! names, nesting that would need a deep stack. One linear walk over the
//! tokens.
use crate::characters;
use crate::decode::check_size;
use crate::escapes;
use crate::lexer::{BLOCK, Kind, Lexer, Token, slice, span};
use crate::limits::{Limits, MOST_MISTAKES};
use crate::literals;
use crate::nesting::Nesting;
use crate::syntax::{Comment, Mistake, Span, SyntaxError};

/// Which family of grammars a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// IDL, CDL, EDL: no text literals, names start with a letter, `<` is a
    /// bracket.
    Description,
    /// PSL: text literals, `<<` is a bracket, `<` is an operator.
    Policy,
}

/// What the pass found.
pub(crate) struct Scan {
    /// All comments in order.
    pub(crate) comments: Vec<Comment>,
    /// Lexical mistakes in order.
    pub(crate) errors: Vec<SyntaxError>,
    /// Whether one of them makes parsing unsafe or pointless.
    ///
    /// A text over a limit, an unclosed comment, a merge conflict.
    pub(crate) fatal: bool,
}

/// Looks through `text`.
///
/// Linear in the length of the text. At most [`MOST_MISTAKES`] mistakes are
/// kept, in order of their places.
pub(crate) fn scan(text: &str, family: Family, limits: &Limits) -> Scan {
    let mut scan = Scan {
        comments: Vec::new(),
        errors: Vec::new(),
        fatal: false,
    };
    if let Err(error) = check_size(text.len(), limits) {
        scan.stop(error);
        return scan;
    }
    let mut nesting = Nesting::new(family, limits.nesting);
    let mut names = Names::default();
    for token in Lexer::new(text) {
        scan.token(text, family, token, limits);
        names.token(token, limits.dotted_name, &mut scan.errors);
        if let Some(error) = nesting.token(text, token) {
            scan.stop(error);
            break;
        }
        if scan.errors.len() >= MOST_MISTAKES {
            break;
        }
    }
    names.end(limits.dotted_name, &mut scan.errors);
    characters::check_bare_returns(text, &mut scan.errors);
    scan.fatal |= scan.errors.len() >= MOST_MISTAKES;
    let conflicts = characters::conflict_markers(text);
    if !conflicts.is_empty() {
        // both sides stand in the text: whatever else could be said is about neither
        scan.errors = conflicts;
        scan.fatal = true;
    }
    scan.errors.sort_by_key(|e| e.span);
    scan
}

impl Scan {
    /// Adds a mistake after which parsing would be unsafe or pointless.
    fn stop(&mut self, error: SyntaxError) {
        self.errors.push(error);
        self.fatal = true;
    }

    /// Looks at one token by itself.
    fn token(&mut self, text: &str, family: Family, token: Token, limits: &Limits) {
        let written = slice(text, token.span);
        match token.kind {
            Kind::Comment { closed } => self.comment(written, token.span, closed),
            Kind::Number => self.errors.extend(literals::check_integer(
                written,
                token.span,
                limits.literal_digits,
            )),
            Kind::Word => self
                .errors
                .extend(check_length(written, token.span, limits.identifier)),
            Kind::Text { closed } if family == Family::Policy => {
                characters::check_hidden(written, token.span.start, &mut self.errors);
                if closed {
                    escapes::check(written, token.span.start, &mut self.errors);
                } else {
                    self.errors.push(unclosed_text(written, token.span));
                }
            }
            Kind::Text { .. } => {
                characters::check_hidden(written, token.span.start, &mut self.errors);
            }
            Kind::Mark(_) => {}
            Kind::Other if written.starts_with('\'') => {
                self.errors.push(literals::character(token.span));
            }
            Kind::Other => {
                characters::push(characters::foreign(written, token.span), &mut self.errors);
            }
        }
    }

    /// Keeps a comment for the documentation of what it stands beside. One that
    /// is never closed swallows the rest of the text, so nothing else is said
    /// about it (E006).
    fn comment(&mut self, written: &str, place: Span, closed: bool) {
        characters::check_hidden(written, place.start, &mut self.errors);
        if closed {
            self.comments.push(Comment {
                text: written.trim_end_matches('\r').to_owned(),
                span: place,
            });
        } else {
            let start = place.start as usize;
            self.stop(SyntaxError {
                mistake: Mistake::Unclosed,
                message: "comment is not closed".to_owned(),
                span: span(start, start + 2),
                label: None,
                related: None,
                help: Some("add `*/` where the comment ends".to_owned()),
            });
        }
    }
}

/// E013 for an identifier over the limit. Words are ASCII, so bytes are
/// characters.
fn check_length(word: &str, place: Span, most: usize) -> Option<SyntaxError> {
    (word.len() > most).then(|| too_long("identifier", word.len(), ("identifier", most), place))
}

/// E013 for a name of any kind; `name` is that of the limit.
fn too_long(what: &str, length: usize, (name, most): (&str, usize), place: Span) -> SyntaxError {
    SyntaxError {
        mistake: Mistake::NameLength,
        message: format!("{what} of {length} characters; the limit is {most}"),
        span: place,
        label: None,
        related: None,
        help: Some(format!(
            "choose a shorter name, or raise the limit `{name}`"
        )),
    }
}

/// E006 for a text literal or a block of a regular expression.
fn unclosed_text(written: &str, place: Span) -> SyntaxError {
    let (message, help) = if written.starts_with(BLOCK) {
        (
            "regular expression is not closed",
            "add three backticks where it ends",
        )
    } else {
        ("text is not closed", "add `\"` before the end of the line")
    };
    SyntaxError {
        mistake: Mistake::Unclosed,
        message: message.to_owned(),
        span: place,
        label: None,
        related: None,
        help: Some(help.to_owned()),
    }
}

/// A dotted name is one when nothing separates its parts: `a.b.C`, not `a . b`.
#[derive(Default)]
struct Names {
    /// The name up to here.
    name: Option<Span>,
    /// Whether it ends with a dot, so that a word would continue it.
    dot: bool,
}

impl Names {
    /// Takes the next token into the name, or ends the name before it.
    fn token(&mut self, token: Token, most: usize, errors: &mut Vec<SyntaxError>) {
        let touches = self.name.is_some_and(|name| name.end == token.span.start);
        match (token.kind, self.name) {
            (Kind::Mark(b'.'), Some(name)) if touches => {
                self.name = Some(name.to(token.span));
                self.dot = true;
            }
            (Kind::Word, Some(name)) if touches && self.dot => {
                self.name = Some(name.to(token.span));
                self.dot = false;
            }
            _ => {
                self.end(most, errors);
                self.name = (token.kind == Kind::Word).then_some(token.span);
            }
        }
    }

    /// Ends a name: E013 when it is too long as a whole and no part of it was
    /// reported.
    fn end(&mut self, most: usize, errors: &mut Vec<SyntaxError>) {
        if let Some(name) = self.name.take() {
            let length = (name.end - name.start) as usize;
            let reported = errors
                .last()
                .is_some_and(|e| e.mistake == Mistake::NameLength && e.span.end > name.start);
            if length > most && !reported {
                errors.push(too_long("dotted name", length, ("dotted-name", most), name));
            }
        }
        self.dot = false;
    }
}
