//! Turns "the parser stopped here and would have taken one of these" into a
//! sentence that says what is missing, where, and what to do.
//!
//! Whether something is missing or something is wrong decides where a finding
//! stands: a forgotten `;` is shown behind the token that it belongs to, not at
//! the word of the next line where the parser noticed. Source:
//! `docs/inputs.md` §5.
use crate::habits;
use crate::lexer::{Kind, slice, span};
use crate::syntax::{Mistake, Span, SyntaxError};
use crate::tokens::{Mismatch, Tokens};

/// How an alternative is called in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A mark or keyword, as written.
    ///
    /// `;`, `package`.
    Exact(&'static str),
    /// Something that has no fixed spelling, such as "a type".
    Phrase(&'static str),
    /// Several keywords under one name, such as "a declaration".
    Words(&'static str, &'static [&'static str]),
    /// Something possible almost everywhere; mentioned only when nothing else
    /// is.
    ///
    /// An operator could follow any value, and the end of the file any
    /// declaration.
    Background(&'static str),
}

/// Where the parser stopped, and why.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// The byte.
    pub(crate) at: usize,
    /// What it would have taken.
    pub(crate) expected: Vec<Expected>,
    /// Whether the construct had already begun: something is missing behind the
    /// token before.
    pub(crate) inside: bool,
}

/// The error of one failure.
pub(crate) fn error(tokens: &Tokens<'_>, failure: &Failure) -> SyntaxError {
    let found = tokens.after(failure.at);
    let before = found.checked_sub(1).filter(|_| failure.inside);
    let expected = relevant(&failure.expected);
    let ended = found >= tokens.len();
    let (at_line, marks) = (tokens.starts_line(found), only_marks(&expected));
    let foreign = is_foreign(tokens, found) && !(at_line && marks);
    let wrong = foreign || is_stray(tokens, found) || expected == [Expected::Exact("{")];
    let missing = (at_line || marks) && (!wrong || ended);
    let place = match before.filter(|_| missing).and_then(|i| tokens.get(i)) {
        // an opening bracket asks for its partner, which stands on a line of its own
        _ if ended && tokens.mismatch().is_some() => line_after(tokens),
        Some(token) => Span::new(token.span.end, token.span.end),
        None => found_place(tokens, found),
    };
    let mut error = SyntaxError {
        mistake: Mistake::Syntax,
        message: message(tokens, &expected, (before, found), missing),
        span: place,
        label: None,
        related: None,
        help: help(tokens, &expected, found),
    };
    explain_comment(tokens, found, &mut error);
    explain_bracket(tokens, found, &mut error);
    error
}

/// What stood between two tokens instead of what was expected; `missing` when
/// nothing did.
fn message(
    tokens: &Tokens<'_>,
    expected: &[Expected],
    between: (Option<usize>, usize),
    missing: bool,
) -> String {
    let (before, found) = between;
    let wanted = list(expected);
    let behind = before
        .map(|before| format!(" after `{}`", shorten(tokens.written(before))))
        .unwrap_or_default();
    let instead = match before {
        _ if found >= tokens.len() => ", found end of file".to_owned(),
        // what stands on the next line is not what is wrong
        Some(_) if missing && tokens.starts_line(found) => String::new(),
        _ => format!(", found `{}`", shorten(tokens.written(found))),
    };
    format!("expected {wanted}{behind}{instead}")
}

/// The alternatives worth naming, without repetition.
fn relevant(all: &[Expected]) -> Vec<Expected> {
    let mut kept: Vec<Expected> = Vec::new();
    for one in all {
        if !kept.contains(one) {
            kept.push(*one);
        }
    }
    if kept.iter().any(|e| !matches!(e, Expected::Background(_))) {
        kept.retain(|e| !matches!(e, Expected::Background(_)));
    }
    kept
}

/// Whether nothing but punctuation would have done.
pub(crate) fn only_marks(expected: &[Expected]) -> bool {
    let is_mark = |e: &Expected| matches!(e, Expected::Exact(m) if m.bytes().all(|b| b.is_ascii_punctuation()));
    expected.iter().all(is_mark)
}

/// Alternatives as people list them: `a, b or c`.
fn list(expected: &[Expected]) -> String {
    let named: Vec<String> = expected.iter().map(name).collect();
    match named.as_slice() {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// One alternative as it is called in a message.
fn name(expected: &Expected) -> String {
    match expected {
        Expected::Exact(written) => format!("`{written}`"),
        Expected::Phrase(phrase) | Expected::Words(phrase, _) | Expected::Background(phrase) => {
            (*phrase).to_owned()
        }
    }
}

/// A character that no construct of the language contains.
fn is_foreign(tokens: &Tokens<'_>, i: usize) -> bool {
    let foreign = |kind| {
        matches!(
            kind,
            Kind::Other | Kind::Mark(b'@' | b'#' | b'$' | b'?' | b'`' | b'\\')
        )
    };
    tokens.get(i).is_some_and(|t| foreign(t.kind))
}

/// A closing bracket that closes nothing.
fn is_stray(tokens: &Tokens<'_>, i: usize) -> bool {
    matches!(tokens.mismatch(), Some(Mismatch::Stray(close)) if tokens.get(i).is_some_and(|t| t.span == close))
}

/// The start of the line behind the last token, or the token's end when it is
/// the last line.
fn line_after(tokens: &Tokens<'_>) -> Span {
    let end = tokens.end();
    let rest = tokens.text().get(end..).unwrap_or("");
    let start = rest.find('\n').map_or(end, |newline| end + newline + 1);
    span(start, start)
}

/// The place of a token, or the end of the text when there is none left.
fn found_place(tokens: &Tokens<'_>, found: usize) -> Span {
    let end = tokens.end();
    tokens.get(found).map_or(span(end, end), |t| t.span)
}

/// Cuts what would make a message unreadable.
fn shorten(written: &str) -> String {
    if written.chars().count() <= 40 {
        written.to_owned()
    } else {
        format!("{}…", written.chars().take(40).collect::<String>())
    }
}

/// What to do about the token that stands where something else was expected,
/// from the most special reason to the most general: a habit from another
/// language, a template that is not expanded, a name in the wrong form, a
/// keyword that is misspelt.
fn help(tokens: &Tokens<'_>, expected: &[Expected], found: usize) -> Option<String> {
    if let Some(habit) = habits::help(tokens, expected, found) {
        return Some(habit.to_owned());
    }
    let written = tokens.written(found);
    let kind = tokens.get(found)?.kind;
    let touches = found
        .checked_sub(1)
        .and_then(|i| tokens.get(i))
        .is_some_and(|t| t.span.end as usize == tokens.start(found));
    match kind {
        Kind::Mark(b'>') if touches && tokens.is_mark(found - 1, b'>') => {
            Some("parenthesise `>>` inside `<…>`".to_owned())
        }
        Kind::Mark(b'@') if tokens.is_mark(found + 2, b'@') => Some(format!(
            "a template variable: give it a value with `--define {}=…`",
            tokens.written(found + 1)
        )),
        Kind::Mark(b'{') if tokens.is_mark(found + 1, b'%') => {
            Some("a template statement: expand the template before compiling it".to_owned())
        }
        Kind::Mark(b'.') => {
            Some("a dotted name has no spaces around its dots and no empty part".to_owned())
        }
        // `mtach dst=A {` begins like a rule with a value
        Kind::Mark(b'=') => similar(
            tokens.word(found.checked_sub(2)?),
            &[Expected::Exact("match")],
        ),
        Kind::Word if expected == [Expected::Exact("._")] => similar(
            tokens.word(found.checked_sub(1)?),
            &[Expected::Exact("EDL")],
        ),
        Kind::Mark(b'<') => similar(
            tokens.word(found.checked_sub(1)?),
            &[Expected::Words("", WITH_ARGUMENTS)],
        ),
        Kind::Mark(b'[') if only_marks(expected) => {
            Some("an array is written `array<TYPE, SIZE> name`".to_owned())
        }
        Kind::Word if written.starts_with('_') => Some("names start with a letter".to_owned()),
        Kind::Word => similar(written, expected),
        Kind::Number if expected.iter().any(|e| name(e).contains("name")) => {
            Some("names start with a letter".to_owned())
        }
        _ => None,
    }
}

/// The words in front of `<`.
const WITH_ARGUMENTS: &[&str] = &["array", "sequence", "bytes", "string", "handle"];

/// The keyword that a word was meant to be.
///
/// At most a third of its letters may differ; letter case counts for nothing.
fn similar(written: &str, expected: &[Expected]) -> Option<String> {
    let keywords = expected.iter().flat_map(|e| match e {
        Expected::Exact(word) => std::slice::from_ref(word),
        Expected::Words(_, words) => words,
        _ => &[],
    });
    let keywords: Vec<&str> = keywords
        .copied()
        .filter(|k| k.starts_with(|c: char| c.is_ascii_alphabetic()))
        .collect();
    if let Some(glued) = keywords.iter().find(|k| is_glued(written, k)) {
        return Some(format!("put a space after `{glued}`"));
    }
    let distance = |k: &&str| {
        strsim::damerau_levenshtein(&written.to_ascii_lowercase(), &k.to_ascii_lowercase())
    };
    let limit = (written.len() / 3).max(1);
    let best = keywords
        .into_iter()
        .filter(|k| distance(k) <= limit)
        .min_by_key(distance)?;
    Some(format!("did you mean `{best}`?"))
}

/// `constUInt32`: a keyword and a word without a blank between them.
fn is_glued(written: &str, keyword: &str) -> bool {
    let rest = written.strip_prefix(keyword).unwrap_or("");
    rest.len() > 2 && rest.starts_with(|c: char| c.is_ascii_uppercase())
}

/// `/* a /* b */ c */`: the comment ended before `c`.
fn explain_comment(tokens: &Tokens<'_>, found: usize, error: &mut SyntaxError) {
    let start = found
        .checked_sub(1)
        .and_then(|i| tokens.get(i))
        .map_or(0, |t| t.span.end as usize);
    let gap = span(start, tokens.start(found));
    let written = slice(tokens.text(), gap);
    let Some(end) = written.rfind("*/") else {
        return;
    };
    let Some(open) = written.get(..end).and_then(|comments| comments.find("/*")) else {
        return;
    };
    let inner = written
        .get(open + 2..end)
        .is_some_and(|body| body.contains("/*") && !body.contains("*/"));
    if inner {
        error.related = Some((
            span(start + end, start + end + 2),
            "the comment ends here".to_owned(),
        ));
        error.help = Some("comments do not nest".to_owned());
    }
}

/// Points at the bracket that is never closed, or says that this one closes
/// nothing.
fn explain_bracket(tokens: &Tokens<'_>, found: usize, error: &mut SyntaxError) {
    match tokens.mismatch() {
        Some(Mismatch::Unclosed(open)) if open.start < error.span.start => {
            let bracket = slice(tokens.text(), open);
            error.related = Some((open, format!("this `{bracket}` is never closed")));
        }
        Some(Mismatch::Stray(close)) if is_stray(tokens, found) && error.help.is_none() => {
            let bracket = slice(tokens.text(), close);
            error.help = Some(format!(
                "this `{bracket}` closes nothing; remove it, or open its bracket"
            ));
        }
        _ => {}
    }
}
