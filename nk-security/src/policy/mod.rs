//! The way of an event through the security module: route, structure, rules. A
//! type for each step that was taken.
//!
//! [`Policy::request`] and [`Policy::response`] make a [`Verified`],
//! [`Policy::decide`] makes a [`Granted`] of it, and nothing else makes either:
//! a message that skipped a step has the wrong type.
//!
//! ```compile_fail
//! # use nk_security::*;
//! fn undecided<M: Bytes>(message: Verified<M>) -> Granted<M> {
//!     message // a checked message is not a granted one
//! }
//! ```
//! ```compile_fail
//! # use nk_security::*;
//! fn unchecked<M: Bytes>(policy: &Policy, state: &mut State, message: M) -> Result<Granted<M>, Denied<M>> {
//!     policy.decide(state, message) // the policy decides about checked messages only
//! }
//! ```
//! ```compile_fail
//! # use nk_security::*;
//! fn forged<M>(message: M, route: Route) -> Granted<M> {
//!     Granted { message, route, record: None } // private fields
//! }
//! ```
mod events;
mod route;

pub use route::{Denied, Granted, Permit, Route};

use crate::{
    ClassId, Endpoint, InterfaceId, Place, Program, ProgramError, Shown, Tables, TablesError,
};
use core::fmt;
use nk_runtime::Riid;

/// Descriptions and policy program, proved and ready to decide.
#[derive(Debug, Clone)]
pub struct Policy {
    tables: Tables,
    /// `None`: everything is granted after the structure check.
    program: Option<Program>,
    /// The endpoints of every class.
    endpoints: Numbers,
    /// The security interfaces of every class.
    security: Numbers,
}

/// The numbers of endpoints or security interfaces, by class.
#[derive(Debug, Clone)]
struct Numbers(Vec<Vec<Numbered>>);

/// What a number stands for.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    interface: InterfaceId,
    /// The flattened number of its first method.
    first: usize,
}

impl Numbers {
    /// Numbers the methods of every class, endpoint by endpoint.
    fn new<'t>(tables: &'t Tables, classes: impl Iterator<Item = &'t [Endpoint]>) -> Self {
        let numbered = |endpoints: &[Endpoint]| {
            let mut first = 0_usize;
            let number = |endpoint: &Endpoint| {
                let here = Numbered {
                    interface: endpoint.interface,
                    first,
                };
                let methods = tables
                    .interface(endpoint.interface)
                    .map_or(0, |interface| interface.methods.len());
                first = first.saturating_add(methods);
                here
            };
            endpoints.iter().map(number).collect()
        };
        Self(classes.map(numbered).collect())
    }

    /// What a RIID of a class stands for; `None` for one that it does not have.
    fn get(&self, class: ClassId, riid: Riid) -> Option<Numbered> {
        self.0.get(class.index())?.get(usize::from(riid.0)).copied()
    }
}

/// Why descriptions and policy program are not accepted together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The descriptions.
    Tables(TablesError),
    /// The program.
    Program(ProgramError),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables(e) => e.fmt(f),
            Self::Program(e) => e.fmt(f),
        }
    }
}
impl core::error::Error for PolicyError {}

impl Policy {
    /// Proves descriptions and policy program.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn prove(tables: Tables, program: Program) -> Result<Self, PolicyError> {
        let open = Self::open(tables).map_err(PolicyError::Tables)?;
        program.prove(&open.tables).map_err(PolicyError::Program)?;
        Ok(Self {
            program: Some(program),
            ..open
        })
    }

    /// Proves descriptions, and grants everything that is well-formed. For
    /// experiments.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn open(tables: Tables) -> Result<Self, TablesError> {
        tables.prove()?;
        let endpoints = Numbers::new(
            &tables,
            tables
                .classes
                .iter()
                .map(|class| class.endpoints.as_slice()),
        );
        let security = Numbers::new(
            &tables,
            tables.classes.iter().map(|class| class.security.as_slice()),
        );
        Ok(Self {
            tables,
            program: None,
            endpoints,
            security,
        })
    }

    /// The same descriptions without the policy program.
    #[must_use]
    pub fn opened(self) -> Self {
        Self {
            program: None,
            ..self
        }
    }

    /// The descriptions.
    #[must_use]
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }
    /// The policy program; `None` when everything is granted.
    #[must_use]
    pub const fn program(&self) -> Option<&Program> {
        self.program.as_ref()
    }
    /// A place as the user reads it.
    #[must_use]
    pub const fn shown(&self, place: Place) -> Shown<'_> {
        Shown::new(self.program.as_ref(), place)
    }
}
