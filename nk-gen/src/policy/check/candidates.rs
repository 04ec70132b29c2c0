//! The candidates of selectors: the process classes of a solution with all
//! their methods (`docs/psl.md` §5.2).
//!
//! They are worked out once from the model, with embedded components flattened
//! into their class, and are then used twice: to check that a name in a
//! selector exists, and to enumerate the events that a policy decides about. A
//! class of which a part is external is incomplete: names that it lacks are not
//! reported.
use crate::model::{Component, ComponentKind, Method, Model, PackageId, Target};
use crate::policy::read::classes::{Class, Classes};
use nk_grammar::psl::SelectorKey;
use std::borrow::Cow;

/// A method of a class, with every name by which a selector can choose it.
///
///
/// For `endpoint=log.write method=Put` in a class `a.App` that embeds the
/// component `a.Log` as `log`, the endpoint is `log.write`, the component
/// `a.Log`, and the interface that of the endpoint's declaration.
#[derive(Debug, Clone)]
pub(in crate::policy) struct CandidateMethod<'m> {
    /// Path of instances and the endpoint's name, as `endpoint=` takes it:
    /// `logger.write`. Empty for a method of a security interface.
    pub(in crate::policy) endpoint: &'m str,
    /// The endpoint's other spelling, which selectors do not take. A help names
    /// the right one when a policy uses it.
    pub(in crate::policy) alias: &'m str,
    /// The component that declares the endpoint, as `component=` takes it: the
    /// class itself, or one that it embeds.
    pub(in crate::policy) component: &'m str,
    /// The package of its interface, as `interface=` takes it: `kl.core.Core`.
    pub(in crate::policy) interface: &'m str,
    /// The method's name, as `method=` takes it. Of a security interface that
    /// an embedded component declares, the path of instances stands before it.
    pub(in crate::policy) method: Cow<'m, str>,
    /// Its messages: parameters and layouts of request, response and error.
    pub(in crate::policy) described: &'m Method,
    /// Its place among all methods of the model, which is the same for every
    /// class that offers it: rules are compiled once for each id.
    pub(in crate::policy) id: MethodId,
}

/// An interface and the number of a method in it, counted from 0.
pub(in crate::policy) type MethodId = (PackageId, usize);

impl CandidateMethod<'_> {
    /// The name that a selector of this key is compared with. The keys of
    /// classes, `src` and `dst`, name no part of a method: the answer is empty.
    pub(in crate::policy) fn part(&self, key: SelectorKey) -> &str {
        match key {
            SelectorKey::Endpoint => self.endpoint,
            SelectorKey::Component => self.component,
            SelectorKey::Interface => self.interface,
            SelectorKey::Method => &self.method,
            SelectorKey::Src | SelectorKey::Dst => "",
        }
    }
}

/// A process class and the methods that it offers.
#[derive(Debug)]
pub(in crate::policy) struct CandidateClass<'m> {
    /// The name by which the policy knows the class, which may be an alias.
    pub(in crate::policy) name: &'m str,
    /// Methods of all endpoints, in the order of their numbers (MIDs counted
    /// through all endpoints of the class), so that the position is the column
    /// in the tables of the program.
    pub(in crate::policy) methods: Vec<CandidateMethod<'m>>,
    /// Methods of the security interfaces, in the order of their numbers.
    pub(in crate::policy) security: Vec<CandidateMethod<'m>>,
    /// Whether these are all methods. What an external component or interface
    /// offers is not known, so that nothing is said about names that are
    /// missing here.
    pub(in crate::policy) complete: bool,
}

/// Everything that the selectors of a policy can name.
pub(in crate::policy) struct Candidates<'m> {
    /// The included classes that are described, in the order of the image's
    /// table.
    pub(in crate::policy) serving: Vec<&'m CandidateClass<'m>>,
    /// All classes that the policy includes, described or not.
    pub(in crate::policy) classes: &'m Classes,
    /// The names of all described process classes, included or not. They serve
    /// the help for a class that only lacks its `use EDL`.
    pub(in crate::policy) described: Vec<&'m str>,
}

impl<'m> Candidates<'m> {
    /// The candidates of a policy. `candidates` and `table` belong together,
    /// one by one; the table also has classes that are started without being
    /// included, which no selector can name.
    pub(in crate::policy) fn new(
        candidates: &'m [CandidateClass<'m>],
        table: &[Class],
        classes: &'m Classes,
        model: &'m Model,
    ) -> Self {
        let named = |class: &Class| classes.known.iter().any(|known| known.name == class.name);
        let included = candidates
            .iter()
            .zip(table)
            .filter(|(_, class)| named(class));
        let described = model
            .components
            .iter()
            .filter(|component| component.kind == ComponentKind::ProcessClass);
        Self {
            serving: included.map(|(candidate, _)| candidate).collect(),
            classes,
            described: described.map(|class| class.name.as_str()).collect(),
        }
    }
}

/// Works out the methods of a class. Endpoints whose interface is external have
/// none, and make the class incomplete.
///
///
/// The result does not depend on the policy. Classes that share a component
/// have equal methods with the same ids, so that rules about it are compiled
/// once.
pub(in crate::policy) fn candidate_class<'m>(
    model: &'m Model,
    class: &'m Class,
) -> CandidateClass<'m> {
    let component = model.component(class.component);
    let mut complete = component.flattened.is_some();
    let mut rows = Vec::new();
    for endpoint in component.flattened.iter().flatten() {
        let Target::Known(interface) = endpoint.interface else {
            complete = false;
            continue;
        };
        let owner = &model.component(endpoint.owner).name;
        rows.extend(methods(model, interface).map(|row| CandidateMethod {
            endpoint: &endpoint.name,
            alias: &endpoint.alias,
            component: owner,
            ..row
        }));
    }
    CandidateClass {
        name: &class.name,
        methods: rows,
        security: security(model, component),
        complete,
    }
}

/// The methods of all security interfaces, in the order of their numbers. Of
/// those that embedded components declare, the name is the path of instances
/// and the method (`docs/psl.md` §5.2): `store.Open`.
fn security<'m>(model: &'m Model, component: &'m Component) -> Vec<CandidateMethod<'m>> {
    let mut rows = Vec::new();
    for security in component.flattened_security.iter().flatten() {
        let Target::Known(interface) = security.interface else {
            continue;
        };
        let owner = &model.component(security.owner).name;
        let path: String = security
            .path
            .iter()
            .flat_map(|instance| [instance.as_str(), "."])
            .collect();
        rows.extend(methods(model, interface).map(|row| {
            let method = Cow::Owned(format!("{path}{}", row.method));
            CandidateMethod {
                component: owner,
                method,
                ..row
            }
        }));
    }
    rows
}

/// The methods of an interface by themselves; the caller adds what depends on
/// the endpoint.
fn methods(model: &Model, interface: PackageId) -> impl Iterator<Item = CandidateMethod<'_>> {
    let package = model.package(interface);
    let methods = package
        .interface
        .iter()
        .flat_map(|interface| &interface.methods)
        .enumerate();
    methods.map(move |(number, method)| CandidateMethod {
        endpoint: "",
        alias: "",
        component: "",
        interface: &package.name,
        method: Cow::Borrowed(&method.name),
        described: method,
        id: (interface, number),
    })
}
