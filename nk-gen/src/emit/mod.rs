//! Model to text. Nothing outside this folder builds output text.
pub mod depfile;
#[cfg(feature = "policy")]
pub mod graph;
#[cfg(feature = "cli")]
pub mod json;
pub mod rust;
pub mod write;
