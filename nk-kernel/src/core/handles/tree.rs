//! Deriving, sending, closing and revoking handles.
use super::{Badge, Found, Handles, Kind, Loss, Node, NodeId, Resource, ResourceId, Rights};
use nk_image::TaskId;
use nk_runtime::Retcode;
use nk_security::Sid;
use std::collections::BTreeSet;

/// Most handles that can hang below each other. Closed ones between two others count only when they carry a badge.
const MAX_DEPTH: usize = 64;

/// A handle on its way in a message.
#[derive(Debug, PartialEq, Eq, Hash, Clone)]
#[must_use]
pub struct Transit(Option<NodeId>);

/// A handle that has arrived, as its new holder sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Given {
    /// The new holder's number; `None` where no handle was sent.
    pub number: Option<u32>,
    /// What it may do.
    pub rights: Rights,
    /// What it once attached to the handle, or to the resource behind it; 0 if it attached nothing.
    pub context: u64,
}

impl Transit {
    /// No handle.
    pub const NOTHING: Self = Self(None);
}

impl Handles {
    pub(super) fn add_node(&mut self, node: Node) -> Result<NodeId, Retcode> {
        let (resource, badge, parent) = (node.resource, node.badge, node.parent);
        let id = self
            .nodes
            .add(node)
            .map(NodeId)
            .ok_or(Retcode::OUT_OF_MEMORY)?;
        // a badge lives as long as something came of it, as there is something to be told
        for used in [resource, badge].into_iter().flatten() {
            self.retain(used);
        }
        if let Some(parent) = parent.and_then(|p| self.nodes.get_mut(p.0)) {
            parent.children.insert(id);
        }
        Ok(id)
    }

    /// Puts a node into a program's table; one that does not fit is gone.
    pub(super) fn put(&mut self, task: TaskId, id: NodeId) -> Result<u32, Retcode> {
        let number = match self.tables.get_mut(task.index()) {
            Some(table) => table.add(id),
            None => Err(Retcode::INTERNAL_ERROR),
        };
        match number {
            Ok(number) => {
                if let Some(node) = self.nodes.get_mut(id.0) {
                    node.holder = Some((task, number));
                }
                Ok(number)
            }
            Err(code) => {
                self.close_node(id);
                Err(code)
            }
        }
    }

