//! Finds the file that declares a name: below `-I` by path, below `-S` by
//! declared name, built in, or not at all (`--external`). The files of the
//! command line come first and are known to [`crate::front::load`].
//!
//! The order of the search is a promise to the user: a file below `-I` wins
//! over one below `-S`, and both win over a built-in text, so that a vendor's
//! own descriptions replace ours. A name that none of them has is accepted only
//! when `--external` covers it, and is an error (E103) otherwise. Source:
//! `docs/languages.md` §3.
//!
//! Nothing here parses: a file below `-S` is known by the name that its first
//! words declare, and whether the file deserves its name (E101) is checked when
//! it is loaded.
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

/// The two sets of names (`docs/languages.md` §3): a component and an interface may
/// have one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NameSet {
    /// IDL packages.
    ///
    /// `import a.B`, `handle<a.B>`, and the right-hand side of an endpoint or
    /// of `security` are looked up here.
    Package,
    /// CDL components and EDL process classes.
    ///
    /// The right-hand side of an instance in `components { … }`, and the
    /// classes that a policy or a start-up description names.
    Component,
}

/// The languages by the ending of their files.
///
/// The ending alone decides: nothing in a text says its language before the
/// first word, and that word may be what is wrong.
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
    ///
    /// A `.cdl` file with `task class` in it declares nothing that the search
    /// may find; its own findings say what is wrong.
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
    ///
    /// A component is looked for as `.cdl` first, so below one folder it wins
    /// over a process class of the same name.
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
    ///
    /// `idl/drone/Movement.idl` below `-I idl` has to declare `drone.Movement`.
    Path {
        /// The name.
        ///
        /// As it would be written after `package`, `component` or `task class`.
        name: String,
        /// The folder as the user wrote it.
        folder: PathBuf,
    },
    /// The last element only: the file's name.
    ///
    /// `Movement.idl` that lies below no `-I` folder may declare
    /// `drone.Movement` or `Movement`, and not `Motion`.
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
    ///
    /// Two names that lead to one file, through a link or through `-I a` and
    /// `-I a/.`, are one description because of it.
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
    ///
    /// The file is used all the same; `--allow-outside-links` silences the
    /// warning.
    pub(crate) outside: Option<PathBuf>,
}

impl Candidate {
    /// A file without a second of its name, which lies where it was looked for.
    pub(crate) fn new(
        path: PathBuf,
        canonical: Option<PathBuf>,
        extension: Extension,
        text: Text,
        expected: Expected,
    ) -> Self {
        Self {
            path,
            canonical,
            extension,
            text,
            expected,
            differs: None,
            outside: None,
        }
    }

    /// Remembers another file of the same name when it says something else
    /// (W406). A component and a process class of one name are told apart by
    /// their endings; the first of several differing files is enough for the
    /// message.
    fn compare(&mut self, path: PathBuf, extension: Extension, text: &Text) {
        if self.extension == extension && self.text.text != text.text {
            self.differs.get_or_insert(path);
        }
    }
}

/// The answer to a search.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file, or one of our own texts.
    File(Box<Candidate>),
    /// No file; covered by `--external`.
    ///
    /// It has no layout. Checking goes on without it, generating code does not
    /// (E114).
    External,
    /// No file.
    Nowhere,
    /// A file that cannot be read: its path and why.
    ///
    /// There is something at the path, so searching on would hide a mistake
    /// (E111).
    Unreadable(PathBuf, String),
}

/// A folder of `-I` or `-S`.
struct Folder {
    /// As the user wrote it: messages and generated paths keep it.
    shown: PathBuf,
    /// Without links and `..`, to tell what lies below it.
    canonical: PathBuf,
    /// Its descriptions by name, read when they are first needed: an `-I`
    /// folder is only walked to explain a missing name.
    index: OnceCell<Index>,
}

