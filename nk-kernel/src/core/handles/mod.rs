//! Handles: who holds which right to which resource, and from whom it has it (`spec/psl-runtime.md` F.7).
//!
//! A handle is a node in a tree: what is made from a handle, by copying it or by sending it in a message, hangs below it and
//! has no more rights. Revoking a handle takes away everything below. Each program knows its handles by numbers of its own
//! (`table`); a number of another program, a closed one or an invented one refers to nothing.
mod slab;
mod table;
mod tree;

pub use nk_runtime::Rights;
pub(super) use slab::Slab;
pub use tree::{Given, Transit};

use super::channel::{ChannelId, ListenerId};
use nk_image::TaskId;
use nk_runtime::{Retcode, Riid};
use nk_security::Sid;
use std::collections::BTreeSet;
use table::Table;

/// Handles that a program may have besides those of its static channels (design §5).
pub const MAX_HANDLES: u32 = 256;

/// The number of a node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

/// The number of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(u32);

/// What a handle refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A process.
    Task(TaskId),
    /// The serving end of all channels of a listener.
    Listener(ListenerId),
    /// The calling end of a channel.
    Channel(ChannelId),
    /// The serving end of one channel.
    Serving(ChannelId),
    /// A resource that a program provides.
    User(User),
    /// Interrupts calls while it is set.
    Sync {
        /// Whether it is.
        set: bool,
    },
    /// Receives events.
    Notice,
    /// What the provider of a handle learns again.
    Badge(Badge),
    /// The way to the security module.
    Security,
}

/// A resource that a program provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct User {
    /// Who provides it.
    pub owner: TaskId,
    /// The owner's word for what it is.
    pub of_type: u32,
    /// What the owner learns when a handle of it comes back.
    pub context: u64,
    /// Where a call on it goes: such a handle is callable.
    pub calls: Option<(ListenerId, Riid)>,
    /// The owner has ended.
    pub orphaned: bool,
}

/// A resource transfer context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Badge {
    /// Who made it.
    pub owner: TaskId,
    /// Where the end of a transfer is told.
    pub notice: Option<ResourceId>,
    /// The number that is told there.
    pub event: u64,
    /// What the owner learns when a descendant comes back.
    pub context: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Resource {
    kind: Kind,
    sid: Sid,
    /// Handles of it that can be used, those in messages included; of a badge and a notice also what refers to it.
    handles: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Node {
    /// `None`: revoked.
    resource: Option<ResourceId>,
    /// Of the resource, also when there is none any more.
    sid: Sid,
    /// Who holds it by which number; `None` while it is in a message, and for one that was closed before its descendants.
    holder: Option<(TaskId, u32)>,
    rights: Rights,
    parent: Option<NodeId>,
    children: BTreeSet<NodeId>,
    /// How it was made from its parent.
    badge: Option<ResourceId>,
}

/// What has come of closing and revoking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Loss {
    /// No handle of a resource is left.
    Resource(ResourceId, Kind, Sid),
    /// All that came of a transfer with a badge is gone.
    Badge(Badge),
    /// Nobody has a handle of a process any more.
    Task(TaskId),
}

/// A handle that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub(super) node: NodeId,
    /// What it refers to.
    pub resource: ResourceId,
    /// The kind of it.
    pub kind: Kind,
    /// What the holder may do.
    pub rights: Rights,
    /// The resource as the security module knows it.
    pub sid: Sid,
}

impl Found {
    /// The handle, if it has these rights.
    ///
    /// # Errors
    /// `rcNoCapability`.
    pub fn with(self, rights: Rights) -> Result<Self, Retcode> {
        if self.rights.contain(rights) {
            Ok(self)
        } else {
            Err(Retcode::NO_CAPABILITY)
        }
    }
}

/// All handles of all programs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handles {
    tables: Vec<Table>,
    nodes: Slab<Node>,
    resources: Slab<Resource>,
    /// The SID that was given last. None is given twice.
    last_sid: u64,
    losses: Vec<Loss>,
}

impl Handles {
    /// Nobody holds anything; SIDs up to `last_sid` are taken.
    pub(super) const fn new(last_sid: u64) -> Self {
        Self {
            tables: Vec::new(),
            nodes: Slab::new(),
            resources: Slab::new(),
            last_sid,
            losses: Vec::new(),
        }
    }

    /// A program without handles, in the place of this number.
    pub(super) fn add_program(&mut self, task: TaskId) {
        let missing = task
            .index()
            .saturating_add(1)
            .saturating_sub(self.tables.len());
        self.tables
            .extend((0..missing).map(|_| Table::new(MAX_HANDLES)));
        if let Some(table) = self.tables.get_mut(task.index()) {
            *table = Table::new(MAX_HANDLES);
        }
    }

    pub(super) fn new_sid(&mut self) -> Sid {
        // 2^64 resources do not happen in the life of a kernel
        self.last_sid = self.last_sid.saturating_add(1);
        Sid(self.last_sid)
    }

    /// A new resource, without a handle yet.
    pub(super) fn resource(&mut self, kind: Kind, sid: Sid) -> Result<ResourceId, Retcode> {
        let resource = Resource {
            kind,
            sid,
            handles: 0,
        };
        self.resources
            .add(resource)
            .map(ResourceId)
            .ok_or(Retcode::OUT_OF_MEMORY)
    }

