//! The tables: what the structure check and the writers read. Every number a user may want is a constant expression of them.
use super::docs::doc;
use super::plan::{InterfacePlan, MaximumPlan, MethodPlan, PackagePlan};
use super::types::Names;
use crate::model::shape::{Elem, Item, Variants};
use crate::model::{Interface, Message, Method, Package, PackageId, Type, TypeDefKind, TypeId};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// A number without the name of its type.
pub(super) fn number(n: impl Into<u64>) -> Literal {
    Literal::u64_unsuffixed(n.into())
}

/// Tables of the declared structs and unions.
pub(super) fn types(
    names: Names<'_>,
    id: PackageId,
    package: &Package,
    plan: &PackagePlan,
) -> Vec<TokenStream> {
    let tables = (0..).zip(package.types.iter().zip(&plan.types));
    let tables = tables.filter_map(|(index, (def, plan))| {
        let shape = names.plan.shapes.declared(TypeId { package: id, index });
        let (layout, items) = def.layout.zip(shape)?;
        if matches!(def.kind, TypeDefKind::Alias(_)) {
            return None;
        }
        let (doc, table) = (
            doc(format_args!("What is checked in `{}`.", def.name)),
            &plan.table,
        );
        let (size, align) = (number(layout.size), number(layout.align));
        let items = names.items(&items);
        Some(quote! {
            #doc
            pub const #table: rt::Elem = rt::Elem { size: #size, align: #align, items: #items };
        })
    });
    tables.collect()
}

/// Tables of the methods and the interface, and the maxima over all methods.
pub(super) fn interface(
    names: Names<'_>,
    (package, interface): (&Package, &Interface),
    plan: &InterfacePlan,
) -> Vec<TokenStream> {
    let methods = (0_u32..).zip(interface.methods.iter().zip(&plan.methods));
    let methods = methods.map(|(mid, (method, plan))| self::method(names, mid, method, plan));
    let (table, marker) = (&plan.table, &plan.marker);
    let (name, digest) = (
        &package.name,
        package.digest.as_ref().map(crate::model::digest::hex),
    );
    let each = plan.methods.iter().map(|method| &method.table);
    let request_max = maximum(
        &plan.request_max,
        ("request", "this interface"),
        &quote!(#table.request_max()),
    );
    let response_max = maximum(
        &plan.response_max,
        ("response", "this interface"),
        &quote!(#table.response_max()),
    );
    let whole = quote! {
        /// The interface: its name, the digest of its description, its methods.
        pub const #table: rt::Interface = rt::Interface {
            name: #name,
            digest: rt::hex(#digest),
            methods: &[#(#each),*],
        };

        const _: () = rt::check(&#table);

        /// The interface as a type: names it when an endpoint is looked up.
        #[derive(Debug, Clone, Copy)]
        pub enum #marker {}

        impl rt::InterfaceType for #marker {
            const TABLE: &'static rt::Interface = &#table;
        }
    };
    methods.chain([whole, request_max, response_max]).collect()
}

fn method(names: Names<'_>, mid: u32, method: &Method, plan: &MethodPlan) -> TokenStream {
    let doc = doc(format_args!(
        "The messages of `{}`: sizes, and what is checked.",
        method.name
    ));
    let (table, name, mid) = (&plan.table, &method.name, number(mid));
    let messages = [&method.request, &method.response, &method.error];
    let [req, res, err] = messages.map(|message| self::message(names, message));
    quote! {
        #doc
        pub const #table: rt::Method = rt::Method {
            name: #name,
            mid: #mid,
            req: #req,
            res: #res,
            err: #err,
        };
    }
}

/// `REQUEST_MAX` and the buffer of that size.
pub(super) fn maximum(
    plan: &MaximumPlan,
    (what, of): (&str, &str),
    value: &TokenStream,
) -> TokenStream {
    let (doc, constant) = (
        doc(format_args!("Bytes that hold any {what} of {of}.")),
        &plan.constant,
    );
    let buffer = plan.buffer.as_ref().map(|buffer| {
        let doc = self::doc(format_args!("Memory that holds any {what} of {of}."));
        quote! {
            #doc
            pub type #buffer = rt::Buf<#constant>;
        }
    });
    quote! {
        #doc
        pub const #constant: usize = #value;
        #buffer
    }
}

fn message(names: Names<'_>, message: &Message) -> TokenStream {
    let layout = message.layout.unwrap_or_default();
    let items = names.items(&names.plan.shapes.message(message).unwrap_or_default());
    let (size, handles) = (number(layout.size), number(message.handles));
    if layout.arena == 0 {
        return quote!(rt::Message::fixed(#size, #handles, #items));
    }
    let (arena, padded) = (number(layout.arena), number(layout.arena_padded));
    quote!(rt::Message::new(#size, #handles, #arena, #padded, #items))
}

impl Names<'_> {
    /// A reference to the table of an element type.
    pub(super) fn elem_table(self, ty: &Type) -> TokenStream {
        let elem = self.plan.shapes.elem(ty);
        elem.map_or_else(TokenStream::new, |elem| self.elem(&elem))
    }
    fn elem(self, elem: &Elem) -> TokenStream {
        match elem {
            Elem::Named(id) => {
                let (module, table) = (self.declared(*id), &self.plan.type_plan(*id).table);
                quote!(&#module #table)
            }
            Elem::Inline { size, align, items } if items.is_empty() && size == align => {
                match size {
                    1 => quote!(&rt::INT1),
                    2 => quote!(&rt::INT2),
                    4 => quote!(&rt::INT4),
                    _ => quote!(&rt::INT8),
                }
            }
            Elem::Inline { size, align, items } => {
                let (size, align, items) = (number(*size), number(*align), self.items(items));
                quote!(&rt::Elem { size: #size, align: #align, items: #items })
            }
        }
    }
    /// The items of a table.
    fn items(self, items: &[Item]) -> TokenStream {
        let items = items.iter().map(|item| self.item(item));
        quote!(&[#(#items),*])
    }
    fn item(self, item: &Item) -> TokenStream {
        match item {
            Item::Zero(at, len) => {
                let (at, len) = (number(*at), number(*len));
                quote!(rt::Item::Zero(#at, #len))
            }
            Item::Str(at, max) => {
                let (at, max) = (number(*at), number(*max));
                quote!(rt::Item::Str(#at, #max))
            }
            Item::Bytes(at, max) => {
                let (at, max) = (number(*at), number(*max));
                quote!(rt::Item::Bytes(#at, #max))
            }
            Item::Seq(at, max, elem) => {
                let (at, max, elem) = (number(*at), number(*max), self.elem(elem));
                quote!(rt::Item::Seq(#at, #max, #elem))
            }
            Item::Array(at, count, elem) => {
                let (at, count, elem) = (number(*at), number(*count), self.elem(elem));
                quote!(rt::Item::Array(#at, #count, #elem))
            }
            Item::Union(at, Variants(variants)) => {
                let at = number(*at);
                let variants = variants.iter().map(|items| self.items(items));
                quote!(rt::Item::Union(#at, rt::Variants(&[#(#variants),*])))
            }
        }
    }
}
