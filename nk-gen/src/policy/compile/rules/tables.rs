//! Rules of `HashSet` and `StaticMap` objects (`docs/psl.md` §9.7, §9.8).
use crate::policy::compile::expr::{ExprCompiler, Scalar};
use nk_grammar::psl::Value;
use nk_security::{Call, ObjectId};

impl ExprCompiler<'_, '_> {
    /// `init {sid}`, `fini {sid}`, `add {sid, entry}`, `remove {sid, entry}`.
    ///
    ///
    /// ```text
    /// ports.add {sid : dst_sid, entry : message.port}
    /// ```
    pub(super) fn set_rule(&mut self, id: ObjectId, rule: &str, argument: &Value) -> Option<Call> {
        match rule {
            "init" => return self.only_sid(rule, argument).map(Call::Init),
            "fini" => return self.only_sid(rule, argument).map(Call::Fini),
            _ => {}
        }
        let objects = self.objects;
        let [sid, entry] = self.arguments(rule, argument, ["sid", "entry"])?;
        let (sid, entry) = (
            self.sid(sid),
            self.entry(entry, &objects.get(id)?.entry.root),
        );
        let (sid, entry) = (sid?, entry?);
        Some(if rule == "add" {
            Call::Add(sid, entry)
        } else {
            Call::Remove(sid, entry)
        })
    }

    /// `init`, `fini`, `commit` and `rollback` with `{sid}`, and `set {sid,
    /// key, value}`, whose value has the type of the map.
    ///
    ///
    /// ```text
    /// limits.set {sid : dst_sid, key : "hi", value : message.value}
    /// limits.commit {sid : dst_sid}
    /// ```
    pub(super) fn map_rule(&mut self, id: ObjectId, rule: &str, argument: &Value) -> Option<Call> {
        Some(match rule {
            "init" => Call::Init(self.only_sid(rule, argument)?),
            "fini" => Call::Fini(self.only_sid(rule, argument)?),
            "commit" => Call::Commit(self.only_sid(rule, argument)?),
            "rollback" => Call::Rollback(self.only_sid(rule, argument)?),
            _ => {
                let [sid, key, value] = self.arguments(rule, argument, ["sid", "key", "value"])?;
                let width = self.map_type(id)?.width;
                let (sid, key) = (self.sid(sid), self.key_of(id, key));
                let term = self.term(value);
                let value = self.converted(term, Scalar::Int(width), value.span);
                Call::Set(sid?, key?, value?)
            }
        })
    }
}
