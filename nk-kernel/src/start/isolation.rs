//! The levels of isolation between programs (design §5). A claim about security names its level, so it is printed.
use std::fmt;
use std::str::FromStr;

/// How strongly programs are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Isolation {
    /// Level 1: no new privileges, resource limits, nothing inherited but the lanes, death with the kernel (unless a program
    /// works at it). Programs of one user can still reach each other through the system.
    #[default]
    Basic,
}

impl Isolation {
    /// Its number.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Self::Basic => 1,
        }
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic => f.write_str("1 (no new privileges, resource limits; no sandbox)"),
        }
    }
}

impl FromStr for Isolation {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "1" => Ok(Self::Basic),
            "2" | "3" | "best" => {
                Err(format!("this release offers isolation level 1 only, not `{text}`; use `--isolation 1`"))
            }
            _ => Err(format!("`{text}` is no isolation level; this release offers level 1")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_cannot_be_given_is_refused_and_says_which_can() {
        assert_eq!("1".parse(), Ok(Isolation::Basic));
        for level in ["2", "3", "best", "0", ""] {
            let refused = level.parse::<Isolation>();
            assert!(refused.is_err_and(|e| e.contains("level 1")), "{level}");
        }
    }
}
