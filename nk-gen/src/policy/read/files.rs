//! Reads a policy and everything that it includes, each file once, into one
//! list of declarations in the order of evaluation.
//!
//! An included file takes the place of the line that includes it
//! (`docs/psl.md` §3, §7.6), so that later steps see one flat list
//! and know the file of each declaration only for findings. Template variables
//! (`@NAME@`) are replaced before parsing; places are those of the file as it
//! is on disk.
use super::search::{Found, Places};
use super::{builtin, statement_count};
use crate::Options;
use crate::front::find::{Failure, read};
use crate::front::load::syntax;
use crate::options::limits::{Limits, raise};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::{FileId, Sources};
use crate::text::suggest::did_you_mean;
use crate::text::template::expand;
use nk_grammar::parse_psl_within;
use nk_grammar::psl::{Declaration, DeclarationKind, TestSet};
use nk_grammar::syntax::{QName, Span, SyntaxError};
use std::path::{Path, PathBuf};

/// Deepest nesting of includes: reading is recursive.
const MAX_DEPTH: usize = 64;

/// A policy as read: all its files, parsed, with nothing resolved yet.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The policy's own file, the one that includes the others.
    pub policy: FileId,
    /// Declarations in the order of evaluation, includes replaced by what they
    /// include.
    pub declarations: Vec<(FileId, Declaration)>,
    /// Findings so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the Base model is included, which every model file (`nk.…`)
    /// brings along. Without it the compiler warns (W534).
    pub has_base: bool,
    /// Whether a pattern may match a part of the text only, as before version
    /// 1.4 (`--regex-search`); otherwise it must match the whole text.
    pub(in crate::policy) regex_search: bool,
    /// How large a policy may be (E520).
    pub(in crate::policy) limits: Limits,
}

impl Loaded {
    /// A policy of which nothing has been read yet.
    fn empty(policy: FileId, options: &Options) -> Self {
        Self {
            policy,
            declarations: Vec::new(),
            diagnostics: Vec::new(),
            has_base: false,
            regex_search: options.regex_search,
            limits: options.limits.clone(),
        }
    }

    /// The tests of the policy, in the order of its declarations, each with its
    /// file.
    #[must_use]
    pub(crate) fn tests(&self) -> Vec<(FileId, TestSet)> {
        let tests =
            self.declarations
                .iter()
                .filter_map(|(file, declaration)| match &declaration.kind {
                    DeclarationKind::TestSet(set) => Some((*file, set.clone())),
                    _ => None,
                });
        tests.collect()
    }

    /// The first declaration: where the policy begins, for what is about all of
    /// it.
    #[must_use]
    pub fn first_place(&self) -> Place {
        let first = self.declarations.first();
        first.map_or(
            Place {
                file: self.policy,
                span: Span::default(),
            },
            |(file, first)| Place::new(*file, first.span),
        )
    }
}

/// Reads the policy at `path`, with template variables replaced by `defines`;
/// its texts are taken into `sources`.
///
/// There is always an answer: what cannot be read or parsed is among
/// [`Loaded::diagnostics`], and the rest is read all the same, so that one run
/// finds the mistakes of all files.
///
///
/// ```text
/// use nk.base._      // one of our own texts, unless -I has another
/// use app.rules._    // app/rules.psl
/// use EDL a.Client   // a class: not a file that is read here
/// ```
#[must_use]
pub fn load(
    path: &Path,
    options: &Options,
    defines: &[(String, String)],
    sources: &mut Sources,
) -> Loaded {
    let text = read(path, &options.limits);
    let contents = text.as_ref().map(|text| text.text.clone());
    let policy = sources.add(path, contents.unwrap_or_default());
    let mut reader = Reader::new(path, policy, options, defines, sources);
    match text {
        Ok(text) => reader.file(policy, "", text.fault),
        Err(failure) => reader.loaded.diagnostics.push(unreadable(path, &failure)),
    }
    reader.loaded
}

/// E111: a file of the command line that cannot be read, with the system's
/// reason.
pub(crate) fn unreadable(path: &Path, failure: &Failure) -> Diagnostic {
    let reason = match failure {
        Failure::Missing => "there is no such file",
        Failure::Unreadable(reason) => reason,
    };
    Diagnostic::new(
        Code::UNREADABLE,
        format!("cannot read `{}`: {reason}", path.display()),
        None,
    )
}

