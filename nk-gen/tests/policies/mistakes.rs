//! What is said about policies and tests that are wrong.
use crate::common::{SETUP, said, solution};

#[track_caller]
fn says(policy: &str, expected: &str) {
    let said = said(policy);
    assert!(
        said.lines().any(|line| line.starts_with(expected)),
        "{policy}\nexpected {expected}\n{said}"
    );
}

#[test]
fn values_have_types() {
    let on_do = |body: &str| format!("request dst=S endpoint=comp.impl method=Do {{ {body} }}");
    for (body, expected) in [
        (
            "assert (message.v)",
            "1 E507: expected a Boolean, found `UInt32`",
        ),
        (
            "assert (message.v == \"a\")",
            "1 E507: expected `UInt32`, found a text",
        ),
        (
            "assert (message.v && true)",
            "1 E507: expected a Boolean, found `UInt32`",
        ),
        (
            "assert (true < false)",
            "1 E507: `<` compares numbers, not Booleans",
        ),
        (
            "assert (1 < message.v < 3)",
            "1 E507: comparisons do not chain | write `a < b && b < c`",
        ),
        (
            "assert (message.v == 4294967296)",
            "1 E202: 4294967296 is outside of the range of `UInt32`",
        ),
        (
            "assert (message.v == -1)",
            "1 E202: -1 is outside of the range of `UInt32`",
        ),
        (
            "assert (message.v == math.uint64 (message.v))",
            "1 E507: mismatched types `UInt32` and `UInt64` | widen the first with",
        ),
        (
            "assert (math.uint16 (message.v) == 1)",
            "1 E507: `math.uint16` only widens",
        ),
        (
            "assert (message.w == 1)",
            "1 E515: `request` of `Ping.Do` has no parameter `w` | did you mean `v`?",
        ),
        (
            "assert (message.r == 1)",
            "1 E515: `request` of `Ping.Do` has no parameter `r`",
        ),
        ("assert (mesage.v == 1)", "1 E508: unknown name `mesage.v`"),
        (
            "set_level 256",
            "1 E202: 256 is outside of the range of `UInt8`",
        ),
        (
            "choice (message) { _ : grant () }",
            "1 E507: expected a state, level, number, text or Boolean, found a whole message",
        ),
        (
            "choice (message.v) { \"a\" : grant () _ : deny () }",
            "1 E507: expected `UInt32`, found a text",
        ),
        (
            "choice (message.v) { 1 : grant () 1 : deny () _ : deny () }",
            "1 E516: this alternative is never chosen",
        ),
        (
            "choice (message.v) { _ : grant () 1 : deny () }",
            "1 E516: this alternative is never chosen",
        ),
        (
            "choice (message.v) { 1 : grant () }",
            "1 W530: this choice has no alternative `_`",
        ),
    ] {
        says(&on_do(body), expected);
    }
    says(
        "execute { assert (message.v == 1) }",
        "1 E515: the start of a program has no `message`",
    );
    says(
        "security { assert (dst_sid == 1) }",
        "1 E507: a security request has no `dst_sid`",
    );
}

#[test]
fn a_field_that_some_methods_lack_is_one_finding_about_all_of_them() {
    let policy = "request dst=S endpoint=comp.impl { assert (message.x == 1) }";
    let both =
        "`request` of `Ping.Do` has no parameter `x`; `request` of `Ping.Put` has no parameter `x`";
    says(policy, &format!("1 E515: {both}"));
    assert_eq!(said(policy).matches("E515").count(), 1);
}

#[test]
fn a_binding_that_fits_nothing_is_checked_all_the_same() {
    says(
        "request src=C dst=C { assert (1) }",
        "1 E507: expected a Boolean, found a number",
    );
}

#[test]
fn rules_are_no_expressions_and_expressions_no_rules() {
    let set = "policy object h : HashSet { type Entry = UInt32 config = { set_size : 1, pool_size : 1 } } ";
    for (body, expected) in [
        (
            "h.contains {sid : src_sid, entry : 1}",
            "1 E508: `h.contains` is an expression, not a rule",
        ),
        (
            "assert (h.add {sid : src_sid, entry : 1})",
            "1 E508: `add` is a rule, not an expression",
        ),
        (
            "pred.empty (())",
            "1 E508: `pred.empty` is an expression, not a rule",
        ),
        (
            "h.ad {sid : src_sid, entry : 1}",
            "1 E508: unknown rule `h.ad` | did you mean `add`?",
        ),
        (
            "g.add {sid : src_sid, entry : 1}",
            "1 E508: unknown policy object `g` | did you mean `h`?",
        ),
        (
            "h.add {sid : src_sid}",
            "1 E508: `add` needs `entry` | write `add { sid : …, entry : … }`",
        ),
        (
            "h.add {sid : src_sid, entry : 1, x : 2}",
            "1 E508: `add` has no parameter `x`",
        ),
        (
            "h.add {sid : \"a\", entry : 1}",
            "1 E507: expected a SID, found a text",
        ),
        (
            "h.add {sid : src_sid, entry : \"a\"}",
            "1 E507: expected `UInt32`, found a text",
        ),
        ("h.add 1", "1 E508: `add` takes a dictionary"),
    ] {
        says(&format!("{set}request {{ {body} }}"), expected);
    }
}

