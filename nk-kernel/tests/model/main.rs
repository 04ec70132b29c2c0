//! The state machine of calls without I/O: its rules one by one (`calls`, `subscriptions`), and every order of events in small
//! configurations: the core itself, between programs that do whatever they may, held against
//! an account of what each of them is due. A kernel that is broken on purpose must be found out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking"
)]
mod calls;
mod setting;
mod subscriptions;
mod world;

use setting::{Event, Mutant, Rule, Setting};
use stateright::{Checker, Model, Property};
use world::World;

const RULES: [(Rule, &str); 8] = [
    (
        Rule::Meant,
        "a response goes to the call that it answers, or to nobody",
    ),
    (Rule::Once, "a call is answered at most once"),
    (Rule::Granted, "only what was granted is delivered"),
    (
        Rule::Told,
        "nobody stays blocked whose call is answered or over",
    ),
    (Rule::Due, "nobody is told what it is not due"),
    (
        Rule::Fair,
        "between two services of one program every other that waits is served once",
    ),
    (
        Rule::Met,
        "no receiver waits while there is a request for it",
    ),
    (
        Rule::Charged,
        "charges are those of the calls outstanding, and none in the end",
    ),
];

impl Model for Setting {
    type State = World;
    type Action = Event;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }
    fn actions(&self, state: &World, actions: &mut Vec<Event>) {
        if state.broken.is_none() {
            actions.extend(state.events(self));
        }
    }
    fn next_state(&self, last: &World, event: Event) -> Option<World> {
        let mut world = last.clone();
        world.happen(event, self);
        Some(world)
    }
    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(RULES[0].1, |_, world: &World| {
                world.broken != Some(RULES[0].0)
            }),
            Property::always(RULES[1].1, |_, world: &World| {
                world.broken != Some(RULES[1].0)
            }),
            Property::always(RULES[2].1, |_, world: &World| {
                world.broken != Some(RULES[2].0)
            }),
            Property::always(RULES[3].1, |_, world: &World| {
                world.broken != Some(RULES[3].0)
            }),
            Property::always(RULES[4].1, |_, world: &World| {
                world.broken != Some(RULES[4].0)
            }),
            Property::always(RULES[5].1, |_, world: &World| {
                world.broken != Some(RULES[5].0)
            }),
            Property::always(RULES[6].1, |_, world: &World| {
                world.broken != Some(RULES[6].0)
            }),
            Property::always(RULES[7].1, |_, world: &World| {
                world.broken != Some(RULES[7].0)
            }),
        ]
    }
}

/// Goes through all states. At least `states` of them, or the configuration is not what it is meant to be.
#[track_caller]
fn holds(name: &str, setting: Setting, states: usize) {
    let checker = setting.checker().threads(2).spawn_bfs().join();
    println!("{name}: {} states", checker.unique_state_count());
    checker.assert_properties();
    assert!(
        checker.unique_state_count() >= states,
        "{name} has only {} states",
        checker.unique_state_count()
    );
}

/// A kernel that is broken in this way breaks one of these rules.
#[track_caller]
fn fails(setting: &Setting, mutant: Mutant, rules: &[Rule]) {
    let broken = Setting {
        mutant: Some(mutant),
        ..setting.clone()
    };
    let checker = broken.checker().spawn_bfs().join();
    let found: Vec<&str> = checker.discoveries().into_keys().collect();
    let expected = |name: &&str| {
        RULES
            .iter()
            .any(|(rule, text)| text == name && rules.contains(rule))
    };
    assert!(
        found.iter().any(expected),
        "{mutant:?} was not noticed as {rules:?}: {found:?}"
    );
}

/// Two clients of one server, which has two threads.
fn one_server() -> Setting {
    Setting {
        programs: 3,
        lanes: 2,
        channels: vec![(1, 0), (2, 0)],
        callers: vec![((1, 0), 2), ((2, 0), 1)],
        servers: vec![(0, 0), (0, 1)],
        timeouts: true,
        combined: true,
        ..Setting::default()
    }
}

