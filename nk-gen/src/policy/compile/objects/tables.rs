//! The configurations of `HashSet` and `StaticMap` objects: pools of tables
//! (E513; `docs/psl.md` §9.7, §9.8).
//!
//! An object has `pool_size` tables, one for each process that `init` gives
//! one. All are allocated when the security module starts, so that a policy
//! never runs out of memory later; their size is limited here.
use super::config::Result;
use super::{EntryType, Source};
use crate::policy::compile::expr::Scalar;
use crate::text::codes::Code;
use nk_grammar::psl::{Entry, Prefix, Type, TypeKind, Value, ValueKind};
use nk_grammar::syntax::Span;
use nk_security::{HashSet, Model, StaticMap, Width};

/// Most words that the tables of an object take: 8 MiB, which is also the limit
/// for all objects together.
const MAX_WORDS: u64 = 1 << 20;

/// Keys with the words of their values.
type Rows = Vec<(Vec<u8>, u64)>;

/// What a `StaticMap` maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct MapType {
    /// The type of its values.
    pub(in crate::policy) width: Width,
    /// Whether its keys are lists of bytes; otherwise texts. A map has one
    /// sort.
    pub(in crate::policy) of_bytes: bool,
}

impl Source<'_> {
    /// Reads the configuration of a `HashSet`:
    /// `type Entry = …  config = { set_size : 5, pool_size : 2 }`.
    pub(super) fn hash_set(&self) -> Result<(Model, EntryType)> {
        let help = "add `type Entry = UInt32`, or what the set shall hold";
        let entry = EntryType::read(self.declared_type("Entry", help)?, self.file)?;
        let [set_size, pool_size] =
            self.config(["set_size", "pool_size"], Code::TABLE_CONFIGURATION)?;
        let (sets, size) = (self.size(pool_size)?, self.size(set_size)?);
        let words = u64::from(size).saturating_mul(u64::from(entry.arity()));
        self.check_words("sets", words, sets, set_size)?;
        let set = HashSet {
            set_size: size,
            pool_size: sets,
            arity: entry.arity(),
        };
        Ok((Model::HashSet(set), entry))
    }

    /// Reads the configuration of a `StaticMap`:
    /// `type Value = …  config = { keys : { "key" : 1, … }, pool_size : 2 }`.
    /// Each map has two instances of its values, committed and not.
    pub(super) fn static_map(&self) -> Result<(Model, MapType)> {
        let help = "add `type Value = UInt32`, or what the map shall hold";
        let width = self.value_width(self.declared_type("Value", help)?)?;
        let [keys, pool_size] = self.config(["keys", "pool_size"], Code::TABLE_CONFIGURATION)?;
        let ValueKind::Dictionary(entries) = &keys.kind else {
            return self.refuse("`keys` is `{ \"key\" : value, … }`", keys.span);
        };
        let (rows, of_bytes) = self.rows(entries, width, keys)?;
        let pool_size = self.size(pool_size)?;
        self.check_words("maps", 2 * rows.len() as u64, pool_size, keys)?;
        let (keys, values) = rows.into_iter().unzip();
        let map = StaticMap {
            keys,
            values,
            width,
            pool_size,
        };
        Ok((Model::StaticMap(map), MapType { width, of_bytes }))
    }

    /// The type of this name in the declaration; E513 with `help` without it.
    fn declared_type(&self, name: &str, help: &str) -> Result<&Type> {
        let mut types = self.types.iter();
        let declared = types.find(|(known, _)| known.text == name);
        declared.map(|(_, ty)| ty).ok_or_else(|| {
            let message = format!("policy object `{}` has no `type {name}`", self.name.text);
            let finding = self.error(Code::TABLE_CONFIGURATION, message, self.name.span);
            Box::new(finding.help(help))
        })
    }

    /// The width of the values of a map, which are integers.
    fn value_width(&self, value: &Type) -> Result<Width> {
        let scalar = match &value.kind {
            TypeKind::Named(name, arguments) if arguments.is_empty() => Scalar::named(&name.text),
            _ => None,
        };
        if let Some(Scalar::Int(width)) = scalar {
            return Ok(width);
        }
        let message = "a StaticMap holds integers";
        let help = "write one of the types `UInt8` to `UInt64` and `SInt8` to `SInt64`";
        let finding = self.error(Code::TABLE_CONFIGURATION, message, value.span);
        Err(Box::new(finding.help(help)))
    }

    /// Keys with the words of their values, in ascending order of keys, as the
    /// program searches them; and whether the keys are lists of bytes.
    fn rows(&self, entries: &[Entry], width: Width, keys: &Value) -> Result<(Rows, bool)> {
        let of_bytes = entries.iter().any(|entry| entry.elements.is_some());
        let mut rows = Rows::new();
        for entry in entries {
            let key = self.key(entry, of_bytes)?;
            let word = self.word(&entry.value, width)?;
            if rows.iter().any(|(known, _)| *known == key) {
                let message = format!("duplicate key `{}`", entry.key.text);
                return self.refuse(message, entry.key.span);
            }
            rows.push((key, word));
        }
        if rows.is_empty() {
            return self.refuse("a StaticMap has at least one key", keys.span);
        }
        rows.sort();
        Ok((rows, of_bytes))
    }

    /// The bytes of a key: those of a text, or a list of numbers.
    fn key(&self, entry: &Entry, of_bytes: bool) -> Result<Vec<u8>> {
        let Some(elements) = &entry.elements else {
            if of_bytes {
                return self.refuse("all keys are texts, or all are lists", entry.key.span);
            }
            return Ok(entry.key.text.clone().into_bytes());
        };
        let byte = |value: &Value| number(value).and_then(|number| u8::try_from(number).ok());
        if let Some(bytes) = elements.iter().map(byte).collect() {
            return Ok(bytes);
        }
        let message = "a key is a text or a list of numbers from 0 to 255";
        self.refuse(message, entry.key.span)
    }

    /// The word of a value: its 64 bits, in two's complement when it is signed.
    ///
    ///
    /// ```text
    /// keys : { "low" : 0, "high" : -1 }     // -1 only if `Value` is signed
    /// ```
    fn word(&self, value: &Value, width: Width) -> Result<u64> {
        let number = number(value).filter(|value| width.holds(*value));
        let word = number.and_then(|value| {
            let signed = || i64::try_from(value).ok().map(i64::cast_unsigned);
            u64::try_from(value).ok().or_else(signed)
        });
        match word {
            Some(word) => Ok(word),
            None => self.refuse("a value is a number of the type `Value`", value.span),
        }
    }

    /// E513 without more to say.
    fn refuse<T>(&self, message: impl Into<String>, span: Span) -> Result<T> {
        Err(Box::new(self.error(
            Code::TABLE_CONFIGURATION,
            message,
            span,
        )))
    }

    /// E513 when tables of so many words each exceed the limit; one more word
    /// of each says whose it is.
    fn check_words(&self, what: &str, words: u64, tables: u32, at: &Value) -> Result<()> {
        let words = words.saturating_add(1).saturating_mul(u64::from(tables));
        if words <= MAX_WORDS {
            return Ok(());
        }
        let message = format!("the {what} would take {words} words; the limit is {MAX_WORDS}");
        let finding = self.error(Code::TABLE_CONFIGURATION, message, at.span);
        Err(Box::new(
            finding.help("make them smaller, or fewer with `pool_size`"),
        ))
    }

    /// A number from 1 to 4294967295.
    fn size(&self, value: &Value) -> Result<u32> {
        let number = number(value).and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| *number > 0) {
            Some(number) => Ok(number),
            None => self.refuse("a size is a number from 1 to 4294967295", value.span),
        }
    }
}

/// An integer as it is written, with or without a sign.
fn number(value: &Value) -> Option<i128> {
    match &value.kind {
        ValueKind::Integer(Some(number)) => i128::try_from(*number).ok(),
        ValueKind::Prefix(Prefix::Minus, operand) => number(operand)?.checked_neg(),
        _ => None,
    }
}
