//! Compiler for `KasperskyOS` descriptions, as a library for build scripts and for the command line.
#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod model;
pub mod source;
