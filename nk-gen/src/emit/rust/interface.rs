//! One interface: the trait for both sides, the proxy, the request and response enums, the dispatcher.
use super::docs::docs;
use super::messages::{error_type, messages, result_type};
use super::names::ident;
use super::plan::{ErrorForm, InterfacePlan, MethodPlan, RequestForm, ResponseForm};
use super::types::Names;
use super::{Section, Sections};
use crate::model::{Interface, Method, Package};
use proc_macro2::TokenStream;
use quote::quote;

/// Everything of an interface but its tables, as far as the sections ask for it.
pub(super) fn interface(
    names: Names<'_>,
    package: &Package,
    interface: &Interface,
    plan: &InterfacePlan,
    sections: &Sections,
) -> TokenStream {
    if !sections.has(Section::Interface) {
        return TokenStream::new();
    }
    let methods: Vec<_> = interface.methods.iter().zip(&plan.methods).collect();
    // the trait's documentation links to the proxy, if there is one
    let proxy = sections.has(Section::Client).then(|| proxy(names, plan, &methods));
    let trait_ = trait_(names, package, interface, (plan, proxy.is_some()), &methods);
    let types = [request(names, plan, &methods), response(names, plan, &methods)];
    let dispatch = sections.has(Section::Server).then(|| dispatch(plan, &methods));
    let messages = methods.iter().map(|(method, plan)| messages(names, method, plan));
    quote!(#trait_ #proxy #(#types)* #dispatch #(#messages)*)
}

type Methods<'a> = [(&'a Method, &'a MethodPlan)];

/// `fn open(&mut self, name: &str) -> nk::Result<u32>`, without a body.
fn signature(names: Names<'_>, method: &Method, plan: &MethodPlan) -> TokenStream {
    let function = ident(&plan.function);
    let params = method.request.params.iter().zip(&plan.inputs).map(|(p, name)| {
        let (name, ty) = (ident(name), names.ty(&p.ty, &quote!('_)));
        let ty = elide(&p.ty, names, ty);
        quote!(#name: #ty)
    });
    let (lifetime, out) = match &plan.out {
        Some(out) => {
            let (param, ty) = (ident(&out.param), ident(&out.name));
            (quote!(<'r>), Some(quote!(#param: #ty<'r>)))
        }
        None => (quote!(), None),
    };
    let (result, error) = (result_type(names, method, plan, &quote!('r)), error_type(plan, &quote!('r)));
    let error = (!matches!(plan.error, ErrorForm::Failed)).then(|| quote!(, #error));
    let answer = quote!(nk::Result<#result #error>);
    let params = params.chain(out);
    quote!(fn #function #lifetime (&mut self, #(#params),*) -> #answer)
}

/// `&str` rather than `&'_ str`.
fn elide(ty: &crate::model::Type, names: Names<'_>, with: TokenStream) -> TokenStream {
    use crate::model::Type;
    match names.plan.model.strip(ty) {
        Type::String(_) | Type::Bytes(_) => names.ty(ty, &quote!()),
        Type::Sequence(elem, _) if names.plan.shapes.is_byte(elem) => names.ty(ty, &quote!()),
        Type::Array(elem, _) if !names.plan.by_value(ty) && names.plan.shapes.is_byte(elem) => names.ty(ty, &quote!()),
        _ => with,
    }
}

fn trait_(
    names: Names<'_>,
    package: &Package,
    interface: &Interface,
    (plan, proxy): (&InterfacePlan, bool),
    methods: &Methods<'_>,
) -> TokenStream {
    let name = ident(&plan.trait_);
    let proxy = if proxy { format!("[`{}`]", plan.proxy) } else { "proxies".to_owned() };
    let generated = format!("`{}`: implemented by servers, by {proxy} and by mocks.", package.name);
    let lines = if interface.docs.is_empty() { &package.docs } else { &interface.docs };
    let lead = docs(lines, &generated);
    let declared = methods.iter().map(|(m, p)| {
        let (lead, signature) = (docs(&m.docs, &format!("`{}`", m.name)), signature(names, m, p));
        quote!(#lead #signature;)
    });
    let forwarded = methods.iter().map(|(m, p)| {
        let (signature, function) = (signature(names, m, p), ident(&p.function));
        let args = arguments(p);
        quote!(#signature { <T_ as #name>::#function(*self, #(#args),*) })
    });
    quote! {
        #lead
        pub trait #name { #(#declared)* }
        impl<T_: #name + ?::core::marker::Sized> #name for &mut T_ { #(#forwarded)* }
    }
}

fn arguments(plan: &MethodPlan) -> impl Iterator<Item = proc_macro2::Ident> {
    plan.inputs.iter().map(|i| ident(i)).chain(plan.out.as_ref().map(|o| ident(&o.param)))
}

fn proxy(names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (name, trait_, interface) = (ident(&plan.proxy), ident(&plan.trait_), ident(&plan.table));
    let methods = methods.iter().map(|(m, p)| {
        let (signature, table) = (signature(names, m, p), ident(&p.table));
        let request = match &p.request {
            RequestForm::None => quote!(()),
            RequestForm::One => {
                let one = ident(&p.inputs[0]);
                quote!(nk::One(#one))
            }
            RequestForm::Struct { name, .. } => {
                let (name, fields) = (ident(name), p.inputs.iter().map(|i| ident(i)));
                quote!(#name { #(#fields),* })
            }
        };
        let out = p.out.as_ref().map(|out| ident(&out.param));
        let room = out.map_or_else(|| quote!(&mut [0; #table.room()]), |out| quote!(#out.0.room()));
        let unwrap = matches!(p.response, ResponseForm::One).then(|| quote!(.map(nk::One::get)));
        quote!(#signature { self.0.call(&#interface, &#table, &#request, #room) #unwrap })
    });
    quote! {
        /// The client's side of an endpoint.
        #[derive(Debug, Clone, Copy)]
        pub struct #name<T_>(nk::Peer<T_>);
        impl<T_: nk::Transport> #name<T_> {
            /// The endpoint `iid` at the other end of `transport`.
            pub const fn new(transport: T_, iid: nk::Riid) -> Self { Self(nk::Peer::new(transport, iid)) }
        }
        impl<T_: nk::Transport> #trait_ for #name<T_> { #(#methods)* }
    }
}

fn request(names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (name, interface) = (ident(&plan.request), ident(&plan.table));
    let variants = methods.iter().map(|(m, p)| {
        let variant = ident(&p.variant);
        match &p.request {
            RequestForm::None => quote!(#variant),
            RequestForm::One => {
                let ty = m.request.params.first().map(|one| names.ty(&one.ty, &quote!('m)));
                quote!(#variant(#ty))
            }
            RequestForm::Struct { name, borrows } => {
                let (name, lifetime) = (ident(name), borrows.then(|| quote!(<'m>)));
                quote!(#variant(#name #lifetime))
            }
        }
    });
    let arms = (0_u32..).zip(methods).map(|(mid, (m, p))| {
        let (mid, variant) = (super::types::number(mid), ident(&p.variant));
        match &p.request {
            RequestForm::None => quote!(#mid => Self::#variant,),
            RequestForm::One => {
                let value = m.request.params.first().map(|one| names.read(&one.ty, one.offset));
                quote!(#mid => Self::#variant(#value),)
            }
            RequestForm::Struct { .. } => quote!(#mid => Self::#variant(v.get(0)),),
        }
    });
    let reads = methods.iter().any(|(_, p)| !matches!(p.request, RequestForm::None));
    let (generics, lifetime) = lifetimes(plan.request_borrows);
    let view = reads.then(|| quote!(let v = m.view();));
    quote! {
        /// Any request of this interface.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum #name #generics { #(#variants),* }
        impl #generics #name #generics {
            /// `None` if the message is not a request of this interface.
            pub fn read(m: &nk::Verified<#lifetime>) -> ::core::option::Option<Self> {
                if m.kind() != nk::Kind::Request || !m.is_of(&#interface) {
                    return None;
                }
                #view
                Some(match m.header().mid.0 { #(#arms)* _ => return None })
            }
        }
    }
}

/// The generics of a type that may borrow from a message, and the lifetime of that message.
pub(super) fn lifetimes(borrows: bool) -> (TokenStream, TokenStream) {
    if borrows { (quote!(<'m>), quote!('m)) } else { (quote!(), quote!('_)) }
}

fn response(names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (name, interface) = (ident(&plan.response), ident(&plan.table));
    let variants = methods.iter().map(|(m, p)| {
        let (variant, result, error) =
            (ident(&p.variant), result_type(names, m, p, &quote!('m)), error_type(p, &quote!('m)));
        quote!(#variant(nk::Answer<#result, #error>))
    });
    let arms = (0_u32..).zip(methods).map(|(mid, (m, p))| {
        let (mid, variant) = (super::types::number(mid), ident(&p.variant));
        let value = match (&p.response, m.response.params.first()) {
            (ResponseForm::None, _) => quote!(()),
            (ResponseForm::One, Some(one)) => names.read(&one.ty, one.offset),
            _ => quote!(v.get(0)),
        };
        quote!(#mid => Self::#variant(if err { Err(v.get(0)) } else { Ok(#value) }),)
    });
    let (generics, lifetime) = lifetimes(plan.response_borrows);
    let view = (!methods.is_empty()).then(|| quote!(let (v, err) = (m.view(), m.kind() == nk::Kind::Error);));
    quote! {
        /// Any response of this interface.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum #name #generics { #(#variants),* }
        impl #generics #name #generics {
            /// `None` if the message is not a response of this interface.
            pub fn read(m: &nk::Verified<#lifetime>) -> ::core::option::Option<Self> {
                if m.kind() == nk::Kind::Request || !m.is_of(&#interface) {
                    return None;
                }
                #view
                Some(match m.header().mid.0 { #(#arms)* _ => return None })
            }
        }
    }
}

fn dispatch(plan: &InterfacePlan, methods: &Methods<'_>) -> TokenStream {
    let (name, trait_, request) = (ident(&plan.dispatch), ident(&plan.trait_), ident(&plan.request));
    let arms = methods.iter().map(|(_, p)| {
        let (variant, function) = (ident(&p.variant), ident(&p.function));
        let (pattern, args) = match &p.request {
            RequestForm::None => (quote!(#request::#variant), vec![]),
            RequestForm::One => (quote!(#request::#variant(q)), vec![quote!(q)]),
            RequestForm::Struct { .. } => {
                let fields = p.inputs.iter().map(|i| {
                    let i = ident(i);
                    quote!(q.#i)
                });
                (quote!(#request::#variant(q)), fields.collect())
            }
        };
        let out = p.out.iter().map(|_| quote!(nk::Out::fresh(room).into()));
        let args = args.into_iter().chain(out);
        let call = quote!(<I_ as #trait_>::#function(imp, #(#args),*));
        let answer = answer(p, &call);
        quote!(Some(#pattern) => #answer,)
    });
    let unused = methods.is_empty().then(|| quote!(let _ = (imp, room);));
    quote! {
        /// Handles a request to endpoint `iid`; any other RIID and any unknown MID is `ENOENT` and touches nothing.
        pub fn #name<I_: #trait_ + ?::core::marker::Sized>(
            imp: &mut I_,
            iid: nk::Riid,
            req: &nk::Verified<'_>,
            room: &mut [u8],
        ) -> nk::Written {
            #unused
            if req.header().iid != iid {
                return Err(nk::NkErr::ENOENT);
            }
            match #request::read(req) { #(#arms)* None => Err(nk::NkErr::ENOENT) }
        }
    }
}

/// Turns what the implementation answered into a response.
fn answer(plan: &MethodPlan, call: &TokenStream) -> TokenStream {
    let (view, failed_view) =
        (matches!(plan.response, ResponseForm::View { .. }), matches!(plan.error, ErrorForm::View { .. }));
    if !view && !failed_view {
        let one = matches!(plan.response, ResponseForm::One).then(|| quote!(.map(nk::One)));
        return quote!(nk::reply(req, room, #call #one));
    }
    let value = match plan.response {
        ResponseForm::View { .. } => quote!(nk::Reply::<()>::Written(r.0.message_len())),
        ResponseForm::One => quote!(nk::Reply::Value(nk::One(r))),
        _ => quote!(nk::Reply::Value(r)),
    };
    let error = if failed_view {
        quote!(e.map_method(|e| nk::Reply::<()>::Written(e.0.message_len())))
    } else {
        quote!(e.map_method(nk::Reply::Value))
    };
    quote!({
        let answer = #call.map(|r| #value).map_err(|e| #error);
        nk::answer(req, room, answer)
    })
}
