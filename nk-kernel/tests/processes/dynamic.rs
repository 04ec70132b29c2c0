//! Channels that are made while programs run, and the name server, between real processes and under a policy.
use crate::common::exchange::*;
use crate::common::{ROLE, Roles, arguments, role_here};
use nk_core::task::{Child, Equipment};
use nk_core::{cm, handle, ns};
use nk_runtime::Riid;
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{Parts, ipc};
use std::time::Duration;

pub(crate) const ROLES: Roles = &[
    ("name_server", || nk_core::name_server::run().unwrap()),
    ("publish", publish),
    ("find", find),
    ("accept_one", accept_one),
    ("connect_twice", connect_twice),
    ("drop_one", drop_one),
    ("be_refused", be_refused),
    ("disconnect_under_a_call", disconnect_under_a_call),
    ("call_until_deleted", call_until_deleted),
    ("receive_one", receive_one),
    ("disconnect_own_call", disconnect_own_call),
    ("publish_again", publish_again),
    ("restart_names", restart_names),
];

fn publish() {
    let names = ns::create(None, 5_000).unwrap();
    names.publish("Exchange", "Server", "exchange").unwrap();
    tell!(
        "{}",
        names
            .publish("Exchange", "Server", "exchange")
            .unwrap_err()
            .retcode()
    );
    let client = cm::listen(FOREVER).unwrap();
    tell!("{client:?}");
    let listener = cm::accept(None, &client, Riid(0)).unwrap();
    let (received, request) = receive(listener).unwrap();
    ipc::reply(
        received.token,
        Parts::of(&message(ECHO, &[], Some(number(&request) + 1))),
    )
    .unwrap();
    names.unpublish("Exchange", "Server", "exchange").unwrap();
    tell!(
        "{}",
        names
            .unpublish("Exchange", "Server", "exchange")
            .unwrap_err()
            .retcode()
    );
}

