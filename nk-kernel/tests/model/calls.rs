//! Every row of the code table (`docs/kernel.md` §10.3) that the state machine decides, and what a wait ends with.
use nk_image::{Channel, ClassId, Plan, Task, TaskId};
use nk_kernel::core::{
    Action, Calling, Core, LaneId, MAX_CALLS, Receive, Replying, Side, Time, Token, Wait,
};
use nk_runtime::Retcode;
use nk_security::Sid;
use std::collections::BTreeSet;

/// Tasks 0 and 1 are servers, 2 and 3 clients of both by the channels `s` and `t`; 0 calls 1 by `x`.
fn world() -> Core<u32, char> {
    let task = |n: usize| Task {
        name: format!("t{n}"),
        class: ClassId(0),
        path: "p".into(),
        args: vec![],
        env: vec![],
    };
    let channel = |client, server, name: &str| Channel {
        client: TaskId(client),
        server: TaskId(server),
        name: name.into(),
    };
    let channels = vec![
        channel(2, 0, "s"),
        channel(3, 0, "s"),
        channel(2, 1, "t"),
        channel(3, 1, "t"),
        channel(0, 1, "x"),
    ];
    let plan = Plan {
        initiator: ClassId(0),
        tasks: (0..4).map(task).collect(),
        channels,
    };
    Core::new(&plan, 2, Sid(2))
}

const fn lane(task: u32, lane: u32) -> LaneId {
    LaneId {
        task: TaskId(task),
        lane,
    }
}
const SERVER: LaneId = lane(0, 0);
const SERVER_2: LaneId = lane(0, 1);
const CLIENT: LaneId = lane(2, 0);
const CLIENT_2: LaneId = lane(2, 1);
const OTHER: LaneId = lane(3, 0);

/// The client's handle of `s`, and the server's of its listener: what the plan's order makes them.
const S: u32 = 1;
const ROOM: u64 = 100;

fn call(core: &mut Core<u32, char>, from: LaneId, message: u32) {
    call_by(core, from, S, None, ROOM, message);
}
fn call_by(
    core: &mut Core<u32, char>,
    from: LaneId,
    handle: u32,
    deadline: Option<Time>,
    room: u64,
    message: u32,
) {
    let calling = Calling {
        handle,
        wait: Wait::until(deadline),
        room,
        size: 10,
        tag: 'r',
    };
    core.call(from, calling, message, vec![]);
}
fn reply(
    core: &mut Core<u32, char>,
    from: LaneId,
    token: Token,
    size: u64,
    message: u32,
    then: Option<Receive>,
) {
    core.reply(from, Replying { token, size, then }, message, vec![]);
}
fn server(core: &Core<u32, char>, task: TaskId, handle: u32) -> Result<TaskId, Retcode> {
    core.routes().target(task, handle).map(|way| way.server)
}
fn receive(core: &mut Core<u32, char>, on: LaneId) {
    core.receive(
        on,
        Receive {
            handle: S,
            room: ROOM,
            wait: Wait::until(None),
        },
    );
}
/// What has to be sent: what policies forget is left out.
fn actions(core: &mut Core<u32, char>) -> Vec<Action<u32>> {
    std::iter::from_fn(|| core.next_action())
        .filter(|action| !matches!(action, Action::ResourceGone(_)))
        .collect()
}
/// The token of the only action, which hands `message` to a receiver.
#[track_caller]
fn handed(core: &mut Core<u32, char>, expected: LaneId, from: LaneId) -> Token {
    match &actions(core)[..] {
        [
            Action::Request {
                to,
                token,
                handle,
                client,
                ..
            },
        ] => {
            assert_eq!((*to, *handle, *client), (expected, S, from.task));
            *token
        }
        other => panic!("{other:?}"),
    }
}
/// A call that the server has.
fn delivered(core: &mut Core<u32, char>) -> Token {
    receive(core, SERVER);
    call(core, CLIENT, 1);
    handed(core, SERVER, CLIENT)
}
const fn result(to: LaneId, code: Retcode) -> Action<u32> {
    Action::Result {
        to,
        code,
        replied: false,
    }
}
const fn response(to: LaneId, message: u32) -> Action<u32> {
    Action::Response {
        to,
        message,
        handles: vec![],
    }
}

