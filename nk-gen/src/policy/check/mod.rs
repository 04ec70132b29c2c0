//! The second step: what selectors may name, and which events they match.
//!
//! The candidates come from the model ([`candidates`]); selectors are checked
//! against them and become constraints ([`selectors`]); a constraint is
//! compared with events ([`event`]). [`bindings`] does all of this for one
//! event that a person asks about. No rule is looked at here: that is the next
//! step, `compile`.
pub(crate) mod bindings;
pub(in crate::policy) mod candidates;
pub(crate) mod event;
pub(in crate::policy) mod selectors;
