//! A table over the rules 1–7 that an init.yaml keeps (`docs/init.md` §2.4) and the rows Y01–Y15 of
//! `docs/inputs.md` §4: each with descriptions that break it, the finding that they get, and one that keeps it. All
//! are compiled as whole solutions, with classes and a policy.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_gen::solution::{Inputs, Solution, build};
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::position::position;
use std::fmt::Write;

/// The classes and the policy around every description. `a.Mute` has no endpoint; the policy does not include `a.Left`,
/// does not let `a.Barred` start, and lets `a.Client` call `a.Server` only.
const FILES: [(&str, &str); 8] = [
    (
        "a/Talk.idl",
        "package a.Talk interface { Say(in UInt32 x); }",
    ),
    (
        "a/Server.edl",
        "task class a.Server endpoints { talk : a.Talk }",
    ),
    (
        "a/Other.edl",
        "task class a.Other endpoints { talk : a.Talk }",
    ),
    ("a/Client.edl", "task class a.Client"),
    ("a/Mute.edl", "task class a.Mute"),
    ("a/Left.edl", "task class a.Left"),
    ("a/Barred.edl", "task class a.Barred"),
    (
        "security.psl",
        "execute: kl.core.Execute
use nk.base._
use EDL Einit
use EDL a.Server
use EDL a.Other
use EDL a.Client
use EDL a.Mute
use EDL a.Barred
execute src=Einit dst=a.Server { grant () }
execute src=Einit dst=a.Other { grant () }
execute src=Einit dst=a.Client { grant () }
execute src=Einit dst=a.Mute { grant () }
request src=a.Client dst=a.Server { grant () }
request src=a.Server dst=a.Other { grant () }
request src=a.Other dst=a.Server { grant () }
request src=a.Other dst=a.Other { grant () }
response { grant () }
",
    ),
];

fn compiled(init: &str) -> Solution {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES.iter().chain(&[("init.yaml", init)]) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = nk_gen::Options {
        include: vec![folder.path().to_owned()],
        ..nk_gen::Options::default()
    };
    let (init, policy) = (
        folder.path().join("init.yaml"),
        folder.path().join("security.psl"),
    );
    build(&Inputs {
        name: "table".into(),
        init,
        policy,
        options,
        ..Inputs::default()
    })
}

/// Every finding as `line:column ECODE: message | help`.
fn said(solution: &Solution) -> Vec<String> {
    let line = |finding: &nk_gen::text::diagnostic::Diagnostic| {
        let place = finding.primary.as_ref().unwrap().place;
        let at = position(solution.analysis.sources.text(place.file), place.span.start);
        let mut said = format!("{}:{} ", at.line, at.column);
        let severity = if finding.severity == Severity::Error {
            "E"
        } else {
            "W"
        };
        write!(
            said,
            "{severity}{}: {} | ",
            finding.code.number(),
            finding.message
        )
        .unwrap();
        said + finding.help.as_deref().unwrap_or("")
    };
    // the policy includes the classes of all rows, of which each starts some
    solution
        .analysis
        .diagnostics
        .iter()
        .filter(|finding| finding.code.number() != 537)
        .map(line)
        .collect()
}

/// A rule or row, descriptions that break it with the beginning of the only finding and words of it, and one that keeps it.
type Case = (
    &'static str,
    Vec<(String, &'static str, &'static str)>,
    String,
);

fn bad(
    init: impl Into<String>,
    start: &'static str,
    words: &'static str,
) -> (String, &'static str, &'static str) {
    (init.into(), start, words)
}

/// A server, and below it a client with these lines.
fn client(lines: &str) -> String {
    format!("entities:\n- name: a.Server\n- name: a.Client\n{lines}")
}

const CHANNEL: &str = "  connections:\n  - target: a.Server\n    id: talk\n";

