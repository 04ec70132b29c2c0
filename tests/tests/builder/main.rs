//! Projects whose build scripts call `nk_gen::Builder`, built by cargo.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod extern_packages;
mod findings;
mod project;
mod rebuild;
