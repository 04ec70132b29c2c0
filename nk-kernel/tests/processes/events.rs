//! What programs wait for besides messages, and programs that they make: interruption, events, starts at run time.
use crate::common::exchange::*;
use crate::common::{ROLE, Roles, arguments, role_here};
use nk_core::cm;
use nk_core::handle::{self, Provided};
use nk_core::ipc::SyncObject;
use nk_core::notice::{Notice, OBJECT_DESTROYED, TASK_COMPLETED, USER, raise};
use nk_core::task::{Child, Equipment};
use nk_kernel::Ended;
use nk_runtime::Rights;
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{Error, Parts, Wait, ipc};
use std::time::Duration;

pub(crate) const ROLES: Roles = &[
    ("never_answer", never_answer),
    ("interrupted", interrupted),
    ("interrupt", interrupt),
    ("watch", watch),
    ("make", make),
    ("made_server", made_server),
    ("made_client", made_client),
    ("denied_start", denied_start),
    ("serve_echo", serve_echo),
];

fn never_answer() {
    let listener = registered();
    let (received, _) = receive(listener).unwrap();
    let (last, _) = receive(listener).unwrap();
    let answer = message(ECHO, &[], Some(1));
    tell!(
        "{}",
        ipc::reply(received.token, Parts::of(&answer))
            .unwrap_err()
            .retcode()
    );
    ipc::reply(last.token, Parts::of(&answer)).unwrap();
}

fn interrupted() {
    let (channel, sync) = (connected(), SyncObject::new().unwrap());
    let request = message(ECHO, &[], Some(1));
    let with = |wait| ipc::call_with(channel, Parts::of(&request), &mut [0; 64], wait);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            sync.set().unwrap();
        });
        tell!(
            "{}",
            with(Wait::FOREVER.until(sync.handle()))
                .unwrap_err()
                .retcode()
        );
    });
    tell!(
        "{}",
        with(Wait::FOREVER.until(sync.handle()))
            .unwrap_err()
            .retcode()
    );
    let own = Wait::within(60_000).until(sync.handle());
    let listen = nk_core::channel().unwrap().interrupted_by(sync.handle());
    tell!(
        "{:?}",
        nk_core::Caller::new(listen)
            .sleep(Duration::from_hours(1))
            .unwrap_err()
            .retcode()
    );
    sync.clear().unwrap();
    let handle = sync.handle();
    tell!(
        "{}",
        with(Wait::within(10).until(handle + 1))
            .unwrap_err()
            .retcode()
    );
    tell!("{}", with(own).is_ok());
    drop(sync);
    tell!(
        "{}",
        with(Wait::FOREVER.until(handle)).unwrap_err().retcode()
    );
}

#[test]
fn a_sync_object_ends_the_calls_that_were_begun_with_it_and_those_that_begin_while_it_is_set() {
    let run = pair("never_answer", "interrupted");
    let codes = [
        "rcIpcInterrupt",
        "rcIpcInterrupt",
        "rcIpcInterrupt",
        "rcInvalidArgument",
        "true",
        "rcInvalidArgument",
    ];
    assert_eq!(run.of("Client"), codes);
    assert_eq!(run.of("Server"), ["rcNotConnected"]);
    run.assert_clean();
}

fn interrupt() {
    let (listener, sync) = (registered(), SyncObject::new().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            sync.set().unwrap();
        });
        let wait = Wait::FOREVER.until(sync.handle());
        tell!(
            "{}",
            ipc::recv_with(listener, &mut [0; 64], wait)
                .unwrap_err()
                .retcode()
        );
        tell!(
            "{}",
            ipc::recv_with(listener, &mut [0; 64], wait)
                .unwrap_err()
                .retcode()
        );
    });
    tell!("served, then {}", serve(listener));
}

fn serve_echo() {
    let channel = connected();
    std::thread::sleep(Duration::from_millis(60));
    tell!("{}", echo(channel, 1));
}

#[test]
fn a_receive_is_interrupted_and_the_next_one_serves() {
    let run = pair("interrupt", "serve_echo");
    assert_eq!(run.of("Client"), ["2"]);
    assert_eq!(
        run.of("Server"),
        [
            "rcIpcInterrupt",
            "rcIpcInterrupt",
            "served, then rcNotConnected"
        ]
    );
    run.assert_clean();
}

fn watch() {
    let notice = Notice::new().unwrap();
    let own = handle::user_object(Provided {
        rights: Rights::GENERAL,
        ..Provided::default()
    })
    .unwrap();
    let other = handle::user_object(Provided {
        rights: Rights::COPY,
        ..Provided::default()
    })
    .unwrap();
    notice.subscribe(own, OBJECT_DESTROYED | USER, 1).unwrap();
    notice.subscribe(own, 1 << 25, 2).unwrap();
    tell!(
        "{}",
        notice
            .subscribe(other, OBJECT_DESTROYED, 3)
            .unwrap_err()
            .retcode()
    );
    tell!("{}", raise(own, 1).unwrap_err().retcode());
    tell!("{}", raise(other, USER).unwrap_err().retcode());
    raise(own, 1 << 24).unwrap();
    raise(own, 1 << 24).unwrap();
    let told: Vec<_> = notice
        .events(0)
        .unwrap()
        .iter()
        .map(|e| (e.id, e.mask >> 24, e.counter))
        .collect();
    tell!("{told:?}");
    notice.unsubscribe(own, Some(2)).unwrap();
    tell!(
        "{}",
        notice.unsubscribe(own, Some(2)).unwrap_err().retcode()
    );
    handle::close(own).unwrap();
    let told: Vec<_> = notice
        .events(0)
        .unwrap()
        .iter()
        .map(|e| (e.id, e.mask, e.counter))
        .collect();
    tell!("{told:?}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| notice.events(FOREVER).unwrap_err().retcode());
        std::thread::sleep(Duration::from_millis(20));
        handle::close(notice.handle()).unwrap();
        tell!("{}", waiting.join().unwrap());
    });
}

