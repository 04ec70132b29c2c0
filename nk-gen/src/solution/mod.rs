//! Solutions: descriptions, policy and start-up description in, one image out.
//!
//! This is where the two halves of the compiler meet: the model of the
//! descriptions (`crate::analysis`) and the program of the policy
//! (`crate::policy`). The steps of [`build`]:
//!
//! - `init` reads the start-up description, init.yaml;
//! - the policy is read, and all descriptions that either of them names are
//!   analyzed together;
//! - the classes of the solution are put into one table, and the policy is
//!   compiled for them;
//! - `tables`, `shapes` and `plan` write the parts of the image;
//! - `check` compares what start-up description, descriptions and policy say
//!   about each other.
//!
//! [`graph`] reads a finished image back as a graph of processes and channels,
//! for people.
//!
//! ```no_run
//! use nk_gen::solution::{Inputs, build};
//! let inputs = Inputs { init: "init.yaml".into(), policy: "security.psl".into(), ..Inputs::default() };
//! let solution = build(&inputs);
//! if let Some(image) = &solution.image {
//!     nk_gen::emit::write::write_all(&[("filesystem.nki".into(), image.to_bytes().unwrap())]).unwrap();
//! }
//! ```
mod check;
pub mod graph;
pub mod init;
mod plan;
mod provenance;
mod settings;
mod shapes;
mod tables;

use crate::analysis::{Analysis, analyze_within};
use crate::front::find::read;
use crate::front::load::{Mention, syntax};
use crate::options::Options;
use crate::policy::{self, Class, Classes, EINIT, Loaded};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place, Severity};
use crate::text::source::{FileId, Sources};
use crate::text::suggest::did_you_mean;
use init::StartUp;
use nk_grammar::psl::TestSet;
use nk_image::Image;
use std::path::PathBuf;

pub use settings::MaxMessage;

/// What a solution is built from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The solution's name, for people; the name of the policy's folder when
    /// empty.
    pub name: String,
    /// The start-up description; with an empty path nothing is started, which
    /// is enough to run the policy's tests.
    pub init: PathBuf,
    /// The policy's top-level file, which includes the others.
    pub policy: PathBuf,
    /// Values of the template variables of policy and start-up description,
    /// `--define NAME=VALUE`.
    pub defines: Vec<(String, String)>,
    /// Largest message of the solution.
    pub max_message: MaxMessage,
    /// Process classes whose messages are checked in compat mode: what their
    /// encoder may leave in gaps and padding is cleared by the kernel instead
    /// of refused (`docs/wire.md` §8).
    pub compat: Vec<String>,
    /// Where descriptions and policy files are looked for.
    pub options: Options,
}

impl Inputs {
    /// Whether it is a whole solution; without a start-up description the
    /// policy may be a part of another.
    fn is_whole(&self) -> bool {
        !self.init.as_os_str().is_empty()
    }
}

/// A solution as far as it could be built. What is wrong is in
/// [`Analysis::diagnostics`], sorted by place.
#[derive(Debug)]
pub struct Solution {
    /// Everything that was read and found out.
    pub analysis: Analysis,
    /// The image; `None` when there are errors among the findings.
    pub image: Option<Image>,
    /// The tests of the policy, each with its file.
    pub tests: Vec<(FileId, TestSet)>,
    /// The policy as it was read.
    pub(crate) policy: Loaded,
    /// The classes of the image, one by one.
    pub(crate) table: Vec<Class>,
    /// The files of the policy program, one by one.
    pub(crate) policy_files: Vec<FileId>,
}

