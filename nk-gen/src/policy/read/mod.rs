//! Reading: a policy with the files that it includes, and the process classes
//! that it names.
pub(crate) mod builtin;
pub(crate) mod classes;
pub(crate) mod files;
mod mentions;
mod search;
pub(crate) mod statement_count;
