//! Programs under a kernel that does not have it easy: hostile ones, random scripts, kills and faults, quotas and long runs.
//! These take processor time and look at memory and clocks: they have a binary of their own.
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

mod cycles;
mod faults;
mod hostile_client;
mod hostile_server;
mod kills;
mod quotas;
mod scripts;

#[test]
fn program() {
    common::play(&[
        ("cycles", cycles::ROLES),
        ("faults", faults::ROLES),
        ("hostile_client", hostile_client::ROLES),
        ("hostile_server", hostile_server::ROLES),
        ("kills", kills::ROLES),
        ("quotas", quotas::ROLES),
        ("scripts", scripts::ROLES),
    ]);
}
