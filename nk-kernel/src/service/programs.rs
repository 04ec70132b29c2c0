//! The programs' lives: start, output, end.
use super::{Interest, Kernel, Source, Wire, stream_index};
use crate::core::LaneId;
use crate::lane::{Lane, Read};
use crate::report::Stream;
use crate::start::{Folder, StartError, start};
use nk_image::TaskId;
use rustix::fd::OwnedFd;
use rustix::io::{read, retry_on_intr};

/// Bytes of output taken at once.
const OUTPUT: usize = 16 * 1024;

impl Kernel {
    /// Starts every task in the order of the plan. All starts are decided before the first is made.
    pub(crate) fn start_all(&mut self, folder: &Folder) -> Result<(), (TaskId, StartError)> {
        let tasks = self.solution.plan.tasks.clone();
        let numbered = || (0..).map(TaskId).zip(&tasks);
        let (policy, initiator) = (&self.solution.policy, self.solution.plan.initiator);
        let mut permits = Vec::new();
        for (id, task) in numbered() {
            match policy.execute(initiator, task.class) {
                Ok(permit) => permits.push(permit),
                Err(record) => {
                    let text = record.text(policy).to_string();
                    self.report.record(policy, id, &record, 0);
                    return Err((id, StartError::Denied(text)));
                }
            }
        }
        for ((id, task), permit) in numbered().zip(permits) {
            let ends = self.make_lanes(id).map_err(|e| (id, StartError::lanes(e)))?;
            let running = start(folder, task, &ends, permit).map_err(|e| (id, e))?;
            let watched = [
                self.poller.add(&running.process, Source::Ended(id), Interest::READING),
                self.poller.add(&running.output, Source::Output(id, Stream::Output), Interest::READING),
                self.poller.add(&running.errors, Source::Output(id, Stream::Errors), Interest::READING),
            ];
            if let Some(program) = self.programs.get_mut(id.index()) {
                program.running = Some(running);
            }
            watched.into_iter().collect::<Result<(), _>>().map_err(|e| (id, StartError::lanes(e)))?;
            self.report.mention(|| format!("started task `{}`", task.name));
        }
        Ok(())
    }

    /// Makes the lanes of a task and answers the program's ends.
    fn make_lanes(&mut self, task: TaskId) -> Result<Vec<OwnedFd>, rustix::io::Errno> {
        let mut ends = Vec::new();
        for lane in 0..self.lanes {
            let (ours, theirs) = Lane::pair()?;
            self.poller.add(ours.socket(), Source::Lane(LaneId { task, lane }), Interest::READING)?;
            if let Some(program) = self.programs.get_mut(task.index()) {
                program.lanes.push(Some(Wire { lane: ours, interest: Interest::READING, asleep: None }));
            }
            ends.push(theirs);
        }
        Ok(ends)
    }

    /// Shows what a program wrote, once.
    pub(super) fn output_event(&mut self, task: TaskId, stream: Stream) {
        if !self.show_output(task, stream)
            && let Some(running) = self.programs.get(task.index()).and_then(|p| p.running.as_ref())
        {
            // nobody holds the writing end any more
            self.poller.remove(if stream == Stream::Output { &running.output } else { &running.errors });
        }
    }

    /// Reads some output and shows it; `false` at its end.
    fn show_output(&mut self, task: TaskId, stream: Stream) -> bool {
        let mut written = [0; OUTPUT];
        let Some(program) = self.programs.get_mut(task.index()) else { return false };
        let Some(running) = &program.running else { return false };
        let source = if stream == Stream::Output { &running.output } else { &running.errors };
        let Ok(length) = retry_on_intr(|| read(source, &mut written)) else { return true };
        let report = &mut self.report;
        if let Some(lines) = program.lines.get_mut(stream_index(stream)) {
            lines.push(written.get(..length).unwrap_or_default(), |line| report.line(task, stream, line));
        }
        length > 0
    }

    /// A program has ended. What it sent and wrote before is taken first.
    pub(super) fn program_ended(&mut self, task: TaskId) {
        for lane in 0..self.lanes {
            self.drain_lane(LaneId { task, lane });
        }
        let Some(running) = self.programs.get_mut(task.index()).and_then(|p| p.running.take()) else { return };
        let mut ended = running.wait();
        if let Some(program) = self.programs.get_mut(task.index()) {
            ended = program.ending(ended);
            program.running = Some(running);
        }
        self.finish_output(task);
        if let Some(program) = self.programs.get_mut(task.index()) {
            program.running = None;
            program.ended = Some(ended);
            program.lanes.clear();
        }
        self.core.ended(task);
        self.act();
        self.report.ended(task);
        let name = self.task_name(task).to_owned();
        self.report.mention(|| format!("task `{name}` {ended}"));
    }

    /// Takes what a dead program had sent. Nothing new can come, so it ends.
    fn drain_lane(&mut self, id: LaneId) {
        while self.is_free(id) {
            match self.read_packet(id) {
                Read::Empty | Read::Closed => return,
                read => self.take(id, read),
            }
            self.act();
        }
    }

    fn finish_output(&mut self, task: TaskId) {
        for stream in [Stream::Output, Stream::Errors] {
            // bounded by what a pipe holds: a process that inherited the pipe may still write
            for _ in 0..64 {
                if !self.show_output(task, stream) {
                    break;
                }
            }
            let report = &mut self.report;
            if let Some(lines) = self.programs.get_mut(task.index()).and_then(|p| p.lines.get_mut(stream_index(stream)))
            {
                lines.finish(|line| report.line(task, stream, line));
            }
        }
    }

    /// Ends every program that still runs.
    pub(crate) fn end_all(&mut self) {
        for running in self.programs.iter().filter_map(|p| p.running.as_ref()) {
            running.kill();
        }
        for task in (0..).map(TaskId).take(self.programs.len()) {
            let Some(program) = self.programs.get_mut(task.index()) else { continue };
            if let Some(running) = &program.running {
                program.ended = Some(program.ending(running.wait()));
                self.finish_output(task);
            }
            if let Some(program) = self.programs.get_mut(task.index()) {
                program.running = None;
            }
        }
    }
}
