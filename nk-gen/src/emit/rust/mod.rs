//! The Rust backend: plan, then tokens, then text. What is generated is fixed by `spec/generated-api.md`.
mod component;
mod docs;
mod interface;
mod messages;
mod names;
mod package;
mod plan;
mod tables;
mod tree;
mod types;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{ComponentKind, Model};
use plan::{ModulePath, Plan};
use std::path::PathBuf;
use tree::{Module, NotRust};
use types::Names;

/// Choices of the caller.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Packages whose module stands in another crate: full name, absolute path of the module.
    pub extern_packages: Vec<(String, String)>,
}

impl Options {
    fn extern_module(&self, name: &str) -> Option<String> {
        self.extern_packages.iter().find(|(package, _)| package == name).map(|(_, path)| path.clone())
    }
}

/// Generated Rust.
#[derive(Debug)]
pub struct Rust {
    root: Module,
    /// Names that were changed because the description uses them.
    pub notes: Vec<Diagnostic>,
}

impl Rust {
    /// One file per module below `nk/`, to be mounted anywhere with `mod nk;`.
    ///
    /// # Errors
    /// An internal error (code 70): the text is no Rust.
    pub fn files(&self) -> Result<Vec<(PathBuf, String)>, Diagnostic> {
        self.root.files().map_err(internal)
    }
    /// The whole tree as one `pub mod nk { … }`, for `include!`.
    ///
    /// # Errors
    /// An internal error (code 70): the text is no Rust.
    pub fn single_file(&self) -> Result<String, Diagnostic> {
        self.root.single().map_err(internal)
    }
}

fn internal(NotRust(why): NotRust) -> Diagnostic {
    Diagnostic::new(Severity::Error, 70, format!("internal error: generated text is no Rust: {why}"), None)
        .help("this is a fault of nk-gen; please report it with the descriptions that show it")
}

/// Generates the module tree of everything in the model.
///
/// # Errors
/// Names that clash in Rust, and parts that depend on names that were found nowhere.
pub fn generate(model: &Model, options: &Options) -> Result<Rust, Vec<Diagnostic>> {
    let mut notes = Vec::new();
    let plan = Plan::new(model, options, &mut notes)?;
    let mut root = Module::default();
    for (id, (description, planned)) in (0..).zip(model.packages.iter().zip(&plan.packages)) {
        if let ModulePath::Here(path) = &planned.module {
            let names = Names { plan: &plan, from: &planned.module };
            let items = package::package(names, crate::model::PackageId(id), description, planned);
            add(root.at(path), &description.name, "idl", items);
        }
    }
    for (description, planned) in model.components.iter().zip(&plan.components) {
        if let ModulePath::Here(path) = &planned.module {
            let extension = if description.kind == ComponentKind::Component { "cdl" } else { "edl" };
            add(root.at(path), &description.name, extension, component::component(&plan, description, planned));
        }
    }
    Ok(Rust { root, notes })
}

fn add(module: &mut Module, name: &str, extension: &str, items: proc_macro2::TokenStream) {
    module.from.push(format!("{}.{extension}", name.replace('.', "/")));
    module.items.extend(items);
}
