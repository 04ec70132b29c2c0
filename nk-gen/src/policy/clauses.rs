//! A policy as one flat row of rules, each with everything that its event must fit: the selectors of its binding and of
//! all `match` sections around it (`spec/psl-runtime.md` §A.5.3).
use super::files::{Loaded, place};
use super::rules::{self, Verdict};
use super::scene::Scene;
use super::selectors::Constraint;
use crate::diagnostic::{Diagnostic, Place};
use crate::source::FileId;
use nk_grammar::psl::{Binding, Block, DeclarationKind, Event, Selector, StatementKind};

/// A binding.
#[derive(Debug)]
pub(super) struct Bound<'p> {
    /// Its kind of event.
    pub(super) event: Event,
    /// Its own selectors.
    pub(super) constraint: Constraint<'p>,
    /// The word that begins it.
    pub(super) place: Place,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Clause<'p> {
    /// The kind of event of its binding.
    pub(super) event: Event,
    /// All selectors around it.
    pub(super) constraint: Constraint<'p>,
    /// What it says.
    pub(super) verdict: Verdict,
    /// Where it stands.
    pub(super) place: Place,
}

/// All bindings and rules, in textual order.
#[derive(Debug, Default)]
pub(super) struct Clauses<'p> {
    /// The bindings.
    pub(super) bindings: Vec<Bound<'p>>,
    /// The rules.
    pub(super) rules: Vec<Clause<'p>>,
}

/// Flattens a policy, and checks every selector and statement on the way.
pub(super) fn flatten<'p>(loaded: &'p Loaded, scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) -> Clauses<'p> {
    let mut flattener =
        Flattener { scene, findings, file: FileId(0), event: Event::Request, clauses: Clauses::default() };
    for (file, declaration) in &loaded.declarations {
        flattener.file = *file;
        if let DeclarationKind::Binding(binding) = &declaration.kind {
            flattener.binding(binding);
        }
        flattener.findings.extend(rules::declaration(&declaration.kind, place(*file, declaration.span)));
    }
    flattener.clauses
}

struct Flattener<'p, 's, 'f> {
    scene: &'s Scene<'s>,
    findings: &'f mut Vec<Diagnostic>,
    file: FileId,
    event: Event,
    clauses: Clauses<'p>,
}

impl<'p> Flattener<'p, '_, '_> {
    fn binding(&mut self, binding: &'p Binding) {
        self.event = binding.event;
        let place = place(self.file, binding.event_span);
        let Some(constraint) = self.narrow(&Constraint::default(), &binding.selectors) else { return };
        self.clauses.bindings.push(Bound { event: binding.event, constraint: constraint.clone(), place });
        self.block(&binding.block, &constraint);
    }

    /// The depth of `match` sections is limited by the parser.
    fn block(&mut self, block: &'p Block, around: &Constraint<'p>) {
        if let Some(profile) = &block.audit {
            self.findings.push(rules::audit(place(self.file, profile.span)));
        }
        for statement in &block.statements {
            let here = place(self.file, statement.span);
            match &statement.kind {
                StatementKind::Match { selectors, block } => {
                    if let Some(inner) = self.narrow(around, selectors) {
                        self.block(block, &inner);
                    }
                }
                StatementKind::Choice => self.findings.push(rules::choice(here)),
                StatementKind::Rule { name, argument } => match rules::verdict(name, argument, here) {
                    Ok(verdict) => self.clauses.rules.push(Clause {
                        event: self.event,
                        constraint: around.clone(),
                        verdict,
                        place: here,
                    }),
                    Err(finding) => self.findings.push(finding),
                },
            }
        }
    }

    /// The selectors around and these; nothing when they are wrong or contradict each other.
    fn narrow(&mut self, around: &Constraint<'p>, selectors: &'p [Selector]) -> Option<Constraint<'p>> {
        let before = self.findings.len();
        let narrowed = around.and(selectors, self.file, self.findings)?;
        self.scene.check(self.event, &narrowed, selectors, self.file, self.findings);
        let wrong = |finding: &Diagnostic| finding.severity == crate::diagnostic::Severity::Error;
        let fine = !self.findings.iter().skip(before).any(wrong);
        fine.then_some(narrowed)
    }
}
