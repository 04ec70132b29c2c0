//! Two evaluators agree: the compiled policy of `nk-security`, and a slow interpreter that walks the syntax tree and follows
//! `docs/psl.md` §1–§9 and §11 word by word. Random policies, random events; the same verdict, the same reason and
//! place, the same memory, the same audit.
//!
//! `NK_EVENTS` sets how many events are decided (100,000 otherwise), `NK_SEED` where the dice begin.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
mod dice;
mod expressions;
mod generate;
mod interpret;
mod memory;
mod rules;
mod world;

use dice::Dice;
use interpret::{Decided, Interpreter};
use nk_gen::solution::{Inputs, build};
use nk_grammar::parse_psl;
use nk_security::{Policy, Reason, Record, State, Traced};
use std::collections::BTreeMap;
use world::Happening;

/// Events for each policy.
const EVENTS: usize = 200;

/// What the compiled policy says, in the words of the interpreter.
fn decided(policy: &Policy, record: Option<&Record>) -> Decided {
    let program = policy.program().unwrap();
    let at = |place: nk_security::Place| (place.line, place.column);
    let Some(record) = record else {
        return Decided::granted();
    };
    let asked = record.trace.iter().map(|entry| match entry.item {
        Traced::Rule(rule) => {
            let rule = program.rule(rule).unwrap();
            let object = &program.object(rule.object).unwrap().name;
            (
                at(rule.place),
                format!("{object}.{}", rule.call.name()),
                entry.result.is_ok(),
                entry.recorded,
            )
        }
        Traced::Choice(choice, chosen) => (
            at(program.choices[choice.index()].place),
            format!("choice {chosen:?}"),
            entry.result.is_ok(),
            false,
        ),
        Traced::Expression { .. } => unreachable!("no profile speaks about `re`"),
    });
    let reason = match record.reason {
        Reason::Granted => None,
        Reason::NoRule(why, place) => Some((at(place), format!("{why:?}"))),
        Reason::Rule(cause, place) => Some((at(place), format!("{cause:?}"))),
        other => panic!("{other:?}"),
    };
    Decided {
        reason,
        asked: asked.collect(),
        recorded: record.is_recorded(),
    }
}

/// Lets an event happen under the compiled policy.
fn happen(policy: &Policy, state: &mut State, event: &Happening) -> Decided {
    use nk_grammar::psl::Event;
    let (src, dst) = (event.src.subject(policy), event.dst.subject(policy));
    let message = event.encoded();
    let checked = match event.event {
        Event::Execute => {
            let result = policy.execute(state, src, dst);
            return decided(
                policy,
                result
                    .as_ref()
                    .map_or_else(|e| Some(&**e), |permit| permit.record()),
            );
        }
        Event::Request => policy.request(src, dst, message),
        Event::Security => policy.security(src, message),
        Event::Response | Event::Error => policy.unasked_response(src, dst, message),
    };
    let result = checked.and_then(|verified| policy.decide(state, verified));
    decided(
        policy,
        result
            .as_ref()
            .map_or_else(|denied| Some(&*denied.record), |granted| granted.record()),
    )
}

/// Decides the events of one policy twice, and counts what came of them.
fn compare(text: &str, dice: &mut Dice, seen: &mut BTreeMap<String, usize>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in world::FILES {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    std::fs::write(folder.path().join("security.psl"), text).unwrap();
    let options = nk_gen::Options {
        include: vec![folder.path().to_owned()],
        ..nk_gen::Options::default()
    };
    let solution = build(&Inputs {
        policy: folder.path().join("security.psl"),
        options,
        ..Inputs::default()
    });
    let said =
        || nk_gen::text::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics);
    let image = solution
        .image
        .as_ref()
        .unwrap_or_else(|| panic!("{}\n{text}", said()));
    let policy = Policy::prove(image.tables.clone(), image.program.clone()).unwrap();
    let mut state = State::new(&policy, 64);
    let tree = parse_psl(text).tree.unwrap();
    let mut interpreter = Interpreter::new(&tree, text);
    let mut history = Vec::new();
    let mut starts = Happening::starts();
    for _ in 0..EVENTS {
        let event = starts.next().unwrap_or_else(|| Happening::random(dice));
        history.push(format!("{event:?}"));
        let (compiled, slow) = (
            happen(&policy, &mut state, &event),
            interpreter.decide(&event),
        );
        // a granted event that nobody wants to know about has no record
        let silent = |decided: &Decided| decided.reason.is_none() && !decided.recorded;
        let same = compiled == slow || (silent(&compiled) && silent(&slow));
        assert!(
            same,
            "compiled {compiled:#?}\ninterpreted {slow:#?}\n{}\n{text}",
            history.join("\n")
        );
        let (fast, memory) = (memory::of(&policy, &state), interpreter.memory());
        assert_eq!(fast, memory, "{}\n{text}", history.join("\n"));
        let outcome = compiled
            .reason
            .map_or_else(|| "Granted".to_owned(), |(_, why)| why);
        *seen.entry(outcome).or_default() += 1;
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn the_compiled_policy_and_an_interpreter_of_its_text_agree_about_everything() {
    let (events, seed) = (number("NK_EVENTS", 100_000), number("NK_SEED", 2026));
    println!("NK_EVENTS={events} NK_SEED={seed}");
    let mut dice = Dice::new(seed);
    let (mut decided, mut outcomes) = (0, BTreeMap::new());
    while decided < events {
        compare(&generate::policy(&mut dice), &mut dice, &mut outcomes);
        decided += EVENTS as u64;
    }
    println!(
        "{decided} events under {} policies: {outcomes:#?}",
        decided / EVENTS as u64
    );
    // every way to be decided has come up
    let causes = [
        "Granted",
        "NoBinding",
        "EmptyBinding",
        "Denies",
        "False",
        "True",
        "Index",
        "Overflow",
        "NoAutomaton",
        "NoTable",
        "NoLevel",
        "NotHigher",
        "Exists",
        "Transition",
        "State",
        "Full",
        "Exceeds",
        "Flow",
        "NoAlternative",
        "EmptyAlternative",
    ];
    for cause in causes.into_iter().filter(|_| events >= 100_000) {
        assert!(
            outcomes.get(cause).is_some_and(|n| *n > 10),
            "{cause} has hardly come up: {outcomes:#?}"
        );
    }
}
