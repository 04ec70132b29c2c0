//! What `nk-gen layout` says about a model, as plain data: printed as JSON, or as text by [`super::text`].
use super::c_names::{Number, of_component, of_package, prefix};
use crate::front::resolve::names::INTEGERS;
use crate::model::bounds::{self, Bounds};
use crate::model::{
    Component, ComponentId, ComponentKind, Field, FlatSecurity, Int, Layout, Message, Method,
    Model, Package, PackageId, PointerWidth, Root, Target, Type, TypeDef, TypeDefKind,
};
use crate::model::{digest, layout};
use serde::Serialize;

/// Everything about a description and what it uses. What depends on an external name is null.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The name that the file declares.
    pub(super) name: String,
    /// `package`, `component` or `process class`.
    pub(super) kind: &'static str,
    /// 32 or 64.
    pub(super) pointer_width: u32,
    /// Whether layouts of this pointer width have been compared with the vendor's.
    pub(super) verified: bool,
    /// Sizes that all layouts are made of.
    pub(super) primitives: Vec<Primitive>,
    /// All packages, what is used before its user.
    pub(super) packages: Vec<PackageReport>,
    /// All components and process classes, what is embedded before what embeds it.
    pub(super) components: Vec<ComponentReport>,
}

/// A type of the C headers that is not declared in a description.
#[derive(Debug, Serialize)]
pub(super) struct Primitive {
    pub(super) c_name: String,
    pub(super) size: u64,
    pub(super) align: u32,
}

/// A package.
#[derive(Debug, Serialize)]
pub(super) struct PackageReport {
    pub(super) name: String,
    pub(super) constants: Vec<ConstantReport>,
    pub(super) types: Vec<TypeReport>,
    /// Null without an interface.
    pub(super) methods: Option<Vec<MethodReport>>,
    pub(super) bounds: Option<BoundsReport>,
    pub(super) digest: Option<String>,
    /// The constants of the C header.
    pub(super) numbers: Vec<Number>,
}

/// A constant of a description.
#[derive(Debug, Serialize)]
pub(super) struct ConstantReport {
    pub(super) name: String,
    pub(super) c_name: String,
    #[serde(rename = "type")]
    pub(super) ty: &'static str,
    pub(super) c_type: String,
    pub(super) value: i128,
}

/// A declared type.
#[derive(Debug, Serialize)]
pub(super) struct TypeReport {
    pub(super) name: String,
    pub(super) c_name: String,
    pub(super) kind: &'static str,
    /// What a typedef stands for.
    pub(super) target: Option<String>,
    #[serde(flatten)]
    pub(super) layout: Option<LayoutReport>,
    pub(super) fields: Vec<FieldReport>,
}

/// Size and bounds of a type or a message.
#[derive(Debug, Serialize)]
pub(super) struct LayoutReport {
    pub(super) size: u64,
    pub(super) align: u32,
    pub(super) arena: u64,
    pub(super) arena_padded: u64,
}

/// A field, variant or parameter. In a union the position is the tag.
#[derive(Debug, Serialize)]
pub(super) struct FieldReport {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) ty: String,
    pub(super) offset: Option<u32>,
}

/// A method.
#[derive(Debug, Serialize)]
pub(super) struct MethodReport {
    pub(super) mid: usize,
    pub(super) name: String,
    pub(super) request: MessageReport,
    pub(super) response: MessageReport,
    pub(super) error: MessageReport,
}

/// One direction of a method.
#[derive(Debug, Serialize)]
pub(super) struct MessageReport {
    pub(super) c_name: String,
    /// `sizeof` of the C type. A response's C type has room for the error too.
    pub(super) c_size: Option<u64>,
    pub(super) handles: u8,
    #[serde(flatten)]
    pub(super) layout: Option<LayoutReport>,
    pub(super) params: Vec<FieldReport>,
}

/// The largest messages.
#[derive(Debug, Serialize)]
pub(super) struct BoundsReport {
    pub(super) request_size: u64,
    pub(super) response_size: u64,
    pub(super) request_arena: u64,
    pub(super) response_arena: u64,
    pub(super) request_arena_padded: u64,
    pub(super) response_arena_padded: u64,
    pub(super) request_handles: u8,
    pub(super) response_handles: u8,
    pub(super) error_handles: u8,
}

