//! The model Mic (`docs/psl.md` §9.10): every rule granted, denied and failing.
use crate::common::{holds, said};

const ORDERED: &str = "policy object mic : Mic { config = [\"LOW\", \"MEDIUM\", \"HIGH\"] }\n";
const FULL: &str = "policy object mic : Mic { config = { degrees : [\"low\", \"high\"], categories : [\"net\", \"log\"] } }\n";
const DO: &str = "request dst=S endpoint=comp.impl method=Do";
const PUT: &str = "request dst=S endpoint=comp.impl method=Put";

/// Every event `Do` calls the rule with its number. `C` has the level of its start, `S` too; other SIDs are resources.
fn on_do(object: &str, client: &str, server: &str, rules: &[&str]) -> String {
    let alternatives: Vec<String> = rules
        .iter()
        .zip(1..)
        .map(|(rule, number)| format!("{number} : {{ {rule} }} "))
        .collect();
    let alternatives = alternatives.concat();
    let start = |class: &str, levels: &str| {
        format!(
            "execute dst={class} {{ mic.execute {{image : (), target : dst_sid, {levels}}} }}\n"
        )
    };
    let (client, server) = (start("C", client), start("S", server));
    format!(
        "{object}{client}{server}{DO} {{ choice (message.v) {{ {alternatives} _ : deny () }} }}"
    )
}

fn sends(events: &[(&str, u32)]) -> String {
    events
        .iter()
        .map(|(expect, v)| format!("{expect} c ~> s : comp.impl.Do {{v:{v}}} "))
        .collect::<Vec<_>>()
        .join(" ")
}

const FLOWS: [&str; 4] = [
    "mic.call {source : src_sid, target : dst_sid}",
    "mic.invoke {source : src_sid, target : dst_sid}",
    "mic.read {source : src_sid, target : dst_sid}",
    "mic.write {source : src_sid, target : dst_sid}",
];

#[test]
fn row_21_data_flows_downwards_and_upwards_only_to_those_who_may_receive_it() {
    let policy = |client, server| on_do(ORDERED, client, server, &FLOWS);
    let low = "level : \"LOW\", levelR : ()";
    // HIGH with levelR LOW takes data from LOW; by its own level it would not
    holds(
        &policy("level : \"HIGH\", levelR : \"LOW\"", low),
        &sends(&[("grant", 1), ("grant", 2), ("grant", 3), ("grant", 4)]),
    );
    holds(
        &policy("level : \"HIGH\", levelR : ()", low),
        &sends(&[("deny", 1), ("grant", 2), ("deny", 3), ("grant", 4)]),
    );
    holds(
        &policy(low, "level : \"HIGH\", levelR : ()"),
        &sends(&[("grant", 1), ("deny", 2), ("grant", 3), ("deny", 4)]),
    );
    let middle = "level : \"MEDIUM\", levelR : ()";
    holds(
        &policy(middle, middle),
        &sends(&[("grant", 1), ("grant", 2), ("grant", 3), ("grant", 4)]),
    );
}

#[test]
fn levels_with_different_categories_cannot_be_compared() {
    let level = |categories: &str, degree: &str| {
        format!("level : {{degree : {degree}, categories : {categories}}}, levelR : ()")
    };
    let policy = |client: &str, server: &str| on_do(FULL, client, server, &FLOWS);
    let (net, log) = (
        level("[\"net\"]", "\"high\""),
        level("[\"log\"]", "\"low\""),
    );
    holds(
        &policy(&net, &log),
        &sends(&[("deny", 1), ("deny", 2), ("deny", 3), ("deny", 4)]),
    );
    let both = level("[\"net\", \"log\"]", "\"high\"");
    holds(
        &policy(&both, &log),
        &sends(&[("deny", 1), ("grant", 2), ("deny", 3), ("grant", 4)]),
    );
    holds(&policy(&log, &both), &sends(&[("grant", 1), ("deny", 2)]));
    // no categories and the lowest degree are below everything
    let none = level("()", "()");
    holds(&policy(&none, &log), &sends(&[("grant", 1), ("deny", 2)]));
    holds(
        &policy("level : \"low\", levelR : ()", &none),
        &sends(&[("grant", 1), ("grant", 2)]),
    );
}

