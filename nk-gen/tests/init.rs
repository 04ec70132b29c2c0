//! init.yaml: what is understood, and what is said about every row Y01–Y14 of `docs/inputs.md` §4 that one file
//! shows by itself.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_gen::solution::init::{StartUp, read};
use nk_gen::text::diagnostic::{Diagnostic, Severity};
use nk_gen::text::position::position;
use nk_gen::text::source::FileId;

fn parse(text: &str) -> (Option<StartUp>, Vec<Diagnostic>) {
    read(text, FileId(0), &[])
}

/// `line:column severity code: message | help` of every finding.
fn said(text: &str) -> Vec<String> {
    let line = |finding: &Diagnostic| {
        let at = position(text, finding.primary.as_ref().unwrap().place.span.start);
        let severity = if finding.severity == Severity::Error {
            "E"
        } else {
            "W"
        };
        let help = finding.help.as_deref().unwrap_or("");
        format!(
            "{}:{} {severity}{}: {} | {help}",
            at.line,
            at.column,
            finding.code.number(),
            finding.message
        )
    };
    parse(text).1.iter().map(line).collect()
}

/// Asserts the only finding, by what it starts with and contains, and that an error leaves nothing.
#[track_caller]
fn refused(text: &str, start: &str, words: &str) {
    let said = said(text);
    let shown = text.get(..200).unwrap_or(text);
    assert!(
        said.len() == 1 && said[0].starts_with(start) && said[0].contains(words),
        "{shown:?}: {said:#?}"
    );
    // a target that is not there leaves the tasks what they are
    assert_eq!(
        parse(text).0.is_none(),
        said[0].contains(" E") && !said[0].contains(" E611"),
        "{shown:?}"
    );
}

/// A document with one task that has these further lines.
fn task(lines: &str) -> String {
    format!("entities:\n- name: a.Server\n{lines}")
}

