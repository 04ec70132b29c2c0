//! Dynamic channels, the name server, handles in messages, events, interruption and processes made at run time, between real
//! processes and under a policy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "tests fail by panicking"
)]
mod common;

use common::{Run, World, play};
use nk_core::handle::{self, Provided};
use nk_core::ipc::SyncObject;
use nk_core::notice::{BADGE_CLOSED, Notice, OBJECT_DESTROYED, TASK_COMPLETED, USER, raise};
use nk_core::task::{Child, Equipment};
use nk_core::{cm, ns};
use nk_kernel::Ended;
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{self, Error, Parts, Received, Wait, ipc};
use nk_runtime::{Ex, Handle, Retcode, Rights, Riid};
use std::time::Duration;

const DESK: &str = "package Desk
interface {
    Hand(in Handle what, out UInt32 n);
    Fetch(in UInt32 n, out Handle what);
    Echo(in UInt32 n, out UInt32 m);
}";
const HAND: u16 = 0;
const FETCH: u16 = 1;
const ECHO: u16 = 2;

const POLICY: &str = "use nk.base._
use EDL Einit
use EDL kl.core.Core
use EDL kl.core.NameServer
use EDL Server
use EDL Client
execute { grant () }
request { grant () }
response { grant () }
";

/// The tasks `Server` and `Client` with a static channel `desk`, and `kl.core.NameServer` with one from both if it is wanted.
fn world(policy: &str, tasks: &[&str], connections: &[(&str, &str, &str)]) -> World {
    let connection = |(_, server, id): &(&str, &str, &str)| format!("  - target: {server}\n    id: {id}\n");
    let entity = |task: &&str| {
        let own = connections.iter().filter(|(client, ..)| client == task).map(connection);
        format!("- name: {task}\n  path: program\n  connections:\n{}", own.collect::<String>())
    };
    let init = format!("entities:\n{}", tasks.iter().map(entity).collect::<String>());
    World::built(&[
        ("init.yaml", &init),
        ("security.psl", policy),
        ("Desk.idl", DESK),
        ("Server.edl", "task class Server\nendpoints { desk : Desk }"),
        ("Client.edl", "task class Client"),
    ])
}

fn pair(server: &str, client: &str) -> Run {
    let world = world(POLICY, &["Client", "Server"], &[("Client", "Server", "desk")]);
    in_order(world, &[("Server", server), ("Client", client)])
}

fn in_order(world: World, roles: &[(&str, &str)]) -> Run {
    let of = |task: &nk_image::Task| roles.iter().find(|(name, _)| *name == task.name).unwrap().1;
    let roles: Vec<&str> = world.image.plan.tasks.iter().map(of).collect();
    world.run(&roles)
}

#[test]
fn program() {
    play(&[
        ("name_server", || nk_core::name_server::run().unwrap()),
        ("publish", publish),
        ("find", find),
        ("accept_one", accept_one),
        ("connect_twice", connect_twice),
        ("drop_one", drop_one),
        ("be_refused", be_refused),
        ("disconnect_under_a_call", disconnect_under_a_call),
        ("call_until_deleted", call_until_deleted),
        ("hold", hold),
        ("send_handles", send_handles),
        ("forge", forge),
        ("provide", provide),
        ("use_callable", use_callable),
        ("interrupted", interrupted),
        ("interrupt", interrupt),
        ("never_answer", never_answer),
        ("watch", watch),
        ("make", make),
        ("made_server", made_server),
        ("made_client", made_client),
        ("denied_start", denied_start),
        ("cycle", cycle),
        ("accept_many", accept_many),
        ("serve_echo", serve_echo),
    ]);
}