impl Folder {
    /// A folder that the user named. One that does not exist is reported by
    /// [`Finder::missing_folders`].
    fn new(path: &PathBuf) -> Self {
        let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        Self {
            shown: path.clone(),
            canonical,
            index: OnceCell::new(),
        }
    }
    /// The index of this folder. The first call walks the whole folder and may
    /// take seconds for a large one; limits end the walk (E113).
    fn index(&self, limits: &Limits) -> &Index {
        self.index.get_or_init(|| Index::read(&self.shown, limits))
    }
    /// The path itself when it lies outside this folder: a link led there.
    fn outside(&self, canonical: &Path) -> Option<PathBuf> {
        (!canonical.starts_with(&self.canonical)).then(|| canonical.to_owned())
    }

    /// The file at `path`, which was found below this `-I` folder for `name`.
    fn candidate(&self, name: &str, path: PathBuf, extension: Extension, text: Text) -> Candidate {
        let canonical = std::fs::canonicalize(&path).ok();
        let outside = canonical
            .as_deref()
            .and_then(|canonical| self.outside(canonical));
        let expected = Expected::Path {
            name: name.to_owned(),
            folder: self.shown.clone(),
        };
        Candidate {
            outside,
            ..Candidate::new(path, canonical, extension, text, expected)
        }
    }

    /// The name that a file at this path has to declare: `drone.Movement` for
    /// `idl/drone/Movement.idl` below `-I idl`. `None` for a file that is not
    /// below this folder, or whose path is not UTF-8.
    fn name_of(&self, canonical: &Path) -> Option<String> {
        let below = canonical
            .strip_prefix(&self.canonical)
            .ok()?
            .with_extension("");
        let elements: Option<Vec<&str>> = below
            .components()
            .map(|part| part.as_os_str().to_str())
            .collect();
        Some(elements?.join("."))
    }

    /// What was looked through by name, for a help text:
    /// ``the 12 descriptions below `idl` ``.
    fn extent(&self, limits: &Limits) -> String {
        let count = match self.index(limits).count() {
            1 => "the description".to_owned(),
            count => format!("the {count} descriptions"),
        };
        format!("{count} below `{}`", self.shown.display())
    }
}

/// Where descriptions are looked for.
///
/// One for a whole run: its indexes are the most expensive thing that the front
/// part of the compiler makes.
pub(crate) struct Finder {
    /// `-I`, in the order of the command line.
    include: Vec<Folder>,
    /// `-S`, in the order of the command line.
    sources: Vec<Folder>,
    /// `--external`.
    external: External,
    /// How large a file and how many descriptions may be.
    limits: Limits,
    /// Paths below `-I` that were looked at in vain.
    ///
    /// A build script watches their folders: a file that appears at one of them
    /// would have been found before the one that was used.
    pub(crate) missed: Vec<PathBuf>,
}

