//! init.yaml: which tasks a solution starts and how they are connected
//! (`docs/init.md` §2).
//!
//! ```yaml
//! entities:
//! - name: a.Client
//!   connections:
//!   - target: a.Server
//!     id: server_connection
//! - name: a.Server
//! ```
//!
//! [`read`] turns the text into [`StartUp`] and finds every mistake that the
//! file alone shows; what the classes and the policy say about it is checked by
//! [`crate::solution`]. The steps: template variables are replaced, `yaml`
//! parses the text into nodes with places, `schema` reads tasks out of them,
//! and `check` applies the rules that a file must keep. `order` is the order of
//! the start.
mod check;
mod order;
mod schema;
mod yaml;

pub(crate) use check::is_dropped;
pub use order::start_order;

use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place, Severity};
use crate::text::source::FileId;
use crate::text::template::expand;
use nk_grammar::syntax::{Name, Span};

/// The tasks of a solution in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartUp {
    /// One for each list item below `entities`.
    pub tasks: Vec<Task>,
}

/// A task to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// `name`: the process class.
    pub class: Name,
    /// `task`: its own name; the class's name when it is not given.
    pub name: Name,
    /// `path`: the executable; the last element of the class's name when it is
    /// not given.
    pub path: Name,
    /// `args`: `argv[1..]`.
    pub args: Vec<Name>,
    /// `env`: variables and their values.
    pub env: Vec<(Name, Name)>,
    /// `connections`: channels to servers.
    pub connections: Vec<Connection>,
}

/// A channel from the task that lists it to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// `target`: the server's task name.
    pub target: Name,
    /// `id`: the channel's name.
    pub id: Name,
}

impl StartUp {
    /// Gives every name the place that `to` says: from the expanded template
    /// back to the file on disk.
    fn relocate(&mut self, to: &dyn Fn(Span) -> Span) {
        for Task {
            class,
            name,
            path,
            args,
            env,
            connections,
        } in &mut self.tasks
        {
            let variables = env.iter_mut().flat_map(|(key, value)| [key, value]);
            let channels = connections
                .iter_mut()
                .flat_map(|connection| [&mut connection.target, &mut connection.id]);
            let names = [class, name, path]
                .into_iter()
                .chain(args)
                .chain(variables)
                .chain(channels);
            names.for_each(|name| name.span = to(name.span));
        }
    }
}

/// Values for the variables of a template, `--define NAME=VALUE`.
pub type Defines = [(String, String)];

/// The file, for places.
#[must_use]
pub fn read(text: &str, file: FileId, defines: &Defines) -> (Option<StartUp>, Vec<Diagnostic>) {
    let mut findings = Findings {
        file,
        list: Vec::new(),
    };
    let expanded = expand(text, defines, file, &mut findings.list);
    let in_place = findings.list.len();
    let root = yaml::parse(&expanded.text, &mut findings);
    let mut entries = root.and_then(|root| schema::start_up(&root, defines, &mut findings));
    if let Some(entries) = &mut entries {
        check::check(entries, expanded.without_supplied, &mut findings);
        entries.start_up.relocate(&|place| expanded.place(place));
    }
    let mut list = findings.list;
    list.iter_mut()
        .skip(in_place)
        .for_each(|finding| expanded.relocate(finding, file));
    list.sort_by_key(|finding| finding.primary.as_ref().map(|label| label.place));
    let wrong = list
        .iter()
        .any(|finding| finding.severity == Severity::Error && finding.code != Code::UNKNOWN_TARGET);
    (
        entries.map(|entries| entries.start_up).filter(|_| !wrong),
        list,
    )
}

/// Findings about one file.
struct Findings {
    file: FileId,
    /// The findings in the order in which they were made; sorted at the end.
    list: Vec<Diagnostic>,
}

impl Findings {
    /// A span of the file as a place.
    fn place(&self, span: Span) -> Place {
        Place {
            file: self.file,
            span,
        }
    }

    /// Adds an error with what to do about it. The severity is that of the
    /// code.
    fn error(
        &mut self,
        code: Code,
        message: impl Into<String>,
        span: Span,
        help: impl Into<String>,
    ) {
        self.list
            .push(Diagnostic::new(code, message, self.place(span)).help(help));
    }

    /// Adds a warning with what to do about it. The severity is that of the
    /// code.
    fn warning(
        &mut self,
        code: Code,
        message: impl Into<String>,
        span: Span,
        help: impl Into<String>,
    ) {
        self.list
            .push(Diagnostic::new(code, message, self.place(span)).help(help));
    }
}
