//! Text to syntax tree, for the description languages IDL, CDL and EDL and the
//! policy language PSL.
//!
//! A text is looked through once for what no grammar should have to name
//! (hidden characters, literals that are no numbers, nesting that would need a
//! deep stack), then parsed by a strict grammar. When that fails, a second pass
//! parses it member by member, so that one run reports every independent
//! mistake in words of the language:
//!
//! ```
//! use nk_grammar::parse_idl;
//!
//! let parsed = parse_idl("package farm.Sensor\ninterface {\n    Ready();\n    Put(inn UInt32 slot);\n    List()\n}\n");
//! let said: Vec<&str> = parsed.errors.iter().map(|error| error.message.as_str()).collect();
//! assert_eq!(said[0], "expected `)` or a direction (`in`, `out` or `error`) after `(`, found `inn`");
//! assert_eq!(parsed.errors[0].help.as_deref(), Some("did you mean `in`?"));
//! assert_eq!(said[1], "expected `;` after `)`");
//!
//! let tree = parse_idl("package farm.Sensor interface { /* when it is warm */ Ready(); }").tree.unwrap();
//! assert_eq!(tree.interfaces[0].methods[0].docs, ["when it is warm"]);
//! ```
//!
//! Every node has its place in bytes, and comments are kept. Nothing of pest,
//! which does the strict parsing, shows.
//!
//! Where it stands: the compiler decodes a file ([`decode`]), parses it
//! ([`parse_idl`] and its neighbours), and resolves the tree; everything about
//! one text alone is decided here, everything about several texts there. The
//! crate reads no files and knows no diagnostics' numbers.
//!
//! Input is hostile: a text of any bytes gives a tree or errors, in time that
//! grows with its length, without a deep stack and without a panic. [`Limits`]
//! say how large it may be.
#![forbid(unsafe_code)]

mod characters;
mod declared;
mod decode;
mod description;
mod docs;
mod escapes;
mod habits;
mod lexer;
mod limits;
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
pub use decode::{decode, decode_within};
pub use description::{
    parse_cdl, parse_cdl_within, parse_edl, parse_edl_within, parse_idl, parse_idl_within,
};
pub use limits::Limits;
pub use parsed::{Lost, Noun, Parsed, Salvaged};
pub use policy::{parse_psl, parse_psl_within};
