//! The kernel's own endpoints, asked by real processes through `nk-core`, under policies that allow it or do not.
use crate::common::{Roles, Run, World};
use nk_core::{Caller, hal, task, thread, time};
use nk_kernel::Ended;
use nk_runtime::host::Error;
use nk_runtime::{Fault, Retcode};
use std::time::{Duration, Instant, SystemTime};

const INIT: &str = "entities:
- name: Client
  task: camera
  path: program
  env:
    LEVEL: 2
";

/// What every program of these tests needs in order to run.
const STARTED: &str = "use nk.base._
use EDL Einit
use EDL Client
execute src=Einit, dst=Client { grant () }
";
const ALLOWED: &str = "use EDL kl.core.Core
request src=Client, dst=kl.core.Core { grant () }
response src=kl.core.Core, dst=Client { grant () }
";
const HOUR: Duration = Duration::from_hours(1);

/// A solution of one program under this policy; `files` are descriptions of its own.
fn world(policy: &str, files: &[(&str, &str)]) -> World {
    let own = [
        ("init.yaml", INIT),
        ("security.psl", policy),
        ("Client.edl", "task class Client"),
    ];
    World::built(&[&own[..], files].concat())
}

fn run(policy: &str, role: &str) -> Run {
    world(&format!("{STARTED}{policy}"), &[]).run(&[role])
}

pub(crate) const ROLES: Roles = &[
    ("ask", ask),
    ("write", write),
    ("leave", leave),
    ("sleep", sleep),
    ("impatient", impatient),
    ("refused", refused),
    ("mixed", mixed),
    ("unoffered", unoffered),
];

fn ask() {
    tell!("{} {}", task::name().unwrap(), task::path().unwrap());
    tell!(
        "{:?} {:?}",
        hal::env("LEVEL").unwrap(),
        hal::env("OTHER").unwrap()
    );
    let before = SystemTime::now();
    let now = time::now().unwrap();
    tell!("{}", before <= now && now <= SystemTime::now());
}

#[test]
fn a_program_learns_what_the_solution_says_about_it() {
    let run = run(ALLOWED, "ask");
    assert_eq!(
        run.of("camera"),
        ["camera program", "Some(\"2\") None", "true"]
    );
    run.assert_clean();
}

fn write() {
    hal::debug_write("> first\n> second").unwrap();
}

#[test]
fn a_debug_text_is_shown_line_by_line_under_the_tasks_name() {
    let run = run(ALLOWED, "write");
    assert_eq!(run.of("camera"), ["first", "second"]);
    run.assert_clean();
}

fn leave() {
    print!("\n> not yet written");
    match task::exit(300) {
        Ok(never) => match never {},
        Err(e) => tell!("{e}"),
    }
}

#[test]
fn a_program_that_exits_through_the_kernel_ends_with_its_code_and_loses_no_output() {
    let run = run(ALLOWED, "leave");
    assert_eq!(run.of("camera"), ["not yet written"]);
    assert_eq!(run.ended(), [("camera", Ended::Code(300))]);
}

fn sleep() {
    let (before, pause) = (Instant::now(), Duration::from_millis(30));
    thread::sleep(pause).unwrap();
    tell!("{}", before.elapsed() >= pause);
    std::thread::spawn(|| thread::sleep(HOUR));
    std::thread::spawn(|| thread::sleep(HOUR));
    // the kernel is there for others while it holds these
    thread::sleep(Duration::from_millis(1)).unwrap();
    tell!("{}", task::name().unwrap());
}

#[test]
fn a_sleeping_thread_is_held_for_its_time_and_holds_nobody_else() {
    let run = run(ALLOWED, "sleep");
    assert_eq!(run.of("camera"), ["true", "camera"]);
    run.assert_clean();
}

fn impatient() {
    let mut program = Caller::new(nk_core::channel().unwrap().with_timeout(20));
    tell!(
        "{:?}",
        program.sleep(HOUR).unwrap_err() == Error::Call(Fault::Timeout)
    );
    tell!("{}", program.name().unwrap());
}

