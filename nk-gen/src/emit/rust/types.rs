//! Types of the description as Rust types, and the expressions that read and write them.
use super::plan::{ModulePath, Plan, TypePlan};
use super::tables::number;
use crate::model::{Int, Type, TypeId};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// What code in one module needs to name types.
#[derive(Clone, Copy)]
pub(super) struct Names<'p> {
    pub(super) plan: &'p Plan<'p>,
    /// The module that the code stands in.
    pub(super) from: &'p ModulePath,
}

/// The lifetime of what a type borrows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Life {
    /// `'m`, a message.
    Message,
    /// `'r`, the memory of an answer.
    Room,
    /// `'static`, where a type stands for its kind.
    Static,
    /// `'_`
    Any,
    /// None, as in `&str`.
    Left,
}

impl ToTokens for Life {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Message => quote!('m),
            Self::Room => quote!('r),
            Self::Static => quote!('static),
            Self::Any => quote!('_),
            Self::Left => return,
        });
    }
}

/// The Rust integer of an integer type; also the name of what reads and what writes it.
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

impl TypePlan {
    /// `<'m>` where the type has a lifetime.
    pub(super) fn lifetime(&self, life: Life) -> Option<TokenStream> {
        self.borrows.then(|| quote!(<#life>))
    }
}

impl Names<'_> {
    /// The module that declares a type, as seen from here.
    pub(super) fn declared(self, id: TypeId) -> TokenStream {
        self.plan.package(id.package).module.seen_from(self.from)
    }
    /// Whether a sequence or an array of this is bytes.
    pub(super) fn is_byte(self, elem: &Type) -> bool {
        self.plan.shapes.is_byte(elem)
    }

    /// The type with a lifetime where it borrows.
    pub(super) fn ty(self, ty: &Type, life: Life) -> TokenStream {
        match self.plan.model.strip(ty) {
            Type::Int(i) => int(*i),
            Type::Handle | Type::TypedHandle(_) => quote!(rt::Handle),
            Type::String(_) => quote!(&#life str),
            Type::Bytes(_) => quote!(&#life [u8]),
            Type::Sequence(elem, _) if self.is_byte(elem) => quote!(&#life [u8]),
            Type::Sequence(elem, _) => {
                let elem = self.ty(elem, life);
                quote!(rt::Seq<#life, #elem>)
            }
            array @ Type::Array(elem, count) => {
                let (item, count) = (self.ty(elem, life), number(*count));
                if self.plan.by_value(array) {
                    quote!([#item; #count])
                } else if self.is_byte(elem) {
                    quote!(&#life [u8; #count])
                } else {
                    quote!(rt::Array<#life, #item, #count>)
                }
            }
            Type::Named(id) => {
                let (module, plan) = (self.declared(*id), self.plan.type_plan(*id));
                let (name, borrowed) = (&plan.name, plan.lifetime(life));
                quote!(#module #name #borrowed)
            }
            Type::External(_) | Type::Wrong => quote!(()), // the plan has refused it
        }
    }
    /// The type of a parameter: `&str` rather than `&'_ str`.
    pub(super) fn param(self, ty: &Type) -> TokenStream {
        let reference = match self.plan.model.strip(ty) {
            Type::String(_) | Type::Bytes(_) => true,
            Type::Sequence(elem, _) => self.is_byte(elem),
            array @ Type::Array(elem, _) => !self.plan.by_value(array) && self.is_byte(elem),
            _ => false,
        };
        self.ty(ty, if reference { Life::Left } else { Life::Any })
    }

    /// The name of an element type without lifetimes, for `rt::Element<…>`.
    pub(super) fn kind(self, ty: &Type) -> TokenStream {
        match self.plan.model.strip(ty) {
            Type::String(_) => quote!(str),
            Type::Bytes(_) => quote!([u8]),
            Type::Sequence(elem, _) if self.is_byte(elem) => quote!([u8]),
            Type::Sequence(elem, _) => {
                let elem = self.kind(elem);
                quote!(rt::Nested<#elem>)
            }
            Type::Array(elem, count) => {
                let (elem, count) = (self.kind(elem), number(*count));
                quote!(rt::Fixed<#elem, #count>)
            }
            other => self.ty(other, Life::Static),
        }
    }

    /// Reads a value out of a view.
    pub(super) fn read(self, view: &TokenStream, ty: &Type, at: u32) -> TokenStream {
        let at = number(at);
        let getter = match self.plan.model.strip(ty) {
            Type::Int(i) => int(*i),
            Type::Handle | Type::TypedHandle(_) => quote!(handle),
            Type::String(_) => quote!(str),
            Type::Bytes(_) => quote!(bytes),
            Type::Sequence(elem, _) if self.is_byte(elem) => quote!(bytes),
            _ => quote!(get),
        };
        quote!(#view.#getter(#at))
    }

    /// A statement that writes `value` at `at + offset` through the writer `w`.
    pub(super) fn write(self, ty: &Type, offset: u32, value: &TokenStream) -> TokenStream {
        let place = (offset > 0).then(|| number(offset));
        let place = place.map(|offset| quote!(+ #offset));
        let at = quote!(at #place);
        match self.plan.model.strip(ty) {
            Type::Int(i) => {
                let int = int(*i);
                quote!(w.#int(#at, #value);)
            }
            Type::Handle | Type::TypedHandle(_) => quote!(w.handle(#at, #value);),
            Type::String(max) => {
                let max = number(*max);
                quote!(w.str(#at, #value, #max)?;)
            }
            Type::Bytes(max) => {
                let max = number(*max);
                quote!(w.bytes(#at, #value, #max)?;)
            }
            Type::Sequence(elem, max) => {
                let max = number(*max);
                if self.is_byte(elem) {
                    quote!(w.bytes(#at, #value, #max)?;)
                } else {
                    let (kind, table) = (self.kind(elem), self.elem_table(elem));
                    quote!(w.seq::<#kind>(#at, #value, #max, #table)?;)
                }
            }
            array @ Type::Array(elem, _) => {
                if !self.is_byte(elem) {
                    let (kind, table) = (self.kind(elem), self.elem_table(elem));
                    quote!(w.array::<#kind>(#at, #value, #table)?;)
                } else if self.plan.by_value(array) {
                    quote!(w.in_place(#at, &#value);)
                } else {
                    quote!(w.in_place(#at, #value);)
                }
            }
            Type::Named(_) => quote!(rt::Put::put(&#value, w, #at)?;),
            Type::External(_) | Type::Wrong => quote!(), // the plan has refused it
        }
    }

    /// What a method's results of this type are given as, in `reply` and `fail`: owned where that is cheap, otherwise
    /// anything that can be written.
    pub(super) fn given(self, ty: &Type) -> TokenStream {
        match self.plan.model.strip(ty) {
            Type::Bytes(_) => quote!(impl rt::IntoBytes),
            Type::Sequence(elem, _) if self.is_byte(elem) => quote!(impl rt::IntoBytes),
            Type::Sequence(elem, _) => {
                let elem = self.kind(elem);
                quote!(impl rt::IntoSeq<#elem>)
            }
            _ => self.param(ty),
        }
    }
    /// As [`Names::write`], for a value given as [`Names::given`] says.
    pub(super) fn write_given(self, ty: &Type, offset: u32, value: &TokenStream) -> TokenStream {
        let max = match self.plan.model.strip(ty) {
            Type::Bytes(max) => *max,
            Type::Sequence(elem, max) if self.is_byte(elem) => *max,
            _ => return self.write(ty, offset, value),
        };
        let (offset, max) = (number(offset), number(max));
        quote!(w.blob(at + #offset, #value, #max)?;)
    }
}
