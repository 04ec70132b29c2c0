//! A solution as a graph, and its pictures: what passes, what never does, what has no channel.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_gen::emit::graph::{mermaid, svg};
use nk_gen::solution::graph::{Graph, Way};
use nk_gen::solution::{Inputs, build};
use std::path::Path;
use tempfile::TempDir;

const FILES: [(&str, &str); 9] = [
    (
        "Log.idl",
        "package Log interface { Write(in string<64> line); Read(out UInt32 n); Rotate(); Erase(); }",
    ),
    (
        "Clock.idl",
        "package Clock interface { Now(out UInt64 t); }",
    ),
    (
        "Logger.edl",
        "task class Logger endpoints { log : Log clock : Clock }",
    ),
    ("Sensor.edl", "task class Sensor"),
    ("Spy.edl", "task class Spy"),
    (
        "init.yaml",
        "entities:
- name: Sensor
  task: left <1>
  connections: [{target: Logger, id: logger}]
- name: Sensor
  task: right
  connections: [{target: Logger, id: logger}]
- name: Spy
  connections: [{target: Logger, id: spied}]
- name: Logger
- name: Vault
",
    ),
    (
        "security.psl",
        r#"use nk.basic._
use EDL Einit use EDL kl.core.Core use EDL Logger use EDL Sensor use EDL Spy use EDL Vault
execute dst=Logger { grant () } execute dst=Sensor { grant () } execute dst=Spy { deny () }
request src=Sensor dst=Logger endpoint=log {
    match method=Write { assert (message.line != "") }
    match method=Read { grant () }
    match method=Rotate { grant () }
    match method=Erase { deny () }
}
response src=Logger dst=Sensor endpoint=log method=Write { grant () }
response src=Logger dst=Sensor endpoint=log method=Rotate { grant () }
request src=Logger dst=Spy { grant () }
request src=Spy dst=Logger { deny () }
request src=Sensor dst=kl.core.Core interface=kl.core.Task method=Exit { grant () }
response src=kl.core.Core dst=Sensor { grant () }
request src=Logger dst=Sensor { grant () }
request src=Logger dst=Vault { grant () }
execute dst=Vault { grant () }
"#,
    ),
    ("Einit.edl", "task class Einit"),
    ("Vault.edl", "task class Vault endpoints { clock : Clock }"),
];

fn graph() -> Graph {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    of(
        folder.path(),
        nk_gen::Options {
            include: vec![folder.path().to_owned()],
            ..nk_gen::Options::default()
        },
    )
}

fn of(folder: &Path, options: nk_gen::Options) -> Graph {
    let (init, policy) = (folder.join("init.yaml"), folder.join("security.psl"));
    let solution = build(&Inputs {
        name: "house".to_owned(),
        init,
        policy,
        options,
        ..Inputs::default()
    });
    let said =
        || nk_gen::text::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics);
    Graph::of(
        solution
            .image
            .as_ref()
            .unwrap_or_else(|| panic!("{}", said())),
    )
}

#[test]
fn channels_show_what_the_policy_lets_through_them() {
    let graph = graph();
    let names: Vec<&str> = graph
        .processes
        .iter()
        .map(|process| process.task.as_str())
        .collect();
    let at = |name: &str| names.iter().position(|known| *known == name).unwrap();
    // the two sensors have the same channel to the same server: one note for both
    assert_eq!(graph.channels.len(), 2);
    let logger = graph
        .channels
        .iter()
        .find(|channel| channel.name == "logger")
        .unwrap();
    let mut clients = logger.clients.clone();
    clients.sort_unstable();
    let mut sensors = [at("left <1>"), at("right")];
    sensors.sort_unstable();
    assert_eq!((clients, logger.server), (sensors.to_vec(), at("Logger")));
    let ways: Vec<(&str, Way)> = logger.endpoints[0]
        .methods
        .iter()
        .map(|(name, way)| (name.as_str(), *way))
        .collect();
    let expected = [
        ("Write", Way::Depends),
        ("Read", Way::Unanswered),
        ("Rotate", Way::Always),
        ("Erase", Way::Never),
    ];
    assert_eq!(ways, expected);
    assert_eq!(
        logger.endpoints[1].methods,
        [("Now".to_owned(), Way::Never)]
    );
    let spied = graph
        .channels
        .iter()
        .find(|channel| channel.name == "spied")
        .unwrap();
    assert!(spied.is_useless() && !logger.is_useless());
    let spy = &graph.processes[at("Spy")];
    assert!(!spy.starts && graph.processes[at("Logger")].starts);
    assert_eq!(
        (
            spy.kernel.unwrap().0,
            graph.processes[at("right")].kernel.unwrap().0
        ),
        (0, 1)
    );
    // spy and sensors serve nothing, so that what is granted to the logger there is nothing
    let [granted] = &graph.unconnected[..] else {
        panic!("{:?}", graph.unconnected)
    };
    assert_eq!(
        (&granted.clients[..], granted.server),
        (&[at("Logger")][..], at("Vault"))
    );
    assert_eq!(
        granted.endpoints[0].methods,
        [("Now".to_owned(), Way::Unanswered)]
    );
}

