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
mod parsed;
mod policy;
pub mod psl;
mod recovery;
mod report;
mod scan;
pub mod syntax;
mod tokens;

pub use declared::{Declared, declared_name};
pub use decode::{MAX_FILE, decode};
pub use description::{parse_cdl, parse_edl, parse_idl};
pub use parsed::Parsed;
pub use policy::parse_psl;
