//! Resolves components and process classes (E107, E108, E301, E302, E303,
//! E305). Source: `spec/idl.md` §6, §7.
use super::duplicates::duplicates;
use super::methods::underscore;
use crate::front::find::NameSet;
use crate::front::load::{Origin, Program, Reach, Unit};
use crate::model::{
    Component, ComponentId, ComponentKind, Endpoint, ExternalUse, Instance, Model, PackageId,
    Target,
};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::diagnostic::Findings;
use nk_grammar::syntax::{self as tree, Binding, Direction, Head, QName, Section, SectionKind};

/// Makes the components and process classes of the model;
/// [`crate::model::numbering`] fills in their endpoint lists.
pub(crate) fn resolve(model: &mut Model, program: &Program, findings: &mut Findings) {
    for (position, unit) in program.components.iter().enumerate() {
        findings.extend(repeated_sections(unit));
        findings.extend(repeated_names(unit));
        let mut context = Context {
            program,
            unit,
            position,
            externals: &mut model.externals,
            findings,
        };
        let component = context.component();
        model.components.push(component);
    }
}

/// E301: every section at most once.
fn repeated_sections(unit: &Unit<tree::Component>) -> Findings {
    let mut findings = Vec::new();
    for name in ["security", "endpoints", "components"] {
        let mut sections = unit
            .tree
            .sections
            .iter()
            .filter(|section| section_name(&section.kind) == name);
        let Some(first) = sections.next() else {
            continue;
        };
        findings.extend(sections.map(|again| {
            let finding = Diagnostic::new(
                Code::DUPLICATE_MEMBER,
                format!("section `{name}` stands twice"),
                unit.at(again.keyword),
            );
            finding
                .label("again here")
                .other(unit.at(first.keyword), "first here")
        }));
    }
    findings
}

fn section_name(kind: &SectionKind) -> &'static str {
    match kind {
        SectionKind::Security(_) => "security",
        SectionKind::Endpoints { .. } => "endpoints",
        SectionKind::Components(_) => "components",
        SectionKind::Unknown(_) => "",
    }
}

/// E301, E302, E303: endpoint names are unique, instance names are unique, and
/// no endpoint is called like an instance.
fn repeated_names(unit: &Unit<tree::Component>) -> Findings {
    let endpoints = || bindings(&unit.tree.sections, endpoints_of).map(|binding| &binding.name);
    let instances = || bindings(&unit.tree.sections, instances_of).map(|binding| &binding.name);
    let mut findings = duplicates(Code::DUPLICATE_MEMBER, "endpoint", unit.file, endpoints());
    findings.extend(duplicates(
        Code::DUPLICATE_MEMBER,
        "instance",
        unit.file,
        instances(),
    ));
    findings.extend(endpoints().filter_map(|name| underscore("endpoint", unit, name)));
    findings.extend(instances().filter_map(|name| underscore("instance", unit, name)));
    let first: std::collections::HashMap<&str, _> =
        endpoints().map(|name| (name.text.as_str(), name)).collect();
    for name in instances() {
        if let Some(endpoint) = first.get(name.text.as_str()) {
            let message = format!("instance `{}` is called like an endpoint", name.text);
            let finding =
                Diagnostic::new(Code::INSTANCE_LIKE_ENDPOINT, message, unit.at(name.span));
            findings.push(finding.other(unit.at(endpoint.span), "the endpoint"));
        }
    }
    findings
}

fn endpoints_of(kind: &SectionKind) -> &[Binding] {
    match kind {
        SectionKind::Endpoints { bindings, .. } => bindings,
        SectionKind::Security(_) | SectionKind::Components(_) | SectionKind::Unknown(_) => &[],
    }
}

fn instances_of(kind: &SectionKind) -> &[Binding] {
    match kind {
        SectionKind::Components(bindings) => bindings,
        SectionKind::Security(_) | SectionKind::Endpoints { .. } | SectionKind::Unknown(_) => &[],
    }
}

