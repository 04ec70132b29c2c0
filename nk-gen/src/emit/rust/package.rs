//! The module of one IDL package: constants, types, interface.
use super::docs::{docs, own};
use super::messages::record;
use super::names::ident;
use super::plan::{PackagePlan, TypePlan};
use super::types::{Names, int, number};
use super::{Section, Sections, interface, tables};
use crate::model::{Constant, Field, Package, PackageId, TypeDef, TypeDefKind};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Everything of a package that the sections ask for.
pub(super) fn package(
    names: Names<'_>,
    id: PackageId,
    package: &Package,
    plan: &PackagePlan,
    sections: &Sections,
) -> TokenStream {
    let constants = package.constants.iter().zip(&plan.constants).map(|(c, name)| constant(c, name));
    let types = package.types.iter().zip(&plan.types).map(|(def, plan)| declared(names, def, plan));
    let interface = match (&package.interface, &plan.interface) {
        (Some(i), Some(plan)) => interface::interface(names, package, i, plan, sections),
        _ => TokenStream::new(),
    };
    let type_tables = tables::types(names, id, package, plan);
    let interface_tables = match (&package.interface, &plan.interface) {
        (Some(i), Some(plan)) if sections.has(Section::Interface) => tables::interface(names, package, i, plan),
        _ => TokenStream::new(),
    };
    quote!(#(#constants)* #(#types)* #interface #type_tables #interface_tables)
}

fn constant(constant: &Constant, name: &str) -> TokenStream {
    let (lead, name, ty) = (docs(&constant.docs, &format!("`{}`", constant.name)), ident(name), int(constant.ty));
    let magnitude = Literal::u128_unsuffixed(constant.value.unsigned_abs());
    let sign = (constant.value < 0).then(|| quote!(-));
    quote!(#lead pub const #name: #ty = #sign #magnitude;)
}

fn declared(names: Names<'_>, def: &TypeDef, plan: &TypePlan) -> TokenStream {
    let name = ident(&plan.name);
    let lead = docs(&def.docs, &format!("`{}`", def.name));
    let lifetime = plan.borrows.then(|| quote!(<'m>));
    match &def.kind {
        TypeDefKind::Alias(ty) => {
            let ty = names.ty(ty, &quote!('m));
            quote!(#lead pub type #name #lifetime = #ty;)
        }
        TypeDefKind::Struct(fields) => {
            let size = number(def.layout.map_or(0, |l| l.size));
            let derive = quote!(#[derive(Debug, Clone, Copy, PartialEq)]);
            let body = record(names, &lead, &name, &plan.fields, fields, &size, plan.borrows, &derive);
            let element = element(plan);
            quote!(#body #element)
        }
        TypeDefKind::Union(variants) => union(names, &lead, def, plan, variants),
    }
}

/// Makes a declared type an element of sequences; the kind is the type without its lifetime.
fn element(plan: &TypePlan) -> TokenStream {
    let name = ident(&plan.name);
    let (any, fixed) = if plan.borrows { (quote!(<'_>), quote!(<'static>)) } else { (quote!(), quote!()) };
    quote! {
        impl nk::Element<#name #fixed> for #name #any {
            fn put_element(&self, w: &mut nk::Writer<'_>, at: nk::At, _: &'static nk::Elem) -> nk::Stored {
                nk::Put::put(self, w, at)
            }
        }
    }
}

/// A union as an enum; reading is total: a tag that no variant has reads as the first.
fn union(names: Names<'_>, lead: &TokenStream, def: &TypeDef, plan: &TypePlan, variants: &[Field]) -> TokenStream {
    let name = ident(&plan.name);
    let size = number(def.layout.map_or(0, |l| l.size));
    let (decl, any) = if plan.borrows { (quote!(<'m>), quote!(<'_>)) } else { (quote!(), quote!()) };
    let idents: Vec<_> = plan.fields.iter().map(|f| ident(f)).collect();
    let declared = variants.iter().zip(&idents).map(|(v, name)| {
        let (docs, ty) = (own(&v.docs), names.ty(&v.ty, &quote!('m)));
        quote!(#docs #name(#ty))
    });
    let read: Vec<_> = variants
        .iter()
        .zip(&idents)
        .map(|(v, name)| {
            let value = names.read(&v.ty, v.offset);
            quote!(Self::#name(#value))
        })
        .collect();
    let arms = (1_u32..).zip(read.iter().skip(1)).map(|(tag, value)| {
        let tag = number(tag);
        quote!(#tag => #value,)
    });
    let first = read.first();
    let body = if read.len() == 1 { quote!(#first) } else { quote!(match v.u32(0) { #(#arms)* _ => #first }) };
    let write = (0_u32..).zip(variants.iter().zip(&idents)).map(|(tag, (v, name))| {
        let value = names.write(&v.ty, v.offset, &quote!(x_));
        let tag = (tag > 0).then(|| {
            let tag = number(tag);
            quote!(w.u32(at, #tag);)
        });
        quote!(Self::#name(x_) => { #tag #value })
    });
    let element = element(plan);
    quote! {
        #lead
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum #name #decl { #(#declared),* }
        impl<'m> nk::Wire<'m> for #name #decl {
            const SIZE: usize = #size;
            fn read(v: nk::View<'m>) -> Self { #body }
        }
        impl nk::Put for #name #any {
            fn put(&self, w: &mut nk::Writer<'_>, at: nk::At) -> nk::Stored {
                match *self { #(#write)* }
                Ok(())
            }
        }
        #element
    }
}