    /// A node below another.
    fn derive(
        &mut self,
        from: Found,
        rights: Rights,
        badge: Option<ResourceId>,
    ) -> Result<NodeId, Retcode> {
        if !from.rights.contain(rights) {
            return Err(Retcode::NO_CAPABILITY);
        }
        if self.upwards(from.node).nth(MAX_DEPTH).is_some() {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let node = Node {
            resource: Some(from.resource),
            sid: from.sid,
            holder: None,
            rights,
            parent: Some(from.node),
            children: BTreeSet::new(),
            badge,
        };
        self.add_node(node)
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
    pub(in crate::core) fn copy(
        &mut self,
        task: TaskId,
        number: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<u32, Retcode> {
        let found = self.find(task, number)?.with(Rights::COPY)?;
        let badge = self.badge(task, badge)?;
        if self.room(task) == 0 {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let node = self.derive(found, rights, badge)?;
        self.put(task, node)
    }

    /// Looks at a handle that is to be sent: whether it can be, and the resource behind it.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`; `rcNoCapability` when it may not be sent, or not with these rights.
    pub fn sendable(&self, task: TaskId, number: u32, rights: Rights) -> Result<Sid, Retcode> {
        let found = self
            .find(task, number)?
            .with(Rights::TRANSFER)?
            .with(rights)?;
        Ok(found.sid)
    }

    /// Makes what travels in a message. The sender keeps its handle.
    ///
    /// # Errors
    /// As [`Handles::sendable`]; `rcInvalidArgument` for a badge that is none of the sender's.
    pub fn send(
        &mut self,
        task: TaskId,
        number: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<Transit, Retcode> {
        let found = self.find(task, number)?.with(Rights::TRANSFER)?;
        let badge = self.badge(task, badge)?;
        self.derive(found, rights, badge)
            .map(|node| Transit(Some(node)))
    }

    /// Hands what a message carried to its receiver, all or nothing.
    pub(in crate::core) fn give(
        &mut self,
        task: TaskId,
        sent: Vec<Transit>,
    ) -> Result<Vec<Given>, Retcode> {
        let handles = sent.iter().filter(|transit| transit.0.is_some()).count();
        if u32::try_from(handles).unwrap_or(u32::MAX) > self.room(task) {
            self.lose(sent);
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        sent.into_iter()
            .map(|transit| self.arrive(task, &transit))
            .collect()
    }

    fn arrive(&mut self, task: TaskId, transit: &Transit) -> Result<Given, Retcode> {
        let Some(id) = transit.0 else {
            return Ok(Given {
                number: None,
                rights: Rights::default(),
                context: 0,
            });
        };
        let rights = self
            .nodes
            .get(id.0)
            .map_or(Rights::default(), |node| node.rights);
        let context = self.context(task, id);
        Ok(Given {
            number: Some(self.put(task, id)?),
            rights,
            context,
        })
    }

    /// A node and all above it.
    fn upwards(&self, id: NodeId) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.nodes.get(id.0), |node| self.nodes.get(node.parent?.0))
    }

    /// What a program attached to a handle that comes back to it: to the nearest transfer of its own above, or to its
    /// resource.
    fn context(&self, task: TaskId, id: NodeId) -> u64 {
        let mut kinds = self.upwards(id).filter_map(|node| self.kind(node.badge?));
        let own = |kind| match kind {
            Kind::Badge(badge) if badge.owner == task => Some(badge.context),
            _ => None,
        };
        if let Some(context) = kinds.find_map(own) {
            return context;
        }
        match self
            .nodes
            .get(id.0)
            .and_then(|node| self.kind(node.resource?))
        {
            Some(Kind::User(user)) if user.owner == task => user.context,
            _ => 0,
        }
    }

    /// A message that carried handles is gone.
    pub(in crate::core) fn lose(&mut self, sent: Vec<Transit>) {
        for id in sent.into_iter().filter_map(|transit| transit.0) {
            self.close_node(id);
        }
    }

    /// Closes a handle. What was made from it stays.
    pub(in crate::core) fn close(&mut self, task: TaskId, number: u32) -> Result<(), Retcode> {
        let table = self
            .tables
            .get_mut(task.index())
            .ok_or(Retcode::INTERNAL_ERROR)?;
        let id = table.remove(number).ok_or(Retcode::INVALID_ARGUMENT)?;
        self.close_node(id);
        Ok(())
    }

    /// Closes everything that a program holds.
    pub(in crate::core) fn close_all(&mut self, task: TaskId) {
        let numbers = self
            .tables
            .get(task.index())
            .map(|t| t.numbers().collect::<Vec<_>>())
            .unwrap_or_default();
        for (number, _) in numbers {
            // it was there a moment ago
            let _ = self.close(task, number);
        }
    }

    /// Closes a handle and takes away everything that was made from it.
    pub(in crate::core) fn revoke(&mut self, task: TaskId, number: u32) -> Result<(), Retcode> {
        let found = self.find(task, number)?;
        self.revoke_below(found.node, None);
        self.close(task, number)
    }

    /// Takes away what was made from a handle with this badge.
    pub(in crate::core) fn revoke_subtree(
        &mut self,
        task: TaskId,
        number: u32,
        badge: u32,
    ) -> Result<(), Retcode> {
        let found = self.find(task, number)?;
        let badge = self.badge(task, Some(badge))?;
        self.revoke_below(found.node, badge);
        Ok(())
    }

    /// Revokes the children of a node, those with a badge if one is given, and all that is below them.
    fn revoke_below(&mut self, id: NodeId, badge: Option<ResourceId>) {
        let children = |of: &Self, id: NodeId| {
            of.nodes
                .get(id.0)
                .map(|n| n.children.clone())
                .unwrap_or_default()
        };
        let with_badge = |of: &Self, id: &NodeId| {
            badge.is_none() || of.nodes.get(id.0).is_some_and(|n| n.badge == badge)
        };
        let mut below: Vec<NodeId> = children(self, id)
            .into_iter()
            .filter(|id| with_badge(self, id))
            .collect();
        let mut next = 0;
        while let Some(id) = below.get(next).copied() {
            below.extend(children(self, id));
            next = next.saturating_add(1);
        }
        // the deepest first, so that closed ones between them can go
        for id in below.into_iter().rev() {
            self.revoke_node(id);
        }
    }

    /// A node without descendants loses its resource; its holder keeps a number that says so.
    fn revoke_node(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0) else {
            return;
        };
        let (held, badge, parent) = (node.holder.is_some(), node.badge.take(), node.parent.take());
        let resource = node.resource.take();
        self.unlink(id, parent);
        match resource {
            Some(resource) => self.release(resource),
            // it only waited for its descendants
            None if !held => drop(self.nodes.remove(id.0)),
            None => {}
        }
        self.tell_badge(badge);
    }

    /// Nobody holds a node any longer.
    fn close_node(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0) else {
            return;
        };
        node.holder = None;
        if !node.children.is_empty() && node.badge.is_some() {
            // it stays, without a holder, to know when the last of what came of the transfer is gone
            let resource = node.resource.take();
            if let Some(resource) = resource {
                self.release(resource);
            }
            return;
        }
        let Some(node) = self.nodes.remove(id.0) else {
            return;
        };
        self.unlink(id, node.parent);
        for child in node.children {
            self.hang(child, node.parent);
        }
        if let Some(resource) = node.resource {
            self.release(resource);
        }
        self.tell_badge(node.badge);
        self.tidy(node.parent);
    }

    /// Hangs a node below another.
    fn hang(&mut self, id: NodeId, parent: Option<NodeId>) {
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.parent = parent;
        }
        if let Some(parent) = parent.and_then(|p| self.nodes.get_mut(p.0)) {
            parent.children.insert(id);
        }
    }

    fn unlink(&mut self, id: NodeId, parent: Option<NodeId>) {
        if let Some(parent) = parent.and_then(|p| self.nodes.get_mut(p.0)) {
            parent.children.remove(&id);
        }
    }

    /// Removes closed nodes that waited for their descendants, upwards.
    fn tidy(&mut self, mut id: Option<NodeId>) {
        while let Some(at) = id {
            let Some(node) = self.nodes.get(at.0) else {
                return;
            };
            let waited =
                node.holder.is_none() && node.resource.is_none() && node.children.is_empty();
            if !waited || node.badge.is_none() {
                return;
            }
            let Some(node) = self.nodes.remove(at.0) else {
                return;
            };
            self.unlink(at, node.parent);
            self.tell_badge(node.badge);
            id = node.parent;
        }
    }

    /// One use of a resource more.
    pub(in crate::core) fn retain(&mut self, id: ResourceId) {
        if let Some(of) = self.resources.get_mut(id.0) {
            of.handles = of.handles.saturating_add(1);
        }
    }

    /// One use of a resource less.
    fn release(&mut self, id: ResourceId) {
        let Some(Resource { kind, sid, handles }) = self.resources.get_mut(id.0) else {
            return;
        };
        *handles = handles.saturating_sub(1);
        if *handles > 0 || matches!(kind, Kind::Task(_)) {
            return self.note_unheld(id);
        }
        let kind = *kind;
        self.losses.push(Loss::Resource(id, kind, *sid));
        self.resources.remove(id.0);
        if let Kind::Badge(Badge {
            notice: Some(notice),
            ..
        }) = kind
        {
            self.release(notice);
        }
    }

    /// A process without handles may be one to forget.
    fn note_unheld(&mut self, id: ResourceId) {
        if let Some(Resource {
            kind: Kind::Task(task),
            handles: 0,
            ..
        }) = self.resources.get(id.0)
        {
            self.losses.push(Loss::Task(*task));
        }
    }

    /// Forgets a resource that goes whatever handles of it there are: they are revoked.
    pub(in crate::core) fn remove_resource(&mut self, id: ResourceId) {
        let of =
            |(number, node): (u32, &Node)| (node.resource == Some(id)).then_some(NodeId(number));
        for node in self.nodes.iter().filter_map(of).collect::<Vec<_>>() {
            if let Some(node) = self.nodes.get_mut(node.0) {
                node.resource = None;
            }
        }
        self.resources.remove(id.0);
    }

    fn tell_badge(&mut self, badge: Option<ResourceId>) {
        let Some(id) = badge else { return };
        if let Some(Kind::Badge(badge)) = self.kind(id) {
            self.losses.push(Loss::Badge(badge));
        }
        self.release(id);
    }
}

impl Badge {
    /// A badge that tells nobody.
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
