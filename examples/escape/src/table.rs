//! The table: each attempt beside what it comes to without a sandbox, so that no line says more than it means.
use std::fmt;

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It got through; what it got.
    Through(String),
    /// The system refused; with what.
    Blocked(String),
    /// It could not be tried.
    Untried(String),
}

/// What one run of the attacker said: names and outcomes, in order.
pub type Report = Vec<(String, Outcome)>;

/// A run under `einit`.
#[derive(Debug, Clone)]
pub struct Level {
    /// 1, 2, 3
    pub number: u8,
    /// What came of it, or why the machine cannot have that level.
    pub report: Result<Report, String>,
}

/// All runs.
#[derive(Debug, Clone)]
pub struct Table {
    /// Without `einit`: an ordinary program of the same user.
    pub baseline: Report,
    /// Under `einit`.
    pub levels: Vec<Level>,
}

/// What a level does not keep anybody from, said in SECURITY.md: the attempt and the levels.
pub const DOCUMENTED: &[(&str, &[u8])] = &[
    ("look at a file outside (stat)", &[1, 2]),
    ("make 3000 threads with small stacks", &[1]),
];

/// A cell of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// It works without a sandbox and was refused here.
    Blocked(String),
    /// It got through, and SECURITY.md says so.
    Documented,
    /// It got through.
    Through(String),
    /// The attacker said nothing about it.
    Missing,
}

impl Table {
    /// The attempts that mean something: those that get through without a sandbox.
    pub fn tried(&self) -> impl Iterator<Item = &str> {
        self.baseline
            .iter()
            .filter(|(_, o)| matches!(o, Outcome::Through(_)))
            .map(|(name, _)| name.as_str())
    }

    /// The others, with the reason.
    pub fn untried(&self) -> impl Iterator<Item = (&str, &str)> {
        self.baseline
            .iter()
            .filter_map(|(name, outcome)| match outcome {
                Outcome::Through(_) => None,
                Outcome::Blocked(why) | Outcome::Untried(why) => {
                    Some((name.as_str(), why.as_str()))
                }
            })
    }

    /// What an attempt came to on a level.
    #[must_use]
    pub fn cell(level: u8, report: &Report, name: &str) -> Cell {
        match report.iter().find(|(known, _)| known == name) {
            None => Cell::Missing,
            Some((_, Outcome::Blocked(why))) => Cell::Blocked(why.clone()),
            Some((_, Outcome::Through(_))) if documented(level, name) => Cell::Documented,
            Some((_, Outcome::Through(what) | Outcome::Untried(what))) => {
                Cell::Through(what.clone())
            }
        }
    }
}

fn documented(level: u8, name: &str) -> bool {
    DOCUMENTED
        .iter()
        .any(|(known, levels)| *known == name && levels.contains(&level))
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked(why) => f.pad(&format!("blocked {why}")),
            Self::Documented => f.pad("through, as documented"),
            Self::Through(_) => f.pad("THROUGH"),
            Self::Missing => f.pad("NOT SAID"),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<58}{:<24}", "attempt", "without einit")?;
        for level in &self.levels {
            write!(f, "{:<24}", format!("level {}", level.number))?;
        }
        writeln!(f)?;
        for name in self.tried() {
            write!(f, "{name:<58}{:<24}", "through")?;
            for Level { number, report } in &self.levels {
                match report {
                    Ok(report) => write!(f, "{:<24}", Self::cell(*number, report, name))?,
                    Err(_) => write!(f, "{:<24}", "-")?,
                }
            }
            writeln!(f)?;
        }
        writeln!(
            f,
            "\nnot tried here, as it comes to nothing without einit either:"
        )?;
        for (name, why) in self.untried() {
            writeln!(f, "  {name}: {why}")?;
        }
        writeln!(f)?;
        for Level { number, report } in &self.levels {
            match report {
                Ok(report) => {
                    let blocked =
                        |name: &&str| matches!(Self::cell(*number, report, name), Cell::Blocked(_));
                    let (blocked, tried) =
                        (self.tried().filter(blocked).count(), self.tried().count());
                    writeln!(f, "level {number}: {blocked} of {tried} blocked")?;
                }
                Err(why) => writeln!(f, "level {number}: {why}")?,
            }
        }
        Ok(())
    }
}
