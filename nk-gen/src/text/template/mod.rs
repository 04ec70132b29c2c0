//! Templates of policies and start-up descriptions, which build scripts fill
//! in: `@NAME@` and `{{ NAME }}` stand for a value, `{% if … %}` lines choose
//! among parts (`docs/psl.md` §1, `docs/init.md` §2.3). A pre-pass: what it makes is
//! parsed, and every place of it can be told as one of the template.
//!
//! The build scripts of the SDK fill a template in before they compile it; here
//! the template is compiled as it is, so that findings point at the file that
//! the user edits. [`blocks`] chooses among parts without moving anything; then
//! variables are replaced, which moves what follows, and [`Expanded::place`]
//! finds the way back.
mod blocks;
mod condition;
mod generated;

use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use generated::{SUPPLIED, generated};
use nk_grammar::syntax::Span;
use std::ops::Range;

/// Values of variables by their names.
///
/// `--define NAME=VALUE`, in order; the first of two of one name counts.
pub(crate) type Defines = [(String, String)];

/// A text that was made out of a template.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expanded {
    /// The text.
    pub(crate) text: String,
    /// Whether the components of the SDK were to stand in it: none of them is
    /// here.
    pub(crate) without_supplied: bool,
    /// The replaced variables, in order.
    replaced: Vec<Replaced>,
}

/// A variable: its place in the template, and that of its value in the text.
#[derive(Debug, Clone, Copy)]
struct Replaced {
    /// With its signs: `@NAME@`.
    template: Span,
    /// Its value, which may be empty.
    text: Span,
}

/// `text` with every variable that has a value replaced by it, and without the
/// parts that conditions leave out. A variable without a value stays: what
/// follows reports it where it matters, which is not in comments.
///
/// A value is not looked through again: `@` in it stands for itself.
pub(crate) fn expand(
    text: &str,
    defines: &Defines,
    file: FileId,
    findings: &mut Vec<Diagnostic>,
) -> Expanded {
    let chosen = blocks::choose(text, defines, file, findings);
    let mut expanded = Expanded {
        text: String::with_capacity(chosen.len()),
        ..Expanded::default()
    };
    let mut at = 0;
    while let Some(Variable { name, place, value }) = next_variable(&chosen, at, defines) {
        expanded
            .text
            .push_str(chosen.get(at..place.start).unwrap_or(""));
        let from = expanded.text.len();
        expanded.text.push_str(value);
        let text = span(from, expanded.text.len());
        expanded.replaced.push(Replaced {
            template: span(place.start, place.end),
            text,
        });
        expanded.without_supplied |= name == SUPPLIED && given(name, defines).is_none();
        at = place.end;
    }
    expanded.text.push_str(chosen.get(at..).unwrap_or(""));
    expanded
}

/// A variable with a value.
struct Variable<'t> {
    /// Without signs and blanks.
    name: &'t str,
    /// With its signs, in bytes of the text before replacing.
    place: Range<usize>,
    /// What replaces it.
    value: &'t str,
}

/// The next variable with a value, at or behind a byte.
///
/// Looks at each `@` and `{` once, so that the time grows with the length of
/// the text only.
fn next_variable<'t>(text: &'t str, from: usize, defines: &'t Defines) -> Option<Variable<'t>> {
    let mut at = from;
    while let Some(start) = text.get(at..)?.find(['@', '{']).map(|found| at + found) {
        let rest = text.get(start..)?;
        if let Some((name, length)) = braced(rest).or_else(|| between_signs(rest))
            && let Some(value) = given(name, defines).or_else(|| generated(name))
        {
            return Some(Variable {
                name,
                place: start..start + length,
                value,
            });
        }
        at = start + 1;
    }
    None
}

/// `@NAME@` at the start of a text. Whether that is a variable is up to there
/// being a value: signs may be anything.
fn between_signs(text: &str) -> Option<(&str, usize)> {
    let (name, _) = text.strip_prefix('@')?.split_once('@')?;
    Some((name, name.len() + 2))
}