#[test]
fn a_call_and_a_receive_meet_whoever_comes_first() {
    for server_first in [true, false] {
        let mut core = world();
        if server_first {
            receive(&mut core, SERVER);
            call(&mut core, CLIENT, 7);
        } else {
            call(&mut core, CLIENT, 7);
            assert!(
                core.is_busy(CLIENT) && core.next_action().is_none(),
                "the client waits until the server receives"
            );
            receive(&mut core, SERVER);
        }
        let token = handed(&mut core, SERVER, CLIENT);
        assert!(
            core.is_busy(CLIENT) && !core.is_busy(SERVER),
            "the client waits until the answer"
        );
        assert_eq!(core.answering(TaskId(0), token), Ok((TaskId(2), 'r')));
        reply(&mut core, SERVER, token, 10, 8, None);
        assert_eq!(
            actions(&mut core),
            [response(CLIENT, 8), result(SERVER, Retcode::OK)]
        );
        assert!(!core.is_busy(CLIENT) && core.calls() == 0);
    }
}

#[test]
fn calls_are_served_in_the_order_they_came_by_the_receiver_that_waits_longest() {
    let mut core = world();
    for (client, message) in [(CLIENT, 1), (OTHER, 2), (CLIENT_2, 3)] {
        call(&mut core, client, message);
    }
    for (on, from) in [(SERVER, CLIENT), (SERVER_2, OTHER), (SERVER, CLIENT_2)] {
        receive(&mut core, on);
        handed(&mut core, on, from);
    }
    receive(&mut core, SERVER_2);
    receive(&mut core, SERVER);
    call_by(&mut core, lane(3, 1), S, None, ROOM, 4);
    handed(&mut core, SERVER_2, OTHER);
}

#[test]
fn one_listener_serves_all_clients_of_a_channel_name_and_no_other() {
    let core = world();
    assert_eq!(
        (
            core.routes().names().find(TaskId(2), "s", Side::Calling),
            core.routes().names().find(TaskId(3), "s", Side::Calling)
        ),
        (Some(1), Some(1))
    );
    assert_eq!(
        core.routes().names().find(TaskId(2), "t", Side::Calling),
        Some(2)
    );
    assert_eq!(
        core.routes().names().find(TaskId(0), "s", Side::Serving),
        Some(1)
    );
    assert_eq!(
        (
            core.routes().names().find(TaskId(1), "t", Side::Serving),
            core.routes().names().find(TaskId(1), "x", Side::Serving)
        ),
        (Some(1), Some(2))
    );
    assert_eq!(
        (
            core.routes().names().find(TaskId(2), "x", Side::Calling),
            core.routes().names().find(TaskId(2), "s", Side::Serving)
        ),
        (None, None)
    );
    assert_eq!(
        core.routes()
            .names()
            .of(TaskId(1), Side::Serving)
            .collect::<Vec<_>>(),
        ["t", "x"]
    );
}

#[test]
fn an_unknown_handle_is_an_invalid_argument_and_the_wrong_end_an_invalid_operation() {
    let mut core = world();
    assert_eq!(server(&core, TaskId(2), 9), Err(Retcode::INVALID_ARGUMENT));
    assert_eq!(
        server(&core, TaskId(2), u32::MAX),
        Err(Retcode::INVALID_ARGUMENT)
    );
    assert_eq!(
        server(&core, TaskId(0), S),
        Err(Retcode::INVALID_OPERATION),
        "call on a server end"
    );
    call_by(&mut core, SERVER, S, None, ROOM, 1);
    core.receive(
        CLIENT,
        Receive {
            handle: S,
            room: ROOM,
            wait: Wait::until(None),
        },
    );
    core.receive(
        CLIENT,
        Receive {
            handle: 9,
            room: ROOM,
            wait: Wait::until(None),
        },
    );
    core.receive(
        CLIENT,
        Receive {
            handle: 0,
            room: ROOM,
            wait: Wait::until(None),
        },
    );
    let codes = [
        result(SERVER, Retcode::INVALID_OPERATION),
        result(CLIENT, Retcode::INVALID_OPERATION),
        result(CLIENT, Retcode::INVALID_ARGUMENT),
        result(CLIENT, Retcode::INVALID_OPERATION),
    ];
    assert_eq!(actions(&mut core), codes);
}