/// The state of reading: what was read, and the way from the top-level file to
/// here.
struct Reader<'l> {
    /// Options of the run: limits, and the folders of the search.
    options: &'l Options,
    /// Values of template variables.
    defines: &'l [(String, String)],
    /// The folders that includes are looked for in.
    places: Places,
    /// Takes the text of every file, for findings.
    sources: &'l mut Sources,
    /// The files being read: the way from the top-level file to here.
    open: Vec<Open>,
    /// The names that were included.
    done: Vec<String>,
    /// The files that were read.
    read: Vec<PathBuf>,
    /// The result so far.
    loaded: Loaded,
    /// Declarations and statements so far.
    statements: u64,
}

/// A file that is being read: an element of the way from the top-level file.
struct Open {
    /// The name by which it is included; that of the file for the top-level
    /// one.
    name: String,
    /// Where it is included; the top-level file is not.
    included: Option<Place>,
    /// Its real path, without links: a file is the same under all its names.
    path: Option<PathBuf>,
}

/// The outcome of looking for an included file.
enum Included {
    /// Found. With what makes its bytes unreadable as text, if anything does.
    File(FileId, Option<SyntaxError>),
    /// Accepted as external: a note is written, and the include has no effect.
    External,
    /// Found in none of these places.
    NotFound(Vec<String>),
    /// What is wrong was reported by the search.
    Reported,
}

impl<'l> Reader<'l> {
    /// A reader that has opened the top-level file, and read nothing of it.
    fn new(
        path: &Path,
        policy: FileId,
        options: &'l Options,
        defines: &'l [(String, String)],
        sources: &'l mut Sources,
    ) -> Self {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let own = path.canonicalize().ok();
        let name = path.file_stem().map(|stem| stem.to_string_lossy());
        let top = Open {
            name: name.unwrap_or_default().into_owned(),
            included: None,
            path: own.clone(),
        };
        Self {
            options,
            defines,
            places: Places::new(options, folder),
            sources,
            open: vec![top],
            done: Vec::new(),
            read: own.into_iter().collect(),
            loaded: Loaded::empty(policy, options),
            statements: 0,
        }
    }

    /// Reads one file that is among the sources: expands the template, parses
    /// it, and takes its declarations. Includes are followed where they are
    /// written.
    fn file(&mut self, file: FileId, name: &str, fault: Option<SyntaxError>) {
        if let Some(fault) = fault {
            self.loaded.diagnostics.push(syntax(file, fault));
            return;
        }
        self.loaded.has_base |= name.starts_with("nk.");
        let expanded = expand(
            self.sources.text(file),
            self.defines,
            file,
            &mut self.loaded.diagnostics,
        );
        let mut parsed = parse_psl_within(&expanded.text, &self.options.limits.of_texts());
        for error in parsed.errors {
            let mut finding = syntax(file, error);
            expanded.relocate(&mut finding, file);
            self.loaded.diagnostics.push(finding);
        }
        if let Some(tree) = parsed.tree.as_mut().filter(|_| expanded.moves()) {
            tree.relocate(&|place| expanded.place(place));
        }
        for declaration in parsed
            .tree
            .map(|tree| tree.declarations)
            .unwrap_or_default()
        {
            if self.exceeds_limit(
                Place {
                    file,
                    span: declaration.span,
                },
                statement_count::of(&declaration),
            ) {
                return;
            }
            match &declaration.kind {
                DeclarationKind::Use(name) => self.include(file, name),
                _ => self.loaded.declarations.push((file, declaration)),
            }
        }
    }

    /// Counts a declaration with its statements, and says whether the policy is
    /// too large by now; reports that once (E520).
    ///
    ///
    /// After the report nothing more is read, so that a hostile policy costs no
    /// more than the limit.
    fn exceeds_limit(&mut self, place: Place, statements: u64) -> bool {
        let most = self.options.limits.policy_statements;
        let before = self.statements;
        self.statements = before.saturating_add(statements);
        if before <= most && self.statements > most {
            let message = format!("the policy has more than {most} declarations and statements");
            let help = format!("split the solution, or {}", raise("policy-statements"));
            self.loaded
                .diagnostics
                .push(Diagnostic::new(Code::POLICY_TOO_LARGE, message, place).help(help));
        }
        self.statements > most
    }

