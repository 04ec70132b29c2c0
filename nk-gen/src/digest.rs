//! Digests of interfaces and classes: SHA-256 of a canonical text, so that two programs built from different versions of a
//! description notice it when they connect.
//!
//! # The canonical text
//!
//! Lines end in `\n`; indentation is one space. `<…>` stands for a value, `HEX` for 64 lower-case hexadecimal digits.
//!
//! *Types* are written by structure, typedefs followed to their end:
//!
//! | type | text |
//! |---|---|
//! | integers, `Handle` | their name in the language: `UInt32`, `UIntPtr`, `Handle` |
//! | `handle<a.B>` | `handle<a.B>` |
//! | `bytes<N>`, `string<N>` | `bytes<N>`, `string<N>`, N in decimal |
//! | `sequence<T, N>`, `array<T, N>` | `sequence<T,N>`, `array<T,N>` with T by this table |
//! | a struct or union | `HEX`, the SHA-256 of the text below |
//!
//! ```text
//! struct <package>.<name>          or: union <package>.<name>
//!  <field> <type>                  one line a field, in declaration order
//! ```
//!
//! *An interface*: methods in order; for each the parameters by direction, in the order in which they stand in the message
//! (handles first, `spec/idl.md` §9.4). A direction without parameters has its line too.
//!
//! ```text
//! interface <package>
//! method <mid> <name>
//!  in
//!   <parameter> <type>
//!  out
//!  error
//! ```
//!
//! *A component or process class*: all security interfaces and then all endpoints, each in the order of their RIIDs.
//!
//! ```text
//! component <name>                 or: class <name>
//! security <riid> <name> <package> HEX
//! endpoint <riid> <name> <alias> <package> HEX
//! ```
//!
//! So names, structure, bounds and numbering count; comments, file paths, how a constant is spelt, typedef names, and the
//! order of parameters that does not show in a message do not. A digest of 32 zero bytes means "none": the description
//! depends on an external name.
use crate::model::{Component, ComponentKind, Message, Model, Package, PackageId, Target, Type, TypeDefKind, TypeId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;

/// The digest of something that has none.
const NONE: [u8; 32] = [0; 32];

/// Fills in the digests of all packages with an interface, components and process classes.
pub(crate) fn stamp(model: &mut Model) {
    let digests = {
        let mut types = Types { model, known: HashMap::new() };
        model
            .packages
            .iter()
            .map(|package| interface(&mut types, package).map_or(NONE, |text| sha256(&text)))
            .collect::<Vec<_>>()
    };
    for (package, digest) in model.packages.iter_mut().zip(digests) {
        package.digest = digest;
    }
    let digests: Vec<_> = model.components.iter().map(|c| class(model, c).map_or(NONE, |text| sha256(&text))).collect();
    for (component, digest) in model.components.iter_mut().zip(digests) {
        component.digest = digest;
    }
}

/// A digest as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hex(digest: &[u8; 32]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The texts of declared types, each made once: a struct that has two fields of the struct before doubles otherwise.
struct Types<'m> {
    model: &'m Model,
    known: HashMap<TypeId, Option<String>>,
}

impl Types<'_> {
    /// The canonical text of a type; `None` when it is external.
    fn text(&mut self, ty: &Type) -> Option<String> {
        Some(match self.model.strip(ty) {
            Type::Int(int) => int.name().to_owned(),
            Type::Handle => "Handle".to_owned(),
            Type::TypedHandle(target) => format!("handle<{}>", target_name(self.model, target)),
            Type::Bytes(n) => format!("bytes<{n}>"),
            Type::String(n) => format!("string<{n}>"),
            Type::Sequence(element, n) => format!("sequence<{},{n}>", self.text(element)?),
            Type::Array(element, n) => format!("array<{},{n}>", self.text(element)?),
            Type::Named(id) => self.declared(*id)?,
            Type::External(_) => return None,
        })
    }

    fn declared(&mut self, id: TypeId) -> Option<String> {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let ty = self.model.type_def(id);
        let (word, fields) = match &ty.kind {
            TypeDefKind::Struct(fields) => ("struct", fields),
            TypeDefKind::Union(variants) => ("union", variants),
            // a typedef was followed by the caller
            TypeDefKind::Alias(_) => return None,
        };
        let mut text = format!("{word} {}.{}\n", self.model.package(id.package).name, ty.name);
        let complete = fields.iter().all(|field| {
            let of_field = self.text(&field.ty);
            of_field.is_some_and(|of_field| writeln!(text, " {} {of_field}", field.name).is_ok())
        });
        let digest = complete.then(|| hex(&sha256(&text)));
        self.known.insert(id, digest.clone());
        digest
    }
}

fn interface(types: &mut Types<'_>, package: &Package) -> Option<String> {
    let interface = package.interface.as_ref()?;
    let mut text = format!("interface {}\n", package.name);
    for (mid, method) in interface.methods.iter().enumerate() {
        writeln!(text, "method {mid} {}", method.name).ok()?;
        for (word, message) in [("in", &method.request), ("out", &method.response), ("error", &method.error)] {
            writeln!(text, " {word}").ok()?;
            direction(types, message, &mut text)?;
        }
    }
    Some(text)
}

fn direction(types: &mut Types<'_>, message: &Message, text: &mut String) -> Option<()> {
    message.layout?;
    let mut params: Vec<_> = message.params.iter().collect();
    params.sort_by_key(|param| param.offset);
    for param in params {
        let ty = types.text(&param.ty)?;
        writeln!(text, "  {} {ty}", param.name).ok()?;
    }
    Some(())
}

fn class(model: &Model, component: &Component) -> Option<String> {
    let word = match component.kind {
        ComponentKind::Component => "component",
        ComponentKind::ProcessClass => "class",
    };
    let mut text = format!("{word} {}\n", component.name);
    for (riid, security) in component.flattened_security.as_ref()?.iter().enumerate() {
        let interface = interface_digest(model, &security.interface)?;
        writeln!(text, "security {riid} {} {interface}", security.name()).ok()?;
    }
    for (riid, endpoint) in component.flattened.as_ref()?.iter().enumerate() {
        let interface = interface_digest(model, &endpoint.interface)?;
        writeln!(text, "endpoint {riid} {} {} {interface}", endpoint.name, endpoint.alias).ok()?;
    }
    Some(text)
}

/// Name and digest of an interface; `None` when it has none.
fn interface_digest(model: &Model, target: &Target<PackageId>) -> Option<String> {
    let package = model.package(target.known()?);
    (package.digest != NONE).then(|| format!("{} {}", package.name, hex(&package.digest)))
}

fn target_name<'m>(model: &'m Model, target: &'m Target<PackageId>) -> &'m str {
    match target {
        Target::Known(id) => &model.package(*id).name,
        Target::External(name) => name,
    }
}
