//! How much one run takes in before it says so. Every limit has a name for
//! `--limit NAME=VALUE`, a finding of its own, and a value up to which it can
//! be raised. Source: `docs/inputs.md` §2.
use crate::text::codes::Code;
use crate::text::suggest::did_you_mean;
use std::fmt::Write;

/// What is known about one limit.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Its name in `--limit NAME=VALUE`.
    pub name: &'static str,
    /// The finding about what is over it; none for the number of findings
    /// itself.
    pub code: Option<Code>,
    /// What holds without the option.
    pub default: u64,
    /// The largest value that it can be raised to.
    pub most: u64,
    /// What it limits, in words.
    pub what: &'static str,
    /// Where its value is kept.
    field: fn(&mut Limits) -> &mut u64,
}

macro_rules! limits {
    ($($field:ident $name:literal $code:expr, $default:expr, $most:expr, $what:literal;)*) => {
        /// The limits of one run.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $(#[doc = concat!($what, ".")] pub $field: u64,)*
        }

        impl Limits {
            /// What holds unless the caller says otherwise.
            pub const DEFAULT: Self = Self { $($field: $default),* };
            /// Every limit.
            pub const ALL: &'static [Limit] = &[$(Limit {
                name: $name,
                code: $code,
                default: $default,
                most: $most,
                what: $what,
                field: |limits| &mut limits.$field,
            }),*];
        }
    };
}

limits! {
    file_bytes "file-bytes" Some(Code::FILE_TOO_LARGE), 4 << 20, 1 << 30, "Largest description in bytes";
    total_bytes "total-bytes" Some(Code::TOO_MUCH_INPUT), 64 << 20, 1 << 40, "Most bytes of descriptions in one run";
    files "files" Some(Code::TOO_MUCH_INPUT), 4096, 1 << 24, "Most descriptions in one run, or below one `-S` folder";
    folders "folders" Some(Code::TOO_MUCH_INPUT), 65_536, 1 << 24, "Most folders that are visited below one `-S` folder";
    // the parser is recursive; the stack of `crate::stack` is enough for this many levels
    nesting "nesting" Some(Code::NESTING_TOO_DEEP), 64, 1000, "Deepest nesting of brackets and of operators without brackets";
    // the structure check of messages goes no deeper (`nk_runtime::shape::MAX_DEPTH`)
    type_nesting "type-nesting" Some(Code::NESTING_TOO_DEEP), 64, 64, "Deepest nesting of types";
    embedding "embedding" Some(Code::NESTING_TOO_DEEP), 64, 1000, "Deepest embedding of components";
    identifier "identifier" Some(Code::NAME_TOO_LONG), 128, 1 << 20, "Longest identifier in characters";
    dotted_name "dotted-name" Some(Code::NAME_TOO_LONG), 255, 1 << 20, "Longest dotted name in characters";
    literal_digits "literal-digits" Some(Code::TOO_MANY_DIGITS), 40, 1 << 20, "Most digits of an integer literal";
    expression_nodes "expression-nodes" Some(Code::DECLARATION_TOO_LARGE), 10_000, 1 << 30, "Most operators and operands of one constant expression";
    constant_chain "constant-chain" Some(Code::DECLARATION_TOO_LARGE), 10_000, 1 << 30, "Longest chain of constants that each use the one before";
    fields "fields" Some(Code::DECLARATION_TOO_LARGE), 4096, 1 << 24, "Most fields of one struct or variants of one union";
    // 23 bits of the header's `ex` word (`docs/wire.md` §1)
    constant_part "constant-part" Some(Code::MESSAGE_LIMIT), (1 << 23) - 1, (1 << 23) - 1, "Largest constant part of a message in bytes";
    // 8 bits of the same word
    handles "handles" Some(Code::MESSAGE_LIMIT), 255, 255, "Most handles of one message";
    // a MID and a RIID have 16 bits, and 65535 is the invalid one (`docs/languages.md` §8)
    methods "methods" Some(Code::MESSAGE_LIMIT), 65_535, 65_535, "Most methods of an interface";
    endpoints "endpoints" Some(Code::MESSAGE_LIMIT), 65_535, 65_535, "Most endpoints, and most security interfaces, of a process class";
    policy_statements "policy-statements" Some(Code::POLICY_TOO_LARGE), 10_000, 1 << 24, "Most declarations and statements of a policy";
    class_pairs "class-pairs" Some(Code::POLICY_TOO_LARGE), 10_000_000, 1 << 32, "Most pairs of process classes that a policy decides about";
    flow_states "flow-states" Some(Code::POLICY_TOO_LARGE), 1024, 65_535, "Most states of a Flow object";
    // the kernel loads no larger one (`nk_security::MAX_DFA`)
    regex_table "regex-table" Some(Code::PATTERN_TOO_LARGE), 1 << 20, 1 << 20, "Largest table of a regular expression in bytes";
    message "message" Some(Code::MESSAGE_TOO_LARGE), 16 << 20, 1 << 40, "Largest message, constant part and arena, without a warning";
    generated_bytes "generated-bytes" Some(Code::GENERATED_TOO_LARGE), 64 << 20, 1 << 40, "Most bytes of text that are generated for one description";
    // a number of findings, not a finding about a number
    findings "findings" None, 100, 1 << 30, "Most findings that are shown; the rest is counted";
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Limits {
    /// Sets a limit by its name.
    ///
    /// # Errors
    /// A sentence about a name that is no limit, or a value that the limit
    /// cannot have.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        let Some(limit) = Self::ALL.iter().find(|limit| limit.name == name) else {
            let meant = did_you_mean(name, Self::ALL.iter().map(|limit| limit.name));
            let meant = meant.map(|meant| format!("; {meant}")).unwrap_or_default();
            return Err(format!("unknown limit `{name}`{meant}"));
        };
        let Limit { default, most, .. } = *limit;
        if (1..=most).contains(&value) {
            *(limit.field)(self) = value;
            return Ok(());
        }
        Err(match value {
            0 => format!("the limit `{name}` is at least 1"),
            _ if most == default => {
                format!(
                    "the limit `{name}` cannot be raised: messages, their check, or the kernel end there"
                )
            }
            _ => format!("the limit `{name}` is at most {most}"),
        })
    }

    /// The part that concerns single texts.
    pub(crate) fn of_texts(&self) -> nk_grammar::Limits {
        nk_grammar::Limits {
            file_bytes: size(self.file_bytes),
            nesting: size(self.nesting),
            literal_digits: size(self.literal_digits),
            identifier: size(self.identifier),
            dotted_name: size(self.dotted_name),
        }
    }
}

