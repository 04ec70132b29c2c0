//! A solution as a graph: processes, the channels between them, and which
//! methods the policy lets through.
//!
//! It is made from a finished image alone, so that it shows what the kernel
//! will enforce, not what the sources say. `crate::emit::graph` draws it.
//!
//! ```no_run
//! use nk_gen::solution::{Inputs, build, graph::Graph};
//! let solution = build(&Inputs { init: "init.yaml".into(), policy: "security.psl".into(), ..Inputs::default() });
//! if let Some(graph) = solution.image.as_ref().map(Graph::of) {
//!     std::fs::write("solution.svg", nk_gen::emit::graph::svg(&graph)).unwrap();
//! }
//! ```
mod permissions;

use nk_image::{Image, Task};
pub(crate) use permissions::Permissions;

/// What the policy says about a method between a client and a server, from the
/// most permissive answer to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Every request and every response pass.
    Always,
    /// It depends on the message, or on the state of policy objects.
    Depends,
    /// The request may pass, but no response to it.
    Unanswered,
    /// No request passes.
    Never,
}

/// The graph of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Its name.
    pub name: String,
    /// The tasks, in the order of their start.
    pub processes: Vec<Process>,
    /// The channels. Those of several clients to one server that have one name
    /// and pass the same methods are one.
    pub channels: Vec<Channel>,
    /// What the policy grants between tasks without a channel: more than the
    /// solution needs. What it grants alike is one.
    pub unconnected: Vec<Unconnected>,
}

/// A task, which is one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its name.
    pub task: String,
    /// Its process class.
    pub class: String,
    /// Whether the policy may let it start.
    pub starts: bool,
    /// What it offers.
    pub endpoints: Vec<String>,
    /// How many methods of the kernel it may call, and how many there are;
    /// `None` when the policy does not include the kernel.
    pub kernel: Option<(usize, usize)>,
}

/// Channels of one name to one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Positions of the clients.
    pub clients: Vec<usize>,
    /// Position of the server.
    pub server: usize,
    /// The server's endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// An endpoint, as one client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Its name: the path of instances and the endpoint.
    pub name: String,
    /// Its methods in the order of their numbers, with what the policy says.
    pub methods: Vec<(String, Way)>,
}

/// Something that is granted, but that no channel leads to.
///
///
/// It is no mistake: a policy may be written for several solutions. In a
/// drawing it shows where the policy allows more than is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconnected {
    /// Positions of the clients.
    pub clients: Vec<usize>,
    /// Position of the server.
    pub server: usize,
    /// The methods that would pass.
    pub endpoints: Vec<Endpoint>,
}

impl Graph {
    /// The graph of an image.
    #[must_use]
    pub fn of(image: &Image) -> Self {
        let permissions = Permissions {
            tables: &image.tables,
            program: &image.program,
        };
        let tasks = &image.plan.tasks;
        let processes = tasks
            .iter()
            .map(|task| permissions.process(image.plan.initiator, task))
            .collect();
        let channels = channels(image, &permissions);
        let unconnected = unconnected(tasks, &channels, &permissions);
        Self {
            name: image.name.clone(),
            processes,
            channels,
            unconnected,
        }
    }
}

/// The channels of the plan. Clients for which name, server and passing
/// methods are the same share one.
fn channels(image: &Image, permissions: &Permissions<'_>) -> Vec<Channel> {
    let tasks = &image.plan.tasks;
    let mut channels: Vec<Channel> = Vec::new();
    for channel in &image.plan.channels {
        let (client, server) = (channel.client.index(), channel.server.index());
        let (Some(from), Some(to)) = (tasks.get(client), tasks.get(server)) else {
            continue;
        };
        let endpoints = permissions.endpoints(from.class, to.class);
        let alike = |known: &&mut Channel| {
            known.server == server && known.name == channel.name && known.endpoints == endpoints
        };
        match channels.iter_mut().find(alike) {
            Some(known) => known.clients.push(client),
            None => channels.push(Channel {
                name: channel.name.clone(),
                clients: vec![client],
                server,
                endpoints,
            }),
        }
    }
    channels
}

/// What is granted between every two tasks without a channel. The time is the
/// square of the number of tasks (at most 1024).
fn unconnected(
    tasks: &[Task],
    channels: &[Channel],
    permissions: &Permissions<'_>,
) -> Vec<Unconnected> {
    let connected = |client: usize, server: usize| {
        let mut channels = channels.iter();
        channels.any(|channel| channel.server == server && channel.clients.contains(&client))
    };
    let mut unconnected: Vec<Unconnected> = Vec::new();
    for (client, from) in tasks.iter().enumerate() {
        for (server, to) in tasks.iter().enumerate() {
            if server == client || connected(client, server) {
                continue;
            }
            let endpoints = passing(permissions.endpoints(from.class, to.class));
            if !endpoints.is_empty() {
                add_unconnected(&mut unconnected, client, server, endpoints);
            }
        }
    }
    unconnected
}

/// Adds a client to what is granted alike to others, or a new entry.
fn add_unconnected(
    unconnected: &mut Vec<Unconnected>,
    client: usize,
    server: usize,
    endpoints: Vec<Endpoint>,
) {
    let alike = |known: &&mut Unconnected| known.server == server && known.endpoints == endpoints;
    match unconnected.iter_mut().find(alike) {
        Some(known) => known.clients.push(client),
        None => unconnected.push(Unconnected {
            clients: vec![client],
            server,
            endpoints,
        }),
    }
}

impl Channel {
    /// Whether no request passes on any method.
    #[must_use]
    pub fn is_useless(&self) -> bool {
        self.endpoints
            .iter()
            .flat_map(|endpoint| &endpoint.methods)
            .all(|(_, way)| *way == Way::Never)
    }
}

/// Only the methods whose requests may pass, and the endpoints that have one.
fn passing(endpoints: Vec<Endpoint>) -> Vec<Endpoint> {
    let passing = endpoints.into_iter().map(|mut endpoint| {
        endpoint.methods.retain(|(_, way)| *way != Way::Never);
        endpoint
    });
    passing
        .filter(|endpoint| !endpoint.methods.is_empty())
        .collect()
}
