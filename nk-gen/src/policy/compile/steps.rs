//! Compiles the rules and choices that match an event into steps of the policy
//! program.
//!
//! A clause is compiled once for each method, because types and offsets in the
//! message depend on it, and once for each pair of classes only if it selects
//! by classes inside. A clause that matches nothing is compiled too, with an
//! unknown message, so that its mistakes are found.
use super::clauses::{Clause, ClauseKind, Clauses};
use super::expr::{ExprCompiler, Scalar, Scope, Term};
use super::intern::Interner;
use super::objects::Objects;
use super::places::Places;
use crate::model::Model;
use crate::policy::check::candidates::MethodId;
use crate::policy::check::event::{Parties, ResolvedEvent};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use nk_grammar::psl::{SelectorKey, Value};
use nk_grammar::syntax::QName;
use nk_security::{Alternative, BodyId, Choice, Program, Rule, Step, Test};
use std::collections::{HashMap, HashSet};

/// Messages that one finding joins at most.
const MAX_LISTED: usize = 3;

/// What the step of a clause depends on: its position, the method, and the
/// classes if it selects by them.
type Key<'c> = (usize, Option<MethodId>, Option<Parties<'c>>);

/// Compiles clauses, and remembers what they were compiled to.
pub(in crate::policy) struct StepCompiler<'c> {
    /// Types and layouts of messages.
    model: &'c Model,
    /// The policy objects that rules and expressions name.
    objects: &'c Objects,
    /// All clauses, for those that match nothing.
    clauses: &'c Clauses<'c>,
    /// The places of the program.
    pub(in crate::policy) places: Places<'c>,
    /// The parts of the program.
    pub(in crate::policy) interner: Interner,
    /// What was compiled before; `None` for a clause that is wrong.
    known: HashMap<Key<'c>, Option<Step>>,
    /// What was wrong, as often as it was met.
    findings: Vec<Diagnostic>,
}

impl<'c> StepCompiler<'c> {
    /// Nothing compiled yet.
    pub(in crate::policy) fn new(
        model: &'c Model,
        objects: &'c Objects,
        clauses: &'c Clauses<'c>,
        places: Places<'c>,
    ) -> Self {
        let (interner, known, findings) = (Interner::new(), HashMap::new(), Vec::new());
        Self {
            model,
            objects,
            clauses,
            places,
            interner,
            known,
            findings,
        }
    }

    /// The step of a clause that matches an event; `None` when it is wrong,
    /// which has been reported.
    ///
    ///
    /// `at` is the position of the clause, and with method and classes the key
    /// of what was compiled before. A mistake is found once for each key;
    /// [`merge_duplicates`] joins them at the end.
    pub(in crate::policy) fn step(
        &mut self,
        at: usize,
        clause: &'c Clause<'c>,
        event: &ResolvedEvent<'_, 'c>,
    ) -> Option<Step> {
        let parties = clause.selects_classes_inside().then_some(event.parties);
        let key = (at, event.method.map(|method| method.id), parties);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let scope = match event.method {
            Some(method) => Scope::Message {
                event: event.event,
                interface: method.interface,
                method: method.described,
            },
            None => Scope::Start,
        };
        let step = self.compile_clause(clause, scope, Some(event));
        self.known.insert(key, step);
        step
    }

    /// The depth of choices is limited by the parser.
    fn compile_clause(
        &mut self,
        clause: &Clause<'_>,
        scope: Scope<'c>,
        event: Option<&ResolvedEvent<'_, 'c>>,
    ) -> Option<Step> {
        match &clause.kind {
            ClauseKind::Rule { name, argument } => self.rule(clause, name, argument, scope),
            ClauseKind::Choice { selector, options } => {
                self.choice(clause, selector, options, scope, event)
            }
        }
    }

    /// `rule argument`
    fn rule(
        &mut self,
        clause: &Clause<'_>,
        name: &QName,
        argument: &Value,
        scope: Scope<'c>,
    ) -> Option<Step> {
        let mut compiler = self.expr_compiler(clause.place, scope);
        let called = compiler.rule(name, argument);
        let reads = std::mem::take(&mut compiler.reads);
        let (object, call) = called?;
        let place = self.places.of(clause.place);
        Some(Step::Rule(self.interner.rule(Rule {
            object,
            call,
            place,
            profile: clause.profile,
            reads,
        })))
    }

