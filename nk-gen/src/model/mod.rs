//! The model: resolved ids, evaluated constants, offsets, numbers and bounds, as plain data. Every backend and the policy
//! compiler read this and nothing else.
//!
//! Layouts are for targets of [`Model::pointer_width`], 64 bits unless asked otherwise (`docs/wire.md` §1–§6). A part that depends on an *external* name (`--external`)
//! has no layout: [`Layout`] and [`Message`] are `None` there, and a backend refuses it ([`Model::externals`]).
pub mod bounds;
pub mod digest;
pub(crate) mod handles;
pub mod layout;
pub(crate) mod numbering;
pub mod shape;

use crate::text::diagnostic::Place;

/// Index into [`Model::packages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub u32);
/// Index into [`Model::components`]; components and process classes share one name set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId(pub u32);

impl PackageId {
    /// The id of the package at a position; positions are bounded by the number of files (E113).
    pub(crate) fn at(position: usize) -> Self {
        Self(index(position))
    }
}

impl ComponentId {
    /// The id of the component at a position; positions are bounded by the number of files (E113).
    pub(crate) fn at(position: usize) -> Self {
        Self(index(position))
    }
}

/// A position as an index of the model; positions are bounded by the size of a file (E008).
pub(crate) fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// What a file of the command line declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// A package.
    Package(PackageId),
    /// A component or process class.
    Component(ComponentId),
}

/// A declared type: its package and its position in [`Package::types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId {
    /// The declaring package.
    pub package: PackageId,
    /// Position in [`Package::types`].
    pub index: u32,
}

/// Something that a description refers to by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<Id> {
    /// It is part of the model.
    Known(Id),
    /// It was found nowhere and is covered by `--external`: its full name.
    External(String),
}

impl<Id: Copy> Target<Id> {
    /// The id, unless external.
    #[must_use]
    pub fn known(&self) -> Option<Id> {
        match self {
            Self::Known(id) => Some(*id),
            Self::External(_) => None,
        }
    }
}

/// The size of pointers of the targets that layouts are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PointerWidth {
    /// 4 bytes. Inferred, not verified: no header of such a target was there to compare with (`docs/languages.md` §12, Q16).
    Bits32,
    /// 8 bytes.
    #[default]
    Bits64,
}

impl PointerWidth {
    /// Bytes of a pointer, which is also its alignment.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }
}

/// Everything that one run describes, in dependency order (what is used stands before its user).
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// The targets that all layouts are for.
    pub pointer_width: PointerWidth,
    /// IDL packages.
    pub packages: Vec<Package>,
    /// CDL components and EDL process classes.
    pub components: Vec<Component>,
    /// External names whose layout or content the descriptions need, in order of use; generating code is not possible
    /// while there are any.
    pub externals: Vec<ExternalUse>,
}

/// A use of a name that was found nowhere and is covered by `--external`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalUse {
    /// The full name, as far as known.
    pub name: String,
    /// Where it is used.
    pub place: Place,
}

/// An IDL package.
#[derive(Debug, Clone)]
pub struct Package {
    /// Full name, `a.b.Name`.
    pub name: String,
    /// The declared name in its file.
    pub place: Place,
    /// Documentation lines.
    pub docs: Vec<String>,
    /// Directly imported packages.
    pub imports: Vec<Target<PackageId>>,
    /// Constants in order.
    pub constants: Vec<Constant>,
    /// Declared types in order.
    pub types: Vec<TypeDef>,
    /// The interface, if the package has one.
    pub interface: Option<Interface>,
    /// SHA-256 of the canonical form of the interface with all types it uses; zero when it depends on something external.
    pub digest: Option<[u8; 32]>,
}

/// A named constant.
#[derive(Debug, Clone)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// Documentation lines.
    pub docs: Vec<String>,
    /// Its place.
    pub place: Place,
    /// The integer type behind the declared type.
    pub ty: Int,
    /// The evaluated value; fits `ty`.
    pub value: i128,
}

/// Integer types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Int {
    /// `UInt8`
    U8,
    /// `UInt16`
    U16,
    /// `UInt32`
    U32,
    /// `UInt64`
    U64,
    /// `SInt8`
    I8,
    /// `SInt16`
    I16,
    /// `SInt32`
    I32,
    /// `SInt64`
    I64,
    /// `UIntSize`: as wide as a pointer
    Size,
    /// `UIntPtr`: as wide as a pointer
    Ptr,
}

