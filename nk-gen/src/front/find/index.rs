//! Indexes a `-S` folder: every description below it by the name it declares,
//! also those that are broken further down.
//!
//! An index is made once in a run and kept with the texts of its files, so that
//! a description that is used is not read a second time. Only the first words
//! of a text are looked at, without parsing: a solution has thousands of
//! descriptions, of which a run needs a few.
use super::read::{Text, read};
use super::{Extension, NameSet};
use crate::options::limits::Limits;
use nk_grammar::declared_name;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};

/// A description below a `-S` folder.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The path below the folder as the user wrote the folder.
    pub(crate) path: PathBuf,
    /// The same path without symbolic links and `..`.
    pub(crate) canonical: PathBuf,
    /// Which language.
    pub(crate) extension: Extension,
    /// Its text.
    pub(crate) text: Text,
}

/// All descriptions below one folder.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// By set and name. Several files may declare one name: which of them is
    /// meant depends on who asks.
    entries: HashMap<NameSet, HashMap<String, Vec<Entry>>>,
    /// How many files with the right endings were looked at, also those that
    /// declare nothing.
    count: u64,
    /// The limit that the walk ran into.
    ///
    /// What was found up to there is used, so that one large folder does not
    /// hide every name in it.
    pub(crate) overflow: Option<Overflow>,
}

/// A limit that the walk through a folder ran into.
///
/// Reported once for each folder, when all is loaded (E113).
#[derive(Debug)]
pub(crate) struct Overflow {
    /// What there is too much of.
    pub(crate) what: String,
    /// The name of the limit.
    ///
    /// As `--limit` takes it.
    pub(crate) limit: &'static str,
}

impl Entry {
    /// The file at `path` with the name that it declares; `None` when it cannot
    /// be read, declares nothing, or declares something that files with this
    /// ending do not.
    fn read(path: PathBuf, extension: Extension, limits: &Limits) -> Option<(String, Self)> {
        let text = read(&path, limits).ok()?;
        let (kind, name) = declared_name(&text.text)?;
        if !extension.declares(kind) {
            return None;
        }
        let canonical = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        Some((
            name.text,
            Self {
                path,
                canonical,
                extension,
                text,
            },
        ))
    }
}

impl Overflow {
    /// More than `most` of something, which the limit called `limit` allows.
    fn new(most: u64, what: &str, limit: &'static str) -> Self {
        Self {
            what: format!("more than {most} {what}"),
            limit,
        }
    }
}

impl Index {
    /// Walks `folder`. Folders whose name begins with a dot, caches (what cargo
    /// builds among them), and symbolic links to folders are left out.
    pub(crate) fn read(folder: &Path, limits: &Limits) -> Self {
        let mut index = Self::default();
        index.overflow = index.walk(folder, limits).err();
        index
    }

    /// Takes in everything below `folder`, without recursion: how deep folders
    /// nest is input. Ends at the first limit that is exceeded, with what was
    /// found so far.
    fn walk(&mut self, folder: &Path, limits: &Limits) -> Result<(), Overflow> {
        let mut open = vec![folder.to_owned()];
        let mut visited = 0;
        while let Some(folder) = open.pop() {
            visited += 1;
            if visited > limits.folders {
                return Err(Overflow::new(limits.folders, "folders", "folders"));
            }
            for (path, is_folder) in sorted(&folder) {
                if is_folder {
                    open.push(path);
                } else {
                    self.take(path, limits)?;
                }
            }
        }
        Ok(())
    }

    /// How many descriptions there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The description of a name that is nearest to `from`, and one that
    /// differs from it in content.
    pub(crate) fn find(
        &self,
        set: NameSet,
        name: &str,
        from: From<'_>,
    ) -> Option<(&Entry, Option<&Entry>)> {
        let entries = self.entries.get(&set)?.get(name)?;
        let nearest = entries
            .iter()
            .min_by_key(|entry| distance(&entry.canonical, from))?;
        let differs = |entry: &&Entry| entry.text.text != nearest.text.text;
        Some((nearest, entries.iter().find(differs)))
    }

    /// Every indexed name of a set.
    pub(crate) fn names(&self, set: NameSet) -> impl Iterator<Item = &str> {
        self.entries
            .get(&set)
            .into_iter()
            .flat_map(|names| names.keys().map(String::as_str))
    }

    /// Takes a file in if it is a description; an error when there are too
    /// many. What cannot be read or declares nothing has no name, and nothing
    /// can refer to it: it counts, and is left out.
    fn take(&mut self, path: PathBuf, limits: &Limits) -> Result<(), Overflow> {
        let Some(extension) = Extension::of(&path) else {
            return Ok(());
        };
        if self.count == limits.files {
            return Err(Overflow::new(limits.files, "descriptions", "files"));
        }
        self.count += 1;
        if let Some((name, entry)) = Entry::read(path, extension, limits) {
            let names = self.entries.entry(extension.set()).or_default();
            names.entry(name).or_default().push(entry);
        }
        Ok(())
    }
}

