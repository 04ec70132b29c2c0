//! What is known of the place where findings are shown: whether it has colours, and how wide it is.
use std::ffi::OsString;
use std::io::IsTerminal;

/// Columns where nothing is known.
const COLUMNS: usize = 100;
/// Fewest columns in which a place can be drawn.
const FEWEST: usize = 40;

/// A terminal, or a pipe or file instead of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Whether to send escape sequences for colours.
    pub(crate) colour: bool,
    /// Its width.
    pub(crate) columns: usize,
}

impl Terminal {
    /// A terminal of usual width.
    #[cfg(feature = "cli")]
    pub(crate) const fn usual(colour: bool) -> Self {
        Self {
            colour,
            columns: COLUMNS,
        }
    }

    /// The standard error of this process.
    pub(crate) fn of_errors() -> Self {
        let err = std::io::stderr();
        let width = terminal_size::terminal_size_of(&err).map(|(width, _)| usize::from(width.0));
        Self::new(err.is_terminal(), width, |name| std::env::var_os(name))
    }

    /// A terminal of which these things are known. `NO_COLOR` counts when it is not empty (<https://no-color.org>);
    /// `COLUMNS` is believed before the terminal itself.
    fn new(
        is_terminal: bool,
        width: Option<usize>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let plain = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|value| value == "dumb");
        let wanted = variable("COLUMNS").and_then(|value| value.to_str()?.parse().ok());
        let columns = wanted
            .or(width)
            .filter(|columns| *columns > 0)
            .unwrap_or(COLUMNS);
        Self {
            colour: is_terminal && !plain && !dumb,
            columns: columns.max(FEWEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(
        is_terminal: bool,
        width: Option<usize>,
        variables: &[(&str, &str)],
    ) -> (bool, usize) {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.into())
        };
        let terminal = Terminal::new(is_terminal, width, variable);
        (terminal.colour, terminal.columns)
    }

    #[test]
    fn colours_are_for_terminals_unless_the_user_wants_none() {
        assert_eq!(terminal(true, Some(80), &[]), (true, 80));
        assert_eq!(terminal(false, None, &[]), (false, 100));
        assert_eq!(terminal(true, Some(80), &[("NO_COLOR", "1")]), (false, 80));
        assert_eq!(terminal(true, Some(80), &[("NO_COLOR", "")]), (true, 80));
        assert_eq!(terminal(true, Some(80), &[("TERM", "dumb")]), (false, 80));
    }

    #[test]
    fn the_width_is_what_the_user_says_or_the_terminal_has() {
        assert_eq!(terminal(true, Some(80), &[("COLUMNS", "132")]), (true, 132));
        assert_eq!(terminal(false, None, &[("COLUMNS", "60")]), (false, 60));
        assert_eq!(terminal(true, Some(80), &[("COLUMNS", "wide")]), (true, 80));
        assert_eq!(terminal(true, Some(0), &[]), (true, 100));
        assert_eq!(terminal(true, Some(7), &[]), (true, 40));
    }
}
