//! The image as plain data, and the proof that makes a [`Solution`] of it.
use crate::{Channel, Plan, Task};
use core::fmt;
use nk_security::{Policy, PolicyError, Program, Tables};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Smallest and largest maximum message, in bytes (`docs/wire.md` §5).
pub const MESSAGE_MAXIMA: [u32; 3] = [4 << 20, 8 << 20, 16 << 20];

/// Everything that the kernel needs to run a solution. Built by
/// `nk-gen solution`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The solution's name, for people.
    pub name: String,
    /// The descriptions.
    pub tables: Tables,
    /// The policy.
    pub program: Program,
    /// The start-up plan.
    pub plan: Plan,
    /// Largest message, constant part and arena together: one of
    /// [`MESSAGE_MAXIMA`].
    pub max_message: u32,
}

/// An image of which everything has been proved; what the kernel runs.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The solution's name.
    pub name: String,
    /// The start-up plan.
    pub plan: Plan,
    /// Descriptions and policy, ready to decide.
    pub policy: Policy,
    /// Largest message in bytes.
    pub max_message: u32,
    /// SHA-256 of the policy program.
    pub policy_digest: [u8; 32],
}

/// Why an image is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageError {
    /// Descriptions or policy.
    Policy(PolicyError),
    /// The plan refers to a class or task that does not exist; the text names
    /// the part.
    Reference(String),
    /// A name of the plan is a duplicate, or cannot be shown or passed on.
    Name(String),
    /// A maximum message that is not offered.
    MaxMessage(u32),
    /// It cannot be written.
    Write,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(e) => e.fmt(f),
            Self::Reference(part) => {
                write!(f, "{part} refers to a class or task that does not exist")
            }
            Self::Name(part) => write!(
                f,
                "{part} has a name that is a duplicate, is empty or contains control characters"
            ),
            Self::MaxMessage(n) => write!(
                f,
                "a maximum message of {n} bytes is not supported (expected 4, 8 or 16 MiB)"
            ),
            Self::Write => f.write_str("the image cannot be written"),
        }
    }
}
impl core::error::Error for ImageError {}

impl Image {
    /// Proves everything that the kernel will rely on.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn prove(self) -> Result<Solution, ImageError> {
        shown(&self.name, "the solution")?;
        if !MESSAGE_MAXIMA.contains(&self.max_message) {
            return Err(ImageError::MaxMessage(self.max_message));
        }
        prove_plan(&self.plan, &self.tables)?;
        let policy_digest = digest(&self.program)?;
        let policy = Policy::prove(self.tables, self.program).map_err(ImageError::Policy)?;
        Ok(Solution {
            name: self.name,
            plan: self.plan,
            policy,
            max_message: self.max_message,
            policy_digest,
        })
    }
}

fn digest(program: &Program) -> Result<[u8; 32], ImageError> {
    let bytes = postcard::to_allocvec(program).map_err(|_| ImageError::Write)?;
    Ok(Sha256::digest(bytes).into())
}

/// Tasks and channels, each with a name of its own: a task's in the solution, a
/// channel's among its client's.
fn prove_plan(plan: &Plan, tables: &Tables) -> Result<(), ImageError> {
    if tables.class(plan.initiator).is_none() {
        return Err(ImageError::Reference("the initiator".into()));
    }
    prove_tasks(&plan.tasks, tables)?;
    prove_channels(plan)
}

fn prove_tasks(tasks: &[Task], tables: &Tables) -> Result<(), ImageError> {
    let mut names = BTreeSet::new();
    tasks.iter().try_for_each(|task| {
        prove_task(task, tables)?;
        once(names.insert(task.name.as_str()), || task_part(task))
    })
}

fn prove_channels(plan: &Plan) -> Result<(), ImageError> {
    let mut ends = BTreeSet::new();
    plan.channels.iter().try_for_each(|channel| {
        prove_channel(channel, plan)?;
        let end = (channel.client, channel.name.as_str());
        once(ends.insert(end), || channel_part(channel))
    })
}

/// # Errors
/// [`ImageError::Name`] for a name that is a duplicate.
fn once(is_new: bool, part: impl FnOnce() -> String) -> Result<(), ImageError> {
    if is_new {
        Ok(())
    } else {
        Err(ImageError::Name(part()))
    }
}

fn task_part(task: &Task) -> String {
    format!("task `{}`", task.name)
}

fn channel_part(channel: &Channel) -> String {
    format!("channel `{}`", channel.name)
}

fn prove_task(task: &Task, tables: &Tables) -> Result<(), ImageError> {
    shown(&task.name, "a task")?;
    shown(&task.path, "the path of a task")?;
    if !can_be_passed(task) {
        return Err(ImageError::Name(task_part(task)));
    }
    let class = tables.class(task.class);
    class
        .map(drop)
        .ok_or_else(|| ImageError::Reference(task_part(task)))
}

/// Whether the system can pass arguments and environment on: no text holds a
/// NUL, and variables have names without `=`.
fn can_be_passed(task: &Task) -> bool {
    let variables = task.env.iter().flat_map(|(key, value)| [key, value]);
    let mut texts = task.args.iter().chain(variables);
    let named = |(key, _): &(String, String)| !key.is_empty() && !key.contains('=');
    !texts.any(|text| text.contains('\0')) && task.env.iter().all(named)
}

fn prove_channel(channel: &Channel, plan: &Plan) -> Result<(), ImageError> {
    shown(&channel.name, "a channel")?;
    let there = |task: crate::TaskId| plan.tasks.get(task.index()).is_some();
    if there(channel.client) && there(channel.server) && channel.client != channel.server {
        Ok(())
    } else {
        Err(ImageError::Reference(channel_part(channel)))
    }
}

fn shown(name: &str, part: &str) -> Result<(), ImageError> {
    if name.is_empty() || name.chars().any(char::is_control) {
        Err(ImageError::Name(part.into()))
    } else {
        Ok(())
    }
}
