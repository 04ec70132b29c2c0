//! Places of the policy as the security module has them: file, line and column.
//!
//! The image holds no texts of the policy, so that places are translated while
//! the sources are at hand. Files are numbered in the order in which a place
//! needs them.
use crate::text::diagnostic::Place;
use crate::text::position::position;
use crate::text::source::{FileId, Sources};
use std::collections::HashMap;
use std::path::Path;

/// Translates places, and numbers the files in which they are.
pub(in crate::policy) struct Places<'s> {
    /// The texts of the run, for lines and columns.
    sources: &'s Sources,
    /// Places that were translated before: rules occur in many events, and
    /// counting lines takes time.
    known: HashMap<Place, nk_security::Place>,
    /// The files in the order of their numbers in the program.
    files: Vec<FileId>,
}

impl<'s> Places<'s> {
    /// No places yet.
    pub(in crate::policy) fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            known: HashMap::new(),
            files: Vec::new(),
        }
    }

    /// A place as the program has it. Line and column are counted from 1.
    ///
    ///
    /// A column counts characters, as editors do.
    pub(in crate::policy) fn of(&mut self, place: Place) -> nk_security::Place {
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        let file = self
            .files
            .iter()
            .position(|file| *file == place.file)
            .unwrap_or_else(|| {
                self.files.push(place.file);
                self.files.len() - 1
            });
        let at = position(self.sources.text(place.file), place.span.start);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let shown = nk_security::Place {
            file: nk_security::FileId(number(file)),
            line: number(at.line),
            column: number(at.column),
        };
        self.known.insert(place, shown);
        shown
    }

    /// The files' names in the order of their numbers.
    pub(in crate::policy) fn files(&self) -> Vec<String> {
        self.files
            .iter()
            .map(|file| shown(self.sources.path(*file)))
            .collect()
    }
}

/// A path for the audit log. A name with control characters could forge lines
/// of it, so that each becomes `?`.
fn shown(path: &Path) -> String {
    path.display().to_string().replace(char::is_control, "?")
}

/// The files behind names that [`Places::files`] gave, for tools that show the
/// program together with its source. Of two with one name, the last one.
pub(crate) fn file_ids(names: &[String], sources: &Sources) -> Vec<FileId> {
    let find = |name: &String| {
        sources
            .iter()
            .filter(|(_, source)| shown(&source.path) == *name)
            .last()
    };
    names
        .iter()
        .map(|name| find(name).map_or(FileId(u32::MAX), |(file, _)| file))
        .collect()
}
