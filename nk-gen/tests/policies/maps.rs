//! The model `StaticMap` (`docs/psl.md` §9.8).
use crate::common::{holds, said};

const LIMITS: &str = "policy object limits : StaticMap {
    type Value = UInt32
    config = { keys : { \"lo\" : 0, \"hi\" : 100 }, pool_size : 1 }
}
";
const DO: &str = "request dst=S endpoint=comp.impl method=Do";
const PUT: &str = "request dst=S endpoint=comp.impl method=Put";

/// A policy in which `Do` does what its number says, and `Put` asks for a value.
fn policy(extra: &str) -> String {
    format!(
        "{LIMITS}
        {DO} {{
            choice (message.v) {{
                1 : limits.init {{sid : dst_sid}}
                2 : limits.fini {{sid : dst_sid}}
                3 : limits.commit {{sid : dst_sid}}
                4 : limits.rollback {{sid : dst_sid}}
                5 : assert (limits.get {{sid : dst_sid, key : \"hi\"}} == 100)
                6 : assert (limits.get_uncommitted {{sid : dst_sid, key : \"hi\"}} == 100)
                7 : {{ limits.set {{sid : dst_sid, key : \"hi\", value : 9}} limits.commit {{sid : dst_sid}} deny () }}
                _ : limits.set {{sid : dst_sid, key : \"hi\", value : message.v}}
            }}
        }}
        {PUT} {{ {extra} }}"
    )
}

fn sends(events: &[(&str, u32)]) -> String {
    events
        .iter()
        .map(|(expect, v)| format!("{expect} c ~> s : comp.impl.Do {{v:{v}}} "))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn row_16_a_value_is_set_in_the_working_instance_and_committed_to_the_base() {
    let events = [
        ("grant", 1),
        ("grant", 50),
        ("grant", 5),
        ("deny", 6),
        ("grant", 3),
        ("deny", 5),
        ("deny", 6),
    ];
    holds(&policy("grant ()"), &sends(&events));
}

#[test]
fn rollback_takes_the_base_again_and_a_denied_event_changes_neither() {
    let events = [
        ("grant", 1),
        ("grant", 50),
        ("deny", 6),
        ("grant", 4),
        ("grant", 6),
        ("grant", 5),
    ];
    holds(&policy("grant ()"), &sends(&events));
    let events = [
        ("grant", 1),
        ("deny", 7),
        ("grant", 5),
        ("grant", 6),
        ("grant", 50),
        ("deny", 7),
        ("deny", 6),
        ("grant", 5),
    ];
    holds(&policy("grant ()"), &sends(&events));
}

#[test]
fn a_table_is_bound_once_free_again_after_fini_and_begins_with_the_defaults() {
    let without = [2, 3, 4, 5, 6, 50].map(|v| ("deny", v));
    holds(&policy("grant ()"), &sends(&without));
    let events = [
        ("grant", 1),
        ("deny", 1),
        ("grant", 50),
        ("grant", 3),
        ("grant", 2),
        ("deny", 2),
        ("grant", 1),
        ("grant", 5),
    ];
    holds(&policy("grant ()"), &sends(&events));
    let other = "grant c ~> s : comp.impl.Do {v:1} deny c ~> t : comp.impl.Do {v:1} deny c ~> t : comp.impl.Do {v:5}
        grant c ~> s : comp.impl.Do {v:2} grant c ~> t : comp.impl.Do {v:1}";
    holds(&policy("grant ()"), other);
}

#[test]
fn a_key_may_come_out_of_the_message() {
    let policy = policy("assert (limits.get {sid : dst_sid, key : message.name} == 0)");
    let events = format!(
        "{} grant c ~> s : comp.impl.Put {{name:\"lo\"}} deny c ~> s : comp.impl.Put {{name:\"hi\"}}
        deny c ~> s : comp.impl.Put {{name:\"none\"}}",
        sends(&[("grant", 1)])
    );
    holds(&policy, &events);
}

#[test]
fn keys_may_be_lists_of_bytes_and_values_may_have_signs() {
    let policy = format!(
        "policy object m : StaticMap {{
            type Value = SInt64 config = {{ keys : {{ [1, 2] : -5, [] : 7 }}, pool_size : 2 }}
        }}
        {DO} {{ m.init {{sid : dst_sid}} }}
        {PUT} {{
            m.set {{sid : dst_sid, key : message.data, value : message.wide}}
            assert (m.get {{sid : dst_sid, key : [1, 2]}} == -5 && m.get_uncommitted {{sid : dst_sid, key : message.data}} < 0)
        }}"
    );
    holds(
        &policy,
        "c ~> s : comp.impl.Do grant c ~> s : comp.impl.Put {data:[1,2], wide:-9}
        deny c ~> s : comp.impl.Put {data:[1,2], wide:9} deny c ~> s : comp.impl.Put {data:[3], wide:-1}
        grant c ~> s : comp.impl.Put {wide:-1}",
    );
}

#[test]
fn maps_are_configured_completely() {
    let map = |rest: &str| format!("policy object m : StaticMap {{ {rest} }}");
    for (rest, expected) in [
        (
            "config = { keys : {\"a\" : 1}, pool_size : 1 }",
            "1 E513: policy object `m` has no `type Value`",
        ),
        (
            "type Value = Text config = { keys : {\"a\" : 1}, pool_size : 1 }",
            "1 E513: a StaticMap holds integers",
        ),
        (
            "type Value = UInt8 config = { keys : {}, pool_size : 1 }",
            "1 E513: a StaticMap has at least one key",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 256}, pool_size : 1 }",
            "1 E513: a value is a number of the type",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 1, \"a\" : 2}, pool_size : 1 }",
            "1 E513: duplicate key `a`",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 1, [1] : 2}, pool_size : 1 }",
            "1 E513: all keys are texts, or all",
        ),
        (
            "type Value = UInt8 config = { keys : {[256] : 2}, pool_size : 1 }",
            "1 E513: a key is a text or a list",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 1}, pool_size : 0 }",
            "1 E513: a size is a number from 1",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 1}, pool_size : -1 }",
            "1 E513: a size is a number from 1",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 1}, pool_size : 4294967296 }",
            "1 E513: a size is a number from 1",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 1}, pool_size : 999999999 }",
            "1 E513: the maps would take",
        ),
        (
            "type Value = UInt8 config = { keys : {\"a\" : 1} }",
            "1 E513: the configuration of policy object `m` has no `pool_size`",
        ),
    ] {
        let said = said(&map(rest));
        assert!(said.starts_with(expected), "{rest}: {said}");
    }
    for (rule, expected) in [
        (
            "limits.set {sid : dst_sid, key : \"hii\", value : 1}",
            "E513: unknown key `hii` | did you mean `hi`?",
        ),
        (
            "limits.set {sid : dst_sid, key : [1], value : 1}",
            "E507: expected a text, found a list",
        ),
        (
            "limits.set {sid : dst_sid, key : \"hi\", value : -1}",
            "E202: -1 is outside of the range of `UInt32`",
        ),
        (
            "limits.get {sid : dst_sid, key : \"hi\"}",
            "E508: `limits.get` is an expression, not a rule",
        ),
        (
            "limits.store {sid : dst_sid}",
            "E508: unknown rule `limits.store` | the rules of StaticMap are `init`",
        ),
    ] {
        let said = said(&format!("{LIMITS}{DO} {{ {rule} }}"));
        assert!(said.contains(expected), "{rule}: {said}");
    }
}
