//! The solution image: one file with the descriptions, the policy program and the start-up plan of a solution.
//!
//! `nk-gen solution` builds an [`Image`] and writes [`Image::to_bytes`]; `einit` reads it with [`Image::load`], which
//! proves every number in it and answers a [`Solution`], or an error that says what is wrong with the file.
mod file;
mod image;
mod plan;

pub use file::{LoadError, VERSION};
pub use image::{Image, ImageError, MESSAGE_MAXIMA, Solution};
pub use nk_security::{
    Class, ClassId, Endpoint, FileId, Interface, InterfaceId, Message, Method, NoRule, Place, Program, RowId, Rule,
    Tables, Tree, TreeId,
};
pub use plan::{Channel, Plan, Task, TaskId};
