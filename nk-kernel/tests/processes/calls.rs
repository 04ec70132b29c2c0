//! Calls between real processes: what goes through, what does not, and what each side is told.
use crate::common::image::{
    self, CLIENT, DENY, EINIT, GRANT, SERVER, UNCOVERED, channel, pair, set_row, task,
};
use crate::common::wire::{Lane, blob, head, number, open, opened, serve};
use crate::common::{Roles, World};
use nk_kernel::Ended;
use nk_runtime::Retcode;
use nk_runtime::frame::{HEADER, Header, Kind, MAX_PACKET, RECEIVING};

pub(crate) const ROLES: Roles = &[
    ("serve", serve),
    ("serve_one", serve_one),
    ("serve_loop", serve_loop),
    ("answer_wrongly", answer_wrongly),
    ("die_serving", die_serving),
    ("give_up", give_up),
    ("wait", wait),
    ("call_one", call_one),
    ("call_hundred", call_hundred),
    ("call_odd", call_odd),
    ("call_malformed", call_malformed),
    ("call_sizes", call_sizes),
    ("call_and_die", call_and_die),
    ("call_with_timeout", call_with_timeout),
    ("call_twice_at_once", call_twice_at_once),
    ("serve_late", serve_late),
    ("receive_small", receive_small),
    ("call_without_room", call_without_room),
    ("call_and_do_not_read", call_and_do_not_read),
];

fn serve_one() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let request = lane.take(handle);
    tell!(
        "{} {:?} from task {}",
        request.outcome(),
        &request.constant()[8..24],
        request.header.timeout
    );
    tell!(
        "{}",
        String::from_utf8_lossy(request.arena()).trim_end_matches('\0')
    );
    tell!("{}", lane.reply(request.header.token, &opened(7), &[]));
    tell!(
        "again {}",
        lane.reply(request.header.token, &opened(8), &[])
    );
    tell!(
        "never had {}",
        lane.reply(request.header.token + 1, &opened(8), &[])
    );
}

fn call_one() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("/etc/hosts");
    let response = lane.call(handle, &constant, &arena);
    match response.header.kind {
        Kind::Response => tell!("Response {}", number(response.constant())),
        _ => tell!("{}", response.outcome()),
    }
}

#[test]
fn a_call_goes_through_the_kernel_and_back_and_is_answered_once() {
    let run = World::new().run(&["serve_one", "call_one"]);
    // `self` is the kernel's: the invalid handle, no rights, no badge
    let own = "[255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]";
    let request = format!("Request {own} from task 1");
    let again = ["again rcInvalidOperation", "never had rcInvalidOperation"];
    assert_eq!(
        run.of("server"),
        [&request, "/etc/hosts", "rcOk", again[0], again[1]]
    );
    assert_eq!(run.of("client"), ["Response 7"]);
    run.assert_clean();
}

fn call_odd() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (mut constant, arena) = open("x");
    constant[0] = 7;
    tell!("RIID {}", lane.call(handle, &constant, &arena).outcome());
    (constant[0], constant[2]) = (0, 9);
    tell!("MID {}", lane.call(handle, &constant, &arena).outcome());
    tell!(
        "kernel {}",
        lane.call(0, &head(0, 0, 24, false), &[]).outcome()
    );
}

#[test]
fn unknown_numbers_are_refused_and_the_server_sees_nothing() {
    let run = World::new().run(&["serve", "call_odd"]);
    let all = [
        "RIID rcSecurityDisallow",
        "MID rcSecurityDisallow",
        "kernel rcSecurityDisallow",
    ];
    assert_eq!(run.of("client"), all);
    assert_eq!(run.of("server"), ["served 0, then rcNotConnected"]);
    run.assert_said(&["refused: request client.Client -> fs.Server: unknown RIID 7"]);
    run.assert_said(&["refused: request client.Client -> fs.Server OpsComp.FS: unknown MID 9"]);
    run.assert_said(&["refused: request client.Client -> kl.core.Core: unknown RIID 0"]);
    assert!(
        run.audit[0].contains(r#""subsystem":"router""#),
        "{}",
        run.audit[0]
    );
}

fn call_malformed() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (good, arena) = open("x");
    let mut outside = good.clone();
    outside[24] = 1;
    tell!("{}", lane.call(handle, &outside, &arena).outcome());
    tell!("{}", lane.call(handle, &good, &[0xff, 0]).outcome());
    tell!("{}", lane.call(handle, &good[..31], &arena).outcome());
    tell!("{}", lane.call(handle, &[], &[]).outcome());
    let mut error = good.clone();
    error[7] |= 0x80;
    tell!("{}", lane.call(handle, &error, &arena).outcome());
    let mut handles = head(0, image::PASS, 40, false);
    handles[6] |= 0x80; // one handle
    handles.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    tell!("{}", lane.call(handle, &handles, &[]).outcome());
}

