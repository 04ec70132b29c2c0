//! Components and process classes: what they declare, and the flattened lists that number it.
use super::document::{Component, Endpoint, Instance, OwnEndpoint, SecurityEndpoint};
use super::id::Id;
use super::package::of_bounds;
use super::{View, digest};
use crate::limits::ENDPOINTS;
use crate::model::{self, ComponentId, ComponentKind, FlatEndpoint};

impl View<'_> {
    pub(super) fn component(&self, id: ComponentId, component: &model::Component) -> Component {
        let endpoints = component.flattened.as_ref().map(|endpoints| {
            let endpoints = endpoints.iter().enumerate();
            endpoints.map(|(riid, endpoint)| self.endpoint(&component.name, riid, endpoint)).collect()
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
            security: component.security.as_ref().map(|security| self.package_id(security)),
            own_endpoints: component.endpoints.iter().map(|own| self.own_endpoint(&component.name, own)).collect(),
            instances: component.instances.iter().map(|instance| self.instance(&component.name, instance)).collect(),
            endpoints,
            security_endpoints: self.security_endpoints(id),
            bounds: self.model.bounds(id).map(of_bounds),
            digest: digest(&component.digest),
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

    /// The security interfaces in the order of `spec/idl.md` §8.2; `None` when an embedded component is external, or when
    /// there are more than could be numbered.
    fn security_endpoints(&self, id: ComponentId) -> Option<Vec<SecurityEndpoint>> {
        let count = self.security_count(id)?;
        let mut list = Vec::new();
        (u128::from(count) <= ENDPOINTS).then(|| {
            self.collect_security(id, &mut Vec::new(), &mut list);
            list
        })
    }

    fn security_count(&self, id: ComponentId) -> Option<u64> {
        self.security.get(id.0 as usize).copied().flatten()
    }

    /// Components without security interfaces are not entered, so that the work is bounded by the length of the list.
    fn collect_security(&self, id: ComponentId, path: &mut Vec<String>, list: &mut Vec<SecurityEndpoint>) {
        let component = self.model.component(id);
        if let Some(security) = &component.security {
            let (owner, interface) = (Id::component(component), self.package_id(security));
            list.push(SecurityEndpoint { number: list.len(), path: path.clone(), owner, interface });
        }
        for instance in &component.instances {
            let Some(inner) = instance.component.known() else { continue };
            if self.security_count(inner).is_some_and(|count| count > 0) {
                path.push(instance.name.clone());
                self.collect_security(inner, path, list);
                path.pop();
            }
        }
    }
}
