//! Handles in messages: fewer rights, badges, revocation, callable ones, and none that is forged.
use crate::common::Roles;
use crate::common::exchange::*;
use nk_core::handle::{self, Provided};
use nk_core::notice::{BADGE_CLOSED, Notice};
use nk_runtime::host::{Parts, ipc};
use nk_runtime::{Handle, Retcode, Rights, Riid};

pub(crate) const ROLES: Roles = &[
    ("hold", hold),
    ("send_handles", send_handles),
    ("forge", forge),
    ("provide", provide),
    ("use_callable", use_callable),
    ("fetch_denied", fetch_denied),
    ("hand_denied", hand_denied),
];

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
                let copy = handle::copy(handle, Rights::NONE, None)
                    .map_or_else(|e| e.retcode(), |_| Retcode::OK);
                tell!("use {copy}");
                message(ECHO, &[], Some(0))
            }
        };
        ipc::reply(received.token, Parts::of(&answer)).unwrap();
    }
}

const SENDABLE: Rights = Rights::TRANSFER.and(Rights::COPY).and(Rights::GET_SID);

fn hand(channel: u32, handle: Handle) -> Result<u32, Retcode> {
    call(channel, &message(HAND, &[handle], None))
        .map(|answer| number(&answer))
        .map_err(|e| e.retcode())
}

fn fetch(channel: u32, n: u32) -> Result<Handle, Retcode> {
    call(channel, &message(FETCH, &[], Some(n)))
        .map(|answer| handle_in(&answer))
        .map_err(|e| e.retcode())
}

fn send_handles() {
    let channel = connected();
    let own = handle::user_object(Provided {
        rights: SENDABLE,
        context: 77,
        ..Provided::default()
    })
    .unwrap();
    let n = hand(channel, Handle::new(own, SENDABLE)).unwrap();
    let back = fetch(channel, n).unwrap();
    // another number for the same resource, and the context that the owner gave it
    tell!(
        "{} {} {}",
        back.handle != own,
        back.badge,
        handle::sid(back.handle).unwrap() == handle::sid(own).unwrap()
    );
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
    tell!(
        "{}",
        handle::copy(back.handle, Rights::NONE, None)
            .unwrap_err()
            .retcode()
    );
    handle::close(back.handle).unwrap();
    tell!("{}", handle::close(back.handle).unwrap_err().retcode());
}

#[test]
fn handles_travel_with_fewer_rights_come_back_with_their_context_and_are_revoked() {
    let run = pair("hold", "send_handles");
    let client = [
        "true 77 true",
        "88",
        "rcTimeout",
        "5 true",
        "rcHandleRevoked",
        "rcInvalidArgument",
    ];
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
    let own = handle::user_object(Provided {
        rights: SENDABLE,
        ..Provided::default()
    })
    .unwrap();
    let stay = handle::user_object(Provided {
        rights: Rights::COPY,
        ..Provided::default()
    })
    .unwrap();
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
        (
            "more rights",
            Handle::new(own, SENDABLE.and(Rights::SET_EVENT)),
        ),
        ("invalid with rights", Handle::new(u32::MAX, Rights::COPY)),
        ("a badge", Handle::new(badge, Rights::NONE)),
    ];
    for (what, handle) in cases {
        tell!("{what}: {:?}", hand(channel, handle));
    }
    tell!(
        "badge that is none: {:?}",
        hand(channel, Handle::new(own, Rights::NONE).with_badge(own))
    );
    // nothing has moved, and what is right still works
    tell!("{:?}", hand(channel, Handle::new(own, Rights::TRANSFER)));
    tell!("{:?}", hand(channel, Handle::INVALID));
    tell!(
        "{}",
        handle::copy(stay, Rights::ALL, None).unwrap_err().retcode()
    );
    let copies = (0..400)
        .map(|_| handle::copy(own, Rights::NONE, None))
        .take_while(Result::is_ok)
        .count();
    tell!(
        "{}",
        handle::copy(own, Rights::NONE, None).unwrap_err().retcode()
    );
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
    let rest = [
        "badge that is none: Err(rcInvalidArgument)",
        "Ok(0)",
        "Ok(1)",
        "rcNoCapability",
        "rcQuotaExceeded",
        "true",
    ];
    assert_eq!(lines[9..], rest);
    assert_eq!(
        run.of("Server"),
        [
            "got rights 0x1 badge 0",
            "got rights 0x0 badge 0",
            "rcNotConnected"
        ]
    );
    let refused = run
        .said
        .iter()
        .filter(|sentence| sentence.contains("malformed") && sentence.contains("handle 0"));
    assert_eq!((refused.count(), run.audit.len()), (9, 9));
    run.assert_clean();
}

