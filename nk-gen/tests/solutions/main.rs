//! Solutions from their files: what becomes part of the image, and what is said about mistakes.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#[cfg(feature = "cli")]
mod commands;
mod common;
mod decisions;
mod files;
mod images;
mod selectors;
