//! Reads a policy and everything it includes, each file once, into one row of
//! declarations in the order of evaluation: an included file stands where it is
//! included (`spec/psl-runtime.md` §A.3, §A.7.6).
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

/// Deepest nesting of includes.
const MAX_DEPTH: usize = 64;

/// A policy as read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The policy's own file, the one that includes the others.
    pub policy: FileId,
    /// Declarations in the order of evaluation, includes replaced by what they
    /// include.
    pub declarations: Vec<(FileId, Declaration)>,
    /// Findings so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the Base model is included, which any model brings along.
    pub has_base: bool,
    /// Whether a pattern need not describe the whole text, as before 1.4.
    pub(in crate::policy) regex_search: bool,
    /// How large a policy may be.
    pub(in crate::policy) limits: Limits,
}

impl Loaded {
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

/// Reads the policy at `path`, with template variables replaced; its texts are
/// taken into `sources`.
#[must_use]
pub fn load(
    path: &Path,
    options: &Options,
    defines: &[(String, String)],
    sources: &mut Sources,
) -> Loaded {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let text = read(path, &options.limits);
    let policy = sources.add(
        path,
        text.as_ref()
            .map(|text| text.text.clone())
            .unwrap_or_default(),
    );
    let loaded = Loaded {
        policy,
        declarations: Vec::new(),
        diagnostics: Vec::new(),
        has_base: false,
        regex_search: options.regex_search,
        limits: options.limits.clone(),
    };
    let places = Places::new(options, folder);
    let own = path.canonicalize().ok();
    let name = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let open = vec![Open {
        name,
        included: None,
        path: own.clone(),
    }];
    let read = own.into_iter().collect();
    let mut reader = Reader {
        options,
        defines,
        places,
        sources,
        open,
        done: Vec::new(),
        read,
        loaded,
        statements: 0,
    };
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
        Code::UNREADABLE,
        format!("cannot read `{}`: {reason}", path.display()),
        None,
    )
}

struct Reader<'l> {
    options: &'l Options,
    defines: &'l [(String, String)],
    places: Places,
    sources: &'l mut Sources,
    /// The files being read: the way from the top-level file to here.
    open: Vec<Open>,
    /// The names that were included.
    done: Vec<String>,
    /// The files that were read.
    read: Vec<PathBuf>,
    loaded: Loaded,
    /// Declarations and statements so far.
    statements: u64,
}

/// A file that is being read.
struct Open {
    name: String,
    /// Where it is included; the top-level file is not.
    included: Option<Place>,
    path: Option<PathBuf>,
}

/// Where an include leads.
enum Included {
    File(FileId, Option<SyntaxError>),
    External,
    NotFound(Vec<String>),
    Reported,
}

impl Reader<'_> {
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

    /// Counts a declaration; reports once when the policy says too much (E520).
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
            Found::NotFound(searched) => Included::NotFound(searched),
        }
    }

    /// `first` is the file that is included a second time.
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

    fn nowhere(&mut self, name: &QName, place: Place, searched: &[String]) {
        let help = did_you_mean(&name.text, builtin::names()).unwrap_or_else(|| {
            format!(
                "searched for {}; name its folder with `-I` or `-S`",
                searched.join(", ")
            )
        });
        let message = format!("policy file `{}` was not found", name.text);
        self.loaded
            .diagnostics
            .push(Diagnostic::new(Code::POLICY_FILE_NOT_FOUND, message, place).help(help));
    }
}
