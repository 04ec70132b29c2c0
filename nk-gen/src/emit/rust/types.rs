//! Types of the description as Rust types, and the expressions that read and write them.
use super::names::ident;
use super::plan::{ModulePath, Plan};
use crate::model::{Int, Type, TypeId};
use crate::shape::{Elem, Item};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// What code in one module needs to name types.
#[derive(Clone, Copy)]
pub(super) struct Names<'p> {
    pub(super) plan: &'p Plan<'p>,
    /// The module that the code stands in.
    pub(super) from: &'p ModulePath,
}

/// A number without suffix, as a person would write it.
pub(super) fn number(n: impl Into<u64>) -> Literal {
    Literal::u64_unsuffixed(n.into())
}

/// The Rust integer of an integer type.
pub(super) fn int(int: Int) -> TokenStream {
    match int {
        Int::U8 => quote!(u8),
        Int::U16 => quote!(u16),
        Int::U32 => quote!(u32),
        Int::U64 | Int::Size | Int::Ptr => quote!(u64),
        Int::I8 => quote!(i8),
        Int::I16 => quote!(i16),
        Int::I32 => quote!(i32),
        Int::I64 => quote!(i64),
    }
}

impl Names<'_> {
    /// The module that declares a type, as seen from here.
    fn declared(self, id: TypeId) -> TokenStream {
        self.plan.package(id.package).module.seen_from(self.from)
    }

    /// The type with a lifetime where it borrows.
    pub(super) fn ty(self, ty: &Type, lifetime: &TokenStream) -> TokenStream {
        match self.plan.model.strip(ty) {
            Type::Int(i) => int(*i),
            Type::Handle | Type::TypedHandle(_) => quote!(nk::Handle),
            Type::String(_) => quote!(& #lifetime str),
            Type::Bytes(_) => quote!(& #lifetime [u8]),
            Type::Sequence(elem, _) if self.plan.shapes.is_byte(elem) => quote!(& #lifetime [u8]),
            Type::Sequence(elem, _) => {
                let elem = self.ty(elem, lifetime);
                quote!(nk::Seq<#lifetime, #elem>)
            }
            array @ Type::Array(elem, n) => {
                let (elem_ty, n) = (self.ty(elem, lifetime), number(*n));
                if self.plan.by_value(array) {
                    quote!([#elem_ty; #n])
                } else if self.plan.shapes.is_byte(elem) {
                    quote!(& #lifetime [u8; #n])
                } else {
                    quote!(nk::Array<#lifetime, #elem_ty, #n>)
                }
            }
            Type::Named(id) => {
                let (module, plan) = (self.declared(*id), self.plan.type_plan(*id));
                let name = ident(&plan.name);
                if plan.borrows { quote!(#module #name<#lifetime>) } else { quote!(#module #name) }
            }
            Type::External(_) => TokenStream::new(), // the plan has refused it
        }
    }

    /// The name of an element type without lifetimes, for `nk::Element<…>`.
    pub(super) fn kind(self, ty: &Type) -> TokenStream {
        match self.plan.model.strip(ty) {
            Type::String(_) => quote!(str),
            Type::Bytes(_) => quote!([u8]),
            Type::Sequence(elem, _) if self.plan.shapes.is_byte(elem) => quote!([u8]),
            Type::Sequence(elem, _) => {
                let elem = self.kind(elem);
                quote!(nk::Nested<#elem>)
            }
            Type::Array(elem, n) => {
                let (elem, n) = (self.kind(elem), number(*n));
                quote!(nk::Fixed<#elem, #n>)
            }
            other => self.ty(other, &quote!('static)),
        }
    }

    /// Reads a value out of the view `v`.
    pub(super) fn read(self, ty: &Type, at: u32) -> TokenStream {
        self.read_from(&quote!(v), ty, at)
    }
    /// Reads a value out of a view.
    pub(super) fn read_from(self, v: &TokenStream, ty: &Type, at: u32) -> TokenStream {
        let at = number(at);
        match self.plan.model.strip(ty) {
            Type::Int(i) => {
                let getter = int(*i);
                quote!(#v.#getter(#at))
            }
            Type::Handle | Type::TypedHandle(_) => quote!(#v.handle(#at)),
            Type::String(_) => quote!(#v.str(#at)),
            Type::Bytes(_) => quote!(#v.bytes(#at)),
            Type::Sequence(elem, _) if self.plan.shapes.is_byte(elem) => quote!(#v.bytes(#at)),
            _ => quote!(#v.get(#at)),
        }
    }

    /// A statement that writes `value` at `at + offset` through the writer `w`.
    pub(super) fn write(self, ty: &Type, offset: u32, value: &TokenStream) -> TokenStream {
        let at = match offset {
            0 => quote!(at),
            n => {
                let n = number(n);
                quote!(at + #n)
            }
        };
        match self.plan.model.strip(ty) {
            Type::Int(i) => {
                let setter = int(*i);
                quote!(w.#setter(#at, #value);)
            }
            Type::Handle | Type::TypedHandle(_) => quote!(w.handle(#at, #value);),
            Type::String(n) => {
                let n = number(*n);
                quote!(w.str(#at, #value, #n)?;)
            }
            Type::Bytes(n) => {
                let n = number(*n);
                quote!(w.bytes(#at, #value, #n)?;)
            }
            Type::Sequence(elem, n) => {
                let n = number(*n);
                if self.plan.shapes.is_byte(elem) {
                    return quote!(w.bytes(#at, #value, #n)?;);
                }
                let (kind, table) = (self.kind(elem), self.elem_table(elem));
                quote!(w.seq::<#kind>(#at, #value, #n, #table)?;)
            }
            array @ Type::Array(elem, _) => {
                if self.plan.shapes.is_byte(elem) {
                    return if self.plan.by_value(array) {
                        quote!(w.in_place(#at, &#value);)
                    } else {
                        quote!(w.in_place(#at, #value);)
                    };
                }
                let (kind, table) = (self.kind(elem), self.elem_table(elem));
                quote!(w.array::<#kind>(#at, #value, #table)?;)
            }
            Type::Named(_) => quote!(nk::Put::put(&#value, w, #at)?;),
            Type::External(_) => TokenStream::new(), // the plan has refused it
        }
    }

    /// What a method's results of this type are given as, in `reply` and `fail`: owned where that is cheap, otherwise
    /// anything that can be written.
    pub(super) fn given(self, ty: &Type) -> TokenStream {
        match self.plan.model.strip(ty) {
            Type::Bytes(_) => quote!(impl nk::IntoBytes),
            Type::Sequence(elem, _) if self.plan.shapes.is_byte(elem) => quote!(impl nk::IntoBytes),
            Type::Sequence(elem, _) => {
                let kind = self.kind(elem);
                quote!(impl nk::IntoSeq<#kind>)
            }
            other => self.ty(other, &quote!('_)),
        }
    }
    /// As [`Names::write`], for a value given as [`Names::given`] says.
    pub(super) fn write_given(self, ty: &Type, offset: u32, value: &TokenStream) -> TokenStream {
        let n = number(offset);
        match self.plan.model.strip(ty) {
            Type::Bytes(max) => {
                let max = number(*max);
                quote!(w.blob(at + #n, #value, #max)?;)
            }
            Type::Sequence(elem, max) if self.plan.shapes.is_byte(elem) => {
                let max = number(*max);
                quote!(w.blob(at + #n, #value, #max)?;)
            }
            _ => self.write(ty, offset, value),
        }
    }

    /// A reference to the table of an element type.
    fn elem_table(self, ty: &Type) -> TokenStream {
        self.plan.shapes.elem(ty).map(|e| self.elem(&e)).unwrap_or_default()
    }
    fn elem(self, elem: &Elem) -> TokenStream {
        match elem {
            Elem::Named(id) => {
                let (module, table) = (self.declared(*id), ident(&self.plan.type_plan(*id).table));
                quote!(&#module #table)
            }
            Elem::Inline { size, align, items } if items.is_empty() && size == align => {
                let table = super::names::ident(&format!("INT{size}"));
                quote!(&nk::#table)
            }
            Elem::Inline { size, align, items } => {
                let (size, align, items) = (number(*size), number(*align), self.items(items));
                quote!(&nk::Elem { size: #size, align: #align, items: &[#items] })
            }
        }
    }
    /// The items of a table.
    pub(super) fn items(self, items: &[Item]) -> TokenStream {
        let items = items.iter().map(|item| match item {
            Item::Zero { at, len } => {
                let (at, len) = (number(*at), number(*len));
                quote!(nk::Item::Zero(#at, #len))
            }
            Item::Str { at, max } => {
                let (at, max) = (number(*at), number(*max));
                quote!(nk::Item::Str(#at, #max))
            }
            Item::Bytes { at, max } => {
                let (at, max) = (number(*at), number(*max));
                quote!(nk::Item::Bytes(#at, #max))
            }
            Item::Seq { at, max, elem } => {
                let (at, max, elem) = (number(*at), number(*max), self.elem(elem));
                quote!(nk::Item::Seq(#at, #max, #elem))
            }
            Item::Array { at, count, elem } => {
                let (at, count, elem) = (number(*at), number(*count), self.elem(elem));
                quote!(nk::Item::Array(#at, #count, #elem))
            }
            Item::Union { at, variants } => {
                let (at, variants) = (number(*at), variants.iter().map(|v| self.items(v)));
                quote!(nk::Item::Union(#at, &[#(&[#variants]),*]))
            }
        });
        quote!(#(#items),*)
    }
}
