//! The part of the JSON model that messages are made of, with names followed and parameters in layout order.
use serde_json::Value;
use std::collections::BTreeMap;

/// What a JSON model says about messages.
#[derive(Debug)]
pub struct Model {
    /// Interfaces by their full names.
    pub interfaces: BTreeMap<String, Interface>,
    /// The interfaces of each process class's endpoints, by RIID.
    pub classes: BTreeMap<String, Vec<String>>,
}

/// An interface.
#[derive(Debug)]
pub struct Interface {
    /// Methods by MID.
    pub methods: Vec<Method>,
}

/// A method.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// The `in` parameters.
    pub request: Message,
    /// The `out` parameters.
    pub response: Message,
    /// The `error` parameters.
    pub error: Message,
}

/// Which message of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the client.
    Request,
    /// From the server.
    Response,
    /// From the server, with the error flag.
    Error,
}

/// One direction of a method.
#[derive(Debug)]
pub struct Message {
    /// Bytes of the constant part.
    pub size: u128,
    /// Handle descriptors.
    pub handles: u128,
    /// Parameters in layout order.
    pub fields: Vec<Field>,
}

/// A parameter, field or variant.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Bytes from the start of the message, struct or union.
    pub offset: u128,
    /// Its type.
    pub ty: Box<Type>,
}

/// A type with nothing left to look up.
#[derive(Debug)]
pub struct Type {
    /// Bytes in place.
    pub size: u128,
    /// Alignment.
    pub align: u128,
    /// What it is.
    pub kind: Kind,
}

/// Kinds of types.
#[derive(Debug)]
pub enum Kind {
    /// Two's complement when signed.
    Integer {
        /// Whether it has a sign.
        signed: bool,
    },
    /// A handle descriptor.
    Handle,
    /// At most so many bytes.
    Bytes(u128),
    /// At most so many bytes of text and a NUL.
    Text(u128),
    /// At most so many elements.
    Sequence(u128, Box<Type>),
    /// Exactly so many elements, in place.
    Array(u128, Box<Type>),
    /// Fields in layout order.
    Struct(Vec<Field>),
    /// Variants by tag.
    Union(Vec<Field>),
}

impl Type {
    /// Whether something of it stands in the arena.
    #[must_use]
    pub fn variable(&self) -> bool {
        match &self.kind {
            Kind::Integer { .. } | Kind::Handle => false,
            Kind::Bytes(_) | Kind::Text(_) | Kind::Sequence(..) => true,
            Kind::Array(_, element) => element.variable(),
            Kind::Struct(fields) | Kind::Union(fields) => {
                fields.iter().any(|field| field.ty.variable())
            }
        }
    }

    /// Whether elements of it are looked at one by one: something in them can be wrong. Elements that are arrays always
    /// are.
    #[must_use]
    pub fn looked_at(&self) -> bool {
        match &self.kind {
            Kind::Integer { .. } | Kind::Handle => false,
            Kind::Bytes(_)
            | Kind::Text(_)
            | Kind::Sequence(..)
            | Kind::Array(..)
            | Kind::Union(_) => true,
            Kind::Struct(fields) => {
                let filled: u128 = fields.iter().map(|field| field.ty.size).sum();
                filled < self.size || fields.iter().any(|field| field.ty.inside())
            }
        }
    }

    /// As [`Type::looked_at`], for something in place: an array counts only for what its elements are.
    #[must_use]
    pub fn inside(&self) -> bool {
        match &self.kind {
            Kind::Array(_, element) => element.inside(),
            _ => self.looked_at(),
        }
    }
}

impl Message {
    /// Whether it can have an arena.
    #[must_use]
    pub fn variable(&self) -> bool {
        self.fields.iter().any(|field| field.ty.variable())
    }
}

impl Method {
    /// One of its messages.
    #[must_use]
    pub fn message(&self, direction: Direction) -> &Message {
        match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
            Direction::Error => &self.error,
        }
    }
}

