//! The table of all diagnostics: name, number, severity, page. Nothing else in
//! the compiler knows a number, and what is decided by a diagnostic is decided
//! by its name.
//!
//! Numbers are grouped by what has to be changed: below 100 the spelling of a
//! text, 1xx names and files, 2xx types and sizes, 3xx interfaces, components
//! and generated code, 4xx lints, 5xx policies, 6xx start-up descriptions. Each
//! has a page in `nk-gen/explain/`, whose examples a test compiles. Source:
//! `docs/languages.md` §10.
use super::diagnostic::Severity;
use nk_grammar::syntax::Mistake;

/// A kind of diagnostic, shown as `NK` and four digits: `NK0106`. A number
/// keeps its meaning from version to version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// Unique in the table.
    number: u16,
    /// What a finding has unless it says otherwise.
    severity: Severity,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The diagnostic.
    pub code: Code,
    /// Its name in this crate: `UNKNOWN_NAME`.
    ///
    /// For tests and tools that refer to it; users see the number.
    pub name: &'static str,
    /// Its page in Markdown: what it means, with an example that gives it and
    /// one that does not.
    #[cfg(feature = "cli")]
    pub page: &'static str,
}

/// A number is written as four digits, which are also the name of its page: a
/// row without a page does not compile.
macro_rules! codes {
    ($($name:ident $digits:literal $severity:ident;)*) => {
        #[allow(missing_docs, reason = "the pages say what each means: `nk-gen explain`")]
        impl Code {
            $(pub const $name: Self = Self { number: number($digits), severity: Severity::$severity };)*
        }

        /// All diagnostics, by number.
        pub const TABLE: &[Entry] = &[$(Entry {
            code: Code::$name,
            name: stringify!($name),
            #[cfg(feature = "cli")]
            page: include_str!(concat!("../../explain/NK", $digits, ".md")),
        }),*];
    };
}

codes! {
    SYNTAX "0001" Error;
    NOT_UTF8 "0002" Error;
    CONTROL_CHARACTER "0003" Error;
    NOT_ASCII "0004" Error;
    LONE_CARRIAGE_RETURN "0005" Error;
    UNCLOSED "0006" Error;
    HIDDEN_CHARACTER "0007" Error;
    FILE_TOO_LARGE "0008" Error;
    NESTING_TOO_DEEP "0009" Error;
    DECLARATION_TOO_LARGE "0010" Error;
    BAD_NUMBER "0011" Error;
    TOO_MANY_DIGITS "0012" Error;
    NAME_TOO_LONG "0013" Error;
    FILE_NAME_MISMATCH "0101" Error;
    NAME_CASE "0102" Error;
    NOT_FOUND "0103" Error;
    CYCLE "0104" Error;
    DUPLICATE_NAME "0105" Error;
    UNKNOWN_NAME "0106" Error;
    NO_INTERFACE "0107" Error;
    WRONG_COMPONENT_KIND "0108" Error;
    OUTSIDE_LINK "0110" Warning;
    UNREADABLE "0111" Error;
    TOO_MUCH_INPUT "0113" Error;
    MISSING_DESCRIPTION "0114" Error;
    CONSTANT_TYPE "0201" Error;
    VALUE_OUT_OF_RANGE "0202" Error;
    SIZE_OUT_OF_RANGE "0203" Error;
    MESSAGE_LIMIT "0204" Error;
    BAD_MEMBERS "0205" Error;
    MISPLACED_HANDLE "0206" Error;
    HANDLE_INTERFACE "0207" Error;
    DUPLICATE_MEMBER "0301" Error;
    UNDERSCORE "0302" Warning;
    INSTANCE_LIKE_ENDPOINT "0303" Error;
    PARAMETER_ORDER "0304" Warning;
    SECURITY_RESULTS "0305" Error;
    ERROR_PARAMETERS "0306" Error;
    RUST_NAME_CLASH "0310" Error;
    NOT_WRITTEN "0313" Error;
    GENERATED_TOO_LARGE "0314" Error;
    RENAMED "0315" Note;
    OLD_WORD "0401" Warning;
    EMPTY_TOKEN "0402" Warning;
    UNDERSCORE_IN_TYPE "0403" Warning;
    MESSAGE_TOO_LARGE "0404" Warning;
    LONG_NAME "0405" Warning;
    TWO_DESCRIPTIONS "0406" Warning;
    NAMES_DIFFER_IN_CASE "0407" Warning;
    LATER_VERSION "0408" Error;
    POLICY_CYCLE "0501" Error;
    POLICY_FILE_NOT_FOUND "0502" Error;
    UNKNOWN_SELECTED_NAME "0503" Error;
    MISPLACED_SELECTOR "0504" Error;
    DUPLICATE_SELECTOR "0505" Error;
    UNREACHABLE_SECTION "0506" Warning;
    TYPE_MISMATCH "0507" Error;
    UNKNOWN_RULE "0508" Error;
    TEMPLATE "0509" Error;
    PATTERN_TOO_LARGE "0510" Error;
    BAD_PATTERN "0511" Error;
    FLOW_STATES "0512" Error;
    TABLE_CONFIGURATION "0513" Error;
    CLASS_ALIAS "0514" Error;
    NO_SUCH_FIELD "0515" Error;
    UNREACHABLE_ALTERNATIVE "0516" Error;
    BAD_ESCAPE "0517" Error;
    AUDIT_PROFILE "0518" Error;
    INTEGRITY_LEVELS "0519" Error;
    POLICY_TOO_LARGE "0520" Error;
    INCOMPLETE_CHOICE "0530" Warning;
    GRANT_WITHOUT_EFFECT "0531" Warning;
    DENIES_EVERYTHING "0532" Warning;
    START_DENIED "0533" Warning;
    NO_MODEL "0534" Warning;
    REDUNDANT_GRANT "0535" Warning;
    NOTHING_OFFERED "0536" Warning;
    NEVER_STARTED "0537" Warning;
    NO_RESPONSE "0538" Warning;
    POLICY_TEST "0540" Error;
    INCOMPLETE_CLASS "0541" Note;
    DUPLICATE_KEY "0601" Error;
    UNFINISHED_DOCUMENT "0602" Error;
    UNKNOWN_KEY "0603" Error;
    BAD_VALUE "0604" Error;
    TAG "0605" Error;
    NOT_A_START_UP "0606" Error;
    OUTSIDE_PROGRAM "0610" Error;
    UNKNOWN_TARGET "0611" Error;
    CONNECTED_TO_ITSELF "0612" Error;
    DUPLICATE_TASK "0613" Error;
    DUPLICATE_CHANNEL "0614" Error;
    BAD_VARIABLE_NAME "0615" Error;
    LOADER_VARIABLE "0616" Warning;
    ARGUMENTS_TOO_LARGE "0617" Error;
    TOO_MANY_TASKS "0618" Error;
    YAML_ALIAS "0619" Warning;
    CLASS_NOT_INCLUDED "0620" Warning;
    NO_ENDPOINTS "0621" Warning;
    CHANNEL_NAME_IN_HEADER "0622" Warning;
    UNKNOWN_COMPAT_CLASS "0623" Error;
    SDK_CONNECTION "0624" Warning;
    CHANNEL_DENIED "0625" Warning;
    TEMPLATE_IN_VALUE "0626" Warning;
    IMAGE_REFUSED "0900" Error;
}