#[test]
fn a_malformed_message_is_refused_and_the_server_sees_nothing() {
    let run = World::new().run(&["serve", "call_malformed"]);
    assert_eq!(run.of("client"), ["rcSecurityDisallow"; 6]);
    assert_eq!(run.of("server"), ["served 0, then rcNotConnected"]);
    let rules = [
        "rule Chunk at offset 24",
        "rule Utf8 at offset 24",
        "rule Size",
        "rule Size",
        "rule Direction",
        "handle 0",
    ];
    for (said, rule) in run
        .said
        .iter()
        .filter(|s| s.contains("refused: malformed request"))
        .zip(rules)
    {
        assert!(said.contains(rule), "{said}: {rule}");
    }
    let chunk = r#""decision":"denied","subsystem":"validator","rules":[],"reason":"Chunk","at":24,"place":null}"#;
    assert!(run.audit[0].ends_with(chunk), "{}", run.audit[0]);
    assert_eq!(run.audit.len(), rules.len());
}

#[test]
fn a_denied_request_is_shown_with_its_place_and_the_server_sees_nothing() {
    for (tree, place, why) in [
        (DENY, ":9:5", "this rule denies it"),
        (UNCOVERED, ":3:5", "no rule covers it"),
    ] {
        let mut image = image::client_and_server();
        set_row(
            &mut image.program,
            |p| &mut p.request,
            pair(CLIENT, SERVER),
            [tree, GRANT, GRANT],
        );
        let run = World::with(image).run(&["serve", "call_one"]);
        assert_eq!(run.of("client"), ["rcSecurityDisallow"]);
        assert_eq!(run.of("server"), ["served 0, then rcNotConnected"]);
        let event = "denied by policy: request client.Client -> fs.Server OpsComp.FS Open: policy/security.psl";
        run.assert_said(&[&format!("{event}{place}: "), why]);
        assert!(
            run.audit[0].contains(&format!("\"place\":\"policy/security.psl{place}\"")),
            "{}",
            run.audit[0]
        );
    }
}

#[test]
fn a_denied_response_unblocks_both_sides() {
    let mut image = image::client_and_server();
    set_row(
        &mut image.program,
        |p| &mut p.response,
        pair(SERVER, CLIENT),
        [DENY, GRANT, GRANT],
    );
    let run = World::with(image).run(&["serve", "call_one"]);
    assert_eq!(run.of("client"), ["rcSecurityDisallow"]);
    assert_eq!(
        run.of("server"),
        ["reply rcSecurityDisallow", "served 1, then rcNotConnected"]
    );
    run.assert_said(&[
        "denied by policy: response fs.Server -> client.Client OpsComp.FS Open: policy/security.psl:9:5",
    ]);
}

#[test]
fn without_a_policy_everything_well_formed_passes_and_it_is_loud() {
    let mut image = image::client_and_server();
    set_row(
        &mut image.program,
        |p| &mut p.request,
        pair(CLIENT, SERVER),
        [DENY; 3],
    );
    let mut world = World::with(image);
    world.no_policy = true;
    let run = world.run(&["serve", "call_one"]);
    assert_eq!(run.of("client"), ["Response 1"]);
    assert_eq!(
        run.said
            .iter()
            .filter(|s| s.contains("WARNING: --no-policy"))
            .count(),
        2,
        "first and last"
    );
}

