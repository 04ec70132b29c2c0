//! Everything besides messages between programs that the policy decides on: the steps of starting, starts, requests to the
//! kernel, questions to the security module, and calls on handles of their own.
use crate::common::exchange::{
    ECHO, EXCHANGE, FETCH, call, connected, handle_in, message, receive, registered,
};
use crate::common::{Roles, Run, World};
use nk_core::handle::{self, Provided};
use nk_kernel::KernelRequests::{self, Off, Startup, Strict};
use nk_runtime::host::{Error, Parts, ipc};
use nk_runtime::{Handle, Rights, Riid};

const INIT: &str = "entities:
- name: Client
  path: program
  connections: [{target: Server, id: exchange}]
- name: Server
  path: program
";
const GUARD: &str = "package Guard interface { Check(in UInt16 port); }";

/// All classes; every start is granted.
const STARTED: &str = "use nk.basic._ use nk.flow._
use EDL Einit use EDL kl.core.Core use EDL Client use EDL Server
execute { grant () }
";
/// The steps of `Einit`, one by one.
const STEPS: [&str; 4] = [
    "request src=Einit dst=kl.core.Core endpoint=task.Task method=Create { grant () }",
    "request src=Einit dst=kl.core.Core endpoint=task.Task method=SetEnv { grant () }",
    "request src=Einit dst=kl.core.Core endpoint=handle.Handle method=Connect { grant () }",
    "request src=Einit dst=kl.core.Core endpoint=task.Task method=Resume { grant () }",
];
const ANSWERS: &str = "response src=kl.core.Core dst=Einit { grant () }";

fn run(policy: &str, requests: KernelRequests, client: &str, server: &str) -> Run {
    let mut world = World::built(&[
        ("init.yaml", INIT),
        ("security.psl", policy),
        ("Exchange.idl", EXCHANGE),
        ("Guard.idl", GUARD),
        ("Client.edl", "task class Client security Guard"),
        (
            "Server.edl",
            "task class Server endpoints { exchange : Exchange }",
        ),
    ]);
    world.kernel_requests = requests;
    let roles: Vec<&str> = world
        .image
        .plan
        .tasks
        .iter()
        .map(|task| {
            if task.name == "Client" {
                client
            } else {
                server
            }
        })
        .collect();
    world.run(&roles)
}

pub(crate) const ROLES: Roles = &[
    ("idle", || {}),
    ("name", name),
    ("ask", ask),
    ("provide", provide),
    ("call", call_both),
];

fn steps_without(missing: usize) -> String {
    let steps = STEPS
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != missing)
        .map(|(_, step)| *step);
    steps
        .chain([STARTED, ANSWERS])
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_step_of_a_start_is_a_request_of_einit() {
    let all = steps_without(usize::MAX).replace(
        "execute {",
        "audit profile all = { 0 : { base : { kss : [\"granted\", \"denied\"] } } } audit default = all 0 execute {",
    );
    let run = run(&all, Startup, "idle", "idle");
    run.assert_clean();
    let part = |line: &str, key: &str| {
        let value = line
            .split_once(&format!("\"{key}\":\""))
            .map_or("", |(_, rest)| rest);
        value
            .split_once('"')
            .map_or("", |(value, _)| value)
            .to_owned()
    };
    let events: Vec<String> = run
        .audit
        .iter()
        .map(|line| format!("{} {}", part(line, "op"), part(line, "method")))
        .collect();
    let both = |method: &str| [format!("request {method}"), format!("response {method}")];
    let (create, set_env, connect, resume) = (
        both("Create"),
        both("SetEnv"),
        both("Connect"),
        both("Resume"),
    );
    let execute = ["execute ".to_owned()];
    // the kernel's own start and Einit's were before; each task is created and equipped, then comes the channel, then the runs
    let expected = [
        &create[..],
        &set_env,
        &create,
        &set_env,
        &connect,
        &resume,
        &execute,
        &resume,
        &execute,
    ]
    .concat();
    assert_eq!(
        events[events.len() - expected.len()..],
        expected,
        "{events:?}"
    );
}

