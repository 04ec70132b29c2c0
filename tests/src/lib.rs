//! What the tests share: the goldens as modules, so that every one is compiled; the wire vectors and the interpreter that
//! they are held against; the place of the shared test data.
#![forbid(unsafe_code)]
// The goldens keep the form in which the compiler writes them.

pub mod interpreter;
pub mod vectors;

use std::path::{Path, PathBuf};

/// Goldens of the documentation's example.
#[rustfmt::skip]
#[path = "../goldens/filesystem/expected/nk/mod.rs"]
pub mod filesystem;

/// Goldens of a component with two endpoints and a process class with its own.
#[rustfmt::skip]
#[path = "../goldens/farm/expected/nk/mod.rs"]
pub mod farm;

/// Goldens of every other construct.
#[rustfmt::skip]
#[path = "../goldens/lab/expected/nk/mod.rs"]
pub mod lab;

/// Goldens of what the wire vectors need beside the others.
#[rustfmt::skip]
#[path = "../goldens/wire/expected/nk/mod.rs"]
pub mod wire;

/// The folder of the shared test data (`NK_SHARED`), or `None` with a plain word about it on stderr.
#[must_use]
pub fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("NK_SHARED").map(PathBuf::from);
    if folder.is_none() {
        eprintln!(
            "NK_SHARED is not set: this test needs the shared corpus and oracle, and looks at nothing"
        );
    }
    folder
}

/// All descriptions below a folder, in order.
///
/// # Panics
/// A folder that cannot be read.
#[must_use]
pub fn descriptions(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry
            .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
            .path();
        if path.is_dir() {
            found.extend(descriptions(&path));
        } else if path
            .extension()
            .is_some_and(|ending| ending == "idl" || ending == "cdl" || ending == "edl")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}
