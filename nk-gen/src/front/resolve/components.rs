//! Resolves components and process classes (E107, E108, E301, E302, E303,
//! E305). Source: `docs/languages.md` §6, §7.
use super::duplicates::duplicates;
use super::methods::underscore;
use super::types::no_interface;
use crate::front::find::NameSet;
use crate::front::load::{Origin, Program, Reach, Unit};
use crate::model::{
    Component, ComponentId, ComponentKind, Endpoint, ExternalUse, Instance, Model, PackageId,
    Target,
};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Findings, Place};
use nk_grammar::syntax::{self as tree, Binding, Direction, Head, QName, Section, SectionKind};
use std::collections::HashMap;

/// Makes the components and process classes of the model;
/// [`crate::model::numbering`] fills in their endpoint lists.
pub(crate) fn resolve(model: &mut Model, program: &Program, findings: &mut Findings) {
    for (position, unit) in program.components.iter().enumerate() {
        findings.extend(repeated_sections(unit));
        findings.extend(repeated_names(unit));
        let externals = &mut model.externals;
        let component = Context {
            program,
            unit,
            position,
            externals,
            findings,
        }
        .component();
        model.components.push(component);
    }
}

/// E301: every section at most once.
fn repeated_sections(unit: &Unit<tree::Component>) -> Findings {
    let mut findings = Vec::new();
    for name in ["security", "endpoints", "components"] {
        let sections = unit.tree.sections.iter();
        let mut sections = sections.filter(|section| section_name(&section.kind) == name);
        if let Some(first) = sections.next() {
            findings.extend(sections.map(|again| second_section(unit, name, first, again)));
        }
    }
    findings
}

/// The finding about a section of a kind that was there before.
fn second_section(
    unit: &Unit<tree::Component>,
    name: &str,
    first: &Section,
    again: &Section,
) -> Diagnostic {
    let message = format!("duplicate section `{name}`");
    Diagnostic::new(Code::DUPLICATE_MEMBER, message, unit.at(again.keyword))
        .label("again here")
        .other(unit.at(first.keyword), "first here")
}

/// The keyword of a section; the old spelling `interfaces` is `endpoints`.
/// Empty for a section whose keyword is wrong, which is reported already.
fn section_name(kind: &SectionKind) -> &'static str {
    match kind {
        SectionKind::Security(_) => "security",
        SectionKind::Endpoints { .. } => "endpoints",
        SectionKind::Components(_) => "components",
        SectionKind::Unknown(_) => "",
    }
}

/// E301, E302, E303: endpoint names are unique, instance names are unique, and
/// no endpoint has the name of an instance.
fn repeated_names(unit: &Unit<tree::Component>) -> Findings {
    let endpoints = || bindings(&unit.tree.sections, endpoints_of).map(|binding| &binding.name);
    let instances = || bindings(&unit.tree.sections, instances_of).map(|binding| &binding.name);
    let code = Code::DUPLICATE_MEMBER;
    let mut findings = duplicates(code, "endpoint", unit.file, endpoints());
    findings.extend(duplicates(code, "instance", unit.file, instances()));
    findings.extend(endpoints().filter_map(|name| underscore("endpoint", unit, name)));
    findings.extend(instances().filter_map(|name| underscore("instance", unit, name)));
    let first: HashMap<&str, _> = endpoints().map(|name| (name.text.as_str(), name)).collect();
    let shared = instances().filter_map(|name| Some((name, first.get(name.text.as_str())?)));
    findings.extend(shared.map(|(name, endpoint)| like_an_endpoint(unit, name, endpoint)));
    findings
}

/// E303: an endpoint of an instance is named `instance.endpoint`, so an
/// instance and an endpoint of one name could not be told apart.
fn like_an_endpoint(
    unit: &Unit<tree::Component>,
    instance: &tree::Name,
    endpoint: &tree::Name,
) -> Diagnostic {
    let message = format!("instance `{}` has the name of an endpoint", instance.text);
    Diagnostic::new(
        Code::INSTANCE_LIKE_ENDPOINT,
        message,
        unit.at(instance.span),
    )
    .other(unit.at(endpoint.span), "the endpoint")
}

/// The bindings of an `endpoints { … }` section: `name : a.Interface`.
fn endpoints_of(kind: &SectionKind) -> &[Binding] {
    match kind {
        SectionKind::Endpoints { bindings, .. } => bindings,
        SectionKind::Security(_) | SectionKind::Components(_) | SectionKind::Unknown(_) => &[],
    }
}

/// The bindings of a `components { … }` section: `name : a.Component`.
fn instances_of(kind: &SectionKind) -> &[Binding] {
    match kind {
        SectionKind::Components(bindings) => bindings,
        SectionKind::Security(_) | SectionKind::Endpoints { .. } | SectionKind::Unknown(_) => &[],
    }
}

/// The interface of a `security` section.
fn security_of(section: &Section) -> Option<&QName> {
    match &section.kind {
        SectionKind::Security(target) => Some(target),
        SectionKind::Endpoints { .. } | SectionKind::Components(_) | SectionKind::Unknown(_) => {
            None
        }
    }
}

