//! `{% if %}`, `{% elif %}`, `{% else %}`, `{% endif %}` and `{# … #}`: what
//! they leave out becomes blanks, so that everything else stays where it is.
//!
//! Blanks of the same length keep every later offset as it is, and line feeds
//! stay, so that line numbers do too. What looks like a statement and is none,
//! such as `{%d}` in a regular expression, is left alone.
use super::condition::evaluate;
use super::{Defines, span};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place, Severity};
use crate::text::source::FileId;
use std::ops::Range;

/// Statements of the template language that this pre-pass does not have. Any
/// other word is no template at all.
const UNKNOWN: [&str; 14] = [
    "for", "endfor", "set", "endset", "macro", "endmacro", "include", "import", "from", "extends",
    "block", "endblock", "raw", "with",
];
/// Help for a statement that is not understood.
const HELP: &str = "there are `{% if … %}`, `{% elif … %}`, `{% else %}` and `{% endif %}`; expand everything else beforehand";

/// The text with blanks for the statements and for what their conditions leave
/// out.
pub(super) fn choose(
    text: &str,
    defines: &Defines,
    file: FileId,
    findings: &mut Vec<Diagnostic>,
) -> String {
    let bytes = text.as_bytes().to_vec();
    let mut chooser = Chooser {
        text,
        defines,
        file,
        findings,
        bytes,
        open: Vec::new(),
        asked: Vec::new(),
    };
    let mut at = 0;
    while let Some(tag) = next_tag(text, at) {
        if !chooser.is_kept() {
            chooser.blank(at..tag.place.start);
        }
        chooser.tag(&tag);
        at = tag.place.end;
    }
    if let Some(open) = chooser.open.pop() {
        chooser.wrong(
            "`{% if %}` is never closed",
            &open.place,
            "add `{% endif %}` where it ends",
        );
    }
    // whole characters were replaced
    String::from_utf8(chooser.bytes).unwrap_or_else(|_| text.to_owned())
}

/// `{% … %}` or `{# … #}`.
///
/// `{%- if A -%}` is one, and so is `{# a note #}`.
struct Tag<'t> {
    /// From `{` to behind `}`, in bytes.
    place: Range<usize>,
    /// The first word; a comment has none.
    word: &'t str,
    /// What stands behind the word.
    rest: &'t str,
}

/// The first tag behind a byte.
///
/// The two kinds of tag are closed by their own signs only: `{# %} #}` is one
/// comment.
fn next_tag(text: &str, from: usize) -> Option<Tag<'_>> {
    let mut at = from;
    // what is not closed once is not closed behind it either
    let mut unclosed = [false; 2];
    loop {
        let start = at + text.get(at..)?.find(['{'])?;
        let tail = text.get(start..)?;
        let close = match tail.get(..2) {
            Some("{%") if !unclosed[0] => "%}",
            Some("{#") if !unclosed[1] => "#}",
            _ => {
                at = start + 1;
                continue;
            }
        };
        at = start + 2;
        if let Some((inner, _)) = tail.get(2..)?.split_once(close) {
            let place = start..start + inner.len() + 4;
            // a dash beside the sign takes blanks away, which mean nothing here
            let inner = inner.trim_start_matches('-').trim_end_matches('-').trim();
            let (word, rest) = inner
                .split_once(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or((inner, ""));
            let rest = inner.get(word.len()..).unwrap_or(rest).trim();
            return Some(Tag {
                place,
                word: if close == "%}" { word } else { "" },
                rest,
            });
        }
        unclosed[usize::from(close == "#}")] = true;
    }
}

/// An `{% if %}` that is open.
struct Open {
    /// Where it begins.
    place: Range<usize>,
    /// Changes with every `{% elif %}` and `{% else %}`.
    branch: Branch,
    /// Whether the present branch is `{% else %}`.
    last: bool,
}

/// What becomes of the present branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Branch {
    /// It is kept.
    Kept,
    /// It is left out, and another may be kept.
    Waiting,
    /// It is left out, like all that follow: one was kept, or everything around
    /// is left out.
    Over,
}

/// The state of the walk over the tags of one text.
struct Chooser<'c> {
    /// The template.
    text: &'c str,
    /// Values for conditions.
    defines: &'c Defines,
    /// The template's file, for findings.
    file: FileId,
    /// Where mistakes go (E509).
    findings: &'c mut Vec<Diagnostic>,
    /// The result so far: the text, with blanks for what was left out.
    bytes: Vec<u8>,
    /// The `{% if %}`s that are open, the outermost first.
    open: Vec<Open>,
    /// Variables without a value that were reported.
    asked: Vec<String>,
}

