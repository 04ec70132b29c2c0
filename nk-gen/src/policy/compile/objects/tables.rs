//! The configurations of `HashSet` and `StaticMap` objects: pools of tables
//! (E513; `spec/psl-runtime.md` §B.7, §B.8).
//!
//! An object has `pool_size` tables, one for each process that `init` gives
//! one. All are allocated when the security module starts, so that a policy
//! never runs out of memory later; their size is limited here.
use super::config::Result;
use super::{EntryType, Source};
use crate::policy::compile::expr::Scalar;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use nk_grammar::psl::{Entry, Prefix, TypeKind, Value, ValueKind};
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
    /// `type Entry = …  config = { set_size, pool_size }`
    pub(super) fn hash_set(&self) -> Result<(Model, EntryType)> {
        let Some((_, entry)) = self.types.iter().find(|(name, _)| name.text == "Entry") else {
            let message = format!("policy object `{}` has no `type Entry`", self.name.text);
            let finding = Diagnostic::new(
                Code::TABLE_CONFIGURATION,
                message,
                Place::new(self.file, self.name.span),
            );
            return Err(Box::new(
                finding.help("add `type Entry = UInt32`, or what the set shall hold"),
            ));
        };
        let entry = EntryType::read(entry, self.file)?;
        let [set_size, pool_size] =
            self.config(["set_size", "pool_size"], Code::TABLE_CONFIGURATION)?;
        let (sets, size) = (self.size(pool_size)?, self.size(set_size)?);
        let words = u64::from(size).saturating_mul(u64::from(entry.arity()));
        self.check_words("sets", words, sets, set_size)?;
        Ok((
            Model::HashSet(HashSet {
                set_size: size,
                pool_size: sets,
                arity: entry.arity(),
            }),
            entry,
        ))
    }

    /// `type Value = …  config = { keys : { key : value, … }, pool_size }`
    pub(super) fn static_map(&self) -> Result<(Model, MapType)> {
        let Some((_, value)) = self.types.iter().find(|(name, _)| name.text == "Value") else {
            let message = format!("policy object `{}` has no `type Value`", self.name.text);
            let finding = Diagnostic::new(
                Code::TABLE_CONFIGURATION,
                message,
                Place::new(self.file, self.name.span),
            );
            return Err(Box::new(
                finding.help("add `type Value = UInt32`, or what the map shall hold"),
            ));
        };
        let scalar = match &value.kind {
            TypeKind::Named(name, arguments) if arguments.is_empty() => Scalar::named(&name.text),
            _ => None,
        };
        let Some(Scalar::Int(width)) = scalar else {
            let finding = Diagnostic::new(
                Code::TABLE_CONFIGURATION,
                "a StaticMap holds integers",
                Place::new(self.file, value.span),
            );
            return Err(Box::new(finding.help(
                "write one of the types `UInt8` to `UInt64` and `SInt8` to `SInt64`",
            )));
        };
        let [keys, pool_size] = self.config(["keys", "pool_size"], Code::TABLE_CONFIGURATION)?;
        let ValueKind::Dictionary(entries) = &keys.kind else {
            let finding = Diagnostic::new(
                Code::TABLE_CONFIGURATION,
                "`keys` is `{ \"key\" : value, … }`",
                Place::new(self.file, keys.span),
            );
            return Err(Box::new(finding));
        };
        let (rows, of_bytes) = self.rows(entries, width, keys)?;
        let pool_size_number = self.size(pool_size)?;
        self.check_words("maps", 2 * rows.len() as u64, pool_size_number, keys)?;
        let (keys, values) = rows.into_iter().unzip();
        let map = StaticMap {
            keys,
            values,
            width,
            pool_size: pool_size_number,
        };
        Ok((Model::StaticMap(map), MapType { width, of_bytes }))
    }

    /// Keys with the words of their values, in ascending order of keys, as the
    /// program searches them; and whether the keys are lists of bytes.
    fn rows(&self, entries: &[Entry], width: Width, keys: &Value) -> Result<(Rows, bool)> {
        let of_bytes = entries.iter().any(|entry| entry.elements.is_some());
        let mut rows = Rows::new();
        for entry in entries {
            let here = |message: String| {
                Box::new(self.error(Code::TABLE_CONFIGURATION, message, entry.key.span))
            };
            let key = match &entry.elements {
                Some(elements) => {
                    let byte =
                        |value: &Value| number(value).and_then(|number| u8::try_from(number).ok());
                    let bytes: Option<Vec<u8>> = elements.iter().map(byte).collect();
                    bytes.ok_or_else(|| {
                        here("a key is a text or a list of numbers from 0 to 255".to_owned())
                    })?
                }
                None if of_bytes => {
                    return Err(here("all keys are texts, or all are lists".to_owned()));
                }
                None => entry.key.text.clone().into_bytes(),
            };
            let value = number(&entry.value).filter(|value| width.holds(*value));
            let word = value.and_then(|value| {
                u64::try_from(value)
                    .ok()
                    .or_else(|| i64::try_from(value).ok().map(i64::cast_unsigned))
            });
            let Some(word) = word else {
                let message = "a value is a number of the type `Value`";
                return Err(Box::new(self.error(
                    Code::TABLE_CONFIGURATION,
                    message,
                    entry.value.span,
                )));
            };
            if rows.iter().any(|(known, _)| *known == key) {
                return Err(here(format!("duplicate key `{}`", entry.key.text)));
            }
            rows.push((key, word));
        }
        if rows.is_empty() {
            return Err(Box::new(self.error(
                Code::TABLE_CONFIGURATION,
                "a StaticMap has at least one key",
                keys.span,
            )));
        }
        rows.sort();
        Ok((rows, of_bytes))
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
        number.filter(|number| *number > 0).ok_or_else(|| {
            let message = "a size is a number from 1 to 4294967295";
            Box::new(Diagnostic::new(
                Code::TABLE_CONFIGURATION,
                message,
                Place::new(self.file, value.span),
            ))
        })
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
