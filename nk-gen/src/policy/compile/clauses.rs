//! A policy as one flat list of rules and choices, each with everything that
//! its event must match: the selectors of its binding and of all `match`
//! sections around it, and the audit profile in force (`docs/psl.md`
//! §5.3).
//!
//! After this step nothing nests but choices, whose alternatives have lists of
//! clauses of their own. Each selector and statement is checked once here,
//! however many events there are.
use super::profiles::Profiles;
use super::rules;
use crate::policy::check::candidates::Candidates;
use crate::policy::check::selectors::Constraint;
use crate::policy::read::files::Loaded;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place, Severity};
use crate::text::source::FileId;
use nk_grammar::psl::{
    Alternative, Binding, Block, DeclarationKind, Event, Selector, Statement, StatementKind, Value,
    ValueKind,
};
use nk_grammar::syntax::QName;
use nk_security::ProfileId;

/// The head of a binding. It matters by itself only for events that it matches
/// without a rule that does: `request {}` explains such a denial.
#[derive(Debug)]
pub(in crate::policy) struct Bound<'p> {
    /// Its kind of event.
    pub(in crate::policy) event: Event,
    /// The selectors of its head.
    pub(in crate::policy) constraint: Constraint<'p>,
    /// The word that begins it.
    pub(in crate::policy) place: Place,
}

/// A rule or a choice.
///
///
/// ```text
/// request src=a.A {                 // event and first part of the constraint
///     match endpoint=log.write {    // rest of the constraint
///         grant ()                  // the clause
///     }
/// }
/// ```
#[derive(Debug)]
pub(in crate::policy) struct Clause<'p> {
    /// The kind of event of its binding.
    pub(in crate::policy) event: Event,
    /// All selectors around it, joined.
    pub(in crate::policy) constraint: Constraint<'p>,
    /// The call or the choice itself.
    pub(in crate::policy) kind: ClauseKind<'p>,
    /// The audit profile of the innermost block that has one; `None` leaves it
    /// to `audit default`.
    pub(in crate::policy) profile: Option<ProfileId>,
    /// Where it stands.
    pub(in crate::policy) place: Place,
}

/// What a clause says.
#[derive(Debug)]
pub(in crate::policy) enum ClauseKind<'p> {
    /// `rule argument`: `grant ()`, `flow.enter {sid : src_sid, state :
    /// "open"}`.
    Rule {
        /// Object and rule with a dot between them, or a rule of the implicit
        /// `base`.
        name: &'p QName,
        /// Its argument.
        argument: &'p Value,
    },
    /// `choice (selector) { "key" : …, _ : … }`
    Choice {
        /// What selects.
        selector: &'p Value,
        /// The alternatives in textual order: key, and what decides when it
        /// applies.
        options: Vec<(&'p Value, Vec<Clause<'p>>)>,
    },
}

/// All bindings and clauses, in textual order.
#[derive(Debug, Default)]
pub(in crate::policy) struct Clauses<'p> {
    /// The bindings.
    pub(in crate::policy) bindings: Vec<Bound<'p>>,
    /// The rules and choices.
    pub(in crate::policy) clauses: Vec<Clause<'p>>,
}

/// Flattens a policy, and checks every selector and statement on the way. A
/// binding or section with a wrong selector is left out with all that is in it:
/// nothing is known about what it matches.
pub(in crate::policy) fn flatten<'p>(
    loaded: &'p Loaded,
    candidates: &Candidates<'_>,
    profiles: &Profiles,
    findings: &mut Vec<Diagnostic>,
) -> Clauses<'p> {
    let mut all = Clauses::default();
    for (file, declaration) in &loaded.declarations {
        let mut flattener = Flattener {
            candidates,
            profiles,
            findings,
            file: *file,
            event: Event::Request,
        };
        if let DeclarationKind::Binding(binding) = &declaration.kind {
            flattener.binding(binding, &mut all);
        }
        findings.extend(rules::declaration(
            &declaration.kind,
            Place::new(*file, declaration.span),
        ));
    }
    all
}

/// What flattening one declaration works with.
struct Flattener<'s, 'f> {
    /// What selectors may name.
    candidates: &'s Candidates<'s>,
    /// The audit profiles that a block may name.
    profiles: &'s Profiles,
    findings: &'f mut Vec<Diagnostic>,
    file: FileId,
    /// The kind of event of its binding.
    event: Event,
}

