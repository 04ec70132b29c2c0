//! Reads one description without trusting it: regular files only, never more
//! than the limit, never blocking on a pipe.
//!
//! The paths come from folders that others may write to. A pipe or a device in
//! the place of a description must not make the compiler wait or fill its
//! memory, and a file that grows while it is read is cut at the limit.
use crate::options::limits::{Limits, raise};
use nk_grammar::syntax::{Mistake, Span, SyntaxError};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

/// A text, or what could be shown of it.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// The text without byte order mark; with replacement characters when it is
    /// not UTF-8.
    ///
    /// Shared with the sources of the run, which show excerpts of it.
    pub(crate) text: Arc<str>,
    /// Why it cannot be parsed (E002, E008).
    ///
    /// Such a text is not parsed; its one finding is this.
    pub(crate) fault: Option<SyntaxError>,
}

/// Why there is no text at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is no such file.
    ///
    /// Not an error of its own during a search: the next folder may have the
    /// file.
    Missing,
    /// There is something, but it cannot be read: the reason in words.
    ///
    /// Missing rights, a folder or a pipe with the ending of a description, a
    /// fault of the disk.
    Unreadable(String),
}

/// Reads the file at `path`.
///
/// At most one byte over the limit `file-bytes` is read, which is enough to
/// know that there are too many.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Text, Failure> {
    let most = limits.file_bytes;
    // asked before opening: opening a pipe would wait for its writer
    let size = regular(std::fs::metadata(path))?;
    if size > most {
        return Ok(too_large(size, most));
    }
    let file = File::open(path).map_err(|error| failure(&error))?;
    // asked again of what is open: the name may belong to something else by now
    regular(file.metadata())?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| failure(&error))?;
    Ok(decoded(&bytes, limits))
}

/// The text of these bytes. One that is too large or not UTF-8 is a text with a
/// fault, not a failure: the file is there, and the finding is about it.
pub(crate) fn decoded(bytes: &[u8], limits: &Limits) -> Text {
    let size = bytes.len() as u64;
    if size > limits.file_bytes {
        return too_large(size, limits.file_bytes);
    }
    let decoded = nk_grammar::decode_within(bytes, &limits.of_texts());
    let (text, fault) = match decoded {
        Ok(text) => (text.into(), None),
        Err(fault) => (String::from_utf8_lossy(bytes).into(), Some(fault)),
    };
    Text { text, fault }
}

/// The size of a regular file in bytes; anything else is refused.
fn regular(metadata: std::io::Result<std::fs::Metadata>) -> Result<u64, Failure> {
    let metadata = metadata.map_err(|error| failure(&error))?;
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(Failure::Unreadable("not a regular file".to_owned()))
    }
}

/// Sorts an error of the system: a path whose folder is a file is as missing as
/// one that does not exist.
fn failure(error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Failure::Missing,
        _ => Failure::Unreadable(error.to_string()),
    }
}

/// The fault of a file over the limit `file-bytes` (E008). Nothing of the file
/// is kept.
fn too_large(size: u64, most: u64) -> Text {
    let fault = SyntaxError {
        mistake: Mistake::FileSize,
        message: format!("the file has {size} bytes; the limit is {most}"),
        span: Span::default(),
        label: None,
        related: None,
        help: Some(format!(
            "split the description into several packages, or {}",
            raise("file-bytes")
        )),
    };
    Text {
        text: "".into(),
        fault: Some(fault),
    }
}
