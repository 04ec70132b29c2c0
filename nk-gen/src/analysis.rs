//! The pipeline: files in, model and findings out.
use crate::front::find::NameSet;
use crate::front::load::{Mention, Program, Reach};
use crate::front::{lint, load, resolve};
use crate::model::{ComponentId, Model, PackageId, Root, Target};
use crate::model::{digest, layout, numbering};
use crate::options::Options;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Severity};
use crate::text::source::{FileId, Sources};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Everything that one run found out.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// The texts that were read.
    pub sources: Sources,
    /// What they describe. With errors in [`Analysis::diagnostics`] it is
    /// incomplete: for looking at, not for generating.
    pub model: Model,
    /// What the files of the command line declared, in their order.
    pub roots: Vec<Root>,
    /// The findings, by file and place; those without a place stand first.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read.
    pub files_read: Vec<PathBuf>,
    /// The paths below `-I` that were looked at and do not exist; the result
    /// may change when one appears.
    pub files_missed: Vec<PathBuf>,
    /// The `-S` folders; the result may change when a description appears
    /// anywhere below.
    pub folders: Vec<PathBuf>,
    /// What became of the asked names, see [`Analysis::class`].
    classes: Vec<(String, Target<ComponentId>)>,
}

/// Reads `files` and everything they refer to, and the process classes `names`;
/// checks all of it and builds the model. A name that is found nowhere is a
/// finding without a place.
#[must_use]
pub fn analyze(files: &[PathBuf], names: &[String], options: &Options) -> Analysis {
    let mentions: Vec<Mention> = names
        .iter()
        .map(|name| Mention {
            name: name.clone(),
            place: None,
            needed: true,
        })
        .collect();
    analyze_within(Sources::default(), files, &mentions, None, options)
}

/// Like [`analyze`], for a run that has read texts already: the policy and the
/// start-up description that mention the classes are among `sources`, to which
/// the descriptions are added. `origin` is the file that all of it is for: of
/// several descriptions of one name, the nearest is meant.
#[must_use]
pub fn analyze_within(
    sources: Sources,
    files: &[PathBuf],
    mentions: &[Mention],
    origin: Option<&Path>,
    options: &Options,
) -> Analysis {
    let mut findings = Vec::new();
    let program = load::load(sources, files, (mentions, origin), options, &mut findings);
    let declared = resolve::names::declare(&program, &mut findings);
    let constants = resolve::constants::evaluate(&program, &declared, &mut findings);
    let mut model = resolve::types::resolve(&program, &declared, &constants, &mut findings);
    let deepest = options.limits.type_nesting;
    let (order, depths) = resolve::recursion::cut(&mut model, deepest, &mut findings);
    resolve::methods::resolve(&mut model, &program, &declared, &constants, &mut findings);
    resolve::recursion::cut_parameters(&mut model, &depths, deepest, &mut findings);
    layout::lay_out(&mut model, &order, &options.limits, &mut findings);
    resolve::components::resolve(&mut model, &program, &mut findings);
    numbering::number(&mut model, &options.limits, &mut findings);
    digest::stamp(&mut model);
    findings.extend(lint::check(&program, &model));
    forget_warnings_about_our_own(&program, &mut findings);
    finish(program, model, mentions, options, findings)
}

/// Warnings help the author of a description; those of the built-in ones are
/// not the user's to change.
fn forget_warnings_about_our_own(program: &Program, findings: &mut Vec<Diagnostic>) {
    let ours: HashSet<FileId> = program.built_in().collect();
    let about_ours = |finding: &Diagnostic| {
        finding
            .primary
            .as_ref()
            .is_some_and(|at| ours.contains(&at.place.file))
    };
    findings.retain(|finding| finding.severity == Severity::Error || !about_ours(finding));
}

fn finish(
    program: Program,
    model: Model,
    names: &[Mention],
    options: &Options,
    mut diagnostics: Vec<Diagnostic>,
) -> Analysis {
    diagnostics.sort_by_key(|finding| finding.primary.as_ref().map(|label| label.place));
    let root = |(set, position): &(NameSet, usize)| match set {
        NameSet::Package => Root::Package(PackageId::at(*position)),
        NameSet::Component => Root::Component(ComponentId::at(*position)),
    };
    let class = |Mention { name, .. }: &Mention| match program.reach(NameSet::Component, name) {
        Reach::Known(position) => Some((name.clone(), Target::Known(ComponentId::at(position)))),
        Reach::External => Some((name.clone(), Target::External(name.clone()))),
        Reach::Broken => None,
    };
    Analysis {
        roots: program.roots.iter().map(root).collect(),
        classes: names.iter().filter_map(class).collect(),
        sources: program.sources,
        model,
        diagnostics,
        files_read: program.files_read,
        files_missed: program.files_missed,
        folders: options.sources.clone(),
    }
}

impl Analysis {
    /// Whether nothing may be generated.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    /// Whether a file that the user named could not be read at all: a fault of
    /// the machine, not of a description.
    #[must_use]
    pub fn unreadable(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|finding| finding.severity == Severity::Error && finding.code == Code::UNREADABLE)
    }

    /// What became of one of the names given to [`analyze`]; `None` when it was
    /// not found, which is reported.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&Target<ComponentId>> {
        self.classes
            .iter()
            .find(|(asked, _)| asked == name)
            .map(|(_, target)| target)
    }

    /// Whether a process class that was asked for depends on something
    /// external.
    #[cfg(feature = "policy")]
    pub(crate) fn is_incomplete(&self, name: &str) -> bool {
        let component = self.class(name).and_then(Target::known);
        component.is_some_and(|component| self.model.component(component).digest.is_none())
    }

    /// What stops code generation: external names whose layout or content it
    /// would need, each once.
    #[must_use]
    pub fn missing(&self) -> Vec<Diagnostic> {
        let mut seen = HashSet::new();
        let first = self
            .model
            .externals
            .iter()
            .filter(|external| seen.insert(external.name.as_str()));
        first
            .map(|external| {
                let message =
                    format!("generating code needs the description of `{}`, which was found nowhere", external.name);
                let help = "name a folder that has it with `-I` or `-S`; `--external` is enough for `check` only";
                Diagnostic::new(Code::MISSING_DESCRIPTION, message, external.place).help(help)
            })
            .collect()
    }
}