    /// A new resource and its first handle.
    pub(super) fn create(
        &mut self,
        task: TaskId,
        kind: Kind,
        rights: Rights,
    ) -> Result<u32, Retcode> {
        if self.room(task) == 0 {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let sid = self.new_sid();
        let resource = self.resource(kind, sid)?;
        self.hold(task, resource, rights)
    }

    /// A first handle of a resource for a program.
    pub(super) fn hold(
        &mut self,
        task: TaskId,
        resource: ResourceId,
        rights: Rights,
    ) -> Result<u32, Retcode> {
        let sid = self
            .resources
            .get(resource.0)
            .map(|r| r.sid)
            .ok_or(Retcode::INTERNAL_ERROR)?;
        let node = Node {
            resource: Some(resource),
            sid,
            holder: None,
            rights,
            parent: None,
            children: BTreeSet::new(),
            badge: None,
        };
        if self.room(task) == 0 {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let node = self.add_node(node)?;
        self.put(task, node)
    }

    /// As [`Handles::hold`], beyond the program's quota: for what it has from its start.
    pub(super) fn endow(
        &mut self,
        task: TaskId,
        resource: ResourceId,
        rights: Rights,
    ) -> Result<u32, Retcode> {
        if let Some(table) = self.tables.get_mut(task.index()) {
            table.extend(1);
        }
        self.hold(task, resource, rights)
    }

    /// Whether a program may have no more handles.
    #[must_use]
    pub fn is_full(&self, task: TaskId) -> bool {
        self.room(task) == 0
    }

    /// How many more handles a program may have.
    pub(super) fn room(&self, task: TaskId) -> u32 {
        self.tables.get(task.index()).map_or(0, Table::room)
    }

    /// What a number of a program refers to.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a number that refers to nothing, `rcHandleRevoked`.
    pub fn find(&self, task: TaskId, number: u32) -> Result<Found, Retcode> {
        let id = self
            .tables
            .get(task.index())
            .and_then(|t| t.get(number))
            .ok_or(Retcode::INVALID_ARGUMENT)?;
        let node = self.nodes.get(id.0).ok_or(Retcode::INTERNAL_ERROR)?;
        let resource = node.resource.ok_or(Retcode::HANDLE_REVOKED)?;
        let of = self
            .resources
            .get(resource.0)
            .ok_or(Retcode::INTERNAL_ERROR)?;
        Ok(Found {
            node: id,
            resource,
            kind: of.kind,
            rights: node.rights,
            sid: of.sid,
        })
    }

    /// The resource behind a number of a program, also when the handle was revoked.
    ///
    /// # Errors
    /// `rcInvalidArgument`.
    pub fn sid(&self, task: TaskId, number: u32) -> Result<Sid, Retcode> {
        let node = self
            .tables
            .get(task.index())
            .and_then(|table| self.nodes.get(table.get(number)?.0));
        node.map(|node| node.sid).ok_or(Retcode::INVALID_ARGUMENT)
    }

    /// What a resource is.
    pub(super) fn kind(&self, resource: ResourceId) -> Option<Kind> {
        self.resources.get(resource.0).map(|r| r.kind)
    }

    /// Changes what a resource is: a sync object that is set, a user object whose owner has ended.
    pub(super) fn change(&mut self, resource: ResourceId, kind: Kind) {
        if let Some(of) = self.resources.get_mut(resource.0) {
            of.kind = kind;
        }
    }

    /// Number of handles and resources, for those who look for leaks.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.nodes.len(), self.resources.len())
    }

    /// What closing and revoking has cost since this was asked last.
    pub(super) fn losses(&mut self) -> Vec<Loss> {
        std::mem::take(&mut self.losses)
    }

    /// The user objects that a program provides.
    pub(super) fn provided_by(&self, task: TaskId) -> Vec<(ResourceId, User)> {
        let user = |(number, resource): (u32, &Resource)| match resource.kind {
            Kind::User(user) if user.owner == task => Some((ResourceId(number), user)),
            _ => None,
        };
        self.resources.iter().filter_map(user).collect()
    }

    /// Whether there are handles that calls to a listener can be made by, besides those of its channels.
    pub(super) fn is_callable(&self, listener: ListenerId) -> bool {
        let calls = |resource: &Resource| matches!(resource.kind, Kind::User(User { calls: Some((l, _)), .. }) if l == listener);
        self.resources.iter().any(|(_, resource)| calls(resource))
    }

    /// A listener is gone: handles that led to it lead nowhere.
    pub(super) fn orphan_calls(&mut self, listener: ListenerId) {
        for (_, resource) in self.resources.iter_mut() {
            if let Kind::User(user) = &mut resource.kind
                && user.calls.is_some_and(|(l, _)| l == listener)
            {
                user.orphaned = true;
            }
        }
    }

    /// Whether no handle of a resource is left.
    pub(super) fn is_unheld(&self, resource: ResourceId) -> bool {
        self.resources
            .get(resource.0)
            .is_none_or(|r| r.handles == 0)
    }
}