#[test]
fn a_flowchart_has_an_arrow_where_something_passes_and_a_cross_where_nothing_does() {
    let text = mermaid(&graph());
    let body: Vec<&str> = text.lines().map(str::trim).collect();
    let label = "<b>logger</b><br/>? log.Write<br/>! log.Read<br/>✓ log.Rotate<br/>✗ log: 1 other<br/>✗ nothing of clock";
    assert_eq!(body[0], "flowchart LR");
    assert!(
        body.contains(&"t4[\"<b>right</b><br/>Sensor<br/>kernel: 1 of 167 methods\"]"),
        "{text}"
    );
    assert!(text.contains("<b>left #lt;1#gt;</b>"), "{text}");
    assert_eq!(
        body.iter()
            .filter(|line| line.contains(&format!("-->|\"{label}\"|")))
            .count(),
        2,
        "{text}"
    );
    assert_eq!(
        body.iter()
            .filter(|line| line.contains("--x|\"<b>spied</b><br/>✗ nothing of log, clock\"|"))
            .count(),
        1
    );
    assert!(
        text.contains("linkStyle ") && text.contains("stroke-dasharray"),
        "{text}"
    );
}

#[test]
fn a_picture_is_well_formed_and_says_everything() {
    let picture = svg(&graph());
    balanced(&picture);
    for part in [
        "left &lt;1&gt;",
        "log.Write",
        "log: 1 other",
        "the policy does not let it start",
        "kernel: 1 of 167",
    ] {
        assert!(picture.contains(part), "{part}\n{picture}");
    }
    assert_eq!(picture.matches("class='channel useless'").count(), 1);
    // two lines reach the note of the sensors, one leaves it; two around the spy's
    assert_eq!(picture.matches("class='line'").count(), 3);
    assert_eq!(picture.matches("class='line useless'").count(), 2);
}

/// Every element that is opened is closed, in order.
fn balanced(picture: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in picture
        .split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().0)
    {
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// The drone of the corpus, with stand-ins for the file system and the network of the SDK.
fn drone() -> Option<TempDir> {
    let Some(shared) = std::env::var_os("NK_SHARED") else {
        eprintln!("skipped: NK_SHARED does not name the folder of the corpus");
        return None;
    };
    let kos = Path::new(&shared).join(
        "corpus/cyberimmunity-edu__cyberimmune-systems-autonomous-delivery-drone-with-kos/kos",
    );
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for file in std::fs::read_dir(kos.join("resources")).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let source = |name: &str| {
        std::fs::read_to_string(kos.join("einit/drone_controller/src").join(name)).unwrap()
    };
    write("drone_controller.psl", &source("drone_controller.psl"));
    let supplied = ["kl.VfsSdCardFs", "kl.VfsNet"];
    std::fs::create_dir(folder.path().join("kl")).unwrap();
    write(
        "kl/Vfs.idl",
        "package kl.Vfs interface { Open(in string<64> path, out UInt32 fd); }",
    );
    for class in supplied {
        write(
            &format!("{}.edl", class.replace('.', "/")),
            &format!("task class {class} endpoints {{ vfs : kl.Vfs }}"),
        );
    }
    let included = supplied.map(|class| format!("use EDL {class}\n")).concat();
    write(
        "security.psl",
        &source("sim_offline.psl.in").replace("@INIT_EXTERNAL_ENTITIES@", &included),
    );
    let start_up = source("sim_offline.yaml.in")
        .lines()
        .filter(|line| !line.ends_with("_ENTITY_CONNECTIONS@"))
        .fold(String::new(), |all, line| all + line + "\n")
        .replace("@INIT_KlogEntity_PATH@", "KlogEntity")
        .replace(
            "@INIT_EXTERNAL_ENTITIES@",
            &supplied
                .map(|class| format!("\n- name: {class}\n"))
                .concat(),
        )
        .replace(
            "{var: KLOG_STORAGE_SERVER_CONNECTION_ID, include: klog_storage/client.h}",
            "klog_storage",
        );
    write("init.yaml", &start_up);
    Some(folder)
}

#[test]
fn the_drone_is_drawn() {
    let Some(folder) = drone() else { return };
    let sources = vec![folder.path().to_owned()];
    let graph = of(
        folder.path(),
        nk_gen::Options {
            sources,
            external: vec!["*".to_owned()],
            ..Default::default()
        },
    );
    // 22 connections of 10 clients; those of one name to one server, which all let the same through, are one
    assert_eq!((graph.processes.len(), graph.channels.len()), (11, 9));
    assert_eq!(
        graph
            .channels
            .iter()
            .map(|channel| channel.clients.len())
            .sum::<usize>(),
        22
    );
    assert!(
        graph
            .channels
            .iter()
            .flat_map(|c| &c.endpoints)
            .flat_map(|e| &e.methods)
            .all(|(_, way)| *way == Way::Always)
    );
    // the policy grants what `drone_controller.psl:62` says, but init.yaml makes no channel for it
    let text = mermaid(&graph);
    assert!(
        text.contains(
            "%% granted, but without a channel: KlogStorageEntity → KlogEntity: klog.audit.write"
        ),
        "{text}"
    );
    balanced(&svg(&graph));
}
