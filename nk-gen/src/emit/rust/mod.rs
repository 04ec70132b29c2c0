//! The Rust backend: plan, then tokens, then their layout. What is generated is fixed by `docs/generated-rust.md`.
mod component;
mod docs;
mod interface;
mod layout;
mod messages;
mod names;
mod package;
mod plan;
mod sections;
mod tables;
mod tree;
mod types;

pub use sections::{Section, Sections};

use crate::model::{Component, ComponentKind, Model, PackageId};
use crate::options::limits::{Limits, raise};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use plan::{ModulePath, Plan};
use proc_macro2::{Ident, TokenStream};
use std::path::PathBuf;
use tree::Module;
use types::Names;

/// Choices of the caller.
#[derive(Debug, Clone)]
pub struct Options {
    /// Packages whose module stands in another crate.
    pub extern_packages: Vec<ExternPackage>,
    /// The parts that are generated.
    pub sections: Sections,
    /// Most bytes of Rust for one description (E314): its tokens with a blank between them.
    pub generated_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        let generated_bytes = Limits::DEFAULT.generated_bytes;
        Self {
            extern_packages: Vec::new(),
            sections: Sections::default(),
            generated_bytes,
        }
    }
}

impl Options {
    fn extern_module(&self, name: &str) -> Option<TokenStream> {
        let mut packages = self.extern_packages.iter();
        let package = packages.find(|package| package.name == name)?;
        names::path(&package.module)
    }
}

/// A package, component or process class whose module stands in another crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternPackage {
    name: String,
    module: String,
}

impl ExternPackage {
    /// The full name and the path of its module: `farm.Sensor`, `::farm_api::nk::farm::sensor`.
    ///
    /// # Errors
    /// The path is none, so that generated text would be no Rust: says so for a person.
    pub fn new(name: impl Into<String>, module: impl Into<String>) -> Result<Self, String> {
        let (name, module) = (name.into(), module.into());
        if names::path(&module).is_some() {
            return Ok(Self { name, module });
        }
        Err(format!(
            "`{module}` is no path of a Rust module, such as `::farm_api::nk::farm::sensor`"
        ))
    }
}

/// Generated Rust.
#[derive(Debug, Clone)]
pub struct Rust {
    root: Module,
    /// Names that were changed because the description uses them.
    pub notes: Vec<Diagnostic>,
}

impl Rust {
    /// One file per module below `nk/`, to be mounted anywhere with `mod nk;`.
    #[must_use]
    pub fn files(self) -> Vec<(PathBuf, String)> {
        layout::files(self.root)
    }
    /// The whole tree as one `pub mod nk { … }`, for `include!`.
    #[must_use]
    pub fn single_file(self) -> String {
        layout::single(self.root)
    }
    /// The whole tree as the tokens of one `pub mod nk { … }`, for a macro.
    #[must_use]
    pub fn tokens(self) -> TokenStream {
        self.root.tokens()
    }
}

/// Generates the module tree of everything in the model.
///
/// # Errors
/// Names that clash in Rust, and parts that depend on names that were found nowhere.
pub fn generate(model: &Model, options: &Options) -> Result<Rust, Vec<Diagnostic>> {
    let mut notes = Vec::new();
    let plan = Plan::new(model, options, &mut notes)?;
    let oversized = oversized(model, options.generated_bytes);
    if !oversized.is_empty() {
        return Err(oversized);
    }
    let mut tree = Tree {
        root: Module::default(),
        most: options.generated_bytes,
        too_long: Vec::new(),
    };
    for (id, (description, planned)) in (0..).zip(model.packages.iter().zip(&plan.packages)) {
        if let ModulePath::Here(path) = &planned.module {
            let names = Names {
                plan: &plan,
                from: &planned.module,
            };
            let parts = package::package(
                names,
                (PackageId(id), description),
                planned,
                &options.sections,
            );
            let described = Described {
                name: &description.name,
                extension: "idl",
                place: Some(description.place),
                docs: &description.docs,
            };
            tree.add(path, &described, parts);
        }
    }
    for (description, planned) in model.components.iter().zip(&plan.components) {
        if let ModulePath::Here(path) = &planned.module {
            let extension = if description.kind == ComponentKind::Component {
                "cdl"
            } else {
                "edl"
            };
            let parts = component::component(&plan, description, planned, &options.sections);
            let described = Described {
                name: &description.name,
                extension,
                place: description.place,
                docs: &description.docs,
            };
            tree.add(path, &described, parts);
        }
    }
    if tree.too_long.is_empty() {
        Ok(Rust {
            root: tree.root,
            notes,
        })
    } else {
        Err(tree.too_long)
    }
}

/// The modules so far, and the descriptions whose text is too long.
struct Tree {
    root: Module,
    most: u64,
    too_long: Vec<Diagnostic>,
}

/// A description that something was generated for.
struct Described<'a> {
    name: &'a str,
    /// The ending of its file.
    extension: &'static str,
    place: Option<Place>,
    docs: &'a [String],
}

impl Tree {
    /// Takes in what was generated for a description.
    fn add(&mut self, path: &[Ident], of: &Described<'_>, parts: Vec<TokenStream>) {
        if parts.is_empty() {
            return;
        }
        if parts.iter().map(layout::bytes).sum::<u64>() > self.most {
            self.too_long.push(too_long(of.name, of.place, self.most));
            return;
        }
        let module = self.root.at(path);
        module
            .from
            .push(format!("{}.{}", of.name.replace('.', "/"), of.extension));
        module.docs = docs::both(&module.docs, of.docs);
        module.parts.extend(parts);
    }
}

/// The components whose text would be too long, found before it is made: endpoints with long names, many levels down,
/// need far more text than their description has. Each endpoint is named at least eight times.
fn oversized(model: &Model, most: u64) -> Vec<Diagnostic> {
    let text = |component: &Component| -> u64 {
        let endpoints = component.flattened.iter().flatten();
        endpoints
            .map(|endpoint| 8 * endpoint.name.len() as u64)
            .sum()
    };
    let over = model
        .components
        .iter()
        .filter(|component| text(component) > most);
    over.map(|component| too_long(&component.name, component.place, most))
        .collect()
}

/// E314: more text than anyone wants compiled.
fn too_long(name: &str, place: Option<Place>, most: u64) -> Diagnostic {
    let message = format!("the Rust for `{name}` takes more than {most} bytes");
    let help = format!(
        "divide the description, choose shorter names, or {}",
        raise("generated-bytes")
    );
    Diagnostic::new(Code::GENERATED_TOO_LARGE, message, place).help(help)
}
