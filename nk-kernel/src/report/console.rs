//! Where sentences and program output appear: the terminal, or a test.
use super::writer::Writer;
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::fstat;
use rustix::io::{fcntl_dupfd_cloexec, read};
use std::io;
use std::sync::Arc;

/// Which stream of a program a line came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Error output.
    Errors,
}

impl Stream {
    /// Both, in the order of their descriptors.
    pub(crate) const ALL: [Self; 2] = [Self::Output, Self::Errors];
}

/// Shows what the kernel and the programs have to say, line by line and at
/// once. Texts contain no control characters.
///
/// A console must not make the kernel wait. One that can be slow says that it
/// has no room: the kernel then reads no more from the programs, so that they
/// wait, and looks again when `progress` tells it to.
pub trait Console {
    /// A line that the task with this name wrote, without its line end.
    fn program(&mut self, task: &str, stream: Stream, line: &str);
    /// A sentence of the kernel.
    fn kernel(&mut self, sentence: &str);
    /// Whether lines of programs are taken now.
    fn has_room(&self, _stream: Stream) -> bool {
        true
    }
    /// Becomes readable when there may be room again, when everything is shown,
    /// or when a stream has failed.
    fn progress(&self) -> Option<BorrowedFd<'_>> {
        None
    }
    /// Takes notice of progress; answers whether everything is shown.
    fn is_done(&mut self) -> bool {
        true
    }
    /// Why a stream can show nothing any more; each time it is asked only
    /// failures that are new.
    fn failure(&mut self) -> Option<(Stream, io::Error)> {
        None
    }
}

/// The terminal: programs' lines with the task's name in front, the kernel's
/// sentences as error output.
///
/// Threads of its own do the writing: whoever reads a terminal, a pipe or a
/// file slowly stops them and not the kernel. (Without the threads the
/// descriptors would have to be non-blocking, and these belong to the shell as
/// well.) Dropped, it gives what is not yet shown another second.
#[derive(Debug)]
pub struct StdConsole {
    output: Arc<Writer>,
    /// The same as `output` where both streams go to one place: lines then stay
    /// in their order, and whole.
    errors: Arc<Writer>,
    progress: Arc<OwnedFd>,
}

impl StdConsole {
    /// The standard streams of this process.
    ///
    /// # Errors
    /// No thread or descriptor can be had.
    pub fn new() -> io::Result<Self> {
        Self::over(rustix::stdio::stdout(), rustix::stdio::stderr())
    }

    /// A console over any two descriptors, which are duplicated. Where both are
    /// one file, one thread writes for both.
    fn over(output: impl AsFd, errors: impl AsFd) -> io::Result<Self> {
        let progress = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let one_place = match (fstat(&output), fstat(&errors)) {
            (Ok(a), Ok(b)) => (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino),
            _ => false,
        };
        let start =
            |fd: BorrowedFd<'_>| Writer::start(fcntl_dupfd_cloexec(fd, 3)?, Arc::clone(&progress));
        let output = start(output.as_fd())?;
        let errors = if one_place {
            Arc::clone(&output)
        } else {
            start(errors.as_fd())?
        };
        Ok(Self {
            output,
            errors,
            progress,
        })
    }

    /// The thread's end of a stream.
    const fn writer(&self, stream: Stream) -> &Arc<Writer> {
        match stream {
            Stream::Output => &self.output,
            Stream::Errors => &self.errors,
        }
    }
}

