//! An image is read back as it was written, or refused with a reason; never anything else.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
use nk_image::*;
use nk_runtime::shape::{FlatElem, FlatItem, List};
use sha2::{Digest, Sha256};

/// One of everything.
fn image() -> Image {
    let list = |first, len| List { first, len };
    let place = Place { file: FileId(0), line: 300, column: 2 };
    let element = |items| FlatElem { size: 16, align: 4, items };
    let items = vec![
        FlatItem::Str(0, 10),
        FlatItem::Zero(8, 8),
        FlatItem::Bytes(24, 9),
        FlatItem::Seq(32, 4, element(list(0, 2))),
        FlatItem::Array(40, 2, element(list(0, 2))),
        FlatItem::Union(72, list(0, 2)),
    ];
    let message = Message { size: 96, handles: 0, arena: true, items: list(2, 4) };
    let empty = Message { size: 24, handles: 0, arena: false, items: list(0, 0) };
    let method = Method { name: "Do".into(), request: message, response: empty, error: empty };
    let endpoint = Endpoint { name: "a.b".into(), alias: "A.b".into(), interface: InterfaceId(0) };
    let class = |name: &str, endpoints, security| Class {
        name: name.into(),
        digest: [1; 32],
        endpoints,
        security,
        compat: false,
    };
    let task = |name: &str, class| Task {
        name: name.into(),
        class: ClassId(class),
        path: name.into(),
        args: vec!["-x".into(), String::new()],
        env: vec![("KEY".into(), "wert=ü".into())],
    };
    let mut image = Image {
        name: "solution".into(),
        tables: Tables {
            classes: vec![class("C", vec![], Some(InterfaceId(0))), class("S", vec![endpoint], None)],
            interfaces: vec![Interface { name: "I".into(), digest: [2; 32], methods: vec![method] }],
            items,
            variants: vec![list(0, 0), list(0, 1)],
        },
        program: Program {
            files: vec!["security.psl".into()],
            rows: vec![vec![], vec![TreeId(0)], vec![TreeId(1)]],
            request: [0, 1, 0, 2].map(RowId).to_vec(),
            response: [0, 0, 1, 2].map(RowId).to_vec(),
            error: [0, 0, 2, 2].map(RowId).to_vec(),
            execute: vec![TreeId(0); 4],
            security: vec![RowId(1), RowId(0)],
            ..Program::default()
        },
        plan: Plan {
            initiator: ClassId(0),
            tasks: vec![task("s", 1), task("c", 0)],
            channels: vec![Channel { client: TaskId(1), server: TaskId(0), name: "channel".into() }],
        },
        max_message: 16 << 20,
    };
    let both = image.program.base(&[(Call::Grant, place), (Call::Deny, place)]);
    image.program.trees = vec![both, Tree::NoRule(NoRule::NoBinding, place)];
    image
}

const BODY: usize = 52;

/// The digest made right again, as somebody would who wants to be believed.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = Sha256::digest(&bytes[BODY..]);
    bytes[20..BODY].copy_from_slice(&digest);
    let length = u64::try_from(bytes.len() - BODY).unwrap();
    bytes[12..20].copy_from_slice(&length.to_le_bytes());
    bytes
}

#[test]
fn an_image_is_read_back_as_it_was_written() {
    let image = image();
    let solution = Image::load(&image.to_bytes().unwrap()).unwrap();
    assert_eq!(*solution.policy.tables(), image.tables);
    assert_eq!(solution.policy.program(), Some(&image.program));
    assert_eq!((solution.plan, solution.name, solution.max_message), (image.plan, image.name, image.max_message));
}

#[test]
fn equal_images_are_equal_bytes() {
    assert_eq!(image().to_bytes(), image().to_bytes());
}

#[test]
fn every_truncation_is_told_as_one() {
    let bytes = image().to_bytes().unwrap();
    for n in 0..bytes.len() {
        assert_eq!(Image::load(&bytes[..n]).unwrap_err(), LoadError::Truncated, "{n} bytes");
    }
}

