//! Projects whose build scripts call `nk_gen::Builder`, built by cargo.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod extern_packages;
mod project;
mod rebuild;
