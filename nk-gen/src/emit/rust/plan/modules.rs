//! Where each description's module stands in the tree.
use super::super::Options;
use super::super::names::{self, Scope};
use crate::model::Model;
use crate::text::diagnostic::{Diagnostic, Place};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::HashMap;

/// A module of the tree, or of another crate.
#[derive(Debug, Clone)]
pub(crate) enum ModulePath {
    /// Below the tree's root.
    Here(Vec<Ident>),
    /// A path given by `extern_package`.
    Extern(TokenStream),
}

impl ModulePath {
    /// How code in `from` names something in this module: nothing, or a path that ends in `::`.
    pub(crate) fn seen_from(&self, from: &Self) -> TokenStream {
        match (self, from) {
            (Self::Extern(path), _) => quote!(#path::),
            (Self::Here(to), Self::Here(from)) if to != from => {
                let common = to.iter().zip(from).take_while(|(a, b)| a == b).count();
                let up = from.iter().skip(common).map(|_| quote!(super::));
                let down = to.iter().skip(common);
                quote!(#(#up)* #(#down::)*)
            }
            (Self::Here(_), _) => TokenStream::new(),
        }
    }
}

/// The module of each full name.
pub(super) struct Modules {
    paths: HashMap<String, ModulePath>,
}

impl Modules {
    pub(super) fn new(model: &Model, options: &Options, errors: &mut Vec<Diagnostic>) -> Self {
        let packages = model
            .packages
            .iter()
            .map(|p| (p.name.as_str(), Some(p.place)));
        let components = model.components.iter().map(|c| (c.name.as_str(), c.place));
        let mut scopes: HashMap<Vec<Ident>, Scope<(String, Place)>> = HashMap::new();
        let mut seen: HashMap<Vec<String>, Vec<Ident>> = HashMap::new();
        let mut paths = HashMap::new();
        for (name, place) in packages.chain(components) {
            if paths.contains_key(name) {
                continue; // a component and a package of one name share a module
            }
            let path = match options.extern_module(name) {
                Some(path) => ModulePath::Extern(path),
                None => {
                    ModulePath::Here(place_in_tree(name, place, &mut scopes, &mut seen, errors))
                }
            };
            paths.insert(name.to_owned(), path);
        }
        Self { paths }
    }
    pub(super) fn of(&self, name: &str) -> ModulePath {
        self.paths
            .get(name)
            .cloned()
            .unwrap_or_else(|| ModulePath::Here(Vec::new()))
    }
}

/// Walks down the tree, one element of the name a step; two elements that become one module are an error, and what stands
/// below them is no other.
fn place_in_tree(
    name: &str,
    place: Option<Place>,
    scopes: &mut HashMap<Vec<Ident>, Scope<(String, Place)>>,
    seen: &mut HashMap<Vec<String>, Vec<Ident>>,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Ident> {
    let (mut original, mut path) = (Vec::new(), Vec::new());
    for part in name.split('.') {
        original.push(part.to_owned());
        let module = names::module(part);
        if !seen.contains_key(&original) {
            if let Some(place) = place {
                let scope = scopes.entry(path.clone()).or_insert_with(Scope::new);
                if let Err(clash) = scope.user(module.clone(), (original.join("."), place)) {
                    let second = original.join(".");
                    if above(&clash.first.0) == above(&second) {
                        errors.push(super::clash(&clash, &second, place));
                    }
                }
            }
            seen.insert(original.clone(), path.clone());
        }
        path.push(module);
    }
    path
}

/// A name without its last element.
fn above(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(above, _)| above)
}