#[test]
fn a_denied_step_fails_with_the_documented_words_and_the_line_that_would_allow_it() {
    let words = [
        "Can't initialize task \"Server\"",
        "Can't set args/env for task \"Server\"",
        "Can't setup a connection exchange",
        "Can't run task \"Server\"",
    ];
    for (missing, (words, step)) in words.into_iter().zip(STEPS).enumerate() {
        let run = run(&steps_without(missing), Startup, "idle", "idle");
        let error = run.outcome.as_ref().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(&format!("{words}: denied by policy: request Einit")),
            "{error}"
        );
        assert_eq!(error.exit_code(), 4);
        run.assert_said(&["this line of the policy would allow it: ", step]);
        // and then it is allowed
        assert!(run.lines.is_empty(), "{:?}", run.lines);
    }
    let run = run(
        &steps_without(usize::MAX).replace(ANSWERS, ""),
        Startup,
        "idle",
        "idle",
    );
    assert!(
        run.outcome
            .unwrap_err()
            .to_string()
            .contains("response kl.core.Core -> Einit task.Task Create")
    );
}

#[test]
fn a_policy_sees_what_a_step_is_about() {
    let named = |name: &str| {
        let create = format!(
            "{} {{ assert (message.path == \"program\" && message.name != \"{name}\") }}",
            STEPS[0].split(" {").next().unwrap()
        );
        run(
            &format!("{}\n{create}", steps_without(usize::MAX)),
            Startup,
            "idle",
            "idle",
        )
    };
    named("somebody").assert_clean();
    named("Client").assert_said(&[
        "Einit -> kl.core.Core task.Task Create",
        "message.name = \"Client\"",
    ]);
}

#[test]
fn without_the_steps_a_policy_need_not_grant_them_and_strict_asks_for_programs_too() {
    run(STARTED, Off, "idle", "idle").assert_clean();
    let refused = run(&steps_without(usize::MAX), Strict, "idle", "idle");
    let line = "request src=Server dst=kl.core.Core endpoint=vmm.VMM method=Allocate { grant () }";
    refused.assert_said(&["this line of the policy would allow it: ", line]);
    assert!(
        refused
            .outcome
            .unwrap_err()
            .to_string()
            .starts_with("Can't run task \"Server\": denied by policy")
    );
    let programs = ["Client", "Server"].map(|class| {
        format!(
            "request src={class} dst=kl.core.Core {{ grant () }} response src=kl.core.Core dst={class} {{ grant () }}\n"
        )
    });
    run(
        &format!("{}{}", steps_without(usize::MAX), programs.concat()),
        Strict,
        "idle",
        "idle",
    )
    .assert_clean();
    let without = STARTED.replace("use EDL kl.core.Core", "");
    let run = run(&without, Startup, "idle", "idle");
    assert!(
        run.outcome
            .unwrap_err()
            .to_string()
            .ends_with("add `use EDL kl.core.Core`")
    );
}

#[test]
fn a_denied_start_fails_with_the_documented_words() {
    let policy = STARTED.replace(
        "execute { grant () }",
        "execute src=kl.core.Core { grant () } execute dst=Server { grant () }",
    );
    let run = run(&policy, Off, "idle", "idle");
    let error = run.outcome.as_ref().unwrap_err().to_string();
    assert!(
        error.starts_with("Can't run task \"Client\": denied by policy: execute Einit -> Client"),
        "{error}"
    );
    run.assert_said(&["would allow it: execute src=Einit dst=Client { grant () }"]);
}

fn name() {
    for _ in 0..3 {
        tell!(
            "{}",
            nk_core::task::name().unwrap_or_else(|e| e.retcode().to_string())
        );
    }
}

#[test]
fn a_missing_grant_for_the_kernel_is_said_once_with_the_line_that_would_allow_it() {
    let line = "request src=Client dst=kl.core.Core endpoint=task.Task method=GetName { grant () }";
    for (policy, advice) in [
        (STARTED.to_owned(), line.to_owned()),
        (
            STARTED.replace("use EDL kl.core.Core", ""),
            format!("use EDL kl.core.Core  {line}"),
        ),
    ] {
        let run = run(&policy, Off, "name", "idle");
        assert_eq!(run.of("Client"), ["rcSecurityDisallow"; 3]);
        let advised: Vec<&String> = run
            .said
            .iter()
            .filter(|said| said.contains("would allow it"))
            .collect();
        assert_eq!(
            advised,
            [&format!("this line of the policy would allow it: {advice}")]
        );
    }
    // what was advised is what helps
    let response =
        "response src=kl.core.Core dst=Client endpoint=task.Task method=GetName { grant () }";
    let run = run(&format!("{STARTED}{line}"), Off, "name", "idle");
    run.assert_said(&[&format!("would allow it: {response}")]);
    let run = self::run(&format!("{STARTED}{line}{response}"), Off, "name", "idle");
    assert_eq!(run.of("Client"), ["Client"; 3]);
}

