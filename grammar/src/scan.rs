//! The pass before parsing: collects comments and finds what no grammar should have to name — hidden characters, literals
//! that are no numbers, over-long names, nesting that would need a deep stack. One linear walk over the tokens.
use crate::characters;
use crate::decode::check_size;
use crate::lexer::{Kind, Lexer, Token, slice, span};
use crate::literals;
use crate::nesting::Nesting;
use crate::syntax::{Comment, Span, SyntaxError};

/// The longest identifier (`spec/reliability.md` §5.2).
const MAX_IDENTIFIER: usize = 128;
/// The longest dotted name.
const MAX_DOTTED: u32 = 255;

/// Which family of grammars a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// IDL, CDL, EDL: no text literals, names start with a letter, `<` is a bracket.
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
    pub(crate) fatal: bool,
}

/// Looks through `text`.
pub(crate) fn scan(text: &str, family: Family) -> Scan {
    let mut scan = Scan { comments: Vec::new(), errors: Vec::new(), fatal: false };
    if let Err(error) = check_size(text.len()) {
        scan.stop(error);
        return scan;
    }
    let mut nesting = Nesting::new(family);
    let mut names = Names::default();
    for token in Lexer::new(text) {
        scan.token(text, family, token);
        names.token(token, &mut scan.errors);
        if let Some(error) = nesting.token(text, token) {
            scan.stop(error);
            break;
        }
    }
    names.end(&mut scan.errors);
    characters::check_bare_returns(text, &mut scan.errors);
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
    fn stop(&mut self, error: SyntaxError) {
        self.errors.push(error);
        self.fatal = true;
    }

    fn token(&mut self, text: &str, family: Family, token: Token) {
        let written = slice(text, token.span);
        match token.kind {
            Kind::Comment { closed } => self.comment(written, token.span, closed),
            Kind::Number => self.errors.extend(literals::check_integer(written, token.span)),
            Kind::Word => self.errors.extend(check_length(written, token.span)),
            Kind::Text { closed } if family == Family::Policy => {
                characters::check_hidden(written, token.span.start, &mut self.errors);
                if !closed {
                    self.errors.push(unclosed_text(token.span));
                }
            }
            Kind::Text { .. } => characters::check_hidden(written, token.span.start, &mut self.errors),
            Kind::Mark(_) => {}
            Kind::Other if written.starts_with('\'') => self.errors.push(literals::character(token.span)),
            Kind::Other => self.errors.push(characters::foreign(written, token.span)),
        }
    }

    fn comment(&mut self, written: &str, place: Span, closed: bool) {
        characters::check_hidden(written, place.start, &mut self.errors);
        if closed {
            self.comments.push(Comment { text: written.trim_end_matches('\r').to_owned(), span: place });
        } else {
            let start = place.start as usize;
            self.stop(SyntaxError {
                code: 6,
                message: "comment is not closed".to_owned(),
                span: span(start, start + 2),
                label: None,
                related: None,
                help: Some("add `*/` where the comment ends".to_owned()),
            });
        }
    }
}

fn check_length(word: &str, place: Span) -> Option<SyntaxError> {
    (word.len() > MAX_IDENTIFIER).then(|| too_long("identifier", word.len(), MAX_IDENTIFIER, place))
}

fn too_long(what: &str, length: usize, limit: usize, place: Span) -> SyntaxError {
    SyntaxError {
        code: 13,
        message: format!("{what} of {length} characters; the limit is {limit}"),
        span: place,
        label: None,
        related: None,
        help: Some("choose a shorter name".to_owned()),
    }
}

fn unclosed_text(place: Span) -> SyntaxError {
    SyntaxError {
        code: 6,
        message: "text is not closed".to_owned(),
        span: place,
        label: None,
        related: None,
        help: Some("add `\"` before the end of the line".to_owned()),
    }
}

/// Follows dotted names, whose length is limited as a whole.
#[derive(Default)]
struct Names {
    name: Option<Span>,
    dot: bool,
}

impl Names {
    fn token(&mut self, token: Token, errors: &mut Vec<SyntaxError>) {
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
                self.end(errors);
                self.name = (token.kind == Kind::Word).then_some(token.span);
            }
        }
    }

    fn end(&mut self, errors: &mut Vec<SyntaxError>) {
        if let Some(name) = self.name.take() {
            let length = name.end - name.start;
            let reported = errors.last().is_some_and(|e| e.code == 13 && e.span.end > name.start);
            if length > MAX_DOTTED && !reported {
                errors.push(too_long("dotted name", length as usize, MAX_DOTTED as usize, name));
            }
        }
        self.dot = false;
    }
}
