//! Cuts the output of a program into lines.
//!
//! A program may write in any pieces: half a line, many lines, bytes that are
//! no text. What is shown are lines, each once and in their order, with nothing
//! left out and nothing joined but what belongs to one line. Line ends are
//! `\n`; a `\r` before one is taken off where the line is shown. A line without
//! an end is shown when the stream is closed.

/// A longer line is shown in pieces: a program cannot make the kernel keep more
/// of it.
const MAX_LINE: usize = 16 * 1024;

/// The beginning of a line whose end has not been written yet.
#[derive(Debug, Default)]
pub(crate) struct Lines(Vec<u8>);

impl Lines {
    /// Takes what was written and shows the lines that are complete.
    pub(crate) fn push(&mut self, written: &[u8], mut show: impl FnMut(&[u8])) {
        for part in written
            .split_inclusive(|b| *b == b'\n')
            .flat_map(|line| line.chunks(MAX_LINE))
        {
            if self.0.len().saturating_add(part.len()) > MAX_LINE {
                self.finish(&mut show);
            }
            self.0.extend_from_slice(part);
            if let Some(line) = self.0.strip_suffix(b"\n") {
                show(line);
                self.0.clear();
            }
        }
    }

    /// Shows what is left when nothing more comes.
    pub(crate) fn finish(&mut self, mut show: impl FnMut(&[u8])) {
        if !self.0.is_empty() {
            show(&self.0);
            self.0.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(writes: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut shown) = (Lines::default(), Vec::new());
        for w in writes {
            lines.push(w, |line| shown.push(line.to_vec()));
        }
        lines.finish(|line| shown.push(line.to_vec()));
        shown
    }

    #[test]
    fn lines_are_shown_whole_however_they_were_written() {
        assert_eq!(
            lines(&[b"a", b"b\nc", b"\n", b"\n", b"d"]),
            [&b"ab"[..], b"c", b"", b"d"]
        );
        assert!(lines(&[b""]).is_empty());
    }

    #[test]
    fn a_line_without_an_end_does_not_grow_in_the_kernel() {
        let shown = lines(&[&[b'x'; 5000][..]; 10]);
        assert!(shown.iter().all(|l| l.len() <= MAX_LINE));
        assert_eq!(
            shown.iter().map(Vec::len).sum::<usize>(),
            50_000,
            "nothing is lost"
        );
        let shown = lines(&[&vec![b'x'; 50_000]]);
        assert!(
            shown.iter().all(|l| l.len() <= MAX_LINE),
            "nor in one write"
        );
    }
}
