//! The arguments of `generate!`: `{ key: value, … }`. What is wrong with one is an error at its place.
use nk_gen::emit::rust::{ExternPackage, Section};
use nk_gen::options::limits::Limits;
use nk_gen::{Builder, Version};
use proc_macro2::{Ident, Span};
use std::path::{Path, PathBuf};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, LitInt, LitStr, Result, Token, braced, bracketed, token};

/// What is compiled, and how.
pub(crate) struct Arguments {
    /// Everything but the files.
    pub(crate) builder: Builder,
    /// The files, as they were given.
    pub(crate) files: Vec<LitStr>,
    /// The texts, in their order.
    pub(crate) inline: Vec<LitStr>,
}

/// What a key does with its value.
type Read = fn(&mut Arguments, ParseStream<'_>) -> Result<()>;

const KEYS: &[(&str, Read)] = &[
    ("files", |to, value| {
        to.files = texts(value)?;
        Ok(())
    }),
    ("inline", |to, value| {
        let texts = texts(value)?;
        for text in &texts {
            to.build(|builder| builder.inline(text.value()));
        }
        to.inline = texts;
        Ok(())
    }),
    ("classes", |to, value| {
        to.each(value, |builder, name| builder.class(name.value()))
    }),
    ("include", |to, value| {
        to.each(value, |builder, folder| {
            builder.include(path(&folder.value()))
        })
    }),
    ("sources", |to, value| {
        to.each(value, |builder, folder| {
            builder.sources(path(&folder.value()))
        })
    }),
    ("external", |to, value| {
        to.each(value, |builder, name| builder.external(name.value()))
    }),
    ("extern_packages", extern_packages),
    ("sections", sections),
    ("compat_version", compat_version),
    ("limits", limits),
];

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let content;
        braced!(content in input);
        let mut arguments = Self {
            builder: Builder::new(),
            files: Vec::new(),
            inline: Vec::new(),
        };
        let mut seen: Vec<Ident> = Vec::new();
        while !content.is_empty() {
            let key: Ident = content.parse()?;
            let Some((_, read)) = KEYS.iter().find(|(name, _)| key == name) else {
                return Err(unknown(
                    "key",
                    &key,
                    KEYS.iter().map(|(name, _)| *name),
                    key.span(),
                ));
            };
            if seen.contains(&key) {
                return Err(Error::new(key.span(), format!("duplicate key `{key}`")));
            }
            seen.push(key);
            content.parse::<Token![:]>()?;
            read(&mut arguments, &content)?;
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        if seen
            .iter()
            .any(|key| key == "files" || key == "inline" || key == "classes")
        {
            return Ok(arguments);
        }
        let missing = "nothing to compile: give `files`, `inline` or `classes`";
        Err(Error::new(Span::call_site(), missing))
    }
}

impl Arguments {
    fn build(&mut self, with: impl FnOnce(Builder) -> Builder) {
        self.builder = with(std::mem::take(&mut self.builder));
    }
    /// Gives each text of a list to the builder.
    fn each(
        &mut self,
        value: ParseStream<'_>,
        with: fn(Builder, &LitStr) -> Builder,
    ) -> Result<()> {
        for text in texts(value)? {
            self.build(|builder| with(builder, &text));
        }
        Ok(())
    }
}

/// A path relative to the package's folder; seen from where rustc runs if it lies below, as rustc itself shows paths.
pub(crate) fn path(given: &str) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let path = package.join(given);
    let here = std::env::current_dir();
    let below = here
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or(path)
}

/// A list of texts, or one.
fn texts(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    if !input.peek(token::Bracket) {
        return Ok(vec![input.parse()?]);
    }
    let content;
    bracketed!(content in input);
    let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
    Ok(texts.into_iter().collect())
}

/// `{ "name": value, … }`
fn pairs<T: Parse>(input: ParseStream<'_>) -> Result<Vec<(LitStr, T)>> {
    let content;
    braced!(content in input);
    let pair = |input: ParseStream<'_>| {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok((name, input.parse()?))
    };
    let pairs = content.parse_terminated(pair, Token![,])?;
    Ok(pairs.into_iter().collect())
}

fn extern_packages(to: &mut Arguments, value: ParseStream<'_>) -> Result<()> {
    for (name, module) in pairs::<LitStr>(value)? {
        let (package, path) = (name.value(), module.value());
        if let Err(why) = ExternPackage::new(package.clone(), path.clone()) {
            return Err(Error::new(module.span(), why));
        }
        to.build(|builder| builder.extern_package(package, path));
    }
    Ok(())
}

fn sections(to: &mut Arguments, value: ParseStream<'_>) -> Result<()> {
    const SECTIONS: [(&str, Section); 5] = [
        ("types", Section::Types),
        ("interface", Section::Interface),
        ("endpoints", Section::Endpoints),
        ("client", Section::Client),
        ("server", Section::Server),
    ];
    let section = |text: &LitStr| {
        let value = text.value();
        let found = SECTIONS.iter().find(|(name, _)| *name == value);
        let names = SECTIONS.iter().map(|(name, _)| *name);
        found
            .map(|(_, section)| *section)
            .ok_or_else(|| unknown("section", &value, names, text.span()))
    };
    let sections = texts(value)?
        .iter()
        .map(section)
        .collect::<Result<Vec<_>>>()?;
    to.build(|builder| builder.sections(sections));
    Ok(())
}

fn compat_version(to: &mut Arguments, value: ParseStream<'_>) -> Result<()> {
    let text: LitStr = value.parse()?;
    let value = text.value();
    let version = Version::ALL
        .into_iter()
        .find(|version| version.name() == value);
    let names = Version::ALL.iter().map(|version| version.name());
    let version = version.ok_or_else(|| unknown("version", &value, names, text.span()))?;
    to.build(|builder| builder.compat_version(version));
    Ok(())
}

fn limits(to: &mut Arguments, value: ParseStream<'_>) -> Result<()> {
    let mut limits = Limits::DEFAULT;
    for (name, number) in pairs::<LitInt>(value)? {
        let set = limits.set(&name.value(), number.base10_parse()?);
        set.map_err(|why| Error::new(name.span(), why))?;
    }
    to.build(|builder| builder.limits(limits));
    Ok(())
}

fn unknown(
    what: &str,
    given: &impl std::fmt::Display,
    names: impl Iterator<Item = &'static str>,
    span: Span,
) -> Error {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    Error::new(
        span,
        format!("unknown {what} `{given}`; expected one of {names}"),
    )
}
