//! A solution as a picture: SVG for documents, Mermaid for pages that draw it themselves.
mod layers;
mod mermaid;
mod svg;

pub use mermaid::mermaid;
pub use svg::svg;

use crate::solution::graph::{Endpoint, Graph, Unconnected, Way};

/// Lines about one endpoint that are told one by one.
const SHOWN: usize = 8;
/// Names that are told one by one.
const NAMES: usize = 4;

/// A line about methods.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    way: Way,
    text: String,
}

/// What passes through endpoints: one line for a whole endpoint where its methods are treated alike, otherwise one for
/// each method that may pass, and one for the others.
fn lines(endpoints: &[Endpoint]) -> Vec<Line> {
    let mut lines = Vec::new();
    let nothing = |endpoint: &&Endpoint| endpoint.methods.iter().all(|(_, way)| *way == Way::Never);
    for endpoint in endpoints.iter().filter(|endpoint| !nothing(endpoint)) {
        let name = &endpoint.name;
        let Some((_, first)) = endpoint.methods.first() else {
            continue;
        };
        let line = |way, text| Line { way, text };
        match &endpoint.methods[..] {
            [(method, way)] => lines.push(line(*way, format!("{name}.{method}"))),
            all if all.iter().all(|(_, way)| way == first) => {
                lines.push(line(*first, format!("{name}: all {} methods", all.len())));
            }
            all => {
                let passing = all.iter().filter(|(_, way)| *way != Way::Never);
                lines.extend(
                    passing
                        .clone()
                        .take(SHOWN)
                        .map(|(method, way)| line(*way, format!("{name}.{method}"))),
                );
                let more = passing.clone().count().saturating_sub(SHOWN);
                if more > 0 {
                    let worst = passing
                        .clone()
                        .skip(SHOWN)
                        .map(|(_, way)| *way)
                        .max()
                        .unwrap_or(Way::Depends);
                    lines.push(line(worst, format!("{name}: {more} more")));
                }
                let never = all.len() - passing.count();
                if never > 0 {
                    lines.push(line(
                        Way::Never,
                        format!(
                            "{name}: {never} {}",
                            if never == 1 { "other" } else { "others" }
                        ),
                    ));
                }
            }
        }
    }
    let silent: Vec<&str> = endpoints
        .iter()
        .filter(nothing)
        .map(|endpoint| endpoint.name.as_str())
        .collect();
    if !silent.is_empty() {
        lines.push(Line {
            way: Way::Never,
            text: format!("nothing of {}", few(&silent)),
        });
    }
    if endpoints.is_empty() {
        lines.push(Line {
            way: Way::Never,
            text: "the server offers nothing".to_owned(),
        });
    }
    lines
}

/// The name of a task, and what stands below it: its class, or the package of both when they are called alike.
fn two_lines<'n>(task: &'n str, class: &'n str) -> (&'n str, Option<&'n str>) {
    match task.rsplit_once('.') {
        _ if task != class => (task, Some(class)),
        Some((package, name)) => (name, Some(package)),
        None => (task, None),
    }
}

/// Who is granted what without a channel.
fn unconnected(graph: &Graph, granted: &Unconnected) -> String {
    let name = |at: usize| {
        graph
            .processes
            .get(at)
            .map_or("?", |process| two_lines(&process.task, &process.class).0)
    };
    let clients: Vec<&str> = granted.clients.iter().map(|at| name(*at)).collect();
    let others = (0..graph.processes.len())
        .filter(|at| *at != granted.server && !granted.clients.contains(at));
    let others: Vec<&str> = others.map(name).collect();
    let who = match (clients.len(), others.len()) {
        (many, 0) if many > NAMES => "every other task".to_owned(),
        (many, few) if many > NAMES && few <= NAMES => {
            format!("every other task but {}", others.join(", "))
        }
        _ => few(&clients),
    };
    let of = |endpoint: &Endpoint| {
        let name = endpoint.name.clone();
        endpoint
            .methods
            .iter()
            .map(move |(method, _)| format!("{name}.{method}"))
            .collect::<Vec<_>>()
    };
    let methods: Vec<String> = granted.endpoints.iter().flat_map(of).collect();
    let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
    format!("{who} → {}: {}", name(granted.server), few(&methods))
}

/// The first names, and how many more there are.
fn few(names: &[&str]) -> String {
    match names.len().checked_sub(NAMES + 1) {
        None => names.join(", "),
        Some(more) => format!("{} and {} more", names[..NAMES].join(", "), more + 1),
    }
}
