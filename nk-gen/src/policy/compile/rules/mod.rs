//! Rule calls: their arguments checked and turned into those of the policy
//! program (`docs/psl.md` §9).
//!
//! A rule grants or denies, and may change the state of its object. Base and
//! Flow are here; `tables` has `HashSet` and `StaticMap`, `mic` has Mic.
//! `reads` notes what state a rule looks at, for whoever asks why it decided
//! so.
mod mic;
mod reads;
mod tables;

use crate::policy::compile::expr::{ExprCompiler, Scalar, Term};
use crate::policy::compile::models::{AUXILIARY, expressions, is_rule, rules};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::suggest::did_you_mean;
use nk_grammar::psl::{DeclarationKind, Value, ValueKind};
use nk_grammar::syntax::QName;
use nk_security::{Call, Expr, ExprId, Model, ObjectId, Test, Width};

impl ExprCompiler<'_, '_> {
    /// A rule call, as object and call; `None` when something is wrong, which
    /// is reported. A name without a dot is a rule of the implicit object
    /// `base`.
    pub(super) fn rule(&mut self, name: &QName, argument: &Value) -> Option<(ObjectId, Call)> {
        let (object, rule) = name.text.rsplit_once('.').unwrap_or(("base", &name.text));
        let here = self.place(name.span);
        let objects = self.objects;
        let Some((id, known)) = objects.find(object) else {
            if AUXILIARY.contains(&object) {
                return self.expression_as_rule(&name.text, here);
            }
            self.findings.extend(objects.unknown(object, here));
            return None;
        };
        let model = &known.object.model;
        if !is_rule(model.name(), rule) {
            return self.unknown_rule(model, &name.text, rule, here);
        }
        let call = match model {
            Model::Base => self.base_rule(rule, argument),
            Model::Flow(_) => self.flow_rule(id, rule, argument),
            Model::HashSet(_) => self.set_rule(id, rule, argument),
            Model::StaticMap(_) => self.map_rule(id, rule, argument),
            Model::Mic(_) => self.mic_rule(id, rule, argument),
            _ => None,
        };
        let call = call?;
        self.note_state_reads(id, object, &call, argument);
        Some((id, call))
    }

    /// E508: an expression in the place of a rule decides nothing.
    fn expression_as_rule<T>(&mut self, name: &str, here: Place) -> Option<T> {
        let message = format!("`{name}` is an expression, not a rule: nothing is decided by it");
        self.report(
            Diagnostic::new(Code::UNKNOWN_RULE, message, here)
                .help("put it into `assert ( … )` or `choice ( … )`"),
        )
    }

    /// E508: a rule that the model does not have.
    fn unknown_rule<T>(&mut self, model: &Model, name: &str, rule: &str, here: Place) -> Option<T> {
        if expressions(model.name()).contains(&rule) {
            return self.expression_as_rule(name, here);
        }
        let known = rules(model.name());
        let help = did_you_mean(rule, known.iter().copied());
        let help = help.unwrap_or_else(|| match known {
            [] => format!("{} has no rules", model.name()),
            known => format!(
                "the rules of {} are {}",
                model.name(),
                crate::text::suggest::quoted(known)
            ),
        });
        self.report(
            Diagnostic::new(Code::UNKNOWN_RULE, format!("unknown rule `{name}`"), here).help(help),
        )
    }

    /// `grant ()`, `deny ()`, `deny (condition)`, `assert (condition)`,
    /// `set_level level`.
    ///
    ///
    /// ```text
    /// grant ()
    /// assert (message.size < 100)
    /// set_level 2
    /// ```
    fn base_rule(&mut self, rule: &str, argument: &Value) -> Option<Call> {
        let unit = argument.kind == ValueKind::Unit;
        let here = self.place(argument.span);
        match rule {
            "grant" if unit => Some(Call::Grant),
            "grant" => {
                let finding = Diagnostic::new(
                    Code::UNKNOWN_RULE,
                    "`grant` takes `()` and nothing else",
                    here,
                );
                self.report(finding.help("for a condition, use `assert`"))
            }
            "deny" if unit => Some(Call::Deny),
            "deny" => self.truth(argument).map(Call::DenyIf),
            "assert" => self.truth(argument).map(Call::Assert),
            _ => {
                let term = self.term(argument);
                self.converted(term, Scalar::Int(Width::U8), argument.span)
                    .map(Call::SetLevel)
            }
        }
    }

