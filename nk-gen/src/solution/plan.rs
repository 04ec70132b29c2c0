//! The start-up plan of the image: tasks in the order of their start, channels
//! grouped by client in that order (`docs/init.md` §3).
//!
//! The order of the channels is that in which generated start-up code creates
//! them; it decides the handle numbers that a client sees.
use crate::policy::{Class, EINIT};
use crate::solution::init::{self, StartUp, is_dropped, start_order};
use nk_image::{Channel, ClassId, Plan, Task, TaskId};

/// The plan; `None` when a name leads nowhere, which has been reported.
pub(super) fn build(start_up: &StartUp, table: &[Class]) -> Option<Plan> {
    let order = order(start_up)?;
    let mut plan = Plan {
        initiator: class_id(table, EINIT)?,
        tasks: Vec::new(),
        channels: Vec::new(),
    };
    for at in &order {
        let task = start_up.tasks.get(*at)?;
        plan.tasks.push(planned(task, table)?);
        let client = task_id(&order, *at)?;
        for connection in &task.connections {
            let server = position(start_up, &connection.target.text)?;
            plan.channels.push(Channel {
                client,
                server: task_id(&order, server)?,
                name: connection.id.text.clone(),
            });
        }
    }
    Some(plan)
}

/// Positions of the tasks of the file in the order of their start.
fn order(start_up: &StartUp) -> Option<Vec<usize>> {
    let tasks = start_up.tasks.iter();
    let names: Vec<&str> = tasks.map(|task| task.name.text.as_str()).collect();
    let mut connections = Vec::new();
    for (client, task) in start_up.tasks.iter().enumerate() {
        for connection in &task.connections {
            connections.push((client, position(start_up, &connection.target.text)?));
        }
    }
    Some(start_order(&names, &connections))
}

/// Where a task stands in the file.
fn position(start_up: &StartUp, name: &str) -> Option<usize> {
    let mut tasks = start_up.tasks.iter();
    tasks.position(|task| task.name.text == name)
}

/// The id of a class: its position in the image's table.
fn class_id(table: &[Class], name: &str) -> Option<ClassId> {
    ClassId::new(table.iter().position(|class| class.name == name)?)
}

/// The id of a task: its position in the order of the start.
fn task_id(order: &[usize], at: usize) -> Option<TaskId> {
    TaskId::new(order.iter().position(|task| *task == at)?)
}

/// A task as the image has it, without the variables that are never passed on.
///
///
/// Environment variables that change what the system's loader runs are left
/// out; the file's check has warned about each of them.
fn planned(task: &init::Task, table: &[Class]) -> Option<Task> {
    let passed = task.env.iter().filter(|(key, _)| !is_dropped(&key.text));
    Some(Task {
        name: task.name.text.clone(),
        class: class_id(table, &task.class.text)?,
        path: task.path.text.clone(),
        args: task.args.iter().map(|arg| arg.text.clone()).collect(),
        env: passed
            .map(|(key, value)| (key.text.clone(), value.text.clone()))
            .collect(),
    })
}
