//! What is granted and what is denied, and how a denial reads (`docs/psl.md` §7 and §12).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
mod common;

use common::*;
use nk_security::*;

fn policy(program: Program) -> Policy {
    Policy::prove(tables(), program).unwrap()
}

/// The request `Do`, decided.
fn request(policy: &Policy) -> Result<Granted<Mem>, Box<Record>> {
    let verified = policy
        .request(subject(C), subject(S), number(9))
        .map_err(|d| d.record)?;
    policy
        .decide(&mut State::new(policy, 9), verified)
        .map_err(|d| d.record)
}

/// The answer to a granted `Do`, decided.
fn response(policy: &Policy, message: Mem) -> Result<Granted<Mem>, Box<Record>> {
    let route = request(policy)?.route();
    let verified = policy.response(route, message).map_err(|d| d.record)?;
    policy
        .decide(&mut State::new(policy, 9), verified)
        .map_err(|d| d.record)
}

/// A start, decided.
fn execute(policy: &Policy, initiator: ClassId, started: ClassId) -> Result<Permit, Box<Record>> {
    policy.execute(
        &mut State::new(policy, 9),
        subject(initiator),
        subject(started),
    )
}

#[test]
fn vector_1_an_event_without_a_rule_is_denied_by_the_router() {
    for (why, says) in [
        (
            NoRule::NoBinding,
            "no rule covers it; no binding matches, the class is included here",
        ),
        (
            NoRule::EmptyBinding,
            "no rule covers it; this binding matches but contains no rule",
        ),
        (
            NoRule::NotIncluded,
            "no rule covers it; the policy does not include its class",
        ),
    ] {
        let policy = policy(program(
            none(why, 4),
            rules(&[grant(2)]),
            rules(&[grant(3)]),
        ));
        let record = request(&policy).unwrap_err();
        assert_eq!(record.subsystem(), Subsystem::Router);
        let text =
            format!("denied by policy: request C -> S comp.impl Do: security.psl:4:1: {says}");
        assert_eq!(record.text(&policy).to_string(), text);
    }
}

#[test]
fn vector_2_a_granted_request_does_not_grant_its_response() {
    let policy = policy(program(
        rules(&[grant(1)]),
        none(NoRule::NoBinding, 5),
        rules(&[grant(3)]),
    ));
    assert!(request(&policy).is_ok());
    let record = response(&policy, number(1)).unwrap_err();
    assert_eq!(
        (record.kind, record.src, record.dst, record.place()),
        (Kind::Response, S, Some(C), Some(place(5)))
    );
}

#[test]
fn vector_3_one_denial_outweighs_any_number_of_grants() {
    let tree = rules(&[grant(1), grant(2), deny(3), grant(4)]);
    let policy = policy(program(tree, rules(&[grant(2)]), rules(&[grant(3)])));
    let record = request(&policy).unwrap_err();
    assert_eq!(
        (record.subsystem(), record.place()),
        (Subsystem::Rules, Some(place(3)))
    );
    let text =
        "denied by policy: request C -> S comp.impl Do: security.psl:3:1: this rule denies it";
    assert_eq!(record.text(&policy).to_string(), text);
}

#[test]
fn vector_12_a_malformed_message_meets_no_rule() {
    let policy = policy(program(
        rules(&[deny(1)]),
        rules(&[grant(2)]),
        rules(&[grant(3)]),
    ));
    let mut message = number(9);
    message.0[31] = 1; // padding
    let record = policy
        .request(subject(C), subject(S), message)
        .unwrap_err()
        .record;
    assert_eq!(
        (record.subsystem(), record.place()),
        (Subsystem::Validator, None)
    );
    let text = "refused: malformed request C -> S comp.impl Do: rule NotZero at offset 28";
    assert_eq!(record.text(&policy).to_string(), text);
}

#[test]
fn vector_15_an_error_response_is_an_event_of_its_own() {
    let policy = policy(program(
        rules(&[grant(1)]),
        rules(&[grant(2)]),
        none(NoRule::NoBinding, 6),
    ));
    assert!(response(&policy, number(1)).is_ok());
    let record = response(&policy, Mem(head(DO, 24, true), vec![])).unwrap_err();
    assert_eq!((record.kind, record.place()), (Kind::Error, Some(place(6))));
}

#[test]
fn vector_20_a_denied_start_has_its_place() {
    let mut denied = open_program();
    let tree = denied.base(&[deny(8)]);
    denied.trees.push(tree);
    denied.execute[E.index() * 3 + S.index()] = TreeId(3);
    let policy = policy(denied);
    assert!(execute(&policy, E, C).is_ok());
    let record = execute(&policy, E, S).unwrap_err();
    let text = "denied by policy: execute E -> S: security.psl:8:1: this rule denies it";
    assert_eq!(record.text(&policy).to_string(), text);
}

#[test]
fn unknown_numbers_are_routed_nowhere() {
    let policy = policy(open_program());
    let mut message = number(0);
    message.0[0] = 1;
    let record = policy
        .request(subject(C), subject(S), message.clone())
        .unwrap_err()
        .record;
    assert_eq!(
        (record.subsystem(), record.reason),
        (Subsystem::Router, Reason::UnknownEndpoint)
    );
    assert_eq!(
        record.text(&policy).to_string(),
        "refused: request C -> S: unknown RIID 1"
    );
    (message.0[0], message.0[2]) = (0, 2);
    let record = policy
        .request(subject(C), subject(S), message)
        .unwrap_err()
        .record;
    assert_eq!(
        record.text(&policy).to_string(),
        "refused: request C -> S comp.impl: unknown MID 2"
    );
    let record = policy
        .request(subject(S), subject(C), number(0))
        .unwrap_err()
        .record;
    assert_eq!(
        record.reason,
        Reason::UnknownEndpoint,
        "a class without endpoints serves nothing"
    );
}

