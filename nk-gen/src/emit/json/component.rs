//! Components and process classes: what they declare, and the flattened lists that number it.
use super::document::{Component, Endpoint, Instance, OwnEndpoint, SecurityEndpoint};
use super::id::Id;
use super::package::of_bounds;
use super::{View, digest};
use crate::model::{self, ComponentId, ComponentKind, FlatEndpoint, FlatSecurity};

impl View<'_> {
    pub(super) fn component(&self, id: ComponentId, component: &model::Component) -> Component {
        let endpoints = component.flattened.as_ref().map(|endpoints| {
            let endpoints = endpoints.iter().enumerate();
            endpoints
                .map(|(riid, endpoint)| self.endpoint(&component.name, riid, endpoint))
                .collect()
        });
        let security = component.flattened_security.as_ref().map(|security| {
            security
                .iter()
                .enumerate()
                .map(|(number, row)| self.security_endpoint(number, row))
                .collect()
        });
        Component {
            id: Id::component(component),
            name: component.name.clone(),
            kind: match component.kind {
                ComponentKind::Component => "component",
                ComponentKind::ProcessClass => "process_class",
            },
            docs: component.docs.clone(),
            place: component.place.map(|place| self.place(place)),
            security: component
                .security
                .as_ref()
                .map(|security| self.package_id(security)),
            own_endpoints: component
                .endpoints
                .iter()
                .map(|own| self.own_endpoint(&component.name, own))
                .collect(),
            instances: component
                .instances
                .iter()
                .map(|instance| self.instance(&component.name, instance))
                .collect(),
            endpoints,
            security_endpoints: security,
            bounds: self.model.bounds(id).map(of_bounds),
            digest: digest(component.digest.as_ref()),
        }
    }

    fn own_endpoint(&self, component: &str, endpoint: &model::Endpoint) -> OwnEndpoint {
        OwnEndpoint {
            id: Id::own_endpoint(component, &endpoint.name),
            name: endpoint.name.clone(),
            docs: endpoint.docs.clone(),
            place: self.place(endpoint.place),
            interface: self.package_id(&endpoint.interface),
        }
    }

    fn instance(&self, component: &str, instance: &model::Instance) -> Instance {
        Instance {
            id: Id::instance(component, &instance.name),
            name: instance.name.clone(),
            docs: instance.docs.clone(),
            place: self.place(instance.place),
            component: self.component_id(&instance.component),
        }
    }

    fn endpoint(&self, component: &str, riid: usize, endpoint: &FlatEndpoint) -> Endpoint {
        let declared = endpoint.path.last().map_or("", String::as_str);
        Endpoint {
            id: Id::endpoint(component, &endpoint.name),
            riid,
            name: endpoint.name.clone(),
            alias: endpoint.alias.clone(),
            path: endpoint.path.clone(),
            declared: Id::own_endpoint(&self.model.component(endpoint.owner).name, declared),
            interface: self.package_id(&endpoint.interface),
        }
    }

    /// A security interface by its number (`docs/languages.md` §8.2).
    fn security_endpoint(&self, number: usize, security: &FlatSecurity) -> SecurityEndpoint {
        SecurityEndpoint {
            number,
            path: security.path.clone(),
            owner: Id::component(self.model.component(security.owner)),
            interface: self.package_id(&security.interface),
        }
    }
}
