//! The rows P01 to P13 of `docs/inputs.md` §4 as a table: each policy with the codes that it gets, in order. P06 is about a
//! thousand classes (`tests/solutions`), P14 about the corpus (`tests/recovery.rs` of the grammar, `rendering.rs`).
use super::common::{SETUP, played, said, solution_with};

const FLOW: &str = "policy object f : Flow { type State = \"a\" | \"b\" config = { states : [\"a\", \"b\"], initial : ";

fn flow(rest: &str) -> String {
    format!("use nk.flow._ {FLOW}{rest} }} }}\nrequest dst=S {{ grant () }}")
}

fn set(config: &str) -> String {
    format!(
        "use nk.hashmap._ policy object h : HashSet {{ type Entry = UInt32 config = {{ {config} }} }}\nrequest dst=S {{ grant () }}"
    )
}

fn pattern(pattern: &str) -> String {
    format!(
        "use nk.regex._ request dst=S endpoint=comp.impl method=Put {{ assert (re.match {{text : message.name, pattern : \"{pattern}\"}}) }}"
    )
}

fn do_rule(rule: &str) -> String {
    format!("request dst=S endpoint=comp.impl method=Do {{ {rule} }}")
}

/// The row, the policy behind the usual head, and the codes of what is found.
#[allow(clippy::too_many_lines, reason = "one table")]
fn rows() -> Vec<(&'static str, String, Vec<&'static str>)> {
    let deep = |n: usize| {
        format!(
            "request dst=S {{ {} grant () {} }}",
            "match src=C { ".repeat(n),
            "} ".repeat(n)
        )
    };
    vec![
        ("P01 a path that is none", "use ..x".to_owned(), vec!["E1"]),
        // a description that is not there has one code, whoever names it
        (
            "P01 no such description",
            "use EDL Nowhere".to_owned(),
            vec!["E103"],
        ),
        (
            "P02 a pattern that would take others for ever",
            pattern("(a*)*b"),
            vec![],
        ),
        (
            "P02 a table that is too large",
            pattern("(a{1000}){1000}"),
            vec!["E510"],
        ),
        ("P02 what no table can do", pattern("(?<=a)b"), vec!["E511"]),
        (
            "P03 initial",
            flow("\"c\", transitions : { \"a\" : [\"b\"] }"),
            vec!["E512"],
        ),
        (
            "P03 transition",
            flow("\"a\", transitions : { \"a\" : [\"c\"] }"),
            vec!["E512"],
        ),
        (
            "P04 nothing",
            set("set_size : 0, pool_size : 1"),
            vec!["E513"],
        ),
        (
            "P04 negative",
            set("set_size : 1, pool_size : -1"),
            vec!["E513"],
        ),
        (
            "P04 too large",
            set("set_size : 4294967296, pool_size : 1"),
            vec!["E513"],
        ),
        (
            "P04 two of one name",
            "policy object x : Base {} policy object x : Base {}".to_owned(),
            vec!["E514"],
        ),
        (
            "P05 a field of some methods",
            "request dst=S { assert (message.v == 1) }".to_owned(),
            vec!["E515"],
        ),
        (
            "P07 no way out",
            do_rule("choice (message.v) { 1 : grant () }"),
            vec!["W530"],
        ),
        (
            "P07 twice",
            do_rule("choice (message.v) { 1 : grant () 1 : deny () _ : deny () }"),
            vec!["E516"],
        ),
        ("P07 ten thousand deep", deep(10_000), vec!["E9"]),
        (
            "P08 no end",
            do_rule("assert (pred.empty (\"abc) )"),
            vec!["E6"],
        ),
        // on the next line another text begins
        (
            "P08 a line break",
            do_rule("assert (pred.empty (\"a\nb\"))"),
            vec!["E6", "E6"],
        ),
        (
            "P08 NUL",
            do_rule("assert (pred.empty (\"a\\0\"))"),
            vec!["E517"],
        ),
        (
            "P08 half a character",
            do_rule("assert (pred.empty (\"\\u{D800}\"))"),
            vec!["E517"],
        ),
        (
            "P09 always denied",
            do_rule("grant () deny ()"),
            vec!["W531"],
        ),
        (
            "P11 a level",
            "audit default = empty 256".to_owned(),
            vec!["E518"],
        ),
        (
            "P11 a profile",
            "audit default = nobody 1".to_owned(),
            vec!["E518"],
        ),
        (
            "P12 beyond its type",
            do_rule("assert (message.v == 4294967296)"),
            vec!["E202"],
        ),
        (
            "P13 a block after `=`",
            "request { match src=C = { grant () } }".to_owned(),
            vec!["E1"],
        ),
        (
            "P13 `=` in a configuration",
            set("set_size = 1024, pool_size : 1"),
            vec!["E1"],
        ),
    ]
}

#[test]
fn every_row_gets_its_codes() {
    let mut wrong = Vec::new();
    for (row, policy, expected) in rows() {
        let said = said(&format!("{policy}\nresponse src=S {{ grant () }}"));
        let codes: Vec<&str> = said
            .lines()
            .filter_map(|line| line.split_once(' ')?.1.split(':').next())
            .collect();
        if codes != expected {
            wrong.push(format!(
                "{row}: {expected:?}\n{}",
                said.get(..600).unwrap_or(&said)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn p10_a_policy_that_grants_nothing_is_told_once() {
    let solution = solution_with("use nk.base._ use EDL Einit", nk_gen::Options::default());
    let codes: Vec<u16> = solution
        .analysis
        .diagnostics
        .iter()
        .map(|finding| finding.code.number())
        .collect();
    assert_eq!(codes, [532]);
}

#[test]
fn p12_what_overflows_at_run_time_is_denied() {
    let policy = do_rule("assert (message.v + 1 > 0)");
    let cases =
        "c ~> s : comp.impl.Do { v : 4294967294 } deny c ~> s : comp.impl.Do { v : 4294967295 }";
    let result = played(&format!(
        "{policy}\nassert {{ {SETUP} sequence {{ {cases} }} }}"
    ));
    assert!(result.ends_with("1 passed, 0 failed\n"), "{result}");
}
