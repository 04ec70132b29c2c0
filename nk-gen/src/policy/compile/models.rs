//! What each security model offers: its rules and its expressions
//! (`docs/psl.md` §9).
//!
//! The names are here in one place, so that messages can list them and tell an
//! unknown name from one that is used in the wrong place. What they mean is in
//! `rules` and `expr`.

/// The models that objects can be declared of: `policy object f : Flow { … }`.
pub(in crate::policy) const MODELS: [&str; 6] =
    ["Base", "Flow", "HashSet", "StaticMap", "Regex", "Mic"];
/// Models that exist as one object each, under these names. They have no state:
/// what they offer are expressions.
pub(in crate::policy) const AUXILIARY: [&str; 4] = ["pred", "bool", "math", "struct"];

/// The rules of each model.
const RULES: [(&str, &[&str]); 6] = [
    ("Base", &["grant", "deny", "assert", "set_level"]),
    ("Flow", &["init", "fini", "enter", "allow"]),
    ("HashSet", &["init", "fini", "add", "remove"]),
    ("StaticMap", &["init", "fini", "set", "commit", "rollback"]),
    ("Regex", &[]),
    (
        "Mic",
        &[
            "create", "delete", "execute", "upgrade", "call", "invoke", "read", "write",
        ],
    ),
];

/// The expressions of each model, and of each object of an auxiliary one.
/// `size` needs no object. The older spelling `get_uncommited` is accepted, and
/// is not listed here, since nobody should learn it.
pub(in crate::policy) const EXPRESSIONS: [(&str, &[&str]); 10] = [
    ("pred", &["empty"]),
    ("bool", &["all", "any", "cond"]),
    (
        "math",
        &[
            "neg", "abs", "sum", "product", "uint64", "uint32", "uint16", "sint64", "sint32",
            "sint16",
        ],
    ),
    ("struct", &["size"]),
    ("", &["size"]),
    ("Flow", &["query"]),
    ("HashSet", &["contains"]),
    ("StaticMap", &["get", "get_uncommitted"]),
    ("Regex", &["match", "select"]),
    ("Mic", &["query_level"]),
];

/// The rules of a model; none for an unknown one.
pub(in crate::policy) fn rules(model: &str) -> &'static [&'static str] {
    RULES
        .iter()
        .find(|(known, _)| *known == model)
        .map_or(&[], |(_, rules)| rules)
}

/// The expressions of a model, or of an object of an auxiliary one.
pub(in crate::policy) fn expressions(model: &str) -> &'static [&'static str] {
    EXPRESSIONS
        .iter()
        .find(|(known, _)| *known == model)
        .map_or(&[], |(_, expressions)| expressions)
}

/// Whether objects of a model offer a rule.
pub(in crate::policy) fn is_rule(model: &str, rule: &str) -> bool {
    rules(model).contains(&rule)
}
