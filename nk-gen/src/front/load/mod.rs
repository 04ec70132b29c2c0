//! Loads the descriptions of the command line and everything they mention, each
//! once.
//!
//! Loading is a queue: each file that is parsed puts what it mentions at the
//! end, and a name that was looked for is never looked for again, whatever
//! became of it. What comes out is a [`Program`]: syntax trees in dependency
//! order, with every mentioned name settled as known, external or broken. The
//! trees are not understood here; that is the work of
//! [`crate::front::resolve`].
//!
//! How much one run may take in is limited in files and in bytes (E113),
//! because a search folder may hold anything.
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
///
/// `T` is [`Idl`] for a package, [`Component`] for a component or a process
/// class.
#[derive(Debug)]
pub(crate) struct Unit<T> {
    /// Its file.
    pub(crate) file: FileId,
    /// Where the file came from.
    pub(crate) origin: Origin,
    /// What it declares.
    ///
    /// Empty when the first line of the file is wrong.
    pub(crate) name: QName,
    /// The tree.
    pub(crate) tree: T,
    /// What the tree lacks because it is wrong.
    ///
    /// With it a later pass knows which unknown names may come from the wrong
    /// part, and stays silent about those.
    pub(crate) lost: Option<Lost>,
    /// What it mentions.
    ///
    /// In the order of the file, repetitions included.
    pub(crate) references: Vec<Reference>,
}

impl<T> Unit<T> {
    /// A place in this file.
    pub(crate) fn at(&self, span: nk_grammar::syntax::Span) -> Place {
        Place::new(self.file, span)
    }

    /// What others find under the unit's name when it stands at a position:
    /// what is right of a broken description is looked at, but nothing else can
    /// rely on it.
    fn reach(&self, position: usize) -> Reach {
        if self.lost.is_none() {
            Reach::Known(position)
        } else {
            Reach::Broken
        }
    }
}

impl<T> Unit<T> {
    /// Where the file declares its name.
    fn declaration(&self) -> Place {
        self.at(self.name.span)
    }
}

/// Where a file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The user named it.
    ///
    /// As a file, as a text, or as a class by its name. Lints are about these
    /// only.
    CommandLine,
    /// It was found below `-I` or `-S`.
    ///
    /// Errors in it are reported, lints are not.
    Found,
    /// It is one of our own texts.
    ///
    /// Its path in findings begins with `<builtin>/`.
    Builtin,
}

/// A process class that a policy or a start-up description names.
///
/// A policy names them by `use EDL` and `task class`, an init.yaml by its
/// entries.
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
    ///
    /// Which of the two depends on the set that the name was looked up in. The
    /// number changes once, when everything is loaded and sorted.
    Known(usize),
    /// Found nowhere and covered by `--external`.
    External,
    /// Found nowhere, or broken: already reported.
    ///
    /// Whoever meets it says nothing more.
    Broken,
}

/// What became of each mentioned name, by set: a component and an interface may
/// have one name.
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
    ///
    /// Each with its position in the list of its set; in the order of the
    /// command line, one that is named twice stands in it twice.
    pub(crate) roots: Vec<(NameSet, usize)>,
    /// The paths that were read.
    ///
    /// As the user wrote them or as they were found; what is built in or given
    /// as a text is not among them.
    pub(crate) files_read: Vec<PathBuf>,
    /// The paths that were looked at in vain.
    ///
    /// The result may change when one of them appears.
    pub(crate) files_missed: Vec<PathBuf>,
    /// What the user asks for.
    pub(crate) options: Options,
    /// The result of every search.
    names: Names,
}