/// Gives whoever asks a callable handle of its own endpoint.
fn provide() {
    let listener = registered();
    let rights = Rights::TRANSFER.and(Rights::CALL);
    let calls = Some((listener, Riid(0)));
    let object = handle::user_object(Provided {
        rights,
        context: 99,
        calls,
        of_type: 1,
    })
    .unwrap();
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
            tell!(
                "called by {}",
                u64::from_le_bytes(request[16..24].try_into().unwrap())
            );
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
    tell!(
        "{}",
        ipc::recv(callable.handle, &mut [0; 64])
            .unwrap_err()
            .retcode()
    );
    let stay = handle::user_object(Provided::default()).unwrap();
    tell!("{}", echo(stay, 1));
}

#[test]
fn a_call_on_a_callable_handle_reaches_its_endpoint_and_tells_the_server_which() {
    let run = pair("provide", "use_callable");
    assert_eq!(
        run.of("Client"),
        [
            "11",
            "21",
            "rcInvalidArgument",
            "rcInvalidOperation",
            "rcInvalidOperation"
        ]
    );
    assert_eq!(
        run.of("Server"),
        [
            "called by 99",
            "called by 0",
            "2 calls, then rcNotConnected"
        ]
    );
    run.assert_clean();
}

/// More often than a program can have handles, so that one that is lost or left over each time would be noticed.
const DENIALS: u32 = 400;

fn fetch_denied() {
    let listener = registered();
    let own = handle::user_object(Provided {
        rights: SENDABLE,
        ..Provided::default()
    })
    .unwrap();
    let mut denied = 0;
    while let Ok((received, request)) = receive(listener) {
        let answer = match u16::from_le_bytes([request[2], request[3]]) {
            FETCH => message(FETCH, &[Handle::new(own, Rights::TRANSFER)], None),
            _ => message(ECHO, &[], Some(number(&request) + 1)),
        };
        denied += u32::from(ipc::reply(received.token, Parts::of(&answer)).is_err());
    }
    tell!(
        "{denied} denied, still there: {}",
        handle::copy(own, Rights::NONE, None).is_ok()
    );
}

fn hand_denied() {
    let channel = connected();
    let own = handle::user_object(Provided {
        rights: SENDABLE,
        ..Provided::default()
    })
    .unwrap();
    let mut codes = std::collections::BTreeSet::new();
    for _ in 0..DENIALS {
        codes.insert(
            call(
                channel,
                &message(HAND, &[Handle::new(own, Rights::TRANSFER)], None),
            )
            .unwrap_err()
            .retcode(),
        );
        codes.insert(
            call(channel, &message(FETCH, &[], Some(0)))
                .unwrap_err()
                .retcode(),
        );
    }
    tell!("{codes:?} {}", echo(channel, 1));
    // nothing has moved: the sender has what it had, and room for as much as before
    tell!(
        "still there: {}",
        handle::copy(own, Rights::NONE, None).is_ok()
    );
}

#[test]
fn a_message_with_handles_that_the_policy_denies_moves_none_of_them_either_way() {
    let policy = POLICY
        .replace(
            "request { grant () }",
            "request { grant () match dst=Server, endpoint=exchange, method=Hand { deny () } }",
        )
        .replace(
            "response { grant () }",
            "response { grant () match src=Server, endpoint=exchange, method=Fetch { deny () } }",
        );
    let world = world(
        &policy,
        &["Client", "Server"],
        &[("Client", "Server", "exchange")],
    );
    let run = in_order(
        world,
        &[("Server", "fetch_denied"), ("Client", "hand_denied")],
    );
    assert_eq!(
        run.of("Client"),
        ["{rcSecurityDisallow} 2", "still there: true"]
    );
    assert_eq!(
        run.of("Server"),
        [format!("{DENIALS} denied, still there: true")]
    );
    run.assert_clean();
}