#[test]
fn who_has_no_level_takes_part_in_nothing() {
    let rules = [
        "mic.call {source : src_sid, target : 7}",
        "mic.invoke {source : 7, target : dst_sid}",
        "mic.read {source : 7, target : dst_sid}",
        "mic.write {source : src_sid, target : 7}",
        "mic.delete {source : src_sid, target : 7, container : (), driver : dst_sid}",
        "mic.upgrade {source : src_sid, target : 7, container : (), driver : dst_sid, level : \"HIGH\"}",
        "mic.create {source : 8, target : 7, container : (), driver : dst_sid, level : \"LOW\"}",
        "mic.create {source : src_sid, target : 7, container : 8, driver : dst_sid, level : \"LOW\"}",
        "mic.create {source : src_sid, target : 7, container : (), driver : 8, level : \"LOW\"}",
        "mic.execute {image : 8, target : 7, level : \"LOW\", levelR : ()}",
        "choice (mic.query_level {source : 7}) { _ : grant () }",
    ];
    let high = "level : \"HIGH\", levelR : ()";
    let policy = on_do(ORDERED, high, high, &rules);
    let all: Vec<(&str, u32)> = (1..=11).map(|rule| ("deny", rule)).collect();
    holds(&policy, &sends(&all));
}

#[test]
fn a_resource_is_created_at_a_level_that_exceeds_none_of_its_makers() {
    let create = |target: u32, container: &str, level: &str| {
        format!(
            "mic.create {{source : src_sid, target : {target}, container : {container}, driver : dst_sid, level : {level}}}"
        )
    };
    let rules = [
        create(100, "()", "\"MEDIUM\""),
        create(101, "()", "\"HIGH\""),
        create(102, "100", "\"LOW\""),
        create(103, "102", "\"MEDIUM\""),
        // without a level: that of the source, but no more than that of the container
        create(104, "()", "()"),
        create(105, "102", "()"),
        create(100, "()", "\"LOW\""),
        "assert (mic.query_level {source : 104} == \"MEDIUM\" && \"LOW\" == mic.query_level {source : 105})".to_owned(),
    ];
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let policy = on_do(
        ORDERED,
        "level : \"MEDIUM\", levelR : ()",
        "level : \"HIGH\", levelR : ()",
        &rules,
    );
    let events = [
        ("grant", 1),
        ("deny", 2),
        ("grant", 3),
        ("deny", 4),
        ("grant", 5),
        ("grant", 6),
        ("deny", 7),
        ("grant", 8),
    ];
    holds(&policy, &sends(&events));
}

#[test]
fn a_resource_is_deleted_by_those_whose_level_it_does_not_exceed() {
    let rules = [
        "mic.create {source : dst_sid, target : 100, container : (), driver : dst_sid, level : \"HIGH\"}",
        "mic.delete {source : src_sid, target : 100, container : (), driver : dst_sid}",
        "mic.delete {source : dst_sid, target : 100, container : (), driver : src_sid}",
        "mic.delete {source : dst_sid, target : 100, container : 8, driver : dst_sid}",
        "mic.delete {source : dst_sid, target : 100, container : (), driver : dst_sid}",
    ];
    let policy = on_do(
        ORDERED,
        "level : \"LOW\", levelR : ()",
        "level : \"HIGH\", levelR : ()",
        &rules,
    );
    let events = [
        ("grant", 1),
        ("deny", 2),
        ("deny", 3),
        ("deny", 4),
        ("grant", 5),
        ("deny", 5),
        ("grant", 1),
    ];
    holds(&policy, &sends(&events));
}

#[test]
fn a_resource_is_upgraded_upwards_as_far_as_its_makers_reach() {
    let upgrade = |source: &str, level: &str| {
        format!(
            "mic.upgrade {{source : {source}, target : 100, container : (), driver : dst_sid, level : \"{level}\"}}"
        )
    };
    let rules = [
        "mic.create {source : dst_sid, target : 100, container : (), driver : dst_sid, level : \"LOW\"}".to_owned(),
        upgrade("dst_sid", "LOW"),
        upgrade("src_sid", "HIGH"),
        upgrade("src_sid", "MEDIUM"),
        upgrade("dst_sid", "HIGH"),
        upgrade("dst_sid", "MEDIUM"),
        "assert (mic.query_level {source : 100} == \"HIGH\")".to_owned(),
    ];
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let policy = on_do(
        ORDERED,
        "level : \"MEDIUM\", levelR : ()",
        "level : \"HIGH\", levelR : ()",
        &rules,
    );
    let events = [
        ("grant", 1),
        ("deny", 2),
        ("deny", 3),
        ("grant", 4),
        ("grant", 5),
        ("deny", 6),
        ("grant", 7),
    ];
    holds(&policy, &sends(&events));
}

