//! Fuzz targets of what programs send: packets on a lane, and whole sessions with the kernel.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "tests fail by panicking"
)]
mod frames;
#[path = "../common/image.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the tests of whole programs"
)]
mod image;
mod sessions;
