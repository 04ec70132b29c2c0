//! Works out, for every event that can happen, the rules that decide about it (`spec/psl-runtime.md` §A.7): all rules of
//! all bindings that fit, in textual order. An event without a rule gets the place that explains its denial.
use super::classes::{Class, Classes};
use super::clauses::{Clauses, flatten};
use super::files::Loaded;
use super::intern::Interner;
use super::places::Places;
use super::scene::{Cast, Row, Scene, cast};
use super::selectors::Constraint;
use crate::analysis::Analysis;
use crate::diagnostic::{Diagnostic, Place, Severity};
use nk_grammar::psl::{Event, SelectorKey};
use nk_security::{NoRule, Program, RowId, Rule, Tree, TreeId};
use std::collections::HashMap;

/// Most pairs of classes (P520); each is an entry of four tables.
const MAX_PAIRS: usize = 10_000_000;

/// Compiles a policy for the classes of a solution, in the order of the image's table. The program is complete only when
/// there is no error among the findings.
#[must_use]
pub fn compile(loaded: &Loaded, classes: &Classes, table: &[Class], analysis: &Analysis) -> (Program, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let casts: Vec<Cast<'_>> = table.iter().map(|class| cast(&analysis.model, class)).collect();
    let scene = Scene::new(&casts, table, classes, &loaded.external, &analysis.model);
    let flat = flatten(loaded, &scene, &mut findings);
    check_whole(loaded, &flat, &mut findings);
    if table.len().saturating_mul(table.len()) > MAX_PAIRS {
        let message = format!("{} process classes make more pairs than the limit of {MAX_PAIRS}", table.len());
        findings.push(Diagnostic::new(Severity::Error, 520, message, None));
        return (Program::default(), findings);
    }
    let places = Places::new(&analysis.sources);
    let start = loaded.first_place();
    let compiler = Compiler { clauses: &flat, casts: &casts, table, start, places, interner: Interner::default() };
    (compiler.program(), findings)
}

/// W532, W534: what is strange about the policy as a whole.
fn check_whole(loaded: &Loaded, clauses: &Clauses<'_>, findings: &mut Vec<Diagnostic>) {
    if clauses.bindings.is_empty() && findings.is_empty() && loaded.diagnostics.is_empty() {
        let help = "a binding is written `request src=A dst=B { grant () }`";
        let message = "everything is denied: the policy has no binding";
        findings.push(Diagnostic::warning(532, message, loaded.first_place()).help(help));
    }
    if let Some(rule) = clauses.rules.first().filter(|_| !loaded.has_base) {
        let message = "no model is included: the Base model is used all the same";
        findings.push(Diagnostic::warning(534, message, rule.place).help("add `use nk.base._`"));
    }
}

struct Compiler<'c> {
    clauses: &'c Clauses<'c>,
    casts: &'c [Cast<'c>],
    table: &'c [Class],
    /// Where the policy begins.
    start: Place,
    places: Places<'c>,
    interner: Interner,
}

/// What is said about an event for which there is no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Denial {
    reason: NoRule,
    place: Place,
}

/// A selector's classes as positions in the table; `usize::MAX` for one that is not there, which fits nothing.
#[derive(Debug, Clone, Copy)]
struct Pair {
    src: Option<usize>,
    dst: Option<usize>,
}

impl Pair {
    fn fits(self, src: usize, dst: usize) -> bool {
        self.src.is_none_or(|class| class == src) && self.dst.is_none_or(|class| class == dst)
    }
}

/// The bindings and rules of one kind of event, by position, with their classes looked up.
struct Relevant {
    bindings: Vec<(usize, Pair)>,
    rules: Vec<(usize, Pair)>,
}

/// Those that fit a pair of classes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Fitting {
    bindings: Vec<usize>,
    rules: Vec<usize>,
}

impl Relevant {
    fn fitting(&self, src: usize, dst: usize) -> Fitting {
        let fitting = |list: &[(usize, Pair)]| {
            list.iter().filter(|(_, pair)| pair.fits(src, dst)).map(|(position, _)| *position).collect()
        };
        Fitting { bindings: fitting(&self.bindings), rules: fitting(&self.rules) }
    }
}

