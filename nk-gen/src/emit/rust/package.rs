//! The module of one IDL package: constants, types, interface.
use super::docs::{docs, own_docs};
use super::messages::Record;
use super::plan::{PackagePlan, TypePlan};
use super::tables::number;
use super::types::{Life, Names, int};
use super::{Section, Sections, interface, tables};
use crate::model::{Constant, Field, Package, PackageId, TypeDef, TypeDefKind};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

/// Everything of a package that the sections ask for.
pub(super) fn package(
    names: Names<'_>,
    (id, package): (PackageId, &Package),
    plan: &PackagePlan,
    sections: &Sections,
) -> Vec<TokenStream> {
    let constants = package.constants.iter().zip(&plan.constants);
    let constants = constants.map(|(constant, name)| self::constant(constant, name));
    let types = package.types.iter().zip(&plan.types);
    let types = types.map(|(def, plan)| declared(names, def, plan));
    let mut parts: Vec<_> = constants.chain(types).collect();
    let interface = package.interface.as_ref().zip(plan.interface.as_ref());
    let interface = interface.filter(|_| sections.has(Section::Interface));
    if let Some((interface, plan)) = interface {
        let interface = interface::interface(names, (package, interface), plan, sections);
        parts.extend(interface);
    }
    parts.extend(tables::types(names, id, package, plan));
    if let Some((interface, plan)) = interface {
        parts.extend(tables::interface(names, (package, interface), plan));
    }
    parts
}

fn constant(constant: &Constant, name: &Ident) -> TokenStream {
    let docs = docs(
        &constant.docs,
        format_args!("The constant `{}`.", constant.name),
    );
    let ty = int(constant.ty);
    let sign = (constant.value < 0).then(|| quote!(-));
    let value = Literal::u128_unsuffixed(constant.value.unsigned_abs());
    quote! {
        #docs
        pub const #name: #ty = #sign #value;
    }
}

fn declared(names: Names<'_>, def: &TypeDef, plan: &TypePlan) -> TokenStream {
    let what = match &def.kind {
        TypeDefKind::Alias(_) => "type",
        TypeDefKind::Struct(_) => "struct",
        TypeDefKind::Union(_) => "union",
    };
    let docs = docs(&def.docs, format_args!("The {what} `{}`.", def.name));
    let name = &plan.name;
    match &def.kind {
        TypeDefKind::Alias(ty) => {
            let (lifetime, ty) = (plan.lifetime(Life::Message), names.ty(ty, Life::Message));
            quote! {
                #docs
                pub type #name #lifetime = #ty;
            }
        }
        TypeDefKind::Struct(fields) => {
            let record = Record {
                name,
                docs,
                fields: &plan.fields,
                params: fields,
                size: def.layout.map_or(0, |layout| layout.size),
                borrows: plan.borrows,
            };
            record
                .tokens(names)
                .into_iter()
                .chain(element(plan))
                .collect()
        }
        TypeDefKind::Union(variants) => {
            let union = union(names, def, plan, variants);
            docs.into_iter().chain(union).chain(element(plan)).collect()
        }
    }
}

/// Makes a declared type an element of sequences; the kind is the type without its lifetime.
fn element(plan: &TypePlan) -> TokenStream {
    let (name, any, fixed) = (
        &plan.name,
        plan.lifetime(Life::Any),
        plan.lifetime(Life::Static),
    );
    quote! {
        impl rt::Element<#name #fixed> for #name #any {
            fn put_element(
                &self,
                w: &mut rt::Writer<'_>,
                at: rt::At,
                _: &'static rt::Elem
            ) -> rt::Stored {
                rt::Put::put(self, w, at)
            }
        }
    }
}

/// A union as an enum; reading is total: a tag that no variant has reads as the first.
fn union(names: Names<'_>, def: &TypeDef, plan: &TypePlan, variants: &[Field]) -> TokenStream {
    let name = &plan.name;
    let (declared, any) = (plan.lifetime(Life::Message), plan.lifetime(Life::Any));
    let each = || variants.iter().zip(&plan.fields);
    let declarations = each().map(|(variant, name)| {
        let (docs, ty) = (
            own_docs(&variant.docs),
            names.ty(&variant.ty, Life::Message),
        );
        quote!(#docs #name(#ty))
    });
    let size = number(def.layout.map_or(0, |layout| layout.size));
    let values = each().map(|(variant, name)| {
        let value = names.read(&quote!(v), &variant.ty, variant.offset);
        quote!(Self::#name(#value))
    });
    let read = selected(&values.collect::<Vec<_>>());
    let writes = (0_u32..).zip(each()).map(|(tag, (variant, name))| {
        let write = names.write(&variant.ty, variant.offset, &quote!(x_));
        let tag = (tag > 0).then(|| number(tag));
        let tag = tag.map(|tag| quote!(w.u32(at, #tag);));
        quote!(Self::#name(x_) => { #tag #write })
    });
    quote! {
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum #name #declared {
            #(#declarations,)*
        }

        impl<'m> rt::Wire<'m> for #name #declared {
            const SIZE: usize = #size;
            fn read(v: rt::View<'m>) -> Self {
                #read
            }
        }

        impl rt::Put for #name #any {
            fn put(&self, w: &mut rt::Writer<'_>, at: rt::At) -> rt::Stored {
                match *self {
                    #(#writes)*
                }
                Ok(())
            }
        }
    }
}

/// The value of the variant that the tag selects.
fn selected(values: &[TokenStream]) -> TokenStream {
    match values {
        [] => TokenStream::new(),
        [only] => only.clone(),
        [first, others @ ..] => {
            let tags = (1_u32..).map(number);
            let arms = tags.zip(others).map(|(tag, value)| quote!(#tag => #value,));
            quote! {
                match v.u32(0) {
                    #(#arms)*
                    _ => #first,
                }
            }
        }
    }
}
