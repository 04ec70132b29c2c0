//! Expressions of policy objects: `flow.query`, `set.contains`, `map.get`,
//! `re.match`, `mic.query_level` (`docs/psl.md` §9.6–§9.10).
//!
//! They read the state of an object and change nothing. What they answer for a
//! process of which the object knows nothing is up to the security module: the
//! rule fails, and the event is denied.
use super::{ExprCompiler, Scalar, Term};
use crate::model::Type;
use crate::policy::compile::models::{EXPRESSIONS, expressions, is_rule};
use crate::policy::compile::objects::MapType;
use crate::policy::compile::regex::{self, Fault};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Value, ValueKind};
use nk_grammar::syntax::Span;
use nk_security::{DfaId, Expr, ExprId, Key, Model, ObjectId};

impl<'m> ExprCompiler<'_, 'm> {
    /// `object.expression argument`, by the model of the object.
    pub(super) fn object_call(
        &mut self,
        object: &str,
        called: &str,
        argument: &Value,
        span: Span,
    ) -> Term<'m> {
        let objects = self.objects;
        let term = match (
            objects
                .find(object)
                .map(|(id, known)| (id, &known.object.model)),
            called,
        ) {
            (Some((id, Model::Flow(_))), "query") => self.query(id, argument),
            (Some((id, Model::HashSet(_))), "contains") => self.contains(id, argument),
            (Some((id, Model::StaticMap(_))), "get") => self.get(id, called, argument, true),
            (Some((id, Model::StaticMap(_))), "get_uncommitted" | "get_uncommited") => {
                self.get(id, called, argument, false)
            }
            (Some((id, Model::Mic(_))), "query_level") => self.query_level(id, argument),
            (Some((id, Model::Regex)), "match") => self.matches(id, argument),
            (Some((id, Model::Regex)), "select") => self.select(id, argument),
            _ => {
                let here = self.place(span);
                self.unknown_call(object, called, here);
                None
            }
        };
        term.unwrap_or(Term::Wrong)
    }

    /// `flow.query {sid : …}`: the state of a process, to be compared with the
    /// texts of the configuration.
    ///
    ///
    /// ```text
    /// assert (door.query {sid : dst_sid} == "open")
    /// ```
    fn query(&mut self, id: ObjectId, argument: &Value) -> Option<Term<'m>> {
        let [sid] = self.arguments("query", argument, ["sid"])?;
        let sid = self.sid(sid)?;
        Some(Term::Scalar(
            Scalar::State(id),
            self.interner.expr(Expr::State(id, sid)),
        ))
    }

    /// `set.contains {sid : …, entry : …}`
    ///
    ///
    /// ```text
    /// assert (ports.contains {sid : src_sid, entry : message.port})
    /// ```
    fn contains(&mut self, id: ObjectId, argument: &Value) -> Option<Term<'m>> {
        let objects = self.objects;
        let [sid, entry] = self.arguments("contains", argument, ["sid", "entry"])?;
        let (sid, entry) = (
            self.sid(sid),
            self.entry(entry, &objects.get(id)?.entry.root),
        );
        Some(self.boolean(Expr::Contains(id, sid?, entry?)))
    }

    /// `map.get {sid : …, key : …}` reads the committed value,
    /// `map.get_uncommitted` the one that `set` has changed.
    ///
    ///
    /// ```text
    /// assert (limits.get {sid : src_sid, key : "hi"} > message.value)
    /// ```
    fn get(
        &mut self,
        id: ObjectId,
        called: &str,
        argument: &Value,
        committed: bool,
    ) -> Option<Term<'m>> {
        let [sid, key] = self.arguments(called, argument, ["sid", "key"])?;
        let (sid, key) = (self.sid(sid), self.key_of(id, key));
        let width = self.map_type(id)?.width;
        Some(self.typed(
            Expr::Entry {
                object: id,
                sid: sid?,
                key: key?,
                committed,
            },
            width,
        ))
    }

    /// `mic.query_level {source : …}`
    ///
    ///
    /// ```text
    /// assert (mic.query_level {source : src_sid} == "HIGH")
    /// ```
    fn query_level(&mut self, id: ObjectId, argument: &Value) -> Option<Term<'m>> {
        let [source] = self.arguments("query_level", argument, ["source"])?;
        let source = self.sid(source)?;
        Some(Term::Scalar(
            Scalar::Level(id),
            self.interner.expr(Expr::Level(id, source)),
        ))
    }

    /// `re.match {text : …, pattern : "…"}`. The pattern is compiled here, so
    /// that it has to be written in the policy.
    ///
    ///
    /// ```text
    /// assert (re.match {text : message.path, pattern : "/tmp/[a-z]+"})
    /// ```
    fn matches(&mut self, object: ObjectId, argument: &Value) -> Option<Term<'m>> {
        let [text, pattern] = self.arguments("match", argument, ["text", "pattern"])?;
        let text = self.text(text);
        let ValueKind::Text(written) = &pattern.kind else {
            let here = self.place(pattern.span);
            let finding = Diagnostic::new(
                Code::TYPE_MISMATCH,
                "a pattern is written in the policy as a text, `\"…\"`",
                here,
            );
            return self.report(finding);
        };
        let dfa = self.dfa(&[(written, pattern.span)]);
        let expr = Expr::Matches {
            object,
            text: text?,
            dfa: dfa?,
        };
        Some(self.boolean(expr))
    }

    /// `re.select {text : …}`, which has a meaning in `choice ( … )` only: the
    /// patterns are the keys of the choice.
    fn select(&mut self, object: ObjectId, argument: &Value) -> Option<Term<'m>> {
        let [text] = self.arguments("select", argument, ["text"])?;
        Some(Term::Select(object, self.text(text)?))
    }

    /// The table of some patterns; E510 or E511 at the pattern that is to
    /// blame.
    pub(in crate::policy) fn dfa(&mut self, patterns: &[(&str, Span)]) -> Option<DfaId> {
        let texts: Vec<&str> = patterns.iter().map(|(pattern, _)| *pattern).collect();
        match regex::compile(&texts, self.objects.regex_search, self.objects.regex_table) {
            Ok(dfa) => Some(self.interner.dfa(dfa)),
            Err(fault) => {
                let span = fault
                    .pattern
                    .and_then(|at| patterns.get(at))
                    .or(patterns.first())
                    .map(|(_, span)| *span);
                let here = self.place(span.unwrap_or_default());
                let Fault {
                    code,
                    message,
                    help,
                    ..
                } = fault;
                self.report(Diagnostic::new(code, message, here).help(help))
            }
        }
    }

    /// A value that must be a text, or bytes, which are looked at like one.
    fn text(&mut self, value: &Value) -> Option<ExprId> {
        match self.term(value) {
            Term::Scalar(Scalar::Text, id) => Some(id),
            Term::Place(place, Type::Bytes(_)) => Some(self.bytes(place, value)),
            Term::Wrong => None,
            other => self.mismatch("a text", &other, value.span),
        }
    }

    /// The bytes at a place as a text, noted as read.
    fn bytes(&mut self, place: ExprId, value: &Value) -> ExprId {
        let bytes = self.interner.expr(Expr::Bytes(place));
        self.note(&value.to_string(), bytes);
        bytes
    }

    /// What a `StaticMap` object maps; `None` for another object.
    pub(in crate::policy) fn map_type(&self, id: ObjectId) -> Option<MapType> {
        self.objects.get(id).and_then(|known| known.map)
    }

    /// A key of a `StaticMap` object: written in the policy, or out of the
    /// message.
    pub(in crate::policy) fn key_of(&mut self, id: ObjectId, value: &Value) -> Option<Key> {
        let of_bytes = self.map_type(id)?.of_bytes;
        match self.term(value) {
            Term::Scalar(Scalar::Text, text) if !of_bytes => self.text_key(id, text, value),
            Term::Place(place, Type::Bytes(_)) if of_bytes => {
                Some(Key::Of(self.bytes(place, value)))
            }
            Term::List(terms) if of_bytes => self.byte_list_key(id, &terms, value),
            Term::Wrong => None,
            other if of_bytes => self.mismatch("bytes, or a list of them", &other, value.span),
            other => self.mismatch("a text", &other, value.span),
        }
    }

    /// A text as key: looked up now when it is a constant, at run time otherwise.
    fn text_key(&mut self, id: ObjectId, text: ExprId, value: &Value) -> Option<Key> {
        match self.interner.constant_text(text) {
            Some(text) => {
                let bytes = text.as_bytes().to_vec();
                self.configured_key(id, &bytes, value)
            }
            None => Some(Key::Of(text)),
        }
    }

    /// `[1, 2, 3]` as key of a map whose keys are bytes.
    fn byte_list_key(&mut self, id: ObjectId, terms: &[Term<'m>], value: &Value) -> Option<Key> {
        let byte = |term: &Term<'_>| match term {
            Term::Scalar(Scalar::Literal, id) => u8::try_from(self.constant(*id)?).ok(),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = terms.iter().map(byte).collect();
        if let Some(bytes) = bytes {
            return self.configured_key(id, &bytes, value);
        }
        let message = "a key is a list of numbers from 0 to 255";
        let here = self.place(value.span);
        self.report(Diagnostic::new(Code::TYPE_MISMATCH, message, here))
    }

    /// The position of a constant key among those of the configuration.
    fn configured_key(&mut self, id: ObjectId, key: &[u8], value: &Value) -> Option<Key> {
        let objects = self.objects;
        let map = objects.get(id)?.object.model.static_map()?;
        let position = map.position(key).and_then(|at| u32::try_from(at).ok());
        position.map(Key::At).or_else(|| {
            let printable = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
            let keys: Vec<String> = map.keys.iter().map(|key| printable(key)).collect();
            let names: Vec<&str> = keys.iter().map(String::as_str).collect();
            let name = printable(key);
            let help = did_you_mean(&name, names.iter().copied());
            let help = help.unwrap_or_else(|| format!("the keys are {}", quoted(&names)));
            let message = format!("unknown key `{name}`");
            let here = self.place(value.span);
            self.report(Diagnostic::new(Code::TABLE_CONFIGURATION, message, here).help(help))
        })
    }

    /// Reports a call of what is not an expression: an unknown object, a rule,
    /// or a name that the model does not have.
    fn unknown_call(&mut self, object: &str, called: &str, here: Place) {
        let model = self
            .objects
            .find(object)
            .map(|(_, known)| known.object.model.name());
        let auxiliary = EXPRESSIONS.iter().any(|(known, _)| *known == object) && !object.is_empty();
        if model.is_none() && !auxiliary && !object.is_empty() {
            self.findings.extend(self.objects.unknown(object, here));
            return;
        }
        if is_rule(model.unwrap_or("Base"), called) {
            let message = format!("`{called}` is a rule, not an expression: it has no value");
            self.findings.push(
                Diagnostic::new(Code::UNKNOWN_RULE, message, here)
                    .help("call it as a statement of its own"),
            );
            return;
        }
        let known = expressions(model.unwrap_or(object));
        let dot = if object.is_empty() { "" } else { "." };
        let mut finding = Diagnostic::new(
            Code::UNKNOWN_RULE,
            format!("unknown expression `{object}{dot}{called}`"),
            here,
        );
        finding.help = did_you_mean(called, known.iter().copied())
            .or_else(|| (!known.is_empty()).then(|| format!("there is {}", quoted(known))));
        self.findings.push(finding);
    }

    /// The number of a state that is written as a text, as an expression.
    pub(in crate::policy) fn state_number(
        &mut self,
        object: ObjectId,
        text: ExprId,
        span: Span,
    ) -> Option<ExprId> {
        let name = self.interner.constant_text(text)?.to_owned();
        let number = self.state(object, &name, span)?;
        Some(self.interner.expr(Expr::Int(number.into())))
    }

    /// The number of a state.
    pub(in crate::policy) fn state(
        &mut self,
        object: ObjectId,
        name: &str,
        span: Span,
    ) -> Option<u16> {
        let objects = self.objects;
        let states = &objects.get(object)?.object.model.flow()?.states;
        let number = states
            .iter()
            .position(|known| known == name)
            .and_then(|at| u16::try_from(at).ok());
        if number.is_none() {
            let names: Vec<&str> = states.iter().map(String::as_str).collect();
            let help = did_you_mean(name, names.iter().copied());
            let help = help.unwrap_or_else(|| format!("the states are {}", quoted(&names)));
            let here = self.place(span);
            self.findings.push(
                Diagnostic::new(Code::FLOW_STATES, format!("unknown state `{name}`"), here)
                    .help(help),
            );
        }
        number
    }
}
