//! What every step needs to speak about texts: sources and places, findings and
//! how they are shown, templates.
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