/// Two clients of two servers.
fn two_servers() -> Setting {
    Setting {
        programs: 4,
        lanes: 1,
        channels: vec![(2, 0), (3, 0), (2, 1), (3, 1)],
        callers: vec![((2, 0), 1), ((3, 0), 1)],
        servers: vec![(0, 0), (1, 0)],
        timeouts: true,
        ..Setting::default()
    }
}

/// A calls B, and B calls A while it has the call: A has another thread for that.
fn there_and_back() -> Setting {
    Setting {
        programs: 2,
        lanes: 2,
        channels: vec![(0, 1), (1, 0)],
        callers: vec![((0, 0), 2), ((1, 0), 2)],
        servers: vec![(0, 1), (1, 0)],
        timeouts: true,
        ..Setting::default()
    }
}

/// With `NK_MODEL=large`, configurations of ten times as many states, which take minutes.
fn large() -> bool {
    std::env::var("NK_MODEL").is_ok_and(|size| size == "large")
}

#[test]
fn two_clients_of_one_server_with_timeouts_interrupts_and_denials() {
    let (interrupts, calls) = if large() { (2, 2) } else { (1, 1) };
    let callers = vec![((1, 0), calls), ((2, 0), 1)];
    let setting = Setting {
        interrupts,
        callers,
        denials: true,
        combined: false,
        ..one_server()
    };
    holds("one server", setting, 10_000);
}

#[test]
fn two_clients_of_two_servers_any_of_which_may_die() {
    let mortal = if large() {
        vec![0, 1, 2, 3]
    } else {
        vec![0, 2]
    };
    holds(
        "two servers",
        Setting {
            mortal,
            interrupts: 1,
            ..two_servers()
        },
        10_000,
    );
}

#[test]
fn a_program_that_calls_back_while_it_is_called() {
    let (interrupts, calls) = if large() { (1, 2) } else { (0, 1) };
    let callers = vec![((0, 0), calls), ((1, 0), 2)];
    holds(
        "there and back",
        Setting {
            mortal: vec![0, 1],
            interrupts,
            callers,
            ..there_and_back()
        },
        10_000,
    );
}

#[test]
fn programs_take_turns() {
    let last = u8::from(large());
    let callers = vec![((1, 0), 2), ((1, 1), 1 + last), ((2, 0), 1), ((3, 0), last)];
    let channels = vec![(1, 0), (2, 0), (3, 0)];
    let setting = Setting {
        programs: 4,
        channels,
        callers,
        servers: vec![(0, 0)],
        timeouts: false,
        ..one_server()
    };
    holds("turns", setting, 1000);
}

#[test]
fn a_program_that_does_not_read_stops_nobody_else() {
    let mortal = if large() { vec![0] } else { vec![] };
    holds(
        "stopped",
        Setting {
            stops: Some((1, 0)),
            mortal,
            ..one_server()
        },
        10_000,
    );
}

#[test]
fn a_response_without_the_number_of_its_call_is_found_out() {
    fails(
        &one_server(),
        Mutant::NoTransaction,
        &[Rule::Meant, Rule::Once],
    );
}

#[test]
fn a_send_that_waits_for_the_reader_is_found_out() {
    fails(
        &Setting {
            stops: Some((1, 0)),
            ..one_server()
        },
        Mutant::BlockingSend,
        &[Rule::Told],
    );
}

#[test]
fn a_death_that_nobody_is_told_of_is_found_out() {
    fails(
        &Setting {
            mortal: vec![0, 1],
            ..two_servers()
        },
        Mutant::NoDeathNotice,
        &[Rule::Told],
    );
}

#[test]
fn a_message_without_a_decision_is_found_out() {
    fails(
        &Setting {
            denials: true,
            ..one_server()
        },
        Mutant::NoDecision,
        &[Rule::Granted],
    );
}

#[test]
fn a_clock_that_stands_still_is_found_out() {
    fails(&one_server(), Mutant::NoClock, &[Rule::Told]);
}