#[test]
fn objects_are_configured_completely_and_within_limits() {
    let flow = |config: &str| {
        format!("policy object f : Flow {{ type State = \"a\" | \"b\" config = {{ {config} }} }}")
    };
    let set = |rest: &str| format!("policy object h : HashSet {{ {rest} }}");
    for (policy, expected) in [
        (
            flow("states : [\"a\"], initial : \"a\", transitions : {}"),
            "1 E512: `states` and `type State` differ",
        ),
        (
            flow("states : [\"a\", \"b\"], initial : \"c\", transitions : {}"),
            "1 E512: unknown state `c`",
        ),
        (
            flow("states : [\"a\", \"b\"], initial : \"a\", transitions : {\"a\" : [\"x\"]}"),
            "1 E512: unknown state `x`",
        ),
        (
            flow("states : [\"a\", \"b\"], initial : \"a\""),
            "1 E512: the configuration of policy object `f` has no",
        ),
        (
            flow("states : [\"a\", \"a\"], initial : \"a\", transitions : {}"),
            "1 E512: duplicate state `a`",
        ),
        (
            set("config = { set_size : 1, pool_size : 1 }"),
            "1 E513: policy object `h` has no `type Entry`",
        ),
        (
            set("type Entry = Text config = { set_size : 1, pool_size : 1 }"),
            "1 E513: a HashSet holds integers",
        ),
        (
            set("type Entry = UInt8 config = { set_size : 0, pool_size : 1 }"),
            "1 E513: a size is a number from 1",
        ),
        (
            set("type Entry = UInt8 config = { set_size : 99999999, pool_size : 9 }"),
            "1 E513: the sets would take",
        ),
        (
            set("type Entry = UInt8 config = { setsize : 1, pool_size : 1 }"),
            "1 E513: `config` has no entry `setsize`",
        ),
        (
            "policy object f : Flw {}".to_owned(),
            "1 E508: unknown security model `Flw` | did you mean `Flow`?",
        ),
        (
            "policy object base : Base {}".to_owned(),
            "1 E514: policy object `base` already exists",
        ),
    ] {
        says(&policy, expected);
    }
}

#[test]
fn profiles_speak_of_levels_objects_and_results_that_exist() {
    for (policy, expected) in [
        ("audit default = q 0", "1 E518: unknown audit profile `q`"),
        (
            "audit default = empty 256",
            "1 E518: an audit level is a number from 0 to 255",
        ),
        (
            "audit profile p = { 256 : {} }",
            "1 E518: an audit level is a number from 0 to 255",
        ),
        (
            "audit profile p = { 0 : { bas : { kss : [] } } }",
            "1 E508: unknown policy object `bas`",
        ),
        (
            "audit profile p = { 0 : { base : { kss : [\"all\"] } } }",
            "1 E518: unknown word in an audit option",
        ),
        (
            "audit profile p = { 0 : { base : { omit : [] } } }",
            "1 E518: `base` has no audit option `omit`",
        ),
        (
            "audit profile p = {} audit profile p = {}",
            "1 E514: audit profile `p` already exists",
        ),
        (
            "audit default = empty 0 audit default = empty 1",
            "1 E514: duplicate `audit default`",
        ),
        (
            "request { audit p grant () }",
            "1 E518: unknown audit profile `p`",
        ),
    ] {
        says(policy, expected);
    }
}

#[test]
fn mistakes_in_tests_are_findings() {
    for (case, expected) in [
        ("x ~> s : comp.impl.Do", "unknown variable `x`"),
        (
            "c ~> s : comp.imp.Do",
            "process class `S` has no endpoint `comp.imp`",
        ),
        (
            "c ~> s : comp.impl.Doo",
            "no selected endpoint has a method `Doo`",
        ),
        (
            "c ~> s : comp.impl.Do { w : 1 }",
            "the message has no field `w`",
        ),
        (
            "c ~> s : comp.impl.Do { v : -1 }",
            "-1 is outside of the range of `UInt32`",
        ),
        ("c ~> s : comp.impl.Do { v : \"a\" }", "expected a number"),
        (
            "c ~> s : comp.impl.Put { name : \"12345678901234567\" }",
            "17 bytes are more than the limit of 16",
        ),
        (
            "c ~> s : comp.impl.Put { words : [1,2,3,4] }",
            "4 elements are more than the limit of 3",
        ),
        (
            "x <- execute dst=X",
            "process class `X` is not included by the policy",
        ),
        (
            "request src=c endpoint=comp.impl method=Do",
            "`request` needs `dst`",
        ),
    ] {
        let policy = format!(
            "request {{ grant () }} assert {{ {SETUP} sequence {{ {case} }} sequence {{ {case} }} }}"
        );
        let solution = solution(&policy);
        let findings = nk_gen::tools::testing::run(&solution).unwrap_err();
        assert!(
            findings[0].code.number() == 540 && findings[0].message.contains(expected),
            "{case}: {findings:?}"
        );
    }
}
