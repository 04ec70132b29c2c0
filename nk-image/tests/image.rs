//! An image is read back as it was written, or refused with a reason; never anything else.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
mod common;

use common::{BODY, image, resealed};
use nk_image::*;

#[test]
fn an_image_is_read_back_as_it_was_written() {
    let image = image();
    let solution = Image::load(&image.to_bytes().unwrap()).unwrap();
    assert_eq!(*solution.policy.tables(), image.tables);
    assert_eq!(solution.policy.program(), Some(&image.program));
    assert_eq!(
        (solution.plan, solution.name, solution.max_message),
        (image.plan, image.name, image.max_message)
    );
}

#[test]
fn equal_images_are_equal_bytes() {
    assert_eq!(image().to_bytes(), image().to_bytes());
}

#[test]
fn every_truncation_is_told_as_one() {
    let bytes = image().to_bytes().unwrap();
    for n in 0..bytes.len() {
        assert_eq!(
            Image::load(&bytes[..n]).unwrap_err(),
            LoadError::Truncated,
            "{n} bytes"
        );
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
                12..20 => assert!(
                    matches!(error, LoadError::Truncated | LoadError::Damaged),
                    "{error}"
                ),
                _ => assert_eq!(error, LoadError::Damaged),
            }
        }
    }
    assert_eq!(
        Image::load(&[&bytes[..], &[0]].concat()).unwrap_err(),
        LoadError::Damaged,
        "a byte too many"
    );
}

/// With a digest that fits, an image is proved or refused. What is accepted survives being written again.
#[test]
fn a_hostile_image_is_proved_or_refused() {
    let bytes = image().to_bytes().unwrap();
    let mut accepted = 0;
    for at in BODY..bytes.len() {
        // each bit, and the numbers at the edges of the format's variable-length integers
        for value in (0..8)
            .map(|bit| bytes[at] ^ 1 << bit)
            .chain([0, 1, 2, 0x7f, 0x80, 0xff])
        {
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
    assert!(
        accepted > 500,
        "names and digests can be anything: the test reaches what it is about ({accepted})"
    );
    for n in BODY..bytes.len() {
        assert!(
            Image::load(&resealed(bytes[..n].to_vec())).is_err(),
            "{n} bytes"
        );
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
    assert_eq!(
        Image::load(&resealed(bytes)).unwrap_err(),
        LoadError::Damaged
    );
}

#[test]
fn an_impossible_plan_is_refused_when_it_is_written_and_when_it_is_read() {
    type Damage = fn(&mut Image);
    let damages: [(&str, Damage); 12] = [
        ("a class that is not there", |i| {
            i.plan.tasks[0].class = ClassId(2);
        }),
        ("an initiator that is not there", |i| {
            i.plan.initiator = ClassId(9);
        }),
        ("two tasks of one name", |i| {
            i.plan.tasks[0].name = "c".into();
        }),
        ("a task without a name", |i| i.plan.tasks[0].name.clear()),
        ("a task name for the terminal", |i| {
            i.plan.tasks[0].name = "\u{1b}c".into();
        }),
        ("no path", |i| i.plan.tasks[0].path.clear()),
        ("an argument that cannot be passed", |i| {
            i.plan.tasks[0].args[0] = "a\0b".into();
        }),
        ("a variable that cannot be passed", |i| {
            i.plan.tasks[0].env[0].0 = "A=B".into();
        }),
        ("a client that is not there", |i| {
            i.plan.channels[0].client = TaskId(5);
        }),
        ("a task that calls itself", |i| {
            i.plan.channels[0].client = TaskId(0);
        }),
        ("two channels of one name", |i| {
            i.plan.channels.push(i.plan.channels[0].clone());
        }),
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
    assert!(
        text.contains("another version") && text.contains("nk-gen solution"),
        "{text}"
    );
    assert!(
        Image::load(&bytes[..100])
            .unwrap_err()
            .to_string()
            .contains("truncated")
    );
    assert_eq!(
        Image::load(b"%PDF-1.4").unwrap_err().to_string(),
        "not a solution image"
    );
}
