//! What the programs share: the generated code, and a document behind a handle.
#![forbid(unsafe_code)]
use nk::archive::DOCUMENT;
use nk::document::{Document, Proxy, ReadBuf};
use nk_runtime::Handle;
use nk_runtime::host::{Channel, Connection, Result};

nk_runtime::include_nk!();

/// The document behind a handle that this program was given.
///
/// # Errors
/// `einit` did not start this process.
pub fn document(handle: Handle) -> Result<Proxy<Channel>> {
    Ok(Proxy::new(
        Channel::from_handle(Connection::program()?, handle.handle),
        DOCUMENT,
    ))
}

/// Its text, or why it cannot be read.
pub fn read(document: &mut impl Document) -> String {
    let mut room = ReadBuf::new();
    match document.read(room.out()) {
        Ok(found) => found.text().to_owned(),
        Err(error) => error.to_string(),
    }
}