fn bindings(
    sections: &[Section],
    of: fn(&SectionKind) -> &[Binding],
) -> impl Iterator<Item = &Binding> {
    sections.iter().flat_map(move |section| of(&section.kind))
}

struct Context<'c> {
    program: &'c Program,
    unit: &'c Unit<tree::Component>,
    position: usize,
    externals: &'c mut Vec<ExternalUse>,
    findings: &'c mut Findings,
}

impl Context<'_> {
    fn component(&mut self) -> Component {
        let unit = self.unit;
        let sections = &unit.tree.sections;
        let security = sections.iter().find_map(|section| match &section.kind {
            SectionKind::Security(target) => Some(target),
            SectionKind::Endpoints { .. }
            | SectionKind::Components(_)
            | SectionKind::Unknown(_) => None,
        });
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
                .map(|binding| self.endpoint(binding))
                .collect(),
            instances: bindings(sections, instances_of)
                .filter_map(|binding| self.instance(binding))
                .collect(),
            flattened: None,
            flattened_security: None,
            digest: None,
        }
    }

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
        if package.tree.interfaces.is_empty() {
            let message = format!("package `{}` has no interface", target.text);
            let finding = Diagnostic::new(Code::NO_INTERFACE, message, self.unit.at(target.span));
            self.findings.push(finding.other(
                package.at(package.name.span),
                "declared here without `interface`",
            ));
            return Target::External(target.text.clone());
        }
        Target::Known(PackageId::at(position))
    }

    /// E305: a security interface only has `in` parameters, because the
    /// security module answers with yes or no.
    fn security(&mut self, target: &QName) -> Target<PackageId> {
        let interface = self.interface(target);
        if let Some(id) = interface.known() {
            let package = &self.program.packages[id.0 as usize];
            let methods = package
                .tree
                .interfaces
                .iter()
                .flat_map(|interface| &interface.methods);
            let mut params = methods.flat_map(|method| &method.params);
            if let Some(answer) = params.find(|param| param.direction != Direction::In) {
                let message = format!(
                    "security interface `{}` has `out` or `error` parameters",
                    target.text
                );
                let finding =
                    Diagnostic::new(Code::SECURITY_RESULTS, message, self.unit.at(target.span));
                let finding =
                    finding.other(package.at(answer.direction_span), "only `in` is possible");
                self.findings
                    .push(finding.help("the security module only says yes or no"));
            }
        }
        interface
    }

    /// E108: the right-hand side is a component. An instance of something
    /// broken is left out.
    fn instance(&mut self, binding: &Binding) -> Option<Instance> {
        let target = &binding.target;
        let component = match self.program.reach(NameSet::Component, &target.text) {
            // what stands behind its user closes a cycle, which is reported
            Reach::Known(position) if position < self.position => {
                self.embeddable(target, position)?
            }
            Reach::External => self.external(target),
            Reach::Known(_) | Reach::Broken => Target::External(target.text.clone()),
        };
        let name = &binding.name;
        Some(Instance {
            name: name.text.clone(),
            docs: binding.docs.clone(),
            place: self.unit.at(name.span),
            component,
        })
    }

    fn embeddable(&mut self, target: &QName, position: usize) -> Option<Target<ComponentId>> {
        let component = &self.program.components[position];
        if component.tree.head == Head::Component {
            return Some(Target::Known(ComponentId::at(position)));
        }
        let message = format!("`{}` is a process class, not a component", target.text);
        let finding = Diagnostic::new(
            Code::WRONG_COMPONENT_KIND,
            message,
            self.unit.at(target.span),
        );
        let finding = finding.other(component.at(component.tree.head_span), "declared here");
        self.findings
            .push(finding.help("only components (CDL) can be embedded"));
        None
    }

    fn external<Id>(&mut self, target: &QName) -> Target<Id> {
        self.externals.push(ExternalUse {
            name: target.text.clone(),
            place: self.unit.at(target.span),
        });
        Target::External(target.text.clone())
    }
}