    /// The argument of rules that take a process only: `{sid : …}`.
    fn only_sid(&mut self, rule: &str, argument: &Value) -> Option<ExprId> {
        let [sid] = self.arguments(rule, argument, ["sid"])?;
        self.sid(sid)
    }

    /// `init`, `fini`, `enter` and `allow` of a Flow object.
    ///
    ///
    /// ```text
    /// door.init {sid : dst_sid}
    /// door.enter {sid : dst_sid, state : "open"}
    /// door.allow {sid : dst_sid, states : ["open", "closed"]}
    /// ```
    fn flow_rule(&mut self, id: ObjectId, rule: &str, argument: &Value) -> Option<Call> {
        match rule {
            "init" => self.only_sid(rule, argument).map(Call::Init),
            "fini" => self.only_sid(rule, argument).map(Call::Fini),
            "enter" => {
                let [sid, state] = self.arguments(rule, argument, ["sid", "state"])?;
                let (sid, state) = (self.sid(sid), self.written_state(id, state));
                Some(Call::Enter(sid?, state?))
            }
            _ => {
                let [sid, states] = self.arguments(rule, argument, ["sid", "states"])?;
                let sid = self.sid(sid);
                let ValueKind::List(states) = &states.kind else {
                    let here = self.place(states.span);
                    return self.report(Diagnostic::new(
                        Code::UNKNOWN_RULE,
                        "`states` is a list, `[\"…\", …]`",
                        here,
                    ));
                };
                let states: Vec<Option<u16>> = states
                    .iter()
                    .map(|state| self.written_state(id, state))
                    .collect();
                let mut states = states.into_iter().collect::<Option<Vec<_>>>()?;
                states.sort_unstable();
                states.dedup();
                Some(Call::Allow(sid?, states))
            }
        }
    }

    /// A state that is written in the policy; one that is computed is refused.
    fn written_state(&mut self, id: ObjectId, value: &Value) -> Option<u16> {
        if let ValueKind::Text(name) = &value.kind {
            return self.state(id, name, value.span);
        }
        let here = self.place(value.span);
        self.report(Diagnostic::new(
            Code::TYPE_MISMATCH,
            "expected the name of a state, `\"…\"`",
            here,
        ))
    }

    /// When an alternative of a choice applies: its key is a constant of the
    /// selector's type, or `_`.
    pub(super) fn key(&mut self, selector: &Term<'_>, key: &Value) -> Option<Test> {
        if matches!(&key.kind, ValueKind::Path(path) if path.text == "_") {
            return Some(Test::Any);
        }
        let Term::Scalar(scalar, _) = selector else {
            return None;
        };
        let literal = match (scalar, &key.kind) {
            (Scalar::Level(object), _) => {
                return self
                    .level(*object, key)
                    .map(|level| Test::Number(level.0.into()));
            }
            (Scalar::State(object), ValueKind::Text(name)) => {
                return self
                    .state(*object, name, key.span)
                    .map(|state| Test::Number(state.into()));
            }
            (scalar, _) => match (scalar, self.term(key)) {
                (_, Term::Wrong) => return None,
                (Scalar::Literal, Term::Scalar(Scalar::Literal, id)) => id,
                (scalar, term) => self.converted(term, *scalar, key.span)?,
            },
        };
        match self.interner.expression(literal) {
            Some(Expr::Int(number)) => Some(Test::Number(*number)),
            Some(Expr::Bool(truth)) => Some(Test::Truth(*truth)),
            Some(Expr::Text(text)) => Some(Test::Text(*text)),
            _ => {
                let here = self.place(key.span);
                self.report(Diagnostic::new(
                    Code::TYPE_MISMATCH,
                    "the key of an alternative is a constant",
                    here,
                ))
            }
        }
    }
}

/// What is wrong with a declaration that is not read elsewhere: the execute
/// interface (E504).
pub(super) fn declaration(kind: &DeclarationKind, place: Place) -> Option<Diagnostic> {
    match kind {
        DeclarationKind::Execute(interface) if !EXECUTE.contains(&interface.text.as_str()) => {
            let message = format!("`{}` cannot be the execute interface", interface.text);
            let place = Place {
                file: place.file,
                span: interface.span,
            };
            Some(
                Diagnostic::new(Code::MISPLACED_SELECTOR, message, place)
                    .help("write `execute: kl.core.Execute`"),
            )
        }
        _ => None,
    }
}

/// The execute interface, as documented and as later generators call it (`docs/psl.md` §2).
const EXECUTE: [&str; 2] = ["kl.core.Execute", "nk.Execute"];
