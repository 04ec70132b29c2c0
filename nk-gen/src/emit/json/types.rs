//! Types as they are used, with their sizes.
use super::View;
use super::document::{Field, Layout, Type, TypeKind};
use super::id::Id;
use crate::model;

impl View<'_> {
    pub(super) fn ty(&self, ty: &model::Type) -> Type {
        let layout = self.model.layout_of(ty);
        Type {
            text: self.written(ty),
            kind: self.kind(ty),
            size: layout.map(|layout| layout.size),
            align: layout.map(|layout| layout.align),
        }
    }

    fn kind(&self, ty: &model::Type) -> TypeKind {
        match ty {
            model::Type::Int(int) => TypeKind::Integer {
                name: int.name(),
                signed: int.signed(),
            },
            model::Type::Handle => TypeKind::Handle { interface: None },
            model::Type::TypedHandle(target) => TypeKind::Handle {
                interface: Some(self.package_id(target)),
            },
            model::Type::Bytes(max) => TypeKind::Bytes { max: *max },
            model::Type::String(max) => TypeKind::String { max: *max },
            model::Type::Sequence(element, max) => TypeKind::Sequence {
                max: *max,
                element: Box::new(self.ty(element)),
            },
            model::Type::Array(element, count) => TypeKind::Array {
                count: *count,
                element: Box::new(self.ty(element)),
            },
            model::Type::Named(id) => TypeKind::Named {
                id: self.type_id(*id),
            },
            model::Type::External(name) => TypeKind::External {
                id: Id::external(name),
            },
            // a model with errors is not printed
            model::Type::Wrong => TypeKind::External {
                id: Id::external(""),
            },
        }
    }

    fn written(&self, ty: &model::Type) -> String {
        match ty {
            model::Type::Int(int) => int.name().to_owned(),
            model::Type::Handle => "Handle".to_owned(),
            model::Type::TypedHandle(model::Target::Known(id)) => {
                format!("handle<{}>", self.model.package(*id).name)
            }
            model::Type::TypedHandle(model::Target::External(name)) => format!("handle<{name}>"),
            model::Type::Bytes(n) => format!("bytes<{n}>"),
            model::Type::String(n) => format!("string<{n}>"),
            model::Type::Sequence(element, n) => {
                format!("sequence<{}, {n}>", self.written(element))
            }
            model::Type::Array(element, n) => format!("array<{}, {n}>", self.written(element)),
            model::Type::Named(id) => {
                format!(
                    "{}.{}",
                    self.model.package(id.package).name,
                    self.model.type_def(*id).name
                )
            }
            model::Type::External(name) => name.clone(),
            model::Type::Wrong => String::new(),
        }
    }

    pub(super) fn type_id(&self, id: model::TypeId) -> Id {
        Id::declared_type(
            &self.model.package(id.package).name,
            &self.model.type_def(id).name,
        )
    }

    /// A field; without an offset when what it stands in has no layout.
    pub(super) fn field(&self, id: Id, field: &model::Field, laid_out: bool) -> Field {
        Field {
            id,
            name: field.name.clone(),
            docs: field.docs.clone(),
            place: self.place(field.place),
            ty: self.ty(&field.ty),
            offset: laid_out.then_some(field.offset),
        }
    }
}

pub(super) fn layout(layout: model::Layout) -> Layout {
    let model::Layout {
        size,
        align,
        arena,
        arena_padded,
    } = layout;
    Layout {
        size,
        align,
        arena,
        arena_padded,
    }
}
