//! Our own texts of the policy files that come with the vendor's SDK
//! (`docs/psl.md` §9).
//!
//! They are written from the documentation, and are part of this program, so
//! that a policy compiles without the SDK. A file of the same name that is
//! found with `-I` or in the policy's folder comes first.

/// An entry of the table, with the text taken in at compile time.
macro_rules! builtin {
    ($name:literal, $path:literal) => {
        (
            $name,
            $path,
            include_str!(concat!("../../../builtin/", $path)),
        )
    };
}

/// Dotted name, path to show, text.
const BUILTINS: [(&str, &str, &str); 8] = [
    builtin!("nk.base", "nk/base.psl"),
    builtin!("nk.basic", "nk/basic.psl"),
    builtin!("nk.regex", "nk/regex.psl"),
    builtin!("nk.hashmap", "nk/hashmap.psl"),
    builtin!("nk.staticmap", "nk/staticmap.psl"),
    builtin!("nk.flow", "nk/flow.psl"),
    builtin!("nk.mic", "nk/mic.psl"),
    builtin!("nonsecurity", "nonsecurity.psl"),
];

/// Path to show and text of a built-in policy file; `None` for another name.
pub(in crate::policy) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    BUILTINS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, path, text)| (*path, *text))
}

/// The names of all built-in policy files, for suggestions.
pub(in crate::policy) fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().map(|(name, ..)| *name)
}