impl Console for StdConsole {
    /// One line with the task's name in brackets in front.
    fn program(&mut self, task: &str, stream: Stream, line: &str) {
        self.writer(stream)
            .push_programs(&format!("[{task}] {line}\n"));
    }
    /// One line with `einit: ` in front, on error output.
    fn kernel(&mut self, sentence: &str) {
        self.errors.push_kernels(&format!("einit: {sentence}\n"));
    }
    /// Below 64 KiB that are not written yet.
    fn has_room(&self, stream: Stream) -> bool {
        self.writer(stream).has_room()
    }
    /// An eventfd that the writing threads count up.
    fn progress(&self) -> Option<BorrowedFd<'_>> {
        Some(self.progress.as_ref().as_fd())
    }
    /// Resets the eventfd before it looks, so that no progress is missed.
    fn is_done(&mut self) -> bool {
        // taken first: whatever happens from here on wakes again
        let _ = read(self.progress.as_ref(), &mut [0; 8]);
        self.output.is_done() && self.errors.is_done()
    }
    /// The first stream that has failed and was not reported before.
    fn failure(&mut self) -> Option<(Stream, io::Error)> {
        let failed = |stream| Some((stream, self.writer(stream).new_failure()?.into()));
        Stream::ALL.into_iter().find_map(failed)
    }
}

impl Drop for StdConsole {
    fn drop(&mut self) {
        self.output.close();
        self.errors.close();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use rustix::pipe::pipe;
    use std::fs::File;
    use std::io::Read;

    #[test]
    fn lines_for_one_place_stay_in_their_order() {
        let (read, write) = pipe().unwrap();
        let mut console = StdConsole::over(&write, &write).unwrap();
        drop(write);
        for i in 0..500 {
            console.program("t", Stream::Output, &i.to_string());
            console.kernel(&i.to_string());
        }
        drop(console);
        let mut shown = String::new();
        File::from(read).read_to_string(&mut shown).unwrap();
        let expected = (0..500).flat_map(|i| [format!("[t] {i}"), format!("einit: {i}")]);
        assert!(shown.lines().eq(expected), "{shown}");
    }

    #[test]
    fn a_reader_that_does_not_read_takes_the_room_and_stops_nobody() {
        let ((read, write), (_errors, errors)) = (pipe().unwrap(), pipe().unwrap());
        let mut console = StdConsole::over(&write, &errors).unwrap();
        drop(write);
        let line = "x".repeat(1000);
        let mut lines = 0_u32;
        while console.has_room(Stream::Output) {
            console.program("t", Stream::Output, &line);
            lines = lines.saturating_add(1);
            assert!(lines < 10_000, "there is always room");
        }
        assert!(
            console.has_room(Stream::Errors),
            "one stream does not stop the other"
        );
        // what is shown without asking for room is bounded and counted
        for _ in 0..10_000 {
            console.program("t", Stream::Output, &line);
        }
        assert!(!console.is_done());
        let reader = std::thread::spawn(|| {
            let mut shown = String::new();
            File::from(read).read_to_string(&mut shown).map(|_| shown)
        });
        while !console.is_done() {
            std::thread::yield_now();
        }
        assert!(console.has_room(Stream::Output));
        drop(console);
        let shown = reader.join().unwrap().unwrap();
        let missing = shown
            .lines()
            .filter_map(|l| l.strip_prefix("einit: ")?.split_once(" lines not shown"));
        let missing: u32 = missing.map(|(n, _)| n.parse::<u32>().unwrap()).sum();
        let there = u32::try_from(shown.lines().filter(|l| l.starts_with("[t] ")).count()).unwrap();
        assert!(missing > 0);
        assert_eq!(there.checked_add(missing), lines.checked_add(10_000));
    }

    #[test]
    fn a_stream_that_fails_is_told_once_and_takes_everything() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (_read, write) = pipe().unwrap();
        let mut console = StdConsole::over(&full, &write).unwrap();
        console.program("t", Stream::Output, "lost");
        while !console.is_done() {
            std::thread::yield_now();
        }
        let (stream, error) = console.failure().unwrap();
        assert_eq!(
            (stream, error.kind()),
            (Stream::Output, io::ErrorKind::StorageFull)
        );
        console.program("t", Stream::Output, "lost too");
        assert!(
            console.failure().is_none() && console.has_room(Stream::Output) && console.is_done()
        );
    }
}
