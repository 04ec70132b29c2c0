//! The module tree: one module per package element, as files or as one text for `include!`.
use super::names::{legal, plain};
use crate::emit::write::BANNER;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Lints that generated text may break in a user's crate; each with its reason.
const ALLOWED: &str = "\
#![allow(
    missing_docs,
    reason = \"fields are documented where the description documents them\"
)]
#![allow(
    clippy::doc_markdown,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    rustdoc::bare_urls,
    reason = \"documentation comes from the description\"
)]
#![allow(
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    clippy::len_without_is_empty,
    clippy::match_single_binding,
    clippy::module_inception,
    clippy::module_name_repetitions,
    clippy::new_without_default,
    clippy::self_named_constructors,
    clippy::should_implement_trait,
    clippy::similar_names,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    clippy::trivially_copy_pass_by_ref,
    clippy::type_complexity,
    clippy::unreadable_literal,
    clippy::upper_case_acronyms,
    clippy::wrong_self_convention,
    reason = \"names and numbers come from the description\"
)]
";

/// How generated text calls the runtime.
const ALIAS: &str = "use ::nk_runtime as nk;\n";

/// A module with what it holds and its submodules.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The descriptions that it comes from, as `farm/Sensor.idl`.
    pub(super) from: Vec<String>,
    /// Its items.
    pub(super) text: String,
    /// By plain name, which is the order that rustfmt gives them too.
    pub(super) modules: BTreeMap<String, Module>,
}

impl Module {
    /// The module at a path, made where it is missing.
    pub(super) fn at(&mut self, path: &[String]) -> &mut Self {
        path.iter().fold(self, |module, part| {
            module.modules.entry(plain(part).to_owned()).or_default()
        })
    }

    /// Every file of the tree: `nk/mod.rs`, `nk/farm/mod.rs`, `nk/farm/sensor.rs`.
    pub(super) fn files(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        self.collect(Path::new("nk"), true, &mut files);
        files
    }
    fn collect(&self, path: &Path, root: bool, files: &mut Vec<(PathBuf, String)>) {
        let mut text = banner(&self.from);
        text.push_str(if root { ALLOWED } else { "" });
        for name in self.modules.keys() {
            // writing to a string does not fail
            let _ = writeln!(text, "pub mod {};", legal(name));
        }
        text.push_str(&self.body());
        let file = if root || !self.modules.is_empty() {
            path.join("mod.rs")
        } else {
            path.with_extension("rs")
        };
        files.push((file, text));
        for (name, module) in &self.modules {
            module.collect(&path.join(name), false, files);
        }
    }

    /// The whole tree as `pub mod nk { … }`, for `include!`.
    pub(super) fn single(&self) -> String {
        let mut text = banner(&[]) + &ALLOWED.replace("#![", "#[");
        text.push_str("pub mod nk {\n");
        self.nested(1, &mut text);
        text.push_str("}\n");
        text
    }
    fn nested(&self, depth: usize, out: &mut String) {
        let step = "    ".repeat(depth);
        for (name, module) in &self.modules {
            let _ = writeln!(
                out,
                "{step}/// {}\n{step}pub mod {} {{",
                module.lead(),
                legal(name)
            );
            module.nested(depth + 1, out);
            let _ = writeln!(out, "{step}}}");
        }
        for line in self.body().lines() {
            // no text of ours has a line break in a literal
            let _ = if line.is_empty() {
                writeln!(out)
            } else {
                writeln!(out, "{step}{line}")
            };
        }
    }
    fn lead(&self) -> String {
        if self.from.is_empty() {
            "Modules of a package.".into()
        } else {
            format!("From {}.", self.from.join(", "))
        }
    }
    /// The items; the alias only where it is used, because an unused import is a warning.
    fn body(&self) -> String {
        let code = self
            .text
            .lines()
            .filter(|line| !line.trim_start().starts_with("///"));
        if !code.into_iter().any(mentions_runtime) {
            return self.text.clone();
        }
        format!("{ALIAS}\n{}", self.text)
    }
}

/// Whether a line of code uses something of the runtime: `nk::` that is not the end of a longer path.
fn mentions_runtime(line: &str) -> bool {
    let longer = |before: &str| {
        before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '#'))
    };
    line.match_indices("nk::")
        .any(|(at, _)| line.get(..at).is_some_and(|before| !longer(before)))
}

/// The first line of every file.
fn banner(from: &[String]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match from {
        [] => format!("{BANNER} {version}. Do not edit.\n"),
        from => format!(
            "{BANNER} {version} from {}. Do not edit.\n",
            from.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::mentions_runtime;

    #[test]
    fn the_runtime_is_told_from_modules_that_end_like_its_alias() {
        assert!(
            mentions_runtime("pub type Owner = nk::Handle;")
                && mentions_runtime("pub type O<'m> = [nk::Handle; 2];")
        );
        assert!(!mentions_runtime("pub type Ink = super::ink::Ink;"));
        assert!(!mentions_runtime(
            "pub type Far = ::farm_api::nk::farm::Unit;"
        ));
    }
}