/// A limit on things that are in memory.
pub(crate) fn size(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// What to do about something over a limit, as the end of a help text.
pub(crate) fn raise(name: &str) -> String {
    format!("raise the limit with `--limit {name}=VALUE`")
}

/// All limits with their values, for the command line's help.
#[must_use]
pub fn help() -> String {
    let mut text = "Raises (or lowers) a limit (repeatable):\n".to_owned();
    for Limit {
        name,
        default,
        most,
        what,
        ..
    } in Limits::ALL
    {
        let raised = if default == most {
            "cannot be raised".to_owned()
        } else {
            format!("up to {most}")
        };
        // writing to a string cannot fail
        let _ = writeln!(text, "  {name}={default}: {what}; {raised}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn every_limit_is_set_by_its_name_and_within_what_messages_can_carry() {
        let mut limits = Limits::DEFAULT;
        for limit in Limits::ALL {
            assert_eq!(limits.set(limit.name, limit.most), Ok(()), "{}", limit.name);
            assert!(
                limits
                    .set(limit.name, limit.most + 1)
                    .is_err_and(|why| why.contains(limit.name))
            );
            assert!(limits.set(limit.name, 0).is_err() && limit.default <= limit.most);
        }
        assert_eq!((limits.handles, limits.nesting), (255, 1000));
        assert_eq!(
            limits.set("nestin", 3),
            Err("unknown limit `nestin`; did you mean `nesting`?".to_owned())
        );
    }
}
