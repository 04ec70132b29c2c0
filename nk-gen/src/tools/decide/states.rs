//! What the policy remembers about the two parties of an event, before it and behind it.
use crate::tools::testing::Told;
use nk_security::{Known, ObjectId, Policy, Sid, State};
use std::fmt::Write;

/// One line for each object that knows something about sender or receiver.
pub(super) fn text(policy: &Policy, told: &Told) -> String {
    let mut text = String::new();
    let Some(program) = policy.program() else {
        return text;
    };
    let mut parties = vec![
        ("sender", told.record.src_sid),
        ("receiver", told.record.dst_sid),
    ];
    parties.dedup_by_key(|(_, sid)| *sid);
    for (at, object) in program.objects.iter().enumerate() {
        let Some(id) = ObjectId::new(at) else {
            continue;
        };
        for (party, sid) in &parties {
            let change = match (
                known(policy, &told.before, id, *sid),
                known(policy, &told.after, id, *sid),
            ) {
                (None, None) => continue,
                (Some(before), Some(after)) if before == after => format!("{before}, unchanged"),
                (before, after) => {
                    let named =
                        |known: Option<String>| known.unwrap_or_else(|| "nothing".to_owned());
                    format!("{} → {}", named(before), named(after))
                }
            };
            // writing to a string cannot fail
            let _ = writeln!(text, "{} of the {party}: {change}", object.name);
        }
    }
    text
}

fn known(policy: &Policy, state: &State, object: ObjectId, sid: Sid) -> Option<String> {
    let model = &policy.program()?.object(object)?.model;
    let all = state.known(object);
    let (_, known) = all.iter().find(|(of, _)| *of == sid)?;
    Some(match known {
        Known::State(state) => {
            let name = model
                .flow()
                .and_then(|flow| flow.states.get(usize::from(*state)));
            format!("\"{}\"", name.map_or("?", String::as_str))
        }
        Known::Set(words) => format!("{words:?}"),
        Known::Map(base, working) => format!("{base:?}, working {working:?}"),
        Known::Level(level, least) => {
            let shown = |level| model.mic().map_or_else(String::new, |mic| mic.shown(level));
            let least = least
                .map(|least| format!(", receives from {}", shown(least)))
                .unwrap_or_default();
            shown(*level) + &least
        }
        _ => return None,
    })
}