impl Compiler<'_> {
    fn program(mut self) -> Program {
        let request = self.pairs(Event::Request);
        let response = self.pairs(Event::Response);
        let error = self.pairs(Event::Error);
        let execute = self.execute();
        let security = self.security();
        let (trees, rows) = self.interner.finish();
        Program { files: self.places.files(), trees, rows, request, response, error, execute, security }
    }

    fn relevant(&self, event: Event) -> Relevant {
        let positions: HashMap<&str, usize> =
            self.table.iter().enumerate().map(|(position, class)| (class.name.as_str(), position)).collect();
        let position = |name: &str| positions.get(name).copied().unwrap_or(usize::MAX);
        let pair = |constraint: &Constraint<'_>| Pair {
            src: constraint.get(SelectorKey::Src).map(position),
            dst: constraint.get(SelectorKey::Dst).map(position),
        };
        let bindings = self.clauses.bindings.iter().enumerate().filter(|(_, binding)| binding.event == event);
        let rules = self.clauses.rules.iter().enumerate().filter(|(_, rule)| rule.event == event);
        Relevant {
            bindings: bindings.map(|(at, binding)| (at, pair(&binding.constraint))).collect(),
            rules: rules.map(|(at, rule)| (at, pair(&rule.constraint))).collect(),
        }
    }

    /// The rows of all pairs for a message between two classes. Pairs for which the same rules matter share their row.
    fn pairs(&mut self, event: Event) -> Vec<RowId> {
        let relevant = self.relevant(event);
        let mut known: HashMap<(usize, Denial, Fitting), RowId> = HashMap::new();
        let mut table = Vec::new();
        for src in 0..self.table.len() {
            for dst in 0..self.table.len() {
                let serving = if event == Event::Request { dst } else { src };
                let key = (serving, self.denial(src, dst), relevant.fitting(src, dst));
                let row = known.get(&key).copied().unwrap_or_else(|| {
                    let methods = self.casts.get(serving).map_or(&[][..], |cast| &cast.rows);
                    self.row(methods, key.1, &key.2)
                });
                known.insert(key, row);
                table.push(row);
            }
        }
        table
    }

    fn execute(&mut self) -> Vec<TreeId> {
        let relevant = self.relevant(Event::Execute);
        let mut table = Vec::new();
        for src in 0..self.table.len() {
            for dst in 0..self.table.len() {
                // its only method fits every selector that was accepted
                let tree = self.tree(self.denial(src, dst), &relevant.fitting(src, dst), |_| true);
                table.push(tree);
            }
        }
        table
    }

    fn security(&mut self) -> Vec<RowId> {
        let relevant = self.relevant(Event::Security);
        let mut table = Vec::new();
        for (class, cast) in self.casts.iter().enumerate() {
            table.push(self.row(&cast.security, self.denial(class, class), &relevant.fitting(class, class)));
        }
        table
    }

    fn row(&mut self, methods: &[Row<'_>], denial: Denial, fitting: &Fitting) -> RowId {
        let row =
            methods.iter().map(|method| self.tree(denial, fitting, |constraint| constraint.fits(method))).collect();
        self.interner.row(row)
    }

    /// What decides about one event, among what fits its classes.
    fn tree(&mut self, denial: Denial, fitting: &Fitting, fits: impl Fn(&Constraint<'_>) -> bool) -> TreeId {
        let tree = self.decision(denial, fitting, fits);
        self.interner.tree(tree)
    }

    fn decision(&mut self, denial: Denial, fitting: &Fitting, fits: impl Fn(&Constraint<'_>) -> bool) -> Tree {
        if denial.reason != NoRule::NotIncluded {
            let rules = fitting.rules.iter().filter_map(|rule| self.clauses.rules.get(*rule));
            let rules: Vec<Rule> = rules
                .filter(|rule| fits(&rule.constraint))
                .map(|rule| rule.verdict.rule(self.places.of(rule.place)))
                .collect();
            if !rules.is_empty() {
                return Tree::Rules(rules);
            }
            let mut bindings = fitting.bindings.iter().filter_map(|binding| self.clauses.bindings.get(*binding));
            if let Some(empty) = bindings.find(|binding| fits(&binding.constraint)) {
                return Tree::NoRule(NoRule::EmptyBinding, self.places.of(empty.place));
            }
        }
        Tree::NoRule(denial.reason, self.places.of(denial.place))
    }

    /// What is said when nothing fits: where the policy includes the destination, or begins without including a class.
    fn denial(&self, src: usize, dst: usize) -> Denial {
        let included = |class: usize| self.table.get(class).and_then(|class| class.included);
        match (included(src), included(dst)) {
            (Some(_), Some(place)) => Denial { reason: NoRule::NoBinding, place },
            _ => Denial { reason: NoRule::NotIncluded, place: self.start },
        }
    }
}
