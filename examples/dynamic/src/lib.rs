//! What the programs share: the generated code, and the names that they find each other by.
#![forbid(unsafe_code)]

nk_runtime::include_nk!();

/// The interface, as servers publish it.
pub const INTERFACE: &str = "Office";
/// The endpoint of it at the server.
pub const ENDPOINT: &str = "office";
/// Milliseconds that the others have for an answer.
pub const PATIENCE: u32 = 10_000;
