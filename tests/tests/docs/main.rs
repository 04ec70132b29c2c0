//! The pages in `docs/`, and what refers to them: no reference is dead, and numbers that pages and code share are the same.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod constants;
mod numbers;
mod pages;
mod readme;
mod references;
