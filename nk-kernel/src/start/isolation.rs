//! The levels of isolation between programs (`docs/threats.md` §4), and whether this
//! machine can give them. A claim about security names its level, so it is
//! printed.
//!
//! | level | adds | needs |
//! |---|---|---|
//! | 1 | no new privileges, limits, nothing inherited but the lanes, death with the kernel | – |
//! | 2 | Landlock with scopes, seccomp, no capabilities | Linux 5.13; scopes from 6.12 on |
//! | 3 | user, mount, process, network and other namespaces | user namespaces that a user may make |
//!
//! A level that cannot be given is refused before any program runs, with the
//! option that would be possible.
use crate::sys::{Root, SpawnError, has_filters, landlock_version, try_namespaces};
use rustix::io::Errno;
use std::fmt;
use std::str::FromStr;

/// How strongly programs are to be kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Isolation {
    /// Level 1: no new privileges, resource limits, nothing inherited but the
    /// lanes, death with the kernel (unless a program works at it). Programs of
    /// one user can still reach each other through the system.
    Basic,
    /// Level 2: also no files but the folder of programs and the system's
    /// libraries, for reading (Landlock); no system calls but those that
    /// computing and the lanes need (seccomp); no capabilities.
    #[default]
    Confined,
    /// Level 3: also namespaces of its own, with a root folder in which nothing
    /// else is.
    Separate,
    /// The highest that the machine can give.
    Best,
}

impl FromStr for Isolation {
    /// A sentence with the values that are possible.
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "1" => Self::Basic,
            "2" => Self::Confined,
            "3" => Self::Separate,
            "best" => Self::Best,
            _ => return Err("expected 1, 2, 3 or best".to_owned()),
        })
    }
}

/// The level that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Basic,
    Confined { landlock: u32 },
    Separate { landlock: u32 },
}

impl Level {
    /// Whether files and system calls are restricted.
    pub(crate) const fn is_confined(self) -> bool {
        !matches!(self, Self::Basic)
    }
}

/// The first version of Landlock that keeps signals and abstract sockets in.
const SCOPES: u32 = 6;

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, landlock) = match self {
            Self::Basic => {
                return f.write_str("1 of 3 (no new privileges, resource limits; no sandbox)");
            }
            Self::Confined { landlock } => (2, landlock),
            Self::Separate { landlock } => (3, landlock),
        };
        let scopes = if *landlock >= SCOPES {
            " with scopes"
        } else {
            ""
        };
        let namespaces = if number == 3 { ", namespaces" } else { "" };
        write!(
            f,
            "{number} of 3 (seccomp, Landlock {landlock}{scopes}{namespaces})"
        )
    }
}

/// A level that this machine cannot give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsolationError {
    level: u8,
    missing: Missing,
}

/// What the machine does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Landlock(Errno),
    Filters(Errno),
    Namespaces(SpawnError),
    /// Nothing is left to keep out when programs are in the root folder.
    Folder,
}

impl fmt::Display for IsolationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "isolation level {} is not possible here: ", self.level)?;
        let os = |errno: Errno| std::io::Error::from_raw_os_error(errno.raw_os_error());
        match self.missing {
            Missing::Landlock(e) => {
                write!(
                    f,
                    "Landlock, which needs Linux 5.13, is missing or switched off ({})",
                    os(e)
                )
            }
            Missing::Filters(e) => write!(f, "seccomp filters are missing ({})", os(e)),
            Missing::Namespaces(e) => write!(f, "{} failed ({})", e.step.text(), os(e.errno)),
            Missing::Folder => f.write_str("the folder of programs is the root folder"),
        }?;
        let lower = match self.missing {
            Missing::Landlock(_) | Missing::Filters(_) => {
                "1`, if you trust all programs of the solution with all that your user may do"
            }
            Missing::Namespaces(_) | Missing::Folder => "2`, or `--isolation best`",
        };
        write!(f, "; use `--isolation {lower}")
    }
}
impl std::error::Error for IsolationError {}

/// Decides the level. `root` is what a program would see at level 3, if there
/// can be such a thing.
pub(super) fn choose(asked: Isolation, root: Option<&Root>) -> Result<Level, IsolationError> {
    let separate = || match root {
        Some(root) => try_namespaces(root).map_err(Missing::Namespaces),
        None => Err(Missing::Folder),
    };
    let refused = |level| move |missing| IsolationError { level, missing };
    match asked {
        Isolation::Basic => Ok(Level::Basic),
        Isolation::Confined => confined()
            .map(|landlock| Level::Confined { landlock })
            .map_err(refused(2)),
        Isolation::Separate => {
            let both = confined().and_then(|landlock| separate().map(|()| landlock));
            both.map(|landlock| Level::Separate { landlock })
                .map_err(refused(3))
        }
        Isolation::Best => Ok(match confined() {
            Err(_) => Level::Basic,
            Ok(landlock) if separate().is_ok() => Level::Separate { landlock },
            Ok(landlock) => Level::Confined { landlock },
        }),
    }
}

/// Whether level 2 is possible: the version of Landlock.
fn confined() -> Result<u32, Missing> {
    has_filters().map_err(Missing::Filters)?;
    landlock_version().map_err(Missing::Landlock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Step;

    #[test]
    fn a_level_that_the_machine_cannot_give_is_refused_and_says_which_it_can() {
        let says = |level, missing| IsolationError { level, missing }.to_string();
        let text = says(2, Missing::Landlock(Errno::NOSYS));
        assert!(
            text.starts_with("isolation level 2 is not possible here: Landlock"),
            "{text}"
        );
        assert!(text.contains("`--isolation 1`"), "{text}");
        let step = SpawnError {
            step: Step::Namespaces,
            errno: Errno::PERM,
        };
        for missing in [Missing::Namespaces(step), Missing::Folder] {
            let text = says(3, missing);
            assert!(
                text.contains("level 3") && text.contains("`--isolation 2`"),
                "{text}"
            );
        }
    }

    #[test]
    fn level_3_needs_a_root_that_holds_less_than_everything() {
        assert_eq!(choose(Isolation::Basic, None), Ok(Level::Basic));
        let refused = choose(Isolation::Separate, None);
        assert!(refused.is_err_and(|e| e.missing == Missing::Folder || confined().is_err()));
        assert!(
            choose(Isolation::Best, None)
                .is_ok_and(|level| !matches!(level, Level::Separate { .. }))
        );
    }

    #[test]
    fn a_level_is_read_from_its_number() {
        assert_eq!(
            ("3".parse(), "best".parse()),
            (Ok(Isolation::Separate), Ok(Isolation::Best))
        );
        assert!(
            "0".parse::<Isolation>()
                .is_err_and(|e| e.contains("1, 2, 3 or best"))
        );
    }
}