#[test]
fn a_token_answers_once_and_for_its_server_only() {
    let mut core = world();
    let token = delivered(&mut core);
    assert_eq!(
        core.answering(TaskId(1), token),
        Err(Retcode::INVALID_OPERATION),
        "another program's"
    );
    reply(&mut core, lane(1, 0), token, 10, 5, None);
    assert_eq!(
        actions(&mut core),
        [result(lane(1, 0), Retcode::INVALID_OPERATION)]
    );
    reply(&mut core, SERVER_2, token, 10, 6, None);
    assert_eq!(
        actions(&mut core),
        [response(CLIENT, 6), result(SERVER_2, Retcode::OK)],
        "on another lane"
    );
    reply(&mut core, SERVER, token, 10, 7, None);
    reply(&mut core, SERVER, Token(token.0 + 1), 10, 7, None);
    assert_eq!(
        actions(&mut core),
        [
            result(SERVER, Retcode::INVALID_OPERATION),
            result(SERVER, Retcode::INVALID_OPERATION)
        ]
    );
    receive(&mut core, SERVER);
    call(&mut core, CLIENT, 2);
    assert_ne!(handed(&mut core, SERVER, CLIENT), token);
}

#[test]
fn a_queued_request_cannot_be_answered_before_it_is_received() {
    let mut core = world();
    call(&mut core, CLIENT, 1);
    reply(&mut core, SERVER, Token(1), 10, 2, None);
    assert_eq!(
        actions(&mut core),
        [result(SERVER, Retcode::INVALID_OPERATION)]
    );
    assert!(core.is_busy(CLIENT));
}

#[test]
fn a_denied_response_and_an_abort_end_the_call() {
    let mut core = world();
    let token = delivered(&mut core);
    core.refuse(SERVER, token);
    let disallow = Retcode::SECURITY_DISALLOW;
    assert_eq!(
        actions(&mut core),
        [result(CLIENT, disallow), result(SERVER, disallow)]
    );
    let token = delivered(&mut core);
    core.abort(SERVER, token);
    assert_eq!(
        actions(&mut core),
        [result(CLIENT, Retcode::FAIL), result(SERVER, Retcode::OK)]
    );
    core.abort(SERVER, token);
    assert_eq!(
        actions(&mut core),
        [result(SERVER, Retcode::INVALID_OPERATION)]
    );
}

#[test]
fn reply_and_receive_answers_and_waits_in_one_step() {
    let mut core = world();
    let token = delivered(&mut core);
    let then = Receive {
        handle: S,
        room: ROOM,
        wait: Wait::until(None),
    };
    reply(&mut core, SERVER, token, 10, 5, Some(then));
    assert_eq!(actions(&mut core), [response(CLIENT, 5)]);
    assert!(core.is_busy(SERVER));
    call(&mut core, CLIENT, 2);
    let token = handed(&mut core, SERVER, CLIENT);
    reply(
        &mut core,
        SERVER,
        token,
        10,
        5,
        Some(Receive { handle: 9, ..then }),
    );
    assert_eq!(
        actions(&mut core),
        [result(SERVER, Retcode::INVALID_ARGUMENT)],
        "nothing is delivered"
    );
    assert!(core.is_busy(CLIENT));
    reply(&mut core, SERVER, token, 10, 6, Some(then));
    core.ended(TaskId(2));
    core.ended(TaskId(3));
    let gone = Action::Result {
        to: SERVER,
        code: Retcode::NOT_CONNECTED,
        replied: true,
    };
    assert_eq!(actions(&mut core), [response(CLIENT, 6), gone]);
}

#[test]
fn a_server_that_ends_aborts_delivered_and_queued_calls_once_and_later_ones_are_not_connected() {
    let mut core = world();
    delivered(&mut core);
    call(&mut core, OTHER, 2);
    receive(&mut core, SERVER_2);
    handed(&mut core, SERVER_2, OTHER);
    call(&mut core, CLIENT_2, 3);
    core.ended(TaskId(0));
    let ended = [CLIENT, OTHER, CLIENT_2].map(|lane| result(lane, Retcode::ABORT));
    assert_eq!(actions(&mut core), ended);
    assert_eq!(
        (core.calls(), server(&core, TaskId(2), S)),
        (0, Err(Retcode::NOT_CONNECTED))
    );
    call(&mut core, CLIENT, 4);
    assert_eq!(actions(&mut core), [result(CLIENT, Retcode::NOT_CONNECTED)]);
}

