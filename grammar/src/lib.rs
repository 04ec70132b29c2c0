//! Text to syntax tree, for IDL, CDL, EDL and PSL. The only place that knows pest.
#![forbid(unsafe_code)]

pub mod syntax;