/// The rules of `docs/init.md` §2.4.
#[allow(clippy::too_many_lines, reason = "one table")]
fn rules() -> Vec<Case> {
    let two = |second: &str| {
        client(&format!(
            "{CHANNEL}  - target: a.Server\n    id: {second}\n"
        ))
    };
    vec![
        (
            "rule 1: the class exists",
            vec![
                bad(
                    "entities:\n- name: a.Servr\n",
                    "2:9 E103: process class `a.Servr` was not found",
                    "`a.Server`",
                ),
                bad("entities:\n- name: a.Talk\n", "2:9 E", "`a.Talk`"),
            ],
            client(""),
        ),
        (
            "rule 2: task names are unique",
            vec![
                bad(
                    "entities:\n- name: a.Server\n- name: a.Server\n",
                    "3:9 E613: two tasks are named `a.Server`",
                    "name",
                ),
                bad(
                    client("  task: a.Server\n"),
                    "4:9 E613: two tasks are named `a.Server`",
                    "name",
                ),
            ],
            "entities:\n- name: a.Server\n- name: a.Server\n  task: second\n".into(),
        ),
        (
            "rule 3: a target is another task",
            vec![
                bad(
                    client("  connections: [{target: a.Sever, id: x}]\n"),
                    "4:26 E611: there is no task",
                    "`a.Server`?",
                ),
                bad(
                    client("  connections: [{target: a.Client, id: x}]\n"),
                    "4:26 E612",
                    "another task",
                ),
            ],
            client(CHANNEL),
        ),
        (
            "rule 4: the channels of a client have different names",
            vec![bad(
                two("talk"),
                "8:9 E614: this task has two channels named `talk`",
                "another name",
            )],
            two("talk2") + "- name: a.Other\n" + CHANNEL,
        ),
        (
            "rule 5: a server has an endpoint",
            vec![bad(
                client("  connections: [{target: a.Mute, id: x}]\n- name: a.Mute\n"),
                "4:26 W621: task `a.Mute` has no endpoints",
                "add an endpoint",
            )],
            client(CHANNEL) + "- name: a.Mute\n",
        ),
        (
            "rule 6: the policy includes the class",
            vec![bad(
                "entities:\n- name: a.Left\n",
                "2:9 W620: the policy does not include",
                "`use EDL a.Left`",
            )],
            client(""),
        ),
        (
            "rule 6: the policy lets the class start",
            vec![bad(
                "entities:\n- name: a.Barred\n",
                "2:9 W533: no rule of the policy lets",
                "execute src=Einit",
            )],
            client(""),
        ),
        (
            "rule 6: the policy lets a request through every channel",
            vec![
                bad(
                    client(
                        "  connections:\n  - {target: a.Other, id: x}\n  - {target: a.Other, id: z}\n- name: a.Other\n",
                    ),
                    "5:14 W625: the policy denies every request of `a.Client` to `a.Other`",
                    "request src=a.Client dst=a.Other",
                ),
                bad(
                    "entities:\n- name: a.Mute\n  connections: [{target: a.Server, id: x}]\n- name: a.Server\n",
                    "3:26 W625",
                    "",
                ),
            ],
            client(CHANNEL),
        ),
        (
            "rule 7: channels may lead round in circles, except from a task to itself",
            vec![bad(
                "entities:\n- name: a.Other\n  connections: [{target: a.Other, id: x}]\n",
                "3:26 E612",
                "another task",
            )],
            "entities:
- name: a.Server
  connections: [{target: a.Other, id: x}]
- name: a.Other
  connections: [{target: a.Server, id: x}, {target: again, id: z}]
- name: a.Other
  task: again
  connections: [{target: a.Other, id: x}]
"
            .into(),
        ),
    ]
}

