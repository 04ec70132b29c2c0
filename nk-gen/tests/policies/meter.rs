//! The worked example of `docs/psl.md` §13, in our own words: a meter that answers after it was reset.
use nk_gen::solution::{Inputs, build};
use nk_gen::tools::testing::{report, run};

const FILES: [(&str, &str); 5] = [
    (
        "demo/Meter.idl",
        "package demo.Meter
interface { Read(in UInt16 channel, out UInt32 value, error SInt32 code); Reset(in string<16> pin); }",
    ),
    ("demo/CMeter.cdl", "component demo.CMeter endpoints { api : demo.Meter }"),
    ("demo/Board.edl", "task class demo.Board components { meter : demo.CMeter }"),
    ("demo/Panel.edl", "task class demo.Panel"),
    ("security.psl", POLICY),
];

const POLICY: &str = r#"execute: kl.core.Execute
use nk.base._  use nk.basic._  use nk.flow._  use nk.regex._
use EDL Einit  use EDL kl.core.Core  use EDL demo.Panel  use EDL demo.Board

policy object life : Flow {
    type State = "cold" | "ready"
    config = { states : ["cold", "ready"], initial : "cold", transitions : { "cold" : ["ready"], "ready" : ["cold"] } }
}

audit profile quiet = { 0 : { base : { kss : ["denied"] }, life : { kss : ["denied"], omit : ["ready"] } } }
audit default = quiet 0

execute { match src=kl.core.Core { grant () } match src=Einit { grant () } }
execute dst=demo.Board { life.init {sid : dst_sid} }
request dst=kl.core.Core { grant () }
response src=kl.core.Core { grant () }
error { grant () }
request src=demo.Panel, dst=demo.Board {
    match endpoint=meter.api method=Reset {
        assert (re.match {text : message.pin, pattern : "[0-9]{4}"})
        choice (life.query {sid : dst_sid}) { "cold" : life.enter {sid : dst_sid, state : "ready"} _ : grant () }
    }
    match endpoint=meter.api method=Read {
        assert (message.channel < 4)
        life.allow {sid : dst_sid, states : ["ready"]}
    }
}
response src=demo.Board, dst=demo.Panel {
    match endpoint=meter.api method=Reset { grant () }
    match endpoint=meter.api method=Read { assert (message.value <= 100000) }
}

assert "meter" {
    setup { e <- execute dst=Einit  p <- execute src=e dst=demo.Panel  b <- execute src=e dst=demo.Board }
    sequence "reading needs a reset" {
        deny p ~> b : meter.api.Read { channel : 1 }
        deny "no number" p ~> b : meter.api.Reset { pin : "12a4" }
        deny "still cold" p ~> b : meter.api.Read { channel : 1 }
        grant p ~> b : meter.api.Reset { pin : "1234" }
        grant p ~> b : meter.api.Read { channel : 1 }
        deny p ~> b : meter.api.Read { channel : 4 }
        grant p <~ b : meter.api.Read { value : 100000 }
        deny response src=b dst=p endpoint=meter.api method=Read { value : 200000 }
        grant error src=b dst=p endpoint=meter.api method=Read { code : -3 }
        deny "nobody asked the panel" b ~> b : meter.api.Read
    }
}
"#;

pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("demo")).unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn the_worked_example_goes_as_it_says() {
    let folder = folder();
    let options = nk_gen::Options {
        include: vec![folder.path().to_owned()],
        ..nk_gen::Options::default()
    };
    let solution = build(&Inputs {
        policy: folder.path().join("security.psl"),
        options,
        ..Inputs::default()
    });
    let outcomes =
        run(&solution).unwrap_or_else(|f| panic!("{f:?} {:?}", solution.analysis.diagnostics));
    let text = report(&outcomes, &solution.analysis.sources);
    assert_eq!(
        text,
        "ok    meter / reading needs a reset (13 events)\n1 passed, 0 failed\n"
    );
}

#[cfg(feature = "cli")]
#[test]
fn the_command_ends_with_1_when_a_test_fails_and_shows_the_rule() {
    let folder = folder();
    let test = |policy: &str| {
        std::fs::write(folder.path().join("security.psl"), policy).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nk-gen"));
        let output = command
            .current_dir(folder.path())
            .args(["test", "-I", ".", "security.psl"])
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    assert_eq!(test(POLICY).0, Some(0));
    let (code, told) = test(&POLICY.replace("channel < 4", "channel < 1"));
    let expected =
        "security.psl:40:9: expected a grant, but it was denied by policy: request demo.Panel -> demo.Board \
                    meter.api Read: security.psl:24:9: this condition does not hold [message.channel = 1]
        security.psl:24:9  base.assert: denied  [message.channel = 1]
        security.psl:25:9  life.allow: granted  [life.query {sid : dst_sid} = \"ready\"]
0 passed, 1 failed
";
    assert!(code == Some(1) && told.ends_with(expected), "{told}");
}

#[cfg(feature = "cli")]
#[test]
fn coverage_names_what_no_test_reaches_and_tap_is_for_programs() {
    let folder = folder();
    let test = |policy: &str, options: &[&str]| {
        std::fs::write(folder.path().join("security.psl"), policy).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nk-gen"));
        command
            .current_dir(folder.path())
            .args(["test", "-I", "."])
            .args(options)
            .arg("security.psl");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let covered = "\
bindings: 5 of 7
  never asked: security.psl:15:1 request
  never asked: security.psl:16:1 response
alternatives: 1 of 2
  never chosen: security.psl:21:9 choice, alternative 2
transitions: 1 of 2
  never made: life \"ready\" → \"cold\"
";
    let told = test(POLICY, &["--coverage"]);
    assert!(
        told.ends_with(&format!("1 passed, 0 failed\n{covered}")),
        "{told}"
    );
    let tap = test(POLICY, &["--tap", "--coverage"]);
    let expected =
        "TAP version 14\n1..1\nok 1 - meter / reading needs a reset\n# bindings: 5 of 7\n";
    assert!(tap.starts_with(expected), "{tap}");
    // granted where a denial was expected: the rules that granted are told
    let tap = test(
        &POLICY.replace("value <= 100000", "value <= 300000"),
        &["--tap"],
    );
    let expected = r#"not ok 1 - meter / reading needs a reset
  ---
  message: "expected a denial, but it was granted"
  at: "security.psl:43:9"
  rules:
    - "security.psl:30:44  base.assert: granted  [message.value = 200000]"
  ...
"#;
    assert!(tap.ends_with(expected), "{tap}");
}