#[test]
fn events_are_told_once_with_their_number_and_a_count() {
    let run = in_order(world(POLICY, &["Client"], &[]), &[("Client", "watch")]);
    let lines = [
        "rcNoCapability",
        "rcInvalidArgument",
        "rcNoCapability",
        "[(1, 1, 2)]",
        "rcResourceNotFound",
        "[(1, 1, 1)]",
        "rcAbort",
    ];
    assert_eq!(run.of("Client"), lines);
    run.assert_clean();
}

/// What the made programs need to find their roles.
fn equipment(role: &str, channel: (&str, u32)) -> Equipment {
    Equipment {
        args: arguments(),
        env: vec![(ROLE.into(), role_here(role))],
        channels: vec![(channel.0.into(), channel.1)],
    }
}

fn make() {
    let code = |result: Result<Child, Error>| result.unwrap_err().retcode();
    tell!(
        "{} {}",
        code(Child::new("a", "Nothing", "program")),
        code(Child::new("Client", "Client", "program"))
    );
    let server = Child::new("made", "Server", "program").unwrap();
    let client = Child::new("user", "Client", "program").unwrap();
    let (calling, serving) = Child::connect(&client, &server, None).unwrap();
    server
        .equip(&equipment("made_server", ("exchange", serving)))
        .unwrap();
    tell!(
        "{}",
        client
            .equip(&equipment("made_client", ("exchange", 99)))
            .unwrap_err()
            .retcode()
    );
    client
        .equip(&equipment("made_client", ("exchange", calling)))
        .unwrap();
    let notice = Notice::new().unwrap();
    notice
        .subscribe(client.handle(), TASK_COMPLETED, 1)
        .unwrap();
    notice
        .subscribe(server.handle(), TASK_COMPLETED, 2)
        .unwrap();
    tell!("{:?}", client.exit_code().unwrap());
    server.start().unwrap();
    client.start().unwrap();
    tell!("{}", client.start().unwrap_err().retcode());
    tell!(
        "{}",
        Child::connect(&client, &server, None)
            .unwrap_err()
            .retcode()
    );
    let mut ended = Vec::new();
    while ended.len() < 2 {
        ended.extend(notice.events(FOREVER).unwrap().iter().map(|e| e.id));
    }
    ended.sort_unstable();
    tell!(
        "{ended:?} {:?} {:?}",
        client.exit_code().unwrap(),
        server.exit_code().unwrap()
    );
    tell!("{}", client.terminate().unwrap_err().retcode());
    let none = Child::new("missing", "Client", "no-such-program").unwrap();
    tell!("{}", none.start().unwrap_err().retcode());
    let long = Child::new("user", "Client", "program").unwrap();
    long.equip(&equipment("no such role", ("x", 0)))
        .unwrap_err();
    long.terminate().unwrap();
    tell!("{}", long.start().unwrap_err().retcode());
    for child in [server, client, none, long] {
        child.close().unwrap();
    }
}

fn made_server() {
    tell!("served, then {}", serve(1));
    std::process::exit(3);
}

fn made_client() {
    let channel = connected();
    tell!("{} {}", echo(channel, 6), nk_core::task::name().unwrap());
    tell!("{}", cm::disconnect(channel).unwrap_err().retcode());
}

#[test]
fn a_program_makes_connects_and_starts_others_and_learns_how_they_end() {
    let run = in_order(world(POLICY, &["Client"], &[]), &[("Client", "make")]);
    let lines = [
        "rcResourceNotFound rcAlreadyExists",
        "rcInvalidArgument",
        "None",
        "rcInvalidOperation",
        "rcInvalidOperation",
        "[1, 2] Some(0) Some(3)",
        "rcInvalidOperation",
        "rcResourceNotFound",
        "rcInvalidOperation",
    ];
    assert_eq!(run.of("Client"), lines);
    assert_eq!(
        run.of("user"),
        ["7 user", "rcInvalidOperation"],
        "a static channel is not deleted"
    );
    assert_eq!(run.of("made"), ["served, then rcNotConnected"]);
    assert_eq!(run.ended(), [("Client", Ended::Code(0))]);
}

fn denied_start() {
    let server = Child::new("made", "Server", "program").unwrap();
    tell!("{}", server.start().unwrap_err().retcode());
}

#[test]
fn a_start_that_the_policy_does_not_grant_is_refused_with_whoever_asked_as_its_source() {
    let policy = POLICY.replace(
        "execute { grant () }",
        "execute src=Einit { grant () } execute src=kl.core.Core { grant () }",
    );
    let run = in_order(
        world(&policy, &["Client"], &[]),
        &[("Client", "denied_start")],
    );
    assert_eq!(run.of("Client"), ["rcSecurityDisallow"]);
    run.assert_said(&["denied by policy: execute Client -> Server"]);
}