/// Rows that the parser and the schema answer.
#[allow(clippy::too_many_lines, reason = "one table")]
fn form() -> Vec<Case> {
    let laughs =
        (1..10).map(|i| format!("- &l{i} [{}]\n", vec![format!("*l{}", i - 1); 10].join(",")));
    let laughs = "entities:\n- &l0 [x]\n".to_owned() + &laughs.collect::<Vec<_>>().concat();
    let anchors = format!("entities: [&a x{}]\n", ", *a".repeat(20_000));
    vec![
        (
            "Y01",
            vec![bad(
                client("  name: a.Server\n"),
                "4:3 E601: duplicate key `name`",
                "remove one",
            )],
            client("  task: client\n"),
        ),
        (
            "Y02",
            vec![
                bad("entities: &a [*a]\n", "1:15 E602", "without end"),
                bad(laughs, "", "E602"),
                bad(format!("entities: {}", "[".repeat(100_000)), "", "E602"),
                bad(format!("entities:\n{}", "- ".repeat(3_000)), "", "E602"),
                bad(anchors, "", "E602"),
                bad(
                    "entities:\n- &n {name: a.Server}\n- {<<: *n, task: second}\n",
                    "3:8 W619: an alias repeats",
                    "write the value out",
                ),
                bad(
                    "entities:\n- {name: &n a.Server}\n- {name: *n, task: second}\n",
                    "3:10 W619",
                    "write the value out",
                ),
            ],
            client(CHANNEL),
        ),
        (
            "Y03",
            vec![
                bad(
                    client("  evil: 1\n"),
                    "4:3 E603: unknown key `evil`",
                    "the keys here are `name`, `task`, `path`",
                ),
                bad(
                    client("  autostart: yes\n"),
                    "4:3 E603: unknown key `autostart`",
                    "the keys here are",
                ),
                bad(
                    client("  command: [x]\n"),
                    "4:3 E603: unknown key `command`",
                    "the keys here are",
                ),
            ],
            client("  dynamic_connection_manager: false\n"),
        ),
        (
            "Y04",
            vec![
                bad("entities:\n- name: no\n", "2:9 E604", "quote it: `\"no\"`"),
                bad("entities:\n- name: 12\n", "2:9 E604", "quote it"),
                bad("entities:\n- name: 1e3\n", "2:9 E604", "quote it"),
                bad("entities:\n- name: ~\n", "2:9 E604", "write a name"),
            ],
            "entities:\n- name: 'a.Server'\n".into(),
        ),
        (
            "Y05",
            vec![
                bad(
                    "entities:\n- name: \"A\\0B\"\n",
                    "2:9 E604",
                    "`A\\0B` is not the name",
                ),
                bad(
                    client("  task: \"a\\nb\"\n"),
                    "4:9 E604",
                    "`a\\nb` cannot be a task name",
                ),
                bad(
                    client("  task: \"\\e[31mred\"\n"),
                    "4:9 E604",
                    "cannot be a task name",
                ),
            ],
            client("  task: \"ключ 1\"\n"),
        ),
        (
            "Y06",
            vec![
                bad(
                    client("  task: !!binary AAAA\n"),
                    "4:18 E605: tag `!!binary`",
                    "without a tag",
                ),
                bad(
                    client("  args: [!!python/object x]\n"),
                    "4:26 E605: tag `!!python/object`",
                    "without a tag",
                ),
                bad(
                    client("  env: !mine {A: b}\n"),
                    "4:14 E605: tag `!mine`",
                    "without a tag",
                ),
            ],
            client("  task: !!str 12\n"),
        ),
        (
            "Y07",
            vec![
                bad(
                    client("---\nentities:\n"),
                    "5:1 E606: more than one document",
                    "`---`",
                ),
                bad(
                    "entities:\n\t- name: a.Server\n",
                    "2:2 E606: not YAML",
                    "indent with blanks",
                ),
                bad(
                    "- name: a.Server\n",
                    "1:1 E606: expected `entities:`, found a list",
                    "",
                ),
                bad("", "1:1 E606: expected `entities:`, found nothing", ""),
                bad(
                    "entities: {}\n",
                    "1:11 E606: expected a list of tasks, found a map",
                    "",
                ),
            ],
            "---\nentities:\n- name: a.Server\n".into(),
        ),
        (
            "Y13",
            vec![bad(
                client("  connections: {}\n"),
                "4:16 E606: `connections` is a list, not a map",
                "- ",
            )],
            client("  connections:\n  args:\n  env:\n"),
        ),
        (
            "Y14",
            vec![
                bad(
                    format!("/* start */\n{}", client("")),
                    "2:9 E606: not YAML",
                    "",
                ),
                bad(
                    client("  path: @NAME@\n"),
                    "4:9 E606: not YAML",
                    "template not expanded",
                ),
                bad(
                    client("  args:\n  $<TARGET_PROPERTY:x,ARGS>\n"),
                    "5:3 E606: not YAML",
                    "only CMake",
                ),
            ],
            client("# /* @NAME@ $<X> */\n") + "@INIT_EXTERNAL_ENTITIES@\n",
        ),
    ]
}

