//! Call, Recv and Reply as a whole: every row of the code table, timeouts and interruption in every phase, programs that call
//! and serve in every arrangement, and messages of every size around the switches.
//!
//! | row of the code table | client side | server side |
//! |---|---|---|
//! | rcInvalidArgument: frames | `codes` 1, 2; `hostile_client` | `codes` 1, 2; `hostile_server` |
//! | rcInvalidArgument: unknown handle, closed handle | `codes` 3, `objects` 1 | `codes` 3, `objects` 1 |
//! | rcBufferTooLarge | `codes` 4 | `codes` 5 |
//! | rcBufferTooSmall | `codes` 7 | `codes` 6 |
//! | rcSecurityDisallow: route, structure, rules | `codes` 8, 9, 11 | `codes` 10, 12 |
//! | rcInvalidOperation | `codes` 13, 14 | `codes` 13, 14, 15 |
//! | rcNotConnected | `codes`: the server has ended | `codes` 16; `calls`, for a client that has ended |
//! | rcAbort; rcFail with a text | `codes`: the server ends, digests | `codes`: digests |
//! | rcTimeout | `codes` 17, `waits` | `codes` 18, `waits` |
//! | rcIpcInterrupt | `waits` | `waits` |
//! | rcQuotaExceeded | `codes` 19 | `codes` 20 |
//! | rcOutOfMemory | `memory` | `memory` |
//! | rcHandleRevoked, rcNoCapability, rcUnimplemented | `objects` 2, 3, 4 | `objects` 2, 3, 4 |
//!
//! Both sides are always shown; the side that a row says nothing about goes on as if nothing had been. After each row an
//! ordinary call is made.
mod arrangements;
mod class;
mod codes;
mod exchange;
mod kernel;
mod memory;
mod objects;
mod sizes;
mod waits;

use crate::common::Roles;

/// The roles of each file.
pub(crate) const FILES: [(&str, Roles); 7] = [
    ("arrangements", arrangements::ROLES),
    ("codes", codes::ROLES),
    ("kernel", kernel::ROLES),
    ("memory", memory::ROLES),
    ("objects", objects::ROLES),
    ("sizes", sizes::ROLES),
    ("waits", waits::ROLES),
];
