//! Where an included policy file is looked for: below `-I` and the policy's own
//! folder by its whole path, beside the file that includes it, below `-S` by
//! the end of its path, among our own texts, and then `--external`.
use super::builtin;
use crate::front::find::{External, Failure, From, Text, distance, read, sorted};
use crate::options::Options;
use crate::options::limits::{Limits, size};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// The endings of a policy file: its own, and that of a template for one.
const ENDINGS: [&str; 2] = ["psl", "psl.in"];

/// The answer to a search.
pub(in crate::policy) enum Found {
    File(PathBuf, Text),
    Unreadable(PathBuf, String),
    External,
    /// Where it was looked for, in words.
    NotFound(Vec<String>),
}

/// The folders of a run.
pub(in crate::policy) struct Places {
    limits: Limits,
    /// `-I`, and the folder of the top-level file.
    folders: Vec<PathBuf>,
    sources: Vec<(PathBuf, OnceCell<Vec<PathBuf>>)>,
    external: External,
}

impl Places {
    /// The folders of the options and that of the top-level file.
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

    /// The file that `use name._` in the file `from` includes.
    pub(in crate::policy) fn find(&self, name: &str, from: &Path) -> Found {
        let relative = name.replace('.', "/");
        let near = from.parent().map(Path::to_owned);
        let mut searched: Vec<String> = Vec::new();
        for ending in ENDINGS {
            for folder in self.folders.iter().chain(&near) {
                let path = folder.join(format!("{relative}.{ending}"));
                match read(&path, &self.limits) {
                    Ok(text) => return Found::File(path, text),
                    Err(Failure::Unreadable(why)) => return Found::Unreadable(path, why),
                    Err(Failure::Missing) if ending == ENDINGS[0] => {
                        let shown = format!("`{}`", path.display());
                        if !searched.contains(&shown) {
                            searched.push(shown);
                        }
                    }
                    Err(Failure::Missing) => {}
                }
            }
        }
        searched.extend(self.sources.iter().map(|(folder, _)| {
            format!(
                "a path that ends in `{relative}.{}` below `{}`",
                ENDINGS[0],
                folder.display()
            )
        }));
        if let Some(found) = self.below_sources(&relative, from) {
            return found;
        }
        if let Some((path, text)) = builtin::find(name) {
            return Found::File(
                format!("<builtin>/{path}").into(),
                Text {
                    text: text.into(),
                    fault: None,
                },
            );
        }
        if self.external.covers(name) {
            Found::External
        } else {
            Found::NotFound(searched)
        }
    }

    /// Of several files, the one that has most folders in common with the file
    /// that includes it.
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

/// All policy files below a folder, as far as the limits reach.
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
