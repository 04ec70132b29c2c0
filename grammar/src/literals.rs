//! Judges integer literals: the grammars take any word that starts with a
//! digit, so that a wrong one is explained here.
use crate::lexer::span;
use crate::syntax::{Mistake, Span, SyntaxError};

/// Help for what is not a number.
const FORMS: &str = "integers are written `10`, `0x1F` or `0o17`";

/// E011 or E012 for a word that starts with a digit; nothing when it is an
/// integer of at most `most` digits.
///
/// A leading zero is refused because it means octal in C and nothing in most
/// other languages.
pub(crate) fn check_integer(written: &str, place: Span, most: usize) -> Option<SyntaxError> {
    let (digits, valid) = split(written);
    if digits.is_empty() || !digits.chars().all(valid) {
        return Some(error(
            Mistake::Number,
            format!("invalid integer literal `{}`", shorten(written)),
            place,
            FORMS.to_owned(),
        ));
    }
    if digits.len() > most {
        let message = format!(
            "integer literal of {} digits; the limit is {most}",
            digits.len()
        );
        let help = "no integer type holds so large a value; zeros in front count too (limit `literal-digits`)";
        return Some(error(Mistake::Digits, message, place, help.to_owned()));
    }
    if digits.len() == written.len() && digits.len() > 1 && digits.starts_with('0') {
        let message = format!("leading zero in integer literal `{written}`");
        let decimal = digits.trim_start_matches('0');
        let decimal = if decimal.is_empty() { "0" } else { decimal };
        let octal = digits
            .chars()
            .all(|c| c.is_digit(8))
            .then(|| format!(", or `0o{decimal}` for octal"));
        let help = format!("write `{decimal}` for decimal{}", octal.unwrap_or_default());
        return Some(error(Mistake::Number, message, place, help));
    }
    None
}

/// The value of a literal that [`check_integer`] accepts; `None` when it needs
/// more than 128 bits.
pub(crate) fn integer_value(written: &str) -> Option<u128> {
    let (digits, _) = split(written);
    let radix = match written.as_bytes().get(1) {
        Some(b'x' | b'X') => 16,
        Some(b'o' | b'O') => 8,
        _ => 10,
    };
    u128::from_str_radix(digits, radix).ok()
}

/// E011 for `'`, which starts a character elsewhere.
pub(crate) fn character(place: Span) -> SyntaxError {
    error(
        Mistake::Number,
        "character literals do not exist".to_owned(),
        place,
        FORMS.to_owned(),
    )
}

/// The digits of a literal without `0x` or `0o`, and which characters are
/// digits there.
fn split(written: &str) -> (&str, fn(char) -> bool) {
    match written.as_bytes() {
        [b'0', b'x' | b'X', ..] => (written.get(2..).unwrap_or(""), |c| c.is_ascii_hexdigit()),
        [b'0', b'o' | b'O', ..] => (written.get(2..).unwrap_or(""), |c| c.is_digit(8)),
        _ => (written, |c| c.is_ascii_digit()),
    }
}

/// What a message shows of a literal, which may have a million digits.
fn shorten(written: &str) -> &str {
    written.get(..24).unwrap_or(written)
}

/// A mistake in a literal, with its help.
fn error(mistake: Mistake, message: String, place: Span, help: String) -> SyntaxError {
    let span = span(place.start as usize, place.end as usize);
    SyntaxError {
        mistake,
        message,
        span,
        label: None,
        related: None,
        help: Some(help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(written: &str) -> Option<Mistake> {
        check_integer(written, Span::new(0, 1), 40).map(|e| e.mistake)
    }

    #[test]
    fn literals_are_decimal_hexadecimal_or_octal() {
        for (written, value) in [
            ("0", 0),
            ("10", 10),
            ("0x2f", 47),
            ("0X2F", 47),
            ("0o123", 83),
            ("0O7", 7),
        ] {
            assert_eq!(
                (mistake(written), integer_value(written)),
                (None, Some(value)),
                "{written}"
            );
        }
        for written in ["0x", "0xG", "0o8", "12abc", "1_000", "0b101", "010", "00"] {
            assert_eq!(mistake(written), Some(Mistake::Number), "{written}");
        }
    }

    #[test]
    fn a_literal_has_at_most_forty_digits_and_may_exceed_every_type() {
        let nines = "9".repeat(40);
        assert_eq!((mistake(&nines), integer_value(&nines)), (None, None));
        assert_eq!(mistake(&"9".repeat(41)), Some(Mistake::Digits));
        assert_eq!(mistake(&"1".repeat(1_000_000)), Some(Mistake::Digits));
    }

    #[test]
    fn a_leading_zero_is_answered_with_both_readings() {
        let help = |written| check_integer(written, Span::new(0, 1), 40).and_then(|e| e.help);
        assert_eq!(
            help("010").as_deref(),
            Some("write `10` for decimal, or `0o10` for octal")
        );
        assert_eq!(help("09").as_deref(), Some("write `9` for decimal"));
    }
}
