//! The solution as it stands, and with a policy that lets no errors through.
use example_runner::{Result, example};

#[test]
fn every_error_arrives_as_what_it_is() -> Result<()> {
    let run = example!().run()?;
    let expected = [
        "ada pays bob 30: 70 left",
        "ada pays bob 100: there is only 70",
        "ada pays zoe 1: nobody is called zoe",
        "eve pays ada 1: closed: under investigation",
        "ada has 70",
        "zoe has error 404",
        "a long name: the value at offset 24 is longer than its bound",
        "closing: the policy does not let this program",
    ];
    assert_eq!(run.lines("Client"), expected, "{run:?}");
    assert!(run.status.success(), "{run:?}");
    assert_eq!(run.denied("request").len(), 1, "{run:?}");
    Ok(())
}

#[test]
fn an_error_is_an_event_of_its_own_for_the_policy() -> Result<()> {
    let run = example!()
        .with_policy("error src=Server, dst=Client { grant () }", "")?
        .run()?;
    let lines = run.lines("Client");
    assert_eq!(
        lines[0], "ada pays bob 30: 70 left",
        "results go on arriving"
    );
    assert!(
        lines[1].contains("denied") || lines[1].contains("rcSecurityDisallow"),
        "{lines:?}"
    );
    assert!(!run.denied("error").is_empty(), "{:?}", run.audit);
    Ok(())
}