/// Whether a folder says of itself that it is a cache.
///
/// `cargo` and other tools put a `CACHEDIR.TAG` into folders whose content they
/// can make again. What lies there is generated, changes with every build, and
/// is never what the user means by a description.
pub(crate) fn is_cache(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").is_file()
}

/// The files and folders in `folder`, by name; a folder that cannot be read is
/// empty, and so is a cache. Each comes with whether it is a folder; a link to
/// one is not. Names that begin with a dot are left out.
pub(crate) fn sorted(folder: &Path) -> Vec<(PathBuf, bool)> {
    if is_cache(folder) {
        return Vec::new();
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    let is_folder = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let shown = entries
        .flatten()
        .filter(|entry| !hidden(&entry.file_name()));
    let mut found: Vec<_> = shown
        .map(|entry| (entry.path(), is_folder(&entry)))
        .collect();
    found.sort();
    found
}

/// The folder into which the SDK's build copies descriptions: what lies below
/// it is meant only when there is nothing else.
///
/// A copy and its original have one content as long as the build is fresh;
/// after a change only the original is right.
const COPIES: &str = "_headers_";

/// Where the search for a name starts.
///
/// Both are given without links, because they are compared folder by folder.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct From<'p> {
    /// The file that everything is read for: the policy of a solution.
    pub(crate) origin: Option<&'p Path>,
    /// The referring file.
    pub(crate) file: Option<&'p Path>,
}

/// Folders in common, the most first.
///
/// Reversed, because the nearest candidate is the smallest one.
type Distance = std::cmp::Reverse<usize>;

/// Sorts candidates, the one that is meant first: copies that a build made come
/// last, then most folders in common with the origin and then with the
/// referring file, then fewest folders, then by path. `/s/b/c/X.idl` is nearer
/// to `/s/b/c/d/Y.cdl` than `/s/a/X.idl`.
pub(crate) fn distance<'p>(
    candidate: &'p Path,
    from: From<'_>,
) -> (bool, Distance, Distance, usize, &'p Path) {
    let copy = candidate
        .components()
        .any(|part| part.as_os_str() == COPIES);
    let folders = candidate
        .parent()
        .map_or(0, |parent| parent.components().count());
    let common = |other| std::cmp::Reverse(folders_in_common(candidate, other));
    (
        copy,
        common(from.origin),
        common(from.file),
        folders,
        candidate,
    )
}

/// How many folders two files have in common, counted from the root; none when
/// there is no other file.
fn folders_in_common(candidate: &Path, other: Option<&Path>) -> usize {
    let Some(other) = other.and_then(Path::parent) else {
        return 0;
    };
    let folder = candidate.parent().unwrap_or(Path::new(""));
    let both = folder.components().zip(other.components());
    both.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::{From, distance};
    use std::path::Path;

    fn nearest<'p>(candidates: &[&'p str], file: &str) -> &'p str {
        nearest_to(
            candidates,
            From {
                origin: None,
                file: Some(Path::new(file)),
            },
        )
    }

    fn nearest_to<'p>(candidates: &[&'p str], from: From<'_>) -> &'p str {
        let nearest = candidates
            .iter()
            .copied()
            .min_by_key(|path: &&'p str| distance(Path::new(*path), from));
        nearest.unwrap_or_default()
    }

    #[test]
    fn what_lies_near_the_policy_comes_before_what_lies_near_the_referring_file() {
        let from = From {
            origin: Some(Path::new("/s/new/einit/p.psl")),
            file: Some(Path::new("/s/old/idl/Y.edl")),
        };
        assert_eq!(
            nearest_to(&["/s/old/idl/X.idl", "/s/new/idl/X.idl"], from),
            "/s/new/idl/X.idl"
        );
        assert_eq!(
            nearest_to(&["/s/a/X.idl", "/s/old/X.idl"], from),
            "/s/old/X.idl"
        );
    }

    #[test]
    fn a_copy_that_a_build_made_is_taken_when_there_is_nothing_else() {
        assert_eq!(
            nearest(&["/s/b/_headers_/X.idl", "/s/a/X.idl"], "/s/b/Y.cdl"),
            "/s/a/X.idl"
        );
        assert_eq!(
            nearest(&["/s/b/_headers_/X.idl"], "/s/b/Y.cdl"),
            "/s/b/_headers_/X.idl"
        );
    }

    #[test]
    fn the_nearest_is_the_one_with_most_folders_in_common() {
        assert_eq!(
            nearest(&["/s/a/X.idl", "/s/b/c/X.idl"], "/s/b/c/d/Y.cdl"),
            "/s/b/c/X.idl"
        );
    }

    #[test]
    fn equally_near_files_are_chosen_by_fewest_folders_and_then_by_path() {
        assert_eq!(
            nearest(&["/s/b/c/X.idl", "/s/b/X.idl", "/s/a/X.idl"], "/s/Y.cdl"),
            "/s/a/X.idl"
        );
    }
}
