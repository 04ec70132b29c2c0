//! The parts of the JSON that a reference needs; `schema/nk-model.schema.json` says what they mean.
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Model {
    pub(crate) format: String,
    pub(crate) version: u32,
    pub(crate) generator: String,
    pub(crate) packages: Vec<Package>,
    pub(crate) components: Vec<Component>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) place: Place,
    pub(crate) imports: Vec<String>,
    pub(crate) constants: Vec<Constant>,
    pub(crate) types: Vec<TypeDef>,
    pub(crate) interface: Option<Interface>,
    pub(crate) digest: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
}

#[derive(Deserialize)]
pub(crate) struct Constant {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) ty: Type,
    pub(crate) value: String,
}

#[derive(Deserialize)]
pub(crate) struct TypeDef {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) place: Place,
    #[serde(flatten)]
    pub(crate) kind: TypeDefKind,
    pub(crate) layout: Option<Layout>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum TypeDefKind {
    Alias { target: Type },
    Struct { fields: Vec<Field> },
    Union { variants: Vec<Field> },
}

#[derive(Deserialize)]
pub(crate) struct Layout {
    pub(crate) size: u64,
    pub(crate) align: u32,
    pub(crate) arena_padded: u64,
}

/// A field, variant or parameter; a variant's tag is its position.
#[derive(Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) ty: Type,
    pub(crate) offset: Option<u32>,
}

#[derive(Deserialize)]
pub(crate) struct Type {
    pub(crate) text: String,
    pub(crate) size: Option<u64>,
    #[serde(flatten)]
    pub(crate) kind: TypeKind,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum TypeKind {
    Sequence {
        max: u32,
        element: Box<Type>,
    },
    Array {
        count: u32,
        element: Box<Type>,
    },
    Named {
        id: String,
    },
    Handle {
        interface: Option<String>,
    },
    /// Integers, bytes, strings, external types: their text says it all.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(crate) struct Interface {
    pub(crate) docs: Vec<String>,
    pub(crate) methods: Vec<Method>,
}

#[derive(Deserialize)]
pub(crate) struct Method {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mid: u32,
    pub(crate) docs: Vec<String>,
    pub(crate) place: Place,
    pub(crate) request: Message,
    pub(crate) response: Message,
    pub(crate) error: Message,
}

#[derive(Deserialize)]
pub(crate) struct Message {
    pub(crate) handles: u8,
    pub(crate) params: Vec<Field>,
    pub(crate) layout: Option<Layout>,
}

#[derive(Deserialize)]
pub(crate) struct Component {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) docs: Vec<String>,
    pub(crate) security: Option<String>,
    pub(crate) instances: Vec<Instance>,
    pub(crate) endpoints: Option<Vec<Endpoint>>,
    pub(crate) bounds: Option<Bounds>,
    pub(crate) digest: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Instance {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) component: String,
}

#[derive(Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) riid: u32,
    pub(crate) name: String,
    pub(crate) alias: String,
    pub(crate) interface: String,
}

#[derive(Deserialize)]
pub(crate) struct Bounds {
    pub(crate) request_size: u64,
    pub(crate) response_size: u64,
    pub(crate) request_arena_padded: u64,
    pub(crate) response_arena_padded: u64,
}
