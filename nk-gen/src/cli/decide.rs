//! `nk-gen decide`: why an event is granted or denied.
use super::options::{DecideArgs, Format};
use super::{Console, Exit};
use crate::solution::{Inputs, Solution, build};
use crate::tools::decide::{Answer, Line, Question, decide, why};
use std::io::BufRead;

/// Runs the command. A denied event ends it with 1, like a finding.
pub(super) fn run(args: &DecideArgs, console: &mut Console<'_>) -> Exit {
    let mut solution = build(&Inputs {
        policy: args.policy.clone(),
        defines: args.common.define.clone(),
        options: args.common.options(),
        ..Inputs::default()
    });
    if solution.image.is_none() {
        return console.finish(&solution.analysis, &[]);
    }
    let answers = match &args.line {
        Some(line) => lines(&solution, line),
        None => match decide(&mut solution, &question(args)) {
            Ok(answer) => Ok(vec![answer]),
            Err(findings) => return console.finish(&solution.analysis, &findings),
        },
    };
    let answers = match answers {
        Ok(answers) => answers,
        Err(why) => {
            console.complain(&format!("{why}\n"));
            return Exit::InputOutput;
        }
    };
    let exit = console.finish(&solution.analysis, &[]);
    for answer in &answers {
        match console.format() {
            Format::Text => console.print(&answer.text),
            Format::Json => console.print(&format!("{}\n", answer.json)),
        }
    }
    if answers.iter().all(|answer| answer.granted) {
        exit
    } else {
        Exit::Findings
    }
}

fn question(args: &DecideArgs) -> Question {
    Question {
        event: args.event.clone(),
        src: args.src.clone(),
        dst: args.dst.clone(),
        endpoint: args.endpoint.clone(),
        interface: args.interface.clone(),
        method: args.method.clone(),
        message: args.message.clone(),
        before: args.before.clone(),
    }
}

/// The given line, or all lines of the standard input.
fn lines(solution: &Solution, line: &str) -> Result<Vec<Answer>, String> {
    if line != "-" {
        return Ok(vec![why(solution, &Line::read(line)?)]);
    }
    let lines = std::io::stdin().lock().lines();
    lines
        .map(|line| {
            Ok(why(
                solution,
                &Line::read(&line.map_err(|e| e.to_string())?)?,
            ))
        })
        .collect()
}
