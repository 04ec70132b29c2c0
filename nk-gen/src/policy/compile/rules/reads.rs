//! What state of an object a rule looks at or changes, for whoever asks why it
//! decided so.
//!
//! Arguments note what they read by themselves; a rule also reads state that no
//! argument names: the state that `enter` leaves, the levels that `call`
//! compares. Each of these is noted as the expression that a policy would write
//! for it, so that a person can try it.
use crate::policy::compile::expr::ExprCompiler;
use nk_grammar::psl::{Value, ValueKind};
use nk_security::{Call, Expr, ExprId, Key, ObjectId, Resource, Started};

/// Keys of a map of which `commit` and `rollback` show the values at most.
const MAX_TRACED_KEYS: usize = 8;

/// A read as the audit log names it, and the expression that it evaluates.
type StateRead = (String, Expr);

/// A rule call as written: the object it goes to, and its argument.
#[derive(Clone, Copy)]
struct Written<'v> {
    /// The object that the rule goes to.
    object: ObjectId,
    /// The object's name in the policy.
    name: &'v str,
    /// The rule's argument.
    argument: &'v Value,
}

impl Written<'_> {
    /// The source text of one entry of the argument, for the name of a read;
    /// empty when the argument has no such entry.
    fn part(&self, key: &str) -> String {
        let ValueKind::Dictionary(entries) = &self.argument.kind else {
            return String::new();
        };
        let entry = entries.iter().find(|entry| entry.key.text == key);
        entry.map_or_else(String::new, |entry| entry.value.to_string())
    }

    /// The read of a Flow object's state: `flow.query {sid : …}`.
    fn state(&self, sid: ExprId) -> StateRead {
        let name = format!("{}.query {{sid : {}}}", self.name, self.part("sid"));
        (name, Expr::State(self.object, sid))
    }

    /// The read of a set's entry: `set.contains {sid : …, entry : …}`.
    fn contains(&self, sid: ExprId, entry: &[ExprId]) -> StateRead {
        let (name, of, written) = (self.name, self.part("sid"), self.part("entry"));
        let name = format!("{name}.contains {{sid : {of}, entry : {written}}}");
        (name, Expr::Contains(self.object, sid, entry.to_vec()))
    }

    /// The read of a map's value that is not committed yet, which `set` changes.
    fn uncommitted(&self, sid: ExprId, key: Key) -> StateRead {
        let (name, of, written) = (self.name, self.part("sid"), self.part("key"));
        let name = format!("{name}.get_uncommitted {{sid : {of}, key : {written}}}");
        let entry = Expr::Entry {
            object: self.object,
            sid,
            key,
            committed: false,
        };
        (name, entry)
    }

    /// The read of a level: `mic.query_level {source : …}`.
    fn level(&self, key: &str, sid: ExprId) -> StateRead {
        let (name, written) = (self.name, self.part(key));
        let name = format!("{name}.query_level {{source : {written}}}");
        (name, Expr::Level(self.object, sid))
    }

    /// The levels of everyone who takes part in a rule about a resource.
    fn resource_levels(&self, resource: &Resource) -> Vec<StateRead> {
        let mut reads = vec![
            self.level("target", resource.target),
            self.level("source", resource.source),
            self.level("driver", resource.driver),
        ];
        let container = resource.container;
        reads.extend(container.map(|sid| self.level("container", sid)));
        reads
    }

    /// The levels of a started program and of its image.
    fn start_levels(&self, started: &Started) -> Vec<StateRead> {
        let image = started.image.map(|sid| self.level("image", sid));
        let target = self.level("target", started.target);
        std::iter::once(target).chain(image).collect()
    }

    /// The levels of both ends of an information flow.
    fn flow_levels(&self, source: ExprId, target: ExprId) -> Vec<StateRead> {
        vec![self.level("source", source), self.level("target", target)]
    }

    /// The `levelR` of the source of `call` and `read`: the lowest level of
    /// those that it may receive data from.
    fn least(&self, source: ExprId) -> StateRead {
        let name = format!("levelR of {}", self.part("source"));
        (name, Expr::Least(self.object, source))
    }
}

impl ExprCompiler<'_, '_> {
    /// Notes the state that a rule of an object reads or changes, so that
    /// whoever asks why an event was denied sees its value.
    ///
    ///
    /// The value is looked up when the event is decided, before the rule
    /// changes it.
    pub(super) fn note_state_reads(
        &mut self,
        object: ObjectId,
        name: &str,
        call: &Call,
        argument: &Value,
    ) {
        let written = Written {
            object,
            name,
            argument,
        };
        for (name, expr) in self.state_reads(written, call) {
            let expr = self.interner.expr(expr);
            self.note(&name, expr);
        }
    }

    /// The state that a rule call reads or changes, by kind of call.
    fn state_reads(&self, written: Written<'_>, call: &Call) -> Vec<StateRead> {
        match call {
            Call::Init(sid) | Call::Fini(sid) | Call::Enter(sid, _) | Call::Allow(sid, _)
                if self.is_flow(written.object) =>
            {
                vec![written.state(*sid)]
            }
            Call::Add(sid, entry) | Call::Remove(sid, entry) => {
                vec![written.contains(*sid, entry)]
            }
            Call::Set(sid, key, _) => vec![written.uncommitted(*sid, *key)],
            Call::Commit(sid) | Call::Rollback(sid) => {
                self.instances(written.object, written.name, &written.part("sid"), *sid)
            }
            Call::Create(resource, _) | Call::Delete(resource) | Call::Upgrade(resource, _) => {
                written.resource_levels(resource)
            }
            Call::Execute(started) => written.start_levels(started),
            Call::Send(source, target, _) => written.flow_levels(*source, *target),
            Call::Receive(source, target, _) => {
                let mut reads = written.flow_levels(*source, *target);
                reads.push(written.least(*source));
                reads
            }
            _ => Vec::new(),
        }
    }

    /// Whether an object is one of Flow: `init` and `fini` of the other models
    /// have no state to name.
    fn is_flow(&self, object: ObjectId) -> bool {
        let known = self.objects.get(object);
        known.is_some_and(|known| known.object.model.flow().is_some())
    }

    /// Both values of the first keys of a map: the committed one, and the one
    /// that is not committed yet.
    fn instances(
        &self,
        object: ObjectId,
        name: &str,
        sid: &str,
        of: ExprId,
    ) -> Vec<(String, Expr)> {
        let known = self.objects.get(object);
        let map = known.and_then(|known| known.object.model.static_map());
        let keys = map
            .into_iter()
            .flat_map(|map| &map.keys)
            .take(MAX_TRACED_KEYS)
            .zip(0..);
        let both = keys.flat_map(|(key, at)| {
            let key = String::from_utf8_lossy(key);
            [("get_uncommitted", false), ("get", true)].map(|(called, committed)| {
                let shown = format!(
                    "{name}.{called} {{sid : {sid}, key : \"{}\"}}",
                    key.escape_default()
                );
                (
                    shown,
                    Expr::Entry {
                        object,
                        sid: of,
                        key: Key::At(at),
                        committed,
                    },
                )
            })
        });
        both.collect()
    }
}
