//! Loads the descriptions of the command line and everything they mention, each
//! once.
mod check;
pub(crate) mod references;
mod sort;

use crate::front::find::{
    Candidate, Expected, Extension, Failure, Finder, Found, From, NameSet, Overflow, Text, decoded,
    read,
};
use crate::options::Options;
use crate::options::limits::{Limits, raise};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place, Severity};
use crate::text::source::{FileId, Sources};
use nk_grammar::syntax::{Component, Idl, QName, SyntaxError};
use nk_grammar::{
    Declared, Lost, Parsed, declared_name, parse_cdl_within, parse_edl_within, parse_idl_within,
};
use references::{Reference, of_component, of_idl};
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

/// A parsed description.
#[derive(Debug)]
pub(crate) struct Unit<T> {
    /// Its file.
    pub(crate) file: FileId,
    /// Where the file came from.
    pub(crate) origin: Origin,
    /// What it declares.
    pub(crate) name: QName,
    /// The tree.
    pub(crate) tree: T,
    /// What the tree lacks because it is wrong.
    pub(crate) lost: Option<Lost>,
    /// What it mentions.
    pub(crate) references: Vec<Reference>,
}

impl<T> Unit<T> {
    /// A place in this file.
    pub(crate) fn at(&self, span: nk_grammar::syntax::Span) -> Place {
        Place {
            file: self.file,
            span,
        }
    }
}

/// Where a file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The user named it.
    CommandLine,
    /// It was found below `-I` or `-S`.
    Found,
    /// It is one of our own texts.
    Builtin,
}

/// A process class that a policy or a start-up description names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its name.
    pub name: String,
    /// Where it is named; of several descriptions of one name, the one nearest
    /// to that file is meant.
    pub place: Option<Place>,
    /// Whether it is a mistake when there is no description.
    pub needed: bool,
}

/// What became of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Position in [`Program::packages`] or [`Program::components`].
    Known(usize),
    /// Found nowhere and covered by `--external`.
    External,
    /// Found nowhere, or broken: already reported.
    Broken,
}

type Names = HashMap<NameSet, HashMap<String, Reach>>;

/// All descriptions of a run. After loading they stand in dependency order, so
/// that positions are the model's ids.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// The texts.
    pub(crate) sources: Sources,
    /// The IDL files.
    pub(crate) packages: Vec<Unit<Idl>>,
    /// The CDL and EDL files.
    pub(crate) components: Vec<Unit<Component>>,
    /// What the files of the command line declared.
    pub(crate) roots: Vec<(NameSet, usize)>,
    /// The paths that were read.
    pub(crate) files_read: Vec<PathBuf>,
    /// The paths that were looked at in vain.
    pub(crate) files_missed: Vec<PathBuf>,
    /// What the user asks for.
    pub(crate) options: Options,
    names: Names,
}

impl Program {
    /// What became of a mentioned name.
    pub(crate) fn reach(&self, set: NameSet, name: &str) -> Reach {
        self.names
            .get(&set)
            .and_then(|names| names.get(name))
            .copied()
            .unwrap_or(Reach::Broken)
    }

    /// The name of a description by its position.
    fn name(&self, set: NameSet, position: usize) -> &str {
        match set {
            NameSet::Package => &self.packages[position].name.text,
            NameSet::Component => &self.components[position].name.text,
        }
    }

    /// Where a name lies beside a file of the command line, if only its folder
    /// had been named: `garden.Units` next to `idl/garden/Valve.idl`, which
    /// declares `garden.Valve`.
    fn folder_with(&self, set: NameSet, name: &str) -> Option<String> {
        let folder = |(of, root): &(NameSet, usize)| {
            let file = match of {
                NameSet::Package => self.packages[*root].file,
                NameSet::Component => self.components[*root].file,
            };
            let below = self.name(*of, *root).replace('.', "/");
            let path = self.sources.path(file).with_extension("");
            path.to_str()?
                .strip_suffix(&below)
                .map(|folder| folder.trim_end_matches('/').to_owned())
        };
        self.roots.iter().filter_map(folder).find_map(|folder| {
            let folder = if folder.is_empty() { "." } else { &folder };
            let file = |extension: &Extension| {
                format!("{folder}/{}.{}", name.replace('.', "/"), extension.name())
            };
            let found = set
                .extensions()
                .iter()
                .map(file)
                .find(|file| Path::new(file).is_file())?;
            Some(format!("`{found}` has it: add `-I {folder}`"))
        })
    }

    /// The files that are our own texts.
    pub(crate) fn built_in(&self) -> impl Iterator<Item = FileId> {
        let packages = self.packages.iter().map(|unit| (unit.origin, unit.file));
        let components = self.components.iter().map(|unit| (unit.origin, unit.file));
        packages
            .chain(components)
            .filter(|(origin, _)| *origin == Origin::Builtin)
            .map(|(_, file)| file)
    }
}

