//! Messages as bytes: the header, the arena behind the constant part, and the
//! check of their structure. For transports and tools; proxies and dispatchers
//! do this by themselves.
pub use crate::arena::{Arena, Chunk};
pub use crate::header::{Ex, HEADER_SIZE, Header};
pub use crate::verify::{Kind, verify, verify_parts};
pub use crate::writer::{At, Writer};
