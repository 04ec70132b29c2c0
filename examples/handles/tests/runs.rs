//! The solution as it stands, and with an editor that must not make the viewer part of it.
use example_runner::{Result, example};

#[test]
fn a_handle_is_passed_on_called_and_taken_back() -> Result<()> {
    let run = example!().run()?;
    let editor = [
        "the plan: milk / bread",
        "the viewer: milk / bread / tea",
        "the viewer, after that: rcHandleRevoked",
        "the editor, too: rcHandleRevoked",
        "opened again: milk / bread / tea",
    ];
    assert_eq!(run.lines("Editor"), editor, "{run:?}");
    let viewer = [
        "shows: milk / bread",
        "writing: the security policy denied the message",
    ];
    assert_eq!(run.lines("Viewer"), viewer, "{run:?}");
    assert_eq!(run.denied("request").len(), 1, "{run:?}");
    assert!(run.status.success());
    Ok(())
}

#[test]
fn a_handle_in_the_wrong_hands_is_no_way_past_the_policy() -> Result<()> {
    let line = "request  src=Viewer, dst=Archive, endpoint=document, method=Read { grant () }";
    let run = example!().with_policy(line, "")?.run()?;
    assert_eq!(
        run.lines("Viewer")[0],
        "shows: the security policy denied the message",
        "{run:?}"
    );
    Ok(())
}
