//! The store of class `Files`.
#![forbid(unsafe_code)]
use nk_runtime::host;
use storage::Shelf;
use storage::nk::{files, storage::Storage};

fn main() -> host::Result<()> {
    let listener = host::register::<files::Class>("files")?;
    listener.serve(&mut files::Files::new(Storage::new(Shelf::default())))
}
