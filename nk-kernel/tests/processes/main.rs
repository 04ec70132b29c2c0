//! Whole programs under a kernel: every test starts a solution whose programs are this test binary in other roles.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_imports,
    missing_docs,
    unreachable_pub,
    reason = "tests fail by panicking, and some are about nothing but one part of what they share"
)]
#[path = "../common/mod.rs"]
#[macro_use]
mod common;

mod calls;
mod console;
mod dynamic;
mod events;
mod forgery;
mod frames;
mod handles;
#[allow(
    unsafe_code,
    reason = "descriptors that are known by their numbers only, and what is done between fork and exec"
)]
mod isolation;
mod kernel_endpoints;
mod lives;
mod policy_events;
mod semantics;

#[test]
fn program() {
    let files = [
        ("calls", calls::ROLES),
        ("console", console::ROLES),
        ("dynamic", dynamic::ROLES),
        ("events", events::ROLES),
        ("forgery", forgery::ROLES),
        ("frames", frames::ROLES),
        ("handles", handles::ROLES),
        ("isolation", isolation::ROLES),
        ("kernel_endpoints", kernel_endpoints::ROLES),
        ("lives", lives::ROLES),
        ("policy_events", policy_events::ROLES),
    ];
    common::play(&[&files[..], &semantics::FILES].concat());
}
