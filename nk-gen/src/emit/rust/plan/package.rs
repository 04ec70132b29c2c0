//! Decisions for one IDL package: the names of its types, constants and messages, and the form of each method.
use super::super::names::{Scope, camel, joined, legal, shouty, snake, yielding};
use super::modules::{ModulePath, Modules};
use super::{LARGEST_BUF, MaximumPlan, Plan, SMALL_MESSAGE, clash, moved};
use crate::model::{Interface, Message, Method, Package, PackageId, TypeDefKind, TypeId};
use crate::text::diagnostic::{Diagnostic, Place};
use proc_macro2::Ident;

/// A package.
#[derive(Debug)]
pub(crate) struct PackagePlan {
    pub(crate) module: ModulePath,
    pub(crate) constants: Vec<Ident>,
    pub(crate) types: Vec<TypePlan>,
    pub(crate) interface: Option<InterfacePlan>,
}

/// A declared type.
#[derive(Debug)]
pub(crate) struct TypePlan {
    /// The Rust type.
    pub(crate) name: Ident,
    /// Its table; an alias has none.
    pub(crate) table: Option<Ident>,
    /// Whether it has a lifetime.
    pub(crate) borrows: bool,
    /// Fields or variants.
    pub(crate) fields: Vec<Ident>,
}

/// An interface.
#[derive(Debug)]
pub(crate) struct InterfacePlan {
    pub(crate) trait_: Ident,
    pub(crate) proxy: Ident,
    pub(crate) marker: Ident,
    pub(crate) request: Ident,
    pub(crate) response: Ident,
    pub(crate) request_borrows: bool,
    pub(crate) response_borrows: bool,
    pub(crate) table: Ident,
    pub(crate) dispatch: Ident,
    /// The constants `REQUEST_MAX`, `RESPONSE_MAX` and, when small enough, the buffers of those sizes.
    pub(crate) request_max: MaximumPlan,
    pub(crate) response_max: MaximumPlan,
    pub(crate) methods: Vec<MethodPlan>,
}

/// A method.
#[derive(Debug)]
pub(crate) struct MethodPlan {
    pub(crate) function: Ident,
    pub(crate) variant: Ident,
    pub(crate) table: Ident,
    /// Names of the `in` parameters.
    pub(crate) inputs: Vec<Ident>,
    pub(crate) request: RequestForm,
    pub(crate) response: ResponseForm,
    pub(crate) error: ErrorForm,
    /// `…Out`, when results or errors go to the caller's memory.
    pub(crate) out: Option<OutPlan>,
}

/// Memory for results or errors of variable size.
#[derive(Debug)]
pub(crate) struct OutPlan {
    /// The type.
    pub(crate) name: Ident,
    /// The parameter.
    pub(crate) param: Ident,
    /// Memory of the right size, when that is small enough.
    pub(crate) buf: Option<Ident>,
}

/// How the `in` parameters become a message.
#[derive(Debug)]
pub(crate) enum RequestForm {
    None,
    /// One parameter that does not borrow.
    One,
    Struct {
        name: Ident,
        borrows: bool,
    },
}
/// How results come back.
#[derive(Debug)]
pub(crate) enum ResponseForm {
    None,
    One,
    Struct {
        name: Ident,
        fields: Vec<Ident>,
    },
    /// A view of the caller's memory.
    View {
        name: Ident,
        fields: Vec<Ident>,
        /// The parameters of what writes it.
        given: Vec<Ident>,
    },
}
/// How error parameters come back.
#[derive(Debug)]
pub(crate) enum ErrorForm {
    /// No parameters: `rt::Failed`.
    Failed,
    Struct {
        name: Ident,
        fields: Vec<Ident>,
    },
    /// A view of the caller's memory.
    View {
        name: Ident,
        fields: Vec<Ident>,
        /// The parameters of what writes it.
        given: Vec<Ident>,
    },
}

type Names = Scope<(String, Place)>;

