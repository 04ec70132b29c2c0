//! The tables: what the structure check and the writers read. Every number a user may want is a constant expression of them.
use super::docs::one;
use super::names::ident;
use super::plan::{InterfacePlan, PackagePlan};
use super::types::{Names, number};
use crate::model::{Interface, Message, Package, PackageId, TypeDefKind, TypeId};
use proc_macro2::TokenStream;
use quote::quote;

/// Tables of the declared structs and unions.
pub(super) fn types(names: Names<'_>, id: PackageId, package: &Package, plan: &PackagePlan) -> TokenStream {
    let tables = (0..).zip(package.types.iter().zip(&plan.types)).filter_map(|(index, (def, plan))| {
        if matches!(def.kind, TypeDefKind::Alias(_)) {
            return None;
        }
        let layout = def.layout?;
        let (size, align) = (number(layout.size), number(layout.align));
        let items = names.items(&names.plan.shapes.declared(TypeId { package: id, index })?);
        let (lead, table) = (one(&format!("Table of `{}`.", def.name)), ident(&plan.table));
        Some(quote!(#lead pub const #table: nk::Elem = nk::Elem { size: #size, align: #align, items: &[#items] };))
    });
    quote!(#(#tables)*)
}

/// Tables of the methods and the interface, and the maxima over all methods.
pub(super) fn interface(
    names: Names<'_>,
    package: &Package,
    interface: &Interface,
    plan: &InterfacePlan,
) -> TokenStream {
    let methods = (0_u32..).zip(interface.methods.iter().zip(&plan.methods)).map(|(mid, (method, plan))| {
        let (table, name, mid) = (ident(&plan.table), &method.name, number(mid));
        let lead = one(&format!("Table of `{name}`."));
        let [req, res, err] = [&method.request, &method.response, &method.error].map(|m| message(names, m));
        quote! {
            #lead
            pub const #table: nk::Method = nk::Method { name: #name, mid: #mid, req: #req, res: #res, err: #err };
        }
    });
    let tables = plan.methods.iter().map(|m| ident(&m.table));
    let (table, name) = (ident(&plan.table), &package.name);
    let digest = crate::digest::hex(&package.digest);
    let marker = ident(&plan.marker);
    let maxima =
        [(&plan.request_max, "request", quote!(request_max)), (&plan.response_max, "response", quote!(response_max))]
            .map(|((max, buf), what, of)| maximum(max, buf.as_deref(), what, "this interface", &quote!(#table.#of())));
    quote! {
        #(#methods)*
        /// Table of the interface.
        pub const #table: nk::Interface =
            nk::Interface { name: #name, digest: nk::hex(#digest), methods: &[#(#tables),*] };
        const _: () = nk::check(&#table);
        /// Stands for the interface where a type is asked for.
        #[derive(Debug, Clone, Copy)]
        pub enum #marker {}
        impl nk::InterfaceType for #marker { const TABLE: &'static nk::Interface = &#table; }
        #(#maxima)*
    }
}

/// `REQUEST_MAX` and the buffer of that size.
pub(super) fn maximum(max: &str, buf: Option<&str>, what: &str, of: &str, value: &TokenStream) -> TokenStream {
    let (lead, max) = (one(&format!("Bytes that hold any {what} of {of}.")), ident(max));
    let buf = buf.map(|buf| {
        let (lead, buf) = (one(&format!("Memory that holds any {what} of {of}.")), ident(buf));
        quote!(#lead pub type #buf = nk::Buf<#max>;)
    });
    quote!(#lead pub const #max: usize = #value; #buf)
}

fn message(names: Names<'_>, message: &Message) -> TokenStream {
    let layout = message.layout.unwrap_or_default();
    let (size, handles) = (number(layout.size), number(message.handles));
    let items = names.items(&names.plan.shapes.message(message).unwrap_or_default());
    if layout.arena == 0 {
        return quote!(nk::Message::fixed(#size, #handles, &[#items]));
    }
    let (arena, padded) = (number(layout.arena), number(layout.arena_padded));
    quote!(nk::Message::new(#size, #handles, #arena, #padded, &[#items]))
}