    /// `choice (selector) { key : …, … }`
    ///
    ///
    /// A choice compiles its selector once and each alternative by itself. The
    /// first one whose test is true is the only one that runs, also when it has
    /// no rules.
    fn choice(
        &mut self,
        clause: &Clause<'_>,
        selector: &Value,
        options: &[(&Value, Vec<Clause<'_>>)],
        scope: Scope<'c>,
        event: Option<&ResolvedEvent<'_, 'c>>,
    ) -> Option<Step> {
        let mut compiler = self.expr_compiler(clause.place, scope);
        let term = compiler.term(selector);
        let keys = options.iter().map(|(key, _)| *key);
        let (selected, tests) = compiler.selected(&term, selector, keys);
        let reads = std::mem::take(&mut compiler.reads);
        // every one is compiled, so that one run finds the mistakes of all
        let bodies: Vec<Option<BodyId>> = options
            .iter()
            .map(|(_, clauses)| self.alternative_body(clauses, scope, event))
            .collect();
        let alternatives: Option<Vec<Alternative>> = tests
            .into_iter()
            .zip(bodies)
            .map(|(test, body)| {
                Some(Alternative {
                    test: test?,
                    body: body?,
                })
            })
            .collect();
        let (alternatives, id) = (alternatives?, selected?);
        self.check_complete(clause.place, selector, &term, &alternatives);
        let (place, profile) = (self.places.of(clause.place), clause.profile);
        Some(Step::Choice(self.interner.choice(Choice {
            selector: id,
            alternatives,
            place,
            profile,
            reads,
        })))
    }

    /// The clauses of an alternative that match the event; `None` when one of
    /// them is wrong.
    fn alternative_body(
        &mut self,
        clauses: &[Clause<'_>],
        scope: Scope<'c>,
        event: Option<&ResolvedEvent<'_, 'c>>,
    ) -> Option<BodyId> {
        let matching = clauses
            .iter()
            .filter(|clause| event.is_none_or(|event| event.matches(&clause.constraint)));
        let steps: Vec<Option<Step>> = matching
            .map(|clause| self.compile_clause(clause, scope, event))
            .collect();
        let steps: Option<Vec<Step>> = steps.into_iter().collect();
        steps.map(|steps| self.interner.body(steps))
    }

    /// W530: a choice that may find no alternative, which denies the event.
    ///
    ///
    /// ```text
    /// choice (door.query {sid : dst_sid}) {
    ///     "open" : grant ()
    ///     _      : deny ()     // without this line: W530
    /// }
    /// ```
    fn check_complete(
        &mut self,
        place: Place,
        selector: &Value,
        term: &Term<'_>,
        alternatives: &[Alternative],
    ) {
        let any = |alternative: &Alternative| alternative.test == Test::Any;
        if self.covers_all(term, alternatives.len()) || alternatives.iter().any(any) {
            return;
        }
        let message = "this choice has no alternative `_`: any other value is denied";
        let here = Place::new(place.file, selector.span);
        let finding = Diagnostic::new(Code::INCOMPLETE_CHOICE, message, here);
        self.findings
            .push(finding.help("add `_ : deny ()` to say so"));
    }

    /// Whether so many different keys are all values that a selector can have.
    fn covers_all(&self, term: &Term<'_>, keys: usize) -> bool {
        match term {
            Term::Scalar(Scalar::Bool, _) => keys >= 2,
            Term::Scalar(Scalar::State(object), _) => {
                let known = self.objects.get(*object);
                let flow = known.and_then(|known| known.object.model.flow());
                flow.is_some_and(|flow| keys >= flow.states.len())
            }
            _ => false,
        }
    }

    /// The expression compiler for what is at a place.
    fn expr_compiler<'s>(&'s mut self, place: Place, scope: Scope<'c>) -> ExprCompiler<'s, 'c> {
        let (interner, findings) = (&mut self.interner, &mut self.findings);
        ExprCompiler {
            model: self.model,
            objects: self.objects,
            interner,
            findings,
            file: place.file,
            scope,
            reads: Vec::new(),
        }
    }

    /// The names of the policy's files, the parts of the program, and what was
    /// wrong, each mistake once.
    pub(in crate::policy) fn finish(mut self) -> (Vec<String>, Program, Vec<Diagnostic>) {
        let fitted: HashSet<usize> = self.known.keys().map(|(at, ..)| *at).collect();
        let never = self
            .clauses
            .clauses
            .iter()
            .enumerate()
            .filter(|(at, _)| !fitted.contains(at));
        for (_, clause) in never {
            // it fits nothing that is known here, but it can be wrong all the same
            self.compile_clause(clause, Scope::Unknown(clause.event), None);
        }
        (
            self.places.files(),
            self.interner.finish(),
            merge_duplicates(self.findings),
        )
    }
}

/// One finding for each place and code. What it says about further methods is
/// added to the first: a rule for all methods of an interface would otherwise
/// repeat its mistake for each of them.
fn merge_duplicates(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = Vec::new();
    let mut known: HashMap<(Code, Option<Place>), (usize, Vec<String>)> = HashMap::new();
    for finding in findings {
        let key = (
            finding.code,
            finding.primary.as_ref().map(|label| label.place),
        );
        if let Some((_, messages)) = known.get_mut(&key) {
            if !messages.contains(&finding.message) {
                messages.push(finding.message);
            }
        } else {
            known.insert(key, (all.len(), vec![finding.message.clone()]));
            all.push(finding);
        }
    }
    for (at, messages) in known
        .into_values()
        .filter(|(_, messages)| messages.len() > 1)
    {
        if let Some(finding) = all.get_mut(at) {
            let shown = messages
                .iter()
                .take(MAX_LISTED)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("; ");
            let rest = messages.len().saturating_sub(MAX_LISTED);
            finding.message = if rest == 0 {
                shown
            } else {
                format!("{shown}; and {rest} more like this")
            };
        }
    }
    all
}

impl Clause<'_> {
    /// Whether a choice selects by classes again in its alternatives, so that
    /// it differs from pair to pair.
    pub(in crate::policy) fn selects_classes_inside(&self) -> bool {
        let ClauseKind::Choice { options, .. } = &self.kind else {
            return false;
        };
        let same = |inner: &Clause<'_>, key| inner.constraint.get(key) == self.constraint.get(key);
        options.iter().flat_map(|(_, inner)| inner).any(|inner| {
            let selects = !same(inner, SelectorKey::Src) || !same(inner, SelectorKey::Dst);
            selects || inner.selects_classes_inside()
        })
    }
}
