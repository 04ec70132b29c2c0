//! Fuzz targets of everything that a person writes: descriptions and policies as syntax, init.yaml, and policies as a whole.
//! Whatever the text is, it is read to the end, in bounded time, and what is wrong with it can be shown.
//!
//! The texts are those of the examples, changed: random bytes would find the first check only. `cargo test` tries some new
//! changes; `BOLERO_RANDOM_ITERATIONS` says how many, and `cargo bolero test` looks for those that reach something new.
#![cfg(feature = "policy")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
mod change;
mod grammar;
mod init;
mod policy;
mod seeds;