/// Reads, checks and compiles a solution.
///
/// Files that cannot be read, and mistakes in them, are findings like any
/// other: there is always an answer, and an image exactly when no finding is an
/// error.
///
///
/// The sources of all files that were read are in [`Solution::analysis`], also
/// when there is no image, so that findings can be shown with their lines.
#[must_use]
pub fn build(inputs: &Inputs) -> Solution {
    let mut sources = Sources::default();
    let (init, start_up, mut findings) = start_up(inputs, &mut sources);
    let (options, defines) = (&inputs.options, &inputs.defines);
    let mut loaded = policy::load(&inputs.policy, options, defines, &mut sources);
    let mentions = mentions(&loaded, init, start_up.as_ref());
    let mut analysis = analyze_within(sources, &[], &mentions, Some(&inputs.policy), options);
    let missing = not_found(&mentions, &analysis);
    findings.retain(|finding| !is_consequence(finding, &missing, &analysis.sources));
    let compiled = compile(
        inputs,
        start_up.as_ref(),
        init,
        &loaded,
        &analysis,
        &mut findings,
    );
    findings.append(&mut loaded.diagnostics);
    findings.sort_by_key(|finding| finding.primary.as_ref().map(|label| label.place));
    analysis.diagnostics.append(&mut findings);
    let (image, table, policy_files) = match compiled.filter(|_| !analysis.has_errors()) {
        Some(Compiled {
            image,
            table,
            policy_files,
        }) => (Some(image), table, policy_files),
        None => (None, Vec::new(), Vec::new()),
    };
    Solution {
        analysis,
        image,
        tests: loaded.tests(),
        policy: loaded,
        table,
        policy_files,
    }
}

/// The classes that are needed and have no description, not even an external
/// one.
fn not_found<'m>(mentions: &'m [Mention], analysis: &Analysis) -> Vec<&'m str> {
    let needed = mentions.iter().filter(|mention| mention.needed);
    needed
        .map(|mention| mention.name.as_str())
        .filter(|name| analysis.class(name).is_none())
        .collect()
}

/// The start-up description as a file of `sources`, whether it could be read or
/// not; what it says; what is wrong with it. Without one there are no tasks.
fn start_up(inputs: &Inputs, sources: &mut Sources) -> (FileId, Option<StartUp>, Vec<Diagnostic>) {
    if !inputs.is_whole() {
        return (
            sources.add(&inputs.init, ""),
            Some(StartUp::default()),
            Vec::new(),
        );
    }
    let text = match read(&inputs.init, &inputs.options.limits) {
        Ok(text) => text,
        Err(failure) => {
            let finding = policy::read::files::unreadable(&inputs.init, &failure);
            return (sources.add(&inputs.init, ""), None, vec![finding]);
        }
    };
    let file = sources.add(&inputs.init, text.text);
    if let Some(fault) = text.fault {
        return (file, None, vec![syntax(file, fault)]);
    }
    let (start_up, findings) = init::read(sources.text(file), file, &inputs.defines);
    (file, start_up, findings)
}

/// The process classes that are mentioned, each with the first place that does.
/// `Einit` starts the others, and is needed without being mentioned. A class
/// that the policy only names is not needed, unless a task is of it.
///
///
/// A task of a class that the policy makes under another name (`task class
/// Alias : a.Class`) needs the description of `a.Class`, which the policy
/// mentions.
fn mentions(loaded: &Loaded, init: FileId, start_up: Option<&StartUp>) -> Vec<Mention> {
    let aliases: Vec<&str> = loaded.aliases().collect();
    let tasks = start_up.iter().flat_map(|start_up| &start_up.tasks);
    // a class that the policy defines has no description of its own
    let started = tasks.filter(|task| !aliases.contains(&task.class.text.as_str()));
    let started = started.map(|task| Mention {
        name: task.class.text.clone(),
        place: Some(Place::new(init, task.class.span)),
        needed: true,
    });
    let einit = Mention {
        name: EINIT.to_owned(),
        place: None,
        needed: true,
    };
    let mut all: Vec<Mention> = Vec::new();
    for mention in policy::read::classes::mentions(loaded)
        .chain(started)
        .chain([einit])
    {
        match all.iter_mut().find(|known| known.name == mention.name) {
            // who needs it says where it is missing
            Some(known) if mention.needed && !known.needed => *known = mention,
            Some(_) => {}
            None => all.push(mention),
        }
    }
    all
}

