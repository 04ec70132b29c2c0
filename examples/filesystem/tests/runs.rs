//! What the documentation's example does: calls that work, and everything that must not.
use example_runner::{Result, example};

#[test]
fn files_are_opened_and_whatever_must_not_work_does_not() -> Result<()> {
    let run = example!().run()?;
    let lines = run.lines("Client");
    let opened = [
        "opened /etc/hosts -> 1",
        "opened /var/log/messages -> 2",
        "opened документ.txt -> 3",
        "opened  -> 4",
    ];
    assert_eq!(lines[..4], opened, "{run:?}");
    let refused = [
        "unknown RIID: rcSecurityDisallow",
        "unknown MID: rcSecurityDisallow",
        "dispatcher: ENOENT",
        "too long: the value at offset 24 is longer than its bound",
        "malformed: rcSecurityDisallow, server saw nothing",
    ];
    assert_eq!(lines[4..], refused, "{run:?}");
    assert!(run.status.success());
    Ok(())
}
