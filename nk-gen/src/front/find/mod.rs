//! Finds the file that declares a name: below `-I` by path, below `-S` by
//! declared name, built in, or not at all (`--external`). The files of the
//! command line come first and are known to [`crate::front::load`].
mod builtin;
mod external;
mod index;
mod read;

pub(crate) use index::Overflow;
pub(crate) use read::{Failure, Text, decoded, read};

use crate::options::Options;
use crate::options::limits::Limits;
use crate::text::suggest::{did_you_mean, is_worthwhile};
pub(crate) use external::External;
use index::Index;
#[cfg(feature = "policy")]
pub(crate) use index::distance;
pub(crate) use index::{From, is_cache, sorted};
use nk_grammar::Declared;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// The two sets of names (`spec/idl.md` §3): a component and an interface may
/// have one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NameSet {
    /// IDL packages.
    Package,
    /// CDL components and EDL process classes.
    Component,
}

/// The languages by the ending of their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extension {
    /// Packages.
    Idl,
    /// Components.
    Cdl,
    /// Process classes.
    Edl,
}

impl Extension {
    /// The language of a file; `None` when it is no description.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "idl" => Some(Self::Idl),
            "cdl" => Some(Self::Cdl),
            "edl" => Some(Self::Edl),
            _ => None,
        }
    }
    /// The ending without its dot.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Idl => "idl",
            Self::Cdl => "cdl",
            Self::Edl => "edl",
        }
    }
    /// The set of the names that such files declare.
    pub(crate) const fn set(self) -> NameSet {
        match self {
            Self::Idl => NameSet::Package,
            Self::Cdl | Self::Edl => NameSet::Component,
        }
    }
    /// Whether files with this ending declare such a thing.
    pub(crate) const fn declares(self, kind: Declared) -> bool {
        matches!(
            (self, kind),
            (Self::Idl, Declared::Package)
                | (Self::Cdl, Declared::Component)
                | (Self::Edl, Declared::ProcessClass)
        )
    }
}

impl NameSet {
    /// The endings of the files that may declare such a name.
    pub(crate) const fn extensions(self) -> &'static [Extension] {
        match self {
            Self::Package => &[Extension::Idl],
            Self::Component => &[Extension::Cdl, Extension::Edl],
        }
    }
}

/// What a file's declared name is compared with (E101).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The whole name that the path below this `-I` folder gives.
    Path {
        /// The name.
        name: String,
        /// The folder as the user wrote it.
        folder: PathBuf,
    },
    /// The last element only: the file's name.
    FileName(String),
    /// Nothing: our own texts.
    Anything,
}

/// A file that declares a name.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The path to show.
    pub(crate) path: PathBuf,
    /// The path for comparisons; `None` for our own texts.
    pub(crate) canonical: Option<PathBuf>,
    /// Its language.
    pub(crate) extension: Extension,
    /// Its text.
    pub(crate) text: Text,
    /// What its declared name must be.
    pub(crate) expected: Expected,
    /// Another file that declares the same name with different content (W406).
    pub(crate) differs: Option<PathBuf>,
    /// Where a link leads that leaves the folder which was searched (110).
    pub(crate) outside: Option<PathBuf>,
}

/// The answer to a search.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file, or one of our own texts.
    File(Box<Candidate>),
    /// No file; covered by `--external`.
    External,
    /// No file.
    Nowhere,
    /// A file that cannot be read: its path and why.
    Unreadable(PathBuf, String),
}

/// A folder of `-I` or `-S`.
struct Folder {
    shown: PathBuf,
    canonical: PathBuf,
    index: OnceCell<Index>,
}

impl Folder {
    fn new(path: &Path) -> Self {
        let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self {
            shown: path.to_owned(),
            canonical,
            index: OnceCell::new(),
        }
    }
    fn index(&self, limits: &Limits) -> &Index {
        self.index.get_or_init(|| Index::read(&self.shown, limits))
    }
    /// The path itself when it lies outside this folder: a link led there.
    fn outside(&self, canonical: &Path) -> Option<PathBuf> {
        (!canonical.starts_with(&self.canonical)).then(|| canonical.to_owned())
    }
}

