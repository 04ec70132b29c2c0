//! Policies decide what their tests say: the conformance vectors and the worked example of `docs/psl.md` §12
//! and §13, each rule and expression of every model, and what is said about mistakes.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod common;
mod corpus;
#[cfg(feature = "cli")]
mod decide;
mod expressions;
mod files;
mod handles;
mod maps;
mod meter;
mod mic;
mod mistakes;
mod patterns;
mod states;
mod table;
mod vectors;
