//! The solution as it stands, and with a policy that leaves the answers out.
use example_runner::{Result, example};

#[test]
fn ten_numbers_go_there_and_come_back() -> Result<()> {
    let run = example!().run()?;
    let expected: Vec<String> = (777..787)
        .map(|n| format!("sent {n}, got {}", n + 1))
        .collect();
    assert_eq!(run.lines("Client"), expected, "{run:?}");
    assert!(run.status.success() && run.audit.is_empty(), "{run:?}");
    Ok(())
}

#[test]
fn an_answer_that_nothing_grants_does_not_arrive() -> Result<()> {
    let line = "response src=Server, dst=Client, endpoint=responder.ping, method=Ping { grant () }";
    let run = example!().with_policy(line, "")?.run()?;
    assert_eq!(run.lines("Client"), [""; 0], "{run:?}");
    let denied = run.denied("response");
    assert!(
        !denied.is_empty() && denied[0].starts_with("security.psl:7:"),
        "{denied:?}"
    );
    Ok(())
}
