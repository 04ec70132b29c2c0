//! From syntax trees to the model: every name becomes an id, every expression a
//! number.
//!
//! A name that cannot be resolved is reported where it stands and becomes
//! [`Type::Wrong`](crate::model::Type::Wrong), which has no layout: whatever
//! depends on it stays silent.
pub(crate) mod components;
pub(crate) mod constants;
mod duplicates;
mod expression;
mod foreign;
pub(crate) mod methods;
pub(crate) mod names;
pub(crate) mod recursion;
pub(crate) mod types;