/// Loads `files` and the process classes `names`, with everything they mention,
/// into `sources`. Of several descriptions of one name, the one nearest to
/// `origin` is meant.
pub(crate) fn load(
    sources: Sources,
    files: &[PathBuf],
    (names, origin): (&[Mention], Option<&Path>),
    options: &Options,
    findings: &mut Vec<Diagnostic>,
) -> Program {
    let finder = Finder::new(options);
    let mut loader = Loader {
        finder,
        origin: origin.and_then(|path| std::fs::canonicalize(path).ok()),
        program: Program {
            sources,
            options: options.clone(),
            ..Program::default()
        },
        findings,
        queue: VecDeque::new(),
        paths: HashMap::new(),
        bytes: 0,
        full: false,
    };
    loader.check_folders();
    for file in files {
        loader.root(file);
    }
    for text in &options.inline {
        loader.inline(text);
    }
    for name in names {
        loader.class(name);
    }
    loader.follow();
    loader.finish()
}

/// A mention that waits for its turn.
struct Waiting {
    reference: Reference,
    file: FileId,
    from: Option<PathBuf>,
}

struct Loader<'f> {
    finder: Finder,
    /// What everything is read for, without links.
    origin: Option<PathBuf>,
    program: Program,
    findings: &'f mut Vec<Diagnostic>,
    queue: VecDeque<Waiting>,
    /// What each file turned out to be, by its path without links.
    paths: HashMap<PathBuf, (NameSet, Reach)>,
    bytes: u64,
    full: bool,
}

