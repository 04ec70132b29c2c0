//! What start-up description, descriptions and policy say about each other
//! (`docs/init.md` §2.4 rules 1, 5, 6).
//!
//! Each of them can be right by itself and the solution still do nothing: a
//! task that the policy never lets start, a channel on which every request is
//! denied. All of these are warnings, because a policy is often written after
//! the tasks. They are found by asking the compiled program, not by looking at
//! its text.
use crate::analysis::Analysis;
use crate::model::{ComponentId, ComponentKind, Target};
use crate::policy::{Class, EINIT};
use crate::solution::graph::{Permissions, Way};
use crate::solution::init::{Connection, StartUp, Task};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use nk_image::Image;
use nk_security::{KERNEL_CLASS, Kind, Tree};

/// Takes a started class into the table. One that the policy does not include
/// is denied everything (W620), a component cannot start (E108), and one that
/// is external has no description to make an image from (E114).
pub(super) fn add_started_class(
    name: &str,
    place: Place,
    table: &mut Vec<Class>,
    (classes, analysis): (&crate::policy::Classes, &Analysis),
    findings: &mut Vec<Diagnostic>,
) {
    if table.iter().any(|class| class.name == name) {
        return;
    }
    match analysis.class(name) {
        Some(Target::Known(component)) if is_process_class(analysis, *component) => {
            if !classes.is_meant(name) {
                findings.push(not_included(name, place));
            }
            table.push(Class {
                name: name.to_owned(),
                component: *component,
                included: None,
            });
        }
        Some(Target::Known(_)) => {
            let message = format!("`{name}` is a component, not a process class");
            let finding = Diagnostic::new(Code::WRONG_COMPONENT_KIND, message, place);
            findings.push(finding.help("start a process class that embeds it"));
        }
        Some(Target::External(_)) => {
            let message = format!("starting `{name}` needs its description, which was not found");
            let finding = Diagnostic::new(Code::MISSING_DESCRIPTION, message, place);
            findings.push(finding.help("name a folder that has it with `-I` or `-S`"));
        }
        None => {}
    }
}

/// Whether a component is the outermost of a process: only those can start.
fn is_process_class(analysis: &Analysis, component: ComponentId) -> bool {
    analysis.model.component(component).kind == ComponentKind::ProcessClass
}

/// W620: the policy does not include a class that is started.
fn not_included(name: &str, place: Place) -> Diagnostic {
    let message = format!("the policy does not include process class `{name}`: it cannot start");
    let help = format!("add `use EDL {name}` to the policy");
    Diagnostic::new(Code::CLASS_NOT_INCLUDED, message, place).help(help)
}

/// `Einit` and the kernel, which no task is made of.
fn is_ours(class: &str) -> bool {
    [EINIT, KERNEL_CLASS].contains(&class)
}

/// The class of the task of a name.
fn class_of_task<'s>(start_up: &'s StartUp, name: &str) -> Option<&'s str> {
    let task = start_up.tasks.iter().find(|task| task.name.text == name)?;
    Some(task.class.text.as_str())
}

/// The checks of a compiled solution.
pub(super) struct Check<'c> {
    /// The image, whose program is asked.
    pub(super) image: &'c Image,
    /// The classes of the image, one by one.
    pub(super) table: &'c [Class],
    /// The start-up description.
    pub(super) init: FileId,
    /// Where the policy begins.
    pub(super) policy: Place,
    /// The findings so far; the checks add theirs.
    pub(super) findings: &'c mut Vec<Diagnostic>,
}

