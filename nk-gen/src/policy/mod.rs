//! The policy compiler: PSL files and a model in, the program of the security
//! module out.
//!
//! The folders are its steps, in this order:
//!
//! - `read` reads the policy with everything that it includes ([`load`]) and
//!   finds the process classes that it includes or names ([`Loaded::classes`]).
//! - `check` knows which classes and methods exist, checks the selectors of
//!   bindings against them, and says which events a binding matches.
//! - `compile` works out, for every event that can happen, the rules that
//!   decide about it ([`compile`]), and turns them into the tables and
//!   expressions of [`nk_security::Program`].
//!
//! Between `read` and `check`, the names that the policy mentions are analyzed
//! together with the solution's other descriptions (`crate::analysis`). The
//! language is that of `docs/psl.md` §1–§8 and B. Nothing here panics
//! on a policy, whatever is in it: each mistake is a diagnostic, and the
//! recursion that follows nesting is bounded by the limits of the parser.
pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod read;

pub use compile::compile;
pub use read::classes::{Class, Classes};
pub use read::files::{Loaded, load};

/// The process class of the program that starts all others (`docs/languages.md` §7).
pub const EINIT: &str = "Einit";
