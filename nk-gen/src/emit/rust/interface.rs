//! One interface: the trait for both sides, the proxy, the request and response enums, the dispatcher.
use super::docs::{both, doc, docs};
use super::messages::{error_argument, error_type, messages, result_type};
use super::plan::{ErrorForm, InterfacePlan, MethodPlan, RequestForm, ResponseForm};
use super::tables::number;
use super::types::{Life, Names};
use super::{Section, Sections};
use crate::model::{Interface, Method, Package};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

type Methods<'a> = [(&'a Method, &'a MethodPlan)];

/// Everything of an interface but its tables, as far as the sections ask for it.
pub(super) fn interface(
    names: Names<'_>,
    (package, interface): (&Package, &Interface),
    plan: &InterfacePlan,
    sections: &Sections,
) -> Vec<TokenStream> {
    let methods: Vec<_> = interface.methods.iter().zip(&plan.methods).collect();
    // the trait's documentation links to the proxy, if there is one
    let client = sections.has(Section::Client);
    let proxies = if client {
        format!("[`{}`]", plan.proxy)
    } else {
        "proxies".to_owned()
    };
    let docs = docs(
        &both(&package.docs, &interface.docs),
        format_args!(
            "`{}`: implemented by servers, by {proxies} and by mocks.",
            package.name
        ),
    );
    let trait_ = docs
        .into_iter()
        .chain(trait_(names, plan, &methods))
        .collect();
    let proxy = client.then(|| proxy(names, plan, &methods));
    let (request, response) = (
        request(names, plan, &methods),
        response(names, plan, &methods),
    );
    let dispatch = (sections.has(Section::Server)).then(|| dispatch(plan, &methods));
    let parts = [Some(trait_), proxy, Some(request), Some(response), dispatch];
    let messages = methods
        .iter()
        .map(|(method, plan)| messages(names, method, plan));
    parts.into_iter().flatten().chain(messages).collect()
}

