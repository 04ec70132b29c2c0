//! The one place where identifiers are made: case, keywords, and scopes in which no two things share a name.
//! Rules: `docs/generated-rust.md` §6.
use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident};
use std::collections::HashMap;
use syn::parse::Parser;

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
    "rt", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "str", "bool", "usize",
];

/// `Open` → `open`.
pub(super) fn snake(name: &str) -> Ident {
    legal(&name.to_snake_case())
}
/// `reading` → `Reading`.
pub(super) fn camel(name: &str) -> Ident {
    legal(&name.to_upper_camel_case())
}
/// `LabelMax` → `LABEL_MAX`.
pub(super) fn shouty(name: &str) -> Ident {
    legal(&name.to_shouty_snake_case())
}
/// An element of a package name as a module name.
pub(super) fn module(name: &str) -> Ident {
    let name = name.to_snake_case();
    if RESERVED_MODULES.contains(&name.as_str()) {
        yielding(&legal(&name))
    } else {
        legal(&name)
    }
}

/// As an identifier: raw where it is a keyword, behind `_` where it would begin with a digit or be empty.
pub(super) fn legal(name: &str) -> Ident {
    let here = Span::call_site();
    if NEVER_RAW.contains(&name) {
        format_ident!("{name}_")
    } else if KEYWORDS.binary_search(&name).is_ok() {
        Ident::new_raw(name, here)
    } else if name.is_empty() {
        format_ident!("__")
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        format_ident!("_{name}")
    } else {
        Ident::new(name, here)
    }
}

/// The name without the mark of a raw identifier, as it stands in texts and names of files.
pub(super) fn plain(identifier: &Ident) -> String {
    let name = identifier.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

/// `Open` and `Req` → `OpenReq`.
pub(super) fn joined(first: &Ident, second: &str) -> Ident {
    format_ident!("{first}{second}")
}
/// What a generated name that is taken becomes.
pub(super) fn yielding(name: &Ident) -> Ident {
    format_ident!("{name}_")
}

/// A path of a module, if the text is one.
pub(super) fn path(text: &str) -> Option<TokenStream> {
    let path = syn::Path::parse_mod_style.parse_str(text).ok()?;
    Some(path.to_token_stream())
}

/// Two names of the user that would become one.
#[derive(Debug)]
pub(super) struct Clash<O> {
    /// Who has the name already.
    pub(super) first: O,
    /// The Rust name.
    pub(super) name: Ident,
}

/// Names that share one namespace. The user's come first; `O` says where they come from.
#[derive(Debug)]
pub(super) struct Scope<O> {
    taken: HashMap<Ident, Option<O>>,
    /// Generated names that had to give way: wanted, given.
    pub(super) moved: Vec<(Ident, Ident)>,
}

impl<O: Clone> Scope<O> {
    pub(super) fn new() -> Self {
        Self {
            taken: HashMap::new(),
            moved: Vec::new(),
        }
    }
    /// Takes a name for something of the user's.
    pub(super) fn user(&mut self, name: Ident, origin: O) -> Result<Ident, Clash<O>> {
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
    pub(super) fn generated(&mut self, wanted: Ident) -> Ident {
        let mut name = wanted.clone();
        while self.taken.contains_key(&name) {
            name = yielding(&name);
        }
        if name != wanted {
            self.moved.push((wanted, name.clone()));
        }
        self.taken.insert(name.clone(), None);
        name
    }
    /// As [`Scope::generated`], for a name that is the same in every description.
    pub(super) fn fixed(&mut self, wanted: &str) -> Ident {
        self.generated(legal(wanted))
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
        for (name, expected) in [("rt", "rt_"), ("U8", "u8_"), ("Sensor", "sensor")] {
            assert_eq!(module(name), expected);
        }
    }

    #[test]
    fn every_name_of_a_description_is_an_identifier() {
        for (name, expected) in [("_", "__"), ("__", "__"), ("_1", "_1"), ("_a", "a")] {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn generated_names_give_way_and_two_user_names_clash() {
        let mut scope = Scope::new();
        assert!(scope.user(legal("Proxy"), 1).is_ok());
        assert_eq!(scope.fixed("Proxy"), "Proxy_");
        assert_eq!(scope.fixed("Proxy"), "Proxy__");
        let clash = scope
            .user(legal("Proxy"), 2)
            .expect_err("two users of one name");
        assert_eq!((clash.first, clash.name), (1, legal("Proxy")));
    }
}
