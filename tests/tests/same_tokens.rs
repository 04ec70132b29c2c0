//! The goldens of Rust are, token for token, those that the text printer wrote, which stand in `goldens/NAME/before`: only
//! the layout is another. This test and those texts go with the first improvement of the generated text.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};
use std::fs::read_to_string;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// The tokens of a text, one a line, in the form that two layouts of the same code have in common:
/// * a comma behind the last part of a list is left out;
/// * the braces around an arm that is one expression are left out, and every arm ends with a comma;
/// * the bounds of an `impl` stand in its `where` clause.
fn normal(text: &str) -> Vec<String> {
    let tokens: TokenStream = text.parse().unwrap();
    let mut lines = Vec::new();
    list(normalized(tokens), &mut lines);
    lines
}

fn list(tokens: Vec<TokenTree>, lines: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                lines.push(open.to_owned());
                list(group.stream().into_iter().collect(), lines);
                lines.push(close.to_owned());
            }
            other => lines.push(other.to_string()),
        }
    }
}

fn normalized(tokens: TokenStream) -> Vec<TokenTree> {
    let mut out: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let inside = normalized(group.stream());
                if group.delimiter() == Delimiter::Brace {
                    // behind the last bound of a `where` clause
                    without_comma(&mut out);
                }
                if !is_arm(&out) || group.delimiter() != Delimiter::Brace {
                    out.push(Group::new(group.delimiter(), inside.into_iter().collect()).into());
                    continue;
                }
                if inside.is_empty() || inside.iter().any(|token| is(token, ';')) {
                    out.push(Group::new(Delimiter::Brace, inside.into_iter().collect()).into());
                } else {
                    out.extend(inside);
                }
                if !tokens.peek().is_some_and(|next| is(next, ',')) {
                    out.push(Punct::new(',', Spacing::Alone).into());
                }
            }
            token if is(&token, '>') && !is_head(&out) => {
                without_comma(&mut out);
                out.push(token);
            }
            TokenTree::Ident(word) if word == "impl" => {
                out.push(word.into());
                if tokens.peek().is_some_and(|next| is(next, '<')) {
                    implementation(&mut tokens, &mut out);
                }
            }
            token => out.push(token),
        }
    }
    without_comma(&mut out);
    out
}

/// `<A: T, B: U> X` becomes `<A, B> X where A: T, B: U`, up to the braces.
fn implementation(
    tokens: &mut Peekable<impl Iterator<Item = TokenTree>>,
    out: &mut Vec<TokenTree>,
) {
    let (mut depth, mut bound) = (0_usize, false);
    let mut bounds = Vec::new();
    let mut name = Vec::new();
    for token in tokens.by_ref() {
        depth += usize::from(is(&token, '<'));
        depth -= usize::from(is(&token, '>'));
        if depth == 0 || (depth == 1 && is(&token, ',')) {
            if bound {
                bounds.push(TokenTree::from(Punct::new(',', Spacing::Alone)));
            }
            (bound, name) = (false, Vec::new());
            if depth == 0 {
                without_comma(out);
                out.push(token);
                break;
            }
            out.push(token);
        } else if depth == 1 && !bound && is(&token, ':') {
            bound = true;
            bounds.append(&mut name);
            bounds.push(token);
        } else if bound {
            bounds.push(token);
        } else {
            if !is(&token, '<') {
                name.push(token.clone());
            }
            out.push(token);
        }
    }
    if bounds.is_empty() {
        return;
    }
    while let Some(token) = tokens.next_if(
        |token| !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
    ) {
        if is(&token, '>') && !is_head(out) {
            without_comma(out);
        }
        out.push(token);
    }
    out.push(proc_macro2::Ident::new("where", proc_macro2::Span::call_site()).into());
    out.extend(bounds);
    without_comma(out);
}

fn is(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == c)
}
/// Whether `=>` was last.
fn is_arm(out: &[TokenTree]) -> bool {
    matches!(out, [.., a, b] if is(a, '=') && is(b, '>'))
}
/// Whether `=` or `-` was last, so that `>` closes nothing.
fn is_head(out: &[TokenTree]) -> bool {
    out.last()
        .is_some_and(|last| is(last, '=') || is(last, '-'))
}
fn without_comma(out: &mut Vec<TokenTree>) {
    if out.last().is_some_and(|last| is(last, ',')) {
        out.pop();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let entries = entries.map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    };
    let mut files: Vec<_> = entries.flat_map(below).collect();
    files.sort();
    files
}

#[test]
fn the_goldens_have_the_tokens_of_those_before() {
    for name in ["farm", "filesystem", "lab", "wire"] {
        let golden = Path::new("goldens").join(name);
        let (before, expected) = (golden.join("before"), golden.join("expected/nk"));
        let paths = |of: &Path, root: &Path| -> Vec<PathBuf> {
            let files = files(of).into_iter();
            let relative = files.map(|path| path.strip_prefix(root).unwrap().to_owned());
            relative.collect()
        };
        let all = paths(&before, &before);
        assert_eq!(all, paths(&expected, &golden.join("expected")));
        for path in all {
            let [before, after] = [&before, &golden.join("expected")]
                .map(|of| read_to_string(of.join(&path)).unwrap());
            assert_eq!(before.lines().next(), after.lines().next());
            assert_eq!(normal(&before), normal(&after), "{}", path.display());
        }
    }
}

#[test]
fn other_tokens_are_seen() {
    let code = "impl<A: B> C { fn d() { match e { f => { g(h,) } } } }";
    assert_eq!(
        normal(code),
        normal("impl<A> C where A: B, { fn d() { match e { f => g(h), } } }")
    );
    for other in [
        "impl<A> C { fn d() { match e { f => g(h), } } }",
        "impl<A: B> C { fn d() { match e { f => { g(h); } } } }",
        "impl<A: B> C { fn d() { match e { f => g(i), } } }",
    ] {
        assert_ne!(normal(code), normal(other), "{other}");
    }
}