/// The code of a call that was refused, or what is made of the answer.
fn outcome(called: Result<Vec<u8>, Error>, answered: impl FnOnce(Vec<u8>) -> String) -> String {
    called.map_or_else(|e| e.retcode().to_string(), answered)
}

fn ask() {
    let module = nk_core::security::channel().unwrap().handle();
    for port in [80, 81, 82] {
        tell!(
            "{}",
            outcome(call(module, &message(0, &[], Some(port))), |answer| answer
                .len()
                .to_string())
        );
    }
    tell!(
        "{}",
        call(module, &message(7, &[], Some(1)))
            .unwrap_err()
            .retcode()
    );
}

#[test]
fn a_question_to_the_security_module_is_answered_with_the_decision_and_keeps_what_its_rules_did() {
    let policy = format!(
        "{STARTED}policy object asked : Flow {{ type State = \"no\" | \"yes\"
            config = {{ states : [\"no\", \"yes\"], initial : \"no\", transitions : {{ \"no\" : [\"yes\"] }} }} }}
        execute dst=Client {{ asked.init {{sid : dst_sid}} }}
        request src=Client dst=kl.core.Core {{ grant () }} response src=kl.core.Core dst=Client {{ grant () }}
        security src=Client method=Check {{ assert (message.port > 80) asked.enter {{sid : src_sid, state : \"yes\"}} }}"
    );
    let run = run(&policy, Off, "ask", "idle");
    // 80 is too small, 81 is granted once; the second time the state has changed
    assert_eq!(
        run.of("Client"),
        [
            "rcSecurityDisallow",
            "24",
            "rcSecurityDisallow",
            "rcSecurityDisallow"
        ]
    );
    run.assert_said(&[
        "denied by policy: security Client -> NULL security Check",
        "message.port = 80",
    ]);
    assert!(
        run.audit[0].contains("\"op\":\"security\"") && !run.audit[0].contains("dst_sid"),
        "{}",
        run.audit[0]
    );
    run.assert_clean();
}

fn provide() {
    let listener = registered();
    let rights = Rights::TRANSFER.and(Rights::CALL);
    let object = || {
        let calls = Some((listener, Riid(0)));
        handle::user_object(Provided {
            rights,
            context: 1,
            calls,
            of_type: 1,
        })
        .unwrap()
    };
    while let Ok((received, request)) = receive(listener) {
        let answer = match u16::from_le_bytes([request[2], request[3]]) {
            FETCH => message(FETCH, &[Handle::new(object(), rights)], None),
            _ => message(ECHO, &[], Some(5)),
        };
        let _ = ipc::reply(received.token, Parts::of(&answer));
    }
}

fn call_both() {
    let channel = connected();
    let fetch = || handle_in(&call(channel, &message(FETCH, &[], Some(0))).unwrap()).handle;
    let [first, second] = [fetch(), fetch()];
    for to in [first, first, second, channel] {
        tell!(
            "{}",
            outcome(call(to, &message(ECHO, &[], Some(1))), |_| "answered"
                .to_owned())
        );
    }
}

#[test]
fn a_call_on_a_handle_of_its_own_is_decided_by_the_resource_behind_it() {
    let policy = format!(
        "{STARTED}policy object used : Flow {{ type State = \"new\" | \"used\"
            config = {{ states : [\"new\", \"used\"], initial : \"new\", transitions : {{ \"new\" : [\"used\"] }} }} }}
        request dst=kl.core.Core {{ grant () }} response src=kl.core.Core {{ grant () }}
        request src=Client dst=Server endpoint=exchange {{
            match method=Fetch {{ grant () }}
            match method=Echo {{ used.enter {{sid : callable_sid, state : \"used\"}} }}
        }}
        response src=Server dst=Client endpoint=exchange method=Fetch {{ used.init {{sid : message.what.handle}} }}
        response src=Server dst=Client endpoint=exchange method=Echo {{ grant () }}"
    );
    let run = run(&policy, Off, "call", "provide");
    // each object once; the channel is no resource of its own
    assert_eq!(
        run.of("Client"),
        [
            "answered",
            "rcSecurityDisallow",
            "answered",
            "rcSecurityDisallow"
        ]
    );
    run.assert_said(&[
        "used.query {sid : callable_sid} = \"used\"",
        "cannot be entered",
    ]);
    run.assert_clean();
}
