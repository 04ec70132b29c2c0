//! The first step: a policy with the files that it includes, and the process
//! classes that it names.
//!
//! [`files`] reads the top-level file and follows its `use` lines; [`search`]
//! finds each included file, at last among our own texts ([`builtin`]);
//! [`statement_count`] keeps the whole within the limits. When everything is
//! read, [`classes`] gives the included classes their descriptions, and
//! `mentions` finds classes that bindings name without including them.
pub(crate) mod builtin;
pub(crate) mod classes;
pub(crate) mod files;
mod mentions;
mod search;
pub(crate) mod statement_count;
