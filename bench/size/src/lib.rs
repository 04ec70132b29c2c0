//! What `bench-size` and `bench-script` describe, in the language of each generator.
#![forbid(unsafe_code)]
pub mod idl;
pub mod proto;
pub mod set;
