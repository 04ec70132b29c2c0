//! Values as text again, in one form.
//!
//! Used where a person reads a decision: the text is what a writer would have
//! written, with parentheses only where precedence needs them.
use crate::psl::{Operator, Prefix, Value, ValueKind};
use std::fmt;

impl fmt::Display for Value {
    /// On one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, None, f)
    }
}

/// Prints a value as a part of a row of operators that bind so tightly, or
/// alone. The depth is limited by the parser.
fn print(value: &Value, around: Option<Operator>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &value.kind {
        ValueKind::Unit => f.write_str("()"),
        ValueKind::Integer(Some(number)) => write!(f, "{number}"),
        ValueKind::Integer(None) => f.write_str("?"),
        ValueKind::Text(text) => quoted(text, f),
        ValueKind::Path(path) => f.write_str(&path.text),
        ValueKind::Dictionary(entries) => {
            let mut separator = "{";
            for entry in entries {
                write!(f, "{separator}{} : {}", entry.key.text, entry.value)?;
                separator = ", ";
            }
            f.write_str(if entries.is_empty() { "{}" } else { "}" })
        }
        ValueKind::List(values) => {
            let mut separator = "";
            f.write_str("[")?;
            for value in values {
                write!(f, "{separator}{value}")?;
                separator = ", ";
            }
            f.write_str("]")
        }
        ValueKind::Call { name, argument } => match argument.kind {
            ValueKind::Dictionary(_) | ValueKind::List(_) | ValueKind::Unit => {
                write!(f, "{} {argument}", name.text)
            }
            _ => write!(f, "{} ({argument})", name.text),
        },
        ValueKind::Prefix(prefix, operand) => {
            let sign = match prefix {
                Prefix::Not => "!",
                Prefix::Complement => "~",
                Prefix::Minus => "-",
                Prefix::Plus => "+",
            };
            f.write_str(sign)?;
            atom(operand, f)
        }
        ValueKind::Chain(operands, operators) => {
            let tight = operators.first().copied();
            let inside = around
                .zip(tight)
                .is_some_and(|(around, own)| own.precedence() <= around.precedence());
            f.write_str(if inside { "(" } else { "" })?;
            for (at, operand) in operands.iter().enumerate() {
                if let Some(operator) = at.checked_sub(1).and_then(|before| operators.get(before)) {
                    write!(f, " {} ", operator.symbol())?;
                }
                print(operand, tight, f)?;
            }
            f.write_str(if inside { ")" } else { "" })
        }
        ValueKind::Field(of, name) => {
            atom(of, f)?;
            write!(f, ".{}", name.text)
        }
        ValueKind::Index(of, index) => {
            atom(of, f)?;
            write!(f, ".[{index}]")
        }
    }
}

/// Something that a sign or a dot stands beside.
fn atom(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &value.kind {
        ValueKind::Chain(..) => write!(f, "({value})"),
        _ => print(value, None, f),
    }
}

/// A text literal with the escapes that [`crate::parse_psl`] understands.
fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{{{:X}}}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}