impl Finder {
    /// A finder for the options `-I`, `-S` and `--external`. Nothing is read
    /// yet: a `-S` folder is indexed when a name is first looked for in it.
    pub(crate) fn new(options: &Options) -> Self {
        let folders = |paths: &[PathBuf]| paths.iter().map(Folder::new).collect();
        Self {
            include: folders(&options.include),
            sources: folders(&options.sources),
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
    ///
    /// `from` only matters where a `-S` folder holds several files of that
    /// name.
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
        let holding = self
            .include
            .iter()
            .filter_map(|folder| Some((folder, folder.name_of(canonical)?)));
        let innermost = holding.max_by_key(|(folder, _)| folder.canonical.components().count());
        innermost.map_or_else(
            || file_name(path),
            |(folder, name)| Expected::Path {
                name,
                folder: folder.shown.clone(),
            },
        )
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
        let known: Vec<&str> = self.names(set).chain(loaded.iter().copied()).collect();
        let worthwhile = is_worthwhile(findings, self.limits.findings, known.len());
        let meant = worthwhile.then(|| did_you_mean(name, known)).flatten();
        meant.unwrap_or_else(|| self.searched(set, name))
    }

    /// Every name of a set that could have been found: below `-S` and `-I`, and
    /// built in. The `-I` folders are indexed for this too, although nothing is
    /// found there by declared name: the right file may lie in the wrong
    /// folder.
    fn names(&self, set: NameSet) -> impl Iterator<Item = &str> {
        let indexes = self.sources.iter().chain(&self.include);
        let found = indexes.flat_map(move |folder| folder.index(&self.limits).names(set));
        let builtins = builtin::BUILTINS
            .iter()
            .filter(move |builtin| builtin.set == set);
        found.chain(builtins.map(|builtin| builtin.name))
    }

    /// The help of E103 when no similar name is known: every place that was
    /// looked at.
    fn searched(&self, set: NameSet, name: &str) -> String {
        let by_path = self.include.iter().map(|folder| tried(folder, set, name));
        let by_name = self
            .sources
            .iter()
            .map(|folder| folder.extent(&self.limits));
        let searched: Vec<String> = by_path.chain(by_name).collect();
        if searched.is_empty() {
            return "no folder to search was given: use `-I` or `-S`, or `--external` for names of the SDK".to_owned();
        }
        format!(
            "searched {} and the built-in descriptions; `--external` accepts names of the SDK",
            searched.join(", ")
        )
    }

    /// Looks below every `-I` folder, in the order of the command line. The
    /// first file is the one that is meant; the rest are only compared with it
    /// (W406). A path that does not exist is kept in `missed`: the result
    /// changes when a file appears there.
    fn find_by_path(&mut self, set: NameSet, name: &str) -> Option<Found> {
        let relative = relative_path(name);
        let mut chosen: Option<Candidate> = None;
        for folder in &self.include {
            for &extension in set.extensions() {
                // not `with_extension`: an element of the name never holds a dot, but this says so
                let path = folder
                    .shown
                    .join(format!("{relative}.{}", extension.name()));
                match (read(&path, &self.limits), &mut chosen) {
                    (Ok(text), None) => {
                        chosen = Some(folder.candidate(name, path, extension, text));
                    }
                    (Ok(text), Some(first)) => first.compare(path, extension, &text),
                    (Err(Failure::Unreadable(why)), None) => {
                        return Some(Found::Unreadable(path, why));
                    }
                    (Err(Failure::Missing), None) => self.missed.push(path),
                    (Err(_), Some(_)) => {}
                }
            }
        }
        chosen.map(|candidate| Found::File(Box::new(candidate)))
    }

    /// Looks below every `-S` folder for a file that declares `name`; the first
    /// folder that has one ends the search. Of several files in it the nearest
    /// to the referring file is meant, see [`index::distance`].
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

/// The paths that were tried below a `-I` folder, for a help text: ``
/// `idl/a/B.cdl` or `.edl` ``.
fn tried(folder: &Folder, set: NameSet, name: &str) -> String {
    let endings: Vec<&str> = set
        .extensions()
        .iter()
        .map(|extension| extension.name())
        .collect();
    let path = folder.shown.join(relative_path(name));
    format!("`{}.{}`", path.display(), endings.join("` or `."))
}

/// One of our own texts as a file that was found. It has no path for
/// comparisons, and nothing is expected of its name.
fn find_builtin(set: NameSet, name: &str) -> Option<Found> {
    let builtin = builtin::find(set, name)?;
    let path = Path::new("<builtin>").join(builtin.path);
    let extension = Extension::of(&path)?;
    let text = Text {
        text: builtin.text.into(),
        fault: None,
    };
    let candidate = Candidate::new(path, None, extension, text, Expected::Anything);
    Some(Found::File(Box::new(candidate)))
}

/// `a.b.C` as the path `a/b/C`. A name holds letters, digits, underscores and
/// single dots only, so the path stays below its folder.
fn relative_path(name: &str) -> String {
    name.replace('.', "/")
}

/// The file's name without its ending, for a file that lies below no `-I`
/// folder.
fn file_name(path: &Path) -> Expected {
    let stem = path.file_stem().unwrap_or_default();
    Expected::FileName(stem.to_string_lossy().into_owned())
}
