//! The solution image: one file with the descriptions, the policy program and
//! the start-up plan of a solution.
//!
//! `nk-gen solution` builds an [`Image`] and writes [`Image::to_bytes`];
//! `einit` reads it with [`Image::load`], which proves every number in it and
//! answers a [`Solution`], or an error that says what is wrong with the file.
//!
//! ```
//! use nk_image::*;
//! let einit = Class { name: "Einit".into(), digest: [0; 32], endpoints: vec![], security: vec![], compat: false };
//! let none = vec![RowId(0)];
//! let mut image = Image {
//!     name: "nothing".into(),
//!     tables: Tables { classes: vec![einit], ..Tables::default() },
//!     program: Program {
//!         files: vec!["security.psl".into()],
//!         rows: vec![vec![]], // the class has no methods
//!         request: none.clone(),
//!         response: none.clone(),
//!         error: none.clone(),
//!         execute: vec![TreeId(0)],
//!         security: none,
//!         ..Program::default()
//!     },
//!     plan: Plan { initiator: ClassId(0), tasks: vec![], channels: vec![] },
//!     max_message: MESSAGE_MAXIMA[0],
//! };
//! let grant = image.program.base(&[(Call::Grant, Place { file: FileId(0), line: 1, column: 1 })]);
//! image.program.trees = vec![grant];
//! let mut bytes = image.to_bytes().unwrap();
//! assert_eq!(Image::load(&bytes).unwrap().plan, image.plan);
//! bytes.pop();
//! assert_eq!(Image::load(&bytes).unwrap_err(), LoadError::Truncated);
//! ```
mod file;
mod image;
mod plan;

pub use file::{LoadError, VERSION};
pub use image::{Image, ImageError, MESSAGE_MAXIMA, Solution};
pub use nk_security::{
    Call, Class, ClassId, Endpoint, FileId, Interface, InterfaceId, Message, Method, NoRule, Place,
    Program, RowId, Rule, Tables, Tree, TreeId,
};
pub use plan::{Channel, Plan, Task, TaskId};