impl Model {
    /// Reads a model.
    ///
    /// # Panics
    /// When the text does not hold to the schema; tests of this crate read goldens only.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test's input is wrong")]
    pub fn read(text: &str) -> Self {
        let model: Value = serde_json::from_str(text).expect("JSON");
        let types = list(&model["packages"]).flat_map(|package| list(&package["types"]));
        let types = Types(types.map(|ty| (text_of(&ty["id"]), ty)).collect());
        let interfaces = list(&model["packages"]).filter(|package| !package["interface"].is_null());
        let interfaces = interfaces.map(|package| {
            (
                text_of(&package["name"]),
                types.interface(&package["interface"]),
            )
        });
        let classes =
            list(&model["components"]).filter(|component| component["kind"] == "process_class");
        let classes = classes.map(|class| {
            let interface =
                |endpoint: &Value| text_of(&endpoint["interface"]).replace("package:", "");
            (
                text_of(&class["name"]),
                list(&class["endpoints"]).map(interface).collect(),
            )
        });
        Self {
            interfaces: interfaces.collect(),
            classes: classes.collect(),
        }
    }

    /// An interface and a method of a class, by RIID and MID.
    ///
    /// # Errors
    /// [`super::Rule::NoEndpoint`], [`super::Rule::NoMethod`].
    pub fn method(&self, class: &str, riid: u16, mid: u16) -> Result<(&str, &Method), super::Rule> {
        let endpoints = self.classes.get(class).map_or(&[][..], Vec::as_slice);
        let interface = endpoints
            .get(usize::from(riid))
            .ok_or(super::Rule::NoEndpoint)?;
        let methods = self
            .interfaces
            .get(interface)
            .map_or(&[][..], |interface| &interface.methods);
        Ok((
            interface,
            methods.get(usize::from(mid)).ok_or(super::Rule::NoMethod)?,
        ))
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> u128 {
    value.as_u64().unwrap_or_default().into()
}

/// Declared types by id.
struct Types<'v>(BTreeMap<String, &'v Value>);

impl Types<'_> {
    fn interface(&self, interface: &Value) -> Interface {
        let methods = list(&interface["methods"]).map(|method| Method {
            name: text_of(&method["name"]),
            request: self.message(&method["request"]),
            response: self.message(&method["response"]),
            error: self.message(&method["error"]),
        });
        Interface {
            methods: methods.collect(),
        }
    }

    fn message(&self, message: &Value) -> Message {
        let (size, handles) = (
            number(&message["layout"]["size"]),
            number(&message["handles"]),
        );
        let mut fields = self.fields(&message["params"]);
        fields.sort_by_key(|field| field.offset);
        Message {
            size,
            handles,
            fields,
        }
    }

    fn fields(&self, fields: &Value) -> Vec<Field> {
        let field = |field: &Value| Field {
            name: text_of(&field["name"]),
            offset: number(&field["offset"]),
            ty: Box::new(self.ty(&field["type"])),
        };
        list(fields).map(field).collect()
    }

    fn ty(&self, ty: &Value) -> Type {
        let element = || Box::new(self.ty(&ty["element"]));
        let kind = match ty["kind"].as_str().unwrap_or_default() {
            "integer" => Kind::Integer {
                signed: ty["signed"] == true,
            },
            "handle" => Kind::Handle,
            "bytes" => Kind::Bytes(number(&ty["max"])),
            "string" => Kind::Text(number(&ty["max"])),
            "sequence" => Kind::Sequence(number(&ty["max"]), element()),
            "array" => Kind::Array(number(&ty["count"]), element()),
            "named" => return self.declared(&text_of(&ty["id"])),
            other => panic!("a type of kind `{other}` has no messages"),
        };
        Type {
            size: number(&ty["size"]),
            align: number(&ty["align"]),
            kind,
        }
    }

    fn declared(&self, id: &str) -> Type {
        let ty = self.0[id];
        let kind = match ty["kind"].as_str().unwrap_or_default() {
            "struct" => Kind::Struct(self.fields(&ty["fields"])),
            "union" => Kind::Union(self.fields(&ty["variants"])),
            _ => return self.ty(&ty["target"]),
        };
        Type {
            size: number(&ty["layout"]["size"]),
            align: number(&ty["layout"]["align"]),
            kind,
        }
    }
}