impl Int {
    /// The name in the description language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "UInt8",
            Self::U16 => "UInt16",
            Self::U32 => "UInt32",
            Self::U64 => "UInt64",
            Self::I8 => "SInt8",
            Self::I16 => "SInt16",
            Self::I32 => "SInt32",
            Self::I64 => "SInt64",
            Self::Size => "UIntSize",
            Self::Ptr => "UIntPtr",
        }
    }
    /// Size and alignment in bytes on a target with pointers of this width.
    #[must_use]
    pub const fn size_on(self, pointers: PointerWidth) -> u32 {
        match self {
            Self::Size | Self::Ptr => pointers.bytes(),
            _ => self.size(),
        }
    }
    /// Size and alignment in bytes on 64-bit targets, which code is generated for.
    #[must_use]
    pub const fn size(self) -> u32 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 | Self::I64 | Self::Size | Self::Ptr => 8,
        }
    }
    /// Whether it has a sign.
    #[must_use]
    pub const fn signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }
}

/// A type as written, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// An integer.
    Int(Int),
    /// `Handle`
    Handle,
    /// `handle<Iface>`
    TypedHandle(Target<PackageId>),
    /// `bytes<N>`
    Bytes(u32),
    /// `string<N>`: N bytes of UTF-8 and a terminator
    String(u32),
    /// `sequence<T, N>`
    Sequence(Box<Type>, u32),
    /// `array<T, N>`
    Array(Box<Type>, u32),
    /// A declared type; `typedef`s are kept so that a backend can show them.
    Named(TypeId),
    /// A type that was found nowhere (`--external`).
    External(String),
    /// Stands for a type that is wrong, which has been reported.
    Wrong,
}

/// A declared type.
#[derive(Debug, Clone)]
pub struct TypeDef {
    /// Its name.
    pub name: String,
    /// Documentation lines.
    pub docs: Vec<String>,
    /// Its place.
    pub place: Place,
    /// What it is.
    pub kind: TypeDefKind,
    /// Its layout; `None` when it depends on an external name.
    pub layout: Option<Layout>,
}

/// Kinds of declared types.
#[derive(Debug, Clone)]
pub enum TypeDefKind {
    /// `typedef`
    Alias(Type),
    /// `struct`
    Struct(Vec<Field>),
    /// `union`: variants in tag order
    Union(Vec<Field>),
}

/// A field, variant or parameter.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Documentation lines (empty for parameters).
    pub docs: Vec<String>,
    /// Its place.
    pub place: Place,
    /// Its type.
    pub ty: Type,
    /// Offset in bytes from the start of the enclosing struct, union (its tag) or message (its header). 0 when the
    /// enclosing type has no layout.
    pub offset: u32,
}

/// Size and bounds of a type (`docs/wire.md` §1–§6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// Bytes in the constant part or as an element.
    pub size: u64,
    /// Alignment in bytes.
    pub align: u32,
    /// Largest arena by the vendor's rule (`docs/wire.md` §6, a plain sum of sizes). Saturates at `u64::MAX`.
    pub arena: u64,
    /// Largest arena that a writer in walk order can need: Σ(size) + Σ(align − 1) over all chunks. Saturates.
    pub arena_padded: u64,
}

/// An interface.
#[derive(Debug, Clone)]
pub struct Interface {
    /// Documentation lines.
    pub docs: Vec<String>,
    /// Methods; the MID is the position.
    pub methods: Vec<Method>,
    /// Where the block stands.
    pub place: Place,
}

/// A method.
#[derive(Debug, Clone)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// Documentation lines.
    pub docs: Vec<String>,
    /// Its place.
    pub place: Place,
    /// `in` parameters.
    pub request: Message,
    /// `out` parameters.
    pub response: Message,
    /// `error` parameters.
    pub error: Message,
}

/// One direction of a method.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Parameters in declaration order (their offsets have handles first, `docs/wire.md` §3).
    pub params: Vec<Field>,
    /// Number of handle descriptors.
    pub handles: u8,
    /// Size of the constant part (header included) and arena bounds of this direction alone; `None` when external.
    pub layout: Option<Layout>,
}

