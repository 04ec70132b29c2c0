//! The rules that an init.yaml must keep whatever the classes are
//! (`docs/init.md` §2.4 rules 2–4, `docs/inputs.md` §4 Y04–Y12).
//!
//! Names and paths come from a file that may be hostile: what reaches a log,
//! the file system or the environment of a program is limited here, in length
//! and in characters.
use super::schema::Entries;
use super::{Connection, Findings, StartUp, Task};
use crate::text::codes::Code;
use crate::text::suggest::did_you_mean;
use nk_grammar::syntax::Name;
use std::collections::HashMap;

/// Longest task or channel name in bytes.
const MAX_NAME: usize = 1_023;
/// Longest path of an executable in bytes.
const MAX_PATH: usize = 1_023;
/// Arguments and environment of one task together, in bytes: what the kernel's
/// `SetEnv` takes (`docs/init.md` §3).
const MAX_ENVIRONMENT: usize = 131_072;
/// Variables that make the system's loader run other code than the program's
/// own.
const LOADER: [&str; 3] = ["LD_", "GLIBC_TUNABLES", "GCONV_PATH"];

/// The prefix of the SDK's own components, whose tasks its build scripts add.
const SDK: &str = "kl.";

/// Checks every task by itself, then all together.
///
/// `without_supplied`: the template asks for the tasks that the SDK supplies,
/// which this solution does not have; channels to them are left out.
pub(super) fn check(
    Entries { start_up, complete }: &mut Entries,
    without_supplied: bool,
    findings: &mut Findings,
) {
    let mut complete = *complete;
    for task in &start_up.tasks {
        let before = findings.list.len();
        check_class_name(&task.class, findings);
        complete &= findings.list.len() == before;
        // what is taken from the class's name is as right as that
        if task.name.span != task.class.span {
            check_name(&task.name, "a task name", findings);
        }
        if task.path.span != task.class.span {
            check_path(&task.path, findings);
        }
        check_environment(task, findings);
        check_ids(&task.connections, findings);
    }
    check_task_names(start_up, findings);
    if without_supplied {
        leave_out_supplied(start_up, findings);
    }
    check_targets(start_up, complete, findings);
}

/// A class is named by words with dots between them: `fs.Driver`.
fn check_class_name(name: &Name, findings: &mut Findings) {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if !name.text.split('.').all(word) {
        let message = format!(
            "`{}` is not the name of a process class",
            name.text.escape_debug()
        );
        findings.error(
            Code::BAD_VALUE,
            message,
            name.span,
            template(&name.text)
                .map_or("a class is named by words with dots between them", |left| {
                    left.help()
                }),
        );
    }
}

/// Names of tasks and channels are shown and compared: nothing hidden in them.
/// A template variable that was not expanded gets its own message.
fn check_name(name: &Name, what: &str, findings: &mut Findings) {
    let shown: String = name.text.escape_debug().take(60).collect();
    if name.text.is_empty() || name.text.len() > MAX_NAME || name.text.chars().any(char::is_control)
    {
        let message = format!("`{shown}` cannot be {what}");
        findings.error(
            Code::BAD_VALUE,
            message,
            name.span,
            format!("use 1 to {MAX_NAME} visible characters"),
        );
    } else if let Some(left) = template(&name.text) {
        findings.error(
            Code::NOT_A_START_UP,
            format!("template variable in {what}: `{shown}`"),
            name.span,
            left.help(),
        );
    }
}

/// An executable lies inside the folder of programs: no way up, no absolute
/// path (Y08).
///
///
/// `../../bin/sh` or `/bin/sh` would start a program that is not part of the
/// solution.
fn check_path(path: &Name, findings: &mut Findings) {
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let text = &path.text;
    if let Some(left) = template(text) {
        findings.error(
            Code::NOT_A_START_UP,
            format!("template variable in a path: `{text}`"),
            path.span,
            left.help(),
        );
    } else if !text.split('/').all(part)
        || text.len() > MAX_PATH
        || text.chars().any(char::is_control)
    {
        let shown: String = text.escape_debug().take(60).collect();
        let message = format!("path `{shown}` is not a file inside the folder of programs");
        findings.error(
            Code::OUTSIDE_PROGRAM,
            message,
            path.span,
            "write the file's name, or its path below that folder",
        );
    }
}

