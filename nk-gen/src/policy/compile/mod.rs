//! The third step: works out, for every event that can happen, the rules that
//! decide about it (`docs/psl.md` §7): all rules of all bindings that
//! match, in textual order. An event without a rule gets the place that
//! explains its denial.
//!
//! The parts, in the order in which a policy goes through them:
//!
//! - `objects` and `profiles` read the declarations of policy objects and audit
//!   profiles; `models` says what each security model offers.
//! - `clauses` flattens bindings, `match` sections and choices into one list.
//! - `steps` compiles a clause for an event, with `rules` for rule calls and
//!   `expr` for their arguments; `regex` makes the tables of patterns.
//! - `intern` stores equal parts of the program once; `places` numbers places.
//! - `effects` compares what all events met, and warns about grants that come
//!   to nothing.
//!
//! The tables are indexed by pairs of classes, so that the security module
//! finds the decision about a message in constant time.
mod clauses;
mod effects;
mod expr;
mod intern;
mod models;
mod objects;
pub(crate) mod places;
mod profiles;
mod regex;
mod rules;
mod steps;

use crate::analysis::Analysis;
use crate::options::limits::raise;
use crate::policy::check::candidates::{
    CandidateClass, CandidateMethod, Candidates, candidate_class,
};
use crate::policy::check::event::{Parties, ResolvedEvent};
use crate::policy::check::selectors::Constraint;
use crate::policy::read::classes::{Class, Classes};
use crate::policy::read::files::Loaded;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place, Severity};
use clauses::{Clause, Clauses, flatten};
use effects::Effects;
use nk_grammar::psl::{Event, SelectorKey};
use nk_security::{NoRule, Program, RowId, Step, Tree, TreeId};
use objects::Objects;
use places::Places;
use profiles::Profiles;
use std::collections::HashMap;
use steps::StepCompiler;

/// Compiles a policy for the classes of a solution.
///
/// `table` holds the classes in the order of the image's table, whose positions
/// are the class ids of the program. `classes` are those that the policy
/// includes.
///
/// The program is complete only when there is no error among the findings. A
/// solution with more pairs of classes than the limit gets an empty program and
/// E520.
///
///
/// What an external policy file or class would have allowed is denied in the
/// result, which is never more permissive than the whole policy.
#[must_use]
pub fn compile(
    loaded: &Loaded,
    classes: &Classes,
    table: &[Class],
    analysis: &Analysis,
) -> (Program, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let candidate_classes: Vec<CandidateClass<'_>> = table
        .iter()
        .map(|class| candidate_class(&analysis.model, class))
        .collect();
    let candidates = Candidates::new(&candidate_classes, table, classes, &analysis.model);
    let objects = Objects::read(loaded, &mut findings);
    let profiles = Profiles::read(loaded, &objects, &mut findings);
    let flat = flatten(loaded, &candidates, &profiles, &mut findings);
    check_whole(loaded, &flat, &mut findings);
    if let Some(finding) = check_pairs(table.len(), loaded.limits.class_pairs) {
        findings.push(finding);
        return (Program::default(), findings);
    }
    let places = Places::new(&analysis.sources);
    let steps = StepCompiler::new(&analysis.model, &objects, &flat, places);
    let compiler = Compiler {
        clauses: &flat,
        candidate_classes: &candidate_classes,
        table,
        start: loaded.first_place(),
        steps,
        effects: Effects::default(),
    };
    let (mut program, more) = compiler.program();
    findings.extend(more);
    program.objects = objects
        .declared
        .into_iter()
        .map(|declared| declared.object)
        .collect();
    (program.profiles, program.audit) = (profiles.all, profiles.default);
    (program, findings)
}

/// E520 for too many pairs of classes: each is an entry of four tables.
fn check_pairs(classes: usize, most: u64) -> Option<Diagnostic> {
    if classes.saturating_mul(classes) as u64 <= most {
        return None;
    }
    let message = format!("{classes} process classes make more pairs than the limit of {most}");
    let help = format!("split the solution, or {}", raise("class-pairs"));
    Some(Diagnostic::new(Code::POLICY_TOO_LARGE, message, None).help(help))
}

/// W532, W534: what is strange about the policy as a whole. Both are left out
/// when something else is wrong, since that may be the cause.
fn check_whole(loaded: &Loaded, clauses: &Clauses<'_>, findings: &mut Vec<Diagnostic>) {
    if clauses.bindings.is_empty() && findings.is_empty() && loaded.diagnostics.is_empty() {
        let help = "a binding is written `request src=A dst=B { grant () }`";
        let message = "everything is denied: the policy has no binding";
        findings.push(
            Diagnostic::new(Code::DENIES_EVERYTHING, message, loaded.first_place()).help(help),
        );
    }
    if let Some(rule) = clauses.clauses.first().filter(|_| !loaded.has_base) {
        let message = "no model is included: the Base model is used all the same";
        findings
            .push(Diagnostic::new(Code::NO_MODEL, message, rule.place).help("add `use nk.base._`"));
    }
}

