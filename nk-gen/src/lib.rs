//! Compiler for `KasperskyOS` descriptions, as a library for build scripts and for the command line.
//!
//! [`analyze`] reads descriptions (IDL, CDL, EDL) and builds the [`model`]: resolved names, evaluated constants, layouts
//! and numbers. Everything that is written afterwards is made from the model alone.
#![forbid(unsafe_code)]

mod analysis;
mod below;
pub mod bounds;
mod builder;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "policy")]
pub mod decide;
pub mod diagnostic;
pub mod digest;
pub mod emit;
mod excerpt;
#[cfg(feature = "drawn")]
mod fancy;
mod find;
#[cfg(feature = "policy")]
pub mod graph;
#[cfg(feature = "policy")]
pub mod init;
pub mod layout;
pub mod limits;
mod lint;
mod load;
pub mod model;
mod numbering;
mod options;
mod order;
pub mod output;
#[cfg(feature = "policy")]
pub mod policy;
pub mod position;
pub mod render;
mod resolve;
pub mod shape;
#[cfg(feature = "policy")]
pub mod solution;
pub mod source;
pub mod stack;
mod suggest;
#[cfg(feature = "policy")]
mod template;
#[cfg(feature = "policy")]
pub mod testing;

pub use analysis::{Analysis, Root, analyze};
pub use builder::{Builder, Failure, Finding, Outcome, Tokens};
pub use options::{ErrorParams, Options, Version};