#[test]
fn a_client_that_ends_leaves_no_queued_request_and_its_answer_finds_nobody() {
    let mut core = world();
    let token = delivered(&mut core);
    call(&mut core, CLIENT_2, 2);
    core.ended(TaskId(2));
    receive(&mut core, SERVER);
    assert!(
        actions(&mut core).is_empty() && core.is_busy(SERVER),
        "the queued request went with its client"
    );
    reply(&mut core, SERVER_2, token, 10, 5, None);
    assert_eq!(
        actions(&mut core),
        [result(SERVER_2, Retcode::NOT_CONNECTED)]
    );
    reply(&mut core, SERVER_2, token, 10, 5, None);
    assert_eq!(
        actions(&mut core),
        [result(SERVER_2, Retcode::INVALID_OPERATION)],
        "the token is spent"
    );
    assert_eq!(core.calls(), 0);
}

#[test]
fn a_receiver_is_released_when_the_last_client_has_ended() {
    let mut core = world();
    receive(&mut core, SERVER);
    core.ended(TaskId(2));
    assert!(actions(&mut core).is_empty(), "one client is left");
    core.ended(TaskId(3));
    assert_eq!(actions(&mut core), [result(SERVER, Retcode::NOT_CONNECTED)]);
    receive(&mut core, SERVER);
    assert_eq!(actions(&mut core), [result(SERVER, Retcode::NOT_CONNECTED)]);
}

#[test]
fn a_call_times_out_queued_and_delivered_and_a_late_answer_is_not_connected() {
    let mut core = world();
    call_by(&mut core, CLIENT, S, Some(50), ROOM, 1);
    assert_eq!(core.next_deadline(), Some(50));
    core.expire(49);
    assert!(core.next_action().is_none());
    core.expire(50);
    assert_eq!(actions(&mut core), [result(CLIENT, Retcode::TIMEOUT)]);
    assert_eq!(
        (core.next_deadline(), core.calls()),
        (None, 0),
        "a queued request is withdrawn"
    );

    receive(&mut core, SERVER);
    call_by(&mut core, CLIENT, S, Some(60), ROOM, 2);
    let token = handed(&mut core, SERVER, CLIENT);
    core.expire(60);
    assert_eq!(actions(&mut core), [result(CLIENT, Retcode::TIMEOUT)]);
    call(&mut core, CLIENT, 3);
    reply(&mut core, SERVER, token, 10, 5, None);
    assert_eq!(
        actions(&mut core),
        [result(SERVER, Retcode::NOT_CONNECTED)],
        "not taken for the answer to the next call"
    );
}

#[test]
fn a_receive_times_out_and_leaves_the_line() {
    let mut core = world();
    core.receive(
        SERVER,
        Receive {
            handle: S,
            room: ROOM,
            wait: Wait::until(Some(5)),
        },
    );
    core.expire(5);
    assert_eq!(actions(&mut core), [result(SERVER, Retcode::TIMEOUT)]);
    call(&mut core, CLIENT, 1);
    assert!(core.next_action().is_none(), "nobody receives");
    receive(&mut core, SERVER_2);
    handed(&mut core, SERVER_2, CLIENT);
}

