//! What rules of objects with memory look at or change there: for those who ask
//! why.
use crate::policy::compile::expr::ExprCompiler;
use nk_grammar::psl::{Value, ValueKind};
use nk_security::{Call, Expr, ExprId, Key, ObjectId};

/// Keys of a map that `commit` and `rollback` tell of at most.
const MAX_TRACED_KEYS: usize = 8;

impl ExprCompiler<'_, '_> {
    /// What the object of a rule remembers and the rule looks at or changes.
    pub(super) fn note_state_reads(
        &mut self,
        object: ObjectId,
        name: &str,
        call: &Call,
        argument: &Value,
    ) {
        let written = |key: &str| match &argument.kind {
            ValueKind::Dictionary(entries) => {
                let entry = entries.iter().find(|entry| entry.key.text == key);
                entry
                    .map(|entry| entry.value.to_string())
                    .unwrap_or_default()
            }
            _ => String::new(),
        };
        let sid = written("sid");
        let is_flow = self
            .objects
            .get(object)
            .is_some_and(|known| known.object.model.flow().is_some());
        let reads: Vec<(String, Expr)> = match call {
            Call::Init(of) | Call::Fini(of) | Call::Enter(of, _) | Call::Allow(of, _)
                if is_flow =>
            {
                vec![(
                    format!("{name}.query {{sid : {sid}}}"),
                    Expr::State(object, *of),
                )]
            }
            Call::Add(of, entry) | Call::Remove(of, entry) => {
                let shown = format!(
                    "{name}.contains {{sid : {sid}, entry : {}}}",
                    written("entry")
                );
                vec![(shown, Expr::Contains(object, *of, entry.clone()))]
            }
            Call::Set(of, key, _) => {
                let shown = format!(
                    "{name}.get_uncommitted {{sid : {sid}, key : {}}}",
                    written("key")
                );
                vec![(
                    shown,
                    Expr::Entry {
                        object,
                        sid: *of,
                        key: *key,
                        committed: false,
                    },
                )]
            }
            Call::Commit(of) | Call::Rollback(of) => self.instances(object, name, &sid, *of),
            Call::Create(resource, _) | Call::Delete(resource) | Call::Upgrade(resource, _) => {
                let parties = [
                    ("target", Some(resource.target)),
                    ("source", Some(resource.source)),
                ];
                let parties = parties
                    .into_iter()
                    .chain([("driver", Some(resource.driver))]);
                let parties = parties.chain([("container", resource.container)]);
                let of = |(key, part): (&str, Option<_>)| {
                    Some((
                        format!("{name}.query_level {{source : {}}}", written(key)),
                        Expr::Level(object, part?),
                    ))
                };
                parties.filter_map(of).collect()
            }
            Call::Execute(started) => {
                let parties = [("target", Some(started.target)), ("image", started.image)];
                let of = |(key, part): (&str, Option<_>)| {
                    Some((
                        format!("{name}.query_level {{source : {}}}", written(key)),
                        Expr::Level(object, part?),
                    ))
                };
                parties.into_iter().filter_map(of).collect()
            }
            Call::Receive(source, target, _) | Call::Send(source, target, _) => {
                let level = |key: &str| format!("{name}.query_level {{source : {}}}", written(key));
                let mut reads = vec![
                    (level("source"), Expr::Level(object, *source)),
                    (level("target"), Expr::Level(object, *target)),
                ];
                if matches!(call, Call::Receive(..)) {
                    reads.push((
                        format!("levelR of {}", written("source")),
                        Expr::Least(object, *source),
                    ));
                }
                reads
            }
            _ => Vec::new(),
        };
        for (name, expr) in reads {
            let expr = self.interner.expr(expr);
            self.note(&name, expr);
        }
    }

    /// Both instances of the first keys of a map.
    fn instances(
        &self,
        object: ObjectId,
        name: &str,
        sid: &str,
        of: ExprId,
    ) -> Vec<(String, Expr)> {
        let map = self
            .objects
            .get(object)
            .and_then(|known| known.object.model.static_map());
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
