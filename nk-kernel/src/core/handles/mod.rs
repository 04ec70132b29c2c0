//! Handles: who holds which right to which resource, and from whom it has it
//! (`docs/kernel.md` §7).
//!
//! A handle is a node in a [tree](tree): what is made from a handle, by copying
//! it or by sending it in a message, hangs below it and has no more rights. It
//! refers to a [resource](resources), which goes with its last handle. Each
//! program knows its handles by [numbers of its own](table); a number of
//! another program, a closed one or an invented one refers to nothing.
//!
//! | operation | right that is needed | the new handle |
//! |---|---|---|
//! | copy | `COPY` | the same program's, below the copied one |
//! | send, pass | `TRANSFER` | another program's, below the sender's |
//! | call | `CALL` | – |
//! | subscribe | `GET_EVENT` | – |
//! | raise events | `SET_EVENT` | – |
//! | ask for the SID | `GET_SID` | – |
//! | control a process | `CONTROL` | – |
//!
//! No operation gives more rights than the handle has that it starts from.
mod resources;
mod table;
mod tree;

pub use nk_runtime::Rights;
pub use resources::{Badge, Found, Kind, UserObject};
pub(super) use resources::{Released, Resources};

use nk_image::TaskId;
use nk_runtime::Retcode;
use nk_security::Sid;
use resources::Freed;
use table::Tables;
use tree::{NodeId, Tree};

/// Handles that a program may have besides those of its static channels (design
/// §5).
pub const MAX_HANDLES: u32 = 256;

/// The number of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(u32);

/// A handle on its way in a message.
#[derive(Debug, PartialEq, Eq, Hash, Clone)]
#[must_use]
pub struct Transit(Option<NodeId>);

impl Transit {
    /// No handle.
    pub const NOTHING: Self = Self(None);
}

/// A handle that has arrived, as its new holder sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceivedHandle {
    /// The new holder's number; `None` where no handle was sent.
    pub number: Option<u32>,
    /// What it may do.
    pub rights: Rights,
    /// What it once attached to the handle, or to the resource behind it; 0 if
    /// it attached nothing.
    pub context: u64,
}

/// All handles of all programs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handles {
    /// The numbers of each program.
    tables: Tables,
    /// What was made from what.
    tree: Tree,
    /// What they refer to.
    resources: Resources,
}

impl Handles {
    /// Nobody holds anything; SIDs up to `last_sid` are taken.
    pub(super) const fn new(last_sid: u64) -> Self {
        Self {
            tables: Tables::new(),
            tree: Tree::new(),
            resources: Resources::new(last_sid),
        }
    }

    /// A program without handles, at a position that may have been another's.
    pub(super) fn add_program(&mut self, task: TaskId) {
        self.tables.add_program(task, MAX_HANDLES);
    }

    /// What handles refer to.
    pub(super) const fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The same, to be changed.
    pub(super) const fn resources_mut(&mut self) -> &mut Resources {
        &mut self.resources
    }

    /// What a number of a program refers to.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a number that refers to nothing,
    /// `rcHandleRevoked`.
    pub fn find(&self, task: TaskId, number: u32) -> Result<Found, Retcode> {
        let node = self.tables.get(task, number);
        let node = node.ok_or(Retcode::INVALID_ARGUMENT)?;
        let (resource, rights) = self.tree.reference(node)?;
        let kind = self.resources.kind(resource);
        let (kind, sid) = kind
            .zip(self.resources.sid(resource))
            .ok_or(Retcode::INTERNAL_ERROR)?;
        Ok(Found {
            node,
            resource,
            kind,
            rights,
            sid,
        })
    }

    /// The resource behind a number of a program, also when the handle was
    /// revoked.
    ///
    /// # Errors
    /// `rcInvalidArgument`.
    pub fn sid(&self, task: TaskId, number: u32) -> Result<Sid, Retcode> {
        let node = self.tables.get(task, number);
        node.and_then(|node| self.tree.sid(node))
            .ok_or(Retcode::INVALID_ARGUMENT)
    }

