//! Where an included policy file is looked for.
//!
//! For `use a.b._` the file is `a/b.psl`, or its template `a/b.psl.in`. The
//! places, in this order:
//!
//! - below the folders of `-I` and the top-level file's own folder, by its
//!   whole path;
//! - next to the file that includes it;
//! - below the folders of `-S`, by the end of its path;
//! - among our own texts of the SDK's policy files ([`super::builtin`]);
//! - `--external`, which accepts that it is nowhere.
use super::builtin;
use crate::front::find::{External, Failure, From, Text, distance, read, sorted};
use crate::options::Options;
use crate::options::limits::{Limits, size};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// The endings of a policy file: its own, and that of a template for one. The
/// first one wins wherever both are found.
const ENDINGS: [&str; 2] = ["psl", "psl.in"];

/// The answer to a search.
pub(in crate::policy) enum Found {
    /// A file that was read, or one of our own texts under the path
    /// `<builtin>/…`.
    File(PathBuf, Text),
    /// A file that is there, and why it cannot be read.
    Unreadable(PathBuf, String),
    /// Not found, and `--external` covers the name: it is passed over.
    External,
    /// Not found. The places where it was looked for, in words, for the help.
    Missing(Vec<String>),
}

/// The folders of a run.
pub(in crate::policy) struct Places {
    /// How much is read at most: size of a file, number of files and folders.
    limits: Limits,
    /// `-I` in the order of the command line, then the folder of the top-level
    /// file.
    folders: Vec<PathBuf>,
    /// `-S` folders with their policy files. A folder is walked once, and only
    /// when something was not found before.
    sources: Vec<(PathBuf, OnceCell<Vec<PathBuf>>)>,
    /// What `--external` covers.
    external: External,
}

impl Places {
    /// The folders of the options, and `own`, that of the top-level file.
    pub(in crate::policy) fn new(options: &Options, own: PathBuf) -> Self {
        Self {
            limits: options.limits.clone(),
            folders: options.include.iter().cloned().chain([own]).collect(),
            sources: options
                .sources
                .iter()
                .map(|folder| (folder.clone(), OnceCell::new()))
                .collect(),
            external: External::new(&options.external),
        }
    }

    /// The file that `use name._` in the file `from` includes. Reads it: a file
    /// that is found but cannot be read is an answer too, and ends the search.
    ///
    ///
    /// Our own texts come late: whoever has the SDK's files, or changed ones,
    /// means those.
    pub(in crate::policy) fn find(&self, name: &str, from: &Path) -> Found {
        let relative = name.replace('.', "/");
        let mut searched: Vec<String> = Vec::new();
        if let Some(found) = self.below_folders(&relative, from, &mut searched) {
            return found;
        }
        searched.extend(self.sources.iter().map(|(folder, _)| {
            format!(
                "a path that ends in `{relative}.{}` below `{}`",
                ENDINGS[0],
                folder.display()
            )
        }));
        self.below_sources(&relative, from)
            .or_else(|| builtin_file(name))
            .unwrap_or_else(|| {
                if self.external.covers(name) {
                    Found::External
                } else {
                    Found::Missing(searched)
                }
            })
    }

    /// Searches the `-I` folders, that of the top-level file, and that of the
    /// file that includes. The paths that were tried are added to `searched`,
    /// with the first ending only.
    fn below_folders(
        &self,
        relative: &str,
        from: &Path,
        searched: &mut Vec<String>,
    ) -> Option<Found> {
        let near = from.parent().map(Path::to_owned);
        for ending in ENDINGS {
            for folder in self.folders.iter().chain(&near) {
                let path = folder.join(format!("{relative}.{ending}"));
                match read(&path, &self.limits) {
                    Ok(text) => return Some(Found::File(path, text)),
                    Err(Failure::Unreadable(why)) => return Some(Found::Unreadable(path, why)),
                    Err(Failure::Missing) => {
                        let tried = format!("`{}`", path.display());
                        if ending == ENDINGS[0] && !searched.contains(&tried) {
                            searched.push(tried);
                        }
                    }
                }
            }
        }
        None
    }

    /// Searches the `-S` folders. Of several files with the same end of the
    /// path, the one that has most folders in common with the file that
    /// includes it; sources of several projects may lie next to each other.
    fn below_sources(&self, relative: &str, from: &Path) -> Option<Found> {
        for ending in ENDINGS {
            let end = PathBuf::from(format!("{relative}.{ending}"));
            for (folder, index) in &self.sources {
                let index = index.get_or_init(|| policies(folder, &self.limits));
                let fitting = index.iter().filter(|path| path.ends_with(&end));
                let Some(path) = fitting.min_by_key(|path| {
                    distance(
                        path,
                        From {
                            origin: None,
                            file: Some(from),
                        },
                    )
                }) else {
                    continue;
                };
                return Some(match read(path, &self.limits) {
                    Ok(text) => Found::File(path.clone(), text),
                    Err(Failure::Unreadable(why)) => Found::Unreadable(path.clone(), why),
                    Err(Failure::Missing) => continue,
                });
            }
        }
        None
    }
}

/// One of our own texts, under a path that no file has.
fn builtin_file(name: &str) -> Option<Found> {
    let (path, text) = builtin::find(name)?;
    let text = Text {
        text: text.into(),
        fault: None,
    };
    Some(Found::File(format!("<builtin>/{path}").into(), text))
}

/// All policy files below a folder, folder by folder in sorted order. The walk
/// ends quietly when it has seen as many folders or files as the limits allow.
fn policies(folder: &Path, limits: &Limits) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    let mut visited = 0;
    while let Some(folder) = open.pop() {
        visited += 1;
        for (path, is_folder) in sorted(&folder) {
            if is_folder {
                open.push(path);
            } else if ENDINGS
                .iter()
                .any(|ending| path.to_string_lossy().ends_with(&format!(".{ending}")))
            {
                found.push(path);
            }
        }
        if visited >= limits.folders || found.len() >= size(limits.files) {
            break;
        }
    }
    found
}