impl Flattener<'_, '_> {
    /// Flattens a binding.
    fn binding<'p>(&mut self, binding: &'p Binding, all: &mut Clauses<'p>) {
        self.event = binding.event;
        let place = Place::new(self.file, binding.event_span);
        let Some(constraint) = self.narrow(&Constraint::default(), &binding.selectors) else {
            return;
        };
        all.bindings.push(Bound {
            event: binding.event,
            constraint: constraint.clone(),
            place,
        });
        self.block(&binding.block, &constraint, None, &mut all.clauses);
    }

    /// Flattens the statements of a block. Its audit profile replaces the one
    /// around it; an unknown one is reported, and changes nothing. The depth of
    /// `match` sections and choices is limited by the parser.
    fn block<'p>(
        &mut self,
        block: &'p Block,
        around: &Constraint<'p>,
        profile: Option<ProfileId>,
        clauses: &mut Vec<Clause<'p>>,
    ) {
        let profile = match block
            .audit
            .as_ref()
            .map(|name| self.profiles.find(name, self.file))
        {
            Some(Ok(own)) => Some(own),
            Some(Err(finding)) => {
                self.findings.push(*finding);
                profile
            }
            None => profile,
        };
        for statement in &block.statements {
            self.statement(statement, around, profile, clauses);
        }
    }

    /// Adds the clause of a rule or choice, or those inside a `match` section.
    ///
    ///
    /// Clauses inside an alternative are not added to the list: they belong to
    /// the choice, with the constraint that holds where they are.
    fn statement<'p>(
        &mut self,
        statement: &'p Statement,
        around: &Constraint<'p>,
        profile: Option<ProfileId>,
        clauses: &mut Vec<Clause<'p>>,
    ) {
        let kind = match &statement.kind {
            StatementKind::Match { selectors, block } => {
                if let Some(inner) = self.narrow(around, selectors) {
                    self.block(block, &inner, profile, clauses);
                }
                return;
            }
            StatementKind::Choice {
                selector,
                alternatives,
            } => {
                self.check_choice(alternatives);
                let mut options = Vec::new();
                for alternative in alternatives {
                    let mut inner = Vec::new();
                    self.block(&alternative.block, around, profile, &mut inner);
                    options.push((&alternative.key, inner));
                }
                ClauseKind::Choice { selector, options }
            }
            StatementKind::Rule { name, argument } => ClauseKind::Rule { name, argument },
        };
        let place = Place::new(self.file, statement.span);
        clauses.push(Clause {
            event: self.event,
            constraint: around.clone(),
            kind,
            profile,
            place,
        });
    }

    /// E516 for a duplicate key, or one after `_`: the first alternative that
    /// applies is the only one.
    fn check_choice(&mut self, alternatives: &[Alternative]) {
        let any = |key: &Value| matches!(&key.kind, ValueKind::Path(path) if path.text == "_");
        let same = |a: &Value, b: &Value| match (&a.kind, &b.kind) {
            (ValueKind::Path(a), ValueKind::Path(b)) => a.text == b.text,
            (a, b) => a == b,
        };
        for (at, alternative) in alternatives.iter().enumerate() {
            let (key, here) = (
                &alternative.key,
                Place::new(self.file, alternative.key.span),
            );
            let before = alternatives
                .iter()
                .take(at)
                .find(|other| any(&other.key) || same(&other.key, key));
            if let Some(other) = before {
                let there = Place::new(self.file, other.key.span);
                let finding = Diagnostic::new(
                    Code::UNREACHABLE_ALTERNATIVE,
                    "this alternative is never chosen",
                    here,
                );
                self.findings.push(
                    finding
                        .other(there, "chosen before")
                        .help("remove one, or move `_` to the end"),
                );
            }
        }
    }

    /// The selectors around and these; `None` when one of them is wrong or
    /// contradicts another.
    ///
    ///
    /// Only errors make it `None`; a warning about a selector that never
    /// matches leaves the clause, which then matches nothing.
    fn narrow<'p>(
        &mut self,
        around: &Constraint<'p>,
        selectors: &'p [Selector],
    ) -> Option<Constraint<'p>> {
        let before = self.findings.len();
        let narrowed = around.and(selectors, self.file, self.findings)?;
        self.candidates
            .check(self.event, &narrowed, selectors, self.file, self.findings);
        let wrong = |finding: &Diagnostic| finding.severity == Severity::Error;
        let fine = !self.findings.iter().skip(before).any(wrong);
        fine.then_some(narrowed)
    }
}
