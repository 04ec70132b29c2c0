//! Reads a policy and everything it includes, each file once, into one row of declarations in the order of evaluation:
//! an included file stands where it is included (`spec/psl-runtime.md` §A.3, §A.7.6).
use super::builtin;
use crate::Options;
use crate::diagnostic::{Diagnostic, Place};
use crate::find::External;
use crate::find::{Failure, read};
use crate::load::syntax;
use crate::solution::template::expand;
use crate::source::{FileId, Sources};
use crate::suggest::did_you_mean;
use nk_grammar::parse_psl;
use nk_grammar::psl::{Declaration, DeclarationKind, TestSet};
use nk_grammar::syntax::{QName, Span, SyntaxError};
use std::path::{Path, PathBuf};

/// Deepest nesting of includes.
const MAX_DEPTH: usize = 64;

/// A policy as read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The policy's own file, the one that includes the others.
    pub policy: FileId,
    /// Declarations in the order of evaluation, includes replaced by what they include.
    pub declarations: Vec<(FileId, Declaration)>,
    /// Findings so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the Base model is included, which any model brings along.
    pub has_base: bool,
    /// Names that may stay without a description.
    pub(super) external: External,
}

impl Loaded {
    /// The tests of the policy, in the order of its declarations, each with its file.
    #[must_use]
    pub(crate) fn tests(&self) -> Vec<(FileId, TestSet)> {
        let tests = self.declarations.iter().filter_map(|(file, declaration)| match &declaration.kind {
            DeclarationKind::TestSet(set) => Some((*file, set.clone())),
            _ => None,
        });
        tests.collect()
    }

    /// The first declaration: where the policy begins, for what is about all of it.
    #[must_use]
    pub fn first_place(&self) -> Place {
        let first = self.declarations.first();
        first.map_or(Place { file: self.policy, span: Span::default() }, |(file, first)| place(*file, first.span))
    }
}

/// Reads the policy at `path`, with template variables replaced; its texts are taken into `sources`.
#[must_use]
pub fn load(path: &Path, options: &Options, defines: &[(String, String)], sources: &mut Sources) -> Loaded {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let text = read(path, &options.limits);
    let policy = sources.add(path, text.as_ref().map(|text| expand(&text.text, defines)).unwrap_or_default());
    let external = External::new(&options.external);
    let loaded = Loaded { policy, declarations: Vec::new(), diagnostics: Vec::new(), has_base: false, external };
    let mut reader = Reader { options, defines, folder, sources, open: Vec::new(), done: Vec::new(), loaded };
    match text {
        Ok(text) => reader.file(policy, "", text.fault),
        Err(failure) => reader.loaded.diagnostics.push(unreadable(path, &failure)),
    }
    reader.loaded
}

/// E111: a file of the command line that cannot be read.
pub(crate) fn unreadable(path: &Path, failure: &Failure) -> Diagnostic {
    let reason = match failure {
        Failure::Missing => "there is no such file",
        Failure::Unreadable(reason) => reason,
    };
    Diagnostic::new(
        crate::diagnostic::Severity::Error,
        111,
        format!("cannot read `{}`: {reason}", path.display()),
        None,
    )
}

struct Reader<'l> {
    options: &'l Options,
    defines: &'l [(String, String)],
    /// Where the top-level file lies.
    folder: PathBuf,
    sources: &'l mut Sources,
    /// The files being read: the way from the top-level file to here.
    open: Vec<(String, Place)>,
    /// The names that were included.
    done: Vec<String>,
    loaded: Loaded,
}

/// Where an include leads.
enum Included {
    File(FileId, Option<SyntaxError>),
    External,
    Nowhere(Vec<PathBuf>),
}

