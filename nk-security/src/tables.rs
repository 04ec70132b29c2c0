//! What the security module knows of the descriptions: classes, their
//! endpoints, interfaces and the shapes of messages.
//!
//! Plain data out of a file: nothing in it is believed before
//! [`Tables::prove`].
use crate::{ClassId, InterfaceId};
use core::fmt;
use nk_runtime::shape::{FlatError, FlatItem, FlatItems, FlatShapes, List, Shape};
use serde::{Deserialize, Serialize};

/// Items that [`Tables::prove`] visits at most, over all messages. A solution
/// of a hundred interfaces needs some ten thousand; the bound keeps a hostile
/// table from costing more than a moment.
const PROOF_BUDGET: u64 = 1 << 24;
/// RIIDs and MIDs are 16-bit numbers (`docs/wire.md` §1).
const MAX_NUMBERED: usize = 1 << 16;

/// The descriptions of a solution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// Process classes.
    pub classes: Vec<Class>,
    /// Interfaces of their endpoints.
    pub interfaces: Vec<Interface>,
    /// Everything in the messages that needs checking. Lists stand in
    /// post-order: what an item refers to stands before the item's own list.
    pub items: Vec<FlatItem>,
    /// Variant lists of the unions among the items.
    pub variants: Vec<List>,
}

/// A process class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Full name.
    pub name: String,
    /// SHA-256 of the description's canonical form.
    pub digest: [u8; 32],
    /// The flattened endpoint list; the RIID is the position.
    pub endpoints: Vec<Endpoint>,
    /// The flattened list of security interfaces, in a number space of its own
    /// (`docs/languages.md` §8.2).
    pub security: Vec<Endpoint>,
    /// Whether messages from this class are checked in compat mode and scrubbed
    /// (`docs/wire.md` §8).
    pub compat: bool,
}

/// An endpoint of a process class, or a security interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Instance path and name: `OpsComp.FS`; of a security interface,
    /// `OpsComp.security`.
    pub name: String,
    /// The other spelling: `Operations.FS`, `Server.main` (`docs/languages.md` §8.4).
    pub alias: String,
    /// What it offers.
    pub interface: InterfaceId,
}

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Full name of its package.
    pub name: String,
    /// SHA-256 of the description's canonical form.
    pub digest: [u8; 32],
    /// Methods; the MID is the position.
    pub methods: Vec<Method>,
}

/// A method of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// The request.
    pub request: Message,
    /// The response.
    pub response: Message,
    /// The error response; exists for every method.
    pub error: Message,
}

/// The shape of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Size of the constant part, header included.
    pub size: u32,
    /// Number of handle descriptors, which directly follow the header.
    pub handles: u8,
    /// Whether variable data can follow.
    pub arena: bool,
    /// What needs checking: a range of [`Tables::items`].
    pub items: List,
}

/// Why tables are not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TablesError {
    /// A name is empty or holds control characters.
    Name,
    /// Two classes, or two endpoints of a class, have the same name.
    Duplicate(String),
    /// A class or interface has more than 65,536 numbered parts.
    TooMany(String),
    /// An endpoint or security interface that is not in the table.
    Interface(String),
    /// A shape that cannot be walked.
    Shape(String, FlatError),
}

impl fmt::Display for TablesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("a name is empty or contains control characters"),
            Self::Duplicate(name) => write!(f, "duplicate name `{name}`"),
            Self::TooMany(name) => write!(f, "`{name}` has more parts than can be numbered"),
            Self::Interface(name) => {
                write!(f, "`{name}` refers to an interface that does not exist")
            }
            Self::Shape(name, e) => write!(f, "a message of `{name}`: {e}"),
        }
    }
}
impl core::error::Error for TablesError {}