/// Answers the first request with a message for another method, the second with an error response that is no error.
fn answer_wrongly() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let request = lane.take(handle);
    tell!(
        "{}",
        lane.reply(request.header.token, &head(0, image::PASS, 24, false), &[])
    );
    let request = lane.take(handle);
    let mut error = opened(1);
    error[7] |= 0x80;
    tell!("{}", lane.reply(request.header.token, &error, &[]));
    let request = lane.take(handle);
    tell!(
        "{}",
        lane.reply(request.header.token, &head(0, image::OPEN, 24, true), &[])
    );
}

fn call_hundred() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("x");
    let calls = 100;
    let answers: Vec<String> = (0..calls)
        .map(|_| lane.call(handle, &constant, &arena).outcome())
        .collect();
    let responses = answers.iter().filter(|a| *a == "Response").count();
    tell!(
        "{responses} of {calls}; {:?}",
        answers.iter().find(|a| *a != "Response")
    );
}

#[test]
fn an_answer_to_something_else_is_refused_on_both_sides() {
    let run = World::new().run(&["answer_wrongly", "call_hundred"]);
    assert_eq!(
        run.of("server"),
        ["rcSecurityDisallow", "rcSecurityDisallow", "rcOk"],
        "the third is a proper error"
    );
    run.assert_said(&[
        "refused: malformed response fs.Server -> client.Client OpsComp.FS Open: rule Route",
    ]);
    run.assert_said(&[
        "refused: malformed error fs.Server -> client.Client OpsComp.FS Open: rule Size",
    ]);
    // the server has ended after three
    assert_eq!(run.of("client").len(), 1);
    assert!(
        run.of("client")[0].starts_with("1 of 100"),
        "{:?}",
        run.of("client")
    );
}

fn die_serving() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    lane.take(handle);
    std::process::exit(9);
}

#[test]
fn a_server_that_dies_under_a_call_ends_it() {
    let image = image::with_tasks(
        vec![task("server", SERVER), task("a", CLIENT), task("b", CLIENT)],
        vec![channel(1, 0, "fs"), channel(2, 0, "fs")],
    );
    let run = World::with(image).run(&["die_serving", "call_one", "call_one"]);
    // one call was delivered, the other was queued, or made when the server was gone already
    assert!(
        run.of("a")
            .iter()
            .chain(&run.of("b"))
            .all(|l| ["rcAbort", "rcNotConnected"].contains(l)),
        "{:?}",
        run.lines
    );
    assert!(run.lines.iter().any(|(_, l)| l == "rcAbort"));
    assert_eq!(run.ended()[0], ("server", Ended::Code(9)));
    run.assert_said(&["task `server` ended with exit code 9"]);
    assert_eq!(run.outcome.unwrap().exit_code(), 1);
}

fn call_and_die() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("x");
    lane.send(
        Header {
            handle,
            token: 100,
            ..Header::new(Kind::Call)
        },
        &constant,
        &arena,
    );
    std::thread::sleep(std::time::Duration::from_millis(50));
    std::process::exit(0);
}

/// Takes a request, lets its client go, and answers then.
fn wait() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let request = lane.take(handle);
    std::thread::sleep(std::time::Duration::from_millis(200));
    tell!("{}", lane.reply(request.header.token, &opened(1), &[]));
    tell!(
        "again {}",
        lane.reply(request.header.token, &opened(1), &[])
    );
}

#[test]
fn a_late_answer_reaches_nobody() {
    let run = World::new().run(&["wait", "call_and_die"]);
    assert_eq!(
        run.of("server"),
        ["rcNotConnected", "again rcInvalidOperation"]
    );
    let run = World::new().run(&["wait", "call_with_timeout"]);
    assert_eq!(run.of("client"), ["rcTimeout"]);
    assert_eq!(
        run.of("server"),
        ["rcNotConnected", "again rcInvalidOperation"]
    );
}

fn call_with_timeout() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("x");
    let header = Header {
        handle,
        token: 100,
        timeout: 50,
        ..Header::new(Kind::Call)
    };
    tell!("{}", lane.ask(header, &constant, &arena).outcome());
    std::thread::sleep(std::time::Duration::from_millis(400));
}

