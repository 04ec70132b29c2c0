//! The module of one component or process class: its struct, its dispatcher, its endpoint table.
use super::docs::{doc, docs};
use super::interface::{enumeration, reads};
use super::names::snake;
use super::plan::{ComponentPlan, EndpointPlan, InterfacePlan, ModulePath, Part, Plan};
use super::tables::{maximum, number};
use super::{Section, Sections};
use crate::model::{Component, ComponentKind};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// Everything of a component or process class that the sections ask for.
pub(super) fn component(
    plan: &Plan<'_>,
    component: &Component,
    own: &ComponentPlan,
    sections: &Sections,
) -> Vec<TokenStream> {
    if !sections.has(Section::Endpoints) {
        return Vec::new();
    }
    let of = Of {
        plan,
        component,
        own,
    };
    let serves = !own.endpoints.is_empty();
    let structure = (serves && sections.has(Section::Server)).then(|| of.structure());
    let messages = serves.then(|| of.messages());
    let constants = of.riids().into_iter().chain(of.security());
    let parts = structure.into_iter().chain(messages.into_iter().flatten());
    let types = of.class().into_iter().chain([of.table()]);
    parts.chain(constants).chain(types).collect()
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
    fn interface(self, endpoint: &EndpointPlan) -> (TokenStream, &'a InterfacePlan) {
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
    fn structure(self) -> TokenStream {
        let (component, own) = (self.component, self.own);
        let word = if self.is_class() {
            "Process class"
        } else {
            "Component"
        };
        let docs = docs(
            &component.docs,
            format_args!("{word} `{}`.", component.name),
        );
        let name = &own.name;
        let declared = self.parts().map(|part| &part.param);
        let fields = self.parts().map(|part| {
            let (docs, field, param) = (self.part_docs(part), &part.field, &part.param);
            quote!(#docs pub #field: #param)
        });
        let types = self
            .parts()
            .map(|part| part_type(self.plan, &own.module, &own.endpoints, part));
        let types: Vec<_> = types.collect();
        let params: Vec<_> = own
            .endpoints
            .iter()
            .map(|endpoint| &endpoint.param)
            .collect();
        let bounds: Vec<_> = own
            .endpoints
            .iter()
            .map(|endpoint| self.bound(endpoint))
            .collect();
        let constructor = self.constructor(&types);
        let (within, dispatch) = match &own.class {
            None => (Some(self.dispatch_within()), None),
            Some(class) => {
                let dispatch = self.dispatch();
                let dispatch = quote! {
                    impl<#(#params),*> rt::Dispatch for #name<#(#types),*>
                    where #(#bounds),*
                    {
                        type Class = #class;
                        #dispatch
                    }
                };
                (None, Some(dispatch))
            }
        };
        quote! {
            #docs
            #[derive(Debug, Clone, Copy, Default)]
            pub struct #name<#(#declared),*> {
                #(#fields,)*
            }

            impl<#(#params),*> #name<#(#types),*>
            where #(#bounds),*
            {
                #constructor
                #within
            }

            #dispatch
        }
    }
    fn part_docs(self, part: &Part) -> Option<TokenStream> {
        let endpoints = self.component.endpoints.iter();
        let endpoints = endpoints.map(|e| ("endpoint", &e.name, &e.docs));
        let instances = self.component.instances.iter();
        let instances = instances.map(|i| ("component", &i.name, &i.docs));
        let mut parts = endpoints.chain(instances);
        let (what, name, lines) = parts.find(|(_, name, _)| snake(name) == part.field)?;
        Some(docs(lines, format_args!("Serves the {what} `{name}`.")))
    }
    /// What the type parameter for the implementation of an endpoint must be.
    fn bound(self, endpoint: &EndpointPlan) -> TokenStream {
        let (module, interface) = self.interface(endpoint);
        let (param, trait_) = (&endpoint.param, &interface.trait_);
        quote!(#param: #module #trait_)
    }

    fn constructor(self, types: &[TokenStream]) -> TokenStream {
        let fields: Vec<_> = self.parts().map(|part| &part.field).collect();
        let doc = doc(format_args!(
            "A {} that these implementations serve.",
            self.word()
        ));
        quote! {
            #doc
            pub const fn new(#(#fields: #types),*) -> Self {
                Self { #(#fields),* }
            }
        }
    }

    /// The dispatcher of a process class.
    fn dispatch(self) -> TokenStream {
        let arms = self.parts().map(|part| {
            let (riids, value) = self.arm(part);
            quote!(#riids => #value,)
        });
        quote! {
            fn dispatch(&mut self, req: &rt::Verified<'_>, room: &mut [u8]) -> rt::Written {
                let iid = req.header().iid;
                match iid.0 {
                    #(#arms)*
                    _ => Err(rt::NkErr::ENOENT),
                }
            }
        }
    }
    /// The dispatcher of a component, which is told where its RIIDs begin.
    fn dispatch_within(self) -> TokenStream {
        let arms = self.parts().map(|part| {
            let (riids, value) = self.arm(part);
            quote!(Some(#riids) => #value,)
        });
        quote! {
            /// Handles a request to an endpoint of this component, whose first RIID is `first`.
            pub fn dispatch(
                &mut self,
                first: u16,
                req: &rt::Verified<'_>,
                room: &mut [u8]
            ) -> rt::Written {
                let iid = req.header().iid;
                match iid.0.checked_sub(first) {
                    #(#arms)*
                    _ => Err(rt::NkErr::ENOENT),
                }
            }
        }
    }
    /// The RIIDs of a part, and what handles a request to one of them.
    fn arm(self, part: &Part) -> (TokenStream, TokenStream) {
        let (own, field, first) = (self.own, &part.field, number(part.first));
        let Some(id) = part.component else {
            let endpoint = own.endpoints.get(usize::from(part.first));
            let handled = endpoint.map(|endpoint| {
                let (module, interface) = self.interface(endpoint);
                let dispatch = &interface.dispatch;
                quote!(#module #dispatch(&mut self.#field, iid, req, room))
            });
            return (quote!(#first), quote!(#handled));
        };
        let last = part.first.saturating_add(part.count).saturating_sub(1);
        let last = (part.count > 1).then(|| number(last));
        let last = last.map(|last| quote!(..=#last));
        let riids = quote!(#first #last);
        let first = match part.first {
            _ if self.is_class() => quote!(#first),
            0 => quote!(first),
            _ => quote!(first.wrapping_add(#first)),
        };
        let component = self.plan.component(id);
        let (module, name) = (component.module.seen_from(&own.module), &component.name);
        let handled = quote!(#module #name::dispatch(&mut self.#field, #first, req, room));
        (riids, handled)
    }

    /// `Request` and `Response`: any message of any endpoint.
    fn messages(self) -> [TokenStream; 2] {
        let own = self.own;
        let requests = self.any("request to", (&own.request, own.request_borrows), |i| {
            (&i.request, i.request_borrows)
        });
        let responses = self.any("response of", (&own.response, own.response_borrows), |i| {
            (&i.response, i.response_borrows)
        });
        [requests, responses]
    }
    fn any(
        self,
        what: &str,
        (name, borrows): (&Ident, bool),
        inner: impl Fn(&'a InterfacePlan) -> (&'a Ident, bool),
    ) -> TokenStream {
        let of = self.word();
        let each = || {
            self.own.endpoints.iter().map(|endpoint| {
                let (module, interface) = self.interface(endpoint);
                let (name, borrows) = inner(interface);
                (&endpoint.variant, quote!(#module #name), borrows)
            })
        };
        let variants = each().map(|(variant, name, borrows)| {
            let lifetime = borrows.then(|| quote!(<'m>));
            quote!(#variant(#name #lifetime))
        });
        let lead = format!("Any {what} this {of}.");
        let enumeration = enumeration(&lead, (name, borrows), variants);
        let (generics, lifetime) = reads(borrows);
        let arms = (0_u32..)
            .map(number)
            .zip(each())
            .map(|(riid, (variant, name, _))| {
                let riid = if self.is_class() {
                    quote!(#riid)
                } else {
                    quote!(Some(#riid))
                };
                quote!(#riid => #name::read(m).map(Self::#variant),)
            });
        let (param, riid, note) = if self.is_class() {
            (None, quote!(m.header().iid.0), "")
        } else {
            (
                Some(quote!(first: u16,)),
                quote!(m.header().iid.0.checked_sub(first)),
                ", whose first RIID is `first`",
            )
        };
        let doc = doc(format_args!(
            "The message in a verified one; `None` if that is none of this {of}{note}."
        ));
        quote! {
            #enumeration

            impl #generics #name #generics {
                #doc
                pub fn read(
                    #param m: &rt::Verified<#lifetime>
                ) -> ::core::option::Option<Self> {
                    match #riid {
                        #(#arms)*
                        _ => None,
                    }
                }
            }
        }
    }

    /// The numbers of the endpoints.
    fn riids(self) -> Vec<TokenStream> {
        let endpoints = self.component.flattened.iter().flatten();
        let rows = (0_u32..).zip(endpoints.zip(&self.own.endpoints));
        let counted = if self.is_class() {
            ""
        } else {
            ", counted from the component's first"
        };
        let constants = rows.map(|(riid, (endpoint, plan))| {
            let (doc, name) = (
                doc(format_args!(
                    "RIID of the endpoint `{}`{counted}.",
                    endpoint.name
                )),
                &plan.riid,
            );
            let riid = number(riid);
            quote! {
                #doc
                pub const #name: rt::Riid = rt::Riid(#riid);
            }
        });
        constants.collect()
    }
    /// The numbers of the security interfaces, a space of their own: what a proxy of such an interface is given.
    fn security(self) -> Vec<TokenStream> {
        let interfaces = self.component.flattened_security.iter().flatten();
        let rows = (0_u32..).zip(interfaces.zip(&self.own.security));
        let constants = rows.map(|(riid, (security, name))| {
            let doc = doc(format_args!(
                "RIID of `{}`, among the security interfaces.",
                security.name()
            ));
            let riid = number(riid);
            quote! {
                #doc
                pub const #name: rt::Riid = rt::Riid(#riid);
            }
        });
        constants.collect()
    }

    /// The type that stands for a process class.
    fn class(self) -> Option<TokenStream> {
        let (class, table) = (self.own.class.as_ref()?, &self.own.endpoints_table);
        let name = &self.component.name;
        let digest = self
            .component
            .digest
            .as_ref()
            .map(crate::model::digest::hex);
        // of a class that serves nothing this is all there is
        let lines = if self.own.endpoints.is_empty() {
            self.component.docs.as_slice()
        } else {
            &[]
        };
        let docs = docs(
            lines,
            format_args!("The process class `{name}` as a type: names it when it is registered."),
        );
        Some(quote! {
            #docs
            #[derive(Debug, Clone, Copy)]
            pub enum #class {}

            impl rt::ClassType for #class {
                const NAME: &'static str = #name;
                const DIGEST: [u8; 32] = rt::hex(#digest);
                const ENDPOINTS: &'static [rt::Endpoint] = #table;
            }
        })
    }

    fn table(self) -> TokenStream {
        let own = self.own;
        let endpoints = self.component.flattened.iter().flatten();
        let rows = endpoints.zip(&own.endpoints).map(|(endpoint, planned)| {
            let (module, interface) = self.interface(planned);
            let (name, alias, table) = (&endpoint.name, &endpoint.alias, &interface.table);
            quote! {
                rt::Endpoint { name: #name, alias: #alias, interface: &#module #table }
            }
        });
        let (table, of) = (&own.endpoints_table, format!("this {}", self.word()));
        let request_max = maximum(
            &own.request_max,
            ("request", &of),
            &quote!(rt::request_max(#table)),
        );
        let response_max = maximum(
            &own.response_max,
            ("response", &of),
            &quote!(rt::response_max(#table)),
        );
        quote! {
            /// All endpoints, under both names; the RIID is the position.
            pub const #table: &[rt::Endpoint] = &[#(#rows),*];

            #request_max
            #response_max
        }
    }
}

/// The type of a part: an endpoint's parameter, or the component's struct over its endpoints' parameters.
fn part_type(
    plan: &Plan<'_>,
    from: &ModulePath,
    endpoints: &[EndpointPlan],
    part: &Part,
) -> TokenStream {
    let inside = endpoints.get(usize::from(part.first)..).unwrap_or(&[]);
    let inside = inside.get(..usize::from(part.count)).unwrap_or(inside);
    let Some(id) = part.component else {
        let param = inside.first().map(|endpoint| &endpoint.param);
        return quote!(#param);
    };
    let component = plan.component(id);
    let (module, name) = (component.module.seen_from(from), &component.name);
    let parts = component.parts.iter().filter(|part| part.count > 0);
    let arguments = parts.map(|part| part_type(plan, from, inside, part));
    quote!(#module #name<#(#arguments),*>)
}
