//! The types of one method's messages: parameters, results, errors, and the memory that variable ones go to.
use super::docs::{doc, docs, own_docs};
use super::names::plain;
use super::plan::{ErrorForm, MethodPlan, OutPlan, RequestForm, ResponseForm};
use super::tables::number;
use super::types::{Life, Names};
use crate::model::{Field, Message, Method, Type};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// All message types of a method.
pub(super) fn messages(names: Names<'_>, method: &Method, plan: &MethodPlan) -> TokenStream {
    let request = match &plan.request {
        RequestForm::None | RequestForm::One => None,
        RequestForm::Struct { name, borrows } => {
            let docs = doc(format_args!("The parameters of `{}`.", method.name));
            let record = record(name, docs, &plan.inputs, &method.request, *borrows);
            Some(record.tokens(names))
        }
    };
    let response = response(names, method, plan);
    let error = error(names, method, plan);
    let out = plan
        .out
        .as_ref()
        .map(|out| self::out(names, method, plan, out));
    [request, response, error, out]
        .into_iter()
        .flatten()
        .flatten()
        .collect()
}

fn response(names: Names<'_>, method: &Method, plan: &MethodPlan) -> Option<TokenStream> {
    match &plan.response {
        ResponseForm::None | ResponseForm::One => None,
        ResponseForm::Struct { name, fields } => {
            let docs = doc(format_args!("The results of `{}`.", method.name));
            Some(record(name, docs, fields, &method.response, false).tokens(names))
        }
        ResponseForm::View { name, fields, .. } => {
            let docs = doc(format_args!(
                "The results of `{}`, in the memory that was given for them.",
                method.name
            ));
            let view = view(names, name, fields, &method.response);
            Some(quote!(#docs #view))
        }
    }
}

fn error(names: Names<'_>, method: &Method, plan: &MethodPlan) -> Option<TokenStream> {
    match &plan.error {
        ErrorForm::Failed => None,
        ErrorForm::Struct { name, fields } => {
            let docs = doc(format_args!("The error parameters of `{}`.", method.name));
            let record = record(name, docs, fields, &method.error, false).tokens(names);
            Some(quote!(#record impl rt::MethodError for #name {}))
        }
        ErrorForm::View { name, fields, .. } => {
            let docs = doc(format_args!(
                "The error parameters of `{}`, in the memory that was given for them.",
                method.name
            ));
            let view = view(names, name, fields, &method.error);
            Some(quote!(#docs #view impl rt::MethodError for #name<'_> {}))
        }
    }
}

fn record<'a>(
    name: &'a Ident,
    docs: TokenStream,
    fields: &'a [Ident],
    message: &'a Message,
    borrows: bool,
) -> Record<'a> {
    let size = message.layout.map_or(0, |layout| layout.size);
    Record {
        name,
        docs,
        fields,
        params: &message.params,
        size,
        borrows,
    }
}

/// A struct with public fields: a declared one, or the parameters of a direction.
pub(super) struct Record<'a> {
    pub(super) name: &'a Ident,
    pub(super) docs: TokenStream,
    /// The Rust names.
    pub(super) fields: &'a [Ident],
    pub(super) params: &'a [Field],
    pub(super) size: u64,
    pub(super) borrows: bool,
}

impl Record<'_> {
    /// The struct, its `Wire` and its `Put`.
    pub(super) fn tokens(&self, names: Names<'_>) -> TokenStream {
        let (name, docs, size) = (self.name, &self.docs, number(self.size));
        let declared = self.borrows.then(|| quote!(<'m>));
        let any = self.borrows.then(|| quote!(<'_>));
        let fields = || self.params.iter().zip(self.fields);
        let declarations = fields().map(|(param, field)| {
            let (docs, ty) = (own_docs(&param.docs), names.ty(&param.ty, Life::Message));
            quote!(#docs pub #field: #ty)
        });
        let values = fields().map(|(param, field)| {
            let value = names.read(&quote!(v), &param.ty, param.offset);
            quote!(#field: #value)
        });
        let writes = in_layout_order(self.params, self.fields)
            .into_iter()
            .map(|(param, field)| names.write(&param.ty, param.offset, &quote!(self.#field)));
        quote! {
            #docs
            #[derive(Debug, Clone, Copy, PartialEq)]
            pub struct #name #declared {
                #(#declarations,)*
            }

            impl<'m> rt::Wire<'m> for #name #declared {
                const SIZE: usize = #size;
                fn read(v: rt::View<'m>) -> Self {
                    Self { #(#values),* }
                }
            }

            impl rt::Put for #name #any {
                fn put(&self, w: &mut rt::Writer<'_>, at: rt::At) -> rt::Stored {
                    #(#writes)*
                    Ok(())
                }
            }
        }
    }
}

/// Chunks have to be stored in layout order, and handles stand first.
fn in_layout_order<'a>(params: &'a [Field], names: &'a [Ident]) -> Vec<(&'a Field, &'a Ident)> {
    let mut order: Vec<_> = params.iter().zip(names).collect();
    order.sort_by_key(|(param, _)| param.offset);
    order
}

/// A view of the caller's memory, below its documentation, with a getter for each parameter.
fn view(names: Names<'_>, name: &Ident, fields: &[Ident], message: &Message) -> TokenStream {
    let getters = message.params.iter().zip(fields).map(|(param, field)| {
        let docs = docs(&param.docs, format_args!("The parameter `{}`.", param.name));
        let ty = names.ty(&param.ty, Life::Message);
        let value = names.read(&quote!(self.0), &param.ty, param.offset);
        quote! {
            #docs
            pub fn #field(self) -> #ty {
                #value
            }
        }
    });
    let size = number(message.layout.map_or(0, |layout| layout.size));
    let (other, equal) = if fields.is_empty() {
        (quote!(_), quote!(true))
    } else {
        let equal = quote!(#(Self::#fields(*self) == Self::#fields(*other))&&*);
        (quote!(other), equal)
    };
    let (text, texts) = (plain(name), fields.iter().map(plain));
    quote! {
        #[derive(Clone, Copy)]
        pub struct #name<'m>(rt::View<'m>);

        impl<'m> #name<'m> {
            #(#getters)*
        }

        impl<'m> rt::Wire<'m> for #name<'m> {
            const SIZE: usize = #size;
            fn read(v: rt::View<'m>) -> Self {
                Self(v)
            }
        }

        impl ::core::cmp::PartialEq for #name<'_> {
            fn eq(&self, #other: &Self) -> bool {
                #equal
            }
        }

        impl ::core::fmt::Debug for #name<'_> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                rt::debug(f, #text, &[#((#texts, &Self::#fields(*self))),*])
            }
        }
    }
}

/// `…Out`: where results and errors of variable size go, and `…Buf`: memory that any of them fits into.
fn out(names: Names<'_>, method: &Method, plan: &MethodPlan, out: &OutPlan) -> TokenStream {
    let (name, table) = (&out.name, &plan.table);
    let buf = out.buf.as_ref().map(|buf| {
        let docs = doc(format_args!("Memory for any answer of `{}`.", method.name));
        quote! {
            #docs
            pub type #buf = rt::Buf<{ #table.room() }>;
        }
    });
    let docs = doc(format_args!("Where the answer of `{}` goes.", method.name));
    let (reply, fail) = (reply(names, method, plan), fail(names, method, plan));
    quote! {
        #buf

        #docs
        #[derive(Debug)]
        pub struct #name<'r>(rt::Out<'r>);

        impl<'r> ::core::convert::From<rt::Out<'r>> for #name<'r> {
            fn from(out: rt::Out<'r>) -> Self {
                Self(out)
            }
        }

        impl<'r> #name<'r> {
            #reply
            #fail
        }
    }
}

/// `reply`: takes every result, in order.
fn reply(names: Names<'_>, method: &Method, plan: &MethodPlan) -> Option<TokenStream> {
    let ResponseForm::View { name, given, .. } = &plan.response else {
        return None;
    };
    let docs = doc(format_args!(
        "Writes the results of `{}`{}.",
        method.name,
        bounds(names, &method.response)
    ));
    let (table, error) = (&plan.table, error_argument(plan));
    let (params, writes) = written(names, &method.response, given);
    Some(quote! {
        #docs
        pub fn reply(self #params) -> rt::Result<#name<'r> #error> {
            let done = rt::Out::write(self.0, &#table, |w, at| {
                #writes
                Ok(())
            })?;
            Ok(done)
        }
    })
}

/// `fail`: takes every error parameter, in order.
fn fail(names: Names<'_>, method: &Method, plan: &MethodPlan) -> Option<TokenStream> {
    let ErrorForm::View { name, given, .. } = &plan.error else {
        return None;
    };
    let docs = doc(format_args!(
        "Writes the error parameters of `{}`{}.",
        method.name,
        bounds(names, &method.error)
    ));
    let table = &plan.table;
    let (params, writes) = written(names, &method.error, given);
    Some(quote! {
        #docs
        pub fn fail(self #params) -> rt::Error<#name<'r>> {
            let done = rt::Out::fail(self.0, &#table, |w, at| {
                #writes
                Ok(())
            });
            match done {
                Ok(e) => rt::Error::Method(e),
                Err(full) => full.into(),
            }
        }
    })
}

/// The parameters of `reply` and `fail`, each behind a comma, and what writes them.
fn written(names: Names<'_>, message: &Message, given: &[Ident]) -> (TokenStream, TokenStream) {
    let params = message.params.iter().zip(given).map(|(param, name)| {
        let ty = names.given(&param.ty);
        quote!(, #name: #ty)
    });
    let writes = in_layout_order(&message.params, given)
        .into_iter()
        .map(|(param, name)| names.write_given(&param.ty, param.offset, &quote!(#name)));
    (quote!(#(#params)*), quote!(#(#writes)*))
}

/// "; at most 8 `items`", where the types do not show it.
fn bounds(names: Names<'_>, message: &Message) -> String {
    let bound = |p: &Field| match names.plan.model.strip(&p.ty) {
        Type::Sequence(elem, n) if !names.is_byte(elem) => {
            Some(format!("at most {n} `{}`", p.name))
        }
        Type::Sequence(_, n) | Type::Bytes(n) | Type::String(n) => {
            Some(format!("at most {n} bytes of `{}`", p.name))
        }
        _ => None,
    };
    let all: Vec<_> = message.params.iter().filter_map(bound).collect();
    if all.is_empty() {
        String::new()
    } else {
        format!("; {}", all.join(", "))
    }
}

/// The error type of a method.
pub(super) fn error_type(plan: &MethodPlan, life: Life) -> TokenStream {
    match &plan.error {
        ErrorForm::Failed => quote!(rt::Failed),
        ErrorForm::Struct { name, .. } => quote!(#name),
        ErrorForm::View { name, .. } => quote!(#name<#life>),
    }
}
/// The error type behind a comma, as the second argument of `rt::Result`, which has a default for it.
pub(super) fn error_argument(plan: &MethodPlan) -> Option<TokenStream> {
    if matches!(plan.error, ErrorForm::Failed) {
        return None;
    }
    let error = error_type(plan, Life::Room);
    Some(quote!(, #error))
}
/// The result type of a method.
pub(super) fn result_type(
    names: Names<'_>,
    method: &Method,
    plan: &MethodPlan,
    life: Life,
) -> TokenStream {
    let one = method.response.params.first();
    match (&plan.response, one) {
        (ResponseForm::One, Some(param)) => names.ty(&param.ty, life),
        (ResponseForm::One | ResponseForm::None, _) => quote!(()),
        (ResponseForm::Struct { name, .. }, _) => quote!(#name),
        (ResponseForm::View { name, .. }, _) => quote!(#name<#life>),
    }
}
