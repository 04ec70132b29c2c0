//! Everything that the Rust needs decided: names, modules, which types borrow, how each method passes its results.
//! What follows turns plans into tokens without further decisions.
mod borrowing;
mod component;
mod modules;
mod package;

pub(super) use component::{ComponentPlan, EndpointPlan, Part};
pub(super) use modules::ModulePath;
pub(super) use package::{
    ErrorForm, InterfacePlan, MethodPlan, OutPlan, PackagePlan, RequestForm, ResponseForm, TypePlan,
};

use super::Options;
use super::names::Clash;
use crate::model::shape::Shapes;
use crate::model::{ComponentId, Model, PackageId, Type, TypeId};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use proc_macro2::Ident;

/// Fixed results up to this many bytes live on the stack of the proxy; larger ones go to the caller's memory.
const SMALL_MESSAGE: u64 = 4096;
/// `…Buf` types are made up to this size; nobody wants more on a stack.
pub(super) const LARGEST_BUF: u64 = 64 * 1024;

/// The constant that says how large any message of one direction is, and the buffer of that size if that is small enough.
#[derive(Debug)]
pub(super) struct MaximumPlan {
    pub(super) constant: Ident,
    pub(super) buffer: Option<Ident>,
}

/// The decisions for one tree of modules.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    pub(super) model: &'m Model,
    pub(super) shapes: Shapes<'m>,
    borrowing: borrowing::Borrowing,
    pub(super) packages: Vec<PackagePlan>,
    pub(super) components: Vec<ComponentPlan>,
}

impl<'m> Plan<'m> {
    /// Decides everything; notes say which generated names gave way.
    pub(super) fn new(
        model: &'m Model,
        options: &Options,
        notes: &mut Vec<Diagnostic>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let modules = modules::Modules::new(model, options, &mut errors);
        let shapes = Shapes::new(model);
        let borrowing = borrowing::Borrowing::new(model, &shapes);
        let mut plan = Self {
            model,
            shapes,
            borrowing,
            packages: Vec::new(),
            components: Vec::new(),
        };
        for (id, package) in (0..).map(PackageId).zip(&model.packages) {
            let planned = package::plan(&plan, id, package, &modules, notes, &mut errors);
            plan.packages.push(planned);
        }
        for component in &model.components {
            let planned = component::plan(&plan, component, &modules, notes, &mut errors);
            plan.components.push(planned);
        }
        if errors.is_empty() {
            Ok(plan)
        } else {
            Err(errors)
        }
    }

    pub(super) fn package(&self, id: PackageId) -> &PackagePlan {
        &self.packages[id.0 as usize]
    }
    pub(super) fn component(&self, id: ComponentId) -> &ComponentPlan {
        &self.components[id.0 as usize]
    }
    pub(super) fn type_plan(&self, id: TypeId) -> &TypePlan {
        &self.package(id.package).types[id.index as usize]
    }

    /// Whether a value of this type borrows from its message.
    pub(super) fn borrows(&self, ty: &Type) -> bool {
        self.borrowing.of(self.model, &self.shapes, ty)
    }
    /// Whether an array is passed by value.
    pub(super) fn by_value(&self, array: &Type) -> bool {
        borrowing::by_value(&self.shapes, array)
    }
}

/// The diagnostic for two names of the user that become one in Rust.
fn clash(clash: &Clash<(String, Place)>, second: &str, place: Place) -> Diagnostic {
    let (first, first_place) = &clash.first;
    Diagnostic::new(
        Code::RUST_NAME_CLASH,
        format!("`{first}` and `{second}` are both `{}` in Rust", clash.name),
        place,
    )
    .label("the second")
    .other(*first_place, "the first")
    .help("rename one of them: Rust names differ in more than case and underscores")
}

/// The diagnostic for a generated name that gave way to the user's.
fn moved(wanted: &Ident, given: &Ident, place: Place) -> Diagnostic {
    let message = format!(
        "the generated `{wanted}` is called `{given}`: the description has that name for something else"
    );
    Diagnostic::new(Code::RENAMED, message, Some(place))
}
