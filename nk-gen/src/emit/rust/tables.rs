//! The tables: what the structure check and the writers read. Every number a user may want is a constant expression of them.
use super::plan::{InterfacePlan, MaximumPlan, MethodPlan, PackagePlan};
use super::text::{Term, Text};
use super::types::Names;
use crate::model::{Interface, Message, Method, Package, PackageId, TypeDefKind, TypeId};

/// Tables of the declared structs and unions.
pub(super) fn types(
    text: &mut Text,
    names: Names<'_>,
    id: PackageId,
    package: &Package,
    plan: &PackagePlan,
) {
    for (index, (def, plan)) in (0..).zip(package.types.iter().zip(&plan.types)) {
        let shape = names.plan.shapes.declared(TypeId { package: id, index });
        let (Some(layout), Some(items)) = (def.layout, shape) else {
            continue;
        };
        if matches!(def.kind, TypeDefKind::Alias(_)) {
            continue;
        }
        text.item();
        text.doc(format_args!("Table of `{}`.", def.name));
        let fields = [
            ("size", Term::text(layout.size.to_string())),
            ("align", Term::text(layout.align.to_string())),
            ("items", Term::slice(names.items(&items))),
        ];
        text.constant(
            &format!("pub const {}", plan.table),
            "nk::Elem",
            &structure("nk::Elem", fields),
        );
    }
}

/// Tables of the methods and the interface, and the maxima over all methods.
pub(super) fn interface(
    text: &mut Text,
    names: Names<'_>,
    (package, interface): (&Package, &Interface),
    plan: &InterfacePlan,
) {
    for (mid, (method, plan)) in (0..).zip(interface.methods.iter().zip(&plan.methods)) {
        self::method(text, names, (mid, method), plan);
    }
    let (table, marker) = (&plan.table, &plan.marker);
    text.item();
    text.doc("Table of the interface.");
    let digest = quoted(&crate::model::digest::hex(&package.digest));
    let fields = [
        ("name", quoted(&package.name)),
        ("digest", Term::call("nk::hex", vec![digest])),
        (
            "methods",
            Term::slice(
                plan.methods
                    .iter()
                    .map(|method| Term::text(&method.table))
                    .collect(),
            ),
        ),
    ];
    text.constant(
        &format!("pub const {table}"),
        "nk::Interface",
        &structure("nk::Interface", fields),
    );
    text.item();
    text.line(format_args!("const _: () = nk::check(&{table});"));
    text.item();
    text.doc("Stands for the interface where a type is asked for.");
    text.line("#[derive(Debug, Clone, Copy)]");
    text.line(format_args!("pub enum {marker} {{}}"));
    text.item();
    text.block(
        format_args!("impl nk::InterfaceType for {marker}"),
        |text| {
            text.line(format_args!(
                "const TABLE: &'static nk::Interface = &{table};"
            ));
        },
    );
    maximum(
        text,
        &plan.request_max,
        ("request", "this interface"),
        &format!("{table}.request_max()"),
    );
    maximum(
        text,
        &plan.response_max,
        ("response", "this interface"),
        &format!("{table}.response_max()"),
    );
}

fn method(text: &mut Text, names: Names<'_>, (mid, method): (u32, &Method), plan: &MethodPlan) {
    text.item();
    text.doc(format_args!("Table of `{}`.", method.name));
    let fields = [
        ("name", quoted(&method.name)),
        ("mid", Term::text(mid.to_string())),
        ("req", message(names, &method.request)),
        ("res", message(names, &method.response)),
        ("err", message(names, &method.error)),
    ];
    text.constant(
        &format!("pub const {}", plan.table),
        "nk::Method",
        &structure("nk::Method", fields),
    );
}

/// `REQUEST_MAX` and the buffer of that size.
pub(super) fn maximum(text: &mut Text, plan: &MaximumPlan, (what, of): (&str, &str), value: &str) {
    text.item();
    text.doc(format_args!("Bytes that hold any {what} of {of}."));
    text.line(format_args!(
        "pub const {}: usize = {value};",
        plan.constant
    ));
    if let Some(buffer) = &plan.buffer {
        text.item();
        text.doc(format_args!("Memory that holds any {what} of {of}."));
        text.line(format_args!(
            "pub type {buffer} = nk::Buf<{}>;",
            plan.constant
        ));
    }
}

fn message(names: Names<'_>, message: &Message) -> Term {
    let layout = message.layout.unwrap_or_default();
    let items = Term::slice(names.items(&names.plan.shapes.message(message).unwrap_or_default()));
    let numbers = |numbers: &[u64]| {
        numbers
            .iter()
            .map(|n| Term::text(n.to_string()))
            .collect::<Vec<_>>()
    };
    let handles = u64::from(message.handles);
    let (form, numbers) = if layout.arena == 0 {
        ("nk::Message::fixed", numbers(&[layout.size, handles]))
    } else {
        (
            "nk::Message::new",
            numbers(&[layout.size, handles, layout.arena, layout.arena_padded]),
        )
    };
    Term::call(form, numbers.into_iter().chain([items]).collect())
}

/// A struct literal with fields named by text.
pub(super) fn structure<const N: usize>(name: &str, fields: [(&str, Term); N]) -> Term {
    Term::structure(name, fields.map(|(field, value)| (field.to_owned(), value)))
}

/// A name of the description as a string literal; names are letters, digits, `_` and `.`.
pub(super) fn quoted(name: &str) -> Term {
    Term::text(format!("\"{name}\""))
}
