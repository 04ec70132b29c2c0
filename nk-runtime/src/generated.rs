//! What generated code names, and nobody else: it may change with the compiler.
//! What stands at the crate's root is named from here too, so that generated
//! code needs one name only.
pub use crate::call::{
    Buf, Dispatch, Out, Peer, Reply, Transport, answer, answer_written, reply, reply_one,
    reply_written,
};
pub use crate::error::{Answer, Error, Failed, Full, MethodError, NkErr, Result, Stored, Written};
pub use crate::header::{Handle, Riid};
pub use crate::seq::{
    Array, Element, Fill, Fixed, IntoBytes, IntoSeq, Nested, Seq, SeqIter, SeqWriter,
};
pub use crate::shape::{
    ClassType, Elem, Endpoint, INT1, INT2, INT4, INT8, Interface, InterfaceType, Item, Message,
    Method, Variants, check, hex, request_max, response_max,
};
pub use crate::verify::{Kind, Verified};
pub use crate::view::{One, View, Wire, debug};
pub use crate::writer::{At, Put, Writer};