/// What the enumeration of events works with.
struct Compiler<'c> {
    /// All bindings and clauses of the policy.
    clauses: &'c Clauses<'c>,
    /// The methods of each class, in the order of `table`.
    candidate_classes: &'c [CandidateClass<'c>],
    table: &'c [Class],
    /// Where the policy begins: the place of denials that no declaration
    /// explains.
    start: Place,
    /// Compiles clauses, and remembers what it compiled.
    steps: StepCompiler<'c>,
    /// What has been met together with each grant so far.
    effects: Effects,
}

/// What is said about an event for which there is no rule, in the audit log and
/// by the tools that explain decisions.
///
///
/// The place is what a person has to change: the inclusion, or the beginning of
/// the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Denial {
    /// Why there is none: a class is not included, or no binding matches.
    reason: NoRule,
    place: Place,
}

/// A selector's classes as positions in the table.
///
/// `None` is any class; `usize::MAX` stands for one that is not in the table,
/// which matches nothing.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// The class of `src=`.
    src: Option<usize>,
    /// The class of `dst=`.
    dst: Option<usize>,
}

impl Pair {
    /// Whether the pair of classes of an event is selected.
    fn matches(self, src: usize, dst: usize) -> bool {
        self.src.is_none_or(|class| class == src) && self.dst.is_none_or(|class| class == dst)
    }
}

/// The bindings and clauses of one kind of event, by position, with their
/// classes looked up once for all pairs.
struct Relevant {
    /// The kind of event.
    event: Event,
    /// Positions of bindings, each with its classes.
    bindings: Vec<(usize, Pair)>,
    /// Positions of clauses, each with its classes.
    clauses: Vec<(usize, Pair)>,
}

/// Those that apply to a pair of classes, by position in textual order. Pairs
/// for which this is equal are decided alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Applicable {
    /// Positions of the bindings that apply.
    bindings: Vec<usize>,
    /// Positions of the clauses that apply.
    clauses: Vec<usize>,
}

/// What decides about a row: the serving class, what is said when no rule
/// matches, what applies, and the pair itself if a choice selects by it further
/// inside.
type SharedRow = (usize, Denial, Applicable, Option<(usize, usize)>);

impl Relevant {
    /// What applies to a pair of classes.
    fn fitting(&self, src: usize, dst: usize) -> Applicable {
        let fitting = |list: &[(usize, Pair)]| {
            list.iter()
                .filter(|(_, pair)| pair.matches(src, dst))
                .map(|(position, _)| *position)
                .collect()
        };
        Applicable {
            bindings: fitting(&self.bindings),
            clauses: fitting(&self.clauses),
        }
    }
}

impl<'c> Compiler<'c> {
    /// Enumerates all events, kind by kind, and puts the program together.
    fn program(mut self) -> (Program, Vec<Diagnostic>) {
        let request = self.pairs(Event::Request);
        let response = self.pairs(Event::Response);
        let error = self.pairs(Event::Error);
        let execute = self.execute();
        let security = self.security();
        let (files, parts, mut findings) = self.steps.finish();
        // among rules that are wrong, it is not known what is granted
        if findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
        {
            findings.extend(self.effects.findings(&self.clauses.clauses));
        }
        (
            Program {
                files,
                request,
                response,
                error,
                execute,
                security,
                ..parts
            },
            findings,
        )
    }