    /// Follows `use name._`. A file that was included before is passed over;
    /// one that is still being read is a cycle (E501).
    ///
    ///
    /// Passing over what was included before is what makes `use nk.base._` in
    /// every file of a policy harmless.
    fn include(&mut self, file: FileId, name: &QName) {
        let place = Place {
            file,
            span: name.span,
        };
        if self.open.iter().skip(1).any(|open| open.name == name.text) {
            self.cycle(name, place, |open| open.name == name.text);
            return;
        }
        if self.done.contains(&name.text) {
            return;
        }
        if self.open.len() > MAX_DEPTH {
            let message = format!("includes nest deeper than {MAX_DEPTH}");
            self.loaded
                .diagnostics
                .push(Diagnostic::new(Code::NESTING_TOO_DEEP, message, place));
            return;
        }
        self.done.push(name.text.clone());
        match self.find(name, file) {
            Included::File(included, fault) => self.included(name, place, included, fault),
            Included::External => self.external(name, place),
            Included::NotFound(searched) => self.nowhere(name, place, &searched),
            Included::Reported => {}
        }
    }

    /// Reads an included file, unless another name has led to it before.
    ///
    ///
    /// The same file may be reached by two names, through `-I` folders or
    /// links: its declarations count once, by its real path.
    fn included(&mut self, name: &QName, place: Place, file: FileId, fault: Option<SyntaxError>) {
        let path = self.sources.path(file).canonicalize().ok();
        if path.is_some() && self.open.iter().any(|open| open.path == path) {
            self.cycle(name, place, |open| open.path == path);
            return;
        }
        if path.as_ref().is_some_and(|path| self.read.contains(path)) {
            return;
        }
        self.read.extend(path.clone());
        self.open.push(Open {
            name: name.text.clone(),
            included: Some(place),
            path,
        });
        self.file(file, &name.text, fault);
        self.open.pop();
    }

    /// Looks for an included file and takes its text into the sources.
    fn find(&mut self, name: &QName, from: FileId) -> Included {
        match self.places.find(&name.text, self.sources.path(from)) {
            Found::File(path, text) => {
                Included::File(self.sources.add(path, text.text), text.fault)
            }
            Found::Unreadable(path, why) => {
                self.loaded
                    .diagnostics
                    .push(unreadable(&path, &Failure::Unreadable(why)));
                Included::Reported
            }
            Found::External => Included::External,
            Found::Missing(searched) => Included::NotFound(searched),
        }
    }

    /// E501: files include each other. `first` recognizes the file that is
    /// included a second time; the message shows the whole way round.
    ///
    ///
    /// There is no order of evaluation for a cycle: each file's declarations
    /// would have to come before the other's.
    fn cycle(&mut self, name: &QName, place: Place, first: impl Fn(&Open) -> bool) {
        let round = self
            .open
            .iter()
            .skip_while(|open| !first(open))
            .map(|open| open.name.as_str());
        let chain: Vec<String> = round
            .chain([name.text.as_str()])
            .map(|name| format!("`{name}`"))
            .collect();
        let message = format!("policy files include each other: {}", chain.join(" → "));
        let mut finding = Diagnostic::new(Code::POLICY_CYCLE, message, place);
        if let Some(there) = self
            .open
            .iter()
            .find(|open| first(open))
            .and_then(|open| open.included)
        {
            finding = finding.other(there, "included here");
        }
        self.loaded
            .diagnostics
            .push(finding.help("move what both need into a third file"));
    }

    /// N541: an external policy file. What it would grant is denied here, so
    /// that the compiled policy is never more permissive than the whole one.
    fn external(&mut self, name: &QName, place: Place) {
        let message = format!(
            "policy file `{}` is external: it is not checked, and what it allows is denied here",
            name.text
        );
        let note = Diagnostic::new(Code::INCOMPLETE_CLASS, message, Some(place));
        self.loaded
            .diagnostics
            .push(note.help("name a folder that has it with `-I` or `-S`"));
    }

    /// E502: an include that leads to no file, with a built-in name that is
    /// near, or the places that were searched.
    fn nowhere(&mut self, name: &QName, place: Place, searched: &[String]) {
        let help = did_you_mean(&name.text, builtin::names()).unwrap_or_else(|| {
            format!(
                "looked for {}; name its folder with `-I` or `-S`",
                searched.join(", ")
            )
        });
        let message = format!("policy file `{}` was not found", name.text);
        self.loaded
            .diagnostics
            .push(Diagnostic::new(Code::POLICY_FILE_NOT_FOUND, message, place).help(help));
    }
}
