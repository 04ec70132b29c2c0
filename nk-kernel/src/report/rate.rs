//! Audit lines that a program may cause in a second; more are counted, not
//! shown (`docs/threats.md` T1).

/// Lines in a second.
const MAX_LINES: u32 = 100;
/// Milliseconds in a second.
const SECOND: u64 = 1000;

/// One program's lines.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// When the running second began.
    since: u64,
    /// Lines of this second that were shown.
    shown: u32,
    /// Lines that were left out and not counted aloud yet.
    suppressed: u64,
}

/// What to do about one more line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admission {
    /// It may be shown.
    pub(super) admitted: bool,
    /// Lines that were left out before it and have not been counted aloud yet.
    pub(super) suppressed: u64,
}

impl Rate {
    /// Counts a line at `now` milliseconds. A second begins with its first
    /// line, not with the clock's.
    pub(super) fn admit(&mut self, now: u64) -> Admission {
        let mut suppressed = 0;
        if now.saturating_sub(self.since) >= SECOND {
            suppressed = self.take_suppressed();
            (self.since, self.shown) = (now, 0);
        }
        let admitted = self.shown < MAX_LINES;
        if admitted {
            self.shown = self.shown.saturating_add(1);
        } else {
            self.suppressed = self.suppressed.saturating_add(1);
        }
        Admission {
            admitted,
            suppressed,
        }
    }

    /// Lines that were left out since this was asked last.
    pub(super) fn take_suppressed(&mut self) -> u64 {
        std::mem::take(&mut self.suppressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_shown_a_hundred_times_a_second_and_counted() {
        let mut rate = Rate::default();
        let shown = (0..250).filter(|_| rate.admit(5).admitted).count();
        assert_eq!(shown, 100);
        assert_eq!(
            rate.admit(1005),
            Admission {
                admitted: true,
                suppressed: 150
            }
        );
        assert_eq!(
            rate.admit(1006),
            Admission {
                admitted: true,
                suppressed: 0
            },
            "counted aloud once"
        );
        assert_eq!(rate.take_suppressed(), 0);
    }
}