/// Names of the user first, then what is generated around them.
pub(super) fn plan(
    whole: &Plan<'_>,
    id: PackageId,
    package: &Package,
    modules: &Modules,
    notes: &mut Vec<Diagnostic>,
    errors: &mut Vec<Diagnostic>,
) -> PackagePlan {
    let (mut types, mut values) = (Names::new(), Names::new());
    let mut take = |scope: &mut Names, rust: Ident, name: &str, place: Place| match scope
        .user(rust.clone(), (name.to_owned(), place))
    {
        Ok(rust) => rust,
        Err(c) => {
            errors.push(clash(&c, name, place));
            rust
        }
    };
    let constants = package
        .constants
        .iter()
        .map(|c| take(&mut values, shouty(&c.name), &c.name, c.place))
        .collect();
    let type_names: Vec<_> = package
        .types
        .iter()
        .map(|t| take(&mut types, camel(&t.name), &t.name, t.place))
        .collect();
    // a type of the package may have the package's own name; then the trait gives way
    let last = package.name.rsplit('.').next().unwrap_or(&package.name);
    let trait_ = package
        .interface
        .as_ref()
        .map(|_| types.generated(camel(last)));
    let planned = PackagePlan {
        module: modules.of(&package.name),
        constants,
        types: plan_types(whole, id, package, type_names, &mut values, errors),
        interface: (package.interface.as_ref().zip(trait_)).map(|(interface, trait_)| {
            plan_interface(whole, interface, trait_, &mut types, &mut values, errors)
        }),
    };
    notes.extend(
        types
            .moved
            .iter()
            .chain(&values.moved)
            .map(|(wanted, given)| moved(wanted, given, package.place)),
    );
    planned
}

fn plan_types(
    whole: &Plan<'_>,
    id: PackageId,
    package: &Package,
    names: Vec<Ident>,
    values: &mut Names,
    errors: &mut Vec<Diagnostic>,
) -> Vec<TypePlan> {
    let mut plans: Vec<TypePlan> = Vec::new();
    for ((index, def), name) in (0..).zip(&package.types).zip(names) {
        let borrows = whole.borrowing.declared(TypeId { package: id, index });
        let fields = match &def.kind {
            TypeDefKind::Alias(_) => Vec::new(),
            TypeDefKind::Struct(fields) => fields_in(snake, fields, errors),
            TypeDefKind::Union(variants) => fields_in(camel, variants, errors),
        };
        let table = match def.kind {
            TypeDefKind::Alias(_) => None,
            _ => Some(values.generated(shouty(&def.name))),
        };
        plans.push(TypePlan {
            name,
            table,
            borrows,
            fields,
        });
    }
    plans
}

/// Names of fields, variants or parameters; two that become one are an error.
fn fields_in(
    case: fn(&str) -> Ident,
    fields: &[crate::model::Field],
    errors: &mut Vec<Diagnostic>,
) -> Vec<Ident> {
    let mut scope = Names::new();
    names_in(&mut scope, case, fields, errors)
}
fn names_in(
    scope: &mut Names,
    case: fn(&str) -> Ident,
    fields: &[crate::model::Field],
    errors: &mut Vec<Diagnostic>,
) -> Vec<Ident> {
    let mut names = Vec::new();
    for f in fields {
        let name = case(&f.name);
        if let Err(c) = scope.user(name.clone(), (f.name.clone(), f.place)) {
            errors.push(clash(&c, &f.name, f.place));
        }
        names.push(name);
    }
    names
}

/// What parameters of these names are called where the writer and its place, `w` and `at`, are beside them.
fn given(fields: &[Ident]) -> Vec<Ident> {
    let mut taken: Vec<Ident> = ["w", "at"]
        .map(legal)
        .into_iter()
        .chain(fields.iter().cloned())
        .collect();
    let apart = |field: &Ident| {
        let mut name = field.clone();
        while taken.iter().filter(|other| **other == name).count() > usize::from(name == *field) {
            name = yielding(&name);
        }
        taken.push(name.clone());
        name
    };
    fields.iter().map(apart).collect()
}

/// Whether a response needs the caller's memory.
fn variable(whole: &Plan<'_>, message: &Message) -> bool {
    message.params.iter().any(|p| whole.borrows(&p.ty))
        || message.layout.is_some_and(|l| l.size > SMALL_MESSAGE)
}