/// A message of the interface: header, handles, and a number if there is room for one.
fn message(mid: u16, handles: &[Handle], number: Option<u32>) -> Vec<u8> {
    let mut bytes = vec![0; 24];
    for handle in handles {
        bytes.extend_from_slice(&handle.handle.to_le_bytes());
        bytes.extend_from_slice(&handle.rights.to_le_bytes());
        bytes.extend_from_slice(&handle.badge.to_le_bytes());
    }
    if let Some(number) = number {
        bytes.extend_from_slice(&u64::from(number).to_le_bytes());
    }
    let ex = Ex::new(u32::try_from(bytes.len()).unwrap(), u8::try_from(handles.len()).unwrap(), false);
    bytes[2..4].copy_from_slice(&mid.to_le_bytes());
    bytes[4..8].copy_from_slice(&ex.0.to_le_bytes());
    bytes
}

fn number(message: &[u8]) -> u32 {
    u32::from_le_bytes(message[24..28].try_into().unwrap())
}

fn handle_in(message: &[u8]) -> Handle {
    let at = |at: usize| u32::from_le_bytes(message[at..at + 4].try_into().unwrap());
    Handle { handle: at(24), rights: at(28), badge: u64::from_le_bytes(message[32..40].try_into().unwrap()) }
}

fn call(handle: u32, request: &[u8]) -> Result<Vec<u8>, Error> {
    let mut room = vec![0; 64];
    let size = ipc::call(handle, Parts::of(request), &mut room, FOREVER)?;
    Ok(size.of(&room).to_vec())
}

fn echo(handle: u32, n: u32) -> String {
    match call(handle, &message(ECHO, &[], Some(n))) {
        Ok(response) => number(&response).to_string(),
        Err(e) => e.retcode().to_string(),
    }
}

fn receive(handle: u32) -> Result<(Received, Vec<u8>), Error> {
    let mut room = vec![0; 64];
    let received = ipc::recv(handle, &mut room)?;
    Ok((received, received.size.of(&room).to_vec()))
}

/// Answers every echo until nobody is left who could call.
fn serve(listener: u32) -> String {
    loop {
        match receive(listener) {
            Ok((received, request)) => {
                let answer = message(ECHO, &[], Some(number(&request) + 1));
                if let Err(e) = ipc::reply(received.token, Parts::of(&answer)) {
                    tell!("reply {}", e.retcode());
                }
            }
            Err(e) => return e.retcode().to_string(),
        }
    }
}

/// The server's listener: it is the first thing that a server of one static channel has.
const fn registered() -> u32 {
    1
}

fn connected() -> u32 {
    host::connect("desk").unwrap().handle()
}

fn publish() {
    let names = ns::create(None, 5_000).unwrap();
    names.publish("Desk", "Server", "desk").unwrap();
    tell!("{}", names.publish("Desk", "Server", "desk").unwrap_err().retcode());
    let client = cm::listen(FOREVER).unwrap();
    tell!("{client:?}");
    let listener = cm::accept(None, &client, Riid(0)).unwrap();
    let (received, request) = receive(listener).unwrap();
    ipc::reply(received.token, Parts::of(&message(ECHO, &[], Some(number(&request) + 1)))).unwrap();
    names.unpublish("Desk", "Server", "desk").unwrap();
    tell!("{}", names.unpublish("Desk", "Server", "desk").unwrap_err().retcode());
}

