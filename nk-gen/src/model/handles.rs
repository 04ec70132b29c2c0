//! Where handles may stand (E206): right behind a message's header, alone or in arrays. Source: `docs/languages.md` §5.3.
use super::{Model, Type};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};

/// Whether a type is a handle, or arrays of handles.
pub(crate) fn is_handle(model: &Model, ty: &Type) -> bool {
    match model.strip(ty) {
        Type::Handle | Type::TypedHandle(_) => true,
        Type::Array(element, _) => is_handle(model, element),
        _ => false,
    }
}

/// Whether a type as written has a sequence of handles. Declared types are looked into where they are declared.
pub(crate) fn in_sequence(model: &Model, ty: &Type) -> bool {
    match ty {
        Type::Sequence(element, _) => is_handle(model, element) || in_sequence(model, element),
        Type::Array(element, _) => in_sequence(model, element),
        _ => false,
    }
}

/// E206 for a handle in a `where_`.
pub(crate) fn misplaced(where_: &str, place: Place) -> Diagnostic {
    let message = format!("a handle cannot stand inside a {where_}");
    Diagnostic::new(Code::MISPLACED_HANDLE, message, place)
        .help("handles are parameters of their own, or arrays of them")
}
