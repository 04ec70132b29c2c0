//! Tokens as text, laid out by prettyplease.
use super::tree::{Module, allowed};
use crate::emit::BANNER;
use proc_macro2::TokenStream;
use quote::quote;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

/// Every file of the tree: `nk/mod.rs`, `nk/farm/mod.rs`, `nk/farm/sensor.rs`.
pub(super) fn files(root: &Module) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    collect(root, Path::new("nk"), true, &mut files);
    files
}

fn collect(module: &Module, path: &Path, root: bool, files: &mut Vec<(PathBuf, String)>) {
    let allowed = allowed().filter(|_| root).map(|lints| quote!(#![#lints]));
    let head = module.head();
    let mut text = banner(&module.from) + &laid_out(&quote!(#(#allowed)* #head));
    for item in module.items.iter().flat_map(items) {
        text.push('\n');
        text.push_str(&item);
    }
    let file = if root || !module.modules.is_empty() {
        path.join("mod.rs")
    } else {
        path.with_extension("rs")
    };
    files.push((file, text));
    for (name, module) in &module.modules {
        collect(module, &path.join(name), false, files);
    }
}

/// The whole tree in one text.
pub(super) fn single(root: &Module) -> String {
    banner(&[]) + &laid_out(&root.tokens())
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

/// The text of these items; tokens that were no items would stay as they are.
fn laid_out(tokens: &TokenStream) -> String {
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => tokens.to_string(),
    }
}

/// As [`laid_out`], each item by itself.
fn items(tokens: &TokenStream) -> Vec<String> {
    let Ok(file) = syn::parse2::<syn::File>(tokens.clone()) else {
        return vec![tokens.to_string()];
    };
    let alone = |item| syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    };
    let files = file.items.into_iter().map(alone);
    files.map(|file| prettyplease::unparse(&file)).collect()
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
