//! The tree of handles: what is made from a handle, by copying it or by sending
//! it in a message, hangs below it. Closing a node hands its children to its
//! parent; revoking one takes away everything below.
//!
//! ```text
//! root (first handle of a resource)
//! ├── copy, same program
//! │   └── sent to B, badge 1
//! │       └── sent on by B to C
//! └── sent to D
//! ```
//!
//! A node that was closed goes at once, unless it carries a badge and something
//! still hangs below it: then it stays without a holder, to know when the last
//! of what came of that transfer is gone. A node that was revoked stays with
//! its holder, whose number answers `rcHandleRevoked` until it is closed.
use super::resources::{Found, Freed};
use super::{ResourceId, Rights};
use crate::core::slab::Slab;
use nk_image::TaskId;
use nk_runtime::Retcode;
use nk_security::Sid;
use std::collections::BTreeSet;

/// Most handles that can hang below each other. Closed ones between two others
/// count only when they carry a badge.
const MAX_DEPTH: usize = 64;

/// The number of a node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::core) struct NodeId(pub(super) u32);

/// A handle: what it refers to, what it may do, and where it hangs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Node {
    /// `None`: revoked.
    resource: Option<ResourceId>,
    /// Of the resource, also when there is none any more.
    sid: Sid,
    /// Who holds it by which number; `None` while it is in a message, and for
    /// one that was closed before its descendants.
    holder: Option<(TaskId, u32)>,
    rights: Rights,
    parent: Option<NodeId>,
    children: BTreeSet<NodeId>,
    /// How it was made from its parent.
    badge: Option<ResourceId>,
}

/// The handles of all programs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Tree(Slab<Node>);

impl Tree {
    /// An empty tree.
    pub(super) const fn new() -> Self {
        Self(Slab::new())
    }

    /// A first handle of a resource, held by nobody yet.
    ///
    /// # Errors
    /// `rcOutOfMemory` when there are 2³² nodes.
    pub(super) fn root(
        &mut self,
        resource: ResourceId,
        sid: Sid,
        rights: Rights,
    ) -> Result<NodeId, Retcode> {
        self.add(Node {
            resource: Some(resource),
            sid,
            holder: None,
            rights,
            parent: None,
            children: BTreeSet::new(),
            badge: None,
        })
    }