/// `fn open(&mut self, name: &str) -> rt::Result<u32>`
fn signature(names: Names<'_>, method: &Method, plan: &MethodPlan) -> TokenStream {
    let inputs = method.request.params.iter().zip(&plan.inputs);
    let inputs = inputs.map(|(param, name)| {
        let ty = names.param(&param.ty);
        quote!(, #name: #ty)
    });
    let out = plan.out.as_ref().map(|out| {
        let (param, name) = (&out.param, &out.name);
        quote!(, #param: #name<'r>)
    });
    let lifetime = plan.out.as_ref().map(|_| quote!(<'r>));
    let (function, error) = (&plan.function, error_argument(plan));
    let result = result_type(names, method, plan, Life::Room);
    quote!(fn #function #lifetime(&mut self #(#inputs)* #out) -> rt::Result<#result #error>)
}

/// The trait below its documentation, and its implementation for references.
fn trait_(names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let name = &plan.trait_;
    let declarations = (0_u32..).zip(methods).map(|(mid, (method, plan))| {
        let docs = docs(
            &method.docs,
            format_args!("`{}`, method {mid}.", method.name),
        );
        let signature = signature(names, method, plan);
        quote!(#docs #signature;)
    });
    let forwards = methods.iter().map(|(method, plan)| {
        let (signature, function) = (signature(names, method, plan), &plan.function);
        let out = plan.out.as_ref().map(|out| &out.param);
        let arguments = plan.inputs.iter().chain(out);
        quote! {
            #signature {
                T_::#function(*self #(, #arguments)*)
            }
        }
    });
    quote! {
        pub trait #name {
            #(#declarations)*
        }

        impl<T_: #name + ?::core::marker::Sized> #name for &mut T_ {
            #(#forwards)*
        }
    }
}

fn proxy(names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (name, trait_) = (&plan.proxy, &plan.trait_);
    let calls = methods.iter().map(|(method, method_plan)| {
        let signature = signature(names, method, method_plan);
        let call = call(&plan.table, method_plan);
        quote!(#signature { #call })
    });
    quote! {
        /// Calls an endpoint behind a transport.
        #[derive(Debug, Clone, Copy)]
        pub struct #name<T_>(rt::Peer<T_>);

        impl<T_: rt::Transport> #name<T_> {
            /// The endpoint with the RIID `iid` at the other end of `transport`.
            pub const fn new(transport: T_, iid: rt::Riid) -> Self {
                Self(rt::Peer::new(transport, iid))
            }
        }

        impl<T_: rt::Transport> #trait_ for #name<T_> {
            #(#calls)*
        }
    }
}

/// The body of a proxy's method.
fn call(interface: &Ident, plan: &MethodPlan) -> TokenStream {
    let (table, inputs) = (&plan.table, &plan.inputs);
    let (before, request) = match &plan.request {
        RequestForm::None => (None, quote!(&())),
        RequestForm::One => (None, quote!(&rt::One(#(#inputs),*))),
        RequestForm::Struct { name, .. } => {
            let request = quote!(let q = #name { #(#inputs),* };);
            (Some(request), quote!(&q))
        }
    };
    let room = plan.out.as_ref().map_or_else(
        || quote!(&mut [0; #table.room()]),
        |out| {
            let out = &out.param;
            quote!(#out.0.room())
        },
    );
    let call = if matches!(plan.response, ResponseForm::One) {
        quote!(call_one)
    } else {
        quote!(call)
    };
    quote! {
        #before
        rt::Peer::#call(&mut self.0, &#interface, &#table, #request, #room)
    }
}

fn request(names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (name, table) = (&plan.request, &plan.table);
    let variants = methods.iter().map(|(method, plan)| {
        let variant = &plan.variant;
        match &plan.request {
            RequestForm::None => quote!(#variant),
            RequestForm::One => {
                let one = method.request.params.iter();
                let one = one.map(|one| names.ty(&one.ty, Life::Message));
                quote!(#variant(#(#one),*))
            }
            RequestForm::Struct { name, borrows } => {
                let lifetime = borrows.then(|| quote!(<'m>));
                quote!(#variant(#name #lifetime))
            }
        }
    });
    let enumeration = enumeration(
        "Any request of this interface.",
        (name, plan.request_borrows),
        variants,
    );
    let values = methods.iter().map(|(method, plan)| {
        let variant = &plan.variant;
        match &plan.request {
            RequestForm::None => quote!(Self::#variant),
            RequestForm::One => {
                let one = method.request.params.iter();
                let one = one.map(|one| names.read(&quote!(v), &one.ty, one.offset));
                quote!(Self::#variant(#(#one),*))
            }
            RequestForm::Struct { .. } => quote!(Self::#variant(v.get(0))),
        }
    });
    let selected = selected(values);
    let view = |(_, plan): &(&Method, &MethodPlan)| !matches!(plan.request, RequestForm::None);
    let view = methods.iter().any(view).then(|| quote!(let v = m.view();));
    let (generics, lifetime) = reads(plan.request_borrows);
    quote! {
        #enumeration

        impl #generics #name #generics {
            /// The request in a verified message; `None` if that is something else.
            pub fn read(m: &rt::Verified<#lifetime>) -> ::core::option::Option<Self> {
                if m.kind() != rt::Kind::Request || !m.is_of(&#table) {
                    return None;
                }
                #view
                #selected
            }
        }
    }
}

fn response(names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (name, table) = (&plan.response, &plan.table);
    let variants = methods.iter().map(|(method, plan)| {
        let variant = &plan.variant;
        let result = result_type(names, method, plan, Life::Message);
        let error = error_type(plan, Life::Message);
        quote!(#variant(rt::Answer<#result, #error>))
    });
    let enumeration = enumeration(
        "Any response of this interface.",
        (name, plan.response_borrows),
        variants,
    );
    let values = methods.iter().map(|(_, plan)| {
        let variant = &plan.variant;
        if matches!(plan.response, ResponseForm::One) {
            quote!(Self::#variant(m.answer_one()))
        } else {
            quote!(Self::#variant(m.answer()))
        }
    });
    let selected = selected(values);
    let (generics, lifetime) = reads(plan.response_borrows);
    quote! {
        #enumeration

        impl #generics #name #generics {
            /// The response in a verified message; `None` if that is something else.
            pub fn read(m: &rt::Verified<#lifetime>) -> ::core::option::Option<Self> {
                if m.kind() == rt::Kind::Request || !m.is_of(&#table) {
                    return None;
                }
                #selected
            }
        }
    }
}

/// The value that the MID of `m` selects.
fn selected(values: impl ExactSizeIterator<Item = TokenStream>) -> TokenStream {
    if values.len() == 0 {
        return quote!(None);
    }
    let mids = (0_u32..).map(number);
    quote! {
        Some(match m.header().mid.0 {
            #(#mids => #values,)*
            _ => return None,
        })
    }
}

/// The generics of an enum over messages, and the lifetime of the message that it is read from.
pub(super) fn reads(borrows: bool) -> (Option<TokenStream>, Life) {
    if borrows {
        (Some(quote!(<'m>)), Life::Message)
    } else {
        (None, Life::Any)
    }
}

/// An enum over messages.
pub(super) fn enumeration(
    lead: &str,
    (name, borrows): (&Ident, bool),
    variants: impl Iterator<Item = TokenStream>,
) -> TokenStream {
    let (doc, lifetime) = (doc(lead), borrows.then(|| quote!(<'m>)));
    quote! {
        #doc
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum #name #lifetime {
            #(#variants,)*
        }
    }
}

fn dispatch(plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (dispatch, trait_, request) = (&plan.dispatch, &plan.trait_, &plan.request);
    let unused = methods.is_empty().then(|| quote!(let _ = (imp, room);));
    let arms = methods.iter().map(|(_, plan)| handled(request, plan));
    quote! {
        /// Handles a request to endpoint `iid`; any other RIID and any unknown MID is `ENOENT` and touches nothing.
        pub fn #dispatch<I_: #trait_ + ?::core::marker::Sized>(
            imp: &mut I_,
            iid: rt::Riid,
            req: &rt::Verified<'_>,
            room: &mut [u8]
        ) -> rt::Written {
            #unused
            if req.header().iid != iid {
                return Err(rt::NkErr::ENOENT);
            }
            match #request::read(req) {
                #(#arms)*
                None => Err(rt::NkErr::ENOENT),
            }
        }
    }
}

/// The arm of one method: calls the implementation and turns what it answered into a response.
fn handled(request: &Ident, plan: &MethodPlan) -> TokenStream {
    let (variant, function, inputs) = (&plan.variant, &plan.function, &plan.inputs);
    let (inner, inputs) = match &plan.request {
        RequestForm::None => (None, None),
        RequestForm::One => (Some(quote!((q))), Some(quote!(, q))),
        RequestForm::Struct { .. } => (Some(quote!((q))), Some(quote!(#(, q.#inputs)*))),
    };
    let pattern = quote!(Some(#request::#variant #inner));
    if plan.out.is_some() {
        let written = written(plan);
        return quote! {
            #pattern => {
                let done = I_::#function(imp #inputs, rt::Out::fresh(room).into());
                #written
            }
        };
    }
    let reply = if matches!(plan.response, ResponseForm::One) {
        quote!(reply_one)
    } else {
        quote!(reply)
    };
    quote!(#pattern => rt::#reply(req, room, I_::#function(imp #inputs)),)
}

/// Ends the dispatch of a method that writes its answer into the room itself, at least in one direction.
fn written(plan: &MethodPlan) -> TokenStream {
    let view = matches!(plan.response, ResponseForm::View { .. });
    if view && !matches!(plan.error, ErrorForm::View { .. }) {
        return quote! {
            let done = done.map(|r| r.0.message_len());
            rt::reply_written(req, room, done)
        };
    }
    let reply = match plan.response {
        ResponseForm::View { .. } => quote!(|r| rt::Reply::<()>::Written(r.0.message_len())),
        ResponseForm::One => quote!(|r| rt::Reply::Value(rt::One(r))),
        ResponseForm::None | ResponseForm::Struct { .. } => quote!(rt::Reply::Value),
    };
    quote! {
        let done = done.map(#reply);
        let done = done.map_err(|e| e.map_method(|e| e.0.message_len()));
        rt::answer_written(req, room, done)
    }
}
