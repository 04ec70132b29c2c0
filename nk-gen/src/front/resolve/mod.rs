//! From syntax trees to the model: every name becomes an id, every expression a
//! number.
//!
//! A name that cannot be resolved is reported where it stands and becomes
//! [`Type::Wrong`](crate::model::Type::Wrong), which has no layout: whatever
//! depends on it stays silent.
//!
//! The passes run in this order, each over all descriptions, which are sorted
//! so that what is used comes first:
//!
//! 1. [`names`] declares what each package defines and imports;
//! 2. [`constants`] evaluates every constant, because sizes need them;
//! 3. [`types`] resolves the declared types;
//! 4. [`recursion`] cuts what has no finite size;
//! 5. [`methods`] resolves the interfaces, whose parameters use those types;
//! 6. [`components`] resolves endpoints and instances.
//!
//! Layouts and numbers are not given here: they are a property of the model,
//! see [`crate::model`].
pub(crate) mod components;
pub(crate) mod constants;
mod duplicates;
mod expression;
mod foreign;
pub(crate) mod methods;
pub(crate) mod names;
pub(crate) mod recursion;
pub(crate) mod types;
