//! What the JSON text holds, as plain data. The schema beside the compiler documents every part for its readers.
use super::id::Id;
use serde::Serialize;

/// Everything that one run describes.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub(super) format: &'static str,
    pub(super) version: u32,
    pub(super) generator: &'static str,
    pub(super) pointer_width: u32,
    pub(super) header_size: u64,
    pub(super) roots: Vec<Id>,
    pub(super) packages: Vec<Package>,
    pub(super) components: Vec<Component>,
    pub(super) externals: Vec<External>,
}

/// Where something is declared; both numbers count from 1, columns in characters.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A use of a name that was found nowhere.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct External {
    pub(super) name: String,
    pub(super) place: Place,
}

/// An IDL package.
#[derive(Debug, Serialize)]
pub(super) struct Package {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    pub(super) imports: Vec<Id>,
    pub(super) constants: Vec<Constant>,
    pub(super) types: Vec<TypeDef>,
    pub(super) interface: Option<Interface>,
    pub(super) digest: Option<String>,
}

/// A constant. The value is text: it may have more digits than a JSON reader's numbers.
#[derive(Debug, Serialize)]
pub(super) struct Constant {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    #[serde(rename = "type")]
    pub(super) ty: Type,
    pub(super) value: String,
}

/// A declared type.
#[derive(Debug, Serialize)]
pub(super) struct TypeDef {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    #[serde(flatten)]
    pub(super) kind: TypeDefKind,
    pub(super) layout: Option<Layout>,
}

/// Kinds of declared types.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum TypeDefKind {
    Alias {
        target: Type,
    },
    Struct {
        fields: Vec<Field>,
        shape: Option<Vec<Item>>,
    },
    Union {
        variants: Vec<Variant>,
        shape: Option<Vec<Item>>,
    },
}

/// A type as it is used.
#[derive(Debug, Serialize)]
pub(super) struct Type {
    /// As one would write it with full names.
    pub(super) text: String,
    #[serde(flatten)]
    pub(super) kind: TypeKind,
    pub(super) size: Option<u64>,
    pub(super) align: Option<u32>,
}

/// Kinds of types.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum TypeKind {
    Integer { name: &'static str, signed: bool },
    Handle { interface: Option<Id> },
    Bytes { max: u32 },
    String { max: u32 },
    Sequence { max: u32, element: Box<Type> },
    Array { count: u32, element: Box<Type> },
    Named { id: Id },
    External { id: Id },
}

/// A field or parameter.
#[derive(Debug, Serialize)]
pub(super) struct Field {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    #[serde(rename = "type")]
    pub(super) ty: Type,
    pub(super) offset: Option<u32>,
}

/// A variant of a union.
#[derive(Debug, Serialize)]
pub(super) struct Variant {
    pub(super) tag: usize,
    #[serde(flatten)]
    pub(super) field: Field,
}

/// Size and bounds of a type or message in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Layout {
    pub(super) size: u64,
    pub(super) align: u32,
    pub(super) arena: u64,
    pub(super) arena_padded: u64,
}

/// An interface.
#[derive(Debug, Serialize)]
pub(super) struct Interface {
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    pub(super) methods: Vec<Method>,
    pub(super) bounds: Option<Bounds>,
}

/// A method.
#[derive(Debug, Serialize)]
pub(super) struct Method {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) mid: usize,
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    pub(super) request: Message,
    pub(super) response: Message,
    pub(super) error: Message,
    pub(super) bounds: Option<Bounds>,
}

/// One direction of a method.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) id: Id,
    /// The header's second word.
    pub(super) ex: Option<u32>,
    pub(super) handles: u8,
    pub(super) params: Vec<Field>,
    pub(super) layout: Option<Layout>,
    pub(super) shape: Option<Vec<Item>>,
}

/// The largest messages of something.
#[derive(Debug, Serialize)]
pub(super) struct Bounds {
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

/// Something that the structure check looks at; offsets count from the start of the enclosing struct, union or message.
#[derive(Debug, Serialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub(super) enum Item {
    Zero {
        at: u32,
        len: u32,
    },
    String {
        at: u32,
        max: u32,
    },
    Bytes {
        at: u32,
        max: u32,
    },
    Sequence {
        at: u32,
        max: u32,
        element: Element,
    },
    Array {
        at: u32,
        count: u32,
        element: Element,
    },
    Union {
        at: u32,
        variants: Vec<Vec<Item>>,
    },
}

/// An element of a sequence or array: a declared type, whose shape stands there, or its items.
#[derive(Debug, Serialize)]
pub(super) struct Element {
    pub(super) size: u32,
    pub(super) align: u32,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) ty: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Vec<Item>>,
}

/// A component or process class.
#[derive(Debug, Serialize)]
pub(super) struct Component {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) docs: Vec<String>,
    pub(super) place: Option<Place>,
    pub(super) security: Option<Id>,
    pub(super) own_endpoints: Vec<OwnEndpoint>,
    pub(super) instances: Vec<Instance>,
    pub(super) endpoints: Option<Vec<Endpoint>>,
    pub(super) security_endpoints: Option<Vec<SecurityEndpoint>>,
    pub(super) bounds: Option<Bounds>,
    pub(super) digest: Option<String>,
}

/// An endpoint as declared.
#[derive(Debug, Serialize)]
pub(super) struct OwnEndpoint {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    pub(super) interface: Id,
}

/// An embedded component.
#[derive(Debug, Serialize)]
pub(super) struct Instance {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) place: Place,
    pub(super) component: Id,
}

/// A row of the flattened endpoint list.
#[derive(Debug, Serialize)]
pub(super) struct Endpoint {
    pub(super) id: Id,
    pub(super) riid: usize,
    pub(super) name: String,
    pub(super) alias: String,
    pub(super) path: Vec<String>,
    /// The endpoint of the component that declares it.
    pub(super) declared: Id,
    pub(super) interface: Id,
}

/// A row of the flattened list of security interfaces, which are numbered in their own space.
#[derive(Debug, Serialize)]
pub(super) struct SecurityEndpoint {
    pub(super) number: usize,
    /// Instance names from the top; empty for the component's own.
    pub(super) path: Vec<String>,
    pub(super) owner: Id,
    pub(super) interface: Id,
}