    /// Collects the bindings and clauses of one kind of event.
    fn relevant(&self, event: Event) -> Relevant {
        let positions: HashMap<&str, usize> = self
            .table
            .iter()
            .enumerate()
            .map(|(position, class)| (class.name.as_str(), position))
            .collect();
        let position = |name: &str| positions.get(name).copied().unwrap_or(usize::MAX);
        let pair = |constraint: &Constraint<'_>| Pair {
            src: constraint.get(SelectorKey::Src).map(position),
            dst: constraint.get(SelectorKey::Dst).map(position),
        };
        let bindings = self
            .clauses
            .bindings
            .iter()
            .enumerate()
            .filter(|(_, binding)| binding.event == event);
        let clauses = self
            .clauses
            .clauses
            .iter()
            .enumerate()
            .filter(|(_, clause)| clause.event == event);
        Relevant {
            event,
            bindings: bindings
                .map(|(at, binding)| (at, pair(&binding.constraint)))
                .collect(),
            clauses: clauses
                .map(|(at, clause)| (at, pair(&clause.constraint)))
                .collect(),
        }
    }

    /// The rows of all pairs for a message between two classes, source by
    /// source: the row of (src, dst) is at `src * classes + dst`. Pairs for
    /// which the same rules matter share their row.
    ///
    ///
    /// Large solutions have thousands of pairs and few different rows: sharing
    /// keeps time and size near the number of different rows.
    fn pairs(&mut self, event: Event) -> Vec<RowId> {
        let relevant = self.relevant(event);
        let mut known: HashMap<SharedRow, RowId> = HashMap::new();
        let mut table = Vec::new();
        for src in 0..self.table.len() {
            for dst in 0..self.table.len() {
                let serving = if event == Event::Request { dst } else { src };
                let fitting = relevant.fitting(src, dst);
                let own = self.selects_inside(&fitting).then_some((src, dst));
                let key = (serving, self.denial(src, dst), fitting, own);
                let row = known.get(&key).copied().unwrap_or_else(|| {
                    let methods = self
                        .candidate_classes
                        .get(serving)
                        .map_or(&[][..], |class| &class.methods);
                    self.row(
                        &relevant,
                        methods,
                        Parties::of(self.table, src, dst),
                        key.1,
                        &key.2,
                    )
                });
                known.insert(key, row);
                table.push(row);
            }
        }
        table
    }

    /// Whether a choice among the clauses selects by classes again, so that two
    /// pairs for which the same clauses apply may still differ.
    fn selects_inside(&self, fitting: &Applicable) -> bool {
        let mut clauses = fitting
            .clauses
            .iter()
            .filter_map(|clause| self.clauses.clauses.get(*clause));
        clauses.any(Clause::selects_classes_inside)
    }

    /// The trees of all pairs for the start of a process, source by source.
    fn execute(&mut self) -> Vec<TreeId> {
        let relevant = self.relevant(Event::Execute);
        let mut table = Vec::new();
        for src in 0..self.table.len() {
            for dst in 0..self.table.len() {
                let parties = Parties::of(self.table, src, dst);
                table.push(self.tree(
                    &relevant,
                    None,
                    parties,
                    self.denial(src, dst),
                    &relevant.fitting(src, dst),
                ));
            }
        }
        table
    }

    /// The rows of all classes for requests to the security module. They have
    /// no destination; a class is paired with itself only to have one.
    fn security(&mut self) -> Vec<RowId> {
        let relevant = self.relevant(Event::Security);
        let mut table = Vec::new();
        for (class, candidate) in self.candidate_classes.iter().enumerate() {
            let (parties, fitting) = (
                Parties::of(self.table, class, class),
                relevant.fitting(class, class),
            );
            table.push(self.row(
                &relevant,
                &candidate.security,
                parties,
                self.denial(class, class),
                &fitting,
            ));
        }
        table
    }

    /// One tree for each method of the serving class, in the order of their
    /// numbers.
    fn row(
        &mut self,
        relevant: &Relevant,
        methods: &[CandidateMethod<'c>],
        parties: Parties<'c>,
        denial: Denial,
        fitting: &Applicable,
    ) -> RowId {
        let row = methods
            .iter()
            .map(|method| self.tree(relevant, Some(method), parties, denial, fitting))
            .collect();
        self.steps.interner.row(row)
    }

    /// What decides about one event, among what applies to its classes; a start
    /// has no method.
    fn tree(
        &mut self,
        relevant: &Relevant,
        method: Option<&CandidateMethod<'c>>,
        parties: Parties<'c>,
        denial: Denial,
        fitting: &Applicable,
    ) -> TreeId {
        let tree = self.decision(
            &ResolvedEvent {
                event: relevant.event,
                method,
                parties,
            },
            denial,
            fitting,
        );
        self.steps.interner.tree(tree)
    }

    /// The steps of the clauses that match an event; without one, the empty
    /// binding or the place that explains the denial.
    ///
    ///
    /// An event between classes of which one is not included is denied before
    /// any rule is looked at, as a binding without `src` and `dst` would
    /// otherwise reach it.
    fn decision(
        &mut self,
        event: &ResolvedEvent<'_, 'c>,
        denial: Denial,
        fitting: &Applicable,
    ) -> Tree {
        if denial.reason != NoRule::NotIncluded {
            let clauses = fitting
                .clauses
                .iter()
                .filter_map(|at| Some((*at, self.clauses.clauses.get(*at)?)));
            let applying: Vec<(usize, &Clause<'_>)> = clauses
                .filter(|(_, clause)| event.matches(&clause.constraint))
                .collect();
            let positions: Vec<usize> = applying.iter().map(|(at, _)| *at).collect();
            self.effects.met(&positions, &self.clauses.clauses);
            let steps = applying
                .into_iter()
                .filter_map(|(at, clause)| self.steps.step(at, clause, event));
            let steps: Vec<Step> = steps.collect();
            if !steps.is_empty() {
                return Tree::Rules(self.steps.interner.body(steps));
            }
            let mut bindings = fitting
                .bindings
                .iter()
                .filter_map(|binding| self.clauses.bindings.get(*binding));
            if let Some(empty) = bindings.find(|binding| event.matches(&binding.constraint)) {
                return Tree::NoRule(NoRule::EmptyBinding, self.steps.places.of(empty.place));
            }
        }
        Tree::NoRule(denial.reason, self.steps.places.of(denial.place))
    }

    /// What is said when nothing matches: where the policy includes the
    /// destination, or its beginning when it does not include one of the
    /// classes.
    fn denial(&self, src: usize, dst: usize) -> Denial {
        let included = |class: usize| self.table.get(class).and_then(|class| class.included);
        match (included(src), included(dst)) {
            (Some(_), Some(place)) => Denial {
                reason: NoRule::NoBinding,
                place,
            },
            _ => Denial {
                reason: NoRule::NotIncluded,
                place: self.start,
            },
        }
    }
}
