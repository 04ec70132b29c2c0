//! What a program may rely on, whatever its kernel does: a fake kernel answers at the other end of its lanes.
#![cfg(feature = "host")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod calls;
mod channel;
mod class;
mod kernel;
mod lanes;
mod process;
mod serving;
mod wrong_frames;
