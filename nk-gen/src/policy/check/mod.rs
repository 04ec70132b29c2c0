//! Checking: what selectors may name, and which events they fit.
pub(crate) mod bindings;
pub(in crate::policy) mod candidates;
pub(crate) mod event;
pub(in crate::policy) mod selectors;
