//! What can take part in events: the process classes with their methods, as
//! selectors see them.
use crate::model::{Component, ComponentKind, Method, Model, PackageId, Target};
use crate::policy::read::classes::{Class, Classes};
use nk_grammar::psl::SelectorKey;
use std::borrow::Cow;

/// A method of a class.
#[derive(Debug, Clone)]
pub(in crate::policy) struct CandidateMethod<'m> {
    /// Path of instances and the endpoint's name.
    pub(in crate::policy) endpoint: &'m str,
    /// The endpoint's other spelling, which selectors do not take.
    pub(in crate::policy) alias: &'m str,
    /// The component that declares it.
    pub(in crate::policy) component: &'m str,
    /// The package of its interface.
    pub(in crate::policy) interface: &'m str,
    /// The method.
    pub(in crate::policy) method: Cow<'m, str>,
    /// Its messages.
    pub(in crate::policy) described: &'m Method,
    /// Its place among all methods of the model.
    pub(in crate::policy) id: MethodId,
}

/// An interface and the number of a method.
pub(in crate::policy) type MethodId = (PackageId, usize);

impl CandidateMethod<'_> {
    /// What a selector compares; nothing for the selectors of classes.
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

/// A class and its methods.
#[derive(Debug)]
pub(in crate::policy) struct CandidateClass<'m> {
    /// The class.
    pub(in crate::policy) name: &'m str,
    /// Methods of all endpoints, in the order of their numbers.
    pub(in crate::policy) methods: Vec<CandidateMethod<'m>>,
    /// Methods of the security interface.
    pub(in crate::policy) security: Vec<CandidateMethod<'m>>,
    /// Whether that is all of them; what an external part offers is not known.
    pub(in crate::policy) complete: bool,
}

/// Everything that a policy can speak about.
pub(in crate::policy) struct Candidates<'m> {
    /// The included classes that are described.
    pub(in crate::policy) serving: Vec<&'m CandidateClass<'m>>,
    /// Everything that the policy includes.
    pub(in crate::policy) classes: &'m Classes,
    /// All described process classes, included or not: for advice.
    pub(in crate::policy) described: Vec<&'m str>,
}

impl<'m> Candidates<'m> {
    /// The scene of a policy; `cast` belongs to `table`, one by one.
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

/// The methods of a class.
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
/// those that parts declare, the name is the path of instances and the method
/// (`spec/psl-runtime.md` §A.5.2).
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

/// The methods of an interface, without an endpoint.
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