/// Rows about what the values mean.
#[allow(clippy::too_many_lines, reason = "one table")]
fn values() -> Vec<Case> {
    let path = |path: &str| client(&format!("  path: {path}\n"));
    let many = (0..100_000)
        .map(|i| format!("- {{name: a.Server, task: t{i}}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let some = (0..1_025)
        .map(|i| format!("- {{name: a.Server, task: t{i}}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let inside = "inside the folder of programs";
    vec![
        (
            "Y08",
            [
                "../../bin/sh",
                "/bin/sh",
                "a/../b",
                "\"\"",
                ".",
                &"x".repeat(5_000),
            ]
            .map(|wrong| bad(path(wrong), "4:9 E610", inside))
            .into(),
            path("bin/a.out-1"),
        ),
        (
            "Y09",
            vec![
                bad(
                    client("  connections: [{target: Servr, id: x}]\n"),
                    "4:26 E611",
                    "",
                ),
                bad(
                    "entities:\n- {name: a.Server, task: s}\n- {name: a.Client, connections: [{target: a.Server, id: x}]}\n",
                    "3:43 E611: there is no task `a.Server`",
                    "that is a class; its tasks are `s`",
                ),
                bad(
                    client("  connections: [{target: a.Client, id: x}]\n"),
                    "4:26 E612",
                    "another task",
                ),
            ],
            client(CHANNEL),
        ),
        (
            "Y10",
            vec![
                bad(
                    "entities:\n- name: a.Server\n- name: a.Server\n",
                    "3:9 E613",
                    "another name",
                ),
                bad(
                    client(&format!("{CHANNEL}  - {{target: a.Server, id: talk}}\n")),
                    "7:28 E614",
                    "another name",
                ),
            ],
            client(CHANNEL),
        ),
        (
            "Y11",
            vec![
                bad(
                    client("  env: {\"\": x}\n"),
                    "4:9 E615",
                    "cannot be the name of a variable",
                ),
                bad(client("  env: {A=B: x}\n"), "4:9 E615", "without `=`"),
                bad(
                    client("  env: {\"A\\0\": x}\n"),
                    "4:9 E615",
                    "cannot be the name of a variable",
                ),
                bad(client("  env: {LD_PRELOAD: x}\n"), "4:9 W616", "dropped"),
                bad(
                    client("  env: {GLIBC_TUNABLES: x}\n"),
                    "4:9 W616",
                    "dropped",
                ),
            ],
            client("  env: {A: x, b.c-d: 1, ÄÖ: ''}\n"),
        ),
        (
            "Y12",
            vec![
                bad(
                    client(&format!("  args: [{}]\n", "x".repeat(131_072))),
                    "3:9 E617",
                    "131073 bytes",
                ),
                bad(
                    client(&format!("  env: {{A: {}}}\n", "x".repeat(131_072))),
                    "3:9 E617",
                    "131075 bytes",
                ),
                bad(format!("entities:\n{many}"), "", "E618"),
                bad(
                    format!("entities:\n{some}"),
                    "2:3 E618: 1025 tasks; the limit is 1024",
                    "",
                ),
            ],
            client(&format!("  args: [{}]\n", "x".repeat(131_071))),
        ),
        (
            "Y15",
            vec![
                bad(
                    "entities:\n- name: a.Left\n",
                    "2:9 W620",
                    "`use EDL a.Left`",
                ),
                bad(
                    client("  connections: [{target: a.Mute, id: x}]\n- name: a.Mute\n"),
                    "4:26 W621",
                    "no endpoints",
                ),
            ],
            client(CHANNEL),
        ),
    ]
}

#[test]
fn every_rule_and_row_has_its_finding_and_an_example_that_keeps_it() {
    let cases: Vec<Case> = [rules(), form(), values()].into_iter().flatten().collect();
    for number in 1..=15 {
        assert!(
            cases
                .iter()
                .any(|(row, ..)| *row == format!("Y{number:02}")),
            "Y{number:02} is missing"
        );
    }
    for number in 1..=7 {
        assert!(
            cases
                .iter()
                .any(|(rule, ..)| rule.starts_with(&format!("rule {number}:"))),
            "rule {number} is missing"
        );
    }
    let mut wrong = Vec::new();
    for (row, bad, good) in &cases {
        for (init, start, words) in bad {
            let solution = compiled(init);
            let said = said(&solution);
            let one = matches!(&said[..], [one] if one.starts_with(start) && one.contains(words));
            let refused = said
                .iter()
                .any(|one| one.split(' ').nth(1).unwrap().starts_with('E'));
            assert_eq!(solution.image.is_none(), refused, "{row}");
            if !one {
                wrong.push(format!(
                    "{row}: {}: {said:#?}",
                    init.get(..120).unwrap_or(init)
                ));
            }
        }
        let solution = compiled(good);
        if solution.image.is_none() || !said(&solution).is_empty() {
            wrong.push(format!(
                "{row}: {}: {:#?}",
                good.get(..120).unwrap_or(good),
                said(&solution)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn several_tasks_of_one_class_are_each_their_own() {
    let solution = compiled(
        "entities:
- {name: a.Server, task: left, path: Left, args: [l]}
- {name: a.Server, task: right, env: {SIDE: r}}
- {name: a.Client, task: one, connections: [{target: left, id: talk}]}
- {name: a.Client, task: two, connections: [{target: right, id: talk}, {target: left, id: other}]}
",
    );
    assert_eq!(said(&solution), Vec::<String>::new());
    let image = solution.image.unwrap();
    let class = |id: nk_image::ClassId| image.tables.classes[id.index()].name.as_str();
    let tasks: Vec<_> = image
        .plan
        .tasks
        .iter()
        .map(|task| {
            (
                task.name.as_str(),
                class(task.class),
                task.path.as_str(),
                task.args.len(),
                task.env.len(),
            )
        })
        .collect();
    // servers first, in descending order of names; the clients of one in ascending order (`docs/init.md` §3)
    assert_eq!(
        tasks,
        [
            ("right", "a.Server", "Server", 0, 1),
            ("left", "a.Server", "Left", 1, 0),
            ("one", "a.Client", "Client", 0, 0),
            ("two", "a.Client", "Client", 0, 0),
        ]
    );
    let channel = |channel: &nk_image::Channel| {
        let name = |id: nk_image::TaskId| image.plan.tasks[id.0 as usize].name.clone();
        format!(
            "{} {} {}",
            name(channel.client),
            channel.name,
            name(channel.server)
        )
    };
    let mut channels: Vec<String> = image.plan.channels.iter().map(channel).collect();
    channels.sort();
    assert_eq!(
        channels,
        ["one talk left", "two other left", "two talk right"]
    );
}
