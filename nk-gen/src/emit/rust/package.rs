//! The module of one IDL package: constants, types, interface.
use super::messages::Record;
use super::plan::{PackagePlan, TypePlan};
use super::text::{Term, Text};
use super::types::{Names, int};
use super::{Section, Sections, interface, tables};
use crate::model::{Constant, Field, Package, PackageId, TypeDef, TypeDefKind};

/// Everything of a package that the sections ask for.
pub(super) fn package(
    text: &mut Text,
    names: Names<'_>,
    (id, package): (PackageId, &Package),
    plan: &PackagePlan,
    sections: &Sections,
) {
    for (constant, name) in package.constants.iter().zip(&plan.constants) {
        self::constant(text, constant, name);
    }
    for (def, plan) in package.types.iter().zip(&plan.types) {
        declared(text, names, def, plan);
    }
    let interface = package.interface.as_ref().zip(plan.interface.as_ref());
    let interface = interface.filter(|_| sections.has(Section::Interface));
    if let Some((interface, plan)) = interface {
        interface::interface(text, names, (package, interface), plan, sections);
    }
    tables::types(text, names, id, package, plan);
    if let Some((interface, plan)) = interface {
        tables::interface(text, names, (package, interface), plan);
    }
}

fn constant(text: &mut Text, constant: &Constant, name: &str) {
    text.item();
    text.docs(&constant.docs, &format!("`{}`", constant.name));
    text.constant(
        &format!("pub const {name}"),
        int(constant.ty),
        &Term::text(constant.value.to_string()),
    );
}

fn declared(text: &mut Text, names: Names<'_>, def: &TypeDef, plan: &TypePlan) {
    let generated = format!("`{}`", def.name);
    text.item();
    text.docs(&def.docs, &generated);
    match &def.kind {
        TypeDefKind::Alias(ty) => {
            let lifetime = if plan.borrows { "<'m>" } else { "" };
            text.assigned(
                &format!("pub type {}{lifetime}", plan.name),
                &names.ty(ty, "'m"),
            );
        }
        TypeDefKind::Struct(fields) => {
            let size = def.layout.map_or(0, |l| l.size);
            Record {
                name: &plan.name,
                fields: &plan.fields,
                params: fields,
                size,
                borrows: plan.borrows,
            }
            .write(text, names);
            element(text, plan);
        }
        TypeDefKind::Union(variants) => {
            union(text, names, def, plan, variants);
            element(text, plan);
        }
    }
}

/// Makes a declared type an element of sequences; the kind is the type without its lifetime.
fn element(text: &mut Text, plan: &TypePlan) {
    let (any, fixed) = if plan.borrows {
        ("<'_>", "<'static>")
    } else {
        ("", "")
    };
    let name = &plan.name;
    text.item();
    text.implementation("", &format!("nk::Element<{name}{fixed}>"), format_args!("{name}{any}"), |text| {
        let head = "fn put_element(&self, w: &mut nk::Writer<'_>, at: nk::At, _: &'static nk::Elem) -> nk::Stored";
        text.block(head, |text| text.line("nk::Put::put(self, w, at)"));
    });
}

/// A union as an enum; reading is total: a tag that no variant has reads as the first.
fn union(text: &mut Text, names: Names<'_>, def: &TypeDef, plan: &TypePlan, variants: &[Field]) {
    let name = &plan.name;
    let (decl, any) = if plan.borrows {
        ("<'m>", "<'_>")
    } else {
        ("", "")
    };
    text.line("#[derive(Debug, Clone, Copy, PartialEq)]");
    text.block(format_args!("pub enum {name}{decl}"), |text| {
        for (variant, name) in variants.iter().zip(&plan.fields) {
            text.own_docs(&variant.docs);
            text.term(
                "",
                &Term::call(name, vec![names.ty(&variant.ty, "'m")]),
                ",",
            );
        }
    });
    text.item();
    text.implementation(
        "<'m>",
        "nk::Wire<'m>",
        format_args!("{name}{decl}"),
        |text| {
            text.line(format_args!(
                "const SIZE: usize = {};",
                def.layout.map_or(0, |l| l.size)
            ));
            text.block("fn read(v: nk::View<'m>) -> Self", |text| {
                let read = |(variant, name): (&Field, &String)| {
                    Term::call(
                        format_args!("Self::{name}"),
                        vec![Term::text(names.read("v", &variant.ty, variant.offset))],
                    )
                };
                let values: Vec<_> = variants.iter().zip(&plan.fields).map(read).collect();
                match values.as_slice() {
                    [] => {}
                    [only] => text.term("", only, ""),
                    [first, others @ ..] => text.block("match v.u32(0)", |text| {
                        for (tag, value) in (1_u32..).zip(others) {
                            text.arm(tag, value);
                        }
                        text.arm("_", first);
                    }),
                }
            });
        },
    );
    text.item();
    text.implementation("", "nk::Put", format_args!("{name}{any}"), |text| {
        text.block(
            "fn put(&self, w: &mut nk::Writer<'_>, at: nk::At) -> nk::Stored",
            |text| {
                text.block("match *self", |text| {
                    for (tag, (variant, name)) in (0_u32..).zip(variants.iter().zip(&plan.fields)) {
                        text.block(format_args!("Self::{name}(x_) =>"), |text| {
                            if tag > 0 {
                                text.line(format_args!("w.u32(at, {tag});"));
                            }
                            names.write(text, &variant.ty, variant.offset, "x_");
                        });
                    }
                });
                text.line("Ok(())");
            },
        );
    });
}
