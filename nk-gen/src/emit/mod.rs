//! Model to text. Nothing outside this folder builds output text.
pub mod rust;
