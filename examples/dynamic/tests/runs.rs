//! The solution as it stands, and with a server that publishes what it must not.
use example_runner::{Result, example};

#[test]
fn both_get_a_channel_and_the_class_decides_what_it_carries() -> Result<()> {
    let run = example!().with_package("nk-core").run()?;
    let clerk = [
        "found office at Server",
        "open nine to five",
        "ada has 3000",
    ];
    assert_eq!(run.lines("Clerk"), clerk, "{run:?}");
    let guest = [
        "found office at Server",
        "open nine to five",
        "ada's salary: the security policy denied the message",
    ];
    assert_eq!(run.lines("Guest"), guest, "{run:?}");
    // the guest's question never reached the server
    let server = run.lines("Server");
    let asked = server
        .iter()
        .filter(|line| **line == "somebody asks for the salary of ada")
        .count();
    assert_eq!((server.len(), asked), (3, 1), "{server:?}");
    let denied = run.denied("request");
    assert!(
        denied.len() == 1 && denied[0].ends_with("this binding matches but contains no rule"),
        "{denied:?}"
    );
    assert!(run.status.success(), "{run:?}");
    Ok(())
}

#[test]
fn what_may_be_published_is_the_policys_to_say() -> Result<()> {
    let example = example!()
        .with_package("nk-core")
        .with_policy("message.type == \"Office\"", "message.type == \"Bank\"")?;
    // without a name to find, clients would look for ever
    let run = example.with_init("- name: Clerk\n  path: dynamic-client\n", "")?;
    let run = run
        .with_init("- name: Guest\n  path: dynamic-client\n", "")?
        .run()?;
    assert!(!run.status.success());
    let denied = run.denied("request");
    assert!(
        denied.len() == 1 && denied[0].contains("does not hold"),
        "{denied:?}"
    );
    Ok(())
}

#[test]
fn who_may_be_asked_for_a_channel_is_the_policys_to_say() -> Result<()> {
    let example = example!().with_package("nk-core");
    let run = example.with_policy(
        "message.service == \"office\"",
        "message.service == \"lobby\"",
    )?;
    // the server waits for two clients, so it gives up when the guest cannot ask
    let run = run
        .with_init("- name: Clerk\n  path: dynamic-client\n", "")?
        .run()?;
    assert_eq!(run.lines("Guest"), ["found office at Server"], "{run:?}");
    let denied = run.denied("request");
    assert!(
        denied.len() == 1 && denied[0].contains("does not hold"),
        "{denied:?}"
    );
    Ok(())
}