#[test]
fn every_change_of_a_byte_is_noticed() {
    let bytes = image().to_bytes().unwrap();
    for at in 0..bytes.len() {
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let error = Image::load(&changed).unwrap_err();
            match at {
                0..8 => assert_eq!(error, LoadError::NotAnImage),
                8..12 => assert!(matches!(error, LoadError::OtherVersion(v) if v != VERSION)),
                12..20 => assert!(matches!(error, LoadError::Truncated | LoadError::Damaged), "{error}"),
                _ => assert_eq!(error, LoadError::Damaged),
            }
        }
    }
    assert_eq!(Image::load(&[&bytes[..], &[0]].concat()).unwrap_err(), LoadError::Damaged, "a byte too many");
}

/// With a digest that fits, an image is proved or refused. What is accepted survives being written again.
#[test]
fn a_hostile_image_is_proved_or_refused() {
    let bytes = image().to_bytes().unwrap();
    let mut accepted = 0;
    for at in BODY..bytes.len() {
        // each bit, and the numbers at the edges of the format's variable-length integers
        for value in (0..8).map(|bit| bytes[at] ^ 1 << bit).chain([0, 1, 2, 0x7f, 0x80, 0xff]) {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Ok(solution) = Image::load(&resealed(changed)) {
                accepted += 1;
                assert!(solution.policy.tables().prove().is_ok());
                let program = solution.policy.program().unwrap();
                assert!(program.prove(solution.policy.tables()).is_ok());
            }
        }
    }
    assert!(accepted > 500, "names and digests can be anything: the test reaches what it is about ({accepted})");
    for n in BODY..bytes.len() {
        assert!(Image::load(&resealed(bytes[..n].to_vec())).is_err(), "{n} bytes");
    }
}

/// A length that promises more than there is takes no memory for it.
#[test]
fn promised_lengths_are_not_believed() {
    let mut body = vec![0xff; 9];
    body.extend([0x01]);
    let mut bytes = image().to_bytes().unwrap();
    bytes.truncate(BODY);
    bytes.extend(body);
    assert_eq!(Image::load(&resealed(bytes)).unwrap_err(), LoadError::Damaged);
}

#[test]
fn an_impossible_plan_is_refused_when_it_is_written_and_when_it_is_read() {
    type Damage = fn(&mut Image);
    let damages: [(&str, Damage); 12] = [
        ("a class that is not there", |i| i.plan.tasks[0].class = ClassId(2)),
        ("an initiator that is not there", |i| i.plan.initiator = ClassId(9)),
        ("two tasks of one name", |i| i.plan.tasks[0].name = "c".into()),
        ("a task without a name", |i| i.plan.tasks[0].name.clear()),
        ("a task name for the terminal", |i| i.plan.tasks[0].name = "\u{1b}c".into()),
        ("no path", |i| i.plan.tasks[0].path.clear()),
        ("an argument that cannot be passed", |i| i.plan.tasks[0].args[0] = "a\0b".into()),
        ("a variable that cannot be passed", |i| i.plan.tasks[0].env[0].0 = "A=B".into()),
        ("a client that is not there", |i| i.plan.channels[0].client = TaskId(5)),
        ("a task that calls itself", |i| i.plan.channels[0].client = TaskId(0)),
        ("two channels of one name", |i| i.plan.channels.push(i.plan.channels[0].clone())),
        ("a maximum that is not offered", |i| i.max_message = 1),
    ];
    for (what, damage) in damages {
        let mut image = image();
        damage(&mut image);
        assert!(image.to_bytes().is_err(), "{what}");
        assert!(image.prove().is_err(), "{what}");
    }
}

#[test]
fn an_error_says_what_to_do() {
    let bytes = image().to_bytes().unwrap();
    let mut other = bytes.clone();
    other[8] = 9;
    let text = Image::load(&other).unwrap_err().to_string();
    assert!(text.contains("another version") && text.contains("nk-gen solution"), "{text}");
    assert!(Image::load(&bytes[..100]).unwrap_err().to_string().contains("truncated"));
    assert_eq!(Image::load(b"%PDF-1.4").unwrap_err().to_string(), "not a solution image");
}
