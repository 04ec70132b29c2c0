//! The solution run as a whole: one class writes, the other reads, and the audit names the rule that denied anything else.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[test]
fn only_the_application_writes_only_the_viewer_reads_and_a_line_is_one_line() {
    let run = example_runner::example!().run().unwrap();
    assert!(run.status.success(), "{}", run.told);
    let application = [
        "wrote door opened: rcOk",
        "wrote door closed: rcOk",
        "forged a line: rcSecurityDisallow",
        "read: rcSecurityDisallow",
    ];
    assert_eq!(run.lines("Application"), application);
    let viewer = [
        "line 0: door opened",
        "line 1: door closed",
        "wrote: rcSecurityDisallow",
        "there are 2 lines",
    ];
    assert_eq!(run.lines("Viewer"), viewer);
    let mut denials = run.denied("request");
    denials.sort_unstable();
    let policy = include_str!("../security.psl");
    let line = |text: &str| {
        1 + policy
            .lines()
            .position(|l| l.trim_start().starts_with(text))
            .unwrap()
    };
    let uncovered = |line, why| format!("security.psl:{line}: no rule covers it; {why}");
    let expected = [
        // the application's read: no binding is about it; the viewer's write: its binding has no section for it
        uncovered(
            line("use EDL Logger"),
            "no binding matches, the class is included here",
        ),
        format!(
            "security.psl:{}: this condition does not hold",
            line("assert (re.match")
        ),
        uncovered(
            line("request src=Viewer"),
            "this binding matches but contains no rule",
        ),
    ];
    assert_eq!(denials, expected);
}
