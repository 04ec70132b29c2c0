//! Model to text. Nothing outside this folder builds output text.
#[cfg(feature = "cli")]
pub mod json;
pub mod rust;
