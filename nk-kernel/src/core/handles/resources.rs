//! What handles refer to: each resource with its kind, its SID, and how many
//! uses of it there are. When the last use goes, the resource goes, and what
//! that means for others is kept in order until [`Resources::take_released`].
use super::{NodeId, ResourceId};
use crate::core::names::{ChannelId, ListenerId};
use crate::core::slab::Slab;
use nk_image::TaskId;
use nk_runtime::{Retcode, Riid};
use nk_security::Sid;

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
    User(UserObject),
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
pub struct UserObject {
    /// Who provides it.
    pub owner: TaskId,
    /// What it is, by the owner's own numbering.
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
    /// The notice that receives the end of a transfer.
    pub notice: Option<ResourceId>,
    /// The number that it receives it under.
    pub event: u64,
    /// What the owner learns when a descendant comes back.
    pub context: u64,
}

/// What closing and revoking has released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::core) enum Released {
    /// No handle of a resource is left.
    Resource(ResourceId, Kind, Sid),
    /// All that came of a transfer with a badge is gone.
    Badge(Badge),
    /// Nobody has a handle of a process any more; the process itself stays.
    Task(TaskId),
}

/// A resource under its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Resource {
    kind: Kind,
    sid: Sid,
    /// Handles of it that can be used, those in messages included; of a badge
    /// and a notice also what refers to it.
    uses: u32,
}

/// What a node of the tree gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Freed {
    pub(super) resource: Option<ResourceId>,
    pub(super) badge: Option<ResourceId>,
}

/// All resources.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::core) struct Resources {
    all: Slab<Resource>,
    /// The SID that was given last. None is given twice.
    last_sid: u64,
    released: Vec<Released>,
}

impl Resources {
    /// None yet; SIDs up to `last_sid` are taken.
    pub(super) const fn new(last_sid: u64) -> Self {
        Self {
            all: Slab::new(),
            last_sid,
            released: Vec::new(),
        }
    }

    /// A new resource with a SID of its own, without a handle yet.
    ///
    /// # Errors
    /// `rcOutOfMemory` when there are 2³².
    pub(in crate::core) fn add(&mut self, kind: Kind) -> Result<(ResourceId, Sid), Retcode> {
        // 2^64 resources do not happen in the life of a kernel
        self.last_sid = self.last_sid.saturating_add(1);
        let sid = Sid(self.last_sid);
        let added = self.all.add(Resource { kind, sid, uses: 0 });
        let number = added.ok_or(Retcode::OUT_OF_MEMORY)?;
        Ok((ResourceId(number), sid))
    }

    /// Forgets a resource, whatever uses of it there are.
    pub(super) fn remove(&mut self, id: ResourceId) {
        self.all.remove(id.0);
    }

    /// What a resource is.
    pub(in crate::core) fn kind(&self, id: ResourceId) -> Option<Kind> {
        self.all.get(id.0).map(|of| of.kind)
    }

    /// A resource as the security module knows it.
    pub(super) fn sid(&self, id: ResourceId) -> Option<Sid> {
        self.all.get(id.0).map(|of| of.sid)
    }

    /// Sets a sync object, or clears it.
    pub(in crate::core) fn set_sync(&mut self, id: ResourceId, set: bool) {
        if let Some(of) = self.all.get_mut(id.0) {
            of.kind = Kind::Sync { set };
        }
    }

    /// Whether a sync object is set.
    pub(in crate::core) fn is_set(&self, sync: ResourceId) -> bool {
        self.kind(sync) == Some(Kind::Sync { set: true })
    }

    /// Whether there are handles that calls to a listener can be made by,
    /// besides those of its channels.
    pub(in crate::core) fn is_callable(&self, listener: ListenerId) -> bool {
        let calls = |of: &Resource| match of.kind {
            Kind::User(user) => user.calls.is_some_and(|(l, _)| l == listener),
            _ => false,
        };
        self.all.iter().any(|(_, of)| calls(of))
    }

    /// A listener is gone: handles that led to it lead nowhere.
    pub(in crate::core) fn orphan_calls(&mut self, listener: ListenerId) {
        self.orphan(|user| user.calls.is_some_and(|(l, _)| l == listener));
    }

