//! The model as JSON, for backends and tools outside this project. `schema/nk-model.schema.json` says what stands where.
//!
//! The text depends on what the descriptions say and on nothing else: ids are made of names, lists whose order means
//! nothing are sorted by name, and files are named by what they declare, not by where they were found.
mod component;
mod document;
mod id;
mod package;
mod shape;
mod types;

use crate::model::Root;
use crate::model::shape::Shapes;
use crate::model::{ComponentId, ComponentKind, Model, PackageId, Target};
use crate::text::diagnostic::Place;
use crate::text::position::Lines;
use crate::text::source::{FileId, Sources};
use document::{Document, External};
use id::Id;
use std::collections::HashMap;

/// Version of the format; a change that a reader could stumble over raises it.
pub const VERSION: u32 = 1;

/// The model as JSON text, with a line feed at its end. `roots` are what the user asked for.
#[must_use]
pub fn print(model: &Model, sources: &Sources, roots: &[Root]) -> String {
    let view = View::new(model, sources);
    // these types always serialize
    serde_json::to_string_pretty(&view.document(roots)).unwrap_or_default() + "\n"
}

/// The model with what its parts are called and where they stand.
struct View<'m> {
    model: &'m Model,
    /// The path that each file's description has below an `-I` folder.
    files: HashMap<FileId, String>,
    lines: HashMap<FileId, Lines<'m>>,
    shapes: Shapes<'m>,
}

impl<'m> View<'m> {
    fn new(model: &'m Model, sources: &'m Sources) -> Self {
        let packages = model
            .packages
            .iter()
            .map(|package| (Some(package.place), &package.name, "idl"));
        let components = model
            .components
            .iter()
            .map(|component| (component.place, &component.name, extension(component.kind)));
        let file = |(place, name, extension): (Option<Place>, &String, &str)| {
            Some((
                place?.file,
                format!("{}.{extension}", name.replace('.', "/")),
            ))
        };
        let files: HashMap<FileId, String> = packages.chain(components).filter_map(file).collect();
        let lines = files
            .keys()
            .map(|file| (*file, Lines::new(sources.text(*file))))
            .collect();
        Self {
            model,
            files,
            lines,
            shapes: Shapes::new(model),
        }
    }

    fn document(&self, roots: &[Root]) -> Document {
        let mut roots: Vec<Id> = roots.iter().map(|root| self.root(*root)).collect();
        roots.sort();
        roots.dedup();
        let packages = (0..).map(PackageId).zip(&self.model.packages);
        let mut packages: Vec<_> = packages
            .map(|(id, package)| self.package(id, package))
            .collect();
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        let components = (0..).map(ComponentId).zip(&self.model.components);
        let mut components: Vec<_> = components
            .map(|(id, component)| self.component(id, component))
            .collect();
        components.sort_by(|a, b| a.name.cmp(&b.name));
        let mut externals: Vec<_> = self
            .model
            .externals
            .iter()
            .map(|external| External {
                name: external.name.clone(),
                place: self.place(external.place),
            })
            .collect();
        externals.sort();
        externals.dedup();
        Document {
            format: "nk-model",
            version: VERSION,
            generator: concat!("nk-gen ", env!("CARGO_PKG_VERSION")),
            pointer_width: self.model.pointer_width.bytes() * 8,
            header_size: crate::model::layout::header(self.model.pointer_width).size,
            roots,
            packages,
            components,
            externals,
        }
    }

    fn root(&self, root: Root) -> Id {
        match root {
            Root::Package(package) => Id::package(&self.model.package(package).name),
            Root::Component(component) => Id::component(self.model.component(component)),
        }
    }

    /// A reference to a package.
    fn package_id(&self, target: &Target<PackageId>) -> Id {
        match target {
            Target::Known(id) => Id::package(&self.model.package(*id).name),
            Target::External(name) => Id::external(name),
        }
    }

    /// A reference to a component.
    fn component_id(&self, target: &Target<ComponentId>) -> Id {
        match target {
            Target::Known(id) => Id::component(self.model.component(*id)),
            Target::External(name) => Id::external(name),
        }
    }

    fn place(&self, place: Place) -> document::Place {
        let lines = self.lines.get(&place.file);
        let start = lines.map(|lines| lines.position(place.span.start));
        document::Place {
            file: self.files.get(&place.file).cloned().unwrap_or_default(),
            line: start.map_or(1, |start| start.line),
            column: start.map_or(1, |start| start.column),
        }
    }
}

const fn extension(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Component => "cdl",
        ComponentKind::ProcessClass => "edl",
    }
}

/// A digest; null when there is none.
fn digest(bytes: Option<&[u8; 32]>) -> Option<String> {
    bytes.map(crate::model::digest::hex)
}
