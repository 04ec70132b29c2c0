//! Who has subscribed to what: how many subscriptions a program and a notice can have, and which events reach them.
use nk_image::{ClassId, Plan, Task, TaskId};
use nk_kernel::core::{
    Action, Completion, Core, Event, LaneId, MAX_EVENTS, MAX_SUBSCRIPTIONS, Mask, Provided, Rights,
    Wait, WaitLimits,
};
use nk_runtime::Retcode;
use nk_security::Sid;

const OWN: TaskId = TaskId(0);
const ALL: Mask = Mask(u32::MAX);

/// A program and another one.
fn world() -> Core<(), ()> {
    let task = |name: &str| Task {
        name: name.into(),
        class: ClassId(0),
        path: "p".into(),
        args: vec![],
        env: vec![],
    };
    let plan = Plan {
        initiator: ClassId(0),
        tasks: vec![task("own"), task("other")],
        channels: vec![],
    };
    Core::new(&plan, 1, Sid(2))
}

fn resource(core: &mut Core<(), ()>, of: TaskId) -> u32 {
    core.objects()
        .new_user_object(
            of,
            Provided {
                of_type: 0,
                rights: Rights::GENERAL,
                context: 0,
                calls: None,
            },
        )
        .unwrap()
}

/// Subscribes until there is no more, and says how often and why.
fn subscribe(core: &mut Core<(), ()>, task: TaskId, notice: u32, to: u32) -> (usize, Retcode) {
    let mut made = 0;
    loop {
        match core.events().subscribe(task, notice, to, ALL, 7) {
            Ok(()) => made += 1,
            Err(why) => return (made, why),
        }
    }
}

#[test]
fn a_program_has_so_many_subscriptions_and_no_more_and_another_has_its_own() {
    let mut core = world();
    let (first, second, third) = (
        core.events().new_notice(OWN),
        core.events().new_notice(OWN),
        core.events().new_notice(OWN),
    );
    let (first, second, third) = (first.unwrap(), second.unwrap(), third.unwrap());
    let (kept, gone) = (resource(&mut core, OWN), resource(&mut core, OWN));
    let full = |made| (made, Retcode::QUOTA_EXCEEDED);
    assert_eq!(
        subscribe(&mut core, OWN, first, kept),
        full(MAX_EVENTS),
        "of a notice"
    );
    assert_eq!(
        subscribe(&mut core, OWN, second, gone),
        full(MAX_SUBSCRIPTIONS - MAX_EVENTS)
    );
    assert_eq!(
        subscribe(&mut core, OWN, third, kept),
        full(0),
        "of the program"
    );
    let other = TaskId(1);
    let (notice, resource) = (
        core.events().new_notice(other).unwrap(),
        resource(&mut core, other),
    );
    assert_eq!(
        subscribe(&mut core, other, notice, resource),
        full(MAX_EVENTS),
        "of another program"
    );
    // what is ended, in whichever way, is given back
    core.events()
        .unsubscribe(OWN, first, kept, Some(7))
        .unwrap();
    assert_eq!(subscribe(&mut core, OWN, third, kept), full(MAX_EVENTS));
    core.objects().close(OWN, gone).unwrap();
    assert_eq!(subscribe(&mut core, OWN, first, kept), full(MAX_EVENTS));
    core.events().drop_notice(OWN, third).unwrap();
    assert_eq!(subscribe(&mut core, OWN, second, kept), full(MAX_EVENTS));
    assert_eq!(
        core.events().unsubscribe(OWN, first, kept, Some(8)),
        Err(Retcode::RESOURCE_NOT_FOUND)
    );
    core.ended(OWN);
    core.ended(other);
    let empty = "Subscriptions { about: {}, of: {}, held: {} }, queues: {} }";
    assert!(
        format!("{core:?}").contains(empty),
        "nothing is left of the dead: {core:?}"
    );
}

#[test]
fn an_event_goes_to_every_subscription_to_its_resource_in_their_order_and_to_no_other() {
    let mut core = world();
    let notice = core.events().new_notice(OWN).unwrap();
    let (meant, other) = (resource(&mut core, OWN), resource(&mut core, OWN));
    for (to, mask, id) in [
        (meant, ALL, 2),
        (other, ALL, 3),
        (meant, Mask(1 << 24), 1),
        (meant, Mask(1 << 25), 4),
    ] {
        core.events().subscribe(OWN, notice, to, mask, id).unwrap();
    }
    core.events().raise(OWN, meant, Mask(1 << 24)).unwrap();
    let lane = LaneId { task: OWN, lane: 0 };
    core.events().fetch(
        lane,
        notice,
        9,
        WaitLimits {
            request: None,
            call: Wait::FOREVER,
        },
    );
    let event = |id| Event {
        id,
        mask: Mask(1 << 24),
        counter: 1,
    };
    let told = Action::Answer {
        to: lane,
        answer: Completion::Events(vec![event(2), event(1)]),
    };
    assert_eq!(std::iter::from_fn(|| core.next_action()).last(), Some(told));
}
