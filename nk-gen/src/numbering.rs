//! Numbers the endpoints of components and process classes: their own first, then those of each instance, depth first
//! (E009, E204). Source: `spec/idl.md` §8.2, §8.4.
use crate::diagnostic::Diagnostic;
use crate::limits::{ENDPOINTS, NESTING};
use crate::model::{Component, ComponentId, FlatEndpoint, Model};
use crate::resolve::Findings;
use crate::resolve::names::index;
use std::collections::HashSet;

/// What is known of a component before its endpoints are listed.
#[derive(Clone, Copy)]
struct Count {
    /// Endpoints with those of all instances; `None` when an instance is external.
    endpoints: Option<u128>,
    /// Levels of embedding.
    levels: usize,
}

impl Count {
    fn over_a_limit(&self) -> bool {
        self.levels > NESTING || self.endpoints.is_some_and(|endpoints| endpoints > ENDPOINTS)
    }
    fn countable(&self) -> bool {
        self.endpoints.is_some() && !self.over_a_limit()
    }
}

/// Fills in the endpoint lists of all components. Endpoints are counted before they are listed: forty components that
/// each embed the next one twice have 2⁴⁰.
pub(crate) fn number(model: &mut Model, findings: &mut Findings) {
    let mut counts: Vec<Count> = Vec::with_capacity(model.components.len());
    for component in &model.components {
        counts.push(count(component, &counts));
    }
    findings.extend(over_the_limits(model, &counts));
    for position in 0..model.components.len() {
        if counts[position].countable() {
            let mut list = Vec::new();
            flatten(model, &counts, ComponentId(index(position)), &mut Vec::new(), &mut list);
            model.components[position].flattened = Some(list);
        }
    }
}

/// Counts a component whose instances are counted already.
fn count(component: &Component, counts: &[Count]) -> Count {
    let mut total = Count { endpoints: Some(component.endpoints.len() as u128), levels: 1 };
    for instance in &component.instances {
        let inner = instance.component.known().and_then(|id| counts.get(id.0 as usize));
        total.endpoints = match (total.endpoints, inner.and_then(|inner| inner.endpoints)) {
            (Some(sum), Some(inner)) => Some(sum.saturating_add(inner)),
            _ => None,
        };
        total.levels = total.levels.max(inner.map_or(0, |inner| inner.levels.saturating_add(1)));
    }
    total
}

/// Reports the outermost components that are over a limit; what they embed has the same root.
fn over_the_limits(model: &Model, counts: &[Count]) -> Findings {
    let over = |at: &usize| counts.get(*at).is_some_and(Count::over_a_limit);
    let embedded = |component: &Component| {
        let inner = component.instances.iter().filter_map(|instance| instance.component.known());
        inner.map(|id| id.0 as usize).collect::<Vec<_>>()
    };
    let inside: HashSet<usize> =
        (0..counts.len()).filter(over).flat_map(|at| embedded(&model.components[at])).collect();
    let outermost = (0..counts.len()).filter(over).filter(|at| !inside.contains(at));
    outermost.filter_map(|at| over_a_limit(&model.components[at], counts[at])).collect()
}

fn over_a_limit(component: &Component, count: Count) -> Option<Diagnostic> {
    let place = component.place?;
    if count.levels > NESTING {
        let message = format!("`{}` embeds components {} levels deep, limit {NESTING}", component.name, count.levels);
        return Some(Diagnostic::error(9, message, place));
    }
    let message = format!("`{}` has {} endpoints, limit {ENDPOINTS}", component.name, count.endpoints?);
    Some(Diagnostic::error(204, message, place).label("with those of all embedded components"))
}

/// Appends the endpoints of a component. Instances without endpoints are not entered, so that the work is bounded by the
/// number of endpoints times the depth of embedding.
fn flatten(model: &Model, counts: &[Count], id: ComponentId, path: &mut Vec<String>, list: &mut Vec<FlatEndpoint>) {
    let component = model.component(id);
    for endpoint in &component.endpoints {
        path.push(endpoint.name.clone());
        list.push(FlatEndpoint {
            path: path.clone(),
            name: path.join("."),
            alias: format!("{}.{}", component.name, endpoint.name),
            owner: id,
            interface: endpoint.interface.clone(),
        });
        path.pop();
    }
    for instance in &component.instances {
        let Some(inner) = instance.component.known() else { continue };
        if counts.get(inner.0 as usize).is_some_and(|count| count.endpoints != Some(0)) {
            path.push(instance.name.clone());
            flatten(model, counts, inner, path, list);
            path.pop();
        }
    }
}