impl Check<'_> {
    /// Warns about tasks that will not start and channels that will not carry
    /// anything. A policy that denies everything has been told so, and gets no
    /// warning for each of the consequences.
    ///
    ///
    /// Without `Einit` in the policy nothing can start at all: one warning at
    /// the policy, and no other.
    pub(super) fn run(mut self, start_up: &StartUp) {
        if !self.is_included(EINIT) {
            let message = format!(
                "the policy does not include `{EINIT}`, which starts all tasks: none can start"
            );
            self.findings.push(
                Diagnostic::new(Code::START_DENIED, message, self.policy)
                    .help(format!("add `use EDL {EINIT}`")),
            );
            return;
        }
        // a policy that denies everything is told so once
        let denies_all = self
            .findings
            .iter()
            .any(|finding| finding.code == Code::DENIES_EVERYTHING);
        if !denies_all {
            self.check_started(start_up);
        }
        self.check_tasks(start_up, denies_all);
    }

    /// Each class and each pair of classes once, however many tasks they have.
    fn check_tasks(&mut self, start_up: &StartUp, denies_all: bool) {
        let mut checked: Vec<&str> = Vec::new();
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for task in &start_up.tasks {
            let class = task.class.text.as_str();
            if !denies_all && !checked.contains(&class) && self.is_included(class) {
                self.check_execute(task);
            }
            checked.push(class);
            for connection in &task.connections {
                let Some(server) = class_of_task(start_up, &connection.target.text) else {
                    continue;
                };
                let pair = (class, server);
                if !self.check_server(connection, server) && !denies_all && !pairs.contains(&pair) {
                    self.check_channel(connection, pair);
                }
                pairs.push(pair);
            }
        }
    }

    /// Whether the policy includes a class; one that is only started is in the
    /// table too.
    fn is_included(&self, class: &str) -> bool {
        self.table
            .iter()
            .any(|known| known.name == class && known.included.is_some())
    }

    /// W533: a class that the policy does not let start. What depends on the
    /// state of an object is known at run time only, and counts as allowed.
    ///
    ///
    /// ```text
    /// execute src=Einit dst=a.Server { grant () }
    /// ```
    fn check_execute(&mut self, task: &Task) {
        let (tables, program) = (&self.image.tables, &self.image.program);
        let class = &task.class.text;
        let tree = tables
            .class_named(class)
            .and_then(|id| {
                program.tree(
                    Kind::Execute,
                    tables.classes.len(),
                    self.image.plan.initiator,
                    id,
                    0,
                )
            })
            .and_then(|id| program.trees.get(id.index()));
        let message = match tree {
            // what depends on states is known at the start only
            Some(tree @ Tree::Rules(_)) if !program.always_denies(tree) => return,
            Some(Tree::Rules(_)) => {
                format!("the policy denies the start of process class `{class}`")
            }
            _ => format!("no rule of the policy lets process class `{class}` start"),
        };
        let place = Place {
            file: self.init,
            span: task.class.span,
        };
        let help = format!("add `execute src={EINIT} dst={class} {{ grant () }}` to the policy");
        self.findings.push(
            Diagnostic::new(Code::START_DENIED, message, place)
                .other(self.policy, "the policy")
                .help(help),
        );
    }

    /// W621: a channel to a task that offers nothing. Says whether it is one,
    /// because then nothing more is said about it.
    fn check_server(&mut self, connection: &Connection, class: &str) -> bool {
        let class = self
            .image
            .tables
            .classes
            .iter()
            .find(|known| known.name == class);
        let offers_nothing = class.is_some_and(|class| class.endpoints.is_empty());
        if offers_nothing {
            let message = format!(
                "task `{}` has no endpoints: nothing can be called there",
                connection.target.text
            );
            let place = Place {
                file: self.init,
                span: connection.target.span,
            };
            let help = "remove the connection, or add an endpoint";
            self.findings
                .push(Diagnostic::new(Code::NO_ENDPOINTS, message, place).help(help));
        }
        offers_nothing
    }

    /// W537: a class that no task has, and that no process may start either.
    fn check_started(&mut self, start_up: &StartUp) {
        for class in self.table.iter().filter(|class| !is_ours(&class.name)) {
            let Some(place) = class.included else {
                continue;
            };
            let mut tasks = start_up.tasks.iter();
            if tasks.any(|task| task.class.text == class.name) || self.may_be_started(class) {
                continue;
            }
            let message = format!(
                "process class `{}` is included, but never started",
                class.name
            );
            let help = "add a task of it to the start-up description, or remove it here";
            self.findings
                .push(Diagnostic::new(Code::NEVER_STARTED, message, place).help(help));
        }
    }

    /// Whether a process other than `Einit` may start a class.
    fn may_be_started(&self, class: &Class) -> bool {
        let (tables, program) = (&self.image.tables, &self.image.program);
        let starts = |initiator: &Class| {
            let src = tables.class_named(&initiator.name);
            let pair = src.zip(tables.class_named(&class.name));
            let tree = pair.and_then(|(src, dst)| {
                program.tree(Kind::Execute, tables.classes.len(), src, dst, 0)
            });
            tree.and_then(|id| program.trees.get(id.index()))
                .is_some_and(|tree| !program.always_denies(tree))
        };
        let mut initiators = self.table.iter();
        initiators.any(|initiator| !is_ours(&initiator.name) && starts(initiator))
    }

    /// W625, W538: a channel between classes on which the policy denies every
    /// request, or every response.
    ///
    ///
    /// ```text
    /// request src=a.Client dst=a.Server { grant () }
    /// response src=a.Server dst=a.Client { grant () }   // without it: W538
    /// ```
    fn check_channel(&mut self, connection: &Connection, (client, server): (&str, &str)) {
        // what is not included is said to be denied everything
        if !self.is_included(client) || !self.is_included(server) {
            return;
        }
        let Some(ways) = self.ways(client, server) else {
            return;
        };
        let carries = |way: &Way| matches!(way, Way::Always | Way::Depends);
        if ways.iter().any(carries) {
            return;
        }
        let (code, message, line) = if ways.contains(&Way::Unanswered) {
            let message = format!(
                "the policy lets requests of `{client}` to `{server}` through, but no response"
            );
            let line = format!("response src={server} dst={client}");
            (Code::NO_RESPONSE, message, line)
        } else {
            let message = format!(
                "the policy denies every request of `{client}` to `{server}`: this channel carries nothing"
            );
            let line = format!("request src={client} dst={server}");
            (Code::CHANNEL_DENIED, message, line)
        };
        let place = Place::new(self.init, connection.target.span);
        let help = format!("add `{line} {{ grant () }}` to the policy, or remove the connection");
        let finding = Diagnostic::new(code, message, place).other(self.policy, "the policy");
        self.findings.push(finding.help(help));
    }

    /// What the policy says about each method of a server, for a client; `None`
    /// for a class that the image does not have.
    fn ways(&self, client: &str, server: &str) -> Option<Vec<Way>> {
        let (tables, program) = (&self.image.tables, &self.image.program);
        let (src, dst) = tables.class_named(client).zip(tables.class_named(server))?;
        let endpoints = Permissions { tables, program }.endpoints(src, dst);
        let methods = endpoints.iter().flat_map(|endpoint| &endpoint.methods);
        Some(methods.map(|(_, way)| *way).collect())
    }
}
