//! The policy compiler: PSL files and a model in, the program of the security
//! module out.
//!
//! [`load`] reads the policy with everything it includes; the names that it
//! mentions are then analyzed together with the solution's other descriptions;
//! [`Loaded::classes`] gives the included classes their descriptions, and
//! [`compile`] works out, for every event that can happen, the rules that
//! decide about it.
pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod read;

pub use compile::compile;
pub use read::classes::{Class, Classes};
pub use read::files::{Loaded, load};

/// The process class of the program that starts all others (`spec/idl.md` §7).
pub const EINIT: &str = "Einit";
