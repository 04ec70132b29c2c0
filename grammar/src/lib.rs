//! Text to syntax tree, for IDL, CDL, EDL and PSL. The only place that knows pest.
#![forbid(unsafe_code)]

mod characters;
mod declared;
mod decode;
mod description;
mod docs;
mod lexer;
mod literals;
mod nesting;
mod recovery;
mod report;
mod scan;
pub mod syntax;
mod tokens;

pub use declared::{Declared, declared_name};
pub use decode::{MAX_FILE, decode};
pub use description::{Parsed, parse_cdl, parse_edl, parse_idl};