/// Where descriptions are looked for.
pub(crate) struct Finder {
    include: Vec<Folder>,
    sources: Vec<Folder>,
    external: External,
    limits: Limits,
    /// Paths below `-I` that were looked at in vain.
    pub(crate) missed: Vec<PathBuf>,
}

impl Finder {
    /// A finder for the options `-I`, `-S` and `--external`.
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            include: options
                .include
                .iter()
                .map(|path| Folder::new(path))
                .collect(),
            sources: options
                .sources
                .iter()
                .map(|path| Folder::new(path))
                .collect(),
            external: External::new(&options.external),
            limits: options.limits.clone(),
            missed: Vec::new(),
        }
    }

    /// The folders that cannot be searched, with the option that names them.
    pub(crate) fn missing_folders(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let include = self.include.iter().map(|folder| ("-I", folder));
        let sources = self.sources.iter().map(|folder| ("-S", folder));
        include
            .chain(sources)
            .filter(|(_, folder)| !folder.canonical.is_dir())
            .map(|(option, f)| (option, &*f.shown))
    }

    /// The limits that searching ran into, each with its folder (E113).
    pub(crate) fn overflows(&self) -> impl Iterator<Item = (&Path, &Overflow)> {
        let indexed = self
            .sources
            .iter()
            .filter_map(|folder| Some((folder, folder.index.get()?)));
        indexed.filter_map(|(folder, index)| Some((&*folder.shown, index.overflow.as_ref()?)))
    }

    /// The file that declares `name`.
    pub(crate) fn find(&mut self, set: NameSet, name: &str, from: From<'_>) -> Found {
        let found = self
            .find_by_path(set, name)
            .or_else(|| self.find_by_name(set, name, from));
        if let Some(found) = found.or_else(|| find_builtin(set, name)) {
            return found;
        }
        if self.external.covers(name) {
            Found::External
        } else {
            Found::Nowhere
        }
    }

    /// What the declared name of a command-line file must be: the path below
    /// the innermost `-I` folder that holds it; otherwise only the file's name.
    pub(crate) fn expected(&self, path: &Path, canonical: &Path) -> Expected {
        let holding = self.include.iter().filter_map(|folder| {
            let below = canonical
                .strip_prefix(&folder.canonical)
                .ok()?
                .with_extension("");
            let elements: Option<Vec<&str>> = below
                .components()
                .map(|part| part.as_os_str().to_str())
                .collect();
            Some((folder, elements?.join(".")))
        });
        match holding.max_by_key(|(folder, _)| folder.canonical.components().count()) {
            Some((folder, name)) => Expected::Path {
                name,
                folder: folder.shown.clone(),
            },
            None => file_name(path),
        }
    }

    /// Where a name was looked for, for a help text, or the name that may have
    /// been meant: of those below the folders, our own, and those of the
    /// command line. There are so many `findings` already.
    pub(crate) fn explain(
        &self,
        set: NameSet,
        name: &str,
        loaded: &[&str],
        findings: usize,
    ) -> String {
        let indexes: Vec<&Index> = self
            .sources
            .iter()
            .chain(&self.include)
            .map(|folder| folder.index(&self.limits))
            .collect();
        let builtins = builtin::BUILTINS
            .iter()
            .filter(|builtin| builtin.set == set)
            .map(|builtin| builtin.name);
        let known = indexes
            .iter()
            .flat_map(|index| index.names(set))
            .chain(builtins)
            .chain(loaded.iter().copied());
        let known: Vec<&str> = known.collect();
        let worthwhile = is_worthwhile(findings, self.limits.findings, known.len());
        if worthwhile && let Some(meant) = did_you_mean(name, known) {
            return meant;
        }
        let relative = relative_path(name);
        let endings: Vec<&str> = set
            .extensions()
            .iter()
            .map(|extension| extension.name())
            .collect();
        let by_path = self.include.iter().map(|folder| {
            format!(
                "`{}.{}`",
                folder.shown.join(&relative).display(),
                endings.join("` or `.")
            )
        });
        let by_name = self.sources.iter().map(|folder| {
            let count = match folder.index(&self.limits).count() {
                1 => "the description".to_owned(),
                count => format!("the {count} descriptions"),
            };
            format!("{count} below `{}`", folder.shown.display())
        });
        let searched: Vec<String> = by_path.chain(by_name).collect();
        if searched.is_empty() {
            return "no folder to search was given: use `-I` or `-S`, or `--external` for names of the SDK".to_owned();
        }
        format!(
            "searched {} and the built-in descriptions; `--external` accepts names of the SDK",
            searched.join(", ")
        )
    }

    fn find_by_path(&mut self, set: NameSet, name: &str) -> Option<Found> {
        let relative = relative_path(name);
        let mut chosen: Option<Candidate> = None;
        for folder in &self.include {
            for &extension in set.extensions() {
                // not `with_extension`: an element of the name never holds a dot, but this says so
                let path = folder
                    .shown
                    .join(format!("{relative}.{}", extension.name()));
                let text = match read(&path, &self.limits) {
                    Ok(text) => text,
                    Err(Failure::Unreadable(why)) if chosen.is_none() => {
                        return Some(Found::Unreadable(path, why));
                    }
                    Err(_) if chosen.is_some() => continue,
                    Err(_) => {
                        self.missed.push(path);
                        continue;
                    }
                };
                match &mut chosen {
                    None => {
                        let canonical = std::fs::canonicalize(&path).ok();
                        let expected = Expected::Path {
                            name: name.to_owned(),
                            folder: folder.shown.clone(),
                        };
                        let outside = canonical
                            .as_deref()
                            .and_then(|canonical| folder.outside(canonical));
                        chosen = Some(Candidate {
                            path,
                            canonical,
                            extension,
                            text,
                            expected,
                            differs: None,
                            outside,
                        });
                    }
                    Some(first) if first.extension == extension && first.text.text != text.text => {
                        first.differs.get_or_insert(path);
                    }
                    Some(_) => {}
                }
            }
        }
        chosen.map(|candidate| Found::File(Box::new(candidate)))
    }

    fn find_by_name(&self, set: NameSet, name: &str, from: From<'_>) -> Option<Found> {
        let (folder, (entry, other)) = self
            .sources
            .iter()
            .find_map(|folder| Some((folder, folder.index(&self.limits).find(set, name, from)?)))?;
        let candidate = Candidate {
            path: entry.path.clone(),
            canonical: Some(entry.canonical.clone()),
            extension: entry.extension,
            text: entry.text.clone(),
            expected: file_name(&entry.path),
            differs: other.map(|other| other.path.clone()),
            outside: folder.outside(&entry.canonical),
        };
        Some(Found::File(Box::new(candidate)))
    }
}

fn find_builtin(set: NameSet, name: &str) -> Option<Found> {
    let builtin = builtin::find(set, name)?;
    let path = Path::new("<builtin>").join(builtin.path);
    let candidate = Candidate {
        extension: Extension::of(&path)?,
        path,
        canonical: None,
        text: Text {
            text: builtin.text.into(),
            fault: None,
        },
        expected: Expected::Anything,
        differs: None,
        outside: None,
    };
    Some(Found::File(Box::new(candidate)))
}

/// `a.b.C` as the path `a/b/C`. A name holds letters, digits, underscores and
/// single dots only, so the path stays below its folder.
fn relative_path(name: &str) -> String {
    name.replace('.', "/")
}

fn file_name(path: &Path) -> Expected {
    Expected::FileName(
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    )
}