/// The result of compiling a solution without errors.
struct Compiled {
    /// The image, ready to be written.
    image: Image,
    /// The classes of the image, one by one.
    table: Vec<Class>,
    /// The files of the policy program, in the order of their numbers.
    policy_files: Vec<FileId>,
}

/// Compiles what was read.
///
/// Each part is checked as far as it goes without the others, so that one run
/// finds the mistakes of all of them. `None` when anything is wrong; findings
/// of the analysis count too, since the image is made from it.
fn compile(
    inputs: &Inputs,
    start_up: Option<&StartUp>,
    init: FileId,
    loaded: &Loaded,
    analysis: &Analysis,
    findings: &mut Vec<Diagnostic>,
) -> Option<Compiled> {
    let none = StartUp::default();
    let tasks = start_up.unwrap_or(&none);
    let started: Vec<&str> = tasks
        .tasks
        .iter()
        .map(|task| task.class.text.as_str())
        .collect();
    let classes = loaded.classes(analysis, &started, inputs.is_whole(), findings);
    if has_errors(&loaded.diagnostics) {
        // a policy that was not read completely would seem to include too little
        return None;
    }
    let table = class_table(tasks, init, &classes, analysis, findings);
    let missing =
        |name: &str| started.contains(&name) || classes.is_missing(name) || classes.is_meant(name);
    settings::check_compat(&inputs.compat, &table, missing, findings);
    // nothing else in the table needs a description that is not there
    if started.iter().any(|class| analysis.is_incomplete(class)) {
        findings.extend(analysis.missing());
    }
    let (mut program, more) = policy::compile(loaded, &classes, &table, analysis);
    let policy_files = policy::compile::places::file_ids(&program.files, &analysis.sources);
    program.files = provenance::file_names(&program.files, inputs);
    findings.extend(more);
    if has_errors(findings) || analysis.has_errors() {
        return None;
    }
    let image = Image {
        name: provenance::solution_name(inputs),
        tables: tables::build(&analysis.model, &table, &inputs.compat)?,
        program,
        plan: plan::build(start_up?, &table)?,
        max_message: inputs.max_message.bytes(),
    };
    if inputs.is_whole() {
        let check = check::Check {
            image: &image,
            table: &table,
            init,
            policy: loaded.first_place(),
            findings,
        };
        check.run(tasks);
    }
    Some(Compiled {
        image,
        table,
        policy_files,
    })
}

/// Whether a finding only follows from a class that was not found: it says that
/// there is no task of a name which is near that of the missing class. One
/// report of a misspelling is enough.
fn is_consequence(finding: &Diagnostic, missing: &[&str], sources: &Sources) -> bool {
    let target = finding
        .primary
        .iter()
        .filter(|_| finding.code == Code::UNKNOWN_TARGET)
        .find_map(|label| {
            let span = label.place.span;
            sources
                .text(label.place.file)
                .get(span.start as usize..span.end as usize)
        });
    target.is_some_and(|target| did_you_mean(target, missing.iter().copied()).is_some())
}

/// Whether there is an error among findings; warnings and notes stop nothing.
fn has_errors(findings: &[Diagnostic]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
}

/// The classes of the image: all that the policy includes, all that are
/// started, and `Einit`; sorted by name, so that the image does not depend on
/// the order of files.
fn class_table(
    start_up: &StartUp,
    init: FileId,
    classes: &Classes,
    analysis: &Analysis,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Class> {
    let mut table = classes.known.clone();
    for task in &start_up.tasks {
        let place = Place {
            file: init,
            span: task.class.span,
        };
        check::add_started_class(
            &task.class.text,
            place,
            &mut table,
            (classes, analysis),
            findings,
        );
    }
    if let Some(component) = analysis.class(EINIT).and_then(crate::model::Target::known)
        && !table.iter().any(|class| class.name == EINIT)
    {
        table.push(Class {
            name: EINIT.to_owned(),
            component,
            included: None,
        });
    }
    table.sort_by(|a, b| a.name.cmp(&b.name));
    table
}
