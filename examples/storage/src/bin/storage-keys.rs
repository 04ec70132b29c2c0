//! The store of class `Keys`.
#![forbid(unsafe_code)]
use nk_runtime::host;
use storage::Shelf;
use storage::nk::{keys, storage::Storage};

fn main() -> host::Result<()> {
    let listener = host::register::<keys::Class>("keys")?;
    listener.serve(&mut keys::Keys::new(Storage::new(Shelf::default())))
}
