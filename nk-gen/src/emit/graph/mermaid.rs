//! A solution as a Mermaid flowchart.
use super::{lines, two_lines, unconnected};
use crate::solution::graph::{Graph, Way};
use std::fmt::Write;

/// The flowchart. A line ends with an arrow where something passes, and with a cross where nothing does.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    // writing to a string cannot fail
    for (at, process) in graph.processes.iter().enumerate() {
        let (name, below) = two_lines(&process.task, &process.class);
        let mut inside = vec![format!("<b>{}</b>", clean(name))];
        inside.extend(below.map(clean));
        if let Some((granted, all)) = process.kernel {
            inside.push(format!("kernel: {granted} of {all} methods"));
        }
        if !process.starts {
            inside.push("the policy does not let it start".to_owned());
        }
        let _ = writeln!(text, "    t{at}[\"{}\"]", inside.join("<br/>"));
    }
    let mut useless = Vec::new();
    let mut edge = 0;
    for channel in &graph.channels {
        let mut label = vec![format!("<b>{}</b>", clean(&channel.name))];
        label.extend(
            lines(&channel.endpoints)
                .iter()
                .map(|line| format!("{} {}", mark(line.way), clean(&line.text))),
        );
        let arrow = if channel.is_useless() { "--x" } else { "-->" };
        for client in &channel.clients {
            let _ = writeln!(
                text,
                "    t{client} {arrow}|\"{}\"| t{}",
                label.join("<br/>"),
                channel.server
            );
            if channel.is_useless() {
                useless.push(edge.to_string());
            }
            edge += 1;
        }
    }
    for granted in &graph.unconnected {
        let _ = writeln!(
            text,
            "    %% granted, but without a channel: {}",
            clean(&unconnected(graph, granted))
        );
    }
    if !useless.is_empty() {
        let _ = writeln!(text, "    linkStyle {} stroke:#c0392b", useless.join(","));
    }
    let stopped = graph
        .processes
        .iter()
        .enumerate()
        .filter(|(_, process)| !process.starts);
    for (at, _) in stopped {
        let _ = writeln!(text, "    style t{at} stroke:#c0392b,stroke-dasharray:4");
    }
    text
}

/// ✓ always, ? depends, ! no response, ✗ never.
const fn mark(way: Way) -> char {
    match way {
        Way::Always => '✓',
        Way::Depends => '?',
        Way::Unanswered => '!',
        Way::Never => '✗',
    }
}

/// What Mermaid would take for more than text.
fn clean(text: &str) -> String {
    let mut clean = String::new();
    for c in text.chars() {
        match c {
            '"' => clean.push_str("#quot;"),
            '<' => clean.push_str("#lt;"),
            '>' => clean.push_str("#gt;"),
            '#' => clean.push_str("#35;"),
            c if c.is_control() => clean.push('?'),
            c => clean.push(c),
        }
    }
    clean
}
