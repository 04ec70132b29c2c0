//! Decisions for one component or process class: its parts, its type parameters, its endpoints.
use super::super::names::{Scope, camel, joined, legal, shouty, snake};
use super::modules::{ModulePath, Modules};
use super::{LARGEST_BUF, MaximumPlan, Plan, clash, moved};
use crate::model::{Component, ComponentId, ComponentKind, PackageId};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use proc_macro2::Ident;

/// A component or process class.
#[derive(Debug)]
pub(crate) struct ComponentPlan {
    pub(crate) module: ModulePath,
    pub(crate) name: Ident,
    pub(crate) request: Ident,
    pub(crate) response: Ident,
    pub(crate) request_borrows: bool,
    pub(crate) response_borrows: bool,
    /// The marker type of a process class.
    pub(crate) class: Option<Ident>,
    pub(crate) endpoints_table: Ident,
    pub(crate) request_max: MaximumPlan,
    pub(crate) response_max: MaximumPlan,
    /// Fields of the struct: own endpoints, then instances.
    pub(crate) parts: Vec<Part>,
    /// All endpoints in RIID order.
    pub(crate) endpoints: Vec<EndpointPlan>,
    /// The RIID constants of all security interfaces, in their order.
    pub(crate) security: Vec<Ident>,
}

/// A field of the component's struct.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) field: Ident,
    /// The struct's type parameter for it.
    pub(crate) param: Ident,
    /// First RIID of what it holds, and how many.
    pub(crate) first: u16,
    pub(crate) count: u16,
    /// The component, for an instance.
    pub(crate) component: Option<ComponentId>,
}

/// A flattened endpoint.
#[derive(Debug)]
pub(crate) struct EndpointPlan {
    /// The RIID constant.
    pub(crate) riid: Ident,
    /// The variant of `Request` and `Response`.
    pub(crate) variant: Ident,
    /// The type parameter that stands for its implementation.
    pub(crate) param: Ident,
    pub(crate) interface: PackageId,
}

type Names = Scope<(String, Place)>;

pub(super) fn plan(
    whole: &Plan<'_>,
    component: &Component,
    modules: &Modules,
    notes: &mut Vec<Diagnostic>,
    errors: &mut Vec<Diagnostic>,
) -> ComponentPlan {
    // a package of the same full name lives in the same module and has the plain names
    let shared = whole.model.package_named(&component.name).is_some();
    let last = component.name.rsplit('.').next().unwrap_or(&component.name);
    let prefix = |first: &str, name: &str| {
        if shared {
            joined(&legal(first), name)
        } else {
            legal(name)
        }
    };
    let own = |name: &str| prefix("Component", name);
    let constant = |name: &str| prefix("COMPONENT_", name);
    let (mut types, mut values) = (Names::new(), Names::new());
    let name = types.generated(if shared {
        joined(&camel(last), "Component")
    } else {
        camel(last)
    });
    let (request, response) = (
        types.generated(own("Request")),
        types.generated(own("Response")),
    );
    let class =
        (component.kind == ComponentKind::ProcessClass).then(|| types.generated(own("Class")));
    let endpoints_table = values.generated(constant("ENDPOINTS"));
    let maxima = [
        values.generated(constant("REQUEST_MAX")),
        values.generated(constant("RESPONSE_MAX")),
    ];
    let endpoints = plan_endpoints(component, &mut types, &mut values, errors);
    let security = plan_security(component, &mut values, errors);
    let interfaces = || {
        endpoints
            .iter()
            .filter_map(|e| whole.package(e.interface).interface.as_ref())
    };
    let sizes = largest(whole, &endpoints);
    let mut buf =
        |name: &str, bytes: u64| (bytes <= LARGEST_BUF).then(|| types.generated(own(name)));
    let bufs = [buf("RequestBuf", sizes[0]), buf("ResponseBuf", sizes[1])];
    let [request_max, response_max] = maxima;
    let [request_buf, response_buf] = bufs;
    let planned = ComponentPlan {
        module: modules.of(&component.name),
        request_borrows: interfaces().any(|i| i.request_borrows),
        response_borrows: interfaces().any(|i| i.response_borrows),
        parts: plan_parts(whole, component, &name, errors),
        name,
        request,
        response,
        class,
        endpoints_table,
        request_max: MaximumPlan {
            constant: request_max,
            buffer: request_buf,
        },
        response_max: MaximumPlan {
            constant: response_max,
            buffer: response_buf,
        },
        endpoints,
        security,
    };
    if let Some(place) = component.place {
        notes.extend(
            types
                .moved
                .iter()
                .chain(&values.moved)
                .map(|(wanted, given)| moved(wanted, given, place)),
        );
    }
    planned
}

