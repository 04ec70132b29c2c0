//! Rule calls: their arguments checked and turned into those of the policy program (`spec/psl-runtime.md` part B).
use super::express::{Express, Scalar, Term};
use super::objects::AUXILIARY;
use crate::diagnostic::{Diagnostic, Place};
use crate::suggest::did_you_mean;
use nk_grammar::psl::{DeclarationKind, Value, ValueKind};
use nk_grammar::syntax::QName;
use nk_security::{Call, Expr, Model, ObjectId, Test, Width};

/// Code of what the language has and this version does not.
const NOT_YET: u16 = 599;
/// The rules of each model.
const RULES: [(&str, &[&str]); 6] = [
    ("Base", &["grant", "deny", "assert", "set_level"]),
    ("Flow", &["init", "fini", "enter", "allow"]),
    ("HashSet", &["init", "fini", "add", "remove"]),
    ("StaticMap", &["init", "fini", "set", "commit", "rollback"]),
    ("Regex", &[]),
    ("Mic", &["create", "delete", "execute", "upgrade", "call", "invoke", "read", "write"]),
];

/// Whether objects of a model offer a rule.
pub(super) fn is_rule(model: &str, rule: &str) -> bool {
    rules_of(model).contains(&rule)
}

fn rules_of(model: &str) -> &'static [&'static str] {
    RULES.iter().find(|(known, _)| *known == model).map_or(&[], |(_, rules)| rules)
}

