//! Why an event is granted or denied: asked by names and a message, and answered from an audit line.
use super::meter::folder;
use nk_gen::solution::{Inputs, Solution, build};
use nk_gen::tools::decide::{Answer, Line, Question, decide, why};

fn solution() -> Solution {
    let folder = folder();
    let options = nk_gen::Options {
        include: vec![folder.path().to_owned()],
        ..nk_gen::Options::default()
    };
    build(&Inputs {
        policy: folder.path().join("security.psl"),
        options,
        ..Inputs::default()
    })
}

/// A request of the panel to the board.
fn request(method: &str, message: &str, before: Option<&str>) -> Question {
    let some = |text: &str| Some(text.to_owned());
    let (src, dst) = if before.is_some() {
        ("p", "b")
    } else {
        ("demo.Panel", "demo.Board")
    };
    Question {
        src: some(src),
        dst: some(dst),
        endpoint: some("meter.api"),
        method: some(method),
        message: some(message),
        before: before.map(str::to_owned),
        ..Question::default()
    }
}

fn asked(question: &Question) -> Answer {
    let mut solution = solution();
    decide(&mut solution, question).unwrap_or_else(|findings| panic!("{findings:?}"))
}

#[test]
fn every_rule_is_told_with_its_place_its_result_and_what_it_read() {
    let answer = asked(&request("Reset", r#"{"pin": "12a4"}"#, None));
    // the first rule decides; those behind it are told as if it had granted, and nothing of them stays
    let expected = "\
denied: request demo.Panel -> demo.Board meter.api Reset
  security.psl:18:1  request src=demo.Panel dst=demo.Board
      security.psl:20:9  base.assert: denied  [message.pin = \"12a4\", re.match {text : message.pin, pattern : \"[0-9]{4}\"} = false]
      security.psl:21:9  choice, alternative 1: granted  [life.query {sid : dst_sid} = \"cold\"]
      security.psl:21:56  life.enter: granted  [life.query {sid : dst_sid} = \"cold\" → \"ready\"]
because security.psl:20:9: this condition does not hold
life of the receiver: \"cold\", unchanged
";
    assert_eq!((answer.granted, answer.text.as_str()), (false, expected));
    let answer = asked(&request("Reset", r#"{"pin": "1234"}"#, None));
    assert!(
        answer.granted && answer.text.starts_with("granted: request"),
        "{}",
        answer.text
    );
    assert!(
        answer
            .text
            .ends_with("life of the receiver: \"cold\" → \"ready\"\n"),
        "{}",
        answer.text
    );
}

#[test]
fn what_happened_before_is_told_in_the_language_of_tests() {
    let started = "p <- execute dst=demo.Panel b <- execute dst=demo.Board";
    let reset = format!("{started} p ~> b : meter.api.Reset {{ pin : \"1234\" }}");
    let read = |before: &str| asked(&request("Read", r#"{"channel": 1}"#, Some(before)));
    assert!(!read(started).granted);
    let answer = read(&reset);
    assert!(answer.granted, "{}", answer.text);
    assert!(answer.text.contains(
        "security.psl:25:9  life.allow: granted  [life.query {sid : dst_sid} = \"ready\"]"
    ));
}

#[test]
fn a_binding_that_fits_without_a_rule_and_a_missing_one_are_told_with_the_line_that_would_grant() {
    let some = |text: &str| Some(text.to_owned());
    let question = Question {
        event: "execute".to_owned(),
        src: some("demo.Panel"),
        dst: some("demo.Board"),
        ..Question::default()
    };
    let answer = asked(&question);
    let expected = "\
granted: execute demo.Panel -> demo.Board
  security.psl:13:1  execute
      no rule in it was asked
  security.psl:14:1  execute dst=demo.Board
      security.psl:14:26  life.init: granted  [life.query {sid : dst_sid} = nothing → \"cold\"]
life of the receiver: nothing → \"cold\"
";
    assert_eq!((answer.granted, answer.text.as_str()), (true, expected));
    let question = Question {
        src: some("demo.Board"),
        dst: some("demo.Board"),
        ..request("Read", "{}", None)
    };
    let answer = asked(&question);
    let expected = "\
denied: request demo.Board -> demo.Board meter.api Read
  no binding fits it
because security.psl:3:66: no rule covers it; no binding matches, the class is included here
this would let it pass: request src=demo.Board dst=demo.Board endpoint=meter.api method=Read { grant () }
life of the sender: \"cold\", unchanged
life of the receiver: \"cold\", unchanged
";
    assert_eq!(answer.text, expected);
}

#[test]
fn an_audit_line_is_explained_by_the_policy_it_came_from() {
    let solution = solution();
    let live = r#"{"call":7,"op":"request","src":"demo.Panel","dst":"demo.Board","src_sid":3,"dst_sid":4,
        "endpoint":"meter.api","interface":"demo.Meter","method":"Read","riid":0,"mid":0,"decision":"denied",
        "subsystem":"epilogue","rules":[{"model":"Base","object":"base","rule":"assert","pos":"security.psl:24:9",
        "result":"denied","read":{"message.channel":9}}],"reason":"this condition does not hold","place":"security.psl:24:9"}"#;
    let answer = why(&solution, &Line::read(live).unwrap());
    let expected = "\
denied: request demo.Panel -> demo.Board meter.api Read
  security.psl:18:1  request src=demo.Panel dst=demo.Board
      security.psl:24:9  base.assert: denied  [message.channel = 9]
      security.psl:25:9  not asked: the event was denied before
because security.psl:24:9: this condition does not hold
";
    assert_eq!(answer.text, expected);
    let other = why(
        &solution,
        &Line::read(&live.replace(":24:9", ":99:9")).unwrap(),
    );
    assert!(
        other
            .text
            .contains("so that the line is from another one:\n      security.psl:99:9"),
        "{}",
        other.text
    );
    // what `decide` says can be asked again
    let again = asked(&request("Read", r#"{"channel": 9}"#, None));
    let told = why(&solution, &Line::read(&again.json).unwrap());
    assert!(
        again.text.starts_with(&told.text),
        "{}\n{}",
        again.text,
        told.text
    );
    let wrong = |text: &str| Line::read(text).unwrap_err();
    assert_eq!(
        wrong(r#"{"op":"suppressed","count":3}"#),
        "this line counts others that were left out"
    );
    assert!(wrong("no json").starts_with("this is no audit line"));
}

#[test]
fn mistakes_in_a_question_are_findings() {
    let said = |question: &Question| {
        let mut solution = solution();
        let findings = decide(&mut solution, question).unwrap_err();
        findings[0].message.clone()
    };
    assert_eq!(
        said(&request("Read", "{\"chanel\": 1}", None)),
        "the message has no field `chanel`"
    );
    assert_eq!(
        said(&request("Read", "{\"channel\": 70000}", None)),
        "70000 is outside of the range of `UInt16`"
    );
    assert!(
        said(&request("Read", "{\"channel\": 1.5}", None))
            .ends_with("1.5 is no integer of 64 bits")
    );
    assert!(said(&request("Read", "[]", None)).ends_with("it is no object"));
    assert!(
        said(&request("Write", "{}", None)).contains("no selected endpoint has a method `Write`")
    );
    let nobody = Question {
        dst: Some("demo.Nobody".into()),
        ..request("Read", "{}", None)
    };
    assert_eq!(
        said(&nobody),
        "the policy knows no process class `demo.Nobody`"
    );
    assert!(
        said(&request("Read", "{}", Some("p <- execute dst=demo.Nobody"))).contains("demo.Nobody")
    );
}

#[test]
fn the_command_prints_text_or_lines_and_ends_with_1_when_it_is_denied() {
    let folder = folder();
    let run = |arguments: &[&str], input: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nk-gen"));
        command
            .current_dir(folder.path())
            .args(["decide", "-I", ".", "--policy", "security.psl"])
            .args(arguments);
        let streams = std::process::Stdio::piped;
        let mut child = command
            .stdin(streams())
            .stdout(streams())
            .stderr(streams())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let event = [
        "--src",
        "demo.Panel",
        "--dst",
        "demo.Board",
        "--endpoint",
        "meter.api",
        "--method",
        "Reset",
        "--message",
    ];
    let with = |message: &'static str| event.into_iter().chain([message]).collect::<Vec<_>>();
    assert_eq!(run(&with(r#"{"pin":"1234"}"#), "").0, Some(0));
    let mut denied = with(r#"{"pin":"x"}"#);
    denied.extend(["--format", "json"]);
    let (code, line) = run(&denied, "");
    assert!(
        code == Some(1)
            && line.starts_with("{\"call\":0,\"op\":\"request\"")
            && line.lines().count() == 1,
        "{line}"
    );
    let (code, text) = run(&["--line", "-"], &line.repeat(2));
    assert!(
        code == Some(1) && text.matches("denied: request demo.Panel").count() == 2,
        "{text}"
    );
}
