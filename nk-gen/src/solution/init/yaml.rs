//! YAML text to a tree of plain nodes with places.
//!
//! The parser is a crate; its budgets stop hostile documents, such as aliases
//! that expand without end (`docs/inputs.md` §4, Y02). Scalars keep
//! their text as written, since YAML reads a task named `no` as a boolean, and
//! the schema wants to say so.
use super::Findings;
use super::check::{Template, template};
use crate::text::codes::Code;
use nk_grammar::syntax::Span;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, Location, Spanned, Tagged};
use std::fmt;

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// What is written there.
    pub(super) value: Value,
    /// Where it is written; for a list or map in block form, where it begins.
    pub(super) span: Span,
}

/// Values of YAML, as far as the schema tells them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// `~`, `null`, or nothing.
    Null,
    /// A plain scalar that YAML reads as a boolean or number: the text as
    /// written, and what it is read as.
    Plain(String, &'static str),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file; keys are nodes too, for their places.
    Map(Vec<(Node, Node)>),
    /// Something wrong that was reported: nothing more is said about it.
    Wrong,
}

impl Value {
    /// The kind in words, for messages that expected another.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Plain(_, kind) => kind,
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Wrong => "something else",
        }
    }
}

/// Deepest nesting of lists and maps; the schema has six levels. The parser is
/// recursive, with large frames.
const MAX_DEPTH: usize = 16;

/// The root of the only document; `None` when the text is not YAML, which is
/// reported.
pub(super) fn parse(text: &str, findings: &mut Findings) -> Option<Node> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, flow_nesting_limit: MAX_DEPTH },
    };
    match serde_saphyr::from_str_with_options::<Raw>(text, options) {
        Ok(raw) => Some(node(&raw, text, findings)),
        Err(error) => {
            report_parser_error(error.without_snippet(), text, findings);
            None
        }
    }
}

/// What the parser delivers: tags and places beside every value.
type Raw = Spanned<Tagged<RawValue>>;

/// A value as the parser delivers it; what a number or boolean is written as is
/// looked up in the text.
enum RawValue {
    Null,
    Bool,
    Number,
    Text(String),
    List(Vec<Raw>),
    Map(Vec<(Raw, Raw)>),
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

/// Takes any value from the parser.
struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }
    fn visit_none<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<RawValue, E> {
        Ok(RawValue::Bool)
    }
    fn visit_i64<E>(self, _: i64) -> Result<RawValue, E> {
        Ok(RawValue::Number)
    }
    fn visit_u64<E>(self, _: u64) -> Result<RawValue, E> {
        Ok(RawValue::Number)
    }
    fn visit_i128<E>(self, _: i128) -> Result<RawValue, E> {
        Ok(RawValue::Number)
    }
    fn visit_u128<E>(self, _: u128) -> Result<RawValue, E> {
        Ok(RawValue::Number)
    }
    fn visit_f64<E>(self, _: f64) -> Result<RawValue, E> {
        Ok(RawValue::Number)
    }
    fn visit_str<E>(self, text: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element()? {
            list.push(item);
        }
        Ok(RawValue::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = access.next_entry()? {
            map.push(entry);
        }
        Ok(RawValue::Map(map))
    }
}

/// A node of our own; the parser has limited the depth. Tags (E605) and aliases
/// (W619) are reported here, where their places are known.
fn node(raw: &Raw, text: &str, findings: &mut Findings) -> Node {
    let span = span(&raw.referenced, text);
    let Tagged(value, tag) = &raw.value;
    if let Some(tag) = tag.as_deref().filter(|tag| !is_plain_tag(tag)) {
        let shown = tag.replace("tag:yaml.org,2002:", "!!");
        findings.error(
            Code::TAG,
            format!("tag `{shown}` means nothing here"),
            span,
            "write the value without a tag",
        );
        return Node {
            value: Value::Wrong,
            span,
        };
    }
    if raw.referenced != raw.defined {
        warn_alias(span, findings);
    }
    let value = plain_value(value, span, text, findings);
    Node { value, span }
}

