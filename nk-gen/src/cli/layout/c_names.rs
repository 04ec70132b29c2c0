//! The C names of things and the `enum` constants that the vendor's headers have for them. Source: `docs/languages.md` §8.3,
//! `docs/wire.md` §6.
use crate::model::bounds::{self, Bounds};
use crate::model::{
    Component, ComponentId, ComponentKind, Field, Interface, Method, Model, Package, Type,
    TypeDefKind,
};
use serde::Serialize;

/// Most items of one package that are looked at. Structs nested in each other have exponentially many; nobody reads those.
const MOST: usize = 1 << 20;

/// A constant of a C `enum`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Number {
    /// The C name.
    pub(super) name: String,
    /// The value.
    pub(super) value: u64,
}

/// The C prefix of a dotted name.
pub(super) fn prefix(name: &str) -> String {
    name.replace('.', "_")
}

/// A list of constants under construction.
#[derive(Default)]
struct Numbers {
    list: Vec<Number>,
    /// Items looked at.
    items: usize,
}

impl Numbers {
    fn add(&mut self, name: String, value: impl Into<u64>) {
        self.list.push(Number {
            name,
            value: value.into(),
        });
    }

    /// The largest arenas and numbers of handles under a prefix.
    fn bounds(&mut self, prefix: &str, bounds: &Bounds) {
        self.add(format!("{prefix}_req_arena_size"), bounds.request_arena);
        self.add(format!("{prefix}_res_arena_size"), bounds.response_arena);
        self.add(format!("{prefix}_req_handles"), bounds.request_handles);
        self.add(format!("{prefix}_res_handles"), bounds.response_handles);
        self.add(format!("{prefix}_err_handles"), bounds.error_handles);
    }
}

/// The constants of a package: union tags, MIDs, item sizes, arenas and handles.
pub(super) fn of_package(model: &Model, package: &Package) -> Vec<Number> {
    let prefix = prefix(&package.name);
    let mut numbers = Numbers::default();
    for ty in &package.types {
        if let TypeDefKind::Union(variants) = &ty.kind {
            let names = variants.iter().map(|variant| variant.name.as_str());
            for (tag, name) in (0_u64..).zip(
                names
                    .map(|name| format!("{name}_tag"))
                    .chain(["tag_max".to_owned()]),
            ) {
                numbers.add(format!("{prefix}_{}_{name}", ty.name), tag);
            }
        }
    }
    if let Some(interface) = &package.interface {
        mids(&prefix, interface, &mut numbers);
        for method in &interface.methods {
            of_method(model, &prefix, method, &mut numbers);
        }
        if let Some(bounds) = bounds::of_interface(interface) {
            numbers.bounds(&prefix, &bounds);
        }
    }
    numbers.list
}

fn mids(prefix: &str, interface: &Interface, numbers: &mut Numbers) {
    let names = interface
        .methods
        .iter()
        .map(|method| format!("{}_mid", method.name));
    for (mid, name) in (0_u64..).zip(names.chain(["mid_max".to_owned()])) {
        numbers.add(format!("{prefix}_{name}"), mid);
    }
}

fn of_method(model: &Model, prefix: &str, method: &Method, numbers: &mut Numbers) {
    let prefix = format!("{prefix}_{}", method.name);
    let directions = [
        ("req", &method.request),
        ("res", &method.response),
        ("err", &method.error),
    ];
    for (direction, message) in directions {
        for param in &message.params {
            sizes(
                model,
                &param.ty,
                &format!("{prefix}_{direction}_{}", param.name),
                numbers,
            );
        }
    }
    if let Some(bounds) = bounds::of_method(method) {
        numbers.bounds(&prefix, &bounds);
    }
}

/// The `_size` constants of an item and of everything inside it.
fn sizes(model: &Model, ty: &Type, path: &str, numbers: &mut Numbers) {
    numbers.items += 1;
    if numbers.items > MOST {
        return;
    }
    match model.strip(ty) {
        Type::String(n) => numbers.add(format!("{path}_size"), u64::from(*n) + 1),
        Type::Bytes(n) => numbers.add(format!("{path}_size"), *n),
        Type::Sequence(element, n) | Type::Array(element, n) => {
            numbers.add(format!("{path}_size"), *n);
            sizes(model, element, &format!("{path}_elem"), numbers);
        }
        Type::Named(id) => {
            for field in fields(&model.type_def(*id).kind) {
                sizes(model, &field.ty, &format!("{path}_{}", field.name), numbers);
            }
        }
        Type::Int(_) | Type::Handle | Type::TypedHandle(_) | Type::External(_) | Type::Wrong => {}
    }
}

fn fields(kind: &TypeDefKind) -> &[Field] {
    match kind {
        TypeDefKind::Struct(fields) | TypeDefKind::Union(fields) => fields,
        TypeDefKind::Alias(_) => &[],
    }
}

/// The constants of a component or process class: RIIDs, where each instance's RIIDs begin, arenas and handles.
pub(super) fn of_component(model: &Model, id: ComponentId) -> Vec<Number> {
    let component = model.component(id);
    let prefix = prefix(&component.name);
    let mut numbers = Numbers::default();
    let Some(endpoints) = &component.flattened else {
        return numbers.list;
    };
    for (riid, endpoint) in (0_u64..).zip(endpoints) {
        numbers.add(format!("{prefix}_{}_iid", endpoint.path.join("_")), riid);
    }
    numbers.add(format!("{prefix}_iidMax"), endpoints.len() as u64);
    numbers.add(format!("{prefix}_iidOffset"), 0_u64);
    offsets(model, component, &prefix, &mut numbers);
    // the vendor's name for the numbers themselves is not known, only that of their end (`docs/languages.md` §12, Q4)
    let security = component.flattened_security.as_deref().unwrap_or_default();
    for (riid, security) in (0_u64..).zip(security) {
        numbers.add(
            format!("{prefix}_{}_iid", security.name().replace('.', "_")),
            riid,
        );
    }
    numbers.add(format!("{prefix}_securityIidMax"), security.len() as u64);
    if let Some(bounds) = model.bounds(id) {
        numbers.bounds(&format!("{prefix}_component"), &bounds);
        if component.kind == ComponentKind::ProcessClass {
            numbers.bounds(&format!("{prefix}_entity"), &bounds);
        }
    }
    numbers.list
}

/// The first RIID of each instance: behind the own endpoints and those of the instances before.
fn offsets(model: &Model, component: &Component, prefix: &str, numbers: &mut Numbers) {
    let mut next = component.endpoints.len() as u64;
    for instance in &component.instances {
        numbers.add(format!("{prefix}_{}_iidOffset", instance.name), next);
        let inner = instance
            .component
            .known()
            .and_then(|id| model.component(id).flattened.as_ref());
        next += inner.map_or(0, Vec::len) as u64;
    }
}
