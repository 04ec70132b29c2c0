//! Conditions of `{% if … %}`: names, texts, `==`, `!=`, `in`, `is defined`,
//! `not`, `and`, `or` and parentheses.
//!
//! A condition is read and evaluated in one go, by recursive descent in the
//! usual order: `or` binds least, then `and`, then `not`, then comparisons.
//! Nesting is limited, because templates are input. Source:
//! `docs/init.md` §2.
use super::Defines;

/// Deepest nesting of parentheses and `not`.
const MAX_DEPTH: u32 = 32;

/// Whether a condition holds; nothing when it is none. Names without a value
/// are added to `unknown`.
///
/// A name without a value equals nothing, and alone does not hold;
/// `A is defined` asks for it without adding it to `unknown`.
pub(super) fn evaluate(text: &str, defines: &Defines, unknown: &mut Vec<String>) -> Option<bool> {
    let mut reader = Reader {
        rest: tokens(text)?.into_iter().peekable(),
        defines,
        unknown,
        depth: 0,
    };
    let holds = reader.any()?;
    reader.rest.next().is_none().then_some(holds)
}

/// A piece of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A keyword, a name or a number: `not`, `MAIN`, `1`.
    Word(String),
    /// What stands between quotes, single or double; there are no escapes.
    Text(String),
    /// One of [`MARKS`].
    Mark(&'static str),
}

/// Punctuation of conditions; of two that begin alike the longer one stands
/// first.
const MARKS: [&str; 7] = ["==", "!=", "(", ")", "[", "]", ","];

/// Cuts a condition into pieces; `None` for a character that no condition has,
/// or a text without its second quote.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut rest = text.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' | '\'' => {
                let (inner, _) = rest.get(1..)?.split_once(first)?;
                (Token::Text(inner.to_owned()), inner.len() + 2)
            }
            _ => {
                if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
                    (Token::Mark(mark), mark.len())
                } else {
                    let is_part = |c: char| c.is_alphanumeric() || "_.+-".contains(c);
                    let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                    (
                        Token::Word(
                            rest.get(..length)
                                .filter(|word| !word.is_empty())?
                                .to_owned(),
                        ),
                        length,
                    )
                }
            }
        };
        tokens.push(token);
        rest = rest.get(length..)?.trim_start();
    }
    Some(tokens)
}

/// The value of a name, which may have none, or of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    /// Two names without a value are equal.
    text: Option<String>,
}

/// The state of reading: what is left, and how deep it nests.
struct Reader<'r> {
    /// The pieces that are left.
    rest: std::iter::Peekable<std::vec::IntoIter<Token>>,
    /// Values of names.
    defines: &'r Defines,
    /// Names without a value that were met.
    unknown: &'r mut Vec<String>,
    /// Open parentheses and `not`s.
    depth: u32,
}

