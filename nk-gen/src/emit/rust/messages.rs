//! The types of one method's messages: parameters, results, errors, and the memory that variable ones go to.
use super::docs::one;
use super::names::ident;
use super::plan::{ErrorForm, MethodPlan, RequestForm, ResponseForm};
use super::types::{Names, number};
use crate::model::{Field, Message, Method};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// All message types of a method.
pub(super) fn messages(names: Names<'_>, method: &Method, plan: &MethodPlan) -> TokenStream {
    let request = match &plan.request {
        RequestForm::Struct { name, borrows } => {
            let lead = one(&format!("The parameters of `{}`.", method.name));
            plain(names, &lead, name, &plan.inputs, &method.request, *borrows)
        }
        RequestForm::None | RequestForm::One => TokenStream::new(),
    };
    let response = match &plan.response {
        ResponseForm::None | ResponseForm::One => TokenStream::new(),
        ResponseForm::Struct { name, fields } => {
            let lead = one(&format!("The results of `{}`.", method.name));
            plain(names, &lead, name, fields, &method.response, false)
        }
        ResponseForm::View { name, fields } => {
            let lead = one(&format!("The results of `{}`, in the memory that was given for them.", method.name));
            view(names, &lead, name, fields, &method.response)
        }
    };
    let error = match &plan.error {
        ErrorForm::Failed => TokenStream::new(),
        ErrorForm::Struct { name, fields } => {
            let lead = one(&format!("The error parameters of `{}`.", method.name));
            let body = plain(names, &lead, name, fields, &method.error, false);
            let error = ident(name);
            quote!(#body impl nk::MethodError for #error {})
        }
        ErrorForm::View { name, fields } => {
            let lead =
                one(&format!("The error parameters of `{}`, in the memory that was given for them.", method.name));
            let body = view(names, &lead, name, fields, &method.error);
            let error = ident(name);
            quote!(#body impl nk::MethodError for #error<'_> {})
        }
    };
    let out = out(names, method, plan);
    quote!(#request #response #error #out)
}

/// A struct of plain fields, with its reader and writer.
fn plain(
    names: Names<'_>,
    lead: &TokenStream,
    name: &str,
    fields: &[String],
    message: &Message,
    borrows: bool,
) -> TokenStream {
    let size = number(message.layout.map_or(0, |l| l.size));
    let name = ident(name);
    record(
        names,
        lead,
        &name,
        fields,
        &message.params,
        &size,
        borrows,
        &quote!(#[derive(Debug, Clone, Copy, PartialEq)]),
    )
}

/// A struct with public fields, its `Wire` and its `Put`; for declared structs too.
#[allow(
    clippy::too_many_arguments,
    reason = "one struct form for messages and declared structs; each argument is a part of the text"
)]
pub(super) fn record(
    names: Names<'_>,
    lead: &TokenStream,
    name: &Ident,
    fields: &[String],
    params: &[Field],
    size: &proc_macro2::Literal,
    borrows: bool,
    derive: &TokenStream,
) -> TokenStream {
    let idents: Vec<_> = fields.iter().map(|f| ident(f)).collect();
    let (decl_lt, any_lt, read_lt) =
        if borrows { (quote!(<'m>), quote!(<'_>), quote!(<'m>)) } else { (quote!(), quote!(), quote!()) };
    let lifetime = quote!('m);
    let declared = params.iter().zip(&idents).map(|(p, f)| {
        let (docs, ty) = (super::docs::own(&p.docs), names.ty(&p.ty, &lifetime));
        quote!(#docs pub #f: #ty)
    });
    let read = params.iter().zip(&idents).map(|(p, f)| {
        let value = names.read(&p.ty, p.offset);
        quote!(#f: #value)
    });
    let mut order: Vec<_> = params.iter().zip(&idents).collect();
    order.sort_by_key(|(p, _)| p.offset); // chunks have to be stored in layout order
    let write = order.into_iter().map(|(p, f)| names.write(&p.ty, p.offset, &quote!(self.#f)));
    quote! {
        #lead
        #derive
        pub struct #name #decl_lt { #(#declared),* }
        impl<'m> nk::Wire<'m> for #name #read_lt {
            const SIZE: usize = #size;
            fn read(v: nk::View<'m>) -> Self { Self { #(#read),* } }
        }
        impl nk::Put for #name #any_lt {
            fn put(&self, w: &mut nk::Writer<'_>, at: nk::At) -> nk::Stored { #(#write)* Ok(()) }
        }
    }
}

/// A view of the caller's memory with a getter for each parameter.
fn view(names: Names<'_>, lead: &TokenStream, name: &str, fields: &[String], message: &Message) -> TokenStream {
    let (text, name) = (name, ident(name));
    let size = number(message.layout.map_or(0, |l| l.size));
    let idents: Vec<_> = fields.iter().map(|f| ident(f)).collect();
    let getters = message.params.iter().zip(&idents).map(|(p, f)| {
        let (ty, value) = (names.ty(&p.ty, &quote!('m)), names.read_from(&quote!(self.0), &p.ty, p.offset));
        let lead = one(&format!("`{}`", p.name));
        quote!(#lead pub fn #f(self) -> #ty { #value })
    });
    let same =
        if idents.is_empty() { quote!(true) } else { quote!(#(Self::#idents(*self) == Self::#idents(*other))&&*) };
    let other = if idents.is_empty() { quote!(_) } else { quote!(other) };
    quote! {
        #lead
        #[derive(Clone, Copy)]
        pub struct #name<'m>(nk::View<'m>);
        impl<'m> #name<'m> { #(#getters)* }
        impl<'m> nk::Wire<'m> for #name<'m> {
            const SIZE: usize = #size;
            fn read(v: nk::View<'m>) -> Self { Self(v) }
        }
        impl ::core::cmp::PartialEq for #name<'_> {
            fn eq(&self, #other: &Self) -> bool { #same }
        }
        impl ::core::fmt::Debug for #name<'_> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#text) #(.field(#fields, &Self::#idents(*self)))* .finish()
            }
        }
    }
}

/// `…Out`: where results and errors of variable size go, and `…Buf`: memory that any of them fits into.
fn out(names: Names<'_>, method: &Method, plan: &MethodPlan) -> TokenStream {
    let Some(out) = &plan.out else { return TokenStream::new() };
    let (name, table) = (ident(&out.name), ident(&plan.table));
    let buf = out.buf.as_ref().map(|buf| {
        let (lead, buf) = (one(&format!("Memory for any answer of `{}`.", method.name)), ident(buf));
        quote!(#lead pub type #buf = nk::Buf<{ #table.room() }>;)
    });
    let error = error_type(plan, &quote!('r));
    let reply = match &plan.response {
        ResponseForm::View { name, fields } => {
            let lead = format!("Writes the results of `{}`{}.", method.name, bounds(names, &method.response));
            let result = ident(name);
            let answer = if matches!(plan.error, ErrorForm::Failed) {
                quote!(nk::Result<#result<'r>>)
            } else {
                quote!(nk::Result<#result<'r>, #error>)
            };
            writer(names, &lead, &ident("reply"), fields, &method.response, &answer, &quote!(&#table))
        }
        _ => TokenStream::new(),
    };
    let fail = match &plan.error {
        ErrorForm::View { name, fields } => {
            let lead = format!("Writes the error parameters of `{}`{}.", method.name, bounds(names, &method.error));
            let result = ident(name);
            let answer = quote!(nk::Error<#result<'r>>);
            writer(names, &lead, &ident("fail"), fields, &method.error, &answer, &quote!(&#table))
        }
        _ => TokenStream::new(),
    };
    let lead = one(&format!("Where the answer of `{}` goes.", method.name));
    quote! {
        #buf
        #lead
        pub struct #name<'r>(nk::Out<'r>);
        impl<'r> ::core::convert::From<nk::Out<'r>> for #name<'r> {
            fn from(out: nk::Out<'r>) -> Self { Self(out) }
        }
        impl<'r> #name<'r> { #reply #fail }
    }
}

/// `reply` or `fail`: takes every parameter of the direction, in order. A message is written in layout order, so
/// handles, which stand first, are written first.
fn writer(
    names: Names<'_>,
    lead: &str,
    function: &Ident,
    fields: &[String],
    message: &Message,
    answer: &TokenStream,
    table: &TokenStream,
) -> TokenStream {
    let lead = one(lead);
    let given = message.params.iter().zip(fields).map(|(p, f)| {
        let (f, ty) = (ident(f), names.given(&p.ty));
        quote!(#f: #ty)
    });
    let mut order: Vec<_> = message.params.iter().zip(fields).collect();
    order.sort_by_key(|(p, _)| p.offset);
    let write: Vec<_> = order
        .into_iter()
        .map(|(p, f)| {
            let f = ident(f);
            names.write_given(&p.ty, p.offset, &quote!(#f))
        })
        .collect();
    let body = if *function == "reply" {
        quote!(Ok(self.0.write(#table, |w, at| { #(#write)* Ok(()) })?))
    } else {
        quote! {
            match self.0.fail(#table, |w, at| { #(#write)* Ok(()) }) {
                Ok(e) => nk::Error::Method(e),
                Err(full) => full.into(),
            }
        }
    };
    quote!(#lead pub fn #function(self, #(#given),*) -> #answer { #body })
}

/// "; at most 8 `items`", where the types do not show it.
fn bounds(names: Names<'_>, message: &Message) -> String {
    use crate::model::Type;
    let bound = |p: &Field| match names.plan.model.strip(&p.ty) {
        Type::Sequence(elem, n) if !names.plan.shapes.is_byte(elem) => Some(format!("at most {n} `{}`", p.name)),
        Type::Sequence(_, n) | Type::Bytes(n) | Type::String(n) => Some(format!("at most {n} bytes of `{}`", p.name)),
        _ => None,
    };
    let all: Vec<_> = message.params.iter().filter_map(bound).collect();
    if all.is_empty() { String::new() } else { format!("; {}", all.join(", ")) }
}

/// The error type of a method.
pub(super) fn error_type(plan: &MethodPlan, lifetime: &TokenStream) -> TokenStream {
    match &plan.error {
        ErrorForm::Failed => quote!(nk::Failed),
        ErrorForm::Struct { name, .. } => {
            let name = ident(name);
            quote!(#name)
        }
        ErrorForm::View { name, .. } => {
            let name = ident(name);
            quote!(#name<#lifetime>)
        }
    }
}
/// The result type of a method.
pub(super) fn result_type(names: Names<'_>, method: &Method, plan: &MethodPlan, lifetime: &TokenStream) -> TokenStream {
    match &plan.response {
        ResponseForm::None => quote!(()),
        ResponseForm::One => method.response.params.first().map(|p| names.ty(&p.ty, lifetime)).unwrap_or_default(),
        ResponseForm::Struct { name, .. } => {
            let name = ident(name);
            quote!(#name)
        }
        ResponseForm::View { name, .. } => {
            let name = ident(name);
            quote!(#name<#lifetime>)
        }
    }
}
