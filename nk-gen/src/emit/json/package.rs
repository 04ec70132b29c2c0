//! Packages: constants, declared types, methods and their messages.
use super::document::{
    Bounds, Constant, Interface, Message, Method, Package, TypeDef, TypeDefKind, Variant,
};
use super::id::Id;
use super::types::layout;
use super::{View, digest};
use crate::model::bounds;
use crate::model::{self, PackageId, TypeId};

impl View<'_> {
    pub(super) fn package(&self, id: PackageId, package: &model::Package) -> Package {
        let types = (0..).zip(&package.types);
        let mut imports: Vec<Id> = package
            .imports
            .iter()
            .map(|import| self.package_id(import))
            .collect();
        imports.sort();
        Package {
            id: Id::package(&package.name),
            name: package.name.clone(),
            docs: package.docs.clone(),
            place: self.place(package.place),
            imports,
            constants: package
                .constants
                .iter()
                .map(|constant| self.constant(&package.name, constant))
                .collect(),
            types: types
                .map(|(index, ty)| self.type_def(&package.name, TypeId { package: id, index }, ty))
                .collect(),
            interface: package
                .interface
                .as_ref()
                .map(|interface| self.interface(&package.name, interface)),
            digest: digest(package.digest.as_ref()),
        }
    }

    fn constant(&self, package: &str, constant: &model::Constant) -> Constant {
        Constant {
            id: Id::constant(package, &constant.name),
            name: constant.name.clone(),
            docs: constant.docs.clone(),
            place: self.place(constant.place),
            ty: self.ty(&model::Type::Int(constant.ty)),
            value: constant.value.to_string(),
        }
    }

    fn type_def(&self, package: &str, id: TypeId, ty: &model::TypeDef) -> TypeDef {
        let laid_out = ty.layout.is_some();
        let field = |field: &model::Field| {
            self.field(Id::field(package, &ty.name, &field.name), field, laid_out)
        };
        let shape = || self.shapes.declared(id).map(|items| self.items(&items));
        let kind = match &ty.kind {
            model::TypeDefKind::Alias(target) => TypeDefKind::Alias {
                target: self.ty(target),
            },
            model::TypeDefKind::Struct(fields) => TypeDefKind::Struct {
                fields: fields.iter().map(field).collect(),
                shape: shape(),
            },
            model::TypeDefKind::Union(variants) => {
                let variants = variants.iter().enumerate();
                let variants = variants
                    .map(|(tag, variant)| Variant {
                        tag,
                        field: field(variant),
                    })
                    .collect();
                TypeDefKind::Union {
                    variants,
                    shape: shape(),
                }
            }
        };
        TypeDef {
            id: self.type_id(id),
            name: ty.name.clone(),
            docs: ty.docs.clone(),
            place: self.place(ty.place),
            kind,
            layout: ty.layout.map(layout),
        }
    }

    fn interface(&self, package: &str, interface: &model::Interface) -> Interface {
        let methods = interface.methods.iter().enumerate();
        Interface {
            docs: interface.docs.clone(),
            place: self.place(interface.place),
            methods: methods
                .map(|(mid, method)| self.method(package, mid, method))
                .collect(),
            bounds: bounds::of_interface(interface).map(of_bounds),
        }
    }

    fn method(&self, package: &str, mid: usize, method: &model::Method) -> Method {
        let message = |direction, message| self.message(package, &method.name, direction, message);
        Method {
            id: Id::method(package, &method.name),
            name: method.name.clone(),
            mid,
            docs: method.docs.clone(),
            place: self.place(method.place),
            request: message("request", &method.request),
            response: message("response", &method.response),
            error: message("error", &method.error),
            bounds: bounds::of_method(method).map(of_bounds),
        }
    }

    fn message(
        &self,
        package: &str,
        method: &str,
        direction: &str,
        message: &model::Message,
    ) -> Message {
        let laid_out = message.layout.is_some();
        let param = |param: &model::Field| {
            self.field(Id::param(package, method, &param.name), param, laid_out)
        };
        let size = message
            .layout
            .and_then(|layout| u32::try_from(layout.size).ok());
        Message {
            id: Id::message(package, method, direction),
            ex: size.map(|size| {
                nk_runtime::message::Ex::new(size, message.handles, direction == "error").0
            }),
            handles: message.handles,
            params: message.params.iter().map(param).collect(),
            layout: message.layout.map(layout),
            shape: self.shapes.message(message).map(|items| self.items(&items)),
        }
    }
}

pub(super) fn of_bounds(bounds: bounds::Bounds) -> Bounds {
    Bounds {
        request_size: bounds.request_size,
        response_size: bounds.response_size,
        request_arena: bounds.request_arena,
        response_arena: bounds.response_arena,
        request_arena_padded: bounds.request_arena_padded,
        response_arena_padded: bounds.response_arena_padded,
        request_handles: bounds.request_handles,
        response_handles: bounds.response_handles,
        error_handles: bounds.error_handles,
    }
}
