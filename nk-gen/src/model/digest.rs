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
//! (handles first, `docs/wire.md` §3). A direction without parameters has its line too.
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
//! order of parameters that does not show in a message do not. What depends on an external name has no digest.
use crate::model::{
    Component, ComponentKind, Field, Model, Package, PackageId, Target, Type, TypeDefKind, TypeId,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;

/// Fills in the digests of all packages with an interface, components and process classes.
pub(crate) fn stamp(model: &mut Model) {
    let digests = {
        let mut types = Types {
            model,
            known: HashMap::new(),
        };
        model
            .packages
            .iter()
            .map(|package| interface(&mut types, package).map(|text| sha256(&text)))
            .collect::<Vec<_>>()
    };
    for (package, digest) in model.packages.iter_mut().zip(digests) {
        package.digest = digest;
    }
    let digests: Vec<_> = model
        .components
        .iter()
        .map(|c| class(model, c).map(|text| sha256(&text)))
        .collect();
    for (component, digest) in model.components.iter_mut().zip(digests) {
        component.digest = digest;
    }
}

/// A digest as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hex(digest: &[u8; 32]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    digest
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
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
    /// Adds the canonical text of a type; `None` when it is external.
    fn add(&mut self, ty: &Type, text: &mut String) -> Option<()> {
        match self.model.strip(ty) {
            Type::Int(int) => text.push_str(int.name()),
            Type::Handle => text.push_str("Handle"),
            Type::TypedHandle(target) => {
                write!(text, "handle<{}>", target_name(self.model, target)).ok()?;
            }
            Type::Bytes(n) => write!(text, "bytes<{n}>").ok()?,
            Type::String(n) => write!(text, "string<{n}>").ok()?,
            Type::Sequence(element, n) => self.add_list("sequence<", element, *n, text)?,
            Type::Array(element, n) => self.add_list("array<", element, *n, text)?,
            Type::Named(id) => self.add_declared(*id, text)?,
            Type::External(_) | Type::Wrong => return None,
        }
        Some(())
    }

    fn add_list(&mut self, word: &str, element: &Type, n: u32, text: &mut String) -> Option<()> {
        text.push_str(word);
        self.add(element, text)?;
        write!(text, ",{n}>").ok()
    }

    fn add_declared(&mut self, id: TypeId, text: &mut String) -> Option<()> {
        if !self.known.contains_key(&id) {
            let digest = self.declared(id);
            self.known.insert(id, digest);
        }
        text.push_str(self.known.get(&id)?.as_deref()?);
        Some(())
    }

    fn declared(&mut self, id: TypeId) -> Option<String> {
        let ty = self.model.type_def(id);
        let (word, fields) = match &ty.kind {
            TypeDefKind::Struct(fields) => ("struct", fields),
            TypeDefKind::Union(variants) => ("union", variants),
            // a typedef was followed by the caller
            TypeDefKind::Alias(_) => return None,
        };
        let mut text = format!(
            "{word} {}.{}\n",
            self.model.package(id.package).name,
            ty.name
        );
        for field in fields {
            self.add_line(" ", field, &mut text)?;
        }
        Some(hex(&sha256(&text)))
    }

    /// Adds the line of a field or parameter.
    fn add_line(&mut self, indent: &str, field: &Field, text: &mut String) -> Option<()> {
        text.push_str(indent);
        text.push_str(&field.name);
        text.push(' ');
        self.add(&field.ty, text)?;
        text.push('\n');
        Some(())
    }
}

fn interface(types: &mut Types<'_>, package: &Package) -> Option<String> {
    let interface = package.interface.as_ref()?;
    let mut text = format!("interface {}\n", package.name);
    for (mid, method) in interface.methods.iter().enumerate() {
        writeln!(text, "method {mid} {}", method.name).ok()?;
        for (line, message) in [
            (" in\n", &method.request),
            (" out\n", &method.response),
            (" error\n", &method.error),
        ] {
            text.push_str(line);
            message.layout?;
            let mut params: Vec<_> = message.params.iter().collect();
            params.sort_by_key(|param| param.offset);
            for param in params {
                types.add_line("  ", param, &mut text)?;
            }
        }
    }
    Some(text)
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
        writeln!(
            text,
            "endpoint {riid} {} {} {interface}",
            endpoint.name, endpoint.alias
        )
        .ok()?;
    }
    Some(text)
}

/// Name and digest of an interface; `None` when it has none.
fn interface_digest(model: &Model, target: &Target<PackageId>) -> Option<String> {
    let package = model.package(target.known()?);
    let digest = package.digest.as_ref()?;
    Some(format!("{} {}", package.name, hex(digest)))
}

fn target_name<'m>(model: &'m Model, target: &'m Target<PackageId>) -> &'m str {
    match target {
        Target::Known(id) => &model.package(*id).name,
        Target::External(name) => name,
    }
}
