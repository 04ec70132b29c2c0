//! Our own texts of the policy files that come with the vendor's SDK. They are
//! found after `-I` and the policy's folder.

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

/// Path to show and text of a built-in policy file.
pub(in crate::policy) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    BUILTINS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, path, text)| (*path, *text))
}

/// The names of all built-in policy files.
pub(in crate::policy) fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().map(|(name, ..)| *name)
}
