//! The vectors that the interpreter makes: values of every message, and each message changed at each of its parts. `BLESS=1`
//! writes them; otherwise they are compared.
use crate::mutate::{Change, Message, Numbers};
use crate::sides::{Case, MODES, World};
use nk_tests::interpreter::{Direction, Mode, Outcome, decode, encode, sample};
use nk_tests::vectors::{File, Vector, hex, package};
use std::collections::BTreeSet;

/// Values of each message, beside the least one.
const VALUES: usize = 2;
/// Changes of each value.
const CHANGES: usize = 5;
/// Messages that are longer are not good reading.
const LONGEST: usize = 600;

#[test]
fn generated_vectors_are_what_the_interpreter_makes() {
    let world = World::new();
    let path = package().join("vectors-wire/generated.json");
    let vectors = all(&world);
    let about = "Made by the interpreter (tests/src/interpreter) from values and changes of every message; BLESS=1 writes it.";
    let file = File {
        about: about.to_owned(),
        vectors,
    };
    let text = serde_json::to_string_pretty(&file).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, text).unwrap();
    } else {
        assert!(
            std::fs::read_to_string(&path).unwrap() == text,
            "{} is not up to date",
            path.display()
        );
    }
}

fn all(world: &World) -> Vec<Vector> {
    // one endpoint of each interface is enough: the route is in vectors by hand
    let classes = [
        ("farm.Station", 1),
        ("Server", 0),
        ("lab.Bench", 3),
        ("wire.Box", 0),
    ];
    let mut vectors = Vec::new();
    for (class, riid) in classes {
        let interface = &world.model.classes[class][riid];
        for (mid, method) in world.model.interfaces[interface].methods.iter().enumerate() {
            for direction in [Direction::Request, Direction::Response, Direction::Error] {
                let (riid, mid) = (u16::try_from(riid).unwrap(), u16::try_from(mid).unwrap());
                let case = Case {
                    class: class.to_owned(),
                    interface: interface.clone(),
                    riid,
                    mid,
                    direction,
                };
                let part = format!("{direction:?}").to_lowercase();
                of_message(
                    world,
                    &case,
                    &format!("{interface}#{}.{part}", method.name),
                    &mut vectors,
                );
            }
        }
    }
    vectors
}

fn of_message(world: &World, case: &Case, message: &str, vectors: &mut Vec<Vector>) {
    let method = world.method(case);
    let mut numbers = Numbers::of(message);
    let mut seen = BTreeSet::new();
    let least = sample::least(method.message(case.direction));
    let others = (0..VALUES)
        .map(|_| sample::any(method.message(case.direction), &mut numbers))
        .collect::<Vec<_>>();
    for (n, value) in std::iter::once(least).chain(others).enumerate() {
        let encoded = encode::encode(method, case.direction, case.riid, case.mid, &value).unwrap();
        if encoded.bytes.len() > LONGEST {
            continue;
        }
        let name = format!("{message} {n}");
        push(
            world,
            case,
            message,
            name.clone(),
            &encoded.bytes,
            &mut seen,
            vectors,
        );
        for change in 0..CHANGES {
            let mut changed = Message::from(&encoded);
            changed.change(Change::of(&mut numbers));
            if changed.bytes.len() <= LONGEST {
                push(
                    world,
                    case,
                    message,
                    format!("{name}.{change}"),
                    &changed.bytes,
                    &mut seen,
                    vectors,
                );
            }
        }
    }
}

fn push(
    world: &World,
    case: &Case,
    message: &str,
    name: String,
    bytes: &[u8],
    seen: &mut BTreeSet<Vec<u8>>,
    vectors: &mut Vec<Vector>,
) {
    let [strict, compat] = MODES.map(|mode| world.interpreter(case, bytes, mode));
    // a request that is well-formed for another method is a vector of that one
    let own = !case.is_request()
        || bytes.get(..4) == Some(&[case.riid.to_le_bytes(), case.mid.to_le_bytes()].concat());
    if !seen.insert(bytes.to_vec()) || (compat.is_ok() && !own) {
        return;
    }
    let said =
        |outcome: Outcome| outcome.map_or_else(|rule| rule.to_string(), |()| "accepted".to_owned());
    let meaning = || decode::parameters(world.method(case), case.is_request(), bytes);
    // a response that became an error is a vector of the other message
    let flipped =
        bytes.get(7).is_some_and(|byte| byte >> 7 == 1) != (case.direction == Direction::Error);
    if compat.is_ok() && flipped {
        return;
    }
    let lines = bytes
        .chunks(32)
        .map(|line| line.chunks(8).map(hex).collect::<Vec<_>>().join(" "));
    vectors.push(Vector {
        name,
        class: case.class.clone(),
        message: message.to_owned(),
        riid: case.riid,
        value: (world.interpreter(case, bytes, Mode::Compat).is_ok()).then(meaning),
        bytes: lines.collect(),
        strict: said(strict),
        compat: said(compat),
        encode: None,
        room: None,
        spec: Vec::new(),
        derivation: String::new(),
    });
}
