//! From files to names that are resolved: finds and loads the descriptions that
//! are asked for and everything they mention, resolves them into the model, and
//! says what is legal but unwise.
pub(crate) mod find;
pub(crate) mod lint;
pub(crate) mod load;
pub(crate) mod order;
pub(crate) mod resolve;