/// Bytes of the largest request and of the largest response.
fn largest(whole: &Plan<'_>, endpoints: &[EndpointPlan]) -> [u64; 2] {
    let mut max = [0, 0];
    for endpoint in endpoints {
        for method in whole
            .model
            .package(endpoint.interface)
            .interface
            .iter()
            .flat_map(|i| &i.methods)
        {
            for (slot, message) in [
                (0, &method.request),
                (1, &method.response),
                (1, &method.error),
            ] {
                let size = message
                    .layout
                    .map_or(0, |l| l.size.saturating_add(l.arena_padded));
                max[slot] = size.max(max[slot]);
            }
        }
    }
    max
}

fn plan_endpoints(
    component: &Component,
    types: &mut Names,
    values: &mut Names,
    errors: &mut Vec<Diagnostic>,
) -> Vec<EndpointPlan> {
    let (mut variants, mut planned) = (Names::new(), Vec::new());
    let Some(flattened) = &component.flattened else {
        errors.push(missing(component, "one of its components"));
        return planned;
    };
    for endpoint in flattened {
        let Some(interface) = endpoint.interface.known() else {
            errors.push(missing(
                component,
                &format!("the interface of `{}`", endpoint.name),
            ));
            continue;
        };
        let stem = endpoint.path.join("_");
        planned.push(EndpointPlan {
            riid: values.generated(shouty(&stem)),
            variant: variants.generated(camel(&stem)),
            param: types.generated(camel(&stem)),
            interface,
        });
    }
    planned
}

/// `SECURITY` for the component's own security interface, `SECURITY_UPPER_LEFT` for that of the instance `upper.left`.
fn plan_security(
    component: &Component,
    values: &mut Names,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Ident> {
    let flattened = component.flattened_security.iter().flatten();
    let named = flattened.map(|security| {
        if security.interface.known().is_none() {
            errors.push(missing(
                component,
                &format!("the interface of `{}`", security.name()),
            ));
        }
        let stem = std::iter::once("security")
            .chain(security.path.iter().map(String::as_str))
            .collect::<Vec<_>>();
        values.generated(shouty(&stem.join("_")))
    });
    named.collect()
}

fn plan_parts(
    whole: &Plan<'_>,
    component: &Component,
    name: &Ident,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Part> {
    let (mut fields, mut parts, mut first) = (Names::new(), Vec::new(), 0_u16);
    // a parameter named like the struct would hide it from derived code
    let mut params = Names::new();
    params.generated(name.clone());
    let mut add = |name: &str, place: Place, count: usize, id: Option<ComponentId>| {
        let field = snake(name);
        if let Err(c) = fields.user(field.clone(), (name.to_owned(), place)) {
            errors.push(clash(&c, name, place));
        }
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        parts.push(Part {
            field,
            param: params.generated(camel(name)),
            first,
            count,
            component: id,
        });
        first = first.saturating_add(count);
    };
    for endpoint in &component.endpoints {
        add(&endpoint.name, endpoint.place, 1, None);
    }
    for instance in &component.instances {
        if let Some(id) = instance.component.known() {
            let count = whole
                .model
                .component(id)
                .flattened
                .as_ref()
                .map_or(0, Vec::len);
            add(&instance.name, instance.place, count, Some(id));
        }
    }
    parts
}

fn missing(component: &Component, what: &str) -> Diagnostic {
    let message = format!(
        "generating code for `{}` needs {what}, which was found nowhere",
        component.name
    );
    Diagnostic::new(Code::NOT_FOUND, message, component.place)
        .help("give its folder with -I or -S; `--external` only lets `check` accept the name")
}