/// A component or process class.
#[derive(Debug, Serialize)]
pub(super) struct ComponentReport {
    pub(super) name: String,
    pub(super) kind: &'static str,
    /// All security interfaces; null when an embedded component is external.
    pub(super) security: Option<Vec<SecurityReport>>,
    /// All endpoints; null when an embedded component is external.
    pub(super) endpoints: Option<Vec<EndpointReport>>,
    pub(super) bounds: Option<BoundsReport>,
    pub(super) digest: Option<String>,
    /// The constants of the C header.
    pub(super) numbers: Vec<Number>,
}

/// A security interface; its numbers are a space of their own.
#[derive(Debug, Serialize)]
pub(super) struct SecurityReport {
    pub(super) riid: usize,
    pub(super) name: String,
    pub(super) interface: String,
}

/// An endpoint.
#[derive(Debug, Serialize)]
pub(super) struct EndpointReport {
    pub(super) riid: usize,
    pub(super) name: String,
    pub(super) alias: String,
    pub(super) interface: String,
}

/// The report about a model whose file declared `root`.
pub(super) fn report(model: &Model, root: Root) -> Report {
    let (name, kind) = match root {
        Root::Package(id) => (model.package(id).name.clone(), "package"),
        Root::Component(id) => (model.component(id).name.clone(), kind(model.component(id))),
    };
    let components = (0..).map(ComponentId).zip(&model.components);
    Report {
        name,
        kind,
        pointer_width: model.pointer_width.bytes() * 8,
        verified: model.pointer_width == PointerWidth::Bits64,
        primitives: primitives(model),
        packages: model
            .packages
            .iter()
            .map(|package| of(model, package))
            .collect(),
        components: components
            .map(|(id, component)| of_class(model, id, component))
            .collect(),
    }
}

fn primitives(model: &Model) -> Vec<Primitive> {
    let integers = INTEGERS
        .into_iter()
        .map(|int| (c_type(int), Type::Int(int)));
    let others = [
        ("nk_ptr_t", Type::Bytes(1)),
        ("nk_handle_desc_t", Type::Handle),
    ];
    let all = integers.chain(others.map(|(name, ty)| (name.to_owned(), ty)));
    let primitive = |(c_name, ty)| {
        let Layout { size, align, .. } = model.layout_of(&ty)?;
        Some(Primitive {
            c_name,
            size,
            align,
        })
    };
    let Layout { size, align, .. } = layout::header(model.pointer_width);
    let header = Primitive {
        c_name: "struct nk_message".to_owned(),
        size,
        align,
    };
    all.filter_map(primitive).chain([header]).collect()
}

/// The C type of an integer.
fn c_type(int: Int) -> String {
    match int {
        Int::Size => "nk_size_t".to_owned(),
        Int::Ptr => "nk_uintptr_t".to_owned(),
        // `UInt16` is `nk_uint16_t`, `SInt16` is `nk_sint16_t`
        _ => format!("nk_{}_t", int.name().to_ascii_lowercase()),
    }
}

fn of(model: &Model, package: &Package) -> PackageReport {
    let prefix = prefix(&package.name);
    let constant = |constant: &crate::model::Constant| ConstantReport {
        name: constant.name.clone(),
        c_name: format!("{prefix}_{}", constant.name),
        ty: constant.ty.name(),
        c_type: c_type(constant.ty),
        value: constant.value,
    };
    let interface = package.interface.as_ref();
    let methods = interface.map(|interface| {
        let methods = interface.methods.iter().enumerate();
        methods
            .map(|(mid, method)| of_method(model, &prefix, mid, method))
            .collect()
    });
    PackageReport {
        name: package.name.clone(),
        constants: package.constants.iter().map(constant).collect(),
        types: package
            .types
            .iter()
            .map(|ty| of_type(model, &prefix, ty))
            .collect(),
        methods,
        bounds: interface.and_then(bounds::of_interface).map(of_bounds),
        digest: of_digest(package.digest.as_ref()),
        numbers: of_package(model, package),
    }
}

fn of_type(model: &Model, prefix: &str, ty: &TypeDef) -> TypeReport {
    let (kind, target, fields) = match &ty.kind {
        TypeDefKind::Alias(target) => ("typedef", Some(written(model, target)), &[][..]),
        TypeDefKind::Struct(fields) => ("struct", None, fields.as_slice()),
        TypeDefKind::Union(variants) => ("union", None, variants.as_slice()),
    };
    TypeReport {
        name: ty.name.clone(),
        c_name: format!("{prefix}_{}", ty.name),
        kind,
        target,
        layout: ty.layout.map(of_layout),
        fields: of_fields(model, fields, ty.layout.is_some()),
    }
}

