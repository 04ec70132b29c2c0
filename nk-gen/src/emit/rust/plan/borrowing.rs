//! Which types borrow from the message that they are read from, and therefore have a lifetime.
use crate::model::shape::Shapes;
use crate::model::{Model, PackageId, Type, TypeDefKind, TypeId};
use std::collections::HashMap;

/// Arrays up to this many bytes are passed by value.
const SMALL_ARRAY: u32 = 64;

/// The answer for every declared type, worked out once.
#[derive(Debug)]
pub(super) struct Borrowing(HashMap<TypeId, bool>);

impl Borrowing {
    pub(super) fn new(model: &Model, shapes: &Shapes<'_>) -> Self {
        let mut known = Self(HashMap::new());
        for (package, p) in (0..).map(PackageId).zip(&model.packages) {
            for index in (0..).take(p.types.len()) {
                known.note(model, shapes, TypeId { package, index });
            }
        }
        known
    }

    /// Whether a value of this type borrows.
    pub(super) fn of(&self, model: &Model, shapes: &Shapes<'_>, ty: &Type) -> bool {
        match model.strip(ty) {
            Type::Int(_)
            | Type::Handle
            | Type::TypedHandle(_)
            | Type::External(_)
            | Type::Wrong => false,
            Type::Bytes(_) | Type::String(_) | Type::Sequence(..) => true,
            array @ Type::Array(elem, _) => {
                !by_value(shapes, array) || self.of(model, shapes, elem)
            }
            Type::Named(id) => self.declared(*id),
        }
    }
    pub(super) fn declared(&self, id: TypeId) -> bool {
        self.0.get(&id).copied().unwrap_or(false)
    }

    /// Works out a type after those that it is made of; the depth is the nesting depth of types, which the model bounds.
    fn note(&mut self, model: &Model, shapes: &Shapes<'_>, id: TypeId) {
        if self.0.contains_key(&id) {
            return;
        }
        let parts: Vec<&Type> = match &model.type_def(id).kind {
            TypeDefKind::Alias(ty) => vec![ty],
            TypeDefKind::Struct(fields) | TypeDefKind::Union(fields) => {
                fields.iter().map(|f| &f.ty).collect()
            }
        };
        for part in &parts {
            if let Some(id) = named_inside(model, part) {
                self.note(model, shapes, id);
            }
        }
        let borrows = parts.iter().any(|part| self.of(model, shapes, part));
        self.0.insert(id, borrows);
    }
}

/// The declared type that a type or its elements are.
fn named_inside(model: &Model, ty: &Type) -> Option<TypeId> {
    match model.strip(ty) {
        Type::Named(id) => Some(*id),
        Type::Array(elem, _) | Type::Sequence(elem, _) => named_inside(model, elem),
        _ => None,
    }
}

/// Whether an array is passed by value.
pub(super) fn by_value(shapes: &Shapes<'_>, array: &Type) -> bool {
    shapes
        .size_align(array)
        .is_some_and(|(size, _)| size <= SMALL_ARRAY)
}
