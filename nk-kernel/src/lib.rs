//! The trusted side on Linux: it starts the programs of a solution, carries
//! their calls, and lets a message through only when its structure and the
//! policy agree.
//!
//! [`run`] is what the program `einit` does. The way of a message, by folder:
//! `lane` reads it into the kernel's own memory at its sender's cost; `kernel`
//! asks the security module ([`nk_security::Policy`]), whose `Granted` is the
//! only thing that [`core`] carries; `core`, a state machine without I/O, says
//! whom it reaches and when; `lane` delivers it. `start` and `sys` make the
//! processes, `report` tells people.
//!
//! The state machine can be driven alone, here with strings for messages:
//!
//! ```
//! use nk_image::{Channel, ClassId, Plan, Task, TaskId};
//! use nk_kernel::core::{Action, Calling, Core, LaneId, Receive, Replying, Side, Wait};
//! use nk_security::Sid;
//!
//! let task = |name: &str| Task { name: name.into(), class: ClassId(0), path: name.into(), args: vec![], env: vec![] };
//! let (server, client) = (TaskId(0), TaskId(1));
//! let plan = Plan {
//!     initiator: ClassId(0),
//!     tasks: vec![task("server"), task("client")],
//!     channels: vec![Channel { client, server, name: "c".into() }],
//! };
//! let mut core = Core::new(&plan, 1, Sid(2));
//! let calls = core.routes().names().find(client, "c", Side::Calling).unwrap();
//! let serves = core.routes().names().find(server, "c", Side::Serving).unwrap();
//! let lane = |task| LaneId { task, lane: 0 };
//!
//! let wait = Wait::FOREVER;
//! core.call(lane(client), Calling { handle: calls, wait, room: 100, size: 5, tag: () }, "ping?", vec![]);
//! assert!(core.next_action().is_none(), "a request waits until the server receives");
//! core.receive(lane(server), Receive { handle: serves, room: 100, wait });
//! let Some(Action::Request { token, message: "ping?", .. }) = core.next_action() else { panic!() };
//! core.reply(lane(server), Replying { token, size: 5, then: None }, "pong!", vec![]);
//! assert_eq!(core.next_action(), Some(Action::Response { to: lane(client), message: "pong!", handles: vec![] }));
//! ```
mod config;
pub mod core;
mod files;
mod kernel;
mod lane;
mod report;
mod start;
mod sys;

pub use config::{Config, Error, Outcome, run};
pub use kernel::KernelRequests;
pub use report::{Console, StdConsole, Stream};
/// What the fuzz targets in `tests/fuzz` drive: the socket lane alone, and the
/// kernel without processes. No promise is made about it.
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::kernel::Harness;
    pub use crate::lane::{Account, Buffer, IN_PACKET, Lane, Read};
}

pub use start::{Ended, Isolation, IsolationError, Launch, StartError};
