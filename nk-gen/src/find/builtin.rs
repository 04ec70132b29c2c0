//! Our own texts of descriptions that solutions embed but that come with the vendor's SDK. They are found after `-I` and
//! `-S` and before `--external`.
use super::NameSet;

/// A built-in description.
pub(crate) struct Builtin {
    /// The path that diagnostics show, below `<builtin>/`.
    pub(crate) path: &'static str,
    /// The declared name.
    pub(crate) name: &'static str,
    /// Which set the name belongs to.
    pub(crate) set: NameSet,
    /// The text.
    pub(crate) text: &'static str,
}

macro_rules! builtin {
    ($set:ident, $name:literal, $path:literal) => {
        Builtin { path: $path, name: $name, set: NameSet::$set, text: include_str!(concat!("../../builtin/", $path)) }
    };
}

/// Every built-in description.
pub(crate) const BUILTINS: &[Builtin] = &[
    builtin!(Component, "Einit", "Einit.edl"),
    builtin!(Component, "kl.core.Core", "kl/core/Core.edl"),
    builtin!(Package, "kl.Klog", "kl/Klog.idl"),
    builtin!(Component, "kl.Klog", "kl/Klog.cdl"),
    builtin!(Package, "kl.KlogStorage", "kl/KlogStorage.idl"),
    builtin!(Component, "kl.KlogStorage", "kl/KlogStorage.cdl"),
];

/// The built-in description of a name.
pub(crate) fn find(set: NameSet, name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.set == set && builtin.name == name)
}
