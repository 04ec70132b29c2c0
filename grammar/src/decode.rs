//! Bytes to text: UTF-8 only, of limited size, with a hint for the encodings
//! that editors produce instead.
use crate::lexer::{BOM, span};
use crate::limits::Limits;
use crate::syntax::{Mistake, SyntaxError};

/// The text of a file without its byte order mark.
///
/// # Errors
/// E008 for a file over [`Limits::file_bytes`]; E002 for one that is not UTF-8,
/// at the first wrong byte.
///
/// ```
/// assert_eq!(nk_grammar::decode(b"\xEF\xBB\xBFpackage a.B"), Ok("package a.B"));
/// assert_eq!(nk_grammar::decode(b"package a\xFF").unwrap_err().span.start, 9);
/// ```
pub fn decode(bytes: &[u8]) -> Result<&str, SyntaxError> {
    decode_within(bytes, &Limits::DEFAULT)
}

/// As [`decode`], with other limits.
///
/// # Errors
/// As [`decode`].
pub fn decode_within<'b>(bytes: &'b [u8], limits: &Limits) -> Result<&'b str, SyntaxError> {
    check_size(bytes.len(), limits)?;
    if let Some(error) = utf16(bytes) {
        return Err(error);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix(BOM).unwrap_or(text)),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or(0);
            let message = format!("the file is not UTF-8: byte {at} is 0x{byte:02X}");
            // no encoding of a text but UTF-16, which was recognised, has zeros
            let help = if bytes.contains(&0) {
                "it is not a text file: is it the right file?"
            } else {
                "save the file as UTF-8"
            };
            Err(encoding_error(message, at, help))
        }
    }
}

/// E008 when a text has too many bytes.
pub(crate) fn check_size(length: usize, limits: &Limits) -> Result<(), SyntaxError> {
    let most = limits.file_bytes.min(u32::MAX as usize);
    if length <= most {
        return Ok(());
    }
    let message = format!("the file has {length} bytes; the limit is {most}");
    let help = "split the description into several files, or raise the limit `file-bytes`";
    Err(SyntaxError {
        mistake: Mistake::FileSize,
        ..encoding_error(message, 0, help)
    })
}

/// UTF-16 by its byte order mark, or by the zero byte beside the first letter.
///
/// A text whose first two characters are ASCII is told from UTF-8 by its zero
/// bytes.
fn utf16(bytes: &[u8]) -> Option<SyntaxError> {
    let marked = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let unmarked = match bytes {
        [0, letter, 0, next, ..] | [letter, 0, next, 0, ..] => {
            letter.is_ascii_graphic() && next.is_ascii_graphic()
        }
        _ => false,
    };
    let hint = "save the file as UTF-8";
    (marked || unmarked).then(|| encoding_error("the file looks like UTF-16".to_owned(), 0, hint))
}

/// A mistake at a byte of the file; there is no text yet that could be
/// underlined.
fn encoding_error(message: String, at: usize, help: &str) -> SyntaxError {
    SyntaxError {
        mistake: Mistake::Encoding,
        message,
        span: span(at, at),
        label: None,
        related: None,
        help: Some(help.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(bytes: &[u8]) -> Option<(Mistake, u32)> {
        decode(bytes).err().map(|e| (e.mistake, e.span.start))
    }

    #[test]
    fn other_encodings_are_named() {
        assert_eq!(mistake(b"package a\xFF"), Some((Mistake::Encoding, 9)));
        let little: Vec<u8> = "package"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(decode(&little).is_err_and(|e| e.message.contains("UTF-16")));
        assert!(decode(b"\xFE\xFF\0p").is_err_and(|e| e.message.contains("UTF-16")));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_its_text_is_looked_at() {
        assert_eq!(mistake(&vec![b' '; 4 << 20]), None);
        assert_eq!(
            mistake(&vec![0xFF; (4 << 20) + 1]),
            Some((Mistake::FileSize, 0))
        );
        let more = Limits {
            file_bytes: 5 << 20,
            ..Limits::DEFAULT
        };
        assert!(decode_within(&vec![b' '; 5 << 20], &more).is_ok());
    }
}
