//! Where sentences and program output appear: the terminal, or a test.
use std::io::Write;

/// Which stream of a program a line came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Error output.
    Errors,
}

/// Shows what the kernel and the programs have to say, line by line and at once.
pub trait Console {
    /// A line that the task with this name wrote, without its line end.
    fn program(&mut self, task: &str, stream: Stream, line: &[u8]);
    /// A sentence of the kernel.
    fn kernel(&mut self, sentence: &str);
}

/// The terminal: programs' lines with the task's name in front, the kernel's sentences as error output.
#[derive(Debug, Clone, Copy, Default)]
pub struct StdConsole;

impl Console for StdConsole {
    fn program(&mut self, task: &str, stream: Stream, line: &[u8]) {
        let line = [b"[", task.as_bytes(), b"] ", line, b"\n"].concat();
        // nobody is left to be told that the terminal is gone
        let _ = match stream {
            Stream::Output => std::io::stdout().write_all(&line),
            Stream::Errors => std::io::stderr().write_all(&line),
        };
    }
    fn kernel(&mut self, sentence: &str) {
        let _ = writeln!(std::io::stderr(), "einit: {sentence}");
    }
}
