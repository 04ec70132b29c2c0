//! The texts that one run has read, by id.
//!
//! Everything that has a place refers to a text by a [`FileId`]: descriptions,
//! policies, start-up descriptions, and the texts that are built in. Texts are
//! shared and never change, so a finding can be shown long after its file was
//! read.
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of this run.
///
/// Its number is the position among the texts of the run; it means nothing in
/// another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A text and where it came from.
///
/// Without byte order mark; with replacement characters when the file is not
/// UTF-8.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as the user gave or would give it; `<builtin>/…` for our own
    /// texts.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
}

/// All texts of a run; ids are positions.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Takes a text in.
    ///
    /// A text that is added twice gets two ids.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(Source {
            path: path.into(),
            text: text.into(),
        });
        id
    }
    /// A text by its id; `None` for an id of another run.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.0.get(id.0 as usize)
    }
    /// The path of a text; empty for an id of another run.
    #[must_use]
    pub fn path(&self, id: FileId) -> &Path {
        self.get(id).map_or(Path::new(""), |s| &s.path)
    }
    /// The text of an id; empty for an id of another run.
    #[must_use]
    pub fn text(&self, id: FileId) -> &str {
        self.get(id).map_or("", |s| &s.text)
    }
    /// Every text with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0..).map(FileId).zip(&self.0)
    }
}