fn find() {
    let names = ns::create(None, 5_000).unwrap();
    let found = loop {
        let found = names.enumerate("Exchange").unwrap();
        if !found.is_empty() {
            break found;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    tell!("{found:?}");
    tell!("{:?}", names.enumerate("Other").unwrap());
    tell!(
        "{}",
        names
            .unpublish("Exchange", "Server", "exchange")
            .unwrap_err()
            .retcode()
    );
    let cm::Connected { channel, riid } =
        cm::connect(&found[0].server, &found[0].service, 5_000).unwrap();
    tell!("{riid:?} {}", echo(channel.handle(), 41));
    handle::close(channel.handle()).unwrap();
    tell!("{}", echo(channel.handle(), 41));
}

#[test]
fn servers_publish_clients_find_them_and_get_a_channel_whether_the_name_servers_is_static_or_not() {
    let tasks = ["Client", "Server", ns::NAME_SERVER];
    let fixed = [
        ("Client", ns::NAME_SERVER, ns::NAME_SERVER),
        ("Server", ns::NAME_SERVER, ns::NAME_SERVER),
    ];
    for connections in [&fixed[..], &[]] {
        let world = world(POLICY, &tasks, connections);
        let run = in_order(
            world,
            &[
                ("Server", "publish"),
                ("Client", "find"),
                (ns::NAME_SERVER, "name_server"),
            ],
        );
        let client = [
            r#"[Service { server: "Server", service: "exchange" }]"#,
            "[]",
            "rcResourceNotFound",
            "Riid(0) 42",
            "rcInvalidArgument",
        ];
        assert_eq!(run.of("Client"), client);
        let server = [
            "rcAlreadyExists",
            r#"Client { name: "Client", service: "exchange" }"#,
            "rcResourceNotFound",
        ];
        assert_eq!(run.of("Server"), server);
        run.assert_clean();
    }
}

fn accept_one() {
    tell!(
        "{}",
        cm::listen(0)
            .err()
            .map_or("somebody".into(), |e| e.retcode().to_string())
    );
    let first = cm::listen(FOREVER).unwrap();
    // the other one asks too, by now or soon
    let other = loop {
        let next = cm::listen(FOREVER).unwrap();
        if next != first {
            break next;
        }
    };
    // both stay in the line, and take turns
    let (a, b) = (cm::listen(FOREVER).unwrap(), cm::listen(FOREVER).unwrap());
    assert!(a == first && b == other, "{a:?} {b:?}");
    let mut both = [a, b];
    both.sort_by(|a, b| a.service.cmp(&b.service));
    let listener = cm::accept(None, &both[0], Riid(0)).unwrap();
    let own_end = cm::accept(Some(listener), &both[1], Riid(0)).unwrap();
    tell!(
        "{}",
        cm::accept(Some(listener), &both[1], Riid(0))
            .unwrap_err()
            .retcode()
    );
    tell!(
        "{}",
        cm::accept(Some(own_end), &both[0], Riid(0))
            .unwrap_err()
            .retcode()
    );
    tell!("served, then {}", serve(listener));
}

fn connect_twice() {
    std::thread::scope(|scope| {
        let ask = |service: &'static str| {
            scope.spawn(move || cm::connect("Server", service, FOREVER).unwrap())
        };
        let (one, two) = (ask("one"), ask("two"));
        let (one, two) = (
            one.join().unwrap().channel.handle(),
            two.join().unwrap().channel.handle(),
        );
        tell!("{} {} {}", one == two, echo(one, 1), echo(two, 2));
        cm::disconnect(one).unwrap();
        tell!("{} {}", echo(one, 1), echo(two, 2));
    });
}

#[test]
fn a_server_sees_who_asks_in_turns_and_serves_several_channels_by_one_listener() {
    let run = in_order(
        world(POLICY, &["Client", "Server"], &[]),
        &[("Server", "accept_one"), ("Client", "connect_twice")],
    );
    assert_eq!(run.of("Client"), ["false 2 3", "rcInvalidArgument 3"]);
    let server = run.of("Server");
    assert!(["rcTimeout", "somebody"].contains(&server[0]));
    assert_eq!(
        server[1..],
        [
            "rcResourceNotFound",
            "rcResourceNotFound",
            "served, then rcNotConnected"
        ]
    );
    run.assert_clean();
}

fn drop_one() {
    let client = cm::listen(FOREVER).unwrap();
    cm::drop(&client).unwrap();
    tell!("{}", cm::drop(&client).unwrap_err().retcode());
    // the one that nobody answers is told once a turn, until it gives up
    let mut told: Vec<_> = std::iter::from_fn(|| cm::listen(FOREVER).ok()).collect();
    told.dedup();
    tell!("{told:?}");
}

fn be_refused() {
    let code = |server: &str, service: &str, ms| {
        cm::connect(server, service, ms)
            .unwrap_err()
            .retcode()
            .to_string()
    };
    tell!("{}", code("Server", "anything", FOREVER));
    tell!("{}", code("Nobody", "anything", FOREVER));
    tell!("{}", code("Client", "anything", FOREVER));
    tell!("{}", code("Server", "unanswered", 20));
    tell!("{}", handle::disconnect(77).unwrap_err().retcode());
}

#[test]
fn a_refused_client_is_told_and_so_is_one_that_asks_nobody() {
    let run = in_order(
        world(POLICY, &["Client", "Server"], &[]),
        &[("Server", "drop_one"), ("Client", "be_refused")],
    );
    let codes = [
        "rcFail",
        "rcResourceNotFound",
        "rcInvalidArgument",
        "rcTimeout",
        "rcInvalidArgument",
    ];
    assert_eq!(run.of("Client"), codes);
    let server = [
        "rcResourceNotFound",
        r#"[Client { name: "Client", service: "unanswered" }]"#,
    ];
    assert_eq!(run.of("Server"), server);
}

fn disconnect_under_a_call() {
    let client = cm::listen(FOREVER).unwrap();
    let listener = cm::accept(None, &client, Riid(0)).unwrap();
    let client = cm::listen(FOREVER).unwrap();
    let end = cm::accept(Some(listener), &client, Riid(0)).unwrap();
    let (received, _) = receive(listener).unwrap();
    cm::disconnect(end).unwrap();
    let answer = message(ECHO, &[], Some(1));
    tell!(
        "{}",
        ipc::reply(received.token, Parts::of(&answer))
            .unwrap_err()
            .retcode()
    );
    tell!("served, then {}", serve(listener));
}

fn call_until_deleted() {
    let one = cm::connect("Server", "one", FOREVER)
        .unwrap()
        .channel
        .handle();
    let two = cm::connect("Server", "two", FOREVER)
        .unwrap()
        .channel
        .handle();
    tell!("{} {}", echo(two, 1), echo(two, 1));
    tell!("{}", echo(one, 5));
}

#[test]
fn a_channel_can_be_deleted_under_a_call_and_others_of_its_listener_go_on() {
    let world = world(POLICY, &["Client", "Server"], &[]);
    let run = in_order(
        world,
        &[
            ("Server", "disconnect_under_a_call"),
            ("Client", "call_until_deleted"),
        ],
    );
    assert_eq!(run.of("Client"), ["rcAbort rcNotConnected", "6"]);
    assert_eq!(
        run.of("Server"),
        ["rcNotConnected", "served, then rcNotConnected"]
    );
    run.assert_clean();
}

fn receive_one() {
    let client = cm::listen(FOREVER).unwrap();
    let listener = cm::accept(None, &client, Riid(0)).unwrap();
    let (received, _) = receive(listener).unwrap();
    // the client has thought better of it
    std::thread::sleep(Duration::from_millis(60));
    let answer = message(ECHO, &[], Some(1));
    tell!(
        "{}",
        ipc::reply(received.token, Parts::of(&answer))
            .unwrap_err()
            .retcode()
    );
    tell!("{}", receive(listener).unwrap_err().retcode());
}

fn disconnect_own_call() {
    let channel = cm::connect("Server", "exchange", FOREVER)
        .unwrap()
        .channel
        .handle();
    std::thread::scope(|scope| {
        let calling = scope.spawn(move || echo(channel, 1));
        std::thread::sleep(Duration::from_millis(20));
        cm::disconnect(channel).unwrap();
        tell!("{}", calling.join().unwrap());
    });
    tell!("{}", echo(channel, 1));
}

#[test]
fn a_client_deletes_a_channel_under_its_own_call() {
    let run = in_order(
        world(POLICY, &["Client", "Server"], &[]),
        &[("Server", "receive_one"), ("Client", "disconnect_own_call")],
    );
    assert_eq!(run.of("Client"), ["rcAbort", "rcInvalidArgument"]);
    assert_eq!(run.of("Server")[0], "rcNotConnected", "{:?}", run.lines);
    run.assert_clean();
}

/// Publishes at whatever name server there is, and again when that has gone.
fn publish_again() {
    for published in 0..2 {
        let names = loop {
            match ns::create(None, 5_000) {
                Ok(names) => break names,
                Err(_not_there) => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        names.publish("Exchange", "Server", "exchange").unwrap();
        if published == 1 {
            break;
        }
        let gone = loop {
            match names.nth("Exchange", 0) {
                Ok(_) => std::thread::sleep(Duration::from_millis(1)),
                Err(e) => break e.retcode(),
            }
        };
        tell!("the name server: {gone}");
    }
    accept_and_answer();
}

fn accept_and_answer() {
    let client = cm::listen(FOREVER).unwrap();
    let listener = cm::accept(None, &client, Riid(0)).unwrap();
    let (received, request) = receive(listener).unwrap();
    ipc::reply(
        received.token,
        Parts::of(&message(ECHO, &[], Some(number(&request) + 1))),
    )
    .unwrap();
}

fn start_names() -> Child {
    let names = Child::new(ns::NAME_SERVER, ns::NAME_SERVER, "program").unwrap();
    let equipment = Equipment {
        args: arguments(),
        env: vec![(ROLE.into(), role_here("name_server"))],
        channels: vec![],
    };
    names.equip(&equipment).unwrap();
    names.start().unwrap();
    names
}

fn published() -> (ns::Names, ns::Service) {
    let names = ns::create(None, 5_000).unwrap();
    loop {
        if let Some(found) = names.nth("Exchange", 0).unwrap() {
            return (names, found);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn restart_names() {
    let first = start_names();
    let (names, found) = published();
    tell!("{found:?}");
    first.terminate().unwrap();
    while first.exit_code().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    tell!("{}", names.nth("Exchange", 0).unwrap_err().retcode());
    first.close().unwrap();
    // the next one knows nothing until servers tell it
    let second = start_names();
    let (_, found) = published();
    let channel = cm::connect(&found.server, &found.service, FOREVER)
        .unwrap()
        .channel;
    tell!("{}", echo(channel.handle(), 41));
    second.terminate().unwrap();
    second.close().unwrap();
}

#[test]
fn a_name_server_that_is_killed_and_started_again_is_told_anew_and_nothing_else_suffers() {
    let world = world(POLICY, &["Client", "Server"], &[]);
    let run = in_order(
        world,
        &[("Server", "publish_again"), ("Client", "restart_names")],
    );
    assert_eq!(
        run.of("Client"),
        [
            r#"Service { server: "Server", service: "exchange" }"#,
            "rcNotConnected",
            "42"
        ]
    );
    let server = run.of("Server");
    assert!(
        server == ["the name server: rcNotConnected"] || server == ["the name server: rcAbort"],
        "{server:?}"
    );
    assert_eq!(
        run.ended(),
        [
            ("Server", nk_kernel::Ended::Code(0)),
            ("Client", nk_kernel::Ended::Code(0))
        ]
    );
}
