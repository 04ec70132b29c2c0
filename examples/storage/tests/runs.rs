//! The solution as it stands, and with the one line that would open the keys.
use example_runner::{Result, example};

const DENIED: &str = "the security policy denied the message";

#[test]
fn each_may_do_in_each_store_what_the_policy_says() -> Result<()> {
    let run = example!().run()?;
    let browser = [
        "a download: stored".to_owned(),
        format!("another name: {DENIED}"),
        format!("reading it back: {DENIED}"),
        format!("the key: {DENIED}"),
        format!("a key of its own: {DENIED}"),
    ];
    assert_eq!(run.lines("Browser"), browser, "{run:?}");
    let keeper = [
        "a key: stored".to_owned(),
        "the key: s3cret".to_owned(),
        "the page: <h1>hello</h1>".to_owned(),
        format!("the key among the files: {DENIED}"),
    ];
    assert_eq!(run.lines("Keeper"), keeper);
    // a store knows nothing of what was refused
    assert_eq!(
        (run.lines("Keys"), run.lines("Files")),
        (vec!["keeps root"], vec!["keeps downloads/page1.html"])
    );
    assert!(
        run.denied("request")
            .iter()
            .any(|denied| denied.contains("this condition does not hold")),
        "{run:?}"
    );
    Ok(())
}

#[test]
fn one_line_opens_the_keys_to_the_browser() -> Result<()> {
    let line = "request  src=Keeper, dst=Keys { grant () }";
    let opened = format!(
        "{line} request src=Browser, dst=Keys {{ grant () }} response src=Keys, dst=Browser {{ grant () }}"
    );
    let run = example!().with_policy(line, &opened)?.run()?;
    assert_eq!(
        run.lines("Browser")[4],
        "a key of its own: stored",
        "{run:?}"
    );
    Ok(())
}