fn of_layout(layout: Layout) -> LayoutReport {
    let Layout {
        size,
        align,
        arena,
        arena_padded,
    } = layout;
    LayoutReport {
        size,
        align,
        arena,
        arena_padded,
    }
}

fn of_fields(model: &Model, fields: &[Field], laid_out: bool) -> Vec<FieldReport> {
    let field = |field: &Field| FieldReport {
        name: field.name.clone(),
        ty: written(model, &field.ty),
        offset: laid_out.then_some(field.offset),
    };
    fields.iter().map(field).collect()
}

fn of_method(model: &Model, prefix: &str, mid: usize, method: &Method) -> MethodReport {
    let size = |message: &Message| message.layout.map(|layout| layout.size);
    let (response, error) = (size(&method.response), size(&method.error));
    let message = |ending: &str, message: &Message, c_size| MessageReport {
        c_name: format!("{prefix}_{}_{ending}", method.name),
        c_size,
        handles: message.handles,
        layout: message.layout.map(of_layout),
        params: of_fields(model, &message.params, message.layout.is_some()),
    };
    MethodReport {
        mid,
        name: method.name.clone(),
        request: message("req", &method.request, size(&method.request)),
        response: message(
            "res",
            &method.response,
            response
                .zip(error)
                .map(|(response, error)| response.max(error)),
        ),
        error: message("err", &method.error, error),
    }
}

fn of_bounds(bounds: Bounds) -> BoundsReport {
    BoundsReport {
        request_size: bounds.request_size,
        response_size: bounds.response_size,
        request_arena: bounds.request_arena,
        response_arena: bounds.response_arena,
        request_arena_padded: bounds.request_arena_padded,
        response_arena_padded: bounds.response_arena_padded,
        request_handles: bounds.request_handles,
        response_handles: bounds.response_handles,
        error_handles: bounds.error_handles,
    }
}

fn of_class(model: &Model, id: ComponentId, component: &Component) -> ComponentReport {
    let endpoints = component.flattened.as_ref().map(|endpoints| {
        let endpoint = |(riid, endpoint): (usize, &crate::model::FlatEndpoint)| EndpointReport {
            riid,
            name: endpoint.name.clone(),
            alias: endpoint.alias.clone(),
            interface: package_name(model, &endpoint.interface).to_owned(),
        };
        endpoints.iter().enumerate().map(endpoint).collect()
    });
    ComponentReport {
        name: component.name.clone(),
        kind: kind(component),
        security: component
            .flattened_security
            .as_ref()
            .map(|security| of_security(model, security)),
        endpoints,
        bounds: model.bounds(id).map(of_bounds),
        digest: of_digest(component.digest.as_ref()),
        numbers: of_component(model, id),
    }
}

fn of_security(model: &Model, security: &[FlatSecurity]) -> Vec<SecurityReport> {
    let report = |(riid, security): (usize, &FlatSecurity)| SecurityReport {
        riid,
        name: security.name(),
        interface: package_name(model, &security.interface).to_owned(),
    };
    security.iter().enumerate().map(report).collect()
}

fn kind(component: &Component) -> &'static str {
    match component.kind {
        ComponentKind::Component => "component",
        ComponentKind::ProcessClass => "process class",
    }
}

/// A digest; null when there is none.
fn of_digest(bytes: Option<&[u8; 32]>) -> Option<String> {
    bytes.map(digest::hex)
}

/// A type as one would write it with full names.
fn written(model: &Model, ty: &Type) -> String {
    match ty {
        Type::Int(int) => int.name().to_owned(),
        Type::Handle => "Handle".to_owned(),
        Type::TypedHandle(target) => format!("handle<{}>", package_name(model, target)),
        Type::Bytes(n) => format!("bytes<{n}>"),
        Type::String(n) => format!("string<{n}>"),
        Type::Sequence(element, n) => format!("sequence<{}, {n}>", written(model, element)),
        Type::Array(element, n) => format!("array<{}, {n}>", written(model, element)),
        Type::Named(id) => format!(
            "{}.{}",
            model.package(id.package).name,
            model.type_def(*id).name
        ),
        Type::External(name) => name.clone(),
        Type::Wrong => String::new(),
    }
}

fn package_name<'m>(model: &'m Model, target: &'m Target<PackageId>) -> &'m str {
    match target {
        Target::Known(id) => &model.package(*id).name,
        Target::External(name) => name,
    }
}