    /// A handle below another, held by nobody yet.
    ///
    /// # Errors
    /// `rcNoCapability` for more rights than there are, `rcQuotaExceeded` for
    /// one that has come too far, `rcOutOfMemory`.
    pub(super) fn derive(
        &mut self,
        from: Found,
        rights: Rights,
        badge: Option<ResourceId>,
    ) -> Result<NodeId, Retcode> {
        from.with(rights)?;
        if self.upwards(from.node).nth(MAX_DEPTH).is_some() {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let id = self.add(Node {
            resource: Some(from.resource),
            sid: from.sid,
            holder: None,
            rights,
            parent: Some(from.node),
            children: BTreeSet::new(),
            badge,
        })?;
        if let Some(parent) = self.0.get_mut(from.node.0) {
            parent.children.insert(id);
        }
        Ok(id)
    }

    /// Puts a node into the slab, without linking it.
    ///
    /// # Errors
    /// `rcOutOfMemory` when there are 2³² nodes.
    fn add(&mut self, node: Node) -> Result<NodeId, Retcode> {
        self.0.add(node).map(NodeId).ok_or(Retcode::OUT_OF_MEMORY)
    }

    /// A program holds a node from now on, by a number of its own.
    pub(super) fn hold(&mut self, id: NodeId, task: TaskId, number: u32) {
        if let Some(node) = self.0.get_mut(id.0) {
            node.holder = Some((task, number));
        }
    }

    /// What a node refers to, if it was not revoked, and what it may do.
    ///
    /// # Errors
    /// `rcHandleRevoked`.
    pub(super) fn reference(&self, id: NodeId) -> Result<(ResourceId, Rights), Retcode> {
        let node = self.0.get(id.0).ok_or(Retcode::INTERNAL_ERROR)?;
        let resource = node.resource.ok_or(Retcode::HANDLE_REVOKED)?;
        Ok((resource, node.rights))
    }

    /// What the holder of a node may do, also when it was revoked.
    pub(super) fn rights(&self, id: NodeId) -> Rights {
        self.0
            .get(id.0)
            .map_or(Rights::default(), |node| node.rights)
    }

    /// The resource of a node, also when the node was revoked.
    pub(super) fn sid(&self, id: NodeId) -> Option<Sid> {
        self.0.get(id.0).map(|node| node.sid)
    }

    /// A node and all above it.
    fn upwards(&self, id: NodeId) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.0.get(id.0), |node| self.0.get(node.parent?.0))
    }

    /// The badges that a node and those above it were made with, the nearest
    /// first.
    pub(super) fn badges(&self, id: NodeId) -> impl Iterator<Item = ResourceId> {
        self.upwards(id).filter_map(|node| node.badge)
    }

    /// Nobody holds a node any longer. What was made from it stays.
    pub(super) fn close(&mut self, id: NodeId) -> Vec<Freed> {
        let Some(node) = self.0.get_mut(id.0) else {
            return Vec::new();
        };
        node.holder = None;
        if !node.children.is_empty() && node.badge.is_some() {
            // it stays, without a holder, to know when the last of what came of the transfer is gone
            let resource = node.resource.take();
            return vec![Freed {
                resource,
                badge: None,
            }];
        }
        let Some(node) = self.0.remove(id.0) else {
            return Vec::new();
        };
        self.unlink(id, node.parent);
        for child in node.children {
            self.hang(child, node.parent);
        }
        let mut freed = vec![Freed {
            resource: node.resource,
            badge: node.badge,
        }];
        self.tidy(node.parent, &mut freed);
        freed
    }

    /// Revokes the children of a node, those with a badge if one is given, and
    /// all that is below them.
    pub(super) fn revoke_below(&mut self, id: NodeId, badge: Option<ResourceId>) -> Vec<Freed> {
        let mut below = self.children(id);
        if badge.is_some() {
            below.retain(|id| self.0.get(id.0).is_some_and(|node| node.badge == badge));
        }
        let mut next = 0;
        while let Some(id) = below.get(next).copied() {
            below.extend(self.children(id));
            next = next.saturating_add(1);
        }
        // the deepest first, so that closed ones between them can go
        let deepest_first = below.into_iter().rev();
        deepest_first.filter_map(|id| self.revoke(id)).collect()
    }

    /// What hangs directly below a node, in the order of its numbers.
    fn children(&self, id: NodeId) -> Vec<NodeId> {
        let node = self.0.get(id.0).into_iter();
        node.flat_map(|node| &node.children).copied().collect()
    }

    /// A node without descendants loses its resource; its holder keeps a number
    /// that says so.
    fn revoke(&mut self, id: NodeId) -> Option<Freed> {
        let node = self.0.get_mut(id.0)?;
        let (held, parent) = (node.holder.is_some(), node.parent.take());
        let freed = Freed {
            resource: node.resource.take(),
            badge: node.badge.take(),
        };
        self.unlink(id, parent);
        if freed.resource.is_none() && !held {
            // it only waited for its descendants
            self.0.remove(id.0);
        }
        Some(freed)
    }

    /// Hangs a node below another.
    fn hang(&mut self, id: NodeId, parent: Option<NodeId>) {
        if let Some(node) = self.0.get_mut(id.0) {
            node.parent = parent;
        }
        if let Some(parent) = parent.and_then(|p| self.0.get_mut(p.0)) {
            parent.children.insert(id);
        }
    }

    /// Takes a node out of its parent's children.
    fn unlink(&mut self, id: NodeId, parent: Option<NodeId>) {
        if let Some(parent) = parent.and_then(|p| self.0.get_mut(p.0)) {
            parent.children.remove(&id);
        }
    }

    /// Removes closed nodes that waited for their descendants, upwards.
    fn tidy(&mut self, mut id: Option<NodeId>, freed: &mut Vec<Freed>) {
        while let Some(at) = id {
            let waited = |node: &Node| {
                node.holder.is_none()
                    && node.resource.is_none()
                    && node.children.is_empty()
                    && node.badge.is_some()
            };
            if !self.0.get(at.0).is_some_and(waited) {
                return;
            }
            let Some(node) = self.0.remove(at.0) else {
                return;
            };
            self.unlink(at, node.parent);
            freed.push(Freed {
                resource: None,
                badge: node.badge,
            });
            id = node.parent;
        }
    }

    /// A resource is gone: the handles of it are revoked.
    pub(super) fn forget_resource(&mut self, resource: ResourceId) {
        for (_, node) in self.0.iter_mut() {
            if node.resource == Some(resource) {
                node.resource = None;
            }
        }
    }
}
