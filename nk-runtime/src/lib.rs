//! What code generated from `KasperskyOS` descriptions links against.
//!
//! The path of a call: a proxy fills a request through [`Writer`], a [`Transport`] carries it, [`verify`] proves its
//! structure against a [`Message`] table, a dispatcher reads it as plain values through [`View`] and calls the
//! implementation, and the response comes back the same way. The core needs neither `std` nor memory of its own; feature
//! `host` adds the Linux side of a program.
#![cfg_attr(not(feature = "host"), no_std)]

mod arena;
mod call;
mod error;
pub mod frame;
mod header;
#[cfg(feature = "host")]
pub mod host;
mod in_process;
mod retcode;
mod rights;
mod seq;
pub mod shape;
mod trace;
mod verify;
mod view;
mod writer;

pub use arena::{Arena, Chunk};
pub use call::{
    Buf, Dispatch, Out, Peer, Reply, Transport, answer, answer_written, reply, reply_one,
    reply_written,
};
pub use error::{
    Answer, Error, Failed, Fault, Full, Malformed, MethodError, NkErr, Result, Rule, Stored,
    Written,
};
pub use header::{Ex, HEADER_SIZE, Handle, Header, Mid, Riid};
pub use in_process::InProcess;
pub use retcode::Retcode;
pub use rights::Rights;
pub use seq::{
    Array, Element, Fill, Fixed, IntoBytes, IntoSeq, Nested, Seq, SeqIter, SeqWriter, With, fill,
};
pub use shape::{
    ClassType, Elem, Endpoint, INT1, INT2, INT4, INT8, Interface, InterfaceType, Item, Message,
    Method, Variants, check, hex, request_max, response_max,
};
pub use trace::{Shown, Sink, Trace};
pub use verify::{Kind, Mode, Verified, verify, verify_parts, verify_request, verify_response};
pub use view::{One, View, Wire, debug};
pub use writer::{At, Put, Writer};

/// Includes the module tree that the build script's `nk_gen::Builder` wrote, as `mod nk`.
#[macro_export]
macro_rules! include_nk {
    () => {
        include!(concat!(env!("OUT_DIR"), "/nk.rs"));
    };
}