/// The value of a node: numbers and booleans as they are written.
fn plain_value(value: &RawValue, span: Span, text: &str, findings: &mut Findings) -> Value {
    let written = || {
        let written = text.get(span.start as usize..span.end as usize);
        written.unwrap_or("").to_owned()
    };
    match value {
        RawValue::Null => Value::Null,
        RawValue::Bool => Value::Plain(written(), "a boolean"),
        RawValue::Number => Value::Plain(written(), "a number"),
        RawValue::Text(text) => Value::Text(text.clone()),
        RawValue::List(items) => {
            let items = items.iter().map(|item| node(item, text, findings));
            Value::List(items.collect())
        }
        RawValue::Map(entries) => {
            let entries = entries.iter();
            let entries = entries
                .map(|(key, value)| (node(key, text, findings), node(value, text, findings)));
            Value::Map(entries.collect())
        }
    }
}

/// W619, once for each alias: the keys and values that a merge key brings all
/// stand at its place.
///
///
/// ```yaml
/// - name: a.A
///   env: &common {TZ: UTC}
/// - name: a.B
///   env: *common            # W619
/// ```
fn warn_alias(span: Span, findings: &mut Findings) {
    let place = Some(findings.place(span));
    if findings.list.iter().any(|known| {
        known.code == Code::YAML_ALIAS && known.primary.as_ref().map(|label| label.place) == place
    }) {
        return;
    }
    let help = "write the value out: what a task may do should stand in its own entry";
    findings.warning(
        Code::YAML_ALIAS,
        "an alias repeats a value from elsewhere in the file",
        span,
        help,
    );
}

/// Whether a tag only repeats what a value is anyway: `!!str`, `!!map`.
fn is_plain_tag(tag: &str) -> bool {
    matches!(
        tag.strip_prefix("tag:yaml.org,2002:"),
        Some("str" | "int" | "float" | "bool" | "null" | "seq" | "map")
    )
}

/// The bytes of a location. Parser errors know lines and columns only.
fn span(location: &Location, text: &str) -> Span {
    let bytes = location
        .span()
        .byte_offset()
        .zip(location.span().byte_len());
    let (start, length) = match bytes {
        Some((start, length)) => (
            usize::try_from(start).unwrap_or(0),
            usize::try_from(length).unwrap_or(0),
        ),
        None => (offset(location, text), 1),
    };
    let start = text.floor_char_boundary(start);
    let end = text
        .ceil_char_boundary(start.saturating_add(length))
        .min(text.len())
        .max(start);
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(narrow(start), narrow(end))
}

/// The byte of a line and column, which count from 1 and in characters.
fn offset(location: &Location, text: &str) -> usize {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).saturating_sub(1);
    let line = text
        .split_inclusive('\n')
        .take(number(location.line()))
        .map(str::len)
        .sum::<usize>();
    let rest = text.get(line..).unwrap_or("");
    line + rest
        .char_indices()
        .nth(number(location.column()))
        .map_or(rest.len(), |(at, _)| at)
}

/// Reports why a text is not a document. Two common mistakes are recognized in
/// the text itself, because the parser notices them far from their place.
fn report_parser_error(error: &Error, text: &str, findings: &mut Findings) {
    if let Error::AliasError { error, .. } = error {
        return report_parser_error(error, text, findings);
    }
    let span = error
        .location()
        .map_or(Span::default(), |location| span(&location, text));
    if let Some(place) = entities_without_colon(text) {
        let message = "not YAML: `entities` without `:`";
        findings.error(Code::NOT_A_START_UP, message, place, "write `entities:`");
        return;
    }
    if let Some(place) = cmake_expression(text, span) {
        let (message, help) = (
            "not YAML: an expression of CMake",
            Template::Expression.help(),
        );
        findings.error(Code::NOT_A_START_UP, message, place, help);
        return;
    }
    let (code, message, help) = explanation(error, text, span);
    findings.error(code, message, span, help);
}

