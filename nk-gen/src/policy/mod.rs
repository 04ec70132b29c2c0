//! The policy compiler: PSL files and a model in, the program of the security module out.
//!
//! [`load`] reads the policy with everything it includes; the names that it mentions are then analyzed together with the
//! solution's other descriptions; [`Loaded::classes`] gives the included classes their descriptions, and [`compile`] works
//! out, for every event that can happen, the rules that decide about it.
mod bindings;
mod builtin;
mod classes;
mod clauses;
mod compile;
mod effects;
mod express;
mod extent;
mod files;
mod intern;
mod mentions;
mod models;
mod objects;
mod places;
mod profiles;
mod regex;
mod rules;
mod scene;
mod search;
mod selectors;
mod steps;

pub(crate) use bindings::{Happening, Matching, matching};
pub(crate) use classes::mentions;
pub use classes::{Class, Classes};
pub use compile::compile;
pub use files::{Loaded, load};

pub(crate) use files::{place, unreadable};
pub(crate) use objects::quoted;
pub(crate) use places::file_ids;

/// The process class of the program that starts all others (`spec/idl.md` §7).
pub const EINIT: &str = "Einit";
