//! Names of the description as Rust names: case, keywords, and scopes in which no two things share one.
//! Rules: `spec/generated-api.md` §6.
use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use std::collections::HashMap;

/// Keywords of all editions, reserved ones included, in order. As raw identifiers they are legal names, but for four.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Names that even a raw identifier cannot have.
const NEVER_RAW: &[&str] = &["self", "Self", "super", "crate", "_"];

/// A module must not hide what every module uses: the runtime's alias, and the primitive types.
const RESERVED_MODULES: &[&str] = &[
    "nk", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "str", "bool", "usize",
];

/// `Open` → `open`.
pub(super) fn snake(name: &str) -> String {
    legal(&name.to_snake_case())
}
/// `reading` → `Reading`.
pub(super) fn camel(name: &str) -> String {
    legal(&name.to_upper_camel_case())
}
/// `LabelMax` → `LABEL_MAX`.
pub(super) fn shouty(name: &str) -> String {
    legal(&name.to_shouty_snake_case())
}
/// An element of a package name as a module name.
pub(super) fn module(name: &str) -> String {
    let name = snake(name);
    if RESERVED_MODULES.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

/// As an identifier: raw where it is a keyword.
pub(super) fn legal(name: &str) -> String {
    if NEVER_RAW.contains(&name) {
        format!("{name}_")
    } else if KEYWORDS.binary_search(&name).is_ok() {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

/// The name without the mark of a raw identifier, as it stands in texts and names of files.
pub(super) fn plain(identifier: &str) -> &str {
    identifier.strip_prefix("r#").unwrap_or(identifier)
}

/// Two names of the user that would become one.
#[derive(Debug)]
pub(super) struct Clash<O> {
    /// Who has the name already.
    pub(super) first: O,
    /// The Rust name.
    pub(super) name: String,
}

/// Names that share one namespace. The user's come first; `O` says where they come from.
#[derive(Debug)]
pub(super) struct Scope<O> {
    taken: HashMap<String, Option<O>>,
    /// Generated names that had to give way: wanted, given.
    pub(super) moved: Vec<(String, String)>,
}

impl<O: Clone> Scope<O> {
    pub(super) fn new() -> Self {
        Self {
            taken: HashMap::new(),
            moved: Vec::new(),
        }
    }
    /// Takes a name for something of the user's.
    pub(super) fn user(&mut self, name: String, origin: O) -> Result<String, Clash<O>> {
        if let Some(Some(first)) = self.taken.get(&name) {
            return Err(Clash {
                first: first.clone(),
                name,
            });
        }
        self.taken.insert(name.clone(), Some(origin));
        Ok(name)
    }
    /// Takes a name for something generated; gives way to what is there.
    pub(super) fn generated(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.taken.contains_key(&name) {
            name.push('_');
        }
        if name != wanted {
            self.moved.push((wanted.to_owned(), name.clone()));
        }
        self.taken.insert(name.clone(), None);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keywords_are_in_order_so_that_they_are_found() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn keywords_become_raw_and_the_four_that_cannot_get_an_underscore() {
        assert_eq!(snake("Match"), "r#match");
        assert_eq!(snake("gen"), "r#gen");
        for (name, expected) in [("self", "self_"), ("Super", "super_"), ("crate", "crate_")] {
            assert_eq!(snake(name), expected);
        }
        assert_eq!(camel("self"), "Self_");
        assert_eq!(
            (module("nk"), module("U8"), module("Sensor")),
            ("nk_".into(), "u8_".into(), "sensor".into())
        );
    }

    #[test]
    fn generated_names_give_way_and_two_user_names_clash() {
        let mut scope = Scope::new();
        assert_eq!(scope.user("Proxy".into(), 1).ok(), Some("Proxy".into()));
        assert_eq!(scope.generated("Proxy"), "Proxy_");
        assert_eq!(scope.generated("Proxy"), "Proxy__");
        let clash = scope
            .user("Proxy".into(), 2)
            .expect_err("two users of one name");
        assert_eq!((clash.first, clash.name.as_str()), (1, "Proxy"));
    }
}