#[test]
fn a_subject_gets_the_level_of_its_image_or_a_lower_one_once() {
    let rules = [
        "mic.create {source : src_sid, target : 100, container : (), driver : dst_sid, level : \"MEDIUM\"}",
        "mic.execute {image : 100, target : 101, level : (), levelR : ()}",
        "mic.execute {image : 100, target : 101, level : (), levelR : ()}",
        "mic.execute {image : 100, target : 102, level : \"HIGH\", levelR : ()}",
        "mic.execute {image : 100, target : 103, level : \"LOW\", levelR : \"MEDIUM\"}",
        "mic.execute {image : 100, target : 104, level : \"MEDIUM\", levelR : \"LOW\"}",
        "choice (mic.query_level {source : 101}) { \"MEDIUM\" : grant () _ : deny () }",
        "mic.call {source : 104, target : 105}",
        "mic.create {source : src_sid, target : 105, container : (), driver : dst_sid, level : \"LOW\"}",
    ];
    let high = "level : \"HIGH\", levelR : ()";
    let policy = on_do(ORDERED, high, high, &rules);
    let events = [
        ("grant", 1),
        ("grant", 2),
        ("deny", 3),
        ("deny", 4),
        ("deny", 5),
        ("grant", 6),
        ("grant", 7),
        ("deny", 8),
        ("grant", 9),
        ("grant", 8),
    ];
    holds(&policy, &sends(&events));
}

#[test]
fn a_choice_follows_levels_with_categories() {
    let rules = ["choice (mic.query_level {source : src_sid}) {
            {degree : \"high\", categories : [\"log\", \"net\"]} : grant ()
            \"high\" : deny ()
            _ : deny ()
        }"];
    let level = |categories: &str| {
        format!("level : {{degree : \"high\", categories : {categories}}}, levelR : ()")
    };
    let other = level("()");
    holds(
        &on_do(FULL, &level("[\"net\", \"log\"]"), &other, &rules),
        &sends(&[("grant", 1)]),
    );
    holds(
        &on_do(FULL, &level("[\"net\"]"), &other, &rules),
        &sends(&[("deny", 1)]),
    );
}

#[test]
fn what_a_denied_event_did_to_levels_is_taken_back() {
    let create = "mic.create {source : src_sid, target : 100, container : (), driver : dst_sid, level : \"LOW\"}";
    let rules = [
        &format!("{create} deny ()"),
        create,
        "mic.delete {source : src_sid, target : 100, container : (), driver : dst_sid} deny ()",
    ];
    let high = "level : \"HIGH\", levelR : ()";
    let policy = on_do(ORDERED, high, high, &rules);
    holds(
        &policy,
        &sends(&[("deny", 1), ("grant", 2), ("deny", 3), ("deny", 2)]),
    );
}

#[test]
fn levels_are_those_of_the_object() {
    for (object, expected) in [
        ("config = []", "1 E519: expected 1 to 1024 names, found 0"),
        ("config = [\"A\", \"A\"]", "1 E519: duplicate degree `A`"),
        (
            "config = { degrees : [\"A\"] }",
            "1 E519: the configuration of policy object `m` has no `categories`",
        ),
        (
            "config = { degrees : [\"A\"], categories : [1] }",
            "1 E519: expected a name in quotes",
        ),
        (
            "",
            "1 E519: the configuration of policy object `m` has no `degrees`",
        ),
        (
            "type Level = Text config = [\"A\"]",
            "1 E519: policy object `m` has no type to choose",
        ),
    ] {
        let said = said(&format!("policy object m : Mic {{ {object} }}"));
        assert!(said.starts_with(expected), "{object}: {said}");
    }
    let execute = |rest: &str| format!("mic.execute {{image : (), target : dst_sid, {rest}}}");
    for (object, rule, expected) in [
        (
            ORDERED,
            execute("level : \"TOP\", levelR : ()"),
            "E519: unknown degree `TOP` | there are `LOW`",
        ),
        (
            ORDERED,
            execute("level : (), levelR : ()"),
            "E519: without an `image`, `level` says what the level is",
        ),
        (
            ORDERED,
            execute("level : 3, levelR : ()"),
            "E519: expected a level",
        ),
        (
            FULL,
            execute("level : {degree : \"low\", categories : [\"nets\"]}, levelR : ()"),
            "E519: unknown category `nets` | did you mean `net`?",
        ),
        (
            FULL,
            execute("level : {degree : \"low\"}, levelR : ()"),
            "E508: `level` needs `categories`",
        ),
        (
            ORDERED,
            "mic.upgrade {source : 1, target : 1, container : (), driver : 1, level : ()}"
                .to_owned(),
            "E519: expected a level",
        ),
        (
            ORDERED,
            "mic.call {source : (), target : 1}".to_owned(),
            "E507: expected a SID, found `()`",
        ),
        (
            ORDERED,
            "mic.query_level {source : 1}".to_owned(),
            "E508: `mic.query_level` is an expression, not a rule",
        ),
    ] {
        let said = said(&format!("{object}execute dst=S {{ {rule} }}"));
        assert!(said.contains(expected), "{rule}: {said}");
    }
    let ordered =
        format!("{ORDERED}{PUT} {{ assert (mic.query_level {{source : 1}} < \"HIGH\") }}");
    assert!(
        said(&ordered).contains("E507: `<` compares numbers, not levels"),
        "{}",
        said(&ordered)
    );
}