impl Reader<'_> {
    /// Takes a keyword if it is next.
    fn word(&mut self, word: &str) -> bool {
        self.rest
            .next_if(|token| matches!(token, Token::Word(known) if known == word))
            .is_some()
    }

    /// Takes a mark if it is next.
    fn mark(&mut self, mark: &str) -> bool {
        self.rest
            .next_if(|token| matches!(token, Token::Mark(known) if *known == mark))
            .is_some()
    }

    /// `a or b`
    fn any(&mut self) -> Option<bool> {
        let mut holds = self.all()?;
        while self.word("or") {
            holds |= self.all()?;
        }
        Some(holds)
    }

    /// `a and b`
    fn all(&mut self) -> Option<bool> {
        let mut holds = self.one()?;
        while self.word("and") {
            holds &= self.one()?;
        }
        Some(holds)
    }

    /// `not a`, `( a )`, `a == b`, `a in [ b, c ]`, `a is defined`, `a`
    fn one(&mut self) -> Option<bool> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let holds = self.shallow();
        self.depth -= 1;
        holds
    }

    /// A condition without `and` and `or` around it.
    fn shallow(&mut self) -> Option<bool> {
        if self.word("not") {
            return Some(!self.one()?);
        }
        if self.mark("(") {
            let holds = self.any()?;
            return self.mark(")").then_some(holds);
        }
        let (name, value) = self.value()?;
        if self.word("is") {
            let not = self.word("not");
            return self.word("defined").then_some(value.text.is_some() != not);
        }
        self.unknown.extend(name.filter(|_| value.text.is_none()));
        if self.mark("==") {
            return Some(self.known_value()? == value);
        }
        if self.mark("!=") {
            return Some(self.known_value()? != value);
        }
        let not = self.word("not");
        if self.word("in") {
            return Some(self.list()?.contains(&value) != not);
        }
        (!not).then_some(value.text.is_some_and(|text| is_true(&text)))
    }

    /// `[ a, b ]` or `( a, b )`
    fn list(&mut self) -> Option<Vec<Value>> {
        let close = if self.mark("[") {
            "]"
        } else if self.mark("(") {
            ")"
        } else {
            return None;
        };
        let mut values = Vec::new();
        while !self.mark(close) {
            values.push(self.known_value()?);
            if !self.mark(",")
                && self.rest.peek() != Some(&Token::Mark(if close == "]" { "]" } else { ")" }))
            {
                return None;
            }
        }
        Some(values)
    }

    /// A value; a name that has none is added to `unknown`.
    fn known_value(&mut self) -> Option<Value> {
        let (name, value) = self.value()?;
        self.unknown.extend(name.filter(|_| value.text.is_none()));
        Some(value)
    }

    /// A text, a number, or the value of a name, which may have none.
    fn value(&mut self) -> Option<(Option<String>, Value)> {
        match self.rest.next()? {
            Token::Text(text) => Some((None, Value { text: Some(text) })),
            Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                Some((None, Value { text: Some(word) }))
            }
            Token::Word(word) => {
                let given = self
                    .defines
                    .iter()
                    .find(|(known, _)| *known == word)
                    .map(|(_, value)| value.clone());
                let literal = ["true", "false", "True", "False"]
                    .contains(&word.as_str())
                    .then(|| word.to_lowercase());
                Some((
                    Some(word),
                    Value {
                        text: given.or(literal),
                    },
                ))
            }
            Token::Mark(_) => None,
        }
    }
}

/// The values come from build scripts, so what they take for false is false.
fn is_true(value: &str) -> bool {
    !["", "0", "false", "off", "no"].contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn conditions_hold_or_do_not_or_are_none() {
        let defines = [
            ("B".to_owned(), "rpi".to_owned()),
            ("OFF".to_owned(), "OFF".to_owned()),
        ];
        let holds = |text: &str| evaluate(text, &defines, &mut Vec::new());
        for text in [
            "B",
            "B == \"rpi\"",
            "'rpi' == B",
            "B != 'x' and not OFF",
            "OFF or (B in ['a', \"rpi\"])",
            "B not in ('a', 'b')",
            "B is defined and X is not defined",
            "X != 'rpi'",
            "not X == 'rpi'",
            "1",
        ] {
            assert_eq!(holds(text), Some(true), "{text}");
        }
        for text in [
            "OFF",
            "B == 'x'",
            "X",
            "X == \"\"",
            "B in []",
            "false",
            "B == 'rpi' and X",
        ] {
            assert_eq!(holds(text), Some(false), "{text}");
        }
        for text in [
            "",
            "==",
            "B ==",
            "B B",
            "(B",
            "B in B",
            "B in ['a' 'b']",
            "B | upper",
            "\"x",
            "not",
        ] {
            assert_eq!(holds(text), None, "{text}");
        }
        assert_eq!(holds(&"not ".repeat(10_000)), None, "no deep stack");
        assert_eq!(holds(&"(".repeat(10_000)), None, "no deep stack");
    }

    #[test]
    fn names_without_a_value_are_told() {
        let mut unknown = Vec::new();
        assert_eq!(
            evaluate("A == 'x' or B is defined or C", &[], &mut unknown),
            Some(false)
        );
        assert_eq!(unknown, ["A", "C"]);
    }
}