impl Loader<'_> {
    fn check_folders(&mut self) {
        for (option, folder) in self.finder.missing_folders() {
            let message = format!("`{option} {}` names no folder", folder.display());
            self.findings
                .push(Diagnostic::new(Code::UNREADABLE, message, None).severity(Severity::Warning));
        }
    }

    /// Takes in a file of the command line.
    fn root(&mut self, path: &Path) {
        let Some(extension) = Extension::of(path) else {
            let (what, help) = if path.is_dir() {
                (
                    "a folder",
                    "name the descriptions in it; folders to search are named with `-I` or `-S`",
                )
            } else {
                (
                    "no description",
                    "descriptions end in `.idl`, `.cdl` or `.edl`",
                )
            };
            let message = format!("`{}` is {what}", path.display());
            self.findings
                .push(Diagnostic::new(Code::UNREADABLE, message, None).help(help));
            return;
        };
        let text = match read(path, &self.program.options.limits) {
            Ok(text) => text,
            Err(failure) => return self.unreadable(path, failure),
        };
        let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if let Some((set, reach)) = self.paths.get(&canonical) {
            // the user named one file twice
            self.program.roots.extend(known(*set, *reach));
            return;
        }
        let expected = self.finder.expected(path, &canonical);
        let candidate = Candidate {
            path: path.to_owned(),
            canonical: Some(canonical),
            extension,
            text,
            expected,
            differs: None,
            outside: None,
        };
        self.root_candidate(candidate);
    }

    /// Takes in a text that the caller gives instead of a file. What it
    /// declares says which language it is in.
    fn inline(&mut self, text: &str) {
        let declared = declared_name(text);
        let extension = match &declared {
            None | Some((Declared::Package, _)) => Extension::Idl,
            Some((Declared::Component, _)) => Extension::Cdl,
            Some((Declared::ProcessClass, _)) => Extension::Edl,
        };
        let name = declared.map_or_else(|| "unnamed".to_owned(), |(_, name)| name.text);
        self.root_candidate(Candidate {
            path: Path::new("<inline>").join(format!("{name}.{}", extension.name())),
            canonical: None,
            extension,
            text: decoded(text.as_bytes(), &self.program.options.limits),
            expected: Expected::Anything,
            differs: None,
            outside: None,
        });
    }

    fn root_candidate(&mut self, candidate: Candidate) {
        let extension = candidate.extension;
        let name = declared_name(&candidate.text.text).map(|(_, name)| name.text);
        let reach = match &name {
            Some(name)
                if self
                    .program
                    .names
                    .get(&extension.set())
                    .is_some_and(|set| set.contains_key(name)) =>
            {
                self.second_root(&candidate, name)
            }
            _ => self.take(candidate, Origin::CommandLine),
        };
        self.program.roots.extend(known(extension.set(), reach));
        if let Some(name) = name {
            self.program
                .names
                .entry(extension.set())
                .or_default()
                .entry(name)
                .or_insert(reach);
        }
    }

    /// A name that two files of the command line declare: fine when they are
    /// equal.
    fn second_root(&mut self, candidate: &Candidate, name: &str) -> Reach {
        let set = candidate.extension.set();
        let first = self.program.reach(set, name);
        let place = match (set, first) {
            (NameSet::Package, Reach::Known(i)) => {
                self.program.packages[i].at(self.program.packages[i].name.span)
            }
            (NameSet::Component, Reach::Known(i)) => {
                self.program.components[i].at(self.program.components[i].name.span)
            }
            _ => return first,
        };
        if self.program.sources.text(place.file) == &*candidate.text.text {
            return first;
        }
        let message = format!("`{name}` is declared twice");
        let second = format!(
            "`{}` declares it with other content",
            candidate.path.display()
        );
        self.findings.push(
            Diagnostic::new(Code::DUPLICATE_NAME, message, place)
                .label("first here")
                .help(second),
        );
        Reach::Broken
    }

    /// Takes in a process class that a policy or a start-up description names.
    fn class(&mut self, mention: &Mention) {
        let from = mention.place.and_then(|place| {
            let path = self.program.sources.path(place.file);
            std::fs::canonicalize(path).ok()
        });
        let reach = self.look_up(NameSet::Component, &mention.name, from.as_deref());
        if let Some(explanation) = reach.err().filter(|_| mention.needed) {
            let message = format!("process class `{}` was not found", mention.name);
            self.findings
                .push(Diagnostic::new(Code::NOT_FOUND, message, mention.place).help(explanation));
        }
    }

    /// Loads what is mentioned until nothing is left.
    fn follow(&mut self) {
        while let Some(Waiting {
            reference,
            file,
            from,
        }) = self.queue.pop_front()
        {
            let set = reference.role.set();
            if let Err(explanation) = self.look_up(set, &reference.name, from.as_deref()) {
                let place = Place {
                    file,
                    span: reference.span,
                };
                let finding = self.not_found(&reference, place, explanation);
                self.findings.extend(finding);
            }
        }
    }

    /// Finds and loads a name, once; `Err` says where it was looked for, once.
    fn look_up(&mut self, set: NameSet, name: &str, from: Option<&Path>) -> Result<(), String> {
        if self
            .program
            .names
            .get(&set)
            .is_some_and(|names| names.contains_key(name))
        {
            return Ok(());
        }
        let from = From {
            origin: self.origin.as_deref(),
            file: from,
        };
        let (reach, explanation) = match self.finder.find(set, name, from) {
            Found::File(candidate) => (self.found(*candidate), None),
            Found::External => (Reach::External, None),
            Found::Nowhere => {
                let roots = self.program.roots.iter().filter(|(of, _)| *of == set);
                let loaded: Vec<&str> = roots
                    .map(|(_, root)| self.program.name(set, *root))
                    .collect();
                let explain = || self.finder.explain(set, name, &loaded, self.findings.len());
                (
                    Reach::Broken,
                    Some(self.program.folder_with(set, name).unwrap_or_else(explain)),
                )
            }
            Found::Unreadable(path, why) => {
                self.unreadable(&path, Failure::Unreadable(why));
                (Reach::Broken, None)
            }
        };
        self.program
            .names
            .entry(set)
            .or_default()
            .insert(name.to_owned(), reach);
        explanation.map_or(Ok(()), Err)
    }

    /// Takes in a file that was found, unless another name led to it before.
    fn found(&mut self, candidate: Candidate) -> Reach {
        let seen = candidate
            .canonical
            .as_ref()
            .and_then(|path| self.paths.get(path));
        match seen {
            Some((_, reach)) => *reach,
            None if candidate.canonical.is_none() => self.take(candidate, Origin::Builtin),
            None => self.take(candidate, Origin::Found),
        }
    }

    /// Parses a file and queues what it mentions.
    fn take(&mut self, candidate: Candidate, origin: Origin) -> Reach {
        if self.over_the_limit(&candidate) {
            return Reach::Broken;
        }
        let set = candidate.extension.set();
        let file = self
            .program
            .sources
            .add(&candidate.path, candidate.text.text.clone());
        // our own texts and those of the caller are no files
        if candidate.canonical.is_some() {
            self.program.files_read.push(candidate.path.clone());
        }
        let reach = self.parse(&candidate, file, origin);
        if let Some(path) = candidate.canonical {
            self.paths.insert(path, (set, reach));
        }
        reach
    }

    fn parse(&mut self, candidate: &Candidate, file: FileId, origin: Origin) -> Reach {
        let Text { text, fault } = &candidate.text;
        if let Some(fault) = fault {
            self.findings.push(syntax(file, fault.clone()));
            return Reach::Broken;
        }
        let limits = self.program.options.limits.of_texts();
        let whole = if candidate.extension == Extension::Idl {
            let Some((tree, lost)) = self.tree(parse_idl_within(text, &limits), file) else {
                return Reach::Broken;
            };
            let whole = lost.is_none();
            let (name, references) = (tree.package.clone(), of_idl(&tree));
            let unit = Unit {
                file,
                origin,
                name,
                tree,
                lost,
                references,
            };
            self.admit(candidate, &unit);
            self.program.packages.push(unit);
            whole.then_some(self.program.packages.len())
        } else {
            let parse = if candidate.extension == Extension::Cdl {
                parse_cdl_within
            } else {
                parse_edl_within
            };
            let Some((tree, lost)) = self.tree(parse(text, &limits), file) else {
                return Reach::Broken;
            };
            let whole = lost.is_none();
            let (name, references) = (tree.name.clone(), of_component(&tree));
            let unit = Unit {
                file,
                origin,
                name,
                tree,
                lost,
                references,
            };
            self.admit(candidate, &unit);
            self.program.components.push(unit);
            whole.then_some(self.program.components.len())
        };
        // what is right of a broken description is looked at, but nothing else can rely on it
        whole.map_or(Reach::Broken, |count| Reach::Known(count - 1))
    }

    /// Reports the mistakes of a text; gives its tree, or what is right of it
    /// with what was lost.
    fn tree<T>(&mut self, parsed: Parsed<T>, file: FileId) -> Option<(T, Option<Lost>)> {
        self.findings
            .extend(parsed.errors.into_iter().map(|error| syntax(file, error)));
        let salvaged = parsed
            .salvaged
            .map(|salvaged| (salvaged.tree, Some(salvaged.lost)));
        parsed.tree.map(|tree| (tree, None)).or(salvaged)
    }

    /// Checks the declared name and queues what the description mentions.
    fn admit<T>(&mut self, candidate: &Candidate, unit: &Unit<T>) {
        if !unit.lost.as_ref().is_some_and(|lost| lost.head) {
            self.findings.extend(check::declared_name(candidate, unit));
        }
        if !self.program.options.allow_outside_links {
            self.findings.extend(check::outside(candidate, unit));
        }
        self.queue
            .extend(unit.references.iter().map(|reference| Waiting {
                reference: reference.clone(),
                file: unit.file,
                from: candidate.canonical.clone(),
            }));
    }

    /// Counts a file; reports once when the run takes in too much (E113).
    fn over_the_limit(&mut self, candidate: &Candidate) -> bool {
        self.bytes += candidate.text.text.len() as u64;
        let count = self.program.sources.iter().count();
        let Limits {
            files, total_bytes, ..
        } = self.program.options.limits;
        let (over, limit) = match () {
            () if count as u64 >= files => (format!("more than {files} descriptions"), "files"),
            () if self.bytes > total_bytes => (
                format!("more than {total_bytes} bytes of descriptions"),
                "total-bytes",
            ),
            () => return false,
        };
        if !std::mem::replace(&mut self.full, true) {
            let message = format!(
                "this run takes in {over}, the last is `{}`",
                candidate.path.display()
            );
            let help = format!("split it into several runs, or {}", raise(limit));
            self.findings
                .push(Diagnostic::new(Code::TOO_MUCH_INPUT, message, None).help(help));
        }
        true
    }

    fn unreadable(&mut self, path: &Path, failure: Failure) {
        let why = match failure {
            Failure::Missing => "no such file".to_owned(),
            Failure::Unreadable(why) => why,
        };
        let message = format!("`{}` cannot be read: {why}", path.display());
        self.findings
            .push(Diagnostic::new(Code::UNREADABLE, message, None));
    }

    fn finish(self) -> Program {
        for (folder, over) in self.finder.overflows() {
            let Overflow { what, limit } = over;
            let message = format!("there are {what} below `{}`", folder.display());
            let help = format!("name a smaller folder with `-S`, or {}", raise(limit));
            self.findings
                .push(Diagnostic::new(Code::TOO_MUCH_INPUT, message, None).help(help));
        }
        let mut program = self.program;
        program.files_missed = self.finder.missed;
        sort::sort(program, self.findings)
    }
}

fn known(set: NameSet, reach: Reach) -> Option<(NameSet, usize)> {
    match reach {
        Reach::Known(position) => Some((set, position)),
        Reach::External | Reach::Broken => None,
    }
}

/// A syntax error as a finding.
pub(crate) fn syntax(file: FileId, error: SyntaxError) -> Diagnostic {
    let mut finding = Diagnostic::new(
        error.mistake.into(),
        error.message,
        Place {
            file,
            span: error.span,
        },
    );
    if let Some(label) = error.label {
        finding = finding.label(label);
    }
    if let Some((span, text)) = error.related {
        finding = finding.other(Place { file, span }, text);
    }
    finding.help = error.help;
    finding
}
