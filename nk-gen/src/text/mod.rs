//! What every step needs to speak about texts: sources and places, findings and
//! how they are shown, templates.
//!
//! The lowest floor of the compiler: it knows no language and no model. A pass
//! says what is wrong as a [`diagnostic::Diagnostic`], which names a row of the
//! table in [`codes`] and places in [`source::Sources`]; [`render`] turns that
//! into text for a person, with the lines and columns of [`position`] and the
//! lines that `excerpt` makes fit for a terminal.
pub mod codes;
pub mod diagnostic;
pub(crate) mod excerpt;
#[cfg(feature = "drawn")]
pub(crate) mod fancy;
pub mod position;
pub mod render;
pub mod source;
pub(crate) mod suggest;
#[cfg(feature = "policy")]
pub(crate) mod template;