#[test]
fn a_response_has_to_come_back_by_the_way_of_its_request() {
    let policy = policy(open_program());
    let other_method = put([0; 4], &[]);
    let record = response(&policy, other_method).unwrap_err();
    assert!(
        record
            .text(&policy)
            .to_string()
            .contains("rule Route at offset 0"),
        "{}",
        record.text(&policy)
    );
    assert!(response(&policy, Mem(vec![], vec![])).is_err());
    let mut error = number(1);
    error.0[7] |= 0x80;
    assert!(
        response(&policy, error).is_err(),
        "an error response with the response's structure"
    );
}

#[test]
fn without_a_program_well_formed_messages_pass_and_others_do_not() {
    let denying = program(rules(&[deny(1)]), rules(&[deny(2)]), rules(&[deny(3)]));
    let policy = policy(denying).opened();
    assert!(
        request(&policy).is_ok()
            && response(&policy, number(1)).is_ok()
            && execute(&policy, E, S).is_ok()
    );
    let record = policy
        .request(subject(C), subject(S), Mem(head(DO, 24, false), vec![]))
        .unwrap_err()
        .record;
    assert_eq!(record.subsystem(), Subsystem::Validator);
}

#[test]
fn the_audit_line_of_a_rule_shows_the_rules_up_to_the_one_that_denied() {
    let tree = rules(&[grant(1), deny(3), grant(4)]);
    let policy = policy(program(tree, rules(&[grant(2)]), rules(&[grant(3)])));
    let json = request(&policy).unwrap_err().json(&policy, 12).to_string();
    let expected = r#"{"call":12,"op":"request","src":"C","dst":"S","src_sid":3,"dst_sid":4,"endpoint":"comp.impl","interface":"Ping","method":"Do","riid":0,"mid":0,"decision":"denied","subsystem":"epilogue","rules":[{"model":"Base","object":"base","rule":"grant","pos":"security.psl:1:1","result":"granted"},{"model":"Base","object":"base","rule":"deny","pos":"security.psl:3:1","result":"denied"}],"reason":"this rule denies it","place":"security.psl:3:1"}"#;
    assert_eq!(json, expected);
}

#[test]
fn text_in_an_audit_line_stays_text() {
    let hostile = "a\"},{\n\u{1b}[31m\u{2028}\\é";
    assert_eq!(
        Quoted(hostile).to_string(),
        r#""a\"},{\u000a\u001b[31m\u2028\\é""#
    );
}

#[test]
fn a_program_that_does_not_answer_for_every_event_is_not_accepted() {
    type Damage = fn(&mut Program);
    let damages: [(&str, Damage); 11] = [
        ("no requests", |p| p.request.clear()),
        ("a response too many", |p| p.response.push(RowId(0))),
        ("no security", |p| p.security.clear()),
        ("an execute too few", |p| p.execute.truncate(8)),
        ("a row that is not there", |p| p.error[4] = RowId(9)),
        ("a row of another length", |p| p.request[1] = RowId(0)),
        ("a row where there are no methods", |p| {
            p.request[0] = RowId(1);
        }),
        ("a tree that is not there", |p| p.rows[2][1] = TreeId(3)),
        ("an execute that is not there", |p| {
            p.execute[0] = TreeId(u32::MAX);
        }),
        ("no rules in a tree", |p| p.bodies[0].clear()),
        ("a file that is not there", |p| p.files.clear()),
    ];
    for (what, damage) in damages {
        let mut program = open_program();
        damage(&mut program);
        assert!(Policy::prove(tables(), program).is_err(), "{what}");
    }
}

#[test]
fn tables_that_cannot_be_walked_or_shown_are_not_accepted() {
    type Damage = fn(&mut Tables);
    let damages: [(&str, Damage); 8] = [
        ("a control character", |t| {
            t.classes[0].name = "a\u{1b}[31m".into();
        }),
        ("no name", |t| t.interfaces[0].methods[0].name.clear()),
        ("two classes of one name", |t| {
            t.classes[0].name = "S".into();
        }),
        ("an interface that is not there", |t| {
            t.classes[1].endpoints[0].interface = InterfaceId(1);
        }),
        ("a security interface that is not there", |t| {
            t.classes[0].security = vec![Endpoint {
                name: "security".into(),
                alias: "security".into(),
                interface: InterfaceId(7),
            }];
        }),
        ("items that are not there", |t| {
            t.interfaces[0].methods[1].request.items.len = 99;
        }),
        ("an item outside its message", |t| {
            t.interfaces[0].methods[1].request.size = 32;
        }),
        ("an arena that nothing points into", |t| {
            t.interfaces[0].methods[0].error.arena = true;
        }),
    ];
    for (what, damage) in damages {
        let mut tables = tables();
        damage(&mut tables);
        assert!(Policy::open(tables).is_err(), "{what}");
    }
}
