//! The start-up plan: which programs run, and who may call whom
//! (`docs/init.md` §2, §3).
use nk_security::ClassId;
use serde::{Deserialize, Serialize};

/// Position in [`Plan::tasks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u32);

impl TaskId {
    /// The position.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
    /// The id of a position; `None` beyond `u32`.
    #[must_use]
    pub fn new(index: usize) -> Option<Self> {
        u32::try_from(index).ok().map(Self)
    }
}

/// What starts and how it is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The class that starts the tasks: the source of their `execute` events.
    pub initiator: ClassId,
    /// Tasks in the order in which they start.
    pub tasks: Vec<Task>,
    /// Static channels.
    pub channels: Vec<Channel>,
}

/// A program to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name; unique in the solution.
    pub name: String,
    /// Its process class.
    pub class: ClassId,
    /// File below the folder of programs; `argv[0]` too.
    pub path: String,
    /// `argv[1..]`
    pub args: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
}

/// A static channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// The calling task.
    pub client: TaskId,
    /// The serving task.
    pub server: TaskId,
    /// Its name: unique among the client's; all channels of a server with one
    /// name share a listener.
    pub name: String,
}
