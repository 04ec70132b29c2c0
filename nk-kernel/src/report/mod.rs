//! What the kernel tells people and files: refusals as sentences and as JSON
//! lines, and the programs' output line by line.
//!
//! | what | where | limit |
//! |---|---|---|
//! | refusals | console, audit file | 100 a second and program |
//! | lookups that are refused | console, with `--verbose` | 100 a second and program |
//! | lines of a policy that would help | console | 256 in all, each once |
//! | lines of programs | console | as the console has room |
//!
//! What is above a limit is counted, and the count is shown: nothing is left
//! out silently.
mod console;
mod lines;
mod rate;
mod text;
mod writer;

pub use console::{Console, StdConsole, Stream};
pub(crate) use lines::Lines;
use text::task_name;
pub(crate) use text::{name, printable};

use nk_image::{Plan, TaskId};
use nk_security::{KERNEL_CLASS, Kind, Policy, Quoted, Record};
use rate::Rate;
use rustix::fd::BorrowedFd;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;

/// Lines of policies that are advised at most: as many as a person can add, and
/// no more than a program could make up.
const MAX_ADVISED: usize = 256;

/// Where everything that is to be read goes.
pub(crate) struct Report {
    /// Where sentences and output are shown.
    console: Box<dyn Console>,
    /// Where records are kept; `None` also once it could not be written.
    audit: Option<File>,
    /// Of the refusals of each task.
    rates: Vec<Rate>,
    /// Of what is mentioned about each task.
    verbose_rates: Vec<Rate>,
    /// Of the tasks, as they are shown in brackets.
    names: Vec<String>,
    /// Starts, ends and refused lookups are shown too.
    verbose: bool,
    /// A stream of the console has failed.
    output_lost: bool,
    /// Audit lines so far: their numbers have no gap.
    lines: u64,
    /// Lines of policies that have been advised.
    advised: BTreeSet<String>,
    /// Milliseconds since the start, for the rates.
    now: u64,
}

impl Report {
    /// Nothing has been said yet. `audit`: gets one JSON object for each line.
    /// `verbose`: also starts, ends and refused lookups.
    pub(crate) fn new(
        plan: &Plan,
        console: Box<dyn Console>,
        audit: Option<File>,
        verbose: bool,
    ) -> Self {
        let rates = || plan.tasks.iter().map(|_| Rate::default()).collect();
        let names = plan.tasks.iter().map(|t| task_name(&t.name)).collect();
        Self {
            console,
            audit,
            rates: rates(),
            verbose_rates: rates(),
            names,
            verbose,
            output_lost: false,
            lines: 0,
            advised: BTreeSet::new(),
            now: 0,
        }
    }

    /// A program that another has made, in a place that may have been
    /// another's.
    pub(crate) fn add(&mut self, task: TaskId, name: &str) {
        let places = task.index().saturating_add(1);
        if self.names.len() < places {
            self.names.resize_with(places, String::new);
            self.rates.resize_with(places, Rate::default);
            self.verbose_rates.resize_with(places, Rate::default);
        }
        if let Some(known) = self.names.get_mut(task.index()) {
            *known = task_name(name);
        }
    }

    /// What happens from now on happens at this time, in milliseconds since the
    /// start.
    pub(crate) const fn set_time(&mut self, now: u64) {
        self.now = now;
    }

    /// A sentence of the kernel itself. It can contain names that somebody else
    /// chose: it stays one line.
    pub(crate) fn message(&mut self, sentence: &str) {
        self.console.kernel(&printable(sentence));
    }

    /// A sentence that is only wanted with `--verbose`.
    pub(crate) fn verbose(&mut self, sentence: impl FnOnce() -> String) {
        if self.verbose {
            self.message(&sentence());
        }
    }

    /// One that `task` can cause as often as it wants. Above the rate it is
    /// only counted.
    pub(crate) fn verbose_of(&mut self, task: TaskId, sentence: impl FnOnce() -> String) {
        let Some(rate) = self
            .verbose_rates
            .get_mut(task.index())
            .filter(|_| self.verbose)
        else {
            return;
        };
        let before = rate.admit(self.now);
        self.suppressed_lookups(task, before.suppressed);
        if before.admitted {
            self.message(&sentence());
        }
    }

    /// Says how many lookups were left out, if any were.
    fn suppressed_lookups(&mut self, task: TaskId, n: u64) {
        if n > 0 {
            self.message(&format!(
                "{n} more lookups of task `{}` not shown",
                self.name(task)
            ));
        }
    }