impl Program {
    /// What became of a mentioned name.
    ///
    /// A name that nobody looked for is broken: it stands in a part of a text
    /// that could not be parsed.
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
        let folders = self
            .roots
            .iter()
            .filter_map(|(of, root)| self.include_folder(*of, *root));
        folders.into_iter().find_map(|folder| {
            let folder = if folder.is_empty() { "." } else { &folder };
            let path = |extension: &Extension| {
                format!("{folder}/{}.{}", name.replace('.', "/"), extension.name())
            };
            let mut paths = set.extensions().iter().map(path);
            let found = paths.find(|path| Path::new(path).is_file())?;
            Some(format!("`{found}` has it: add `-I {folder}`"))
        })
    }

    /// The folder below which a file of the command line lies as its name says:
    /// `idl` for `idl/garden/Valve.idl`, which declares `garden.Valve`; empty
    /// for the current one.
    fn include_folder(&self, set: NameSet, position: usize) -> Option<String> {
        let file = match set {
            NameSet::Package => self.packages[position].file,
            NameSet::Component => self.components[position].file,
        };
        let below = self.name(set, position).replace('.', "/");
        let path = self.sources.path(file).with_extension("");
        let folder = path.to_str()?.strip_suffix(&below)?;
        Some(folder.trim_end_matches('/').to_owned())
    }

    /// Whether a name was looked for already, with whatever result.
    fn is_settled(&self, set: NameSet, name: &str) -> bool {
        self.names
            .get(&set)
            .is_some_and(|names| names.contains_key(name))
    }

    /// Where the description that a name leads to declares it.
    fn declaration(&self, set: NameSet, reach: Reach) -> Option<Place> {
        let Reach::Known(position) = reach else {
            return None;
        };
        Some(match set {
            NameSet::Package => self.packages[position].declaration(),
            NameSet::Component => self.components[position].declaration(),
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
///
/// `findings` receives every error of reading, parsing and searching, in the
/// order in which they are met; sorting them by place is up to the caller.
pub(crate) fn load(
    sources: Sources,
    files: &[PathBuf],
    (names, origin): (&[Mention], Option<&Path>),
    options: &Options,
    findings: &mut Vec<Diagnostic>,
) -> Program {
    let mut loader = Loader::new(sources, origin, options, findings);
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
    /// What is mentioned, and where.
    reference: Reference,
    /// The file that mentions it.
    file: FileId,
    /// The same file without links; of several descriptions the nearest to it
    /// is meant.
    from: Option<PathBuf>,
}

/// The state of loading: what is loaded, and what is left to load.
struct Loader<'f> {
    /// Where files are looked for.
    finder: Finder,
    /// What everything is read for, without links.
    origin: Option<PathBuf>,
    /// What is loaded so far, in the order of loading.
    program: Program,
    /// What was wrong so far.
    findings: &'f mut Vec<Diagnostic>,
    /// Mentions that were not followed yet, oldest first.
    queue: VecDeque<Waiting>,
    /// What each file turned out to be, by its path without links.
    paths: HashMap<PathBuf, (NameSet, Reach)>,
    /// Bytes of all texts so far, for the limit `total-bytes`.
    bytes: u64,
    /// Whether a limit was exceeded: this is said once, and no more text is
    /// taken in.
    full: bool,
}

impl<'f> Loader<'f> {
    /// A loader that has read nothing yet.
    fn new(
        sources: Sources,
        origin: Option<&Path>,
        options: &Options,
        findings: &'f mut Vec<Diagnostic>,
    ) -> Self {
        let options = options.clone();
        Self {
            finder: Finder::new(&options),
            origin: origin.and_then(|path| std::fs::canonicalize(path).ok()),
            program: Program {
                sources,
                options,
                ..Program::default()
            },
            findings,
            queue: VecDeque::new(),
            paths: HashMap::new(),
            bytes: 0,
            full: false,
        }
    }

    /// Warns of a `-I` or `-S` that is not a folder (111): nothing is found
    /// below it.
    fn check_folders(&mut self) {
        for (option, folder) in self.finder.missing_folders() {
            let message = format!("`{option} {}` is not a folder", folder.display());
            self.findings
                .push(Diagnostic::new(Code::UNREADABLE, message, None).severity(Severity::Warning));
        }
    }

    /// Takes in a file of the command line. One that is named twice is read
    /// once, and is a root twice.
    fn root(&mut self, path: &Path) {
        let Some(extension) = Extension::of(path) else {
            self.findings.push(not_a_description(path));
            return;
        };
        let text = match read(path, &self.program.options.limits) {
            Ok(text) => text,
            Err(failure) => return self.unreadable(path, failure),
        };
        let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if let Some((set, reach)) = self.paths.get(&canonical) {
            self.program.roots.extend(known(*set, *reach));
            return;
        }
        let expected = self.finder.expected(path, &canonical);
        let path = path.to_owned();
        self.root_candidate(Candidate::new(
            path,
            Some(canonical),
            extension,
            text,
            expected,
        ));
    }

    /// Takes in a text that the caller gives instead of a file. What it
    /// declares says which language it is in; one that declares nothing is read
    /// as IDL, whose findings say so.
    fn inline(&mut self, text: &str) {
        let declared = declared_name(text);
        let extension = match &declared {
            None | Some((Declared::Package, _)) => Extension::Idl,
            Some((Declared::Component, _)) => Extension::Cdl,
            Some((Declared::ProcessClass, _)) => Extension::Edl,
        };
        let name = declared.map_or_else(|| "unnamed".to_owned(), |(_, name)| name.text);
        let path = Path::new("<inline>").join(format!("{name}.{}", extension.name()));
        let text = decoded(text.as_bytes(), &self.program.options.limits);
        self.root_candidate(Candidate::new(
            path,
            None,
            extension,
            text,
            Expected::Anything,
        ));
    }

    /// Takes in a text that the caller named, under the name that it declares.
    fn root_candidate(&mut self, candidate: Candidate) {
        let set = candidate.extension.set();
        let name = declared_name(&candidate.text.text).map(|(_, name)| name.text);
        let reach = match &name {
            Some(name) if self.program.is_settled(set, name) => self.second_root(&candidate, name),
            _ => self.take(candidate, Origin::CommandLine),
        };
        self.program.roots.extend(known(set, reach));
        if let Some(name) = name {
            let names = self.program.names.entry(set).or_default();
            names.entry(name).or_insert(reach);
        }
    }

    /// A name that two files of the command line declare: fine when they are
    /// equal, E105 when they are not.
    fn second_root(&mut self, candidate: &Candidate, name: &str) -> Reach {
        let set = candidate.extension.set();
        let first = self.program.reach(set, name);
        let Some(place) = self.program.declaration(set, first) else {
            return first;
        };
        if self.program.sources.text(place.file) == &*candidate.text.text {
            return first;
        }
        let finding = Diagnostic::new(
            Code::DUPLICATE_NAME,
            format!("`{name}` is declared twice"),
            place,
        );
        let path = candidate.path.display();
        let help = format!("`{path}` declares it with other content");
        self.findings.push(finding.label("first here").help(help));
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

    /// Loads what is mentioned until nothing is left. Breadth first, so that a
    /// chain of imports of any length needs no deep stack.
    fn follow(&mut self) {
        while let Some(Waiting {
            reference,
            file,
            from,
        }) = self.queue.pop_front()
        {
            let found = self.look_up(reference.role.set(), &reference.name, from.as_deref());
            if let Err(explanation) = found {
                let place = Place::new(file, reference.span);
                let finding = self.not_found(&reference, place, explanation);
                self.findings.extend(finding);
            }
        }
    }

    /// Finds and loads a name, once; `Err` says where it was looked for, once:
    /// a second mention of a missing name is silent.
    fn look_up(&mut self, set: NameSet, name: &str, from: Option<&Path>) -> Result<(), String> {
        if self.program.is_settled(set, name) {
            return Ok(());
        }
        let from = From {
            origin: self.origin.as_deref(),
            file: from,
        };
        let (reach, explanation) = match self.finder.find(set, name, from) {
            Found::File(candidate) => (self.found(*candidate), None),
            Found::External => (Reach::External, None),
            Found::Nowhere => (Reach::Broken, Some(self.where_looked(set, name))),
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

    /// The help text for a name that was found nowhere: the `-I` that would
    /// find it, else a similar name, else where it was looked for.
    fn where_looked(&self, set: NameSet, name: &str) -> String {
        let roots = self.program.roots.iter().filter(|(of, _)| *of == set);
        let loaded: Vec<&str> = roots
            .map(|(_, root)| self.program.name(set, *root))
            .collect();
        let explain = || self.finder.explain(set, name, &loaded, self.findings.len());
        self.program.folder_with(set, name).unwrap_or_else(explain)
    }

    /// Takes in a file that was found, unless another name led to it before.
    fn found(&mut self, candidate: Candidate) -> Reach {
        let canonical = candidate.canonical.as_ref();
        match canonical.and_then(|path| self.paths.get(path)) {
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
        let text = candidate.text.text.clone();
        let file = self.program.sources.add(&candidate.path, text);
        // our own texts and those of the caller are not files
        if candidate.canonical.is_some() {
            self.program.files_read.push(candidate.path.clone());
        }
        let reach = self.parse(&candidate, file, origin);
        if let Some(path) = candidate.canonical {
            self.paths.insert(path, (set, reach));
        }
        reach
    }

    /// Parses a text in the language that its file's ending says.
    fn parse(&mut self, candidate: &Candidate, file: FileId, origin: Origin) -> Reach {
        let Text { text, fault } = &candidate.text;
        if let Some(fault) = fault {
            self.findings.push(syntax(file, fault.clone()));
            return Reach::Broken;
        }
        let limits = self.program.options.limits.of_texts();
        let at = (file, origin);
        match candidate.extension {
            Extension::Idl => self.package(parse_idl_within(text, &limits), candidate, at),
            Extension::Cdl => self.component(parse_cdl_within(text, &limits), candidate, at),
            Extension::Edl => self.component(parse_edl_within(text, &limits), candidate, at),
        }
    }

    /// Takes in a parsed IDL file.
    fn package(
        &mut self,
        parsed: Parsed<Idl>,
        candidate: &Candidate,
        (file, origin): (FileId, Origin),
    ) -> Reach {
        let Some((tree, lost)) = self.tree(parsed, file) else {
            return Reach::Broken;
        };
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
        let reach = unit.reach(self.program.packages.len());
        self.program.packages.push(unit);
        reach
    }

    /// Takes in a parsed CDL or EDL file.
    fn component(
        &mut self,
        parsed: Parsed<Component>,
        candidate: &Candidate,
        (file, origin): (FileId, Origin),
    ) -> Reach {
        let Some((tree, lost)) = self.tree(parsed, file) else {
            return Reach::Broken;
        };
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
        let reach = unit.reach(self.program.components.len());
        self.program.components.push(unit);
        reach
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
        let Some((over, limit)) = self.exceeded() else {
            return false;
        };
        if !std::mem::replace(&mut self.full, true) {
            let path = candidate.path.display();
            let message = format!("this run takes in {over}, the last is `{path}`");
            let help = format!("split it into several runs, or {}", raise(limit));
            self.findings
                .push(Diagnostic::new(Code::TOO_MUCH_INPUT, message, None).help(help));
        }
        true
    }

    /// What there is too much of, and the name of its limit. The present file
    /// counts among the bytes, and not yet among the files.
    fn exceeded(&self) -> Option<(String, &'static str)> {
        let Limits {
            files, total_bytes, ..
        } = self.program.options.limits;
        if self.program.sources.iter().count() as u64 >= files {
            return Some((format!("more than {files} descriptions"), "files"));
        }
        let over = self.bytes > total_bytes;
        over.then(|| {
            (
                format!("more than {total_bytes} bytes of descriptions"),
                "total-bytes",
            )
        })
    }

    /// Reports a file that is there and cannot be read, or that the user named
    /// and is not there (111).
    fn unreadable(&mut self, path: &Path, failure: Failure) {
        let why = match failure {
            Failure::Missing => "no such file".to_owned(),
            Failure::Unreadable(why) => why,
        };
        let message = format!("`{}` cannot be read: {why}", path.display());
        self.findings
            .push(Diagnostic::new(Code::UNREADABLE, message, None));
    }

    /// Reports the folders that were too large to index (E113), and gives the
    /// program in dependency order.
    fn finish(self) -> Program {
        for (folder, Overflow { what, limit }) in self.finder.overflows() {
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

/// A name as a root: one that is not known is reported already.
fn known(set: NameSet, reach: Reach) -> Option<(NameSet, usize)> {
    match reach {
        Reach::Known(position) => Some((set, position)),
        Reach::External | Reach::Broken => None,
    }
}

/// A path of the command line with the wrong ending (111).
fn not_a_description(path: &Path) -> Diagnostic {
    let (what, help) = if path.is_dir() {
        let help = "name the descriptions in it; folders to search are named with `-I` or `-S`";
        ("a folder", help)
    } else {
        (
            "not a description",
            "descriptions end in `.idl`, `.cdl` or `.edl`",
        )
    };
    let message = format!("`{}` is {what}", path.display());
    Diagnostic::new(Code::UNREADABLE, message, None).help(help)
}

/// A syntax error as a finding. The parser knows no files, so the place gets
/// its file here.
pub(crate) fn syntax(file: FileId, error: SyntaxError) -> Diagnostic {
    let place = Place::new(file, error.span);
    let mut finding = Diagnostic::new(error.mistake.into(), error.message, place);
    if let Some(label) = error.label {
        finding = finding.label(label);
    }
    if let Some((span, text)) = error.related {
        finding = finding.other(Place::new(file, span), text);
    }
    finding.help = error.help;
    finding
}
