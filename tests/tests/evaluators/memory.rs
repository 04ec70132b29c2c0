//! What objects remember, in words that both evaluators use: a line for each object and process.
use nk_security::{Known, ObjectId, Policy, State};
use std::collections::BTreeMap;

/// Object and process, and what is known.
pub(crate) type Lines = BTreeMap<(String, u64), String>;

/// The memory of the compiled policy; the audit level stands under the object `level`.
pub(crate) fn of(policy: &Policy, state: &State) -> Lines {
    let mut lines = Lines::from([(("level".to_owned(), 0), state.level().to_string())]);
    for (at, object) in policy.program().unwrap().objects.iter().enumerate() {
        for (sid, known) in state.known(ObjectId::new(at).unwrap()) {
            let line = match known {
                Known::State(state) => {
                    object.model.flow().unwrap().states[usize::from(state)].clone()
                }
                Known::Set(words) => format!("{words:?}"),
                Known::Map(base, working) => format!("{base:?} {working:?}"),
                Known::Level(level, least) => {
                    let mic = object.model.mic().unwrap();
                    format!(
                        "{} {:?}",
                        mic.shown(level),
                        least.map(|least| mic.shown(least))
                    )
                }
                other => panic!("{other:?}"),
            };
            lines.insert((object.name.clone(), sid.0), line);
        }
    }
    lines
}