/// E305: a security interface whose methods have results, at the first of them.
fn answers(package: &Unit<tree::Idl>, name: &str, place: Place) -> Option<Diagnostic> {
    let methods = package
        .tree
        .interfaces
        .iter()
        .flat_map(|interface| &interface.methods);
    let mut params = methods.flat_map(|method| &method.params);
    let answer = params.find(|param| param.direction != Direction::In)?;
    let message = format!("security interface `{name}` has `out` or `error` parameters");
    let finding = Diagnostic::new(Code::SECURITY_RESULTS, message, place)
        .other(package.at(answer.direction_span), "only `in` is possible");
    Some(finding.help("the security module only says yes or no"))
}

/// The bindings of all sections of a kind, in order.
fn bindings(
    sections: &[Section],
    of: fn(&SectionKind) -> &[Binding],
) -> impl Iterator<Item = &Binding> {
    sections.iter().flat_map(move |section| of(&section.kind))
}

/// What resolving one component needs.
struct Context<'c> {
    /// All descriptions.
    program: &'c Program,
    /// The component.
    unit: &'c Unit<tree::Component>,
    /// Its position: only what stands before it can be embedded.
    position: usize,
    /// External names that the model needs.
    externals: &'c mut Vec<ExternalUse>,
    /// Where mistakes go.
    findings: &'c mut Findings,
}

impl Context<'_> {
    /// The component as the model has it, with its own endpoints and instances;
    /// what it gets from its instances is filled in by numbering.
    fn component(&mut self) -> Component {
        let unit = self.unit;
        let sections = &unit.tree.sections;
        let security = sections.iter().find_map(security_of);
        Component {
            name: unit.name.text.clone(),
            kind: match unit.tree.head {
                Head::Component => ComponentKind::Component,
                Head::TaskClass | Head::Entity => ComponentKind::ProcessClass,
            },
            // the built-in class `Einit` has no file that a user could open
            place: (unit.origin != Origin::Builtin || unit.name.text != "Einit")
                .then(|| unit.at(unit.name.span)),
            docs: unit.tree.docs.clone(),
            security: security.map(|target| self.security(target)),
            endpoints: bindings(sections, endpoints_of)
                .map(|one| self.endpoint(one))
                .collect(),
            instances: bindings(sections, instances_of)
                .filter_map(|one| self.instance(one))
                .collect(),
            flattened: None,
            flattened_security: None,
            digest: None,
        }
    }

    /// An endpoint of the component itself.
    fn endpoint(&mut self, binding: &Binding) -> Endpoint {
        Endpoint {
            name: binding.name.text.clone(),
            docs: binding.docs.clone(),
            place: self.unit.at(binding.name.span),
            interface: self.interface(&binding.target),
        }
    }

    /// E107: the right-hand side is a package with an `interface` block.
    fn interface(&mut self, target: &QName) -> Target<PackageId> {
        let position = match self.program.reach(NameSet::Package, &target.text) {
            Reach::Known(position) => position,
            Reach::External => return self.external(target),
            Reach::Broken => return Target::External(target.text.clone()),
        };
        let package = &self.program.packages[position];
        if !package.tree.interfaces.is_empty() {
            return Target::Known(PackageId::at(position));
        }
        let place = self.unit.at(target.span);
        self.findings.push(no_interface(
            Code::NO_INTERFACE,
            &target.text,
            place,
            package,
        ));
        Target::External(target.text.clone())
    }

    /// E305: a security interface only has `in` parameters, because the
    /// security module answers with yes or no.
    fn security(&mut self, target: &QName) -> Target<PackageId> {
        let interface = self.interface(target);
        if let Some(id) = interface.known() {
            let package = &self.program.packages[id.0 as usize];
            let place = self.unit.at(target.span);
            self.findings.extend(answers(package, &target.text, place));
        }
        interface
    }

    /// E108: the right-hand side is a component. An instance of something
    /// broken is left out.
    fn instance(&mut self, binding: &Binding) -> Option<Instance> {
        let Binding { name, docs, target } = binding;
        let component = match self.program.reach(NameSet::Component, &target.text) {
            // what stands behind its user closes a cycle, which is reported
            Reach::Known(position) if position < self.position => {
                self.embeddable(target, position)?
            }
            Reach::External => self.external(target),
            Reach::Known(_) | Reach::Broken => Target::External(target.text.clone()),
        };
        let place = self.unit.at(name.span);
        Some(Instance {
            name: name.text.clone(),
            docs: docs.clone(),
            place,
            component,
        })
    }

    /// The component at a position, unless it is a process class (E108).
    fn embeddable(&mut self, target: &QName, position: usize) -> Option<Target<ComponentId>> {
        let component = &self.program.components[position];
        if component.tree.head == Head::Component {
            return Some(Target::Known(ComponentId::at(position)));
        }
        let message = format!("`{}` is a process class, not a component", target.text);
        let place = self.unit.at(target.span);
        let finding = Diagnostic::new(Code::WRONG_COMPONENT_KIND, message, place)
            .other(component.at(component.tree.head_span), "declared here");
        self.findings
            .push(finding.help("only components (CDL) can be embedded"));
        None
    }

    /// A target without a description: noted, because generating code would
    /// need it.
    fn external<Id>(&mut self, target: &QName) -> Target<Id> {
        self.externals.push(ExternalUse {
            name: target.text.clone(),
            place: self.unit.at(target.span),
        });
        Target::External(target.text.clone())
    }
}