fn give_up() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let request = lane.take(handle);
    let abort = Header {
        token: request.header.token,
        code: Retcode::UNIMPLEMENTED,
        ..Header::new(Kind::Abort)
    };
    tell!("{}", lane.ask(abort, &[], &[]).header.code);
    tell!("again {}", lane.ask(abort, &[], &[]).header.code);
}

#[test]
fn a_request_that_is_given_up_fails_and_is_audited() {
    let run = World::new().run(&["give_up", "call_one"]);
    assert_eq!(run.of("client"), ["rcFail"]);
    assert_eq!(run.of("server"), ["rcOk", "again rcInvalidOperation"]);
    run.assert_said(&[
        "aborted: request client.Client -> fs.Server OpsComp.FS Open",
        "rcUnimplemented",
    ]);
}

/// Serves by reply-and-receive; its first answer is malformed.
fn serve_loop() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let mut request = lane.take(handle);
    let answer = |token, answer: &[u8]| {
        lane.ask(
            Header {
                token,
                handle,
                timeout: 4096,
                ..Header::new(Kind::ReplyReceive)
            },
            answer,
            &[],
        )
    };
    let refused = answer(request.header.token, &opened(1)[..24]);
    tell!("{} {}", refused.outcome(), refused.header.flags);
    request = lane.take(handle);
    loop {
        request = answer(request.header.token, &opened(1));
        if request.header.kind == Kind::Result {
            return tell!("{} {}", request.outcome(), request.header.flags);
        }
    }
}

#[test]
fn reply_and_receive_tells_a_refused_answer_at_once_and_the_end_of_all_clients_later() {
    let run = World::new().run(&["serve_loop", "call_hundred"]);
    assert_eq!(
        run.of("server"),
        [
            "rcSecurityDisallow 0",
            &format!("rcNotConnected {RECEIVING}")
        ]
    );
    assert_eq!(
        run.of("client"),
        [r#"99 of 100; Some("rcSecurityDisallow")"#]
    );
    run.assert_clean();
}

fn call_sizes() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let in_packet = MAX_PACKET - HEADER - 32;
    let maximum = (4 << 20) - 32;
    for size in [
        0,
        1,
        in_packet - 1,
        in_packet,
        in_packet + 1,
        2 * MAX_PACKET,
        1_000_003,
        maximum,
        maximum + 1,
    ] {
        let (constant, arena) = blob(size);
        let answer = lane.call(handle, &constant, &arena);
        let same = answer.header.kind == Kind::Response && answer.arena() == arena;
        tell!(
            "{} {}",
            answer.outcome(),
            if same { "same" } else { "nothing" }
        );
    }
}

#[test]
fn messages_of_every_size_up_to_the_maximum_arrive_whole() {
    let run = World::new().run(&["serve", "call_sizes"]);
    let mut expected = vec!["Response same"; 8];
    expected.push("rcBufferTooLarge nothing");
    assert_eq!(run.of("client"), expected);
    assert_eq!(run.of("server"), ["served 8, then rcNotConnected"]);
}

/// Two large calls at once from one program, before anybody receives.
fn call_twice_at_once() {
    let lanes = [Lane::nth(0), Lane::nth(1)];
    let handle = lanes[0].connect("fs");
    let (constant, arena) = blob(3 << 20);
    let header = Header {
        handle,
        token: u64::from(crate::common::wire::ROOM),
        ..Header::new(Kind::Call)
    };
    lanes[0].send(header, &constant, &arena);
    std::thread::sleep(std::time::Duration::from_millis(50));
    tell!("{}", lanes[1].ask(header, &constant, &arena).outcome());
    tell!("{}", lanes[0].receive().outcome());
    tell!("{}", lanes[1].ask(header, &constant, &arena).outcome());
}

fn serve_late() {
    // the client's second call has to be refused before the first one is taken, on a busy machine too
    std::thread::sleep(std::time::Duration::from_secs(2));
    serve();
}

