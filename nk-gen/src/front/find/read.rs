//! Reads one description without trusting it: regular files only, never more
//! than the limit, never blocking on a pipe.
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
    pub(crate) text: Arc<str>,
    /// Why it cannot be parsed (E002, E008).
    pub(crate) fault: Option<SyntaxError>,
}

/// Why there is no text at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is no such file.
    Missing,
    /// There is something, but it cannot be read: the reason in words.
    Unreadable(String),
}

/// Reads the file at `path`.
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

/// The text of these bytes.
pub(crate) fn decoded(bytes: &[u8], limits: &Limits) -> Text {
    let size = bytes.len() as u64;
    if size > limits.file_bytes {
        return too_large(size, limits.file_bytes);
    }
    match nk_grammar::decode_within(bytes, &limits.of_texts()) {
        Ok(text) => Text {
            text: text.into(),
            fault: None,
        },
        Err(fault) => Text {
            text: String::from_utf8_lossy(bytes).into(),
            fault: Some(fault),
        },
    }
}

fn regular(metadata: std::io::Result<std::fs::Metadata>) -> Result<u64, Failure> {
    let metadata = metadata.map_err(|error| failure(&error))?;
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(Failure::Unreadable("not a regular file".to_owned()))
    }
}

fn failure(error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Failure::Missing,
        _ => Failure::Unreadable(error.to_string()),
    }
}

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
