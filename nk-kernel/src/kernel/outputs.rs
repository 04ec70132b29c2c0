//! What programs write: read as long as the console takes it. While it does
//! not, the programs wait; the kernel never does.
//!
//! A stream is read 4 KiB at a time. It is not read while the console has no
//! room, and not while its program is paused for having written too much; after
//! the program's end what is left in the pipe is still shown, up to the 1 MiB
//! that a pipe can hold.
use super::poller::{Interest, Poller, Source};
use crate::report::{Lines, Report, Stream};
use nk_image::TaskId;
use rustix::fd::OwnedFd;
use rustix::io::{Errno, read, retry_on_intr};

/// Bytes taken at once. However short the lines, with the names in front they
/// take less than the console keeps.
const AT_ONCE: usize = 4 * 1024;
/// How often a pipe is read after its program has ended: more than it can hold
/// without privilege (1 MiB). A process that inherited it may go on writing.
const LAST_READS: u32 = 257;

/// The kernel's end of an output stream.
#[derive(Debug)]
struct Output {
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

/// Where output goes, and what waits for it.
pub(super) struct Sink<'k> {
    pub(super) report: &'k mut Report,
    pub(super) poller: &'k Poller,
}

/// The output streams of all programs, until everything is shown.
#[derive(Default)]
pub(super) struct Outputs {
    /// By program and [`Stream`].
    programs: Vec<[Option<Output>; 2]>,
}

impl Outputs {
    /// The streams of a program, which are waited for from now on.
    ///
    /// # Errors
    /// Of the system, which cannot wait for them.
    pub(super) fn open(
        &mut self,
        poller: &Poller,
        task: TaskId,
        pipes: [OwnedFd; 2],
    ) -> Result<(), Errno> {
        let programs = task.index().saturating_add(1).max(self.programs.len());
        self.programs.resize_with(programs, Default::default);
        for (stream, pipe) in Stream::ALL.into_iter().zip(pipes) {
            poller.add(&pipe, Source::Output(task, stream), Interest::READING)?;
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

    /// Whether nothing that programs wrote has still to be shown.
    pub(super) fn is_empty(&self) -> bool {
        self.programs.iter().flatten().all(Option::is_none)
    }

    /// The place of a stream, which is empty once the stream is closed.
    fn slot(&mut self, task: TaskId, stream: Stream) -> Option<&mut Option<Output>> {
        let slots = self.programs.get_mut(task.index())?;
        slots.get_mut(index(stream))
    }

    /// A stream that is open.
    fn get(&mut self, task: TaskId, stream: Stream) -> Option<&mut Output> {
        self.slot(task, stream)?.as_mut()
    }

    /// Shows what a program has written, unless it is paused or the console has
    /// no room; answers whether it was read.
    pub(super) fn show(
        &mut self,
        sink: &mut Sink<'_>,
        task: TaskId,
        stream: Stream,
        paused: bool,
    ) -> bool {
        if paused || !sink.report.has_room(stream) {
            self.pause(sink.poller, task, stream);
            return false;
        }
        let written = self.read(sink, task, stream);
        if written == Written::End {
            self.close(sink, task, stream);
        }
        written != Written::End
    }

    /// Nothing is waited for: a closed pipe would be reported again and again.
    fn pause(&mut self, poller: &Poller, task: TaskId, stream: Stream) {
        if let Some(output) = self.get(task, stream) {
            output.paused = true;
            poller.remove(&output.pipe);
        }
    }

    /// The console may have room again: whoever waited for it is read again, if
    /// not `paused`.
    pub(super) fn resume_all(&mut self, sink: &mut Sink<'_>, paused: impl Fn(TaskId) -> bool) {
        for task in (0..).map(TaskId).take(self.programs.len()) {
            self.resume(sink, task, paused(task));
        }
    }

    /// A program is read again, if it is not `paused` and the console has room.
    pub(super) fn resume(&mut self, sink: &mut Sink<'_>, task: TaskId, paused: bool) {
        for stream in Stream::ALL {
            if sink.report.has_room(stream) {
                self.resume_stream(sink, task, stream, paused);
            }
        }
    }

    /// Goes on with one stream: shows what is left of an ended program, or
    /// waits for a paused one again.
    fn resume_stream(&mut self, sink: &mut Sink<'_>, task: TaskId, stream: Stream, paused: bool) {
        let Some(output) = self.get(task, stream) else {
            return;
        };
        if output.left.is_some() {
            self.drain(sink, task, stream, false);
        } else if output.paused && !paused {
            output.paused = false;
            let source = Source::Output(task, stream);
            let watched = sink.poller.add(&output.pipe, source, Interest::READING);
            if watched.is_err() {
                self.close(sink, task, stream);
            }
        }
    }

    /// A program has ended: what it wrote is still shown, as far as the console
    /// has room now, and then when it has.
    pub(super) fn program_ended(&mut self, sink: &mut Sink<'_>, task: TaskId) {
        for stream in Stream::ALL {
            self.pause(sink.poller, task, stream);
            if let Some(output) = self.get(task, stream) {
                output.left = Some(LAST_READS);
            }
            self.drain(sink, task, stream, false);
        }
    }

    /// All programs have ended: shows what is left everywhere. What the console
    /// has no room for is counted.
    pub(super) fn all_ended(&mut self, sink: &mut Sink<'_>) {
        for task in (0..).map(TaskId).take(self.programs.len()) {
            for stream in Stream::ALL {
                if let Some(output) = self.get(task, stream) {
                    output.left = output.left.or(Some(LAST_READS));
                }
                self.drain(sink, task, stream, true);
            }
        }
    }

    /// Shows what is left of an ended program. `regardless`: also without room.
    fn drain(&mut self, sink: &mut Sink<'_>, task: TaskId, stream: Stream, regardless: bool) {
        while self.get(task, stream).is_some() {
            if !regardless && !sink.report.has_room(stream) {
                return;
            }
            let written = self.read(sink, task, stream);
            let left = self.get(task, stream).and_then(|output| {
                output.left = output.left.map(|n| n.saturating_sub(1));
                output.left
            });
            if written != Written::Something || left == Some(0) {
                self.close(sink, task, stream);
            }
        }
    }

    /// Reads some output and shows it.
    fn read(&mut self, sink: &mut Sink<'_>, task: TaskId, stream: Stream) -> Written {
        let mut written = [0; AT_ONCE];
        let Some(output) = self.get(task, stream) else {
            return Written::End;
        };
        match retry_on_intr(|| read(&output.pipe, &mut written)) {
            Ok(0) => Written::End,
            Ok(length) => {
                let bytes = written.get(..length).unwrap_or_default();
                let report = &mut *sink.report;
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
    fn close(&mut self, sink: &mut Sink<'_>, task: TaskId, stream: Stream) {
        let Some(mut output) = self.slot(task, stream).and_then(Option::take) else {
            return;
        };
        sink.poller.remove(&output.pipe);
        let report = &mut *sink.report;
        output.lines.finish(|line| report.line(task, stream, line));
    }
}

/// The position of a stream among those of a program.
const fn index(stream: Stream) -> usize {
    match stream {
        Stream::Output => 0,
        Stream::Errors => 1,
    }
}
