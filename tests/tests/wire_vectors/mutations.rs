//! Messages that are almost valid: the interpreter and the structure check never disagree, neither about accepting nor about
//! the rule. A million in the test command; `NK_WIRE_CASES=N` runs any number, `NK_WIRE_SEED=N` another sequence.
use crate::codec::codec;
use crate::mutate::{Change, Message};
use crate::sides::{Case, MODES, World, generated};
use crate::vectors::{read, without_kernels_part, without_null};
use nk_tests::interpreter::decide::Mode;
use nk_tests::interpreter::{Direction, Encoded, RULES, Rule, decode, encode};
use nk_tests::vectors::files;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::collections::BTreeMap;

/// How often each rule was the answer, and how often a message was accepted strictly.
type Counts = BTreeMap<Option<Rule>, u64>;

/// The only method whose chunks can be shared so often that it costs too much: taken more often than the others.
const SHARED: (&str, u16) = ("wire.Chunks", 6);

/// A valid message to change.
#[derive(Clone)]
struct Base {
    case: Case,
    encoded: Encoded,
}

fn bases(world: &World) -> Vec<Base> {
    let vectors = files()
        .into_iter()
        .flat_map(|(_, file)| file.vectors)
        .filter(|vector| vector.strict == "accepted");
    let base = |vector| {
        let case = Case::of(&vector, &world.model);
        let value = vector.value.as_ref().unwrap();
        let encoded = encode::encode(
            world.method(&case),
            case.direction,
            case.riid,
            case.mid,
            value,
        )
        .unwrap();
        Base { case, encoded }
    };
    let often = |base: Base| {
        (0..if base.case.interface == SHARED.0 && base.case.mid == SHARED.1 {
            6
        } else {
            1
        })
            .map(move |_| base.clone())
    };
    vectors.map(base).flat_map(often).collect()
}

/// Everything that has to hold of any bytes; counts what they were.
fn hold(world: &World, case: &Case, bytes: &[u8], counts: &mut Counts) -> Result<(), String> {
    for mode in MODES {
        let interpreter = world.interpreter(case, bytes, mode);
        let by_tables = generated(case, bytes, mode);
        let image = world.image(case, bytes, mode);
        let check = by_tables.as_ref().map(drop).map_err(|rule| *rule);
        if interpreter != check || interpreter != image {
            return Err(format!(
                "{mode:?}: interpreter {interpreter:?}, generated {check:?}, image {image:?}"
            ));
        }
        if mode == Mode::Strict || interpreter == Err(Rule::Work) {
            *counts.entry(interpreter.err()).or_default() += 1;
        }
        if let Ok(message) = by_tables {
            meaning(world, case, &message, bytes, mode)?;
        }
    }
    Ok(())
}

/// The generated decoder reads what the interpreter reads, and a strict message is the only one with its value (R35).
fn meaning(
    world: &World,
    case: &Case,
    message: &nk_runtime::Verified<'_>,
    bytes: &[u8],
    mode: Mode,
) -> Result<(), String> {
    let header = message.header();
    let interface = if case.is_request() {
        world
            .model
            .method(&case.class, header.iid.0, header.mid.0)
            .map_err(|rule| rule.to_string())?
            .0
    } else {
        &case.interface
    };
    let method = &world.model.interfaces[interface].methods[usize::from(header.mid.0)];
    let value = decode::parameters(method, case.is_request(), bytes);
    let generated = read(codec(interface), case, message);
    if generated != without_null(&value) {
        return Err(format!(
            "the interpreter reads {value}, the generated decoder {generated}"
        ));
    }
    let direction = match (case.is_request(), header.ex.is_err()) {
        (true, _) => Direction::Request,
        (false, false) => Direction::Response,
        (false, true) => Direction::Error,
    };
    let again = encode::encode(method, direction, header.iid.0, header.mid.0, &value)
        .map_err(|rule| rule.to_string())?;
    if mode == Mode::Strict && again.bytes != without_kernels_part(bytes) {
        return Err(format!("accepted, but not the encoding of {value}"));
    }
    Ok(())
}

fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number"))
    })
}

/// Runs `cases` messages of the sequence `seed`.
fn run(world: &World, bases: &[Base], cases: u32, seed: u8) -> Counts {
    let change = (any::<u8>(), any::<u16>(), any::<u32>()).prop_map(|(kind, part, with)| Change {
        kind,
        part,
        with,
    });
    let strategy = (0..bases.len(), vec(change, 1..4));
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(
        config,
        TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]),
    );
    let counts = std::cell::RefCell::new(Counts::new());
    let result = runner.run(&strategy, |(base, changes)| {
        let mut message = Message::from(&bases[base].encoded);
        for change in changes {
            message.change(change);
        }
        hold(
            world,
            &bases[base].case,
            &message.bytes,
            &mut counts.borrow_mut(),
        )
        .map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => counts.into_inner(),
        Err(TestError::Fail(why, (base, changes))) => {
            let (base, mut message) = (&bases[base], Message::from(&bases[base].encoded));
            for change in &changes {
                message.change(*change);
            }
            let bytes = nk_tests::vectors::hex(&message.bytes);
            panic!("{why}\n{:?}\n{bytes}\n{changes:?}", base.case)
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn a_million_mutated_messages_are_decided_alike_and_break_every_rule() {
    let world = World::new();
    let bases = bases(&world);
    let (cases, seed) = (
        number("NK_WIRE_CASES", 1_000_000),
        number("NK_WIRE_SEED", 0),
    );
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(64);
    let share = cases.div_ceil(u32::try_from(threads).unwrap());
    let mut counts = Counts::new();
    std::thread::scope(|scope| {
        let worker = |thread: usize| {
            let (world, bases) = (&world, &bases);
            let seed = u8::try_from((seed as usize * 64 + thread) % 256).unwrap();
            scope.spawn(move || run(world, bases, share, seed))
        };
        let workers: Vec<_> = (0..threads).map(worker).collect();
        for worker in workers {
            for (rule, count) in worker.join().unwrap() {
                *counts.entry(rule).or_default() += count;
            }
        }
    });
    eprintln!("{counts:?}");
    // a few messages need not break every rule
    let least = if cases >= 1_000_000 { 1000 } else { 0 };
    for rule in RULES.into_iter().map(Some).chain([None]) {
        let count = counts.get(&rule).copied().unwrap_or(0);
        assert!(count >= least, "{rule:?}: {count} of {cases}");
    }
}