/// Arguments and environment of a task: each by itself, then their size.
fn check_environment(task: &Task, findings: &mut Findings) {
    let values = task.env.iter().map(|(_, value)| value);
    for value in task.args.iter().chain(values) {
        check_value(value, task, findings);
    }
    for (key, _) in &task.env {
        check_variable(key, findings);
    }
    check_environment_size(task, findings);
}

/// An argument or the value of a variable: without NUL, which ends it for the
/// program, and without a template variable, which is only a warning.
fn check_value(value: &Name, task: &Task, findings: &mut Findings) {
    if value.text.contains('\0') {
        let message = "an argument or value with a NUL character";
        let help = "remove the character: it ends the text for the program";
        findings.error(Code::BAD_VALUE, message, value.span, help);
    } else if let Some(variable) = template(&value.text) {
        let message = format!(
            "template variable without a value: task `{}` is given it as it stands",
            task.name.text
        );
        let help = variable.help();
        findings.warning(Code::TEMPLATE_IN_VALUE, message, value.span, help);
    }
}

/// The name of an environment variable: not empty, without `=` and NUL, and
/// none that changes what the loader runs (Y09).
fn check_variable(key: &Name, findings: &mut Findings) {
    let shown = key.text.escape_debug();
    if key.text.is_empty() || key.text.contains(['=', '\0']) {
        let message = format!("`{shown}` cannot be the name of a variable");
        let help = "a variable has a name without `=`";
        findings.error(Code::BAD_VARIABLE_NAME, message, key.span, help);
    } else if is_dropped(&key.text) {
        let message = format!(
            "`{}` changes what the system's loader runs: it is dropped",
            key.text
        );
        let help = "remove it; programs are started as they are";
        findings.warning(Code::LOADER_VARIABLE, message, key.span, help);
    }
}

/// The size in bytes as the kernel counts it: a NUL behind every argument, `=`
/// and NUL with every variable.
fn check_environment_size(task: &Task, findings: &mut Findings) {
    let args = task
        .args
        .iter()
        .map(|arg| arg.text.len() + 1)
        .sum::<usize>();
    let env = task.env.iter();
    let env = env.map(|(key, value)| key.text.len() + value.text.len() + 2);
    let bytes = args + env.sum::<usize>();
    if bytes > MAX_ENVIRONMENT {
        let message = format!(
            "arguments and environment of task `{}` take {bytes} bytes; the limit is {MAX_ENVIRONMENT}",
            task.name.text
        );
        let help = "pass less, or a file's name";
        findings.error(Code::ARGUMENTS_TOO_LARGE, message, task.class.span, help);
    }
}

/// Whether a variable is never passed on.
pub(crate) fn is_dropped(variable: &str) -> bool {
    LOADER.iter().any(|prefix| variable.starts_with(prefix))
}

/// A client's channels have different names (rule 4): a program finds its
/// channel by the name.
fn check_ids(connections: &[Connection], findings: &mut Findings) {
    let mut seen: HashMap<&str, &Name> = HashMap::new();
    for connection in connections {
        check_name(&connection.id, "a channel name", findings);
        if let Some(first) = seen.insert(&connection.id.text, &connection.id) {
            report_duplicate(
                Code::DUPLICATE_CHANNEL,
                format!("this task has two channels named `{}`", connection.id.text),
                &connection.id,
                first,
                findings,
            );
        }
    }
}

/// Task names are unique (rule 2): connections refer to them.
fn check_task_names(start_up: &StartUp, findings: &mut Findings) {
    let mut seen: HashMap<&str, &Name> = HashMap::new();
    for task in &start_up.tasks {
        if let Some(first) = seen.insert(&task.name.text, &task.name) {
            report_duplicate(
                Code::DUPLICATE_TASK,
                format!("two tasks are named `{}`", task.name.text),
                &task.name,
                first,
                findings,
            );
        }
    }
}

/// Reports a name that is used again, with the place of the first use.
fn report_duplicate(
    code: Code,
    message: String,
    name: &Name,
    first: &Name,
    findings: &mut Findings,
) {
    let (here, there) = (findings.place(name.span), findings.place(first.span));
    let finding =
        crate::text::diagnostic::Diagnostic::new(code, message, here).other(there, "the first one");
    findings
        .list
        .push(finding.help("give one of them another name"));
}