impl Express<'_, '_> {
    /// A rule call; nothing when something is wrong, which is reported.
    pub(super) fn rule(&mut self, name: &QName, argument: &Value) -> Option<(ObjectId, Call)> {
        let (object, rule) = name.text.rsplit_once('.').unwrap_or(("base", &name.text));
        let here = self.place(name.span);
        let objects = self.objects;
        let Some((id, known)) = objects.find(object) else {
            if AUXILIARY.contains(&object) {
                let message = format!("`{}` is an expression, not a rule: nothing is decided by it", name.text);
                return self.wrong(Diagnostic::error(508, message, here).help("put it into `assert ( … )`"));
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
            _ => return self.wrong(not_yet(&format!("rule `{}`", name.text), here)),
        };
        Some((id, call?))
    }

    fn unknown_rule<T>(&mut self, model: &Model, name: &str, rule: &str, here: Place) -> Option<T> {
        let expression = matches!((model.name(), rule), ("Flow", "query") | ("HashSet", "contains"));
        if expression {
            let message = format!("`{name}` is an expression, not a rule: nothing is decided by it");
            return self
                .wrong(Diagnostic::error(508, message, here).help("put it into `assert ( … )` or `choice ( … )`"));
        }
        let known = rules_of(model.name());
        let help = did_you_mean(rule, known.iter().copied());
        let help =
            help.unwrap_or_else(|| format!("the rules of {} are {}", model.name(), super::objects::quoted(known)));
        self.wrong(Diagnostic::error(508, format!("unknown rule `{name}`"), here).help(help))
    }

    fn base_rule(&mut self, rule: &str, argument: &Value) -> Option<Call> {
        let unit = argument.kind == ValueKind::Unit;
        let here = self.place(argument.span);
        match rule {
            "grant" if unit => Some(Call::Grant),
            "grant" => {
                let finding = Diagnostic::error(508, "`grant` takes `()` and nothing else", here);
                self.wrong(finding.help("for a condition, use `assert`"))
            }
            "deny" if unit => Some(Call::Deny),
            "deny" => self.truth(argument).map(Call::DenyIf),
            "assert" => self.truth(argument).map(Call::Assert),
            _ => {
                let term = self.term(argument);
                self.converted(term, Scalar::Int(Width::U8), argument.span).map(Call::SetLevel)
            }
        }
    }

    fn flow_rule(&mut self, id: ObjectId, rule: &str, argument: &Value) -> Option<Call> {
        match rule {
            "enter" => {
                let [sid, state] = self.arguments(rule, argument, ["sid", "state"])?;
                let (sid, state) = (self.sid(sid), self.written_state(id, state));
                Some(Call::FlowEnter(sid?, state?))
            }
            "allow" => {
                let [sid, states] = self.arguments(rule, argument, ["sid", "states"])?;
                let sid = self.sid(sid);
                let ValueKind::List(states) = &states.kind else {
                    let here = self.place(states.span);
                    return self.wrong(Diagnostic::error(508, "`states` is a list, `[\"…\", …]`", here));
                };
                let states: Vec<Option<u16>> = states.iter().map(|state| self.written_state(id, state)).collect();
                Some(Call::FlowAllow(sid?, states.into_iter().collect::<Option<_>>()?))
            }
            _ => {
                let [sid] = self.arguments(rule, argument, ["sid"])?;
                let sid = self.sid(sid)?;
                Some(if rule == "init" { Call::FlowInit(sid) } else { Call::FlowFini(sid) })
            }
        }
    }

    /// A state that is written in the policy.
    fn written_state(&mut self, id: ObjectId, value: &Value) -> Option<u16> {
        if let ValueKind::Text(name) = &value.kind {
            return self.state(id, name, value.span);
        }
        let here = self.place(value.span);
        self.wrong(Diagnostic::error(507, "expected the name of a state, `\"…\"`", here))
    }

    fn set_rule(&mut self, id: ObjectId, rule: &str, argument: &Value) -> Option<Call> {
        if matches!(rule, "init" | "fini") {
            let [sid] = self.arguments(rule, argument, ["sid"])?;
            let sid = self.sid(sid)?;
            return Some(if rule == "init" { Call::SetInit(sid) } else { Call::SetFini(sid) });
        }
        let objects = self.objects;
        let [sid, entry] = self.arguments(rule, argument, ["sid", "entry"])?;
        let (sid, entry) = (self.sid(sid), self.entry(entry, &objects.get(id)?.entry.root));
        let (sid, entry) = (sid?, entry?);
        Some(if rule == "add" { Call::SetAdd(sid, entry) } else { Call::SetRemove(sid, entry) })
    }

    /// When an alternative of a choice applies.
    pub(super) fn key(&mut self, selector: &Term<'_>, key: &Value) -> Option<Test> {
        if matches!(&key.kind, ValueKind::Path(path) if path.text == "_") {
            return Some(Test::Any);
        }
        let Term::Scalar(scalar, _) = selector else { return None };
        let literal = match (scalar, self.term(key)) {
            (_, Term::Wrong) => return None,
            (Scalar::State(object), Term::Scalar(Scalar::Text, text)) => self.state_number(*object, text, key.span)?,
            (Scalar::Literal, Term::Scalar(Scalar::Literal, id)) => id,
            (scalar, term) => self.converted(term, *scalar, key.span)?,
        };
        let constant = matches!(self.interner.expression(literal), Some(Expr::Int(_) | Expr::Bool(_) | Expr::Text(_)));
        if constant {
            return Some(Test::Equals(literal));
        }
        let here = self.place(key.span);
        self.wrong(Diagnostic::error(507, "the key of an alternative is a constant", here))
    }
}

/// What is wrong with a declaration that is not read elsewhere.
pub(super) fn declaration(kind: &DeclarationKind, place: Place) -> Option<Diagnostic> {
    match kind {
        DeclarationKind::Execute(interface) if interface.text != "kl.core.Execute" => {
            let message = format!("`{}` cannot be the execute interface", interface.text);
            let place = Place { file: place.file, span: interface.span };
            Some(Diagnostic::error(504, message, place).help("write `execute: kl.core.Execute`"))
        }
        _ => None,
    }
}

/// E599: the language has it, this version does not.
pub(super) fn not_yet(what: &str, place: Place) -> Diagnostic {
    let message = format!("{what} is not supported yet by this version");
    let help = "this version has the models Base, Pred, Bool, Math, Struct, Flow and HashSet";
    Diagnostic::error(NOT_YET, message, place).help(help)
}