fn plan_interface(
    whole: &Plan<'_>,
    interface: &Interface,
    trait_: Ident,
    types: &mut Names,
    values: &mut Names,
    errors: &mut Vec<Diagnostic>,
) -> InterfacePlan {
    let (mut functions, mut variants) = (Names::new(), Names::new());
    // the fixed names first, so that they keep their names whatever the methods are called
    let [proxy, marker, request, response] =
        ["Proxy", "Interface", "Request", "Response"].map(|name| types.fixed(name));
    let [table, dispatch, request_max, response_max] =
        ["INTERFACE", "dispatch", "REQUEST_MAX", "RESPONSE_MAX"].map(|name| values.fixed(name));
    let max = |f: fn(&Message) -> u64, of: fn(&Method) -> Vec<&Message>| {
        interface
            .methods
            .iter()
            .flat_map(of)
            .map(f)
            .max()
            .unwrap_or(0)
    };
    let largest = |m: &Message| {
        m.layout
            .map_or(0, |l| l.size.saturating_add(l.arena_padded))
    };
    let mut buf = |name: &str, bytes: u64| (bytes <= LARGEST_BUF).then(|| types.fixed(name));
    let request_buf = buf("RequestBuf", max(largest, |m| vec![&m.request]));
    let response_buf = buf("ResponseBuf", max(largest, |m| vec![&m.response, &m.error]));
    let methods: Vec<_> = interface
        .methods
        .iter()
        .map(|m| {
            plan_method(
                whole,
                m,
                (&mut functions, &mut variants, types, values),
                errors,
            )
        })
        .collect();
    InterfacePlan {
        trait_,
        proxy,
        marker,
        request,
        response,
        request_borrows: methods
            .iter()
            .any(|m| matches!(m.request, RequestForm::Struct { borrows: true, .. })),
        response_borrows: methods.iter().any(|m| {
            matches!(m.response, ResponseForm::View { .. })
                || matches!(m.error, ErrorForm::View { .. })
        }),
        table,
        dispatch,
        request_max: MaximumPlan {
            constant: request_max,
            buffer: request_buf,
        },
        response_max: MaximumPlan {
            constant: response_max,
            buffer: response_buf,
        },
        methods,
    }
}

fn plan_method(
    whole: &Plan<'_>,
    method: &Method,
    (functions, variants, types, values): (&mut Names, &mut Names, &mut Names, &mut Names),
    errors: &mut Vec<Diagnostic>,
) -> MethodPlan {
    let function = snake(&method.name);
    if let Err(c) = functions.user(function.clone(), (method.name.clone(), method.place)) {
        errors.push(clash(&c, &method.name, method.place));
    }
    let variant = variants.generated(camel(&method.name));
    let stem = camel(&method.name);
    let mut params = Names::new();
    let inputs = names_in(&mut params, snake, &method.request.params, errors);
    let request = match method.request.params.as_slice() {
        [] => RequestForm::None,
        [one] if !whole.borrows(&one.ty) => RequestForm::One,
        many => RequestForm::Struct {
            name: types.generated(joined(&stem, "Req")),
            borrows: many.iter().any(|p| whole.borrows(&p.ty)),
        },
    };
    let fields = |m: &Message, errors: &mut Vec<_>| fields_in(snake, &m.params, errors);
    let response_name = |types: &mut Names| types.generated(joined(&stem, "Res"));
    let response = match method.response.params.as_slice() {
        _ if variable(whole, &method.response) => {
            let fields = fields(&method.response, errors);
            ResponseForm::View {
                name: response_name(types),
                given: given(&fields),
                fields,
            }
        }
        [] => ResponseForm::None,
        [_] => ResponseForm::One,
        _ => ResponseForm::Struct {
            name: response_name(types),
            fields: fields(&method.response, errors),
        },
    };
    let error_name = |types: &mut Names| types.generated(joined(&stem, "Error"));
    let error = if method.error.params.is_empty() {
        ErrorForm::Failed
    } else if variable(whole, &method.error) {
        let fields = fields(&method.error, errors);
        ErrorForm::View {
            name: error_name(types),
            given: given(&fields),
            fields,
        }
    } else {
        ErrorForm::Struct {
            name: error_name(types),
            fields: fields(&method.error, errors),
        }
    };
    let variable =
        matches!(response, ResponseForm::View { .. }) || matches!(error, ErrorForm::View { .. });
    let out = variable.then(|| {
        let room = [&method.response, &method.error].map(|m| {
            m.layout
                .map_or(0, |l| l.size.saturating_add(l.arena_padded))
        });
        OutPlan {
            name: types.generated(joined(&stem, "Out")),
            param: params.fixed("out"),
            buf: (room[0].max(room[1]) <= LARGEST_BUF)
                .then(|| types.generated(joined(&stem, "Buf"))),
        }
    });
    MethodPlan {
        function,
        variant,
        table: values.generated(shouty(&method.name)),
        inputs,
        request,
        response,
        error,
        out,
    }
}
