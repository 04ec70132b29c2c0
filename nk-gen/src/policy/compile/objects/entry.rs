//! What a `HashSet` holds: integers and Booleans, alone or in dictionaries and
//! tuples (`docs/psl.md` §9.7).
//!
//! ```text
//! type Entry = { port : UInt16, secure : Boolean }
//! ```
//!
//! At run time an entry is its scalars one after the other, 8 bytes each.
use crate::policy::compile::expr::Scalar;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use nk_grammar::psl::{Type, TypeKind};

/// Most scalars of an entry.
const MAX_ARITY: usize = 8;

/// The type of entries.
#[derive(Debug, Default)]
pub(in crate::policy) struct EntryType {
    /// Its parts.
    pub(in crate::policy) root: Field,
    /// Number of scalars, 1 to 8.
    arity: u8,
}

/// A part of an entry.
#[derive(Debug, Default)]
pub(in crate::policy) enum Field {
    /// No entry at all.
    #[default]
    None,
    /// A number or a Boolean.
    Scalar(Scalar),
    /// `{ name : … }`
    Dictionary(Vec<(String, Field)>),
    /// `[ … ]`
    Tuple(Vec<Field>),
}

impl EntryType {
    /// Reads the type; E513 when it holds something else, or too much.
    pub(super) fn read(ty: &Type, file: FileId) -> Result<Self, Box<Diagnostic>> {
        let mut arity = 0;
        let root = field(ty, file, &mut arity)?;
        match u8::try_from(arity) {
            Ok(arity) if (1..=MAX_ARITY).contains(&usize::from(arity)) => Ok(Self { root, arity }),
            _ => {
                let message = format!(
                    "an entry has 1 to {MAX_ARITY} numbers and Booleans, this one has {arity}"
                );
                Err(Box::new(Diagnostic::new(
                    Code::TABLE_CONFIGURATION,
                    message,
                    Place::new(file, ty.span),
                )))
            }
        }
    }

    /// Number of scalars.
    pub(super) const fn arity(&self) -> u8 {
        self.arity
    }
}

/// Reads a part of the type, and counts its scalars. The depth is limited by
/// the parser.
fn field(ty: &Type, file: FileId, arity: &mut usize) -> Result<Field, Box<Diagnostic>> {
    let mut inner = |ty| field(ty, file, arity);
    match &ty.kind {
        TypeKind::Dictionary(fields) => {
            let fields = fields
                .iter()
                .map(|(name, ty)| Ok((name.text.clone(), inner(ty)?)));
            Ok(Field::Dictionary(
                fields.collect::<Result<_, Box<Diagnostic>>>()?,
            ))
        }
        TypeKind::Tuple(types) => Ok(Field::Tuple(
            types.iter().map(inner).collect::<Result<_, _>>()?,
        )),
        TypeKind::Named(name, arguments)
            if arguments.is_empty() && Scalar::named(&name.text).is_some() =>
        {
            *arity += 1;
            Ok(Scalar::named(&name.text).map_or(Field::None, Field::Scalar))
        }
        _ => {
            let message =
                "a HashSet holds integers and Booleans, alone or in dictionaries and tuples";
            Err(Box::new(
                Diagnostic::new(
                    Code::TABLE_CONFIGURATION,
                    message,
                    Place::new(file, ty.span),
                )
                .help("texts are not among them"),
            ))
        }
    }
}
