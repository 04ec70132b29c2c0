//! The schema of init.yaml: which keys there are and what their values must be
//! (`docs/init.md` §2).
//!
//! Unknown keys are errors (E603), because a misspelled `connections` would
//! otherwise start a task without its channels. An entry that is wrong is
//! reported and left out, and the others are read all the same.
use super::yaml::{Node, Value};
use super::{Connection, Defines, Findings, StartUp, Task};
use crate::text::codes::Code;
use crate::text::suggest::did_you_mean;
use nk_grammar::syntax::{Name, Span};

/// The keys of a task.
const TASK_KEYS: [&str; 8] = [
    "name",
    "task",
    "path",
    "args",
    "env",
    "connections",
    "dynamic_connection_manager",
    GENERATED_CONNECTIONS,
];
/// Where the SDK's build scripts put the connections that they add.
const GENERATED_CONNECTIONS: &str = "cmake_generated_connections";
/// The keys of a connection.
const CONNECTION_KEYS: [&str; 2] = ["target", "id"];
/// The keys of a channel name that is a macro of a header.
const MACRO_KEYS: [&str; 2] = ["var", "include"];
/// More tasks than any machine runs; the tables of the image grow with their
/// square (Y12).
const MAX_TASKS: usize = 1_024;

/// The tasks of a document.
pub(super) struct Entries {
    /// Those that are right.
    pub(super) start_up: StartUp,
    /// Whether that is all of them; if not, a target that seems to be missing
    /// may be one that was left out.
    pub(super) complete: bool,
}

/// What to write, for whoever wrote something else.
const FORM: &str = "an init.yaml is `entities:` and below it one `- name: a.Class` for each task";

/// The tasks of a document. Entries that are wrong are reported and left out.
pub(super) fn start_up(root: &Node, defines: &Defines, findings: &mut Findings) -> Option<Entries> {
    let entries = match &root.value {
        Value::Map(entries) => entries,
        Value::Wrong => return None,
        other => {
            let message = format!("expected `entities:`, found {}", other.kind());
            findings.error(Code::NOT_A_START_UP, message, root.span, FORM);
            return None;
        }
    };
    let known = known_keys(entries, &["entities"], findings);
    let Some(entities) = get(entries, "entities") else {
        // an unknown key is probably the one that is missing, here and below
        if known {
            let message = "there is no `entities:`";
            findings.error(Code::NOT_A_START_UP, message, root.span, FORM);
        }
        return None;
    };
    let items = task_items(entities, findings)?;
    let tasks = items
        .iter()
        .filter_map(|item| task(item, defines, findings));
    let tasks: Vec<Task> = tasks.collect();
    Some(Entries {
        complete: tasks.len() == items.len(),
        start_up: StartUp { tasks },
    })
}

/// The list below `entities`: not empty, and at most [`MAX_TASKS`].
fn task_items<'n>(entities: &'n Node, findings: &mut Findings) -> Option<&'n [Node]> {
    let (code, message, help) = match &entities.value {
        Value::List(items) if items.len() > MAX_TASKS => (
            Code::TOO_MANY_TASKS,
            format!("{} tasks; the limit is {MAX_TASKS}", items.len()),
            "start fewer tasks",
        ),
        Value::List(items) if !items.is_empty() => return Some(items),
        Value::Wrong => return None,
        other => (
            Code::NOT_A_START_UP,
            format!("expected a list of tasks, found {}", other.kind()),
            FORM,
        ),
    };
    findings.error(code, message, entities.span, help);
    None
}

/// A task: `name` is needed, everything else has a default.
///
///
/// ```yaml
/// - name: fs.Driver
///   task: driver0
///   path: driver
///   args: [--verbose]
///   env: {TZ: UTC}
///   connections: [{target: disk, id: disk_connection}]
/// ```
fn task(node: &Node, defines: &Defines, findings: &mut Findings) -> Option<Task> {
    let entries = map(node, "a task", "`- name: a.Class`", findings)?;
    let known = known_keys(entries, &TASK_KEYS, findings);
    let Some(class) = get(entries, "name") else {
        if !known {
            return None;
        }
        findings.error(
            Code::UNKNOWN_KEY,
            "a task without `name`",
            node.span,
            "add `name:` with its process class",
        );
        return None;
    };
    let class = text(class, "`name`", findings)?;
    let task = get(entries, "task").and_then(|node| text(node, "`task`", findings));
    let path = get(entries, "path").and_then(|node| text(node, "`path`", findings));
    check_connection_manager(entries, findings);
    Some(Task {
        name: task.unwrap_or_else(|| class.clone()),
        path: path.unwrap_or_else(|| default_path(&class)),
        args: list(entries, "args", findings)
            .iter()
            .filter_map(|node| scalar(node, "an argument", findings))
            .collect(),
        env: environment(entries, findings),
        connections: connections(entries, defines, findings),
        class,
    })
}

