//! What the policy lets through between two classes, whatever messages say and
//! whatever happened before.
//!
//! The program is not run, since there is no message: a tree of rules that all
//! grant without a condition always passes, one that always denies never does,
//! and anything else depends.
use super::{Endpoint, Process, Way};
use nk_image::{ClassId, Task};
use nk_security::{Call, KERNEL_CLASS, Kind, Program, Step, Tables, Tree};

/// Asks the policy program of an image.
pub(crate) struct Permissions<'i> {
    /// Classes and interfaces of the image.
    pub(crate) tables: &'i Tables,
    /// The compiled policy.
    pub(crate) program: &'i Program,
}

impl Permissions<'_> {
    /// A task with what it may do: start, and call methods of the kernel.
    pub(crate) fn process(&self, initiator: ClassId, task: &Task) -> Process {
        let class = self.tables.class(task.class);
        let kernel = self.tables.class_named(KERNEL_CLASS).map(|kernel| {
            let endpoints = self.endpoints(task.class, kernel);
            let methods = || endpoints.iter().flat_map(|endpoint| &endpoint.methods);
            (
                methods().filter(|(_, way)| *way != Way::Never).count(),
                methods().count(),
            )
        });
        Process {
            task: task.name.clone(),
            class: class.map_or_else(String::new, |class| class.name.clone()),
            starts: self.way(Kind::Execute, initiator, task.class, 0) != Way::Never,
            endpoints: class
                .iter()
                .flat_map(|class| &class.endpoints)
                .map(|endpoint| endpoint.name.clone())
                .collect(),
            kernel,
        }
    }

    /// The endpoints of a server, as a client sees them: methods are numbered
    /// through all endpoints of the class.
    pub(crate) fn endpoints(&self, client: ClassId, server: ClassId) -> Vec<Endpoint> {
        let endpoints = self
            .tables
            .class(server)
            .map_or(&[][..], |class| &class.endpoints);
        let mut number = 0;
        let mut all = Vec::new();
        for endpoint in endpoints {
            let methods = self
                .tables
                .interface(endpoint.interface)
                .map_or(&[][..], |interface| &interface.methods);
            let seen = methods.iter().zip(number..).map(|(method, number)| {
                (method.name.clone(), self.both_ways(client, server, number))
            });
            all.push(Endpoint {
                name: endpoint.name.clone(),
                methods: seen.collect(),
            });
            number += methods.len();
        }
        all
    }

    /// Request and response together: a method whose requests pass and whose
    /// responses do not is [`Way::Unanswered`].
    fn both_ways(&self, client: ClassId, server: ClassId, method: usize) -> Way {
        let request = self.way(Kind::Request, client, server, method);
        match (request, self.way(Kind::Response, server, client, method)) {
            (Way::Never, _) => Way::Never,
            (_, Way::Never) => Way::Unanswered,
            (request, response) => request.max(response),
        }
    }

    /// One direction of a method.
    ///
    ///
    /// Only a body in which every step is an unconditional `grant` always
    /// passes; a choice may depend on the message.
    fn way(&self, kind: Kind, src: ClassId, dst: ClassId, method: usize) -> Way {
        let program = self.program;
        let tree = program.tree(kind, self.tables.classes.len(), src, dst, method);
        match tree.and_then(|id| program.trees.get(id.index())) {
            Some(tree @ Tree::Rules(body)) if !program.always_denies(tree) => {
                let grants = |step: &Step| match step {
                    Step::Rule(rule) => program
                        .rule(*rule)
                        .is_some_and(|rule| rule.call == Call::Grant),
                    Step::Choice(_) => false,
                };
                if program.body(*body).iter().all(grants) {
                    Way::Always
                } else {
                    Way::Depends
                }
            }
            _ => Way::Never,
        }
    }
}