impl Tables {
    /// A class by its id.
    #[must_use]
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.index())
    }
    /// A class by its full name.
    #[must_use]
    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        ClassId::new(self.classes.iter().position(|c| c.name == name)?)
    }
    /// An interface by its id.
    #[must_use]
    pub fn interface(&self, id: InterfaceId) -> Option<&Interface> {
        self.interfaces.get(id.index())
    }
    /// What the structure check needs of a message.
    #[must_use]
    pub fn shape(&self, message: &Message) -> Shape<FlatItems<'_>> {
        self.shapes()
            .shape(message.size, message.handles, message.arena, message.items)
    }
    /// Number of methods of all endpoints of a class together: the length of
    /// its rows in a policy program.
    #[must_use]
    pub fn methods(&self, class: &Class) -> usize {
        self.count(&class.endpoints)
    }
    /// Number of methods of all security interfaces of a class together.
    #[must_use]
    pub fn security_methods(&self, class: &Class) -> usize {
        self.count(&class.security)
    }

    /// Number of methods of some endpoints together.
    fn count(&self, endpoints: &[Endpoint]) -> usize {
        let methods = |e: &Endpoint| self.interface(e.interface).map_or(0, |i| i.methods.len());
        endpoints.iter().map(methods).fold(0, usize::saturating_add)
    }

    /// The items of all messages, to be walked.
    fn shapes(&self) -> FlatShapes<'_> {
        FlatShapes::new(&self.items, &self.variants)
    }

    /// Proves that every number refers to something and every shape can be
    /// walked.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn prove(&self) -> Result<(), TablesError> {
        unique(self.classes.iter().map(|c| c.name.as_str()))?;
        self.interfaces
            .iter()
            .try_for_each(|i| printable(&i.name))?;
        self.classes.iter().try_for_each(|c| self.prove_class(c))?;
        let mut budget = PROOF_BUDGET;
        self.interfaces
            .iter()
            .try_for_each(|i| self.prove_interface(i, &mut budget))
    }

    /// Endpoints and security interfaces of a class: few enough to be numbered,
    /// with names of their own, and of interfaces that there are.
    fn prove_class(&self, class: &Class) -> Result<(), TablesError> {
        for endpoints in [&class.endpoints, &class.security] {
            if endpoints.len() > MAX_NUMBERED {
                return Err(TablesError::TooMany(class.name.clone()));
            }
            unique(endpoints.iter().map(|e| e.name.as_str()))?;
            endpoints.iter().try_for_each(|e| printable(&e.alias))?;
            if endpoints
                .iter()
                .any(|e| self.interface(e.interface).is_none())
            {
                return Err(TablesError::Interface(class.name.clone()));
            }
        }
        Ok(())
    }

    /// The methods of an interface: few enough to be numbered, with shapes that
    /// can be walked within the budget.
    fn prove_interface(&self, interface: &Interface, budget: &mut u64) -> Result<(), TablesError> {
        if interface.methods.len() > MAX_NUMBERED {
            return Err(TablesError::TooMany(interface.name.clone()));
        }
        for method in &interface.methods {
            printable(&method.name)?;
            for m in [&method.request, &method.response, &method.error] {
                self.prove_message(m, budget).map_err(|e| {
                    TablesError::Shape(format!("{}.{}", interface.name, method.name), e)
                })?;
            }
        }
        Ok(())
    }

    /// A message with an arena has something that points into it: otherwise
    /// nobody would look at its bytes.
    fn prove_message(&self, m: &Message, budget: &mut u64) -> Result<(), FlatError> {
        if m.arena && m.items.len == 0 {
            return Err(FlatError::Message);
        }
        self.shapes().prove(m.size, m.handles, m.items, budget)
    }
}

/// Names are shown on terminals and in audit lines.
pub(crate) fn printable(name: &str) -> Result<(), TablesError> {
    if name.is_empty() || name.chars().any(char::is_control) {
        Err(TablesError::Name)
    } else {
        Ok(())
    }
}

/// Names that can be shown, each once.
///
/// # Errors
/// [`TablesError::Name`], [`TablesError::Duplicate`].
fn unique<'n>(names: impl Iterator<Item = &'n str>) -> Result<(), TablesError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        printable(name)?;
        if !seen.insert(name) {
            return Err(TablesError::Duplicate(name.to_owned()));
        }
    }
    Ok(())
}
