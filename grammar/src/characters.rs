//! Characters that make a text look other than it is: controls, bidirectional
//! marks, look-alikes, bare carriage returns; and the marker lines of an
//! unfinished merge.
//!
//! A description is reviewed by people: what an editor shows must be what the
//! compiler reads. So these characters are refused everywhere, in comments and
//! texts too, where no grammar looks. Source: `docs/inputs.md` §4.
use crate::lexer::span;
use crate::limits::MOST_MISTAKES;
use crate::syntax::{Mistake, Span, SyntaxError};

/// Non-ASCII letters that are drawn like ASCII ones: the part of Unicode's list
/// that keyboards produce.
///
/// Each row: the letters, and the ASCII letter in lower case.
const LOOK_ALIKES: &[(&str, char)] = &[
    ("аᎪАΑ", 'a'),
    ("ВΒ", 'B'),
    ("сС", 'c'),
    ("еЕΕ", 'e'),
    ("һНΗ", 'h'),
    ("іІΙ", 'i'),
    ("јЈ", 'j'),
    ("КΚκ", 'k'),
    ("МΜ", 'M'),
    ("Νո", 'n'),
    ("оОοΟ", 'o'),
    ("рРρΡ", 'p'),
    ("ѕЅ", 's'),
    ("ТΤ", 'T'),
    ("υս", 'u'),
    ("ν", 'v'),
    ("ԝ", 'w'),
    ("хХχΧ", 'x'),
    ("уУγΥ", 'y'),
    ("ΖᏃ", 'z'),
    ("；\u{37E}", ';'),
    ("：", ':'),
    ("，", ','),
    ("（", '('),
    ("）", ')'),
    ("｛", '{'),
    ("｝", '}'),
    ("＜", '<'),
    ("＞", '>'),
    ("“”„", '"'),
    ("–—−", '-'),
];

/// E003 or E004 for a character outside comments and texts that no language
/// uses.
pub(crate) fn foreign(written: &str, place: Span) -> SyntaxError {
    let c = written.chars().next().unwrap_or(' ');
    if let Some(error) = hidden(c, place.start) {
        return error;
    }
    let message = match LOOK_ALIKES.iter().find(|(all, _)| all.contains(c)) {
        Some((_, ascii)) => {
            let ascii = if c.is_uppercase() {
                ascii.to_ascii_uppercase()
            } else {
                *ascii
            };
            format!("U+{:04X} looks like ASCII `{ascii}`", u32::from(c))
        }
        None => format!("`{c}` (U+{:04X}) outside a comment", u32::from(c)),
    };
    let help = "names and marks are ASCII; other characters may stand in comments only";
    error(Mistake::NotAscii, message, place, help)
}

/// Finds hidden characters in a comment or a text that starts at byte `start`.
pub(crate) fn check_hidden(written: &str, start: u32, errors: &mut Vec<SyntaxError>) {
    if written.bytes().all(|b| (b' '..0x7F).contains(&b)) {
        return;
    }
    for (at, c) in written.char_indices() {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        if let Some(error) = hidden(c, start.saturating_add(at)) {
            push(error, errors);
        }
        if errors.len() >= MOST_MISTAKES {
            return;
        }
    }
}

/// Adds a character that is out of place; a row of them is one mistake, with
/// the first of them in its words.
pub(crate) fn push(error: SyntaxError, errors: &mut Vec<SyntaxError>) {
    match errors.last_mut() {
        Some(last) if last.mistake == error.mistake && last.span.end == error.span.start => {
            last.span = last.span.to(error.span);
        }
        _ => errors.push(error),
    }
}

/// E003 for a control character, E007 for one that hides or reorders text;
/// nothing for any other. `at` is the byte where it stands.
fn hidden(c: char, at: u32) -> Option<SyntaxError> {
    let place = span(at as usize, at as usize + c.len_utf8());
    let number = u32::from(c);
    match c {
        '\t' | '\n' | '\r' | '\u{0C}' => None,
        '\u{FEFF}' => Some(error(
            Mistake::ControlCharacter,
            "U+FEFF is only allowed at the start of a file".to_owned(),
            place,
            REMOVE,
        )),
        _ if c.is_control() => Some(error(
            Mistake::ControlCharacter,
            format!("control character U+{number:04X}"),
            place,
            REMOVE,
        )),
        '\u{061C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}' => Some(error(
            Mistake::HiddenCharacter,
            format!("bidirectional control character U+{number:04X} hides text"),
            place,
            REMOVE,
        )),
        '\u{2028}' | '\u{2029}' => {
            let message = format!(
                "line separator U+{number:04X}: editors show a new line here, the compiler does not"
            );
            Some(error(Mistake::HiddenCharacter, message, place, REMOVE))
        }
        '\u{200B}'..='\u{200D}' | '\u{2060}' => Some(error(
            Mistake::HiddenCharacter,
            format!("invisible character U+{number:04X}"),
            place,
            REMOVE,
        )),
        _ => None,
    }
}

/// Help for all of them.
const REMOVE: &str = "remove the character";

/// E005 for every carriage return that no line feed follows.
///
/// Editors disagree about them: a comment could seem to end where it does not.
pub(crate) fn check_bare_returns(text: &str, errors: &mut Vec<SyntaxError>) {
    for (at, _) in text.match_indices('\r') {
        if text.as_bytes().get(at + 1) != Some(&b'\n') {
            let message =
                "bare carriage return: editors show a new line here, the compiler does not"
                    .to_owned();
            errors.push(error(
                Mistake::CarriageReturn,
                message,
                span(at, at + 1),
                "end lines with a line feed",
            ));
        }
        if errors.len() >= MOST_MISTAKES {
            return;
        }
    }
}

/// E001 for every line that version control puts in front of the two sides of
/// an unfinished merge.
pub(crate) fn conflict_markers(text: &str) -> Vec<SyntaxError> {
    let mut errors = Vec::new();
    for (at, marker) in text.match_indices("<<<<<<<") {
        let starts_line = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        if starts_line {
            let mut found = error(
                Mistake::Syntax,
                "merge conflict marker".to_owned(),
                span(at, at + marker.len()),
                CONFLICT,
            );
            let end = text
                .get(at..)
                .and_then(|rest| rest.find("\n>>>>>>>"))
                .map(|end| at + end + 1);
            found.related = end.map(|end| {
                (
                    span(end, end + marker.len()),
                    "the conflict ends here".to_owned(),
                )
            });
            errors.push(found);
        }
    }
    errors
}

/// Help for a merge that is not finished.
const CONFLICT: &str = "choose one side of the conflict and remove the marker lines";

/// A mistake with its help.
fn error(mistake: Mistake, message: String, span: Span, help: &str) -> SyntaxError {
    SyntaxError {
        mistake,
        message,
        span,
        label: None,
        related: None,
        help: Some(help.to_owned()),
    }
}
