//! The security module: it routes a message, checks its structure, asks the
//! policy, and says why it refused. Pure: no I/O, no clock, and no memory taken
//! for a decision (but for scrubbing messages of compat classes).
//!
//! Descriptions ([`Tables`]) and policy program ([`Program`]) are plain data
//! from a file; [`Policy::prove`] makes a [`Policy`] of them. A message then
//! goes through `request` (or `response`) and `decide`:
//!
//! ```
//! use nk_security::*;
//! # struct Mem(Vec<u8>);
//! # impl Bytes for Mem {
//! #     fn parts(&self) -> (&[u8], &[u8]) { (&self.0, &[]) }
//! #     fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) { (&mut self.0, &mut []) }
//! # }
//! # let empty = Message { size: 24, handles: 0, arena: false, items: Default::default() };
//! # let method = Method { name: "Do".into(), request: empty, response: empty, error: empty };
//! # let place = Place { file: FileId(0), line: 3, column: 1 };
//! let tables = Tables {
//!     interfaces: vec![Interface { name: "Ping".into(), digest: [0; 32], methods: vec![method] }],
//!     classes: vec![
//!         Class { name: "Client".into(), digest: [0; 32], endpoints: vec![], security: vec![], compat: false },
//!         Class {
//!             name: "Server".into(),
//!             digest: [0; 32],
//!             endpoints: vec![Endpoint { name: "ping".into(), alias: "Server.ping".into(), interface: InterfaceId(0) }],
//!             security: vec![],
//!             compat: false,
//!         },
//!     ],
//!     ..Tables::default()
//! };
//! let (none, one) = (RowId(0), RowId(1));
//! let mut program = Program {
//!     files: vec!["security.psl".into()],
//!     rows: vec![vec![], vec![TreeId(0)]],
//!     request: vec![none, one, none, one],  // Client→Client, Client→Server, Server→Client, Server→Server
//!     response: vec![none, none, one, one],
//!     error: vec![none, none, one, one],
//!     execute: vec![TreeId(0); 4],
//!     security: vec![none, none],
//!     ..Program::default()
//! };
//! program.trees = vec![program.base(&[(Call::Deny, place)])];
//! let policy = Policy::prove(tables, program).unwrap();
//! let mut state = State::new(&policy, 2);
//! let client = Subject { class: ClassId(0), sid: Sid(1) };
//! let server = Subject { class: ClassId(1), sid: Sid(2) };
//! let mut request = vec![0; 24];
//! request[4] = 24;
//! let verified = policy.request(client, server, Mem(request)).ok().unwrap();
//! let denied = policy.decide(&mut state, verified).err().unwrap();
//! assert_eq!(
//!     denied.record.text(&policy).to_string(),
//!     "denied by policy: request Client -> Server ping Do: security.psl:3:1: this rule denies it"
//! );
//! ```
mod audit;
mod evaluate;
mod id;
mod policy;
mod program;
mod state;
mod structure;
mod tables;

pub use audit::{Json, KERNEL_CLASS, Quoted, Reason, Record, Remedy, Shown, Subsystem, Text};
pub use evaluate::{Cause, TraceEntry, Traced, TracedRead, TracedValue};
pub use id::{
    BodyId, ChoiceId, ClassId, DfaId, ExprId, FileId, InterfaceId, ListId, ObjectId, ProfileId,
    RowId, RuleId, Sid, Subject, TextId, TreeId,
};
pub use policy::{Denied, Granted, Permit, Policy, PolicyError, Route};
pub use program::{
    Alternative, Arithmetic, Audited, Call, Choice, Dfa, Emit, Expr, Flow, HashSet, Key, Kind,
    Level, List, MAX_CATEGORIES, MAX_DEGREES, MAX_DFA, Mic, Model, NoRule, Object, Place, Profile,
    Program, ProgramError, Read, Resource, Rule, Spelling, Started, StaticMap, Step, Test, Tree,
    Width,
};
pub use state::{Known, State};
pub use structure::{Bytes, Verified};
pub use tables::{Class, Endpoint, Interface, Message, Method, Tables, TablesError};
