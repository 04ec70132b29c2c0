//! Compiler for `KasperskyOS` descriptions, as a library for build scripts and for the command line.
//!
//! [`analyze`] reads descriptions (IDL, CDL, EDL) and builds the [`model`]: resolved names, evaluated constants, layouts
//! and numbers. Everything that is written afterwards is made from the model alone.
//!
//! The folders are the steps of the way: [`front`](self) finds, loads, checks and resolves descriptions; [`model`] is what
//! they mean, with layouts and numbers; [`policy`] compiles PSL; [`solution`] puts descriptions, start-up description and
//! policy together; [`emit`] writes; [`tools`] answers questions about what was compiled; [`text`] is what all of them need
//! to speak about sources.
#![forbid(unsafe_code)]

mod analysis;
mod builder;
#[cfg(feature = "cli")]
pub mod cli;
pub mod emit;
mod front;
pub mod model;
pub mod options;
#[cfg(feature = "policy")]
pub mod policy;
#[cfg(feature = "policy")]
pub mod solution;
pub mod stack;
pub mod text;
#[cfg(feature = "policy")]
pub mod tools;

pub use analysis::{Analysis, analyze, analyze_within};
pub use builder::{Builder, Failure, Finding, Outcome, Tokens};
pub use front::load::Mention;
pub use options::{ErrorParams, Options, Version};