impl Reader<'_> {
    fn file(&mut self, file: FileId, name: &str, fault: Option<SyntaxError>) {
        if let Some(fault) = fault {
            self.loaded.diagnostics.push(syntax(file, fault));
            return;
        }
        self.loaded.has_base |= name.starts_with("nk.");
        let parsed = parse_psl(self.sources.text(file));
        self.loaded.diagnostics.extend(parsed.errors.into_iter().map(|error| syntax(file, error)));
        for declaration in parsed.tree.map(|tree| tree.declarations).unwrap_or_default() {
            match &declaration.kind {
                DeclarationKind::Use(name) => self.include(file, name),
                _ => self.loaded.declarations.push((file, declaration)),
            }
        }
    }

    fn include(&mut self, file: FileId, name: &QName) {
        let place = Place { file, span: name.span };
        if self.open.iter().any(|(open, _)| *open == name.text) {
            self.cycle(name, place);
            return;
        }
        if self.done.contains(&name.text) {
            return;
        }
        if self.open.len() >= MAX_DEPTH {
            let message = format!("includes nest deeper than {MAX_DEPTH}");
            self.loaded.diagnostics.push(Diagnostic::error(9, message, place));
            return;
        }
        self.done.push(name.text.clone());
        match self.find(name, file) {
            Included::File(included, fault) => {
                self.open.push((name.text.clone(), place));
                self.file(included, &name.text, fault);
                self.open.pop();
            }
            Included::External => self.external(name, place),
            Included::Nowhere(looked) => self.nowhere(name, place, &looked),
        }
    }

    fn find(&mut self, name: &QName, from: FileId) -> Included {
        let relative: PathBuf = format!("{}.psl", name.text.replace('.', "/")).into();
        let near = self.sources.path(from).parent().map(Path::to_owned);
        let folders = self.options.include.iter().cloned().chain([self.folder.clone()]).chain(near);
        let mut looked = Vec::new();
        for path in folders.chain(self.options.sources.iter().cloned()).map(|folder| folder.join(&relative)) {
            match read(&path, &self.options.limits) {
                Ok(text) => {
                    let file = self.sources.add(path, expand(&text.text, self.defines));
                    return Included::File(file, text.fault);
                }
                Err(_) if looked.contains(&path) => {}
                Err(_) => looked.push(path),
            }
        }
        if let Some((path, text)) = builtin::find(&name.text) {
            return Included::File(self.sources.add(format!("<builtin>/{path}"), text), None);
        }
        if self.loaded.external.covers(&name.text) { Included::External } else { Included::Nowhere(looked) }
    }

    fn cycle(&mut self, name: &QName, place: Place) {
        let chain = self
            .open
            .iter()
            .map(|(open, _)| format!("`{open}`"))
            .skip_while(|open| *open != format!("`{}`", name.text));
        let chain = chain.chain([format!("`{}`", name.text)]).collect::<Vec<_>>().join(" → ");
        let mut finding = Diagnostic::error(501, format!("policy files include each other: {chain}"), place);
        if let Some((_, first)) = self.open.iter().find(|(open, _)| *open == name.text) {
            finding = finding.other(*first, "included here");
        }
        self.loaded.diagnostics.push(finding.help("move what both need into a third file"));
    }

    fn external(&mut self, name: &QName, place: Place) {
        let message = format!("policy file `{}` is external: what it allows is denied", name.text);
        let help = "name a folder that has it with `-I`";
        self.loaded.diagnostics.push(Diagnostic::warning(502, message, place).help(help));
    }

    fn nowhere(&mut self, name: &QName, place: Place, looked: &[PathBuf]) {
        let help = did_you_mean(&name.text, builtin::names()).unwrap_or_else(|| {
            let paths: Vec<String> = looked.iter().map(|path| format!("`{}`", path.display())).collect();
            format!("looked for {}; name its folder with `-I`", paths.join(", "))
        });
        let message = format!("policy file `{}` was not found", name.text);
        self.loaded.diagnostics.push(Diagnostic::error(502, message, place).help(help));
    }
}

/// The place of a part of a policy file.
pub(crate) fn place(file: FileId, span: Span) -> Place {
    Place { file, span }
}
