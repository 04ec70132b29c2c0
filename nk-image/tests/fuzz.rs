//! Fuzz target: the loader. Whatever the bytes are, an image is refused, or proved so well that every decision on any message
//! can be made with it.
//!
//! `cargo test` replays `__fuzz__` and tries some new inputs; `BOLERO_RANDOM_ITERATIONS` says how many, and
//! `cargo bolero test` looks for those that reach something new.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
mod common;

use bolero::{TypeGenerator, check};
use common::{BODY, image, resealed};
use nk_image::{ClassId, Image, Solution};
use nk_security::{Bytes, Sid, State, Subject};

#[derive(Debug)]
struct Message([u8; 40], [u8; 24]);

impl Bytes for Message {
    fn parts(&self) -> (&[u8], &[u8]) {
        (&self.0, &self.1)
    }
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.0, &mut self.1)
    }
}

/// Everything that the kernel would do with an image that it has accepted, on one message.
fn use_it(solution: &Solution, constant: [u8; 40], arena: [u8; 24]) {
    let policy = &solution.policy;
    let classes = policy.tables().classes.len().min(4);
    let mut state = State::new(policy, 4);
    for src in 0..classes {
        for dst in 0..classes {
            let subject = |n: usize| Subject {
                class: ClassId(u32::try_from(n).unwrap()),
                sid: Sid(n as u64),
            };
            let (src, dst) = (subject(src), subject(dst));
            if let Err(record) = policy.execute(&mut state, src, dst) {
                assert!(!record.text(policy).to_string().is_empty());
            }
            let decided = policy
                .request(src, dst, Message(constant, arena))
                .and_then(|m| policy.decide(&mut state, m));
            match decided {
                Ok(granted) => {
                    let response = policy.response(granted.route(), Message(constant, arena));
                    let _ = response.and_then(|m| policy.decide(&mut state, m));
                }
                Err(denied) => assert!(
                    denied
                        .record
                        .json(policy, 1)
                        .to_string()
                        .starts_with("{\"call\":1,")
                ),
            }
        }
    }
}

/// Changes of a sound image: bytes at places, a cut, something behind.
#[derive(Debug, TypeGenerator)]
struct Changes {
    /// Taken modulo the length.
    bytes: Vec<(u16, u8)>,
    cut: Option<u16>,
    behind: Vec<u8>,
    constant: [u8; 40],
    arena: [u8; 24],
}

#[test]
fn an_image_that_was_changed_is_refused_or_sound() {
    let good = image().to_bytes().unwrap();
    check!()
        .with_iterations(20_000)
        .with_type::<Changes>()
        .for_each(|changes| {
            let mut bytes = good.clone();
            for (at, value) in changes.bytes.iter().take(8) {
                let at = BODY + usize::from(*at) % (bytes.len() - BODY);
                bytes[at] = *value;
            }
            if let Some(cut) = changes.cut.filter(|cut| cut.is_multiple_of(4)) {
                bytes.truncate(BODY + usize::from(cut) % (bytes.len() - BODY));
            }
            if changes.behind.len().is_multiple_of(4) {
                bytes.extend_from_slice(&changes.behind);
            }
            if let Ok(solution) = Image::load(&resealed(bytes)) {
                use_it(&solution, changes.constant, changes.arena);
            }
        });
}

#[test]
fn bytes_that_are_no_image_are_refused() {
    check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        let raw = Image::load(bytes).map(drop);
        assert!(raw.is_err(), "nobody guesses a digest");
        // and as the body of an image
        let header = &image().to_bytes().unwrap()[..BODY];
        if let Ok(solution) = Image::load(&resealed([header, bytes].concat())) {
            use_it(&solution, [0; 40], [0; 24]);
        }
    });
}
