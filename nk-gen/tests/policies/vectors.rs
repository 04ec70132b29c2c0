//! The vectors of `docs/psl.md` §12, by their rows. Rows 1, 3, 12, 13 and 20 are also tested where the evaluator,
//! the structure check and the kernel are.
use crate::common::{holds, played, solution};
use nk_security::{Bytes, Policy, Sid, State, Subject, Subsystem};

const FLOW: &str = "policy object F : Flow {
    type State = \"a\" | \"b\"
    config = { states : [\"a\", \"b\"], initial : \"a\", transitions : { \"a\" : [\"b\"] } }
}
execute dst=S { F.init {sid : dst_sid} }
security { choice (F.query {sid : src_sid}) { _ : deny () } }
";
const SET: &str =
    "policy object h : HashSet { type Entry = UInt32 config = { set_size : 1, pool_size : 2 } }\n";

#[test]
fn row_1_an_event_without_a_rule_is_denied_by_the_router() {
    let played = played(
        "assert \"it\" { setup { c <- execute dst=C s <- execute dst=S } sequence { c ~> s : comp.impl.Do } }",
    );
    assert!(
        played.contains("denied by policy: request C -> S comp.impl Do: "),
        "{played}"
    );
    assert!(played.contains("no rule covers it"), "{played}");
}

#[test]
fn row_2_a_granted_request_does_not_grant_its_response() {
    holds(
        "request src=C dst=S { grant () }",
        "grant c ~> s : comp.impl.Do  deny c <~ s : comp.impl.Do",
    );
}

#[test]
fn row_3_a_denial_outweighs_a_grant() {
    holds(
        "request src=C dst=S { grant () } request dst=S { deny () }",
        "deny c ~> s : comp.impl.Do",
    );
}

#[test]
fn row_4_a_conditional_denial_grants_when_its_condition_is_false() {
    let policy = "request dst=S endpoint=comp.impl method=Do { deny (message.v > 9) }";
    holds(
        policy,
        "grant c ~> s : comp.impl.Do { v : 9 }  deny c ~> s : comp.impl.Do { v : 10 }",
    );
}

#[test]
fn row_5_a_grant_does_not_widen_a_condition() {
    let policy = "request dst=S endpoint=comp.impl method=Do { assert (message.v > 9) } request { grant () }";
    holds(
        policy,
        "deny c ~> s : comp.impl.Do { v : 9 }  grant c ~> s : comp.impl.Do { v : 10 }",
    );
}

#[test]
fn row_6_what_a_denied_event_changed_is_taken_back() {
    let policy = format!(
        "{FLOW}request dst=S endpoint=comp.impl method=Do {{ F.enter {{sid:dst_sid,state:\"b\"}} deny () }}
        request dst=S endpoint=comp.impl method=Put {{ F.allow {{sid:dst_sid,states:[\"a\"]}} }}"
    );
    holds(
        &policy,
        "deny c ~> s : comp.impl.Do  grant c ~> s : comp.impl.Put",
    );
}

#[test]
fn row_7_a_state_is_entered_from_itself_only_when_that_is_listed() {
    let policy = format!("{FLOW}request dst=S {{ F.enter {{sid:dst_sid,state:\"b\"}} }}");
    holds(
        &policy,
        "grant c ~> s : comp.impl.Do  deny c ~> s : comp.impl.Do",
    );
}

#[test]
fn row_8_a_process_without_a_state_is_allowed_nothing() {
    let policy = FLOW.replace("F.init {sid : dst_sid}", "grant ()");
    holds(
        &format!("{policy}request dst=S {{ F.allow {{sid:dst_sid,states:[\"a\"]}} }}"),
        "deny c ~> s : comp.impl.Do",
    );
}

#[test]
fn row_9_a_full_set_denies_and_nothing_of_the_event_stays() {
    let policy = format!(
        "{SET}execute dst=S {{ h.init {{sid : dst_sid}} }}
        request dst=S endpoint=comp.impl method=Do {{
            h.add {{sid:dst_sid,entry:5}} h.add {{sid:dst_sid,entry:5}} h.add {{sid:dst_sid,entry:6}}
        }}
        request dst=S endpoint=comp.impl method=Put {{ deny (h.contains {{sid:dst_sid,entry:5}}) }}"
    );
    holds(
        &policy,
        "deny c ~> s : comp.impl.Do  grant c ~> s : comp.impl.Put",
    );
}

#[test]
fn row_10_an_expression_that_fails_denies() {
    holds(
        &format!(
            "{SET}request {{ assert (h.contains {{sid:src_sid, entry:1}}) }} request {{ grant () }}"
        ),
        "deny c ~> s : comp.impl.Do",
    );
}

#[test]
fn row_11_a_choice_that_finds_nothing_denies() {
    let policy = "request dst=S endpoint=comp.impl method=Do { grant () choice (message.v) { 1 : grant () 2 : deny () } }";
    holds(
        policy,
        "grant c ~> s : comp.impl.Do {v:1}  deny c ~> s : comp.impl.Do {v:2}  deny c ~> s : comp.impl.Do {v:3}",
    );
}

#[test]
fn row_14_a_binding_whose_sections_do_not_fit_is_no_rule() {
    let policy = "request dst=S { match endpoint=comp.impl method=Put { grant () } }";
    holds(
        policy,
        "deny c ~> s : comp.impl.Do  grant c ~> s : comp.impl.Put",
    );
}

#[test]
fn row_15_an_error_is_no_response() {
    let policy = "request { grant () } response { grant () }";
    let error = "deny error src=s dst=c endpoint=comp.impl method=Do { code : 3 }";
    holds(policy, &format!("grant c <~ s : comp.impl.Do {error}"));
}

#[test]
fn row_17_a_security_request_is_answered_to_who_asks() {
    let policy = "security src=C method=Check { assert (message.port > 80) }";
    holds(
        policy,
        "deny security src=c method=Check { port : 80 }  grant security src=c method=Check { port : 81 }",
    );
}

#[test]
fn security_interfaces_of_parts_are_selected_by_the_path_of_instances() {
    let policy = "security src=S method=left.Check { assert (message.port > 80) }
        security src=S method=right.Check { assert (message.port <= 80) }";
    holds(
        policy,
        "deny security src=s method=left.Check { port : 80 }  grant security src=s method=right.Check { port : 80 }
        grant security src=s method=left.Check { port : 81 }  deny security src=s method=right.Check { port : 81 }
        deny security src=c method=Check { port : 81 }",
    );
    holds(
        "security interface=Guard { grant () }",
        "grant security src=c method=Check  grant security src=s method=left.Check",
    );
}

#[test]
fn row_18_two_processes_of_one_class_have_states_of_their_own() {
    let policy = format!("{FLOW}request dst=S {{ F.enter {{sid:dst_sid,state:\"b\"}} }}");
    holds(
        &policy,
        "grant c ~> s : comp.impl.Do  grant c ~> t : comp.impl.Do  deny c ~> s : comp.impl.Do",
    );
}

/// Constant part and arena of a request.
#[derive(Debug)]
struct Request(Vec<u8>, Vec<u8>);

impl Bytes for Request {
    fn parts(&self) -> (&[u8], &[u8]) {
        (&self.0, &self.1)
    }
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.0, &mut self.1)
    }
}

#[test]
fn rows_12_and_13_a_malformed_message_is_refused_before_any_rule_is_asked() {
    let policy =
        format!("{FLOW}request dst=S {{ grant () }} request dst=S {{ F.fini {{sid : dst_sid}} }}");
    let image = solution(&policy).image.unwrap();
    let policy = Policy::prove(image.tables, image.program).unwrap();
    let subject = |name, sid| Subject {
        class: policy.tables().class_named(name).unwrap(),
        sid: Sid(sid),
    };
    // `Put`: name, data, points, words, the union and the number behind it; the descriptor of `name` comes first
    let put = |name: [u32; 2], arena: &[u8]| {
        let mut constant = vec![0; 80];
        (constant[2], constant[4]) = (1, 80);
        constant[24..32].copy_from_slice(&name.map(u32::to_le_bytes).concat());
        policy.request(
            subject("C", 3),
            subject("S", 4),
            Request(constant, arena.to_vec()),
        )
    };
    assert!(put([0, 2], b"a\0").is_ok());
    for (row, name, arena) in [(12, [1000, 2], b"a\0"), (13, [0, 2], b"\xff\0")] {
        let record = put(name, arena).unwrap_err().record;
        assert_eq!(
            (record.subsystem(), record.trace.len()),
            (Subsystem::Validator, 0),
            "row {row}"
        );
        assert!(record.is_recorded(), "row {row}");
    }
}

/// Whether the denial of `Do` goes into the audit.
fn is_recorded(policy: &str) -> bool {
    let image = solution(policy).image.unwrap();
    let policy = Policy::prove(image.tables, image.program).unwrap();
    let subject = |name, sid| Subject {
        class: policy.tables().class_named(name).unwrap(),
        sid: Sid(sid),
    };
    let mut request = Request(vec![0; 32], vec![]);
    request.0[4] = 32;
    let decided = policy
        .request(subject("C", 3), subject("S", 4), request)
        .and_then(|verified| policy.decide(&mut State::new(&policy, 9), verified));
    decided.unwrap_err().record.is_recorded()
}

#[test]
fn row_19_a_profile_is_about_the_results_of_its_objects_rules() {
    let event = "request dst=S { assert (1 == 1) F.allow {sid:src_sid,states:[\"a\"]} }";
    let profile = |entry: &str| {
        format!("{FLOW}audit profile p = {{ 0 : {{ {entry} }} }} audit default = p 0 {event}")
    };
    assert!(
        !is_recorded(&profile("base : { kss : [\"denied\"] }")),
        "the rule of `base` granted"
    );
    assert!(is_recorded(&profile("F : { kss : [\"denied\"] }")));
    assert!(is_recorded(&profile("base : { kss : [\"granted\"] }")));
    assert!(
        is_recorded(&format!("{FLOW}{event}")),
        "a policy that is silent about audit wants every denial"
    );
    assert!(!is_recorded(&format!(
        "{FLOW}audit default = empty 0 {event}"
    )));
    let router = "audit default = empty 0 request dst=C { grant () }";
    assert!(
        is_recorded(router),
        "an event without a rule is always recorded"
    );
}
