//! `nk-gen graph`: a solution as a picture.
use super::options::{GraphArgs, Picture};
use super::{Console, Exit};
use crate::emit::graph::{mermaid, svg};
use crate::emit::write::write_all;
use crate::solution::graph::Graph;
use crate::solution::{Inputs, build};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;

/// Runs the command.
pub(super) fn run(args: &GraphArgs, console: &mut Console<'_>) -> Exit {
    let solution = build(&Inputs {
        init: args.texts.init.clone(),
        policy: args.texts.policy.clone(),
        defines: args.common.define.clone(),
        options: args.common.options(),
        ..Inputs::default()
    });
    let Some(image) = &solution.image else {
        return console.finish(&solution.analysis, &[]);
    };
    let graph = Graph::of(image);
    let picture = match args.picture {
        Picture::Svg => svg(&graph),
        Picture::Mermaid => mermaid(&graph),
    };
    let Some(out) = &args.out else {
        console.print(&picture);
        return console.finish(&solution.analysis, &[]);
    };
    match write_all(&[(out.clone(), picture)]) {
        Ok(()) => console.finish(&solution.analysis, &[]),
        Err(failed) => {
            let finding = Diagnostic::new(Code::NOT_WRITTEN, failed.to_string(), None);
            console.finish(&solution.analysis, &[finding]);
            Exit::InputOutput
        }
    }
}