/// The executable of a task without `path`: generated start-up code uses the
/// last element of the class's name (`docs/init.md` §2).
fn default_path(class: &Name) -> Name {
    let last = class.text.rsplit('.').next().unwrap_or(&class.text);
    Name {
        text: last.to_owned(),
        span: class.span,
    }
}

/// `dynamic_connection_manager: true` is accepted and means nothing here.
fn check_connection_manager(entries: &[(Node, Node)], findings: &mut Findings) {
    const KEY: &str = "dynamic_connection_manager";
    if let Some(Node {
        value: Value::Text(_) | Value::List(_) | Value::Map(_),
        span,
    }) = get(entries, KEY)
    {
        let message = format!("`{KEY}` is `true` or `false`");
        findings.error(Code::BAD_VALUE, message, *span, "write `true` or `false`");
    }
}

/// `env:` — a map from names of variables to their values.
fn environment(entries: &[(Node, Node)], findings: &mut Findings) -> Vec<(Name, Name)> {
    match get(entries, "env").map(|node| (&node.value, node.span)) {
        None | Some((Value::Null | Value::Wrong, _)) => Vec::new(),
        Some((Value::Map(variables), _)) => variables
            .iter()
            .filter_map(|(key, value)| {
                let key = scalar(key, "the name of a variable", findings)?;
                Some((key, scalar(value, "the value of a variable", findings)?))
            })
            .collect(),
        Some((other, span)) => {
            findings.error(
                Code::NOT_A_START_UP,
                format!("`env` is a map, not {}", other.kind()),
                span,
                "write `NAME: value`",
            );
            Vec::new()
        }
    }
}

/// The channels of a task: those that are written, and those that the SDK's
/// build scripts have added.
fn connections(
    entries: &[(Node, Node)],
    defines: &Defines,
    findings: &mut Findings,
) -> Vec<Connection> {
    let written = list(entries, "connections", findings);
    let generated = list(entries, GENERATED_CONNECTIONS, findings);
    written
        .iter()
        .chain(generated)
        .filter_map(|node| connection(node, defines, findings))
        .collect()
}

/// `{target: task, id: name}`: both are needed.
fn connection(node: &Node, defines: &Defines, findings: &mut Findings) -> Option<Connection> {
    let entries = map(
        node,
        "a connection",
        "`- {target: task, id: name}`",
        findings,
    )?;
    let known = known_keys(entries, &CONNECTION_KEYS, findings);
    let (Some(target), Some(id)) = (get(entries, "target"), get(entries, "id")) else {
        if !known {
            return None;
        }
        let missing = if get(entries, "target").is_none() {
            "target"
        } else {
            "id"
        };
        let message = format!("a connection without `{missing}`");
        findings.error(
            Code::UNKNOWN_KEY,
            message,
            node.span,
            "a connection has `target:`, a task, and `id:`, its own name",
        );
        return None;
    };
    let target = text(target, "`target`", findings);
    let id = match &id.value {
        Value::Map(parts) => macro_name(id.span, parts, defines, findings),
        _ => text(id, "`id`", findings),
    };
    Some(Connection {
        target: target?,
        id: id?,
    })
}

/// `{var: MACRO, include: header.h}`: the value is in a header that only the
/// SDK has. `--define` gives it; without that the channel has the macro's name,
/// with a warning (W622).
///
///
/// ```yaml
/// - target: kl.VfsNet
///   id: {var: VFS_CONNECTION_ID, include: vfs/defs.h}
/// ```
fn macro_name(
    span: Span,
    parts: &[(Node, Node)],
    defines: &Defines,
    findings: &mut Findings,
) -> Option<Name> {
    let known = known_keys(parts, &MACRO_KEYS, findings);
    let (Some(var), Some(header)) = (get(parts, "var"), get(parts, "include")) else {
        if !known {
            return None;
        }
        findings.error(
            Code::UNKNOWN_KEY,
            "a channel name by macro needs `var` and `include`",
            span,
            "add the missing key",
        );
        return None;
    };
    let var = text(var, "`var`", findings)?;
    let header = text(header, "`include`", findings)?;
    if let Some((_, value)) = defines.iter().find(|(name, _)| *name == var.text) {
        return Some(Name {
            text: value.clone(),
            span: var.span,
        });
    }
    let message = format!(
        "the value of `{}` is defined in `{}`, which is not read: the channel is named `{}`",
        var.text, header.text, var.text
    );
    findings.warning(
        Code::CHANNEL_NAME_IN_HEADER,
        message,
        var.span,
        format!("give it its value with `--define {}=VALUE`", var.text),
    );
    Some(var)
}

