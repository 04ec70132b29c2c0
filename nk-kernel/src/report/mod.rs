//! What the kernel tells people and files: refusals as sentences and as JSON lines, and the programs' output line by line.
mod console;
mod lines;
mod rate;

pub use console::{Console, StdConsole, Stream};
pub(crate) use lines::Lines;

use nk_image::{Plan, TaskId};
use nk_security::{Policy, Quoted, Record};
use rate::Rate;
use std::fs::File;
use std::io::Write;

/// Where everything that is to be read goes.
pub(crate) struct Report {
    console: Box<dyn Console>,
    audit: Option<File>,
    rates: Vec<Rate>,
    names: Vec<String>,
    verbose: bool,
    /// Audit lines so far: their numbers have no gap.
    lines: u64,
}

impl Report {
    pub(crate) fn new(plan: &Plan, console: Box<dyn Console>, audit: Option<File>, verbose: bool) -> Self {
        let rates = plan.tasks.iter().map(|_| Rate::default()).collect();
        let names = plan.tasks.iter().map(|t| t.name.clone()).collect();
        Self { console, audit, rates, names, verbose, lines: 0 }
    }

    /// A sentence of the kernel itself.
    pub(crate) fn say(&mut self, sentence: &str) {
        self.console.kernel(sentence);
    }

    /// A sentence that is only wanted with `--verbose`.
    pub(crate) fn mention(&mut self, sentence: impl FnOnce() -> String) {
        if self.verbose {
            self.console.kernel(&sentence());
        }
    }

    /// A line that a program wrote.
    pub(crate) fn line(&mut self, task: TaskId, stream: Stream, line: &[u8]) {
        let name = self.names.get(task.index()).map_or("?", String::as_str);
        self.console.program(name, stream, line);
    }

    /// A refusal that `task` caused, at `now` milliseconds. Above the rate it is only counted.
    pub(crate) fn record(&mut self, policy: &Policy, task: TaskId, record: &Record, now: u64) {
        let Some(rate) = self.rates.get_mut(task.index()) else { return };
        let before = rate.admit(now);
        if before.suppressed > 0 {
            self.suppressed(task, before.suppressed);
        }
        if before.admitted {
            self.console.kernel(&record.text(policy).to_string());
            let call = self.next_line();
            self.append(&record.json(policy, call).to_string());
        }
    }

    /// A program has ended: what was left out of the audit is counted now.
    pub(crate) fn ended(&mut self, task: TaskId) {
        let suppressed = self.rates.get_mut(task.index()).map_or(0, Rate::take_suppressed);
        if suppressed > 0 {
            self.suppressed(task, suppressed);
        }
    }

    fn suppressed(&mut self, task: TaskId, n: u64) {
        let name = self.names.get(task.index()).cloned().unwrap_or_default();
        self.console.kernel(&format!("{n} more refusals of task `{name}` suppressed"));
        let call = self.next_line();
        self.append(&format!("{{\"call\":{call},\"op\":\"suppressed\",\"task\":{},\"count\":{n}}}", Quoted(&name)));
    }

    fn next_line(&mut self) -> u64 {
        self.lines = self.lines.saturating_add(1);
        self.lines
    }

    /// An audit that cannot be written is said once; refusals go on being shown.
    fn append(&mut self, line: &str) {
        let Some(file) = &mut self.audit else { return };
        if let Err(e) = writeln!(file, "{line}") {
            self.audit = None;
            self.console.kernel(&format!("the audit file cannot be written any more: {e}"));
        }
    }
}