/// `{{ NAME }}` at the start of a text.
fn braced(text: &str) -> Option<(&str, usize)> {
    let behind = text.strip_prefix("{{")?;
    // not to the next `}}`, which may be far away from each of many `{{`
    let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = behind.find(|c: char| !belongs(c) && !c.is_whitespace())?;
    let (inner, rest) = behind.split_at(end);
    let name = inner.trim();
    let is_name = !name.is_empty() && name.chars().all(belongs) && rest.starts_with("}}");
    is_name.then_some((name, inner.len() + 4))
}

/// The value that the command line gives a variable.
fn given<'d>(name: &str, defines: &'d Defines) -> Option<&'d str> {
    defines
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// A span from offsets; texts are limited to far less than 4 GiB before they
/// come here.
fn span(start: usize, end: usize) -> Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span::new(number(start), number(end))
}

impl Expanded {
    /// Whether places differ from those of the template.
    ///
    /// Where nothing was replaced, places need not be moved.
    pub(crate) fn moves(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// The place in the template. What begins or ends inside a value begins or
    /// ends with its variable.
    pub(crate) fn place(&self, place: Span) -> Span {
        Span::new(
            self.offset(place.start, false),
            self.offset(place.end, true),
        )
    }

    /// Moves a finding about the text, which lies in `file`, to the template.
    pub(crate) fn relocate(&self, finding: &mut Diagnostic, file: FileId) {
        for label in finding.primary.iter_mut().chain(&mut finding.others) {
            if label.place.file == file {
                label.place = Place {
                    file,
                    span: self.place(label.place.span),
                };
            }
        }
    }

    /// Moves one end of a place to the template; `end` says which end it is,
    /// because a place that touches a value takes its variable in as a whole.
    fn offset(&self, offset: u32, end: bool) -> u32 {
        let before = self
            .replaced
            .partition_point(|one| one.text.start < offset || !end && one.text.start == offset);
        let Some(last) = before.checked_sub(1).and_then(|at| self.replaced.get(at)) else {
            return offset;
        };
        if offset < last.text.end || end && offset == last.text.end {
            return if end {
                last.template.end
            } else {
                last.template.start
            };
        }
        last.template.end + (offset - last.text.end)
    }
}

#[cfg(test)]
mod tests {
    use super::{Expanded, expand};
    use crate::text::source::FileId;
    use nk_grammar::syntax::Span;

    fn expanded(text: &str, defines: &[(&str, &str)]) -> Expanded {
        let defines: Vec<(String, String)> = defines
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut findings = Vec::new();
        let expanded = expand(text, &defines, FileId(0), &mut findings);
        assert!(findings.is_empty(), "{findings:?}");
        expanded
    }

    #[test]
    fn variables_with_a_value_are_replaced_and_others_stay() {
        let defines = [("MAIN", "server"), ("X+", "@MAIN@"), ("MAIN2", "other")];
        let text = expanded(
            "a.@MAIN@ @X+@ @X@ me@host @MAIN2@ {{ MAIN }} {{X}} {{ MAIN } @MAIN",
            &defines,
        )
        .text;
        assert_eq!(
            text,
            "a.server @MAIN@ @X@ me@host other server {{X}} {{ MAIN } @MAIN"
        );
        assert_eq!(expanded("a @INIT_EXTERNAL_ENTITIES@ b", &[]).text, "a  b");
    }

    #[test]
    fn places_are_those_of_the_template() {
        let template = "use @A@._ use @B@.x._ end";
        let made = expanded(template, &[("A", "long.name"), ("B", "")]);
        assert_eq!(made.text, "use long.name._ use .x._ end");
        let of = |part: &str| {
            let start = u32::try_from(made.text.find(part).unwrap_or_default()).unwrap_or_default();
            let place = made.place(Span::new(
                start,
                start + u32::try_from(part.len()).unwrap_or_default(),
            ));
            template
                .get(place.start as usize..place.end as usize)
                .unwrap_or_default()
        };
        for (part, there) in [
            ("long.name", "@A@"),
            ("name", "@A@"),
            ("name._", "@A@._"),
            ("._", "._"),
            ("use l", "use @A@"),
            (".x._", ".x._"),
            ("end", "end"),
        ] {
            assert_eq!(of(part), there, "{part}");
        }
    }
}
