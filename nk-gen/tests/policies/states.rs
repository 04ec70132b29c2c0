//! Rules with memory: Flow, `HashSet` and `set_level` (`docs/psl.md` §9.1, §9.7, §9.9).
use crate::common::{holds, played};

const DO: &str = "request dst=S endpoint=comp.impl method=Do";
const PUT: &str = "request dst=S endpoint=comp.impl method=Put";
const DOOR: &str = "policy object door : Flow {
    type State = \"shut\" | \"open\" | \"jammed\"
    config = { states : [\"shut\", \"open\", \"jammed\"], initial : \"shut\",
               transitions : { \"shut\" : [\"open\"], \"open\" : [\"shut\", \"jammed\"] } }
}
";
const SEEN: &str = "policy object seen : HashSet { type Entry = UInt32 config = { set_size : 2, pool_size : 1 } }\n";

#[test]
fn a_choice_follows_the_state_of_a_flow() {
    let policy = format!(
        "{DOOR}execute dst=S {{ door.init {{sid : dst_sid}} }}
        {DO} {{
            choice (door.query {{sid : dst_sid}}) {{
                \"shut\" : door.enter {{sid : dst_sid, state : \"open\"}}
                \"open\" : {{ match src=C {{ door.enter {{sid : dst_sid, state : \"jammed\"}} }} }}
                _ : deny ()
            }}
        }}
        {PUT} {{ assert (door.query {{sid : dst_sid}} == \"jammed\") }}"
    );
    let events =
        "deny c ~> s : comp.impl.Put  grant c ~> s : comp.impl.Do  grant c ~> s : comp.impl.Do
                  grant c ~> s : comp.impl.Put  deny c ~> s : comp.impl.Do";
    holds(&policy, events);
}

#[test]
fn a_flow_is_initialised_once_and_is_gone_after_fini() {
    let policy = format!(
        "{DOOR}{DO} {{ door.init {{sid : dst_sid}} }}
        {PUT} {{ door.fini {{sid : dst_sid}} }}"
    );
    let events = "deny c ~> s : comp.impl.Put  grant c ~> s : comp.impl.Do  deny c ~> s : comp.impl.Do
                  grant c ~> s : comp.impl.Put  deny c ~> s : comp.impl.Put  grant c ~> s : comp.impl.Do";
    holds(&policy, events);
}

#[test]
fn a_chosen_alternative_without_a_rule_is_no_grant() {
    let policy = format!("{DO} {{ choice (message.v) {{ 1 : {{ }} _ : grant () }} }}");
    holds(
        &policy,
        "deny c ~> s : comp.impl.Do {v:1}  grant c ~> s : comp.impl.Do {v:2}",
    );
    holds(
        &format!("{policy} request {{ grant () }}"),
        "grant c ~> s : comp.impl.Do {v:1}",
    );
}

#[test]
fn a_set_holds_what_was_added_and_not_removed() {
    let policy = format!(
        "{SEEN}execute dst=C {{ seen.init {{sid : dst_sid}} }}
        {DO} {{
            choice (message.v) {{
                0 : seen.remove {{sid : src_sid, entry : 7}}
                1 : assert (seen.contains {{sid : src_sid, entry : 7}})
                _ : seen.add {{sid : src_sid, entry : message.v}}
            }}
        }}"
    );
    let send = |expect: &str, v: u32| format!("{expect} c ~> s : comp.impl.Do {{v:{v}}} ");
    let events = [
        ("deny", 1),
        ("grant", 0),
        ("grant", 7),
        ("grant", 1),
        ("grant", 7),
        ("grant", 5),
        ("deny", 6),
    ];
    let more = [("grant", 0), ("deny", 1), ("grant", 6)];
    holds(
        &policy,
        &events
            .iter()
            .chain(&more)
            .map(|(expect, v)| send(expect, *v))
            .collect::<String>(),
    );
}

#[test]
fn a_pool_has_as_many_sets_as_it_says_and_fini_gives_one_back() {
    let policy = format!(
        "{SEEN}{DO} {{ seen.init {{sid : dst_sid}} }}
        {PUT} {{ seen.fini {{sid : dst_sid}} }}"
    );
    let events = "grant c ~> s : comp.impl.Do  deny c ~> s : comp.impl.Do  deny c ~> t : comp.impl.Do
                  deny c ~> t : comp.impl.Put  grant c ~> s : comp.impl.Put  grant c ~> t : comp.impl.Do";
    holds(&policy, events);
}

#[test]
fn a_set_that_a_denied_event_gave_back_and_took_again_is_as_before() {
    let policy = format!(
        "{SEEN}execute dst=C {{ seen.init {{sid : dst_sid}} seen.add {{sid : dst_sid, entry : 3}} }}
        {DO} {{
            seen.add {{sid : src_sid, entry : 4}} seen.remove {{sid : src_sid, entry : 3}}
            seen.fini {{sid : src_sid}} seen.init {{sid : dst_sid}} seen.add {{sid : dst_sid, entry : 9}} deny ()
        }}
        {PUT} {{
            assert (seen.contains {{sid : src_sid, entry : 3}})
            deny (seen.contains {{sid : src_sid, entry : 4}} || seen.contains {{sid : src_sid, entry : 9}})
        }}"
    );
    holds(
        &policy,
        "deny c ~> s : comp.impl.Do  grant c ~> s : comp.impl.Put",
    );
}

#[test]
fn entries_are_dictionaries_and_tuples_of_numbers_too() {
    let policy = format!(
        "policy object pairs : HashSet {{
            type Entry = {{ to : Sid, point : [UInt32, Boolean] }}
            config = {{ set_size : 4, pool_size : 1 }}
        }}
        execute dst=C {{ pairs.init {{sid : dst_sid}} }}
        {DO} {{ pairs.add {{sid : src_sid, entry : {{to : dst_sid, point : [message.v, true]}}}} }}
        {PUT} {{ assert (pairs.contains {{sid : src_sid, entry : {{to : dst_sid, point : [5, true]}}}}) }}"
    );
    let events = "grant c ~> s : comp.impl.Do {v:5}  grant c ~> s : comp.impl.Put  deny c ~> t : comp.impl.Put";
    holds(&policy, events);
}

#[test]
fn set_level_takes_a_byte() {
    let policy = format!("{DO} {{ set_level 3 }} {PUT} {{ set_level (message.either.small) }}");
    holds(
        &policy,
        "grant c ~> s : comp.impl.Do  grant c ~> s : comp.impl.Put {either:{small:255}}",
    );
}

#[test]
fn each_sequence_begins_with_nothing_and_the_first_surprise_is_told() {
    let result = played(&format!(
        "{DOOR}execute dst=S {{ door.init {{sid : dst_sid}} }}
{DO} {{ door.enter {{sid : dst_sid, state : \"open\"}} }}
assert \"door\" {{
    setup {{ c <- execute dst=C s <- execute dst=S }}
    sequence \"once\" {{ c ~> s : comp.impl.Do }}
    sequence \"again\" {{ c ~> s : comp.impl.Do }}
    sequence \"twice\" {{
        c ~> s : comp.impl.Do
        \"the second\" c ~> s : comp.impl.Do
        deny c ~> s : comp.impl.Do
    }}
    sequence \"granted\" {{ deny c ~> s : comp.impl.Do }}
    finally {{ any c ~> s : comp.impl.Do }}
}}"
    ));
    let expected = "ok    door / once (4 events)
ok    door / again (4 events)
FAIL  door / twice (5 events)
15:9: \"the second\": expected a grant, but it was denied by policy: request C -> S comp.impl Do: security.psl:8:46: the state cannot be entered from the present one [door.query {sid : dst_sid} = \"open\"]
FAIL  door / granted (4 events)
18:26: expected a denial, but it was granted
        security.psl:8:46  door.enter: granted  [door.query {sid : dst_sid} = \"shut\" → \"open\"]
2 passed, 2 failed
";
    assert_eq!(result, expected);
}