#[test]
fn the_schema_is_understood_with_its_defaults() {
    let text = "# tasks
entities:
- name: demo.Panel
  task: panel
  path: bin/PanelExe
  args: [plain, 'quo ted', 12, 0x10, 1e3, yes, \"\"]
  env:
    LEVEL: 3
    NAME: \"x y\"
  connections:
  - target: demo.Board
    id: meter_link
  - {target: demo.Board, id: second}
- name: demo.Board
  args:
  env: ~
  connections:
  dynamic_connection_manager: true
";
    let (start_up, findings) = parse(text);
    assert_eq!(findings, []);
    let [panel, board] = &start_up.unwrap().tasks[..] else {
        panic!("two tasks")
    };
    assert_eq!(
        (
            panel.class.text.as_str(),
            panel.name.text.as_str(),
            panel.path.text.as_str()
        ),
        ("demo.Panel", "panel", "bin/PanelExe")
    );
    let args: Vec<&str> = panel.args.iter().map(|a| a.text.as_str()).collect();
    // numbers and booleans are passed on as written
    assert_eq!(args, ["plain", "quo ted", "12", "0x10", "1e3", "yes", ""]);
    let env: Vec<_> = panel
        .env
        .iter()
        .map(|(k, v)| (k.text.as_str(), v.text.as_str()))
        .collect();
    assert_eq!(env, [("LEVEL", "3"), ("NAME", "x y")]);
    let ids: Vec<&str> = panel
        .connections
        .iter()
        .map(|c| c.id.text.as_str())
        .collect();
    assert_eq!(ids, ["meter_link", "second"]);
    // the executable of a qualified class is named by its last element
    assert_eq!(
        (board.name.text.as_str(), board.path.text.as_str()),
        ("demo.Board", "Board")
    );
    assert!(board.args.is_empty() && board.env.is_empty() && board.connections.is_empty());
}

#[test]
fn a_channel_named_by_a_macro_takes_its_value_from_the_command_line() {
    let text = task(
        "  connections:\n  - {target: b.Log, id: {var: LOG_ID, include: log/client.h}}\n- name: b.Log\n",
    );
    refused(
        &text,
        "4:31 W622: the value of `LOG_ID` is defined in `log/client.h`",
        "`--define LOG_ID=VALUE`",
    );
    let (start_up, findings) = read(&text, FileId(0), &[("LOG_ID".into(), "b.Log".into())]);
    assert_eq!(
        (
            findings.len(),
            start_up.unwrap().tasks[0].connections[0].id.text.as_str()
        ),
        (0, "b.Log")
    );
    assert_eq!(
        parse(&text).0.unwrap().tasks[0].connections[0].id.text,
        "LOG_ID"
    );
}

#[test]
fn y01_a_key_stands_once() {
    refused(
        &task("  name: b.Other\n"),
        "3:3 E601: duplicate key `name`",
        "remove one",
    );
}

#[test]
fn y02_documents_without_end_are_stopped_and_aliases_mentioned() {
    refused("entities: &a [*a]", "1:15 E602", "without end");
    let repeat = |i: u32| {
        format!(
            "l{i}: &l{i} [{}]\n",
            vec![format!("*l{}", i - 1); 10].join(",")
        )
    };
    let laughs = (1..10).map(repeat).collect::<Vec<_>>().concat();
    let said_of_laughs = said(&format!("l0: &l0 ha\n{laughs}"));
    assert!(
        said_of_laughs.len() == 1 && said_of_laughs[0].contains("E602"),
        "{said_of_laughs:#?}"
    );
    assert_eq!(said(&format!("entities: {}", "[".repeat(100_000))).len(), 1);
    let text = "entities:\n- {name: &n a.Server, task: t}\n- {name: *n, task: u}\n";
    refused(text, "3:10 W619: an alias repeats", "write the value out");
}

#[test]
fn y03_unknown_keys_are_named_with_those_that_exist() {
    refused(
        &task("  evil: 1\n"),
        "3:3 E603: unknown key `evil`",
        "the keys here are `name`, `task`, `path`",
    );
    refused(
        &task("  conections:\n"),
        "3:3 E603: unknown key `conections`",
        "did you mean `connections`?",
    );
    refused(
        "tasks:\n- name: a.B\nentities:\n- name: a.B\n",
        "1:1 E603: unknown key `tasks`",
        "`entities`",
    );
    refused(
        "entities:\n- task: a\n",
        "2:3 E603: a task without `name`",
        "add `name:`",
    );
    refused(
        &task("  connections: [{target: x}]\n"),
        "3:17 E603: a connection without `id`",
        "its own name",
    );
}

#[test]
fn y04_y05_names_are_text_without_anything_hidden() {
    let named = |name: &str| format!("entities:\n- name: {name}\n");
    refused(
        &named("no"),
        "2:9 E604: `name` is text, not a boolean",
        "quote it: `\"no\"`",
    );
    refused(
        &named("12"),
        "2:9 E604: `name` is text, not a number",
        "quote it",
    );
    refused(&named("1e3"), "2:9 E604", "a number");
    refused(
        &named("~"),
        "2:9 E604: `name` is text, not nothing",
        "write a name",
    );
    refused(
        &named("[a]"),
        "2:9 E604: `name` is text, not a list",
        "write a name",
    );
    refused(
        &named("\"12\""),
        "2:9 E604: `12` is not the name of a process class",
        "words with dots",
    );
    refused(
        &named("a..b"),
        "2:9 E604: `a..b` is not the name of a process class",
        "words with dots",
    );
    refused(
        &task("  task: \"a\\nb\"\n"),
        "3:9 E604: `a\\nb` cannot be a task name",
        "visible characters",
    );
    refused(
        &task("  task: \"\\e[31mred\"\n"),
        "3:9 E604",
        "cannot be a task name",
    );
    refused(
        &task("  args: [\"a\\0b\"]\n"),
        "3:10 E604: an argument or value with a NUL",
        "remove",
    );
    refused(
        &task("  args: [~]\n"),
        "3:10 E604: an argument is text, a number or a boolean",
        "quote it",
    );
}

#[test]
fn y06_tags_mean_nothing() {
    refused(
        &task("  task: !!binary AAAA\n"),
        "3:18 E605: tag `!!binary` means nothing",
        "without a tag",
    );
    refused(
        &task("  args: [!evil x]\n"),
        "3:16 E605: tag `!evil`",
        "without a tag",
    );
    assert_eq!(said(&task("  task: !!str 12\n")), Vec::<String>::new());
}

#[test]
fn y07_a_document_is_one_map_with_tasks() {
    refused(
        "entities:\n- name: a.B\n---\nentities:\n",
        "4:1 E606: more than one document",
        "`---`",
    );
    refused(
        "- name: a.B\n",
        "1:1 E606: expected `entities:`, found a list",
        "an init.yaml is",
    );
    refused(
        "",
        "1:1 E606: expected `entities:`, found nothing",
        "an init.yaml is",
    );
    refused(
        "entities: {}\n",
        "1:11 E606: expected a list of tasks, found a map",
        "",
    );
    refused(
        "entities:\n",
        "1:9 E606: expected a list of tasks, found nothing",
        "",
    );
    refused("entities: []\n", "1:11 E606: expected a list of tasks", "");
    refused(
        "entities:\n- a.B\n",
        "2:3 E606: expected a task, found text",
        "`- name: a.Class`",
    );
    refused(
        "# tasks\nentities\n- name: a.B\n",
        "2:1 E606: not YAML: `entities` without `:`",
        "write `entities:`",
    );
    refused(
        "entities:\n\t- name: a.B\n",
        "2:2 E606: not YAML",
        "indent with blanks",
    );
    refused(
        &task("  args: x\n"),
        "3:9 E606: `args` is a list, not text",
        "`- `",
    );
    refused(
        &task("  env: [x]\n"),
        "3:8 E606: `env` is a map, not a list",
        "",
    );
}

#[test]
fn y08_executables_lie_inside_the_folder_of_programs() {
    let long = "x".repeat(5_000);
    for path in [
        "../../bin/sh",
        "/bin/sh",
        "a/../b",
        "\"\"",
        ".",
        "a//b",
        "a/",
        long.as_str(),
        "\"a\\nb\"",
    ] {
        refused(
            &task(&format!("  path: {path}\n")),
            "3:9 E610: path `",
            "is not a file inside the folder of programs",
        );
    }
    assert_eq!(
        said(&task("  path: drivers/gpio-1.2\n")),
        Vec::<String>::new()
    );
}

#[test]
fn y09_targets_are_other_tasks() {
    let to = |target: &str| {
        format!(
            "entities:\n- name: a.Server\n  task: server\n- name: a.Client\n  connections:\n  - {{target: {target}, id: x}}\n"
        )
    };
    assert_eq!(said(&to("server")), Vec::<String>::new());
    refused(
        &to("sever"),
        "6:14 E611: there is no task `sever`",
        "did you mean `server`?",
    );
    refused(
        &to("a.Server"),
        "6:14 E611: there is no task `a.Server`",
        "that is a class; its tasks are `server`",
    );
    refused(
        &to("a.Client"),
        "6:14 E612: task `a.Client` is connected to itself",
        "another task",
    );
}

#[test]
fn y10_names_are_given_once() {
    refused(
        "entities:\n- name: a.B\n- name: a.B\n",
        "3:9 E613: two tasks are named `a.B`",
        "another name",
    );
    let twice =
        task("  connections: [{target: b, id: x}, {target: b, id: x}]\n- {name: b, path: b}\n");
    refused(
        &twice,
        "3:53 E614: this task has two channels named `x`",
        "another name",
    );
    // two clients may use one name
    let text = "entities:\n- {name: a, connections: [{target: c, id: x}]}\n- {name: b, connections: [{target: c, id: x}]}\n- name: c\n";
    assert_eq!(said(text), Vec::<String>::new());
}

#[test]
fn y11_variables_are_names_and_leave_the_loader_alone() {
    refused(
        &task("  env: {\"\": x}\n"),
        "3:9 E615",
        "cannot be the name of a variable",
    );
    refused(
        &task("  env: {\"A=B\": x}\n"),
        "3:9 E615: `A=B`",
        "without `=`",
    );
    refused(
        &task("  env: {LD_PRELOAD: x}\n"),
        "3:9 W616: `LD_PRELOAD` changes",
        "dropped",
    );
    refused(&task("  env: {GLIBC_TUNABLES: x}\n"), "3:9 W616", "dropped");
}

#[test]
fn y12_what_a_task_is_given_has_limits() {
    let long = "x".repeat(131_072);
    refused(
        &task(&format!("  args: [{long}]\n")),
        "2:9 E617: arguments and environment of task `a.Server` take 131073 bytes",
        "131072",
    );
    let many = (0..1_025)
        .map(|i| format!("- {{name: a, task: t{i}}}\n"))
        .collect::<Vec<_>>()
        .concat();
    refused(
        &format!("entities:\n{many}"),
        "2:3 E618: 1025 tasks; the limit is 1024",
        "",
    );
}

#[test]
fn y14_templates_that_nobody_expanded_are_recognised() {
    refused(
        "/* start */\nentities:\n- name: a.B\n",
        "2:9 E606: not YAML",
        "",
    );
    refused("entities:\n@TASKS@\n", "2:1 E606: not YAML", "--define");
    refused(
        &task("  connections: @CHANNELS@\n"),
        "3:16 E606",
        "--define",
    );
    refused(
        "entities:\n- name: a.@MAIN@\n",
        "2:9 E604: `a.@MAIN@` is not the name",
        "--define",
    );
    refused(
        &task("  path: \"@KLOG@\"\n"),
        "3:9 E606: template variable in a path",
        "--define",
    );
    refused(
        &task("  path: $<TARGET_FILE_NAME:klog>\n"),
        "3:9 E606: template variable in a path",
        "only CMake",
    );
    refused(
        &task("  args:\n  $<TARGET_PROPERTY:klog,ARGS>\n  env:\n"),
        "4:3 E606: not YAML: an expression",
        "only CMake",
    );
    refused(
        &task("  args: [-x, \"$<TARGET_FILE:klog>\"]\n"),
        "3:14 W626: template variable without a value",
        "only CMake",
    );
    refused(
        &task("  env: {ROOT: client:@ROOT@}\n"),
        "3:15 W626: template variable without a value",
        "--define",
    );
    for fine in ["me@host", "a@b c@d", "@", "@@", "$<", "$<x", "x < $y > z"] {
        assert_eq!(
            said(&task(&format!("  args: ['{fine}']\n"))),
            Vec::<String>::new(),
            "{fine}"
        );
    }
    // its own conditions are understood, others are not
    assert_eq!(
        parse("entities:\n{% if not X is defined %}\n- name: a.B\n{% endif %}\n").1,
        []
    );
    refused(
        "entities:\n{% unless X %}\n- name: a.B\n",
        "2:2 E606: not YAML",
        "template not expanded",
    );
}

/// Reads a template with these values.
fn with(text: &str, defines: &[(&str, &str)]) -> (StartUp, Vec<Diagnostic>) {
    let defines: Vec<_> = defines
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let (start_up, findings) = read(text, FileId(0), &defines);
    (
        start_up.unwrap_or_else(|| panic!("{findings:#?}")),
        findings,
    )
}

#[test]
fn templates_are_filled_in_and_places_are_theirs() {
    let text = "entities:
- name: demo.@MAIN@
  path: @INIT_Panel_PATH@
@INIT_Panel_ENTITY_CONNECTIONS@
@INIT_Panel_ENTITY_ENV@
- name: demo.Log
  connections:
  - {target: demo.Panel, id: first}
@INIT_Log_ENTITY_CONNECTIONS+@
  task: @BAD@
@INIT_EXTERNAL_ENTITIES@
";
    // the lists that the SDK's build scripts make are empty, and an executable is named like its target
    let (start_up, findings) = with(text, &[("MAIN", "Panel"), ("BAD", "log")]);
    assert_eq!(findings, []);
    let panel = &start_up.tasks[0];
    assert_eq!(
        (
            panel.class.text.as_str(),
            panel.path.text.as_str(),
            panel.connections.len()
        ),
        ("demo.Panel", "Panel", 0)
    );
    assert_eq!(
        text.get(panel.path.span.start as usize..panel.path.span.end as usize),
        Some("@INIT_Panel_PATH@")
    );
    assert_eq!(start_up.tasks[1].connections.len(), 1);
    // all of them can be given
    let given = [
        ("MAIN", "Panel"),
        ("BAD", "log"),
        ("INIT_Panel_PATH", "bin/Panel"),
        (
            "INIT_Panel_ENTITY_CONNECTIONS",
            "  connections:\n  - {target: log, id: log}",
        ),
        ("INIT_Panel_ENTITY_ENV", "  env: {A: b}"),
        (
            "INIT_Log_ENTITY_CONNECTIONS+",
            "  - {target: demo.More, id: second}",
        ),
        ("INIT_EXTERNAL_ENTITIES", "- name: demo.More"),
    ];
    let (start_up, findings) = with(text, &given);
    assert_eq!(findings, []);
    let channels: Vec<_> = start_up
        .tasks
        .iter()
        .flat_map(|task| {
            task.connections
                .iter()
                .map(|c| format!("{}-{}-{}", task.name.text, c.id.text, c.target.text))
        })
        .collect();
    assert_eq!(
        channels,
        [
            "demo.Panel-log-log",
            "log-first-demo.Panel",
            "log-second-demo.More"
        ]
    );
    assert_eq!(
        (
            start_up.tasks[0].path.text.as_str(),
            start_up.tasks[0].env.len()
        ),
        ("bin/Panel", 1)
    );
    // a mistake in a value stands at its variable
    let (_, findings) = read(
        text,
        FileId(0),
        &[
            ("MAIN".into(), "Panel".into()),
            ("BAD".into(), "[x]".into()),
        ],
    );
    let place = findings[0].primary.as_ref().unwrap().place.span;
    assert_eq!(
        (findings.len(), findings[0].code.number()),
        (1, 604),
        "{findings:?}"
    );
    assert_eq!(
        text.get(place.start as usize..place.end as usize),
        Some("@BAD@")
    );
}

#[test]
fn channels_to_components_of_the_sdk_are_left_out_where_the_template_asks_for_those() {
    let text = "entities:
- name: a.B
  connections:
  - {target: kl.VfsNet, id: net}
  - {target: kl.Own, id: own}
- name: kl.Own
";
    refused(
        text,
        "4:14 E611: there is no task `kl.VfsNet`",
        "add the task",
    );
    let template = format!("{text}@INIT_EXTERNAL_ENTITIES@\n");
    refused(
        &template,
        "4:14 W624: task `kl.VfsNet` comes with the SDK",
        "channel `net` is left out",
    );
    let ids = |start_up: &StartUp| {
        start_up.tasks[0]
            .connections
            .iter()
            .map(|c| c.id.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&with(&template, &[]).0), ["own"]);
    let (start_up, findings) = with(
        &template,
        &[("INIT_EXTERNAL_ENTITIES", "- name: kl.VfsNet")],
    );
    assert_eq!(
        (findings.len(), ids(&start_up)),
        (0, vec!["net".to_owned(), "own".to_owned()])
    );
    // other names are the solution's own
    let other = template.replace("kl.VfsNet", "a.Bord");
    refused(&other, "4:14 E611: there is no task `a.Bord`", "");
}

#[test]
fn connections_that_build_scripts_have_added_are_connections_like_others() {
    let text = "entities:
- name: a.B
  connections:
  - {target: a.S, id: own}
  cmake_generated_connections:
  - {target: a.S, id: added}
- name: a.C
  cmake_generated_connections:
- name: a.S
";
    let (start_up, findings) = parse(text);
    assert_eq!(findings, []);
    let ids = |task: &nk_gen::solution::init::Task| {
        task.connections
            .iter()
            .map(|c| c.id.text.clone())
            .collect::<Vec<_>>()
    };
    let ids: Vec<_> = start_up.unwrap().tasks.iter().map(ids).collect();
    assert_eq!(
        ids,
        [vec!["own".to_owned(), "added".to_owned()], vec![], vec![]]
    );
    // and keep the same rules
    refused(
        &text.replace("id: added", "id: own"),
        "6:23 E614: this task has two channels named `own`",
        "",
    );
}

#[test]
fn any_text_is_answered() {
    let text = task("  connections:\n  - {target: b, id: x}\n- name: b\n  args: [1, \"é\", ~]\n");
    for (at, c) in text.char_indices() {
        for spoilt in ["", "\u{FEFF}", "\0", "é", "{", "*", "&a ", "- ", "\t", ": "] {
            let mutant = format!("{}{spoilt}{}", &text[..at], &text[at + c.len_utf8()..]);
            let (start_up, findings) = parse(&mutant);
            assert!(start_up.is_some() || !findings.is_empty(), "{mutant:?}");
        }
    }
}
