//! Numbers the endpoints and the security interfaces of components and process classes: their own first, then those of
//! each instance, depth first (E009, E204). The two spaces of numbers are independent. Source: `docs/languages.md` §8.2, §8.4.
use crate::model::{Component, ComponentId, FlatEndpoint, FlatSecurity, Model};
use crate::options::limits::{Limits, raise};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::diagnostic::Findings;
use std::collections::HashSet;

/// What is known of a component before its endpoints are listed.
#[derive(Clone, Copy)]
struct Count {
    /// Endpoints with those of all instances; `None` when an instance is external.
    endpoints: Option<u128>,
    /// Security interfaces, likewise.
    security: Option<u128>,
    /// Levels of embedding.
    levels: u64,
}

impl Count {
    fn over_a_limit(&self, limits: &Limits) -> bool {
        let over = |count: Option<u128>| count.is_some_and(|count| count > limits.endpoints.into());
        self.levels > limits.embedding || over(self.endpoints) || over(self.security)
    }
}

/// Fills in the endpoint lists of all components. Endpoints are counted before they are listed: forty components that
/// each embed the next one twice have 2⁴⁰.
pub(crate) fn number(model: &mut Model, limits: &Limits, findings: &mut Findings) {
    let mut counts: Vec<Count> = Vec::with_capacity(model.components.len());
    for component in &model.components {
        counts.push(count(component, &counts));
    }
    findings.extend(over_the_limits(model, &counts, limits));
    for (position, count) in counts.iter().enumerate() {
        // what is external cannot be counted, and what is not counted is not listed
        if count.over_a_limit(limits) || count.endpoints.is_none() || count.security.is_none() {
            continue;
        }
        let (id, mut lists) = (ComponentId::at(position), Lists::default());
        flatten(model, &counts, id, &mut Vec::new(), &mut lists);
        let component = &mut model.components[position];
        component.flattened = Some(lists.endpoints);
        component.flattened_security = Some(lists.security);
    }
}

/// Counts a component whose instances are counted already.
fn count(component: &Component, counts: &[Count]) -> Count {
    let mut total = Count {
        endpoints: Some(component.endpoints.len() as u128),
        security: Some(component.security.is_some().into()),
        levels: 1,
    };
    let sum = |total: Option<u128>, inner: Option<u128>| Some(total?.saturating_add(inner?));
    for instance in &component.instances {
        let inner = instance
            .component
            .known()
            .and_then(|id| counts.get(id.0 as usize));
        total.endpoints = sum(total.endpoints, inner.and_then(|inner| inner.endpoints));
        total.security = sum(total.security, inner.and_then(|inner| inner.security));
        total.levels = total
            .levels
            .max(inner.map_or(0, |inner| inner.levels.saturating_add(1)));
    }
    total
}

/// Reports the outermost components that are over a limit; what they embed has the same root.
fn over_the_limits(model: &Model, counts: &[Count], limits: &Limits) -> Findings {
    let over = |at: &usize| {
        counts
            .get(*at)
            .is_some_and(|count| count.over_a_limit(limits))
    };
    let embedded = |component: &Component| {
        let inner = component
            .instances
            .iter()
            .filter_map(|instance| instance.component.known());
        inner.map(|id| id.0 as usize).collect::<Vec<_>>()
    };
    let inside: HashSet<usize> = (0..counts.len())
        .filter(over)
        .flat_map(|at| embedded(&model.components[at]))
        .collect();
    let outermost = (0..counts.len())
        .filter(over)
        .filter(|at| !inside.contains(at));
    outermost
        .filter_map(|at| over_a_limit(&model.components[at], counts[at], limits))
        .collect()
}

fn over_a_limit(component: &Component, count: Count, limits: &Limits) -> Option<Diagnostic> {
    let place = component.place?;
    if count.levels > limits.embedding {
        let (name, levels, most) = (&component.name, count.levels, limits.embedding);
        let message = format!("`{name}` embeds components {levels} levels deep, limit {most}");
        let help = format!("embed them side by side, or {}", raise("embedding"));
        return Some(Diagnostic::new(Code::NESTING_TOO_DEEP, message, place).help(help));
    }
    let most = limits.endpoints;
    let over = |count: Option<u128>| count.filter(|count| *count > most.into());
    let (count, what) = match over(count.endpoints) {
        Some(endpoints) => (endpoints, "endpoints"),
        None => (over(count.security)?, "security interfaces"),
    };
    let message = format!("`{}` has {count} {what}, limit {most}", component.name);
    let finding = Diagnostic::new(Code::MESSAGE_LIMIT, message, place)
        .label("with those of all embedded components");
    Some(finding.help("a RIID has 16 bits; divide the class into several"))
}

#[derive(Default)]
struct Lists {
    endpoints: Vec<FlatEndpoint>,
    security: Vec<FlatSecurity>,
}

/// Appends what a component has. Instances with neither endpoints nor security interfaces are not entered, so that the
/// work is bounded by the number of entries times the depth of embedding.
fn flatten(
    model: &Model,
    counts: &[Count],
    id: ComponentId,
    path: &mut Vec<String>,
    lists: &mut Lists,
) {
    let component = model.component(id);
    if let Some(interface) = &component.security {
        lists.security.push(FlatSecurity {
            path: path.clone(),
            owner: id,
            interface: interface.clone(),
        });
    }
    for endpoint in &component.endpoints {
        path.push(endpoint.name.clone());
        lists.endpoints.push(FlatEndpoint {
            path: path.clone(),
            name: path.join("."),
            alias: format!("{}.{}", component.name, endpoint.name),
            owner: id,
            interface: endpoint.interface.clone(),
        });
        path.pop();
    }
    for instance in &component.instances {
        let Some(inner) = instance.component.known() else {
            continue;
        };
        let empty = |count: &Count| count.endpoints == Some(0) && count.security == Some(0);
        if counts
            .get(inner.0 as usize)
            .is_some_and(|count| !empty(count))
        {
            path.push(instance.name.clone());
            flatten(model, counts, inner, path, lists);
            path.pop();
        }
    }
}
