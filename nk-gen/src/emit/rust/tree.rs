//! The module tree: one module per package element, as files or as one text for `include!`.
use super::names::ident;
use crate::emit::BANNER;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lints that generated text may break in a user's crate; each with its reason.
const ALLOWED: &str = "\
#![allow(missing_docs, reason = \"fields are documented where the description documents them\")]
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

/// A module with what it holds and its submodules.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The descriptions that it comes from, as `farm/Sensor.idl`.
    pub(super) from: Vec<String>,
    pub(super) items: TokenStream,
    pub(super) modules: BTreeMap<String, Module>,
}

/// Text that is no Rust: a fault of this compiler.
#[derive(Debug)]
pub(super) struct NotRust(pub(super) String);

impl Module {
    /// The module at a path, made where it is missing.
    pub(super) fn at(&mut self, path: &[String]) -> &mut Self {
        path.iter().fold(self, |module, part| module.modules.entry(part.clone()).or_default())
    }

    /// Every file of the tree: `nk/mod.rs`, `nk/farm/mod.rs`, `nk/farm/sensor.rs`.
    pub(super) fn files(&self) -> Result<Vec<(PathBuf, String)>, NotRust> {
        let mut files = Vec::new();
        self.collect(Path::new("nk"), true, &mut files)?;
        Ok(files)
    }
    fn collect(&self, path: &Path, root: bool, files: &mut Vec<(PathBuf, String)>) -> Result<(), NotRust> {
        let children = self.modules.keys().map(|name| {
            let name = ident(name);
            quote!(pub mod #name;)
        });
        let (alias, items) = (self.alias(), &self.items);
        let body = format(&quote!(#(#children)* #alias #items))?;
        let file = if root || !self.modules.is_empty() { path.join("mod.rs") } else { path.with_extension("rs") };
        files.push((file, format!("{}{}{body}", banner(&self.from), if root { ALLOWED } else { "" })));
        for (name, module) in &self.modules {
            module.collect(&path.join(name), false, files)?;
        }
        Ok(())
    }

    /// The whole tree as `pub mod nk { … }`, for `include!`.
    pub(super) fn single(&self) -> Result<String, NotRust> {
        let tokens = self.nested();
        let allowed: TokenStream = ALLOWED.replace("#![", "#[").parse().map_err(|e| NotRust(format!("{e}")))?;
        let body = format(&quote!(#allowed pub mod nk { #tokens }))?;
        Ok(format!("{}{body}", banner(&[])))
    }
    fn nested(&self) -> TokenStream {
        let children = self.modules.iter().map(|(name, module)| {
            let (name, body, lead) = (ident(name), module.nested(), super::docs::one(&module.lead()));
            quote!(#lead pub mod #name { #body })
        });
        let (alias, items) = (self.alias(), &self.items);
        quote!(#(#children)* #alias #items)
    }
    fn lead(&self) -> String {
        if self.from.is_empty() { "Modules of a package.".into() } else { format!("From {}.", self.from.join(", ")) }
    }
    fn alias(&self) -> TokenStream {
        // constants of plain integers need nothing of the runtime, and an unused import is a warning
        if !mentions(self.items.clone(), "nk") {
            return TokenStream::new();
        }
        quote!(
            use ::nk_runtime as nk;
        )
    }
}

/// Whether a word stands anywhere in a text.
fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), word),
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The first line of every file.
fn banner(from: &[String]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match from {
        [] => format!("{BANNER} {version}. Do not edit.\n"),
        from => format!("{BANNER} {version} from {}. Do not edit.\n", from.join(", ")),
    }
}

/// One item at a time, so that empty lines can stand between them.
fn format(tokens: &TokenStream) -> Result<String, NotRust> {
    let file: syn::File = syn::parse2(tokens.clone()).map_err(|e| NotRust(format!("{e}: {tokens}")))?;
    let mut text = String::new();
    for item in file.items {
        let short = matches!(&item, syn::Item::Use(_)) || matches!(&item, syn::Item::Mod(m) if m.content.is_none());
        let item = prettyplease::unparse(&syn::File {
            shebang: None,
            frontmatter: None,
            attrs: Vec::new(),
            items: vec![item],
        });
        if !short && !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&item);
    }
    Ok(text)
}
