//! Values of expressions (`docs/psl.md` §9.2–§9.6 and the expressions of §9.7–§9.10), worked out from the syntax tree.
use crate::generate::LEVELS;
use crate::interpret::{Deciding, Result, named, text};
use crate::world::{Field, Width};
use nk_grammar::psl::{Operator, Prefix, Value, ValueKind};
use nk_security::Cause;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Number(i128, Width),
    Truth(bool),
    Text(String),
    Bytes(Vec<u8>),
}

/// Whether a pattern of [`crate::generate::PATTERNS`] describes the whole text.
fn describes(pattern: &str, text: &str) -> bool {
    match pattern {
        "[a-z]*" => text.chars().all(|c| c.is_ascii_lowercase()),
        "a.*" => text.starts_with('a'),
        ".{3}" => text.chars().count() == 3,
        "(ab)+" => !text.is_empty() && text.replace("ab", "").is_empty(),
        "[0-9]" => text.len() == 1 && text.chars().all(|c| c.is_ascii_digit()),
        other => panic!("{other}"),
    }
}

impl Deciding<'_> {
    pub(crate) fn truth(&self, value: &Value) -> Result<bool> {
        match self.value(value)? {
            Seen::Truth(truth) => Ok(truth),
            other => panic!("{other:?}"),
        }
    }

    fn number(&self, value: &Value) -> Result<(i128, Width)> {
        match self.value(value)? {
            Seen::Number(number, width) => Ok((number, width)),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn value(&self, value: &Value) -> Result<Seen> {
        Ok(match &value.kind {
            ValueKind::Integer(Some(number)) => {
                Seen::Number(i128::try_from(*number).unwrap(), Width::Literal)
            }
            ValueKind::Text(text) => Seen::Text(text.clone()),
            ValueKind::Path(path) => self.path(&path.text),
            ValueKind::Prefix(Prefix::Not, inner) => Seen::Truth(!self.truth(inner)?),
            ValueKind::Chain(operands, operators) => self.chain(operands, operators)?,
            ValueKind::Field(_, name) => self.field(&name.text),
            ValueKind::Index(of, at) => match (self.value(of)?, self.number(at)?.0) {
                (Seen::Bytes(bytes), at) => {
                    let byte = usize::try_from(at)
                        .ok()
                        .and_then(|at| bytes.get(at).copied());
                    Seen::Number(byte.ok_or(Cause::Index)?.into(), Width::U8)
                }
                other => panic!("{other:?}"),
            },
            ValueKind::Call { name, argument } => self.call(&name.text, argument)?,
            other => panic!("{other:?}"),
        })
    }

    fn path(&self, path: &str) -> Seen {
        match path {
            "true" => Seen::Truth(true),
            "false" => Seen::Truth(false),
            "src_sid" => Seen::Number(self.event.src.1.into(), Width::U64),
            "dst_sid" => Seen::Number(self.event.dst.1.into(), Width::U64),
            path => self.field(path.strip_prefix("message.").unwrap()),
        }
    }

    fn field(&self, name: &str) -> Seen {
        let (_, field) = self
            .event
            .fields
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap();
        match field {
            Field::Number(number, width) => Seen::Number(*number, *width),
            Field::Text(text) => Seen::Text(text.clone()),
            Field::List(list) => Seen::Bytes(list.clone()),
        }
    }

    /// Operands with operators of one precedence; right sides that do not matter are not looked at (B.3).
    fn chain(&self, operands: &[Value], operators: &[Operator]) -> Result<Seen> {
        match operators[0] {
            Operator::And => Ok(Seen::Truth(self.all(operands)?)),
            Operator::Or => Ok(Seen::Truth(self.any(operands)?)),
            Operator::Implies => {
                let (last, conditions) = operands.split_last().unwrap();
                for condition in conditions {
                    if !self.truth(condition)? {
                        return Ok(Seen::Truth(true));
                    }
                }
                Ok(Seen::Truth(self.truth(last)?))
            }
            Operator::Plus
            | Operator::Minus
            | Operator::Times
            | Operator::BitAnd
            | Operator::BitOr => {
                let mut sum = self.number(&operands[0])?;
                for (operator, operand) in operators.iter().zip(&operands[1..]) {
                    sum = calculated(*operator, sum, self.number(operand)?)?;
                }
                Ok(Seen::Number(sum.0, sum.1))
            }
            operator => self.comparison(operator, &operands[0], &operands[1]),
        }
    }

    fn all(&self, operands: &[Value]) -> Result<bool> {
        for operand in operands {
            if !self.truth(operand)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn any(&self, operands: &[Value]) -> Result<bool> {
        for operand in operands {
            if self.truth(operand)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn comparison(&self, operator: Operator, a: &Value, b: &Value) -> Result<Seen> {
        let ordering = match (self.value(a)?, self.value(b)?) {
            (Seen::Number(a, _), Seen::Number(b, _)) => a.cmp(&b),
            (Seen::Text(a), Seen::Text(b)) => a.cmp(&b),
            (Seen::Truth(a), Seen::Truth(b)) => a.cmp(&b),
            other => panic!("{other:?}"),
        };
        Ok(Seen::Truth(match operator {
            Operator::Equal => ordering.is_eq(),
            Operator::NotEqual => ordering.is_ne(),
            Operator::Less => ordering.is_lt(),
            Operator::LessOrEqual => ordering.is_le(),
            Operator::Greater => ordering.is_gt(),
            _ => ordering.is_ge(),
        }))
    }

    fn call(&self, name: &str, argument: &Value) -> Result<Seen> {
        let of = |name: &str| named(argument, name).unwrap();
        let list = || match &argument.kind {
            ValueKind::List(values) => values.as_slice(),
            other => panic!("{other:?}"),
        };
        Ok(match name {
            "pred.empty" => Seen::Truth(match self.value(argument)? {
                Seen::Text(text) => text.is_empty(),
                Seen::Bytes(bytes) => bytes.is_empty(),
                other => panic!("{other:?}"),
            }),
            "bool.any" => Seen::Truth(self.any(list())?),
            "bool.all" => Seen::Truth(self.all(list())?),
            "bool.cond" => {
                let chosen = if self.truth(of("if"))? {
                    "then"
                } else {
                    "else"
                };
                self.value(of(chosen))?
            }
            "math.sum" => {
                let mut sum = (0, Width::Literal);
                for value in list() {
                    sum = calculated(Operator::Plus, sum, self.number(value)?)?;
                }
                Seen::Number(sum.0, sum.1)
            }
            "math.neg" | "math.abs" => {
                let (number, width) = self.number(argument)?;
                let number = if name == "math.neg" {
                    -number
                } else {
                    number.abs()
                };
                within(number, width)?
            }
            "math.uint64" => Seen::Number(self.number(argument)?.0, Width::U64),
            "re.match" => match self.value(of("text"))? {
                Seen::Text(said) => Seen::Truth(describes(&text(of("pattern")), &said)),
                other => panic!("{other:?}"),
            },
            "h.contains" => {
                let set = self
                    .memory
                    .sets
                    .get(&self.sid(of("sid"))?)
                    .ok_or(Cause::NoTable);
                let entry = self.sid(of("entry"))?;
                Seen::Truth(set?.contains(&entry))
            }
            "m.get" | "m.get_uncommitted" => {
                let (base, working) = self
                    .memory
                    .maps
                    .get(&self.sid(of("sid"))?)
                    .ok_or(Cause::NoTable)?;
                let values = if name == "m.get" { base } else { working };
                Seen::Number(
                    values[usize::from(text(of("key")) == "l")].into(),
                    Width::U16,
                )
            }
            "g.query_level" => {
                let known = self
                    .memory
                    .levels
                    .get(&self.sid(of("source"))?)
                    .ok_or(Cause::NoLevel)?;
                Seen::Text(LEVELS[known.0].to_owned())
            }
            other => panic!("{other}"),
        })
    }

    /// The position of the first alternative that applies (`docs/psl.md` §5.3).
    pub(crate) fn chosen(&self, selector: &Value, keys: &[&Value]) -> Result<usize> {
        let any = |key: &Value| matches!(&key.kind, ValueKind::Path(path) if path.text == "_");
        let called = match &selector.kind {
            ValueKind::Call { name, argument } => Some((name.text.as_str(), argument)),
            _ => None,
        };
        let applies: Box<dyn Fn(&Value) -> bool> = match called {
            Some(("f.query", argument)) => {
                let state = self
                    .memory
                    .flow
                    .get(&self.sid(named(argument, "sid").unwrap())?);
                let state = state.ok_or(Cause::NoAutomaton)?.clone();
                Box::new(move |key| text(key) == state)
            }
            Some((_, argument)) => match self.value(named(argument, "text").unwrap())? {
                Seen::Text(of) => Box::new(move |key| describes(&text(key), &of)),
                other => panic!("{other:?}"),
            },
            None => {
                let number = self.number(selector)?.0;
                Box::new(move |key| crate::interpret::integer(key) == number)
            }
        };
        keys.iter()
            .position(|key| any(key) || applies(key))
            .ok_or(Cause::NoAlternative)
    }
}

/// A result in the type of the operand that has one; literals adopt it (B.4). Overflow fails.
fn calculated(operator: Operator, a: (i128, Width), b: (i128, Width)) -> Result<(i128, Width)> {
    let width = if a.1 == Width::Literal { b.1 } else { a.1 };
    let result = match operator {
        Operator::Plus => a.0 + b.0,
        Operator::Minus => a.0 - b.0,
        Operator::Times => a.0 * b.0,
        Operator::BitAnd => a.0 & b.0,
        _ => a.0 | b.0,
    };
    within(result, width).map(|_| (result, width))
}

fn within(number: i128, width: Width) -> Result<Seen> {
    if width.holds(number) {
        Ok(Seen::Number(number, width))
    } else {
        Err(Cause::Overflow)
    }
}
