//! `nk-gen solution`: compiles a solution image from a start-up description and a policy.
use super::options::SolutionArgs;
use super::{Console, Exit};
use crate::Analysis;
use crate::emit::write::write_all;
use crate::solution::{Inputs, build};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_image::Image;
use std::path::Path;

/// Runs the command.
pub(super) fn run(args: &SolutionArgs, console: &mut Console<'_>) -> Exit {
    let name = args
        .out
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let solution = build(&Inputs {
        name: name.unwrap_or_default(),
        init: args.texts.init.clone(),
        policy: args.texts.policy.clone(),
        defines: args.common.define.clone(),
        max_message: args.max_message,
        compat: args.compat.clone(),
        options: args.common.options(),
    });
    let (Some(image), false) = (&solution.image, solution.analysis.has_errors()) else {
        return console.finish(&solution.analysis, &[]);
    };
    if let Some(input) = overwritten(args, &solution.analysis) {
        let message = format!(
            "the image would replace `{}`, which it is made from",
            input.display()
        );
        let finding =
            Diagnostic::new(Code::NOT_WRITTEN, message, None).help("name another file with `-o`");
        console.finish(&solution.analysis, &[finding]);
        return Exit::InputOutput;
    }
    match save(args, image) {
        Ok(()) => console.finish(&solution.analysis, &[]),
        Err((exit, finding)) => {
            console.finish(&solution.analysis, &[*finding]);
            exit
        }
    }
}

/// The input that the output would replace.
fn overwritten<'a>(args: &SolutionArgs, analysis: &'a Analysis) -> Option<&'a Path> {
    let out = args.out.canonicalize().ok()?;
    analysis
        .sources
        .iter()
        .map(|(_, source)| source.path.as_path())
        .find(|path| path.canonicalize().is_ok_and(|p| p == out))
}

fn save(args: &SolutionArgs, image: &Image) -> Result<(), (Exit, Box<Diagnostic>)> {
    let finding = |code, message| Box::new(Diagnostic::new(code, message, None));
    // what the compiler builds must be what the loader accepts
    let bytes = image.to_bytes().map_err(|refused| {
        (
            Exit::Internal,
            finding(
                Code::IMAGE_REFUSED,
                format!("internal error: the image would not load: {refused}"),
            ),
        )
    })?;
    let written = write_all(&[(args.out.clone(), bytes)]);
    written.map_err(|failed| {
        (
            Exit::InputOutput,
            finding(Code::NOT_WRITTEN, failed.to_string()),
        )
    })
}