/// Reports keys that do not exist (Y03), and says whether all do. After a
/// report the caller is silent about a missing key: it is probably the
/// misspelled one.
fn known_keys(entries: &[(Node, Node)], known: &[&str], findings: &mut Findings) -> bool {
    let before = findings.list.len();
    for (key, _) in entries {
        let name = match &key.value {
            Value::Text(name) | Value::Plain(name, _) => name.as_str(),
            _ => "",
        };
        if !known.contains(&name) {
            let all = known
                .iter()
                .filter(|key| **key != GENERATED_CONNECTIONS)
                .map(|key| format!("`{key}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let help = did_you_mean(name, known.iter().copied())
                .unwrap_or_else(|| format!("the keys here are {all}"));
            findings.error(
                Code::UNKNOWN_KEY,
                format!("unknown key `{}`", name.escape_debug()),
                key.span,
                help,
            );
        }
    }
    findings.list.len() == before
}

/// The entries of what must be a map. `what` and `form` are for the message.
fn map<'n>(
    node: &'n Node,
    what: &str,
    form: &str,
    findings: &mut Findings,
) -> Option<&'n [(Node, Node)]> {
    match &node.value {
        Value::Map(entries) => return Some(entries),
        Value::Wrong => {}
        other => {
            let message = format!("expected {what}, found {}", other.kind());
            findings.error(
                Code::NOT_A_START_UP,
                message,
                node.span,
                format!("{what} is written {form}"),
            );
        }
    }
    None
}

/// The value of a key. Keys are unique: the parser refuses duplicates.
fn get<'n>(entries: &'n [(Node, Node)], key: &str) -> Option<&'n Node> {
    entries
        .iter()
        .find(|(k, _)| matches!(&k.value, Value::Text(name) if name == key))
        .map(|(_, value)| value)
}

/// The items of a list; a key with nothing under it is an empty list, as
/// templates leave it (Y13).
fn list<'n>(entries: &'n [(Node, Node)], key: &str, findings: &mut Findings) -> &'n [Node] {
    match get(entries, key).map(|node| (&node.value, node.span)) {
        None | Some((Value::Null | Value::Wrong, _)) => &[],
        Some((Value::List(items), _)) => items,
        Some((other, span)) => {
            findings.error(
                Code::NOT_A_START_UP,
                format!("`{key}` is a list, not {}", other.kind()),
                span,
                "start each item with `- `",
            );
            &[]
        }
    }
}

/// A name: text, and nothing that YAML takes for something else (Y04).
///
///
/// YAML takes `yes`, `1e3` and `~` for a boolean, a number and nothing: as a
/// name each is refused, with the quoted form as help.
fn text(node: &Node, what: &str, findings: &mut Findings) -> Option<Name> {
    let help = match &node.value {
        Value::Text(text) => {
            return Some(Name {
                text: text.clone(),
                span: node.span,
            });
        }
        Value::Wrong => return None,
        Value::Plain(written, _) => format!("quote it: `\"{written}\"`"),
        _ => "write a name".to_owned(),
    };
    findings.error(
        Code::BAD_VALUE,
        format!("{what} is text, not {}", node.value.kind()),
        node.span,
        help,
    );
    None
}

/// A value that becomes a string: text, numbers and booleans as they are
/// written.
///
///
/// Unlike a name, an argument such as `8080` or `true` is meant as it is
/// written.
fn scalar(node: &Node, what: &str, findings: &mut Findings) -> Option<Name> {
    match &node.value {
        Value::Text(text) | Value::Plain(text, _) => Some(Name {
            text: text.clone(),
            span: node.span,
        }),
        Value::Wrong => None,
        other => {
            let message = format!(
                "{what} is text, a number or a boolean, not {}",
                other.kind()
            );
            findings.error(Code::BAD_VALUE, message, node.span, "quote it");
            None
        }
    }
}
