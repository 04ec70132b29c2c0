//! From files to names that are resolved: finds and loads the descriptions that
//! are asked for and everything they mention, resolves them into the model, and
//! says what is legal but unwise.
//!
//! The steps, in the order in which `crate::analysis` runs them:
//!
//! 1. [`find`] answers which file declares a name;
//! 2. [`load`] reads and parses the files of the command line and what they
//!    mention, until nothing is left, and puts them into dependency order by
//!    [`order`];
//! 3. [`resolve`] turns names into ids and expressions into numbers, which
//!    makes the model;
//! 4. [`lint`] looks at the finished model and at the trees for what is legal
//!    but unwise.
//!
//! No step stops at the first mistake. A description that is wrong is kept as
//! far as it is right, and what depends on the wrong part stays silent, so that
//! one run shows every independent mistake once.
pub(crate) mod find;
pub(crate) mod lint;
pub(crate) mod load;
pub(crate) mod order;
pub(crate) mod resolve;