/// Code, message and help.
type Explanation = (Code, String, &'static str);

/// What a parser error means for an init.yaml.
fn explanation(error: &Error, text: &str, span: Span) -> Explanation {
    match error {
        Error::DuplicateMappingKey { .. } => {
            let key = text.get(span.start as usize..span.end as usize);
            let message = format!("duplicate key `{}` in one map", key.unwrap_or(""));
            (Code::DUPLICATE_KEY, message, "remove one of them")
        }
        Error::MultipleDocuments { .. } => (
            Code::NOT_A_START_UP,
            "more than one document".to_owned(),
            "remove the line `---`",
        ),
        Error::Budget {
            breach: BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. },
            ..
        } if !text.contains('*') => (
            Code::TOO_MANY_TASKS,
            "the document holds more values than any solution needs".to_owned(),
            "start fewer tasks",
        ),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => unbounded(),
        _ => syntax_explanation(&first_line(error), text, span),
    }
}

/// What the parser itself says about text that is not YAML.
fn syntax_explanation(said: &str, text: &str, span: Span) -> Explanation {
    // the scanner stops at nested brackets before anything counts them
    if said.contains("recursion limit") {
        return unbounded();
    }
    let line = text
        .get(..span.start as usize)
        .map_or(0, |before| before.bytes().filter(|b| *b == b'\n').count());
    let line = text.lines().nth(line).unwrap_or("");
    let message = format!("not YAML: {said}");
    (Code::NOT_A_START_UP, message, template_help(line))
}

/// E602: nesting or repetition beyond the parser's budget.
fn unbounded() -> Explanation {
    (
        Code::UNFINISHED_DOCUMENT,
        "the document nests or repeats itself without end".to_owned(),
        "write the values out",
    )
}

/// The first word when it is `entities` without its colon: the parser only
/// notices further down.
///
///
/// ```yaml
/// entities
/// - name: a.A
/// ```
fn entities_without_colon(text: &str) -> Option<Span> {
    const KEY: &str = "entities";
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() && !line.starts_with('#') {
            let lacks = line
                .strip_prefix(KEY)
                .is_some_and(|rest| !rest.trim_start().starts_with(':'));
            let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            return lacks.then(|| Span::new(narrow(start), narrow(start + KEY.len())));
        }
        start += line.len();
    }
    None
}

/// The last `CMake` expression on a line of its own at or before a place: the
/// parser notices it there or further down.
///
///
/// ```yaml
/// entities:
/// $<TARGET_PROPERTY:app,TASKS>
/// ```
fn cmake_expression(text: &str, fault: Span) -> Option<Span> {
    let line_end = text
        .get(fault.start as usize..)?
        .find('\n')
        .map_or(text.len(), |end| fault.start as usize + end);
    let mut start = 0;
    let mut last = None;
    for line in text.get(..line_end)?.split_inclusive('\n') {
        let written = line.trim();
        if written.starts_with("$<") && written.ends_with('>') {
            let at = start + (line.len() - line.trim_start().len());
            let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            last = Some(Span::new(narrow(at), narrow(at + written.len())));
        }
        start += line.len();
    }
    last
}

/// The parser's own words without the place, which is shown anyway.
fn first_line(error: &Error) -> String {
    let said = error.to_string();
    let said = said
        .lines()
        .next()
        .unwrap_or("")
        .trim_start_matches("error: ");
    said.split(" at line ").next().unwrap_or(said).to_owned()
}

/// What to do about a line that is not YAML: usually a template that nobody
/// expanded (Y14).
fn template_help(line: &str) -> &'static str {
    let indentation = line.len() - line.trim_start().len();
    if line
        .get(..indentation)
        .is_some_and(|blanks| blanks.contains('\t'))
    {
        "indent with blanks, not with tabs"
    } else if let Some(left) = template(line) {
        left.help()
    } else if line.contains("{%") {
        "template not expanded: only `if`, `elif`, `else` and `endif` are"
    } else if line.contains("/*") || line.contains("//") {
        "comments start with `#`"
    } else {
        "a list of tasks is written `entities:` and below it `- name: a.Class`"
    }
}
