//! The module of one component or process class: its struct, its dispatcher, its endpoint table.
use super::interface::enumeration;
use super::names::snake;
use super::plan::{ComponentPlan, EndpointPlan, InterfacePlan, ModulePath, Part, Plan};
use super::tables::{maximum, quoted, structure};
use super::text::{Param, Signature, Term, Text};
use super::{Section, Sections};
use crate::model::{Component, ComponentKind};

/// Everything of a component or process class that the sections ask for.
pub(super) fn component(
    text: &mut Text,
    plan: &Plan<'_>,
    component: &Component,
    own: &ComponentPlan,
    sections: &Sections,
) {
    if !sections.has(Section::Endpoints) {
        return;
    }
    let of = Of {
        plan,
        component,
        own,
    };
    if !own.endpoints.is_empty() {
        if sections.has(Section::Server) {
            of.structure(text);
        }
        of.messages(text);
        of.riids(text);
    }
    of.security(text);
    of.class(text);
    of.table(text);
}

/// A component or process class and what was decided about it.
#[derive(Clone, Copy)]
struct Of<'a> {
    plan: &'a Plan<'a>,
    component: &'a Component,
    own: &'a ComponentPlan,
}

impl<'a> Of<'a> {
    fn is_class(self) -> bool {
        self.component.kind == ComponentKind::ProcessClass
    }
    /// In texts.
    fn word(self) -> &'static str {
        if self.is_class() {
            "process class"
        } else {
            "component"
        }
    }

    /// The interface of an endpoint, and how its module is seen from here.
    fn interface(self, endpoint: &EndpointPlan) -> (String, &'a InterfacePlan) {
        let package = self.plan.package(endpoint.interface);
        let interface = package
            .interface
            .as_ref()
            .unwrap_or_else(|| unreachable!("the model gives endpoints interfaces only"));
        (package.module.seen_from(&self.own.module), interface)
    }
    /// The parts of the struct; one without endpoints has nothing to hold.
    fn parts(self) -> impl Iterator<Item = &'a Part> {
        self.own.parts.iter().filter(|part| part.count > 0)
    }

    /// The struct with its constructor and its dispatcher.
    fn structure(self, text: &mut Text) {
        let Self {
            plan,
            component,
            own,
        } = self;
        let word = if self.is_class() {
            "Process class"
        } else {
            "Component"
        };
        let types: Vec<_> = self
            .parts()
            .map(|part| part_type(plan, &own.module, &own.endpoints, part))
            .collect();
        text.item();
        text.docs(&component.docs, &format!("{word} `{}`.", component.name));
        text.line("#[derive(Debug, Clone, Copy, Default)]");
        let params = self.parts().map(|part| Term::text(&part.param)).collect();
        text.term(
            "",
            &Term::generic(format_args!("pub struct {}", own.name), params),
            " {",
        );
        text.inside(|text| {
            for part in self.parts() {
                self.part_docs(text, part);
                text.typed(&format!("pub {}", part.field), &Term::text(&part.param));
            }
        });
        text.line("}");
        let params: Vec<_> = own
            .endpoints
            .iter()
            .map(|endpoint| self.param(endpoint))
            .collect();
        let whole = Term::generic(&own.name, types.clone());
        text.item();
        text.generic_implementation(&params, None, &whole, |text| {
            self.constructor(text, &types);
            if own.class.is_none() {
                self.dispatch_within(text);
            }
        });
        if let Some(class) = &own.class {
            text.item();
            text.generic_implementation(&params, Some("nk::Dispatch"), &whole, |text| {
                text.line(format_args!("type Class = {class};"));
                self.dispatch(text);
            });
        }
    }
    fn part_docs(self, text: &mut Text, part: &Part) {
        let endpoints = self.component.endpoints.iter().map(|e| (&e.name, &e.docs));
        let instances = self.component.instances.iter().map(|i| (&i.name, &i.docs));
        if let Some((name, lines)) = endpoints
            .chain(instances)
            .find(|(name, _)| snake(name) == part.field)
        {
            text.docs(lines, &format!("`{name}`"));
        }
    }
    /// The type parameter that stands for the implementation of an endpoint.
    fn param(self, endpoint: &EndpointPlan) -> Param {
        let (module, interface) = self.interface(endpoint);
        (
            endpoint.param.clone(),
            format!("{module}{}", interface.trait_),
        )
    }

    fn constructor(self, text: &mut Text, types: &[Term]) {
        text.doc("Puts the parts together.");
        let params = self
            .parts()
            .zip(types)
            .map(|(part, ty)| ty.clone().behind(format_args!("{}: ", part.field)));
        let answer = Term::text("Self");
        text.function(
            &Signature {
                name: "pub const fn new".to_owned(),
                params: params.collect(),
                answer,
            },
            |text| {
                let fields = self
                    .parts()
                    .map(|part| (part.field.clone(), Term::text(&part.field)));
                text.term("", &Term::structure("Self", fields), "");
            },
        );
    }

    /// The dispatcher of a process class.
    fn dispatch(self, text: &mut Text) {
        text.block(
            "fn dispatch(&mut self, req: &nk::Verified<'_>, room: &mut [u8]) -> nk::Written",
            |text| {
                text.line("let iid = req.header().iid;");
                self.routes(text, "iid.0");
            },
        );
    }
    /// The dispatcher of a component, which is told where its RIIDs begin.
    fn dispatch_within(self, text: &mut Text) {
        text.doc(
            "Handles a request to an endpoint of this component, whose first RIID is `first`.",
        );
        let params = [
            "&mut self",
            "first: u16",
            "req: &nk::Verified<'_>",
            "room: &mut [u8]",
        ];
        let signature = Signature {
            name: "pub fn dispatch".to_owned(),
            params: params.map(Term::text).into(),
            answer: Term::text("nk::Written"),
        };
        text.function(&signature, |text| {
            text.line("let iid = req.header().iid;");
            text.block("match iid.0.checked_sub(first)", |text| {
                self.arms(text, |riids| format!("Some({riids})"));
            });
        });
    }
    fn routes(self, text: &mut Text, riid: &str) {
        text.block(format_args!("match {riid}"), |text| {
            self.arms(text, |riids| riids);
        });
    }
    fn arms(self, text: &mut Text, pattern: impl Fn(String) -> String) {
        for part in self.parts() {
            let (riids, value) = self.arm(part);
            text.arm(pattern(riids), &value);
        }
        text.line("_ => Err(nk::NkErr::ENOENT),");
    }
    /// The RIIDs of a part, and what handles a request to one of them.
    fn arm(self, part: &Part) -> (String, Term) {
        let (own, field) = (self.own, &part.field);
        let arguments = |arguments: &[&str]| {
            arguments
                .iter()
                .map(|argument| Term::text(*argument))
                .collect()
        };
        let direct = own
            .endpoints
            .get(usize::from(part.first))
            .filter(|_| part.component.is_none());
        if let Some(endpoint) = direct {
            let (module, interface) = self.interface(endpoint);
            let arguments = arguments(&[&format!("&mut self.{field}"), "iid", "req", "room"]);
            return (
                part.first.to_string(),
                Term::call(format_args!("{module}{}", interface.dispatch), arguments),
            );
        }
        let last = part.first.saturating_add(part.count).saturating_sub(1);
        let riids = if part.count == 1 {
            part.first.to_string()
        } else {
            format!("{}..={last}", part.first)
        };
        let first = match part.first {
            first if self.is_class() => first.to_string(),
            0 => "first".to_owned(),
            first => format!("first.wrapping_add({first})"),
        };
        let component = part.component.map(|id| self.plan.component(id));
        let callee = component.map_or_else(String::new, |component| {
            format!(
                "{}{}::dispatch",
                component.module.seen_from(&own.module),
                component.name
            )
        });
        (
            riids,
            Term::call(
                callee,
                arguments(&[&format!("&mut self.{field}"), &first, "req", "room"]),
            ),
        )
    }

    /// `Request` and `Response`: any message of any endpoint.
    fn messages(self, text: &mut Text) {
        let own = self.own;
        let requests =
            |interface: &'a InterfacePlan| (interface.request.as_str(), interface.request_borrows);
        let responses = |interface: &'a InterfacePlan| {
            (interface.response.as_str(), interface.response_borrows)
        };
        self.any(
            text,
            "request to",
            (&own.request, own.request_borrows),
            requests,
        );
        self.any(
            text,
            "response of",
            (&own.response, own.response_borrows),
            responses,
        );
    }
    fn any(
        self,
        text: &mut Text,
        what: &str,
        (name, borrows): (&str, bool),
        inner: impl Fn(&'a InterfacePlan) -> (&'a str, bool),
    ) {
        let of = self.word();
        let each = || {
            self.own.endpoints.iter().map(|endpoint| {
                let (module, interface) = self.interface(endpoint);
                let (name, borrows) = inner(interface);
                (
                    endpoint,
                    format!("{module}{name}"),
                    if borrows { "<'m>" } else { "" },
                )
            })
        };
        let variants = each().map(|(endpoint, name, lifetime)| {
            Term::call(
                &endpoint.variant,
                vec![Term::text(format!("{name}{lifetime}"))],
            )
        });
        enumeration(
            text,
            &format!("Any {what} this {of}."),
            (name, borrows),
            variants,
        );
        let (generics, lifetime) = if borrows { ("<'m>", "'m") } else { ("", "'_") };
        text.item();
        text.block(format_args!("impl{generics} {name}{generics}"), |text| {
            let (param, riid, note) = if self.is_class() {
                ("", "m.header().iid.0", "")
            } else {
                (
                    "first: u16, ",
                    "m.header().iid.0.checked_sub(first)",
                    ", whose first RIID is `first`",
                )
            };
            text.doc(format_args!(
                "`None` if the message is none of this {of}{note}."
            ));
            let head = format!(
                "pub fn read({param}m: &nk::Verified<{lifetime}>) -> ::core::option::Option<Self>"
            );
            text.block(head, |text| {
                text.block(format_args!("match {riid}"), |text| {
                    for (riid, (endpoint, name, _)) in each().enumerate() {
                        let pattern = if self.is_class() {
                            riid.to_string()
                        } else {
                            format!("Some({riid})")
                        };
                        text.arm(
                            pattern,
                            &Term::chain(
                                format!("{name}::read(m)"),
                                format!(".map(Self::{})", endpoint.variant),
                            ),
                        );
                    }
                    text.line("_ => None,");
                });
            });
        });
    }

    /// The numbers of the endpoints.
    fn riids(self, text: &mut Text) {
        let rows = self
            .component
            .flattened
            .iter()
            .flatten()
            .zip(&self.own.endpoints);
        for (riid, (endpoint, plan)) in rows.enumerate() {
            text.item();
            text.doc(format_args!("`{}`", endpoint.name));
            if !self.is_class() {
                text.doc("Counted from the component's first endpoint.");
            }
            riid_constant(text, &plan.riid, riid);
        }
    }
    /// The numbers of the security interfaces, a space of their own: what a proxy of such an interface is given.
    fn security(self, text: &mut Text) {
        let rows = self
            .component
            .flattened_security
            .iter()
            .flatten()
            .zip(&self.own.security);
        for (riid, (security, name)) in rows.enumerate() {
            text.item();
            text.doc(format_args!(
                "`{}`, among the security interfaces.",
                security.name()
            ));
            riid_constant(text, name, riid);
        }
    }

    /// The type that stands for a process class.
    fn class(self, text: &mut Text) {
        let Some(class) = &self.own.class else { return };
        text.item();
        text.doc("Stands for the process class where a type is asked for.");
        text.line("#[derive(Debug, Clone, Copy)]");
        text.line(format_args!("pub enum {class} {{}}"));
        text.item();
        text.block(format_args!("impl nk::ClassType for {class}"), |text| {
            text.constant("const NAME", "&'static str", &quoted(&self.component.name));
            let digest = Term::call(
                "nk::hex",
                vec![quoted(&crate::model::digest::hex(&self.component.digest))],
            );
            text.constant("const DIGEST", "[u8; 32]", &digest);
            let table = &self.own.endpoints_table;
            text.line(format_args!(
                "const ENDPOINTS: &'static [nk::Endpoint] = {table};"
            ));
        });
    }

    fn table(self, text: &mut Text) {
        let own = self.own;
        let rows = self
            .component
            .flattened
            .iter()
            .flatten()
            .zip(&own.endpoints)
            .map(|(endpoint, planned)| {
                let (module, interface) = self.interface(planned);
                let interface = Term::text(format!("&{module}{}", interface.table));
                let fields = [
                    ("name", quoted(&endpoint.name)),
                    ("alias", quoted(&endpoint.alias)),
                    ("interface", interface),
                ];
                structure("nk::Endpoint", fields)
            });
        let table = &own.endpoints_table;
        text.item();
        text.doc("All endpoints, under both names; the RIID is the position.");
        text.constant(
            &format!("pub const {table}"),
            "&[nk::Endpoint]",
            &Term::slice(rows.collect()),
        );
        let of = format!("this {}", self.word());
        maximum(
            text,
            &own.request_max,
            ("request", &of),
            &format!("nk::request_max({table})"),
        );
        maximum(
            text,
            &own.response_max,
            ("response", &of),
            &format!("nk::response_max({table})"),
        );
    }
}

fn riid_constant(text: &mut Text, name: &str, riid: usize) {
    text.constant(
        &format!("pub const {name}"),
        "nk::Riid",
        &Term::text(format!("nk::Riid({riid})")),
    );
}

/// The type of a part: an endpoint's parameter, or the component's struct over its endpoints' parameters.
fn part_type(plan: &Plan<'_>, from: &ModulePath, endpoints: &[EndpointPlan], part: &Part) -> Term {
    let inside = endpoints.get(usize::from(part.first)..).unwrap_or(&[]);
    let inside = inside.get(..usize::from(part.count)).unwrap_or(inside);
    match part.component {
        None => Term::text(
            inside
                .first()
                .map_or("", |endpoint| endpoint.param.as_str()),
        ),
        Some(id) => {
            let component = plan.component(id);
            let parts = component.parts.iter().filter(|part| part.count > 0);
            let arguments = parts
                .map(|part| part_type(plan, from, inside, part))
                .collect();
            Term::generic(
                format_args!("{}{}", component.module.seen_from(from), component.name),
                arguments,
            )
        }
    }
}
