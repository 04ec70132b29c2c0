//! The Linux side of a program: channels, listeners and the raw system calls,
//! over the lanes that `einit` gave it.
//!
//! A server and a client, as `nk-gen` lets one write them (the module `nk`
//! stands for what [`crate::include_nk!`] brings in):
//!
//! ```no_run
//! # mod nk {
//! #     pub mod filesystem {
//! #         use nk_runtime::generated as nk;
//! #         pub struct Interface;
//! #         pub static OPEN: nk::Method = nk::Method {
//! #             name: "Open", mid: 0,
//! #             req: nk::Message::new(32, 0, 257, 257, &[nk::Item::Str(24, 256)]),
//! #             res: nk::Message::fixed(32, 0, &[nk::Item::Zero(28, 4)]),
//! #             err: nk::Message::fixed(24, 0, &[]),
//! #         };
//! #         pub static TABLE: nk::Interface = nk::Interface { name: "Filesystem", digest: [1; 32], methods: &[] };
//! #         impl nk::InterfaceType for Interface { const TABLE: &'static nk::Interface = &TABLE; }
//! #         pub trait Filesystem { fn open(&mut self, name: &str) -> nk::Result<u32>; }
//! #         pub struct Proxy<T>(nk::Peer<T>);
//! #         impl<T: nk::Transport> Proxy<T> {
//! #             pub const fn new(transport: T, iid: nk::Riid) -> Self { Self(nk::Peer::new(transport, iid)) }
//! #         }
//! #         impl<T: nk::Transport> Filesystem for Proxy<T> {
//! #             fn open(&mut self, _: &str) -> nk::Result<u32> {
//! #                 let mut room = [0; 32];
//! #                 self.0.call::<_, nk::One<u32>, nk::Failed>(&TABLE, &OPEN, &(), &mut room).map(nk::One::get)
//! #             }
//! #         }
//! #     }
//! #     pub mod operations {
//! #         pub struct Operations<T>(T);
//! #         impl<T> Operations<T> { pub fn new(fs: T) -> Self { Self(fs) } }
//! #     }
//! #     pub mod server {
//! #         use nk_runtime::generated as nk;
//! #         pub struct Class;
//! #         impl nk::ClassType for Class {
//! #             const NAME: &'static str = "Server";
//! #             const DIGEST: [u8; 32] = [2; 32];
//! #             const ENDPOINTS: &'static [nk::Endpoint] = &[];
//! #         }
//! #         pub struct Server<T>(T);
//! #         impl<T> Server<T> { pub fn new(ops_comp: T) -> Self { Self(ops_comp) } }
//! #         impl<T> nk::Dispatch for Server<T> {
//! #             type Class = Class;
//! #             fn dispatch(&mut self, _: &nk::Verified<'_>, _: &mut [u8]) -> nk::Written { Err(nk::NkErr::ENOENT) }
//! #         }
//! #     }
//! # }
//! use nk_runtime::host;
//! use nk::filesystem::{Filesystem, Proxy};
//!
//! struct Disk { next: u32 }
//! impl Filesystem for Disk {
//!     fn open(&mut self, _name: &str) -> nk_runtime::Result<u32> {
//!         self.next += 1;
//!         Ok(self.next)
//!     }
//! }
//!
//! // the server's `main`
//! fn server() -> host::Result<()> {
//!     let listener = host::register::<nk::server::Class>("server_connection")?;
//!     listener.serve(&mut nk::server::Server::new(nk::operations::Operations::new(Disk { next: 0 })))
//! }
//!
//! // the client's
//! fn client() -> host::Result<()> {
//!     let channel = host::connect("server_connection")?.with_timeout(1_000);
//!     let riid = channel.riid::<nk::filesystem::Interface>("OpsComp.FS")?;
//!     println!("{}", Proxy::new(&channel, riid).open("/etc/hosts")?);
//!     Ok(())
//! }
//! # let _ = (server, client);
//! ```
//!
//! **Threads.** A program has a few lanes (`einit` gives each task four unless
//! the solution says otherwise). A thread has one for the length of a call or a
//! receive, and waits when all are taken. A program whose threads all wait for
//! requests therefore keeps one lane more than it has serving threads, if
//! others of its threads call.
//!
//! **Memory.** A thread that calls keeps a buffer for the largest request that
//! it has sent; a thread that serves keeps room for any message, as a request
//! with gaps can be larger than the largest of its class, and for the largest
//! response of its class. Of such room only what a message has used takes
//! memory. Nothing exceeds the kernel's maximum message.
mod channel;
mod connection;
mod error;
pub mod ipc;
mod lane;
mod listener;
pub mod locator;
mod message;
mod pool;
mod sys;

pub use channel::Channel;
pub use connection::{Connection, Next, Received, Task, Wait};
pub use error::{Error, Named, Result};
pub use listener::{Call, Incident, Listener, Outcome, Request};
pub use locator::{connect, register};
pub use message::{Parts, Size};
