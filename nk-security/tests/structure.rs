//! What the structure check writes into a message, and what compat mode leaves of one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
mod common;

use common::*;
use nk_security::*;

fn policy(compat: bool) -> Policy {
    let mut tables = tables();
    tables.classes[C.index()].compat = compat;
    Policy::prove(tables, open_program()).unwrap()
}

/// What would be delivered of a message from `C`.
fn delivered(compat: bool, message: Mem) -> Result<Mem, Reason> {
    let policy = policy(compat);
    let verified = policy
        .request(subject(C), subject(S), message)
        .map_err(|d| d.record.reason)?;
    Ok(policy
        .decide(&mut State::new(&policy, 9), verified)
        .unwrap()
        .into_message())
}

/// Two elements of `Pair` whose padding holds something.
const DIRTY: [u8; 16] = [
    1, 0xee, 0xee, 0xee, 2, 0, 0, 0, 3, 0xee, 0xee, 0xee, 4, 0, 0, 0,
];
const CLEAN: [u8; 16] = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0];

#[test]
fn the_kernels_part_of_the_header_is_written_by_the_kernel() {
    for compat in [false, true] {
        let mut message = number(9);
        message.0[8..24].fill(0xaa);
        let message = delivered(compat, message).unwrap();
        assert_eq!(
            message.0[8..24],
            [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        );
    }
}

#[test]
fn strict_passes_the_one_encoding_of_a_message() {
    let arena = [&b"ab\0\0"[..], &CLEAN].concat();
    let message = put([0, 3, 4, 16], &arena);
    let delivered_arena = delivered(false, message.clone()).unwrap().1;
    assert_eq!(delivered_arena, arena);
    let dirty = put([0, 3, 4, 16], &[&b"ab\0\0"[..], &DIRTY].concat());
    assert!(
        matches!(delivered(false, dirty), Err(Reason::Malformed(_))),
        "padding of an element"
    );
    let gap = put([0, 3, 4, 16], &[&b"ab\0x"[..], &CLEAN].concat());
    assert!(
        matches!(delivered(false, gap), Err(Reason::Malformed(_))),
        "a gap that is not zero"
    );
    let trailing = put([0, 3, 4, 16], &[&b"ab\0\0"[..], &CLEAN, &[0]].concat());
    assert!(
        matches!(delivered(false, trailing), Err(Reason::Malformed(_))),
        "something behind the last chunk"
    );
}

#[test]
fn compat_passes_any_order_and_zeroes_what_no_value_lies_in() {
    // the sequence first, then a gap, the string, and a tail
    let arena = [&DIRTY[..], &[0xbb; 4], b"ab\0", &[0xcc; 5]].concat();
    let message = delivered(true, put([20, 3, 0, 16], &arena)).unwrap();
    assert_eq!(message.1, [&CLEAN[..], &[0; 4], b"ab\0", &[0; 5]].concat());
}

#[test]
fn compat_zeroes_padding_of_the_constant_part() {
    let mut message = number(9);
    message.0[28..32].fill(0xdd);
    let clean = delivered(true, message).unwrap();
    assert_eq!(clean.0[24..32], [9, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn compat_keeps_every_value_of_overlapping_chunks() {
    // the string lies in the padding of the first element
    let arena = [1, b'h', b'i', 0, 2, 0, 0, 0];
    let message = delivered(true, put([1, 3, 0, 8], &arena)).unwrap();
    assert_eq!(message.1, arena);
}

#[test]
fn what_compat_leaves_is_left_alone_by_compat() {
    let arena = [&DIRTY[..], &[0xbb; 4], b"ab\0", &[0xcc; 5]].concat();
    let once = delivered(true, put([20, 3, 0, 16], &arena)).unwrap();
    assert_eq!(delivered(true, once.clone()), Ok(once));
}

#[test]
fn compat_refuses_what_the_original_refuses() {
    for (what, message) in [
        ("outside", put([30, 3, 0, 0], b"ab\0")),
        ("too long", put([0, 6, 0, 0], b"abcde\0")),
        ("no end", put([0, 2, 0, 0], b"ab")),
        ("not UTF-8", put([0, 2, 0, 0], &[0xff, 0])),
        ("half an element", put([0, 0, 0, 12], &[0; 12])),
        ("three elements", put([0, 0, 0, 24], &[0; 24])),
        ("not aligned", put([0, 0, 2, 8], &[0; 12])),
    ] {
        assert!(
            matches!(delivered(true, message), Err(Reason::Malformed(_))),
            "{what}"
        );
    }
}

/// Every change of one bit of a valid message is refused, or delivered as exactly that message.
#[test]
fn what_is_delivered_is_what_was_checked() {
    let valid = put([0, 3, 4, 16], &[&b"ab\0\0"[..], &CLEAN].concat());
    for bit in 0..(valid.0.len() + valid.1.len()) * 8 {
        let mut message = valid.clone();
        let (constant, arena) = (message.0.len(), &mut message.1);
        match bit >> 3 {
            at if at < constant => message.0[at] ^= 1 << (bit % 8),
            at => arena[at - constant] ^= 1 << (bit % 8),
        }
        if let Ok(passed) = delivered(false, message.clone()) {
            message.0[8..24].copy_from_slice(&passed.0[8..24]);
            assert_eq!(passed, message, "bit {bit}");
        }
    }
}