#[test]
fn a_program_has_at_most_64_calls_outstanding_those_it_gave_up_on_included() {
    let mut core = world();
    for n in 0..MAX_CALLS {
        receive(&mut core, SERVER);
        call_by(&mut core, CLIENT, S, Some(1), ROOM, n);
        core.expire(1);
    }
    let tokens: Vec<Token> = actions(&mut core)
        .into_iter()
        .filter_map(|a| {
            if let Action::Request { token, .. } = a {
                Some(token)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(tokens.len(), 64);
    call(&mut core, CLIENT, 99);
    assert_eq!(
        actions(&mut core),
        [result(CLIENT, Retcode::QUOTA_EXCEEDED)]
    );
    call(&mut core, OTHER, 1);
    assert!(core.is_busy(OTHER), "the quota is each program's own");
    core.abort(SERVER, tokens[0]);
    assert_eq!(actions(&mut core), [result(SERVER, Retcode::NOT_CONNECTED)]);
    call(&mut core, CLIENT, 100);
    assert!(core.is_busy(CLIENT), "an answered call is given back");
}

#[test]
fn a_receiver_without_room_and_its_client_are_told_and_others_go_on() {
    let mut core = world();
    core.receive(
        SERVER,
        Receive {
            handle: S,
            room: 9,
            wait: Wait::until(None),
        },
    );
    receive(&mut core, SERVER_2);
    call(&mut core, CLIENT, 1);
    let told = [
        result(CLIENT, Retcode::BUFFER_TOO_SMALL),
        result(SERVER, Retcode::BUFFER_TOO_SMALL),
    ];
    assert_eq!(actions(&mut core), told);
    assert_eq!((core.calls(), core.charged(CLIENT.task)), (0, 0));
    call(&mut core, CLIENT, 2);
    handed(&mut core, SERVER_2, CLIENT);
}

#[test]
fn a_response_without_room_is_the_clients_loss() {
    let mut core = world();
    receive(&mut core, SERVER);
    call_by(&mut core, CLIENT, S, None, 9, 1);
    let token = handed(&mut core, SERVER, CLIENT);
    reply(&mut core, SERVER, token, 10, 2, None);
    assert_eq!(
        actions(&mut core),
        [
            result(CLIENT, Retcode::BUFFER_TOO_SMALL),
            result(SERVER, Retcode::OK)
        ]
    );
}

#[test]
fn a_request_that_could_not_be_handed_over_ends_its_call() {
    let mut core = world();
    let token = delivered(&mut core);
    core.lost(token);
    assert_eq!(actions(&mut core), [result(CLIENT, Retcode::ABORT)]);
    assert_eq!(
        core.answering(TaskId(0), token),
        Err(Retcode::INVALID_OPERATION)
    );
}

#[test]
fn a_closed_lane_hears_nothing_and_others_go_on() {
    let mut core = world();
    receive(&mut core, SERVER);
    receive(&mut core, SERVER_2);
    core.lane_closed(SERVER);
    call(&mut core, CLIENT, 1);
    let token = handed(&mut core, SERVER_2, CLIENT);
    core.lane_closed(CLIENT);
    reply(&mut core, SERVER_2, token, 10, 2, None);
    assert_eq!(
        actions(&mut core),
        [result(SERVER_2, Retcode::NOT_CONNECTED)]
    );
    core.answer(CLIENT, Retcode::OK);
    assert!(core.next_action().is_none());
}

/// A small random walk: whatever happens, every blocked lane is released by ending everybody, nothing is left, and no lane
/// hears twice without having asked.
#[test]
fn nothing_is_left_and_nobody_hears_twice_whatever_the_order_of_events() {
    for seed in 1..400_u64 {
        let (mut core, mut state, mut held) = (world(), seed, Vec::<(LaneId, Token)>::new());
        let mut waiting = BTreeSet::new();
        let mut random = |n: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        for now in 0..200 {
            let client = lane(
                2 + u32::from(random(2) == 0),
                u32::try_from(random(2)).unwrap(),
            );
            let server = lane(0, u32::try_from(random(2)).unwrap());
            let deadline = (random(3) == 0).then_some(now + 5);
            match random(8) {
                0..=2 if !core.is_busy(client) => {
                    waiting.insert(client);
                    call_by(&mut core, client, S, deadline, ROOM, 1);
                }
                3 | 4 if !core.is_busy(server) => {
                    waiting.insert(server);
                    core.receive(
                        server,
                        Receive {
                            handle: S,
                            room: ROOM,
                            wait: Wait::until(deadline),
                        },
                    );
                }
                5 | 6 if !core.is_busy(server) && !held.is_empty() => {
                    let at = usize::try_from(random(held.len() as u64)).unwrap();
                    let (_, token) = held.swap_remove(at);
                    waiting.insert(server);
                    reply(&mut core, server, token, 10, 2, None);
                }
                _ => core.expire(now),
            }
            for action in actions(&mut core) {
                let to = match action {
                    Action::Request { to, token, .. } => {
                        held.push((to, token));
                        to
                    }
                    Action::Response { to, .. }
                    | Action::Result { to, .. }
                    | Action::Answer { to, .. } => to,
                    Action::ResourceGone(_) | Action::TaskUnreferenced(_) => continue,
                };
                assert!(
                    waiting.remove(&to),
                    "seed {seed}: {to:?} heard without asking"
                );
            }
            for lane in &waiting {
                assert!(core.is_busy(*lane), "seed {seed}: {lane:?} was forgotten");
            }
        }
        core.ended(TaskId(0));
        for action in actions(&mut core) {
            if let Action::Result { to, .. } = action {
                assert!(waiting.remove(&to));
            }
        }
        waiting.retain(|lane| lane.task != TaskId(0));
        assert!(
            waiting.is_empty() && core.calls() == 0 && core.next_deadline().is_none(),
            "seed {seed}: {waiting:?}"
        );
    }
}