fn find() {
    let names = ns::create(None, 5_000).unwrap();
    let found = loop {
        let found = names.enumerate("Desk").unwrap();
        if !found.is_empty() {
            break found;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    tell!("{found:?}");
    tell!("{:?}", names.enumerate("Other").unwrap());
    tell!("{}", names.unpublish("Desk", "Server", "desk").unwrap_err().retcode());
    let cm::Connected { channel, riid } = cm::connect(&found[0].server, &found[0].service, 5_000).unwrap();
    tell!("{riid:?} {}", echo(channel.handle(), 41));
    handle::close(channel.handle()).unwrap();
    tell!("{}", echo(channel.handle(), 41));
}

#[test]
fn servers_publish_clients_find_them_and_get_a_channel_whether_the_name_servers_is_static_or_not() {
    let tasks = ["Client", "Server", ns::NAME_SERVER];
    let fixed = [("Client", ns::NAME_SERVER, ns::NAME_SERVER), ("Server", ns::NAME_SERVER, ns::NAME_SERVER)];
    for connections in [&fixed[..], &[]] {
        let world = world(POLICY, &tasks, connections);
        let run = in_order(world, &[("Server", "publish"), ("Client", "find"), (ns::NAME_SERVER, "name_server")]);
        let client = [
            r#"[Service { server: "Server", service: "desk" }]"#,
            "[]",
            "rcResourceNotFound",
            "Riid(0) 42",
            "rcInvalidArgument",
        ];
        assert_eq!(run.of("Client"), client);
        let server = ["rcAlreadyExists", r#"Client { name: "Client", service: "desk" }"#, "rcResourceNotFound"];
        assert_eq!(run.of("Server"), server);
        run.assert_clean();
    }
}

fn accept_one() {
    tell!("{}", cm::listen(0).err().map_or("somebody".into(), |e| e.retcode().to_string()));
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
    tell!("{}", cm::accept(Some(listener), &both[1], Riid(0)).unwrap_err().retcode());
    tell!("{}", cm::accept(Some(own_end), &both[0], Riid(0)).unwrap_err().retcode());
    tell!("served, then {}", serve(listener));
}

fn connect_twice() {
    std::thread::scope(|scope| {
        let ask = |service: &'static str| scope.spawn(move || cm::connect("Server", service, FOREVER).unwrap());
        let (one, two) = (ask("one"), ask("two"));
        let (one, two) = (one.join().unwrap().channel.handle(), two.join().unwrap().channel.handle());
        tell!("{} {} {}", one == two, echo(one, 1), echo(two, 2));
        cm::disconnect(one).unwrap();
        tell!("{} {}", echo(one, 1), echo(two, 2));
    });
}

#[test]
fn a_server_sees_who_asks_in_turns_and_serves_several_channels_by_one_listener() {
    let run =
        in_order(world(POLICY, &["Client", "Server"], &[]), &[("Server", "accept_one"), ("Client", "connect_twice")]);
    assert_eq!(run.of("Client"), ["false 2 3", "rcInvalidArgument 3"]);
    let server = run.of("Server");
    assert!(["rcTimeout", "somebody"].contains(&server[0]));
    assert_eq!(server[1..], ["rcResourceNotFound", "rcResourceNotFound", "served, then rcNotConnected"]);
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
    let code = |server: &str, service: &str, ms| cm::connect(server, service, ms).unwrap_err().retcode().to_string();
    tell!("{}", code("Server", "anything", FOREVER));
    tell!("{}", code("Nobody", "anything", FOREVER));
    tell!("{}", code("Client", "anything", FOREVER));
    tell!("{}", code("Server", "unanswered", 20));
    tell!("{}", handle::disconnect(77).unwrap_err().retcode());
}

#[test]
fn a_refused_client_is_told_and_so_is_one_that_asks_nobody() {
    let run = in_order(world(POLICY, &["Client", "Server"], &[]), &[("Server", "drop_one"), ("Client", "be_refused")]);
    let codes = ["rcFail", "rcResourceNotFound", "rcInvalidArgument", "rcTimeout", "rcInvalidArgument"];
    assert_eq!(run.of("Client"), codes);
    let server = ["rcResourceNotFound", r#"[Client { name: "Client", service: "unanswered" }]"#];
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
    tell!("{}", ipc::reply(received.token, Parts::of(&answer)).unwrap_err().retcode());
    tell!("served, then {}", serve(listener));
}

fn call_until_deleted() {
    let one = cm::connect("Server", "one", FOREVER).unwrap().channel.handle();
    let two = cm::connect("Server", "two", FOREVER).unwrap().channel.handle();
    tell!("{} {}", echo(two, 1), echo(two, 1));
    tell!("{}", echo(one, 5));
}

#[test]
fn a_channel_can_be_deleted_under_a_call_and_others_of_its_listener_go_on() {
    let world = world(POLICY, &["Client", "Server"], &[]);
    let run = in_order(world, &[("Server", "disconnect_under_a_call"), ("Client", "call_until_deleted")]);
    assert_eq!(run.of("Client"), ["rcAbort rcNotConnected", "6"]);
    assert_eq!(run.of("Server"), ["rcNotConnected", "served, then rcNotConnected"]);
    run.assert_clean();
}

/// Keeps every handle that it is handed, gives them back on request, and echoes.
fn hold() {
    let listener = registered();
    let mut held: Vec<Handle> = Vec::new();
    loop {
        let (received, request) = match receive(listener) {
            Ok(request) => request,
            Err(e) => return tell!("{}", e.retcode()),
        };
        let answer = match u16::from_le_bytes([request[2], request[3]]) {
            HAND => {
                let handle = handle_in(&request);
                held.push(handle);
                tell!("got rights {:#x} badge {}", handle.rights, handle.badge);
                message(HAND, &[], Some(u32::try_from(held.len()).unwrap() - 1))
            }
            FETCH => {
                let handle = held[number(&request) as usize];
                message(FETCH, &[Handle { badge: 0, ..handle }], None)
            }
            _ => {
                let handle = held[number(&request) as usize].handle;
                let copy = handle::copy(handle, Rights::NONE, None).map_or_else(|e| e.retcode(), |_| Retcode::OK);
                tell!("use {copy}");
                message(ECHO, &[], Some(0))
            }
        };
        ipc::reply(received.token, Parts::of(&answer)).unwrap();
    }
}

const SENDABLE: Rights = Rights::TRANSFER.and(Rights::COPY).and(Rights::GET_SID);

fn hand(channel: u32, handle: Handle) -> Result<u32, Retcode> {
    call(channel, &message(HAND, &[handle], None)).map(|answer| number(&answer)).map_err(|e| e.retcode())
}

fn fetch(channel: u32, n: u32) -> Result<Handle, Retcode> {
    call(channel, &message(FETCH, &[], Some(n))).map(|answer| handle_in(&answer)).map_err(|e| e.retcode())
}

fn send_handles() {
    let channel = connected();
    let own = handle::user_object(Provided { rights: SENDABLE, context: 77, ..Provided::default() }).unwrap();
    let n = hand(channel, Handle::new(own, SENDABLE)).unwrap();
    let back = fetch(channel, n).unwrap();
    // another number for the same resource, and the context that the owner gave it
    tell!("{} {} {}", back.handle != own, back.badge, handle::sid(back.handle).unwrap() == handle::sid(own).unwrap());
    let notice = Notice::new().unwrap();
    let badge = handle::badge(Some(notice.handle()), 5, 88).unwrap();
    let with = hand(channel, Handle::new(own, SENDABLE).with_badge(badge)).unwrap();
    let again = fetch(channel, with).unwrap();
    tell!("{}", again.badge);
    handle::close(again.handle).unwrap();
    tell!("{}", notice.events(20).unwrap_err().retcode());
    // what came of the transfer with the badge goes, the rest stays
    handle::revoke_subtree(own, badge).unwrap();
    let told = notice.events(1_000).unwrap();
    tell!("{} {}", told[0].id, told[0].mask == BADGE_CLOSED);
    echo(channel, with);
    echo(channel, n);
    handle::revoke(own).unwrap();
    echo(channel, n);
    tell!("{}", handle::copy(back.handle, Rights::NONE, None).unwrap_err().retcode());
    handle::close(back.handle).unwrap();
    tell!("{}", handle::close(back.handle).unwrap_err().retcode());
}

#[test]
fn handles_travel_with_fewer_rights_come_back_with_their_context_and_are_revoked() {
    let run = pair("hold", "send_handles");
    let client = ["true 77 true", "88", "rcTimeout", "5 true", "rcHandleRevoked", "rcInvalidArgument"];
    assert_eq!(run.of("Client"), client);
    let server = [
        "got rights 0x7 badge 0",
        "got rights 0x7 badge 0",
        "use rcHandleRevoked",
        "use rcOk",
        "use rcHandleRevoked",
        "rcNotConnected",
    ];
    assert_eq!(run.of("Server"), server);
    run.assert_clean();
}

fn forge() {
    let channel = connected();
    let own = handle::user_object(Provided { rights: SENDABLE, ..Provided::default() }).unwrap();
    let stay = handle::user_object(Provided { rights: Rights::COPY, ..Provided::default() }).unwrap();
    let gone = handle::copy(own, SENDABLE, None).unwrap();
    handle::close(gone).unwrap();
    let badge = handle::badge(None, 0, 1).unwrap();
    let cases = [
        ("unknown", Handle::new(500, Rights::NONE)),
        ("closed", Handle::new(gone, Rights::NONE)),
        ("recycled", Handle::new(gone + (1 << 14), Rights::NONE)),
        ("kernel", Handle::new(0, Rights::NONE)),
        ("static channel", Handle::new(channel, Rights::NONE)),
        ("not to be sent", Handle::new(stay, Rights::NONE)),
        ("more rights", Handle::new(own, SENDABLE.and(Rights::SET_EVENT))),
        ("invalid with rights", Handle::new(u32::MAX, Rights::COPY)),
        ("a badge", Handle::new(badge, Rights::NONE)),
    ];
    for (what, handle) in cases {
        tell!("{what}: {:?}", hand(channel, handle));
    }
    tell!("badge that is none: {:?}", hand(channel, Handle::new(own, Rights::NONE).with_badge(own)));
    // nothing has moved, and what is right still works
    tell!("{:?}", hand(channel, Handle::new(own, Rights::TRANSFER)));
    tell!("{:?}", hand(channel, Handle::INVALID));
    tell!("{}", handle::copy(stay, Rights::ALL, None).unwrap_err().retcode());
    let copies = (0..400).map(|_| handle::copy(own, Rights::NONE, None)).take_while(Result::is_ok).count();
    tell!("{}", handle::copy(own, Rights::NONE, None).unwrap_err().retcode());
    tell!("{}", copies > 200 && copies < 256);
}

#[test]
fn no_handle_is_forged_none_gains_a_right_and_a_refused_message_has_moved_none() {
    let run = pair("hold", "forge");
    let lines = run.of("Client");
    assert_eq!(lines.len(), 15, "{lines:#?}");
    for line in &lines[..9] {
        assert!(line.ends_with(": Err(rcSecurityDisallow)"), "{line}");
    }
    let rest =
        ["badge that is none: Err(rcInvalidArgument)", "Ok(0)", "Ok(1)", "rcNoCapability", "rcQuotaExceeded", "true"];
    assert_eq!(lines[9..], rest);
    assert_eq!(run.of("Server"), ["got rights 0x1 badge 0", "got rights 0x0 badge 0", "rcNotConnected"]);
    let refused = run.said.iter().filter(|sentence| sentence.contains("malformed") && sentence.contains("handle 0"));
    assert_eq!((refused.count(), run.audit.len()), (9, 9));
    run.assert_clean();
}

/// Gives whoever asks a callable handle of its own endpoint.
fn provide() {
    let listener = registered();
    let rights = Rights::TRANSFER.and(Rights::CALL);
    let calls = Some((listener, Riid(0)));
    let object = handle::user_object(Provided { rights, context: 99, calls, of_type: 1 }).unwrap();
    let mut calls = 0;
    loop {
        let (received, request) = match receive(listener) {
            Ok(request) => request,
            Err(e) => return tell!("{calls} calls, then {}", e.retcode()),
        };
        let answer = if u16::from_le_bytes([request[2], request[3]]) == FETCH {
            message(FETCH, &[Handle::new(object, rights)], None)
        } else {
            calls += 1;
            tell!("called by {}", u64::from_le_bytes(request[16..24].try_into().unwrap()));
            message(ECHO, &[], Some(number(&request) + 1))
        };
        ipc::reply(received.token, Parts::of(&answer)).unwrap();
    }
}

fn use_callable() {
    let channel = connected();
    let callable = fetch(channel, 0).unwrap();
    tell!("{}", echo(callable.handle, 10));
    tell!("{}", echo(channel, 20));
    let mut other = message(ECHO, &[], Some(1));
    other[0] = 3;
    tell!("{}", call(callable.handle, &other).unwrap_err().retcode());
    tell!("{}", ipc::recv(callable.handle, &mut [0; 64]).unwrap_err().retcode());
    let stay = handle::user_object(Provided::default()).unwrap();
    tell!("{}", echo(stay, 1));
}

#[test]
fn a_call_on_a_callable_handle_reaches_its_endpoint_and_tells_the_server_which() {
    let run = pair("provide", "use_callable");
    assert_eq!(run.of("Client"), ["11", "21", "rcInvalidArgument", "rcInvalidOperation", "rcInvalidOperation"]);
    assert_eq!(run.of("Server"), ["called by 99", "called by 0", "2 calls, then rcNotConnected"]);
    run.assert_clean();
}

fn never_answer() {
    let listener = registered();
    let (received, _) = receive(listener).unwrap();
    let (last, _) = receive(listener).unwrap();
    let answer = message(ECHO, &[], Some(1));
    tell!("{}", ipc::reply(received.token, Parts::of(&answer)).unwrap_err().retcode());
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
        tell!("{}", with(Wait::FOREVER.until(sync.handle())).unwrap_err().retcode());
    });
    tell!("{}", with(Wait::FOREVER.until(sync.handle())).unwrap_err().retcode());
    let own = Wait::within(60_000).until(sync.handle());
    let listen = nk_core::channel().unwrap().interrupted_by(sync.handle());
    tell!("{:?}", nk_core::Caller::new(listen).sleep(Duration::from_hours(1)).unwrap_err().retcode());
    sync.clear().unwrap();
    let handle = sync.handle();
    tell!("{}", with(Wait::within(10).until(handle + 1)).unwrap_err().retcode());
    tell!("{}", with(own).is_ok());
    drop(sync);
    tell!("{}", with(Wait::FOREVER.until(handle)).unwrap_err().retcode());
}

#[test]
fn a_sync_object_ends_the_calls_that_were_begun_with_it_and_those_that_begin_while_it_is_set() {
    let run = pair("never_answer", "interrupted");
    let codes =
        ["rcIpcInterrupt", "rcIpcInterrupt", "rcIpcInterrupt", "rcInvalidArgument", "true", "rcInvalidArgument"];
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
        tell!("{}", ipc::recv_with(listener, &mut [0; 64], wait).unwrap_err().retcode());
        tell!("{}", ipc::recv_with(listener, &mut [0; 64], wait).unwrap_err().retcode());
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
    assert_eq!(run.of("Server"), ["rcIpcInterrupt", "rcIpcInterrupt", "served, then rcNotConnected"]);
    run.assert_clean();
}

fn watch() {
    let notice = Notice::new().unwrap();
    let own = handle::user_object(Provided { rights: Rights::GENERAL, ..Provided::default() }).unwrap();
    let other = handle::user_object(Provided { rights: Rights::COPY, ..Provided::default() }).unwrap();
    notice.subscribe(own, OBJECT_DESTROYED | USER, 1).unwrap();
    notice.subscribe(own, 1 << 25, 2).unwrap();
    tell!("{}", notice.subscribe(other, OBJECT_DESTROYED, 3).unwrap_err().retcode());
    tell!("{}", raise(own, 1).unwrap_err().retcode());
    tell!("{}", raise(other, USER).unwrap_err().retcode());
    raise(own, 1 << 24).unwrap();
    raise(own, 1 << 24).unwrap();
    let told: Vec<_> = notice.events(0).unwrap().iter().map(|e| (e.id, e.mask >> 24, e.counter)).collect();
    tell!("{told:?}");
    notice.unsubscribe(own, Some(2)).unwrap();
    tell!("{}", notice.unsubscribe(own, Some(2)).unwrap_err().retcode());
    handle::close(own).unwrap();
    let told: Vec<_> = notice.events(0).unwrap().iter().map(|e| (e.id, e.mask, e.counter)).collect();
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
        args: ["program", "--exact", "--nocapture", "--test-threads=1"].map(str::to_owned).to_vec(),
        env: vec![("NK_TEST_ROLE".into(), role.into())],
        channels: vec![(channel.0.into(), channel.1)],
    }
}

fn make() {
    let code = |result: Result<Child, Error>| result.unwrap_err().retcode();
    tell!("{} {}", code(Child::new("a", "Nothing", "program")), code(Child::new("Client", "Client", "program")));
    let server = Child::new("made", "Server", "program").unwrap();
    let client = Child::new("user", "Client", "program").unwrap();
    let (calling, serving) = Child::connect(&client, &server, None).unwrap();
    server.equip(&equipment("made_server", ("desk", serving))).unwrap();
    tell!("{}", client.equip(&equipment("made_client", ("desk", 99))).unwrap_err().retcode());
    client.equip(&equipment("made_client", ("desk", calling))).unwrap();
    let notice = Notice::new().unwrap();
    notice.subscribe(client.handle(), TASK_COMPLETED, 1).unwrap();
    notice.subscribe(server.handle(), TASK_COMPLETED, 2).unwrap();
    tell!("{:?}", client.exit_code().unwrap());
    server.start().unwrap();
    client.start().unwrap();
    tell!("{}", client.start().unwrap_err().retcode());
    tell!("{}", Child::connect(&client, &server, None).unwrap_err().retcode());
    let mut ended = Vec::new();
    while ended.len() < 2 {
        ended.extend(notice.events(FOREVER).unwrap().iter().map(|e| e.id));
    }
    ended.sort_unstable();
    tell!("{ended:?} {:?} {:?}", client.exit_code().unwrap(), server.exit_code().unwrap());
    tell!("{}", client.terminate().unwrap_err().retcode());
    let none = Child::new("missing", "Client", "no-such-program").unwrap();
    tell!("{}", none.start().unwrap_err().retcode());
    let long = Child::new("user", "Client", "program").unwrap();
    long.equip(&equipment("no such role", ("x", 0))).unwrap_err();
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
    assert_eq!(run.of("user"), ["7 user", "rcInvalidOperation"], "a static channel is not deleted");
    assert_eq!(run.of("made"), ["served, then rcNotConnected"]);
    assert_eq!(run.ended(), [("Client", Ended::Code(0))]);
}

fn denied_start() {
    let server = Child::new("made", "Server", "program").unwrap();
    tell!("{}", server.start().unwrap_err().retcode());
}

#[test]
fn a_start_that_the_policy_does_not_grant_is_refused_with_whoever_asked_as_its_source() {
    let policy =
        POLICY.replace("execute { grant () }", "execute src=Einit { grant () } execute src=kl.core.Core { grant () }");
    let run = in_order(world(&policy, &["Client"], &[]), &[("Client", "denied_start")]);
    assert_eq!(run.of("Client"), ["rcSecurityDisallow"]);
    run.assert_said(&["denied by policy: execute Client -> Server"]);
}

const ROUNDS: u32 = 300;

fn accept_many() {
    let mut listener = None;
    for _ in 0..ROUNDS {
        let client = cm::listen(FOREVER).unwrap();
        let end = cm::accept(listener, &client, Riid(0)).unwrap();
        let by = *listener.get_or_insert(end);
        let (received, request) = receive(by).unwrap();
        let answer = message(ECHO, &[], Some(number(&request)));
        ipc::reply(received.token, Parts::of(&answer)).unwrap();
        if end != by {
            handle::close(end).unwrap();
        }
    }
}

fn cycle() {
    for n in 0..ROUNDS {
        let channel = cm::connect("Server", "desk", FOREVER).unwrap().channel;
        assert_eq!(echo(channel.handle(), n), n.to_string());
        handle::close(channel.handle()).unwrap();
    }
    tell!("done");
}

#[test]
fn connecting_and_closing_again_and_again_costs_neither_side_a_handle() {
    const { assert!(ROUNDS > nk_kernel::core::MAX_HANDLES) };
    let run = in_order(world(POLICY, &["Client", "Server"], &[]), &[("Server", "accept_many"), ("Client", "cycle")]);
    assert_eq!(run.of("Client"), ["done"]);
    run.assert_clean();
}