    /// A program has ended: the resources that it provided lead nowhere.
    /// Answers them.
    pub(in crate::core) fn orphan_of(&mut self, owner: TaskId) -> Vec<ResourceId> {
        self.orphan(|user| user.owner == owner)
    }

    /// Marks the resources of programs that are meant as leading nowhere:
    /// handles of them stay, calls on them are not connected.
    fn orphan(&mut self, meant: impl Fn(&UserObject) -> bool) -> Vec<ResourceId> {
        let mut orphaned = Vec::new();
        for (number, of) in self.all.iter_mut() {
            if let Kind::User(user) = &mut of.kind
                && meant(user)
            {
                user.orphaned = true;
                orphaned.push(ResourceId(number));
            }
        }
        orphaned
    }

    /// Whether no use of a resource is left.
    pub(in crate::core) fn is_unused(&self, id: ResourceId) -> bool {
        self.all.get(id.0).is_none_or(|of| of.uses == 0)
    }

    /// One use of a resource more.
    pub(in crate::core) fn retain(&mut self, id: ResourceId) {
        if let Some(of) = self.all.get_mut(id.0) {
            of.uses = of.uses.saturating_add(1);
        }
    }

    /// One use of a resource less. The last one of a process leaves the
    /// process.
    fn release(&mut self, id: ResourceId) {
        let Some(Resource { kind, sid, uses }) = self.all.get_mut(id.0) else {
            return;
        };
        *uses = uses.saturating_sub(1);
        match *kind {
            Kind::Task(task) if *uses == 0 => self.released.push(Released::Task(task)),
            kind if *uses == 0 => {
                self.released.push(Released::Resource(id, kind, *sid));
                self.all.remove(id.0);
                if let Kind::Badge(Badge {
                    notice: Some(notice),
                    ..
                }) = kind
                {
                    self.release(notice);
                }
            }
            _ => {}
        }
    }

    /// One use of a badge less: all that came of a transfer with it is gone.
    fn release_badge(&mut self, id: ResourceId) {
        if let Some(Kind::Badge(badge)) = self.kind(id) {
            self.released.push(Released::Badge(badge));
        }
        self.release(id);
    }

    /// Releases what nodes of the tree have given up, in their order.
    pub(super) fn free(&mut self, freed: impl IntoIterator<Item = Freed>) {
        for Freed { resource, badge } in freed {
            if let Some(id) = resource {
                self.release(id);
            }
            if let Some(id) = badge {
                self.release_badge(id);
            }
        }
    }

    /// What has been released since this was asked last, in its order.
    pub(in crate::core) fn take_released(&mut self) -> Vec<Released> {
        std::mem::take(&mut self.released)
    }
}

impl Badge {
    /// A badge without a notice.
    #[must_use]
    pub const fn silent(owner: TaskId, context: u64) -> Self {
        Self {
            owner,
            notice: None,
            event: 0,
            context,
        }
    }
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
    pub rights: nk_runtime::Rights,
    /// The resource as the security module knows it.
    pub sid: Sid,
}

impl Found {
    /// The handle, if it has these rights.
    ///
    /// # Errors
    /// `rcNoCapability`.
    pub fn with(self, rights: nk_runtime::Rights) -> Result<Self, Retcode> {
        if self.rights.contain(rights) {
            Ok(self)
        } else {
            Err(Retcode::NO_CAPABILITY)
        }
    }

    /// The process behind it.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of something else.
    pub const fn task(self) -> Result<TaskId, Retcode> {
        match self.kind {
            Kind::Task(task) => Ok(task),
            _ => Err(Retcode::INVALID_ARGUMENT),
        }
    }

    /// The sync object behind it.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of something else.
    pub const fn sync(self) -> Result<ResourceId, Retcode> {
        match self.kind {
            Kind::Sync { .. } => Ok(self.resource),
            _ => Err(Retcode::INVALID_ARGUMENT),
        }
    }

    /// The notice behind it.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of something else.
    pub const fn notice(self) -> Result<ResourceId, Retcode> {
        match self.kind {
            Kind::Notice => Ok(self.resource),
            _ => Err(Retcode::INVALID_ARGUMENT),
        }
    }
}