/// The value of four digits.
const fn number(digits: &str) -> u16 {
    let mut rest = digits.as_bytes();
    let mut number = 0;
    while let [digit, after @ ..] = rest {
        number = number * 10 + (*digit - b'0') as u16;
        rest = after;
    }
    number
}

impl Code {
    /// The number, 106 for `NK0106`.
    ///
    /// Stable: a number whose diagnostic is gone is not used again.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.number
    }

    /// How bad it is, unless the finding says otherwise.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.severity
    }

    /// The diagnostic written as `NK0106`, `NK106` or `106`, in any case.
    ///
    /// `None` for a number that the table does not have.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let digits = match written.get(..2) {
            Some(letters) if letters.eq_ignore_ascii_case("NK") => written.get(2..)?,
            _ => written,
        };
        let number: u16 = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())??;
        let known = TABLE.iter().find(|entry| entry.code.number == number);
        known.map(|entry| entry.code)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NK{:04}", self.number)
    }
}

impl From<Mistake> for Code {
    /// The parser knows kinds of mistakes and no numbers; this is where they
    /// get them.
    fn from(mistake: Mistake) -> Self {
        match mistake {
            Mistake::Syntax => Self::SYNTAX,
            Mistake::Encoding => Self::NOT_UTF8,
            Mistake::ControlCharacter => Self::CONTROL_CHARACTER,
            Mistake::NotAscii => Self::NOT_ASCII,
            Mistake::CarriageReturn => Self::LONE_CARRIAGE_RETURN,
            Mistake::Unclosed => Self::UNCLOSED,
            Mistake::HiddenCharacter => Self::HIDDEN_CHARACTER,
            Mistake::FileSize => Self::FILE_TOO_LARGE,
            Mistake::Nesting => Self::NESTING_TOO_DEEP,
            Mistake::Number => Self::BAD_NUMBER,
            Mistake::Digits => Self::TOO_MANY_DIGITS,
            Mistake::NameLength => Self::NAME_TOO_LONG,
            Mistake::Escape => Self::BAD_ESCAPE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, TABLE};

    #[test]
    fn the_table_is_in_the_order_of_numbers_and_no_number_stands_twice() {
        assert!(TABLE.is_sorted_by(|a, b| a.code.number < b.code.number));
        assert_eq!(Code::UNKNOWN_NAME.to_string(), "NK0106");
    }

    #[test]
    fn a_code_is_read_in_every_form_that_people_write() {
        for written in ["NK0106", "nk106", "106"] {
            assert_eq!(Code::parse(written), Some(Code::UNKNOWN_NAME), "{written}");
        }
        for written in ["", "NK", "0", "NK9999", "1o6", "99999999999", "é"] {
            assert_eq!(Code::parse(written), None, "{written}");
        }
    }
}
