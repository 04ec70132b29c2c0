//! What programs write: read as long as the console takes it. While it does not, the programs wait; the kernel never does.
use super::pace::Strain;
use super::{Kernel, Source};
use crate::report::{Lines, Stream};
use crate::service::poll::Interest;
use nk_image::TaskId;
use rustix::fd::OwnedFd;
use rustix::io::{Errno, read, retry_on_intr};

/// Bytes taken at once. However short the lines, with the names in front they take less than the console keeps.
const AT_ONCE: usize = 4 * 1024;
/// How often a pipe is read after its program has ended: more than it can hold without privilege (1 MiB). A process that
/// inherited it may go on writing.
const LAST_READS: u32 = 257;

/// The kernel's end of an output stream.
#[derive(Debug)]
pub(super) struct Output {
    pipe: OwnedFd,
    lines: Lines,
    /// Not waited for until the console has room.
    paused: bool,
    /// How often it is still read; without a limit while the program runs.
    left: Option<u32>,
}

/// What reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Something,
    /// Nothing for now.
    Nothing,
    /// Nobody holds the writing end any more.
    End,
}

impl Kernel {
    pub(super) fn watch_output(&mut self, task: TaskId, pipes: [OwnedFd; 2]) -> Result<(), Errno> {
        for (stream, pipe) in Stream::ALL.into_iter().zip(pipes) {
            self.poller
                .add(&pipe, Source::Output(task, stream), Interest::READING)?;
            if let Some(slot) = self.slot(task, stream) {
                *slot = Some(Output {
                    pipe,
                    lines: Lines::default(),
                    paused: false,
                    left: None,
                });
            }
        }
        Ok(())
    }

    /// Whether something that programs wrote may still have to be shown.
    pub(super) fn has_output(&self) -> bool {
        self.programs
            .iter()
            .any(|p| p.outputs.iter().any(Option::is_some))
    }

    /// A program has written, or closed a stream.
    pub(super) fn output_event(&mut self, task: TaskId, stream: Stream) {
        if !self.report.has_room(stream) || self.rests(task, Strain::Output) {
            self.pause_output(task, stream);
        } else if self.show_output(task, stream) == Written::End {
            self.close_output(task, stream);
        } else {
            self.strain(task, Strain::Output, 1);
        }
    }

    /// Nothing is waited for: a closed pipe would be told again and again.
    fn pause_output(&mut self, task: TaskId, stream: Stream) {
        let program = self.programs.get_mut(task.index());
        if let Some(output) = program.and_then(|p| p.outputs.get_mut(index(stream))?.as_mut()) {
            output.paused = true;
            self.poller.remove(&output.pipe);
        }
    }

    /// The console may have room again, or have failed.
    pub(super) fn console_event(&mut self) {
        let _ = self.report.is_done();
        for task in (0..).map(TaskId).take(self.programs.len()) {
            for stream in Stream::ALL {
                self.resume_output(task, stream);
            }
        }
    }

    pub(super) fn resume_output(&mut self, task: TaskId, stream: Stream) {
        let rests = self.rests(task, Strain::Output);
        let has_room = self.report.has_room(stream);
        let program = self.programs.get_mut(task.index());
        let Some(output) = program.and_then(|p| p.outputs.get_mut(index(stream))?.as_mut()) else {
            return;
        };
        if !has_room {
        } else if output.left.is_some() {
            self.drain_output(task, stream, false);
        } else if output.paused && !rests {
            output.paused = false;
            if self
                .poller
                .add(
                    &output.pipe,
                    Source::Output(task, stream),
                    Interest::READING,
                )
                .is_err()
            {
                self.close_output(task, stream);
            }
        }
    }

    /// A program has ended: what it wrote is still shown, as far as the console has room now, and then when it has.
    pub(super) fn last_output(&mut self, task: TaskId) {
        for stream in Stream::ALL {
            self.pause_output(task, stream);
            if let Some(output) = self.slot(task, stream).and_then(Option::as_mut) {
                output.left = Some(LAST_READS);
            }
            self.drain_output(task, stream, false);
        }
    }

    /// Shows what is left everywhere; what the console has no room for is counted.
    pub(super) fn all_output(&mut self) {
        for task in (0..).map(TaskId).take(self.programs.len()) {
            for stream in Stream::ALL {
                if let Some(output) = self.slot(task, stream).and_then(Option::as_mut) {
                    output.left = output.left.or(Some(LAST_READS));
                }
                self.drain_output(task, stream, true);
            }
        }
    }

    fn drain_output(&mut self, task: TaskId, stream: Stream, regardless: bool) {
        while self
            .slot(task, stream)
            .is_some_and(|output| output.is_some())
        {
            if !regardless && !self.report.has_room(stream) {
                return;
            }
            let written = self.show_output(task, stream);
            let left = self
                .slot(task, stream)
                .and_then(Option::as_mut)
                .and_then(|output| {
                    output.left = output.left.map(|n| n.saturating_sub(1));
                    output.left
                });
            if written != Written::Something || left == Some(0) {
                self.close_output(task, stream);
            }
        }
    }

    /// Reads some output and shows it.
    fn show_output(&mut self, task: TaskId, stream: Stream) -> Written {
        let mut written = [0; AT_ONCE];
        let program = self.programs.get_mut(task.index());
        let Some(output) = program.and_then(|p| p.outputs.get_mut(index(stream))?.as_mut()) else {
            return Written::End;
        };
        match retry_on_intr(|| read(&output.pipe, &mut written)) {
            Ok(0) => Written::End,
            Ok(length) => {
                let report = &mut self.report;
                let bytes = written.get(..length).unwrap_or_default();
                output
                    .lines
                    .push(bytes, |line| report.line(task, stream, line));
                Written::Something
            }
            Err(Errno::AGAIN) => Written::Nothing,
            Err(_) => Written::End,
        }
    }

    /// Nothing more comes: a line without an end is shown too.
    fn close_output(&mut self, task: TaskId, stream: Stream) {
        let Some(mut output) = self.slot(task, stream).and_then(Option::take) else {
            return;
        };
        self.poller.remove(&output.pipe);
        let report = &mut self.report;
        output.lines.finish(|line| report.line(task, stream, line));
    }

    fn slot(&mut self, task: TaskId, stream: Stream) -> Option<&mut Option<Output>> {
        self.programs
            .get_mut(task.index())?
            .outputs
            .get_mut(index(stream))
    }
}

const fn index(stream: Stream) -> usize {
    match stream {
        Stream::Output => 0,
        Stream::Errors => 1,
    }
}
