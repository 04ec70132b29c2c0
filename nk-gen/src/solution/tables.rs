//! The image's tables of classes, interfaces and message shapes, from the
//! model.
//!
//! Kernel and security module know classes, endpoints and methods by positions
//! in these tables: a class id is a position in the policy's table of classes,
//! and interfaces are numbered in the order in which classes use them.
use super::shapes::Flattener;
use crate::model::{self, Component, Model, PackageId, Target};
use crate::policy::Class;
use nk_image::{Endpoint, Interface, InterfaceId, Message, Method, Tables};

/// The tables of a solution, the classes of `compat` marked as such.
///
/// `None` when something external has no layout or no digest, which is reported
/// elsewhere.
pub(super) fn build(model: &Model, classes: &[Class], compat: &[String]) -> Option<Tables> {
    let mut builder = Builder {
        model,
        compat,
        interfaces: Vec::new(),
        flattener: Flattener::new(model),
    };
    let classes = classes
        .iter()
        .map(|class| builder.class(class))
        .collect::<Option<_>>()?;
    let interfaces = builder.interfaces.clone();
    let interfaces = interfaces
        .iter()
        .map(|package| builder.interface(*package))
        .collect::<Option<_>>()?;
    let (items, variants) = builder.flattener.finish();
    Some(Tables {
        classes,
        interfaces,
        items,
        variants,
    })
}

/// Collects the interfaces that classes use, and writes their shapes.
struct Builder<'m> {
    model: &'m Model,
    /// Names of the classes in compat mode.
    compat: &'m [String],
    /// Packages in the order of their ids in the image.
    interfaces: Vec<PackageId>,
    /// Writes message shapes.
    flattener: Flattener<'m>,
}

impl Builder<'_> {
    /// A class with its endpoints, in the order of their numbers, and its
    /// digest, which a program has to show at its start.
    fn class(&mut self, class: &Class) -> Option<nk_image::Class> {
        let component: &Component = self.model.component(class.component);
        let endpoints = component.flattened.as_ref()?.iter().map(|endpoint| {
            Some(Endpoint {
                name: endpoint.name.clone(),
                alias: endpoint.alias.clone(),
                interface: self.interface_id(&endpoint.interface)?,
            })
        });
        let endpoints = endpoints.collect::<Option<_>>()?;
        let security = component
            .flattened_security
            .as_ref()?
            .iter()
            .map(|security| {
                let (name, interface) = (security.name(), self.interface_id(&security.interface)?);
                Some(Endpoint {
                    alias: name.clone(),
                    name,
                    interface,
                })
            });
        let security = security.collect::<Option<_>>()?;
        let name = class.name.clone();
        let compat = self.compat.contains(&name);
        Some(nk_image::Class {
            name,
            digest: component.digest?,
            endpoints,
            security,
            compat,
        })
    }

    /// The id of an interface, which is numbered at its first use.
    fn interface_id(&mut self, target: &Target<PackageId>) -> Option<InterfaceId> {
        let package = target.known()?;
        let position = self
            .interfaces
            .iter()
            .position(|known| *known == package)
            .unwrap_or_else(|| {
                self.interfaces.push(package);
                self.interfaces.len() - 1
            });
        InterfaceId::new(position)
    }

    /// An interface with the messages of its methods, in the order of their
    /// numbers.
    fn interface(&mut self, package: PackageId) -> Option<Interface> {
        let package = self.model.package(package);
        let methods = package
            .interface
            .iter()
            .flat_map(|interface| &interface.methods);
        let methods = methods.map(|method| {
            Some(Method {
                name: method.name.clone(),
                request: self.message(&method.request)?,
                response: self.message(&method.response)?,
                error: self.message(&method.error)?,
            })
        });
        Some(Interface {
            name: package.name.clone(),
            digest: package.digest?,
            methods: methods.collect::<Option<_>>()?,
        })
    }

    /// A message: sizes in bytes, the number of its handles, whether it has an
    /// arena, and its shape.
    fn message(&mut self, message: &model::Message) -> Option<Message> {
        let layout = message.layout?;
        Some(Message {
            size: u32::try_from(layout.size).ok()?,
            handles: message.handles,
            arena: layout.arena > 0,
            items: self.flattener.message(message)?,
        })
    }
}
