//! What `generate!` becomes: the tree, the findings as errors and warnings, and what it is rebuilt for.
use crate::arguments::{Arguments, path};
use nk_gen::Finding;
use nk_gen::text::diagnostic::Severity;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use std::path::Path;
use syn::LitStr;

/// Compiles what the arguments name.
pub(crate) fn generate(arguments: &Arguments) -> TokenStream {
    let files = arguments.files.iter().map(LitStr::value);
    // a file may also stand below a folder to search, which is why only what is there is taken for the package's own
    let files = files.map(|file| {
        Some(path(&file))
            .filter(|path| path.exists())
            .unwrap_or(file.into())
    });
    let compiled = arguments.builder.tokens(files);
    let findings = compiled
        .findings
        .iter()
        .map(|finding| shown(finding, arguments));
    let watched = compiled.files_read.iter().map(|file| watched(file));
    findings.chain(watched).chain(compiled.tokens).collect()
}

/// A finding as an error, or as a use of something deprecated, which is the one warning that a macro can give.
fn shown(finding: &Finding, arguments: &Arguments) -> TokenStream {
    let (span, text) = (place(finding, arguments), &finding.text);
    match finding.severity {
        Severity::Error => quote_spanned!(span=> ::core::compile_error! { #text }),
        Severity::Warning | Severity::Note => {
            // rustc puts its own words in front
            let text = format!("\n{text}");
            quote_spanned! {span=>
                const _: () = {
                    #[deprecated(note = #text)]
                    const DESCRIPTION: () = ();
                    DESCRIPTION
                };
            }
        }
    }
}

/// The argument that a finding is about; the whole macro for one in a description that only others mention.
fn place(finding: &Finding, arguments: &Arguments) -> Span {
    let Some(file) = &finding.file else {
        return Span::call_site();
    };
    let given = |text: &&LitStr| {
        if file.starts_with("<inline>") {
            finding_is_in(&text.value(), file)
        } else {
            file.ends_with(text.value())
        }
    };
    let all = arguments.files.iter().chain(&arguments.inline);
    all.into_iter()
        .find(given)
        .map_or_else(Span::call_site, LitStr::span)
}

/// Whether a text given inline declares the name that its path below `<inline>` is made of.
fn finding_is_in(text: &str, file: &Path) -> bool {
    let name = file.file_stem().map(|stem| stem.to_string_lossy());
    name.is_some_and(|name| text.split_whitespace().any(|word| word == name))
}

/// Makes rustc compile the crate again when a file changes, as `include_bytes!` does.
fn watched(file: &Path) -> TokenStream {
    let absolute = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    // what is no text cannot be named in Rust
    let Some(absolute) = absolute.to_str() else {
        return TokenStream::new();
    };
    quote_spanned!(Span::call_site()=> const _: &[u8] = ::core::include_bytes!(#absolute);)
}
