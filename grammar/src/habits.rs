//! What writers of other languages are used to and these ones do not have: what
//! to write instead.
//!
//! Asked first when a text does not parse: `enum`, `#include`, a return type
//! before a method are recognised by what stands where, and get the form that
//! this language has for them.
use crate::report::Expected;
use crate::tokens::Tokens;

/// The help for a token that stands instead of what was expected, when it is a
/// habit from elsewhere.
pub(crate) fn help(
    tokens: &Tokens<'_>,
    expected: &[Expected],
    found: usize,
) -> Option<&'static str> {
    let wants = |mark: &'static str| expected == [Expected::Exact(mark)];
    let before = found
        .checked_sub(1)
        .map_or("", |before| tokens.word(before));
    if tokens.is_mark(found, b'#') {
        return Some(
            "a comment begins with `//`, and other descriptions are named by `import a.B`",
        );
    }
    let is_path = tokens.written(found).starts_with(['"', '.', '/', '<']);
    if before == "import" && is_path {
        return Some("a package is named, its folders joined by dots: `import a.B`");
    }
    match tokens.word(found) {
        "enum" if is_declaration(expected) => {
            Some("an enumeration is written as constants: `const UInt8 Red = 0;`")
        }
        "inout" if is_direction(expected) => Some("write one `in` and one `out` parameter"),
        _ if wants("<") && before == "string" => Some("the most bytes belong here: `string<64>`"),
        _ if wants("<") && before == "bytes" => Some("the most bytes belong here: `bytes<64>`"),
        _ if wants("<") && ["array", "sequence"].contains(&before) => {
            Some("type and number of elements belong here: `sequence<UInt8, 64>`")
        }
        _ if wants(",") && tokens.is_mark(found, b'>') => {
            Some("the number of elements belongs here: `sequence<UInt8, 64>`")
        }
        word if wants("(") && !word.is_empty() && tokens.is_mark(found + 1, b'(') => {
            Some("a method has no type: its results are `out` parameters")
        }
        _ => None,
    }
}

/// Whether a declaration could have stood here.
fn is_declaration(expected: &[Expected]) -> bool {
    expected
        .iter()
        .any(|one| matches!(one, Expected::Words(_, words) if words.contains(&"struct")))
}

/// Whether a parameter could have begun here.
fn is_direction(expected: &[Expected]) -> bool {
    expected
        .iter()
        .any(|one| matches!(one, Expected::Words(_, words) if words.contains(&"out")))
}
