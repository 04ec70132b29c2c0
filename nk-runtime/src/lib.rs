//! What code generated from `KasperskyOS` descriptions links against.
//!
//! The path of a call: a proxy writes a request, a [`Transport`] carries it,
//! [`verify_request`] proves its structure against the tables of its interface
//! ([`shape`]), a dispatcher reads it as plain values and calls the
//! implementation, and the response comes back the same way. Here stands what
//! people name; [`message`] and [`shape`] are for tools that look into messages
//! themselves, and what only generated code names is in a module of its own.
//! The core needs neither `std` nor memory of its own; feature `host` adds the
//! Linux side of a program.
#![cfg_attr(not(feature = "host"), no_std)]

mod arena;
mod call;
mod error;
pub mod frame;
#[doc(hidden)]
pub mod generated;
mod header;
#[cfg(feature = "host")]
pub mod host;
mod in_process;
pub mod message;
mod retcode;
mod rights;
mod seq;
pub mod shape;
mod trace;
mod verify;
mod view;
mod writer;

pub use call::{Buf, Dispatch, Out, Transport};
pub use error::{Answer, Error, Failed, Fault, Full, Malformed, NkErr, Result, Rule, Written};
pub use header::{Handle, Mid, Riid};
pub use in_process::InProcess;
pub use retcode::Retcode;
pub use rights::Rights;
pub use seq::{Array, IntoBytes, IntoSeq, Seq, With, fill};
pub use trace::{Shown, Sink, Trace};
pub use verify::{Mode, Verified, verify_request, verify_response};

/// Includes the module tree that the build script's `nk_gen::Builder` wrote, as
/// `mod nk`.
#[macro_export]
macro_rules! include_nk {
    () => {
        include!(concat!(env!("OUT_DIR"), "/nk.rs"));
    };
}
