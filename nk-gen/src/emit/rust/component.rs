//! The module of one component or process class: its struct, its dispatcher, its endpoint table.
use super::docs::{docs, one};
use super::interface::lifetimes;
use super::names::ident;
use super::plan::{ComponentPlan, EndpointPlan, ModulePath, Part, Plan};
use super::tables::maximum;
use super::types::number;
use super::{Section, Sections};
use crate::model::{Component, ComponentKind};
use proc_macro2::TokenStream;
use quote::quote;

/// Everything of a component or process class that the sections ask for.
pub(super) fn component(
    plan: &Plan<'_>,
    component: &Component,
    own: &ComponentPlan,
    sections: &Sections,
) -> TokenStream {
    if !sections.has(Section::Endpoints) {
        return TokenStream::new();
    }
    let (table, security) = (table(plan, component, own), security(component, own));
    let class = own.class.as_ref().map(|class| {
        let (class, table, name) = (ident(class), ident(&own.endpoints_table), &component.name);
        let digest = crate::digest::hex(&component.digest);
        quote! {
            /// Stands for the process class where a type is asked for.
            #[derive(Debug, Clone, Copy)]
            pub enum #class {}
            impl nk::ClassType for #class {
                const NAME: &'static str = #name;
                const DIGEST: [u8; 32] = nk::hex(#digest);
                const ENDPOINTS: &'static [nk::Endpoint] = #table;
            }
        }
    });
    if own.endpoints.is_empty() {
        return quote!(#security #class #table);
    }
    let structure = sections.has(Section::Server).then(|| structure(plan, component, own));
    let messages = messages(plan, component, own);
    let constants = component.flattened.iter().flatten().zip(&own.endpoints).zip(0_u32..).map(|((e, plan), riid)| {
        let (lead, name, riid) = (one(&format!("`{}`", e.name)), ident(&plan.riid), number(riid));
        let what =
            (component.kind == ComponentKind::Component).then(|| one("Counted from the component's first endpoint."));
        quote!(#lead #what pub const #name: nk::Riid = nk::Riid(#riid);)
    });
    quote!(#structure #messages #(#constants)* #security #class #table)
}

/// The numbers of the security interfaces, a space of their own: what a proxy of such an interface is given.
fn security(component: &Component, own: &ComponentPlan) -> TokenStream {
    let rows = component.flattened_security.iter().flatten().zip(&own.security).zip(0_u32..);
    let constants = rows.map(|((security, name), riid)| {
        let lead = one(&format!("`{}`, among the security interfaces.", security.name()));
        let (name, riid) = (ident(name), number(riid));
        quote!(#lead pub const #name: nk::Riid = nk::Riid(#riid);)
    });
    quote!(#(#constants)*)
}

/// The trait bound of each endpoint's type parameter.
fn bounds(plan: &Plan<'_>, own: &ComponentPlan) -> TokenStream {
    let bounds = own.endpoints.iter().map(|e| {
        let (param, (module, interface)) = (ident(&e.param), interface(plan, own, e));
        let trait_ = ident(&interface.trait_);
        quote!(#param: #module #trait_)
    });
    quote!(<#(#bounds),*>)
}

fn interface<'p>(
    plan: &'p Plan<'_>,
    own: &ComponentPlan,
    e: &EndpointPlan,
) -> (TokenStream, &'p super::plan::InterfacePlan) {
    let package = plan.package(e.interface);
    let interface =
        package.interface.as_ref().unwrap_or_else(|| unreachable!("the model gives endpoints interfaces only"));
    (package.module.seen_from(&own.module), interface)
}

/// The type of a part: an endpoint's parameter, or the component's struct over its endpoints' parameters.
fn part_type(plan: &Plan<'_>, from: &ModulePath, endpoints: &[EndpointPlan], part: &Part) -> TokenStream {
    let inside = endpoints.get(usize::from(part.first)..).unwrap_or(&[]);
    let inside = inside.get(..usize::from(part.count)).unwrap_or(inside);
    match part.component {
        None => inside.first().map(|e| ident(&e.param)).map(|p| quote!(#p)).unwrap_or_default(),
        Some(id) => {
            let component = plan.component(id);
            let (module, name) = (component.module.seen_from(from), ident(&component.name));
            let args = component.parts.iter().filter(|p| p.count > 0).map(|p| part_type(plan, from, inside, p));
            quote!(#module #name<#(#args),*>)
        }
    }
}

fn structure(plan: &Plan<'_>, component: &Component, own: &ComponentPlan) -> TokenStream {
    let name = ident(&own.name);
    let word = match component.kind {
        ComponentKind::Component => "Component",
        ComponentKind::ProcessClass => "Process class",
    };
    let lead = docs(&component.docs, &format!("{word} `{}`.", component.name));
    // a part without endpoints has nothing to hold
    let parts: Vec<_> = own.parts.iter().filter(|p| p.count > 0).collect();
    let (params, fields): (Vec<_>, Vec<_>) = parts.iter().map(|p| (ident(&p.param), ident(&p.field))).unzip();
    let part_docs = parts.iter().map(|p| {
        let endpoints = component.endpoints.iter().map(|e| (&e.name, &e.docs));
        let instances = component.instances.iter().map(|i| (&i.name, &i.docs));
        let found = endpoints.chain(instances).find(|(name, _)| super::names::snake(name) == p.field);
        found.map(|(name, lines)| docs(lines, &format!("`{name}`"))).unwrap_or_default()
    });
    let types: Vec<_> = parts.iter().map(|p| part_type(plan, &own.module, &own.endpoints, p)).collect();
    let bounds = bounds(plan, own);
    let arms = parts.iter().map(|p| arm(plan, own, p));
    let riid = if own.class.is_some() { quote!(iid.0) } else { quote!(riid) };
    let dispatch = quote!(match #riid { #(#arms)* _ => Err(nk::NkErr::ENOENT) });
    let new = quote! {
        /// Puts the parts together.
        pub const fn new(#(#fields: #types),*) -> Self { Self { #(#fields),* } }
    };
    let body = match &own.class {
        None => quote! {
            impl #bounds #name<#(#types),*> {
                #new
                /// Handles a request to an endpoint of this component, whose first RIID is `first`.
                pub fn dispatch(&mut self, first: u16, req: &nk::Verified<'_>, room: &mut [u8]) -> nk::Written {
                    let iid = req.header().iid;
                    let Some(riid) = iid.0.checked_sub(first) else { return Err(nk::NkErr::ENOENT) };
                    #dispatch
                }
            }
        },
        Some(class) => {
            let class = ident(class);
            quote! {
                impl #bounds #name<#(#types),*> { #new }
                impl #bounds nk::Dispatch for #name<#(#types),*> {
                    type Class = #class;
                    fn dispatch(&mut self, req: &nk::Verified<'_>, room: &mut [u8]) -> nk::Written {
                        let iid = req.header().iid;
                        #dispatch
                    }
                }
            }
        }
    };
    quote! {
        #lead
        #[derive(Debug, Clone, Copy, Default)]
        pub struct #name<#(#params),*> { #(#part_docs pub #fields: #params),* }
        #body
    }
}

fn arm(plan: &Plan<'_>, own: &ComponentPlan, part: &Part) -> TokenStream {
    let (field, first) = (ident(&part.field), number(part.first));
    if part.component.is_none() {
        let endpoint = own.endpoints.get(usize::from(part.first)).map(|e| interface(plan, own, e));
        let Some((module, interface)) = endpoint else { return TokenStream::new() };
        let dispatch = ident(&interface.dispatch);
        return quote!(#first => #module #dispatch(&mut self.#field, iid, req, room),);
    }
    let last = number(part.first.saturating_add(part.count).saturating_sub(1));
    let range = if part.count == 1 { quote!(#first) } else { quote!(#first..=#last) };
    let first = match part.first {
        _ if own.class.is_some() => quote!(#first),
        0 => quote!(first),
        _ => quote!(first.wrapping_add(#first)),
    };
    quote!(#range => self.#field.dispatch(#first, req, room),)
}

/// `Request` and `Response`: any message of any endpoint.
fn messages(plan: &Plan<'_>, component: &Component, own: &ComponentPlan) -> TokenStream {
    let of = match component.kind {
        ComponentKind::Component => "component",
        ComponentKind::ProcessClass => "process class",
    };
    let [requests, responses] = [true, false].map(|requests| {
        let (what, name, borrows) = if requests {
            ("request to", &own.request, own.request_borrows)
        } else {
            ("response of", &own.response, own.response_borrows)
        };
        let (lead, name) = (one(&format!("Any {what} this {of}.")), ident(name));
        let (generics, lifetime) = lifetimes(borrows);
        let inner: Vec<_> = own
            .endpoints
            .iter()
            .map(|e| {
                let (module, i) = interface(plan, own, e);
                let (name, borrows) =
                    if requests { (&i.request, i.request_borrows) } else { (&i.response, i.response_borrows) };
                (module, ident(name), borrows.then(|| quote!(<'m>)))
            })
            .collect();
        let variants = own.endpoints.iter().zip(&inner).map(|(e, (module, name, lifetime))| {
            let variant = ident(&e.variant);
            quote!(#variant(#module #name #lifetime))
        });
        let arms = (0_u32..).zip(own.endpoints.iter().zip(&inner)).map(|(riid, (e, (module, name, _)))| {
            let (riid, variant) = (number(riid), ident(&e.variant));
            let riid = if own.class.is_some() { quote!(#riid) } else { quote!(Some(#riid)) };
            quote!(#riid => Self::#variant(#module #name::read(m)?),)
        });
        let (param, riid) = match component.kind {
            ComponentKind::Component => (quote!(first: u16,), quote!(m.header().iid.0.checked_sub(first))),
            ComponentKind::ProcessClass => (quote!(), quote!(m.header().iid.0)),
        };
        let note = match component.kind {
            ComponentKind::Component => {
                one(&format!("`None` if the message is none of this {of}, whose first RIID is `first`."))
            }
            ComponentKind::ProcessClass => one(&format!("`None` if the message is none of this {of}.")),
        };
        quote! {
            #lead
            #[derive(Debug, Clone, Copy, PartialEq)]
            pub enum #name #generics { #(#variants),* }
            impl #generics #name #generics {
                #note
                pub fn read(#param m: &nk::Verified<#lifetime>) -> ::core::option::Option<Self> {
                    Some(match #riid { #(#arms)* _ => return None })
                }
            }
        }
    });
    quote!(#requests #responses)
}

fn table(plan: &Plan<'_>, component: &Component, own: &ComponentPlan) -> TokenStream {
    let rows = component.flattened.iter().flatten().zip(&own.endpoints).map(|(e, planned)| {
        let (name, alias, (module, interface)) = (&e.name, &e.alias, interface(plan, own, planned));
        let table = ident(&interface.table);
        quote!(nk::Endpoint { name: #name, alias: #alias, interface: &#module #table })
    });
    let table = ident(&own.endpoints_table);
    let of = match component.kind {
        ComponentKind::Component => "this component",
        ComponentKind::ProcessClass => "this process class",
    };
    let maxima = [
        (&own.request_max, "request", quote!(nk::request_max)),
        (&own.response_max, "response", quote!(nk::response_max)),
    ]
    .map(|((max, buf), what, f)| maximum(max, buf.as_deref(), what, of, &quote!(#f(#table))));
    quote! {
        /// All endpoints, under both names; the RIID is the position.
        pub const #table: &[nk::Endpoint] = &[#(#rows),*];
        #(#maxima)*
    }
}
