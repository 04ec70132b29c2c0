//! Clients that ask a server for a channel, and lanes of the server that wait
//! for one: the server looks who asks, and accepts or refuses
//! (`docs/kernel.md` §5).
use crate::core::LaneId;
use nk_image::TaskId;
use std::collections::VecDeque;

/// A client and what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelRequest<'n> {
    /// The client's task name.
    pub client: &'n str,
    /// What it asks for, by documentation the qualified name of an endpoint.
    pub service: &'n str,
}

/// A client that waits to be accepted, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Client {
    lane: LaneId,
    service: String,
}

/// The two sides of one server's lobby. At most one of them has something to
/// wait for at a time: a lane that listens is told of a client as soon as there
/// is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Queues {
    clients: VecDeque<Client>,
    /// Lanes of the server.
    listening: VecDeque<LaneId>,
}

/// The queues of all servers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(in crate::core) struct Clients(Vec<Queues>);

impl Clients {
    /// Empty queues for a program, at a position that may have been another's.
    pub(in crate::core) fn add_program(&mut self, task: TaskId) {
        let programs = task.index().saturating_add(1).max(self.0.len());
        self.0.resize_with(programs, Queues::default);
        if let Some(queues) = self.0.get_mut(task.index()) {
            *queues = Queues::default();
        }
    }

    /// A client asks a server from now on.
    pub(in crate::core) fn ask(&mut self, server: TaskId, lane: LaneId, service: &str) {
        if let Some(queues) = self.0.get_mut(server.index()) {
            let service = service.to_owned();
            queues.clients.push_back(Client { lane, service });
        }
    }

    /// A lane of a server waits for a client from now on.
    pub(in crate::core) fn listen(&mut self, lane: LaneId) {
        if let Some(queues) = self.0.get_mut(lane.task.index()) {
            queues.listening.push_back(lane);
        }
    }

    /// Takes out the lane of a server that listens longest, and tells it of the
    /// first client: the client's lane, and what it asks for. The client stays,
    /// and goes to the end of the queue. `None` unless there are both.
    pub(in crate::core) fn introduce(
        &mut self,
        server: TaskId,
    ) -> Option<(LaneId, LaneId, String)> {
        let queues = self.0.get_mut(server.index())?;
        if queues.clients.is_empty() {
            return None;
        }
        let listening = queues.listening.pop_front()?;
        let first = queues.clients.pop_front()?;
        let (client, service) = (first.lane, first.service.clone());
        queues.clients.push_back(first);
        Some((listening, client, service))
    }

    /// The first client that asks a server for a service, among those that are
    /// meant.
    pub(in crate::core) fn find(
        &self,
        server: TaskId,
        service: &str,
        meant: impl Fn(TaskId) -> bool,
    ) -> Option<LaneId> {
        let mut clients = self.0.get(server.index())?.clients.iter();
        let found = clients.find(|client| client.service == service && meant(client.lane.task))?;
        Some(found.lane)
    }

    /// A client asks no longer.
    pub(in crate::core) fn forget_client(&mut self, server: TaskId, lane: LaneId) {
        if let Some(queues) = self.0.get_mut(server.index()) {
            queues.clients.retain(|client| client.lane != lane);
        }
    }

    /// A lane of a server listens no longer.
    pub(in crate::core) fn forget_listening(&mut self, lane: LaneId) {
        if let Some(queues) = self.0.get_mut(lane.task.index()) {
            queues.listening.retain(|l| *l != lane);
        }
    }

    /// Takes out all clients of a server.
    pub(in crate::core) fn take_clients(&mut self, server: TaskId) -> Vec<LaneId> {
        let queues = self.0.get_mut(server.index());
        let clients = queues.map(|queues| std::mem::take(&mut queues.clients));
        let lane = |client: Client| client.lane;
        clients.unwrap_or_default().into_iter().map(lane).collect()
    }

    /// Takes out all lanes of a server that listen.
    pub(in crate::core) fn take_listening(&mut self, server: TaskId) -> VecDeque<LaneId> {
        let queues = self.0.get_mut(server.index());
        queues
            .map(|queues| std::mem::take(&mut queues.listening))
            .unwrap_or_default()
    }
}