#[test]
fn a_sleep_ends_with_the_patience_of_its_call() {
    let run = run(ALLOWED, "impatient");
    assert_eq!(run.of("camera"), ["true", "camera"]);
    run.assert_clean();
}

fn refused() {
    let refusals = [
        task::name().map(drop),
        hal::debug_write("> never shown"),
        thread::sleep(HOUR),
        task::exit(7).map(drop),
        hal::env("LEVEL").map(drop),
    ];
    for refusal in refusals {
        tell!("{}", refusal.unwrap_err().retcode());
    }
}

#[test]
fn without_a_grant_every_request_is_denied_and_nothing_happens() {
    let run = run("use EDL kl.core.Core\n", "refused");
    assert_eq!(
        run.of("camera"),
        [Retcode::SECURITY_DISALLOW.to_string().as_str(); 5]
    );
    run.assert_said(&["Client -> kl.core.Core task.Task GetName"]);
    run.assert_said(&["Client -> kl.core.Core task.Task Exit"]);
    assert_eq!(run.audit.len(), 5);
    run.assert_clean();
}

#[test]
fn a_policy_that_does_not_know_the_kernel_grants_nothing_of_it() {
    let run = run("", "refused");
    assert_eq!(
        run.of("camera"),
        [Retcode::SECURITY_DISALLOW.to_string().as_str(); 5]
    );
    run.assert_clean();
}

fn mixed() {
    tell!("{}", task::name().unwrap_err().retcode());
    tell!("{}", hal::env("LEVEL").unwrap().unwrap());
    tell!("{}", task::path().unwrap_err().retcode());
}

#[test]
fn single_methods_are_selected_and_responses_are_decided_on_too() {
    let policy = "use EDL kl.core.Core
request src=Client, dst=kl.core.Core { match endpoint=hal.HAL { grant () }  match endpoint=task.Task method=GetPath { grant () } }
response src=kl.core.Core, dst=Client { match interface=kl.core.HAL { grant () } }
";
    let run = run(policy, "mixed");
    let denied = Retcode::SECURITY_DISALLOW.to_string();
    assert_eq!(run.of("camera"), [denied.as_str(), "2", &denied]);
    run.assert_said(&["request Client -> kl.core.Core task.Task GetName"]);
    run.assert_said(&["response kl.core.Core -> Client task.Task GetPath"]);
    run.assert_clean();
}

fn unoffered() {
    use nk_core::nk::kl::core::core::SYNC_SYNC;
    use nk_core::nk::kl::core::sync::{Proxy, Sync};
    let woken = Proxy::new(nk_core::channel().unwrap(), SYNC_SYNC).wake(0, 1);
    tell!(
        "{}",
        woken.map_or_else(|e| e.to_string(), |answer| Retcode(answer.rc).to_string())
    );
}

#[test]
fn a_method_that_this_host_does_not_offer_says_so_in_its_response() {
    let run = run(ALLOWED, "unoffered");
    assert_eq!(run.of("camera"), ["rcUnimplemented"]);
    run.assert_clean();
}

#[test]
fn a_solution_with_another_description_of_the_kernel_is_told_and_never_misread() {
    let sync = "component Futex endpoints { Sync : kl.core.Sync }";
    let core = "task class kl.core.Core components { a : Futex b : Futex c : Futex d : Futex e : Futex f : Futex sync : Futex }";
    let policy = format!("{STARTED}{ALLOWED}");
    let run =
        world(&policy, &[("kl/core/Core.edl", core), ("Futex.cdl", sync)]).run(&["unoffered"]);
    run.assert_said(&["`kl.core.Core`", "rcUnimplemented"]);
    // the call's own code: there is no response
    assert_eq!(run.of("camera"), ["rcUnimplemented"]);
    run.assert_clean();
}