impl Chooser<'_> {
    /// Whether the text that follows is kept: the branch around it is, which is
    /// over when one further out is not kept.
    fn is_kept(&self) -> bool {
        self.open
            .last()
            .is_none_or(|open| open.branch == Branch::Kept)
    }

    /// Follows one tag and puts blanks in its place. A word that is not of the
    /// template language is left as it is.
    fn tag(&mut self, tag: &Tag<'_>) {
        match tag.word {
            "if" => {
                let branch = match self.is_kept() {
                    true if self.holds(tag) => Branch::Kept,
                    true => Branch::Waiting,
                    false => Branch::Over,
                };
                self.open.push(Open {
                    place: tag.place.clone(),
                    branch,
                    last: false,
                });
            }
            "elif" | "else" => self.branch(tag),
            "endif" if self.open.pop().is_none() => self.alone(tag),
            "endif" | "" => {}
            word if UNKNOWN.contains(&word) => {
                self.wrong(
                    &format!("`{{% {word} %}}` is not understood"),
                    &tag.place,
                    HELP,
                );
            }
            _ => return,
        }
        self.blank(tag.place.clone());
    }

    /// `{% elif … %}` or `{% else %}`: the first branch that holds is kept.
    /// Conditions behind one that held are not evaluated, so they report
    /// nothing.
    fn branch(&mut self, tag: &Tag<'_>) {
        let Some(open) = self.open.last() else {
            return self.alone(tag);
        };
        if open.last {
            self.wrong(
                "this branch follows `{% else %}`",
                &tag.place,
                "`{% else %}` must be the last branch",
            );
        }
        let last = tag.word == "else";
        let branch = match self.open.last().map(|open| open.branch) {
            Some(Branch::Waiting) if last || self.holds(tag) => Branch::Kept,
            Some(Branch::Waiting) => Branch::Waiting,
            _ => Branch::Over,
        };
        if let Some(open) = self.open.last_mut() {
            (open.branch, open.last) = (branch, last);
        }
    }

    /// A tag that belongs to no `{% if %}`.
    fn alone(&mut self, tag: &Tag<'_>) {
        let message = format!("`{{% {} %}}` without an `{{% if %}}`", tag.word);
        self.wrong(
            &message,
            &tag.place,
            "remove it, or add the `{% if … %}` that it belongs to",
        );
    }

    /// Whether a condition holds; one that is not understood does not. A
    /// variable without a value is reported once in a text, as a note: leaving
    /// one undefined is usual.
    fn holds(&mut self, tag: &Tag<'_>) -> bool {
        let mut unknown = Vec::new();
        let result = evaluate(tag.rest, self.defines, &mut unknown);
        for name in unknown {
            if !self.asked.contains(&name) {
                let place = Place {
                    file: self.file,
                    span: span(tag.place.start, tag.place.end),
                };
                let message = format!("template variable `{name}` has no value: no text equals it");
                let note = Diagnostic::new(Code::TEMPLATE, message, place).severity(Severity::Note);
                self.findings
                    .push(note.help(format!("give it one with `--define {name}=VALUE`")));
                self.asked.push(name);
            }
        }
        result.unwrap_or_else(|| {
            let message = format!("this condition is not understood: `{}`", tag.rest);
            let help =
                "conditions are made of names, `\"texts\"`, `==`, `!=`, `in [ … ]`, `not`, `and`, `or` and parentheses";
            self.wrong(&message, &tag.place, help);
            false
        })
    }

    /// Replaces a part of the text by blanks, all but its line feeds.
    fn blank(&mut self, part: Range<usize>) {
        debug_assert!(self.text.get(part.clone()).is_some(), "whole characters");
        for byte in self.bytes.get_mut(part).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    /// Reports a mistake in a tag (E509).
    fn wrong(&mut self, message: &str, place: &Range<usize>, help: &str) {
        let place = Place {
            file: self.file,
            span: span(place.start, place.end),
        };
        self.findings
            .push(Diagnostic::new(Code::TEMPLATE, message, place).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::choose;
    use crate::text::source::FileId;

    fn chosen(text: &str, defines: &[(&str, &str)]) -> (String, Vec<String>) {
        let defines: Vec<(String, String)> = defines
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut findings = Vec::new();
        let chosen = choose(text, &defines, FileId(0), &mut findings);
        assert_eq!(chosen.len(), text.len(), "nothing moves");
        (
            chosen,
            findings
                .into_iter()
                .map(|finding| finding.message)
                .collect(),
        )
    }

    /// The words that are left.
    fn left(text: &str, defines: &[(&str, &str)]) -> String {
        let (chosen, said) = chosen(text, defines);
        assert!(said.is_empty(), "{said:?}");
        chosen.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_first_branch_that_holds_is_kept() {
        let text = "a\n{% if B == \"x\" %}\nx\n{% elif B == 'y' %}\ny ж\n{%- else -%}\nz\n{% endif %}\nb {# note #} c";
        assert_eq!(left(text, &[("B", "x")]), "a x b c");
        assert_eq!(left(text, &[("B", "y")]), "a y ж b c");
        assert_eq!(left(text, &[("B", "?")]), "a z b c");
    }

    #[test]
    fn conditions_nest() {
        let text = "{% if A %}a{% if B %}b{% else %}c{% endif %}d{% else %}{% if B %}e{% endif %}f{% endif %}";
        for (a, b, expected) in [
            ("1", "1", "a b d"),
            ("1", "", "a c d"),
            ("", "1", "e f"),
            ("", "", "f"),
        ] {
            assert_eq!(left(text, &[("A", a), ("B", b)]), expected);
        }
    }

    #[test]
    fn what_is_no_template_stays() {
        for text in [
            "execute { grant () }",
            "{%",
            "{% unless %}",
            "a {# b",
            "\"[0-9]{%d}\"",
        ] {
            assert_eq!(chosen(text, &[]), (text.to_owned(), vec![]));
        }
    }

    #[test]
    fn mistakes_are_told_once() {
        for (text, expected) in [
            (
                "{% if A == 1 %}x{% if A %}{% endif %}{% endif %}",
                "template variable `A` has no value",
            ),
            ("{% if 1 %}", "`{% if %}` is never closed"),
            ("{% endif %}", "`{% endif %}` without an `{% if %}`"),
            ("{% elif 1 %}", "`{% elif %}` without an `{% if %}`"),
            (
                "{% if 1 %}{% else %}{% elif 1 %}{% endif %}",
                "this branch follows `{% else %}`",
            ),
            ("{% for x in y %}", "`{% for %}` is not understood"),
            (
                "{% if == %}{% endif %}",
                "this condition is not understood: `==`",
            ),
        ] {
            let (_, said) = chosen(text, &[]);
            assert!(
                said.len() == 1 && said[0].starts_with(expected),
                "{text}: {said:?}"
            );
        }
    }
}
