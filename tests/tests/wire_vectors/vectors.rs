//! What every vector promises.
use crate::codec::{Codec, codec};
use crate::sides::{self, Case, MODES, World};
use nk_runtime::Verified;
use nk_tests::interpreter::decide::Mode;
use nk_tests::interpreter::{Outcome, RULES, Rule, decode, encode, sample};
use nk_tests::vectors::{File, Vector, files, hex};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Every vector with the file that it stands in.
fn all() -> Vec<(String, Vector)> {
    let named = |(path, file): (std::path::PathBuf, File)| {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        file.vectors
            .into_iter()
            .map(move |vector| (format!("{name}: {}", vector.name), vector))
    };
    files().into_iter().flat_map(named).collect()
}

fn outcome(text: &str) -> Outcome {
    if text == "accepted" {
        return Ok(());
    }
    Err(RULES
        .into_iter()
        .find(|rule| rule.to_string() == text)
        .unwrap_or_else(|| panic!("no rule `{text}`")))
}

fn expected(vector: &Vector, mode: Mode) -> Outcome {
    outcome(if mode == Mode::Strict {
        &vector.strict
    } else {
        &vector.compat
    })
}

#[test]
fn everyone_decides_every_vector_as_the_file_says() {
    let world = World::new();
    for (name, vector) in all().iter().filter(|(_, vector)| vector.encode.is_none()) {
        let (case, bytes) = (Case::of(vector, &world.model), vector.bytes());
        for mode in MODES {
            let expected = expected(vector, mode);
            assert_eq!(
                world.interpreter(&case, &bytes, mode),
                expected,
                "{name}, {mode:?}: the interpreter"
            );
            let check = sides::generated(&case, &bytes, mode).map(drop);
            assert_eq!(
                check, expected,
                "{name}, {mode:?}: the check over generated tables"
            );
            let image = world.image(&case, &bytes, mode);
            assert_eq!(
                image, expected,
                "{name}, {mode:?}: the check over an image's tables"
            );
        }
    }
}

/// A value as our decoder shows it: the empty string is the empty string, whichever encoding it came in.
pub(crate) fn without_null(value: &Value) -> Value {
    match value {
        Value::Null => "".into(),
        Value::Array(list) => list.iter().map(without_null).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.clone(), without_null(value)))
            .collect(),
        other => other.clone(),
    }
}

/// What the generated decoder reads.
pub(crate) fn read(codec: &dyn Codec, case: &Case, message: &Verified<'_>) -> Value {
    if case.is_request() {
        codec.read_request(message)
    } else {
        codec.read_response(message)
    }
}

#[test]
fn accepted_bytes_mean_the_value_that_stands_beside_them() {
    let world = World::new();
    for (name, vector) in all()
        .iter()
        .filter(|(_, vector)| vector.compat == "accepted")
    {
        let (case, bytes) = (Case::of(vector, &world.model), vector.bytes());
        let value = vector
            .value
            .as_ref()
            .unwrap_or_else(|| panic!("{name}: accepted bytes mean a value"));
        let interpreted = decode::parameters(world.method(&case), case.is_request(), &bytes);
        assert_eq!(interpreted, *value, "{name}: the interpreter");
        let message = sides::generated(&case, &bytes, Mode::Compat).unwrap();
        assert_eq!(
            read(codec(&case.interface), &case, &message),
            without_null(value),
            "{name}: the generated decoder"
        );
    }
}

/// A request of this case that a response can answer.
fn question(world: &World, case: &Case) -> Vec<u8> {
    let method = world.method(case);
    let value = sample::least(&method.request);
    encode::encode(
        method,
        nk_tests::interpreter::Direction::Request,
        case.riid,
        case.mid,
        &value,
    )
    .unwrap()
    .bytes
}

/// What the generated encoder makes of a value, in a buffer of `room` bytes; `None` when it refuses.
fn generated(world: &World, case: &Case, value: &Value, room: usize) -> Option<Vec<u8>> {
    let (codec, mut memory) = (codec(&case.interface), vec![0xAA; room]);
    let written = if case.is_request() {
        codec.request(case.mid, case.riid, value, &mut memory).ok()
    } else {
        let bytes = question(world, case);
        let request = Case {
            direction: nk_tests::interpreter::Direction::Request,
            ..case.clone()
        };
        let request = sides::generated(&request, &bytes, Mode::Strict).unwrap();
        codec
            .respond(
                &request,
                case.direction == nk_tests::interpreter::Direction::Error,
                value,
                &mut memory,
            )
            .ok()
    };
    written.map(|len| memory[..len].to_vec())
}

