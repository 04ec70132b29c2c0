//! Indexes a `-S` folder: every description below it by the name it declares,
//! also those that are broken further down.
use super::read::{Text, read};
use super::{Extension, NameSet};
use crate::options::limits::Limits;
use nk_grammar::declared_name;
use std::collections::HashMap;
use std::ffi::OsStr;
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
    entries: HashMap<NameSet, HashMap<String, Vec<Entry>>>,
    count: u64,
    /// The limit that the walk ran into.
    pub(crate) overflow: Option<Overflow>,
}

/// A limit that the walk through a folder ran into.
#[derive(Debug)]
pub(crate) struct Overflow {
    /// What there is too much of.
    pub(crate) what: String,
    /// The name of the limit.
    pub(crate) limit: &'static str,
}

impl Index {
    /// Walks `folder`. Folders whose name begins with a dot, caches (what cargo
    /// builds among them), and symbolic links to folders are left out.
    pub(crate) fn read(folder: &Path, limits: &Limits) -> Self {
        let mut index = Self::default();
        let mut open = vec![folder.to_owned()];
        let mut visited = 0;
        while let Some(folder) = open.pop() {
            visited += 1;
            if visited > limits.folders {
                let what = format!("more than {} folders", limits.folders);
                index.overflow = Some(Overflow {
                    what,
                    limit: "folders",
                });
                return index;
            }
            for (path, is_folder) in sorted(&folder) {
                if is_folder {
                    open.push(path);
                } else if !index.take(path, limits) {
                    let what = format!("more than {} descriptions", limits.files);
                    index.overflow = Some(Overflow {
                        what,
                        limit: "files",
                    });
                    return index;
                }
            }
        }
        index
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
        Some((
            nearest,
            entries
                .iter()
                .find(|entry| entry.text.text != nearest.text.text),
        ))
    }

    /// Every indexed name of a set.
    pub(crate) fn names(&self, set: NameSet) -> impl Iterator<Item = &str> {
        self.entries
            .get(&set)
            .into_iter()
            .flat_map(|names| names.keys().map(String::as_str))
    }

    /// Takes a file in if it is a description; `false` when there are too many.
    fn take(&mut self, path: PathBuf, limits: &Limits) -> bool {
        let Some(extension) = Extension::of(&path) else {
            return true;
        };
        if self.count == limits.files {
            return false;
        }
        self.count += 1;
        // what cannot be read or declares nothing has no name, and nothing can refer to it
        let Ok(text) = read(&path, limits) else {
            return true;
        };
        let Some((kind, name)) = declared_name(&text.text) else {
            return true;
        };
        if extension.declares(kind) {
            let canonical = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            let names = self.entries.entry(extension.set()).or_default();
            names.entry(name.text).or_default().push(Entry {
                path,
                canonical,
                extension,
                text,
            });
        }
        true
    }
}

/// Whether a folder says of itself that it is a cache.
pub(crate) fn is_cache(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").is_file()
}

/// The files and folders in `folder`, by name; a folder that cannot be read is
/// empty, and so is a cache.
pub(crate) fn sorted(folder: &Path) -> Vec<(PathBuf, bool)> {
    if is_cache(folder) {
        return Vec::new();
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    let mut found: Vec<(PathBuf, bool)> = entries
        .flatten()
        .filter(|entry| !hidden(&entry.file_name()))
        .map(|entry| {
            (
                entry.path(),
                entry.file_type().is_ok_and(|kind| kind.is_dir()),
            )
        })
        .collect();
    found.sort();
    found
}

/// The folder into which the SDK's build copies descriptions: what lies below
/// it is meant only when there is nothing else.
const COPIES: &str = "_headers_";

/// Where the search for a name starts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct From<'p> {
    /// The file that everything is read for: the policy of a solution.
    pub(crate) origin: Option<&'p Path>,
    /// The referring file.
    pub(crate) file: Option<&'p Path>,
}

/// Folders in common, the most first.
type Distance = std::cmp::Reverse<usize>;

/// Sorts candidates: copies last, most folders in common with the origin and
/// then with the referring file, then fewest folders, then by path.
pub(crate) fn distance<'p>(
    candidate: &'p Path,
    from: From<'_>,
) -> (bool, Distance, Distance, usize, &'p Path) {
    let folders = |path: &Path| {
        path.parent()
            .map_or(0, |parent| parent.components().count())
    };
    let common = |other: Option<&Path>| {
        let shared = other.and_then(Path::parent).map_or(0, |folder| {
            let candidate = candidate.parent().unwrap_or(Path::new(""));
            candidate
                .components()
                .zip(folder.components())
                .take_while(|(a, b)| a == b)
                .count()
        });
        std::cmp::Reverse(shared)
    };
    let copy = candidate
        .components()
        .any(|part| part.as_os_str() == COPIES);
    (
        copy,
        common(from.origin),
        common(from.file),
        folders(candidate),
        candidate,
    )
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