    /// Looks at a handle that is to be sent: whether it can be, and the
    /// resource behind it.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`; `rcNoCapability` when it may not
    /// be sent, or not with these rights.
    pub fn sendable(&self, task: TaskId, number: u32, rights: Rights) -> Result<Sid, Retcode> {
        let found = self.find(task, number)?;
        Ok(found.with(Rights::TRANSFER)?.with(rights)?.sid)
    }

    /// Whether a program may have no more handles.
    #[must_use]
    pub fn is_full(&self, task: TaskId) -> bool {
        self.tables.room(task) == 0
    }

    /// A new resource and its first handle.
    ///
    /// # Errors
    /// `rcQuotaExceeded`, `rcOutOfMemory`.
    pub(super) fn create(
        &mut self,
        task: TaskId,
        kind: Kind,
        rights: Rights,
    ) -> Result<u32, Retcode> {
        if self.is_full(task) {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let (resource, _) = self.resources.add(kind)?;
        self.hold(task, resource, rights)
    }

    /// As [`Handles::create`], beyond the program's quota: for what it has from
    /// its start.
    ///
    /// # Errors
    /// `rcQuotaExceeded` beyond the numbers that there are, `rcOutOfMemory`.
    pub(super) fn endow(
        &mut self,
        task: TaskId,
        kind: Kind,
        rights: Rights,
    ) -> Result<u32, Retcode> {
        let (resource, _) = self.resources.add(kind)?;
        self.tables.extend(task, 1);
        self.hold(task, resource, rights)
    }

    /// A first handle of a resource for a program.
    ///
    /// # Errors
    /// `rcQuotaExceeded`, `rcOutOfMemory`.
    pub(super) fn hold(
        &mut self,
        task: TaskId,
        resource: ResourceId,
        rights: Rights,
    ) -> Result<u32, Retcode> {
        let sid = self.resources.sid(resource);
        let sid = sid.ok_or(Retcode::INTERNAL_ERROR)?;
        if self.is_full(task) {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let node = self.tree.root(resource, sid, rights)?;
        self.resources.retain(resource);
        self.put(task, node)
    }

    /// Puts a node into a program's table; one that does not fit is gone.
    fn put(&mut self, task: TaskId, node: NodeId) -> Result<u32, Retcode> {
        let number = self.tables.add(task, node);
        match number {
            Ok(number) => self.tree.hold(node, task, number),
            Err(_) => self.close_node(node),
        }
        number
    }

    /// A node below another.
    fn derive(
        &mut self,
        from: Found,
        rights: Rights,
        badge: Option<ResourceId>,
    ) -> Result<NodeId, Retcode> {
        let node = self.tree.derive(from, rights, badge)?;
        self.resources.retain(from.resource);
        // a badge lives as long as something came of it, as its notice has still to receive the end
        if let Some(badge) = badge {
            self.resources.retain(badge);
        }
        Ok(node)
    }

    /// A badge of this program.
    fn badge(&self, task: TaskId, number: Option<u32>) -> Result<Option<ResourceId>, Retcode> {
        let Some(number) = number else {
            return Ok(None);
        };
        let found = self.find(task, number)?;
        match found.kind {
            Kind::Badge(badge) if badge.owner == task => Ok(Some(found.resource)),
            _ => Err(Retcode::INVALID_ARGUMENT),
        }
    }

    /// Another handle for the same program.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`; `rcNoCapability` without the
    /// right to copy, or for more rights than there are; `rcQuotaExceeded`.
    pub(super) fn copy(
        &mut self,
        task: TaskId,
        number: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<u32, Retcode> {
        let found = self.find(task, number)?.with(Rights::COPY)?;
        let badge = self.badge(task, badge)?;
        if self.is_full(task) {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let node = self.derive(found, rights, badge)?;
        self.put(task, node)
    }

    /// Makes what travels in a message. The sender keeps its handle.
    ///
    /// # Errors
    /// As [`Handles::sendable`]; `rcInvalidArgument` for a badge that is not
    /// the sender's.
    pub fn send(
        &mut self,
        task: TaskId,
        number: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<Transit, Retcode> {
        let found = self.find(task, number)?.with(Rights::TRANSFER)?;
        let badge = self.badge(task, badge)?;
        let node = self.derive(found, rights, badge)?;
        Ok(Transit(Some(node)))
    }

    /// Hands what a message carried to its receiver, all or nothing.
    ///
    /// # Errors
    /// `rcQuotaExceeded`; what was carried is gone then.
    pub(super) fn give(
        &mut self,
        task: TaskId,
        sent: Vec<Transit>,
    ) -> Result<Vec<ReceivedHandle>, Retcode> {
        let handles = sent.iter().filter(|transit| transit.0.is_some()).count();
        if u32::try_from(handles).unwrap_or(u32::MAX) > self.tables.room(task) {
            self.lose(sent);
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        sent.into_iter()
            .map(|transit| self.arrive(task, &transit))
            .collect()
    }

    /// Puts one handle of a message into its receiver's table.
    ///
    /// # Errors
    /// `rcQuotaExceeded`; there is none once [`Handles::give`] has counted
    /// them.
    fn arrive(&mut self, task: TaskId, transit: &Transit) -> Result<ReceivedHandle, Retcode> {
        let Some(node) = transit.0 else {
            return Ok(ReceivedHandle {
                number: None,
                rights: Rights::default(),
                context: 0,
            });
        };
        let rights = self.tree.rights(node);
        let context = self.context(task, node);
        Ok(ReceivedHandle {
            number: Some(self.put(task, node)?),
            rights,
            context,
        })
    }

    /// What a program attached to a handle that comes back to it: to the
    /// nearest transfer of its own above, or to its resource.
    fn context(&self, task: TaskId, node: NodeId) -> u64 {
        let badges = self.tree.badges(node);
        let mut kinds = badges.filter_map(|badge| self.resources.kind(badge));
        let own = |kind| match kind {
            Kind::Badge(badge) if badge.owner == task => Some(badge.context),
            _ => None,
        };
        if let Some(context) = kinds.find_map(own) {
            return context;
        }
        let resource = self.tree.reference(node).ok();
        match resource.and_then(|(resource, _)| self.resources.kind(resource)) {
            Some(Kind::User(user)) if user.owner == task => user.context,
            _ => 0,
        }
    }

    /// A message that carried handles is gone.
    pub(super) fn lose(&mut self, sent: Vec<Transit>) {
        for node in sent.into_iter().filter_map(|transit| transit.0) {
            self.close_node(node);
        }
    }

    /// Closes a handle. What was made from it stays.
    ///
    /// # Errors
    /// `rcInvalidArgument`.
    pub(super) fn close(&mut self, task: TaskId, number: u32) -> Result<(), Retcode> {
        let node = self.tables.remove(task, number);
        self.close_node(node.ok_or(Retcode::INVALID_ARGUMENT)?);
        Ok(())
    }

    /// Takes a node out of the tree as far as nothing hangs below it, and
    /// releases what it referred to.
    fn close_node(&mut self, node: NodeId) {
        let freed: Vec<Freed> = self.tree.close(node);
        self.resources.free(freed);
    }

    /// Closes everything that a program holds.
    pub(super) fn close_all(&mut self, task: TaskId) {
        for number in self.tables.numbers(task) {
            // it was there a moment ago
            let _ = self.close(task, number);
        }
    }

    /// Closes a handle and takes away everything that was made from it.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub(super) fn revoke(&mut self, task: TaskId, number: u32) -> Result<(), Retcode> {
        let found = self.find(task, number)?;
        self.resources
            .free(self.tree.revoke_below(found.node, None));
        self.close(task, number)
    }

    /// Takes away what was made from a handle with this badge; the handle
    /// itself stays.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub(super) fn revoke_subtree(
        &mut self,
        task: TaskId,
        number: u32,
        badge: u32,
    ) -> Result<(), Retcode> {
        let found = self.find(task, number)?;
        let badge = self.badge(task, Some(badge))?;
        self.resources
            .free(self.tree.revoke_below(found.node, badge));
        Ok(())
    }

    /// Forgets a resource that goes whatever handles of it there are: they are
    /// revoked.
    pub(super) fn remove_resource(&mut self, id: ResourceId) {
        self.tree.forget_resource(id);
        self.resources.remove(id);
    }
}