/// Room for any message of the descriptions.
const ROOM: usize = 2 << 20;

#[test]
fn values_become_the_bytes_that_stand_beside_them_and_nothing_of_the_old_memory() {
    let world = World::new();
    for (name, vector) in all()
        .iter()
        .filter(|(_, vector)| vector.strict == "accepted")
    {
        let (case, bytes) = (Case::of(vector, &world.model), vector.bytes());
        let value = vector.value.as_ref().unwrap();
        let interpreted = encode::encode(
            world.method(&case),
            case.direction,
            case.riid,
            case.mid,
            value,
        )
        .unwrap();
        let ours = without_kernels_part(&bytes);
        assert_eq!(
            hex(&interpreted.bytes),
            hex(&ours),
            "{name}: the interpreter"
        );
        // we write the empty string with its NUL
        if without_null(value) == *value {
            let room = vector.room.unwrap_or(ROOM);
            let generated =
                generated(&world, &case, value, room).unwrap_or_else(|| panic!("{name}: refused"));
            // `self` and, in a response, the place of the kernel's fields are zero
            assert_eq!(hex(&generated), hex(&ours), "{name}: the generated encoder");
        }
    }
}

/// A message as a program writes it: the header's last 16 bytes are the kernel's.
pub(crate) fn without_kernels_part(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[8..24].fill(0);
    bytes
}

#[test]
fn values_that_do_not_fit_are_refused_by_every_encoder() {
    let world = World::new();
    let mut seen = BTreeSet::new();
    for (name, vector) in all() {
        let Some(why) = &vector.encode else { continue };
        let case = Case::of(&vector, &world.model);
        let value = vector.value.as_ref().unwrap();
        let interpreted = encode::encode(
            world.method(&case),
            case.direction,
            case.riid,
            case.mid,
            value,
        );
        let room = vector.room.unwrap_or(ROOM);
        assert_eq!(
            generated(&world, &case, value, room),
            None,
            "{name}: the generated encoder"
        );
        match why.as_str() {
            "Bound" => assert_eq!(interpreted, Err(Rule::Bound), "{name}"),
            "Buffer" => assert!(interpreted.unwrap().bytes.len() > room, "{name}"),
            other => panic!("{name}: `{other}`"),
        }
        seen.insert(why.clone());
    }
    assert_eq!(seen.len(), 2, "both ways not to fit");
}

#[test]
fn two_fifths_of_every_file_are_refused_and_names_are_unique() {
    for (path, file) in files() {
        let refused = file
            .vectors
            .iter()
            .filter(|vector| vector.refused())
            .count();
        let of = file.vectors.len();
        assert!(
            refused * 5 >= of * 2,
            "{}: {refused} of {of}",
            path.display()
        );
        let names: BTreeSet<&str> = file
            .vectors
            .iter()
            .map(|vector| vector.name.as_str())
            .collect();
        assert_eq!(names.len(), of, "{}", path.display());
    }
}

#[test]
fn every_rule_and_every_row_of_the_catalogue_that_shows_on_the_wire_has_vectors_by_hand() {
    let by_hand: Vec<_> = all()
        .into_iter()
        .filter(|(_, vector)| !vector.derivation.is_empty())
        .collect();
    assert!(by_hand.len() >= 115, "{}", by_hand.len());
    let mut rules: BTreeMap<Rule, usize> = BTreeMap::new();
    let mut rows: BTreeSet<String> = BTreeSet::new();
    for (name, vector) in &by_hand {
        assert!(!vector.spec.is_empty(), "{name} says where it follows from");
        rows.extend(vector.spec.iter().cloned());
        if vector.encode.is_none() {
            for broken in MODES
                .map(|mode| expected(vector, mode))
                .into_iter()
                .filter_map(Outcome::err)
            {
                *rules.entry(broken).or_default() += 1;
            }
        }
    }
    let missing: Vec<_> = RULES
        .into_iter()
        .filter(|rule| !rules.contains_key(rule))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // no value sets (R15) and no empty types (R20) exist in the language; R23 is about descriptions
    let rows_on_the_wire = (1..=24)
        .filter(|row| ![15, 20, 23].contains(row))
        .map(|row| format!("R{row:02}"));
    let missing: Vec<_> = rows_on_the_wire.filter(|row| !rows.contains(row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
