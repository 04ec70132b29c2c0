//! The module tree: one module per package element, as tokens.
use super::docs::own_docs;
use super::names::{legal, plain};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use std::collections::BTreeMap;

/// A module with what it holds and its submodules.
#[derive(Debug, Clone, Default)]
pub(super) struct Module {
    /// The descriptions that it comes from, as `farm/Sensor.idl`.
    pub(super) from: Vec<String>,
    /// What they say of themselves.
    pub(super) docs: Vec<String>,
    /// What is generated for them, an item or a few in each.
    pub(super) parts: Vec<TokenStream>,
    /// By plain name, which is the order that rustfmt gives them too.
    pub(super) modules: BTreeMap<String, Module>,
}

impl Module {
    /// The module at a path, made where it is missing.
    pub(super) fn at(&mut self, path: &[Ident]) -> &mut Self {
        path.iter().fold(self, |module, part| {
            module.modules.entry(plain(part)).or_default()
        })
    }

    /// What stands at the top of a file, under its inner attributes: the names of its submodules, and that of the runtime.
    pub(super) fn head(&self) -> TokenStream {
        let (modules, alias) = (self.modules.keys().map(|name| legal(name)), self.alias());
        quote! {
            #(pub mod #modules;)*
            #alias
        }
    }

    /// The whole tree as `pub mod nk { … }`.
    pub(super) fn tokens(self) -> TokenStream {
        let (allowed, inside) = (allowed().map(|lints| quote!(#[#lints])), self.inside());
        quote! {
            #(#allowed)*
            pub mod nk { #inside }
        }
    }
    fn inside(self) -> TokenStream {
        let alias = self.alias();
        let modules = self.modules.into_iter().map(|(name, module)| {
            let (docs, name) = (own_docs(&module.docs()), legal(&name));
            let inside = module.inside();
            quote! {
                #docs
                pub mod #name { #inside }
            }
        });
        modules.chain(alias).chain(self.parts).collect()
    }
    /// What the descriptions say at their head; without that, what the module is made from.
    pub(super) fn docs(&self) -> Vec<String> {
        if !self.docs.is_empty() {
            self.docs.clone()
        } else if self.from.is_empty() {
            vec!["Modules of a package.".to_owned()]
        } else {
            vec![format!("From {}.", self.from.join(", "))]
        }
    }
    /// The runtime's name; only where it is used, because an unused import is a warning.
    pub(super) fn alias(&self) -> Option<TokenStream> {
        let used = self.parts.iter().any(mentions_runtime);
        used.then(|| {
            quote!(
                use ::nk_runtime::generated as rt;
            )
        })
    }
}

/// Lints that a user's crate may have on, and that what a description says can break: names, numbers, and text.
pub(super) fn allowed() -> impl Iterator<Item = TokenStream> {
    let lints = [
        quote!(
            dead_code,
            missing_docs,
            unreachable_pub,
            reason = "a description has more than each program uses"
        ),
        quote!(
            clippy::enum_variant_names,
            clippy::large_enum_variant,
            clippy::module_inception,
            clippy::new_ret_no_self,
            clippy::pedantic,
            clippy::should_implement_trait,
            clippy::too_many_arguments,
            clippy::type_complexity,
            clippy::wrong_self_convention,
            rustdoc::bare_urls,
            reason = "names, numbers and documentation come from the description"
        ),
    ];
    lints.into_iter().map(|lints| quote!(allow(#lints)))
}

/// Whether code uses something of the runtime: `rt::` that is not the end of a longer path.
fn mentions_runtime(code: &TokenStream) -> bool {
    // how many colons stand directly in front: one before a type, two inside a path
    let mut colons = 0;
    let mut tokens = code.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let found = match &token {
            TokenTree::Group(group) => mentions_runtime(&group.stream()),
            TokenTree::Ident(ident) => {
                colons < 2 && ident == "rt" && tokens.peek().is_some_and(is_colon)
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        };
        if found {
            return true;
        }
        colons = if is_colon(&token) { colons + 1 } else { 0 };
    }
    false
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

#[cfg(test)]
mod tests {
    use super::mentions_runtime;
    use quote::quote;

    #[test]
    fn the_runtime_is_told_from_modules_that_end_like_its_alias() {
        assert!(mentions_runtime(&quote!(
            pub type Owner = rt::Handle;
        )));
        assert!(mentions_runtime(&quote!(
            pub type O<'m> = [rt::Handle; 2];
        )));
        assert!(mentions_runtime(&quote!(
            pub struct O {
                pub a: rt::Handle,
            }
        )));
        assert!(!mentions_runtime(&quote!(
            pub type Art = super::art::Art;
        )));
        let far = quote!(
            pub type Far = ::farm_api::nk::farm::Unit;
        );
        assert!(!mentions_runtime(&far));
    }
}