    /// A task's name as it is shown in brackets.
    fn name(&self, task: TaskId) -> &str {
        self.names.get(task.index()).map_or("?", String::as_str)
    }

    /// A line that a program wrote. What it could act on the terminal with is
    /// shown instead.
    pub(crate) fn line(&mut self, task: TaskId, stream: Stream, line: &[u8]) {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        let name = self.names.get(task.index()).map_or("?", String::as_str);
        self.console.program(name, stream, &printable(&line));
    }

    /// Whether lines of programs are wanted now; if not, [`Report::progress`]
    /// tells when to ask again.
    pub(crate) fn has_room(&self, stream: Stream) -> bool {
        self.console.has_room(stream)
    }

    /// Becomes readable when the console has changed.
    pub(crate) fn progress(&self) -> Option<BorrowedFd<'_>> {
        self.console.progress()
    }

    /// Takes notice of progress; answers whether everything is shown. A stream
    /// that has failed is said once.
    pub(crate) fn is_done(&mut self) -> bool {
        let done = self.console.is_done();
        let Some((stream, e)) = self.console.failure() else {
            return done;
        };
        self.output_lost = true;
        let stream = match stream {
            Stream::Output => "standard output",
            Stream::Errors => "error output",
        };
        self.message(&format!(
            "{stream} cannot be written ({e}): what the programs write there is lost"
        ));
        false
    }

    /// Whether something that programs wrote could not be shown because a
    /// stream has failed.
    pub(crate) const fn output_lost(&self) -> bool {
        self.output_lost
    }

    /// A refusal that `task` caused. Above the rate it is only counted.
    pub(crate) fn record(&mut self, policy: &Policy, task: TaskId, record: &Record) {
        if !record.is_recorded() {
            return;
        }
        let Some(rate) = self.rates.get_mut(task.index()) else {
            return;
        };
        let before = rate.admit(self.now);
        if before.suppressed > 0 {
            self.suppressed(task, before.suppressed);
        }
        if before.admitted {
            self.message(&record.text(policy).to_string());
            let call = self.next_line();
            self.append(&record.json(policy, call).to_string());
            let kernel = policy.tables().class_named(KERNEL_CLASS);
            let about_kernel =
                kernel.is_some() && (record.dst == kernel || Some(record.src) == kernel);
            if let Some(remedy) = record
                .remedy(policy)
                .filter(|_| about_kernel || record.kind == Kind::Execute)
            {
                self.advise(&remedy.to_string());
            }
        }
    }

    /// The line of the policy that would let something pass, each once.
    pub(crate) fn advise(&mut self, line: &str) {
        if self.advised.len() < MAX_ADVISED && self.advised.insert(line.to_owned()) {
            self.message(&format!("this line of the policy would allow it: {line}"));
        }
    }

    /// A program has ended: what was left out of the audit is counted now.
    pub(crate) fn ended(&mut self, task: TaskId) {
        let suppressed = self
            .rates
            .get_mut(task.index())
            .map_or(0, Rate::take_suppressed);
        if suppressed > 0 {
            self.suppressed(task, suppressed);
        }
        let suppressed_lookups = self
            .verbose_rates
            .get_mut(task.index())
            .map_or(0, Rate::take_suppressed);
        self.suppressed_lookups(task, suppressed_lookups);
    }

    /// Says how many refusals were left out; the audit file has a line for it
    /// too, with a number in the same series.
    fn suppressed(&mut self, task: TaskId, n: u64) {
        let name = self.name(task).to_owned();
        self.message(&format!("{n} more refusals of task `{name}` suppressed"));
        let call = self.next_line();
        self.append(&format!(
            "{{\"call\":{call},\"op\":\"suppressed\",\"task\":{},\"count\":{n}}}",
            Quoted(&name)
        ));
    }

    /// The number of the next line of the audit, from 1.
    fn next_line(&mut self) -> u64 {
        self.lines = self.lines.saturating_add(1);
        self.lines
    }

    /// An audit that cannot be written is said once; refusals go on being
    /// shown.
    fn append(&mut self, line: &str) {
        let Some(file) = &mut self.audit else { return };
        if let Err(e) = writeln!(file, "{line}") {
            self.audit = None;
            self.message(&format!("the audit file cannot be written any more: {e}"));
        }
    }
}