/// The SDK's build scripts would add the tasks that it supplies
/// (`@INIT_EXTERNAL_ENTITIES@`): what is connected to one that has no entry of
/// its own starts without that channel.
///
///
/// A task of that name in the file is connected as usual: then the solution
/// brings its own.
fn leave_out_supplied(start_up: &mut StartUp, findings: &mut Findings) {
    let names: Vec<String> = start_up
        .tasks
        .iter()
        .map(|task| task.name.text.clone())
        .collect();
    for connections in start_up.tasks.iter_mut().map(|task| &mut task.connections) {
        connections.retain(|Connection { target, id }| {
            if !target.text.starts_with(SDK) || names.contains(&target.text) {
                return true;
            }
            let message = format!("task `{}` comes with the SDK, not with this solution", target.text.escape_debug());
            let help = format!(
                "channel `{}` is left out; add a task of that name, or give `INIT_EXTERNAL_ENTITIES` a value with `--define`",
                id.text.escape_debug()
            );
            findings.warning(Code::SDK_CONNECTION, message, target.span, help);
            false
        });
    }
}

/// Every target is another task (rule 3). When an entry is wrong, the task that
/// seems to be missing may be that one.
///
///
/// ```yaml
/// - name: a.Client
///   connections:
///   - {target: server0, id: c}     # the name of a task, not of a class
/// ```
fn check_targets(start_up: &StartUp, complete: bool, findings: &mut Findings) {
    let names: Vec<&str> = start_up
        .tasks
        .iter()
        .map(|task| task.name.text.as_str())
        .collect();
    for task in &start_up.tasks {
        for Connection { target, .. } in &task.connections {
            if target.text == task.name.text {
                let message = format!("task `{}` is connected to itself", target.text);
                findings.error(
                    Code::CONNECTED_TO_ITSELF,
                    message,
                    target.span,
                    "a channel leads to another task",
                );
            } else if complete && !names.contains(&target.text.as_str()) {
                let message = format!("there is no task `{}`", target.text.escape_debug());
                findings.error(
                    Code::UNKNOWN_TARGET,
                    message,
                    target.span,
                    target_help(target, start_up, &names),
                );
            }
        }
    }
}

/// What to do about a target that does not exist: a template variable, a class
/// whose tasks have other names, or a misspelling.
fn target_help(target: &Name, start_up: &StartUp, names: &[&str]) -> String {
    if let Some(left) = template(&target.text) {
        return left.help().to_owned();
    }
    let of_class: Vec<String> = start_up
        .tasks
        .iter()
        .filter(|task| task.class.text == target.text)
        .map(|task| format!("`{}`", task.name.text))
        .collect();
    if !of_class.is_empty() {
        return format!("that is a class; its tasks are {}", of_class.join(", "));
    }
    did_you_mean(&target.text, names.iter().copied())
        .unwrap_or_else(|| "add the task, or name an existing one".to_owned())
}

/// What build scripts would have replaced.
pub(super) enum Template {
    /// `@NAME@`, which `--define` gives a value.
    Variable,
    /// `$<…>`, whose value only `CMake` knows.
    Expression,
}

impl Template {
    /// What to do about one that is still there.
    pub(super) const fn help(&self) -> &'static str {
        match self {
            Self::Variable => {
                "template not expanded: give the variable a value with `--define NAME=VALUE`"
            }
            Self::Expression => {
                "template not expanded: only CMake knows the value of `$<…>`; pass the file that it generates"
            }
        }
    }
}

/// What a build script would have replaced in a text; `None` when there is
/// nothing. An address such as `a@b` has one sign only, and is none.
pub(super) fn template(text: &str) -> Option<Template> {
    if text
        .split("$<")
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()) && rest.contains('>'))
    {
        return Some(Template::Expression);
    }
    let is_name = |part: &str| {
        let part = part.strip_suffix('+').unwrap_or(part);
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    // the last part has no sign behind it
    let (inside, _) = text.split_once('@')?.1.rsplit_once('@')?;
    inside.split('@').any(is_name).then_some(Template::Variable)
}