#[test]
fn queued_bytes_are_charged_to_the_caller_and_given_back() {
    let run = World::new().run(&["serve_late", "call_twice_at_once"]);
    assert_eq!(
        run.of("client"),
        ["rcQuotaExceeded", "Response", "Response"]
    );
}

fn receive_small() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let receive = |token, timeout| {
        lane.ask(
            Header {
                handle,
                token,
                timeout,
                ..Header::new(Kind::Receive)
            },
            &[],
            &[],
        )
    };
    tell!("{}", receive(10, u32::MAX).outcome());
    // the client heard the same, and calls again
    let request = receive(100, u32::MAX);
    tell!("{}", request.outcome());
    tell!("{}", lane.reply(request.header.token, &opened(1), &[]));
    tell!("{}", receive(100, 0).outcome());
    tell!("{}", receive(100, 20).outcome());
}

fn call_without_room() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("x");
    let header = Header {
        handle,
        token: 31,
        ..Header::new(Kind::Call)
    };
    for _ in 0..2 {
        tell!("{}", lane.ask(header, &constant, &arena).outcome());
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
}

#[test]
fn a_message_without_room_is_not_cut_and_the_next_call_works() {
    let run = World::new().run(&["receive_small", "call_without_room"]);
    assert_eq!(
        run.of("server"),
        [
            "rcBufferTooSmall",
            "Request",
            "rcOk",
            "rcTimeout",
            "rcTimeout"
        ]
    );
    assert_eq!(
        run.of("client"),
        ["rcBufferTooSmall", "rcBufferTooSmall"],
        "the server's room, then its own"
    );
}

/// Asks for large answers on every lane and reads none of them for a while.
fn call_and_do_not_read() {
    let lanes: Vec<Lane> = (0..4).map(Lane::nth).collect();
    let handle = lanes[0].connect("fs");
    let (constant, arena) = blob(1 << 20);
    let header = Header {
        handle,
        token: u64::from(crate::common::wire::ROOM),
        ..Header::new(Kind::Call)
    };
    for lane in &lanes {
        lane.send(header, &constant, &arena);
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    tell!(
        "{}",
        lanes.iter().all(|lane| lane.receive().arena() == arena)
    );
}

#[test]
fn a_program_that_does_not_read_keeps_nobody_waiting() {
    let image = image::with_tasks(
        vec![
            task("server", SERVER),
            task("lazy", CLIENT),
            task("client", CLIENT),
        ],
        vec![channel(1, 0, "fs"), channel(2, 0, "fs")],
    );
    let run = World::with(image).run(&["serve", "call_and_do_not_read", "call_hundred"]);
    assert_eq!(run.of("client"), ["100 of 100; None"]);
    assert_eq!(run.of("lazy"), ["true"]);
    assert_eq!(run.of("server"), ["served 104, then rcNotConnected"]);
}

#[test]
fn eight_clients_share_a_server() {
    let mut tasks = vec![task("server", SERVER)];
    let names: Vec<String> = (0..8).map(|n| format!("client{n}")).collect();
    tasks.extend(names.iter().map(|n| task(n, CLIENT)));
    let image = image::with_tasks(tasks, (1..=8).map(|n| channel(n, 0, "fs")).collect());
    let mut roles = vec!["serve"];
    roles.extend(["call_hundred"; 8]);
    let run = World::with(image).run(&roles);
    for n in 0..8 {
        assert_eq!(run.of(&format!("client{n}")), ["100 of 100; None"]);
    }
    assert_eq!(run.of("server"), ["served 800, then rcNotConnected"]);
    run.assert_clean();
}

#[test]
fn the_start_itself_is_decided_by_the_policy() {
    let mut image = image::client_and_server();
    image.program.execute[pair(EINIT, SERVER)] = DENY;
    let run = World::with(image).run(&["serve", "call_one"]);
    let error = run.outcome.unwrap_err();
    assert_eq!(error.exit_code(), 4);
    let text = error.to_string();
    assert!(
        text.contains("Can't run task \"server\"") && text.contains("execute Einit -> fs.Server"),
        "{text}"
    );
    assert!(text.contains("policy/security.psl:9:5"), "{text}");
    assert!(run.lines.is_empty(), "nothing was started");
}
