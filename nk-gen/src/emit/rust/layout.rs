//! Tokens as text, laid out by prettyplease.
use super::docs::{inner_docs, own_docs};
use super::names::legal;
use super::tree::{Module, allowed};
use crate::emit::write::BANNER;
use proc_macro2::TokenStream;
use quote::quote;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

/// Every file of the tree: `nk/mod.rs`, `nk/farm/mod.rs`, `nk/farm/sensor.rs`.
pub(super) fn files(root: Module) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    collect(root, Path::new("nk"), true, &mut files);
    files
}

fn collect(module: Module, path: &Path, root: bool, files: &mut Vec<(PathBuf, String)>) {
    let (allowed, head) = (allowed().filter(|_| root), module.head());
    let docs = module.docs();
    let docs = inner_docs(if root { &[] } else { &docs });
    let head = laid_out(quote!(#docs #(#![#allowed])* #head));
    let text = [banner(&module.from) + &head];
    let text = text
        .into_iter()
        .chain(module.parts.into_iter().flat_map(items));
    let file = if root || !module.modules.is_empty() {
        path.join("mod.rs")
    } else {
        path.with_extension("rs")
    };
    files.push((file, apart(text)));
    for (name, module) in module.modules {
        collect(module, &path.join(name), false, files);
    }
}

/// The whole tree in one text.
pub(super) fn single(root: Module) -> String {
    let allowed = allowed();
    let shell = quote!(#(#[#allowed])* pub mod nk {});
    banner(&[]) + &filled(shell, &inside(root))
}

/// What a module holds. Items are parsed and laid out one by one: that takes less memory than all of them at once, and
/// with that less time.
fn inside(module: Module) -> String {
    let alias = module.alias().map(laid_out);
    let modules = module.modules.into_iter().map(|(name, module)| {
        let (docs, name) = (own_docs(&module.docs()), legal(&name));
        filled(quote!(#docs pub mod #name {}), &inside(module))
    });
    let items = module.parts.into_iter().flat_map(items);
    apart(modules.chain(alias).chain(items))
}

/// A module without content, and its content, which moves inwards; no literal of a template has a line break in it.
fn filled(shell: TokenStream, inside: &str) -> String {
    let mut text = laid_out(shell);
    let end = text
        .rfind('}')
        .map_or(String::new(), |at| text.split_off(at));
    text.push('\n');
    for line in inside.lines() {
        if !line.is_empty() {
            text.push_str("    ");
            text.push_str(line);
        }
        text.push('\n');
    }
    text + &end
}

/// Texts with an empty line between them.
fn apart(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("\n")
}

fn laid_out(tokens: TokenStream) -> String {
    prettyplease::unparse(&parsed(tokens))
}

/// The text of each item.
fn items(tokens: TokenStream) -> impl Iterator<Item = String> {
    let items = parsed(tokens).items.into_iter();
    items.map(|item| prettyplease::unparse(&file(vec![item])))
}

/// The items of these tokens. Templates are items whatever the description: the tests put every word into every place of
/// them. If some were not, the crate that takes them in would not compile and say why.
fn parsed(tokens: TokenStream) -> syn::File {
    syn::parse2(tokens).unwrap_or_else(|error| {
        let why = format!("nk-gen has generated what is not Rust: {error}");
        syn::parse2(quote!(compile_error! { #why })).unwrap_or_else(|_| file(Vec::new()))
    })
}

fn file(items: Vec<syn::Item>) -> syn::File {
    syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items,
    }
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

/// How many bytes the tokens take with a blank between them.
pub(super) fn bytes(tokens: &TokenStream) -> u64 {
    struct Count(u64);
    impl Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len() as u64;
            Ok(())
        }
    }
    let mut count = Count(0);
    // counting does not fail
    let _ = write!(count, "{tokens}");
    count.0
}
