//! The start-up plan: tasks in the order of their start, channels grouped by
//! client in that order (`spec/psl-runtime.md` §E.3).
use crate::policy::{Class, EINIT};
use crate::solution::init::{StartUp, is_dropped, start_order};
use nk_image::{Channel, ClassId, Plan, Task, TaskId};

/// The plan; `None` when a name leads nowhere, which is reported elsewhere.
pub(super) fn build(start_up: &StartUp, table: &[Class]) -> Option<Plan> {
    let class = |name: &str| ClassId::new(table.iter().position(|class| class.name == name)?);
    let position = |name: &str| {
        start_up
            .tasks
            .iter()
            .position(|task| task.name.text == name)
    };
    let names: Vec<&str> = start_up
        .tasks
        .iter()
        .map(|task| task.name.text.as_str())
        .collect();
    let mut connections = Vec::new();
    for (client, task) in start_up.tasks.iter().enumerate() {
        for connection in &task.connections {
            connections.push((client, position(&connection.target.text)?));
        }
    }
    let order = start_order(&names, &connections);
    let task_id = |at: usize| TaskId::new(order.iter().position(|task| *task == at)?);
    let mut plan = Plan {
        initiator: class(EINIT)?,
        tasks: Vec::new(),
        channels: Vec::new(),
    };
    for at in &order {
        let task = start_up.tasks.get(*at)?;
        let passed = task.env.iter().filter(|(key, _)| !is_dropped(&key.text));
        plan.tasks.push(Task {
            name: task.name.text.clone(),
            class: class(&task.class.text)?,
            path: task.path.text.clone(),
            args: task
                .args
                .iter()
                .map(|argument| argument.text.clone())
                .collect(),
            env: passed
                .map(|(key, value)| (key.text.clone(), value.text.clone()))
                .collect(),
        });
        for connection in &task.connections {
            let server = task_id(position(&connection.target.text)?)?;
            plan.channels.push(Channel {
                client: task_id(*at)?,
                server,
                name: connection.id.text.clone(),
            });
        }
    }
    Some(plan)
}