/// A component (CDL) or a process class (EDL).
#[derive(Debug, Clone)]
pub struct Component {
    /// Full name.
    pub name: String,
    /// Which of the two.
    pub kind: ComponentKind,
    /// The declared name in its file; `None` for the class `Einit` that exists without a file.
    pub place: Option<Place>,
    /// Documentation lines.
    pub docs: Vec<String>,
    /// The security interface.
    pub security: Option<Target<PackageId>>,
    /// Its own endpoints in order.
    pub endpoints: Vec<Endpoint>,
    /// Embedded component instances in order.
    pub instances: Vec<Instance>,
    /// All endpoints, own first, then those of each instance, depth first; the RIID (relative to this component) is the
    /// position. `None` when an instance is external: what follows has no number.
    pub flattened: Option<Vec<FlatEndpoint>>,
    /// All security interfaces in the same order, numbered in a space of their own (`docs/languages.md` §8.2).
    pub flattened_security: Option<Vec<FlatSecurity>>,
    /// SHA-256 of the canonical form of the description with everything it uses; zero when it depends on something external.
    pub digest: Option<[u8; 32]>,
}

/// Component or process class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComponentKind {
    /// CDL
    Component,
    /// EDL
    ProcessClass,
}

/// An endpoint of a component or process class.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Documentation lines.
    pub docs: Vec<String>,
    /// Its place.
    pub place: Place,
    /// Its interface.
    pub interface: Target<PackageId>,
}

/// An embedded component.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The instance's name.
    pub name: String,
    /// Documentation lines.
    pub docs: Vec<String>,
    /// Its place.
    pub place: Place,
    /// The component.
    pub component: Target<ComponentId>,
}

/// A row of the flattened endpoint list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatEndpoint {
    /// Instance names from the top, then the endpoint's name: `["OpsComp", "FS"]`.
    pub path: Vec<String>,
    /// The path joined by dots: `OpsComp.FS`.
    pub name: String,
    /// The second spelling (`docs/languages.md` §8.4): `Operations.FS`, `Server.main`.
    pub alias: String,
    /// The component that declares the endpoint.
    pub owner: ComponentId,
    /// Its interface.
    pub interface: Target<PackageId>,
}

/// A row of the flattened list of security interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatSecurity {
    /// Instance names from the top; empty for the component's own.
    pub path: Vec<String>,
    /// The component that declares it.
    pub owner: ComponentId,
    /// The interface.
    pub interface: Target<PackageId>,
}

impl FlatSecurity {
    /// The instance path and the word `security`, joined by dots: `left.security`, or `security` for the component's own.
    #[must_use]
    pub fn name(&self) -> String {
        self.path
            .iter()
            .map(String::as_str)
            .chain(["security"])
            .collect::<Vec<_>>()
            .join(".")
    }
}

impl Model {
    /// A package by its id.
    ///
    /// # Panics
    /// With an id of another model.
    #[must_use]
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }
    /// A component or process class by its id.
    ///
    /// # Panics
    /// With an id of another model.
    #[must_use]
    pub fn component(&self, id: ComponentId) -> &Component {
        &self.components[id.0 as usize]
    }
    /// A declared type by its id.
    ///
    /// # Panics
    /// With an id of another model.
    #[must_use]
    pub fn type_def(&self, id: TypeId) -> &TypeDef {
        &self.package(id.package).types[id.index as usize]
    }
    /// The type behind any number of `typedef`s: never a [`Type::Named`] that is an alias.
    #[must_use]
    pub fn strip<'m>(&'m self, mut ty: &'m Type) -> &'m Type {
        while let Type::Named(id) = ty {
            match &self.type_def(*id).kind {
                TypeDefKind::Alias(target) => ty = target,
                _ => break,
            }
        }
        ty
    }
    /// The package of a full name.
    #[must_use]
    pub fn package_named(&self, name: &str) -> Option<PackageId> {
        let i = self.packages.iter().position(|p| p.name == name)?;
        u32::try_from(i).ok().map(PackageId)
    }
    /// The component or process class of a full name.
    #[must_use]
    pub fn component_named(&self, name: &str) -> Option<ComponentId> {
        let i = self.components.iter().position(|c| c.name == name)?;
        u32::try_from(i).ok().map(ComponentId)
    }
}
