//! The solution run as a whole: turns are kept, what breaks them is denied, and the audit names the rule.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[test]
fn ping_and_pong_take_turns_and_the_audit_says_which_rule_denied_what_does_not() {
    let run = example_runner::example!().run().unwrap();
    assert!(run.status.success(), "{}", run.told);
    let expected = [
        "ping -> 1",
        "pong -> 2",
        "ping -> 3",
        "pong -> 4",
        "pong out of turn: rcSecurityDisallow",
        "ping -> 5",
        "ping out of turn: rcSecurityDisallow",
        "pong -> 6",
    ];
    assert_eq!(run.lines("Client"), expected);
    let policy = include_str!("../security.psl");
    let line = |method: &str| {
        1 + policy
            .lines()
            .position(|l| l.contains(&format!("match method={method} ")))
            .unwrap()
    };
    let denied = |method| {
        format!(
            "security.psl:{}: the state cannot be entered from the present one",
            line(method)
        )
    };
    assert_eq!(run.denied("request"), [denied("Pong"), denied("Ping")]);
}
