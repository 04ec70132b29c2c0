//! Finds the name that a description declares without parsing it: thousands of
//! files are indexed this way, also those that are broken further down.
//!
//! Also used to tell the language of a text that has no file. It reads tokens
//! up to the end of the name and no further, so a mistake below does not
//! matter, and a text of any size costs the same.
use crate::lexer::{Kind, Lexer, Token, slice};
use crate::syntax::{QName, Span};

/// What the first words of a file declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Declared {
    /// `package`
    Package,
    /// `component`
    Component,
    /// `task class` or `entity`
    ProcessClass,
}

/// The name that `text` declares, and what it is the name of; `None` when the
/// text does not start with a declaration.
///
/// ```
/// use nk_grammar::{Declared, declared_name};
/// let (kind, name) = declared_name("// ours\ntask class drone.Pilot {{{").unwrap();
/// assert_eq!((kind, name.text.as_str()), (Declared::ProcessClass, "drone.Pilot"));
/// ```
#[must_use]
pub fn declared_name(text: &str) -> Option<(Declared, QName)> {
    let mut tokens = Lexer::new(text).filter(|t| !matches!(t.kind, Kind::Comment { .. }));
    let kind = match slice(text, word(tokens.next())?) {
        "package" => Declared::Package,
        "component" => Declared::Component,
        "entity" => Declared::ProcessClass,
        "task" if slice(text, word(tokens.next())?) == "class" => Declared::ProcessClass,
        _ => return None,
    };
    let mut span = word(tokens.next())?;
    // a dotted name has no blanks around its dots
    while let Some(Token {
        kind: Kind::Mark(b'.'),
        span: dot,
    }) = tokens.next()
    {
        let part = word(tokens.next())?;
        if dot.start != span.end || part.start != dot.end {
            break;
        }
        span = span.to(part);
    }
    Some((
        kind,
        QName {
            text: slice(text, span).to_owned(),
            span,
        },
    ))
}

/// The place of a token if it is a word.
fn word(token: Option<Token>) -> Option<Span> {
    token.filter(|t| t.kind == Kind::Word).map(|t| t.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<(Declared, String)> {
        declared_name(text).map(|(kind, name)| (kind, name.text))
    }

    #[test]
    fn the_name_is_found_behind_comments_and_before_any_mistake() {
        assert_eq!(
            name("\u{FEFF}/* a */ // b\n package a.b_c.D\nimport ???"),
            Some((Declared::Package, "a.b_c.D".into()))
        );
        assert_eq!(name("component X"), Some((Declared::Component, "X".into())));
        assert_eq!(
            name("entity kl.Core { /* open"),
            Some((Declared::ProcessClass, "kl.Core".into()))
        );
        assert_eq!(
            name("task /**/ class T"),
            Some((Declared::ProcessClass, "T".into()))
        );
    }

    #[test]
    fn a_text_that_declares_nothing_has_no_name() {
        for text in [
            "",
            "// package a.B",
            "packages a.B",
            "task a.B",
            "package",
            "package 1",
            "\0",
            "struct S {}",
        ] {
            assert_eq!(name(text), None, "{text:?}");
        }
    }
}
