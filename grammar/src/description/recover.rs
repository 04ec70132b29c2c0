//! What recovery knows about descriptions: where members start and end, and how
//! rules are called in messages.
//!
//! IDL members end with `;` or a block, CDL and EDL bindings with the line. A
//! keyword at the start of a line is taken for the start of a member even where
//! a bracket or semicolon before it is missing: that is what keeps one mistake
//! from hiding the rest of a file.
use super::parser::{DescriptionParser, Rule};
use crate::parsed::Noun;
use crate::recovery::{Grammar, Recovery};
use crate::report::Expected;
use pest::Parser;
use pest::error::Error;
use pest::iterators::Pairs;

/// The grammar of IDL, CDL and EDL.
pub(super) struct Descriptions;

/// The walk over a text of one of these languages.
type Walk<'r, 't> = &'r mut Recovery<'t, Descriptions>;

/// The words that members of an IDL file start with.
const DECLARATIONS: &[&str] = &[
    "package",
    "import",
    "const",
    "typedef",
    "struct",
    "union",
    "interface",
];
/// The words that sections of CDL and EDL start with.
const SECTIONS: &[&str] = &["security", "endpoints", "interfaces", "components"];

/// Finds the mistakes of an IDL file.
pub(super) fn idl(walk: Walk<'_, '_>) {
    let mut headed = head(walk, &IDL);
    let mut declared = false;
    while walk.at < walk.tokens.len() {
        let end = island(walk, DECLARATIONS);
        match walk.tokens.word(walk.at) {
            // a file without a first line has been told so; the line may stand further down
            "package" if !headed => {
                headed = true;
                walk.member(Rule::package, end);
            }
            "package" => out_of_place(walk, end, "`package` must come first, and only once"),
            "import" if declared => {
                walk.lose_import();
                out_of_place(walk, end, "`import` must come before all declarations");
            }
            "import" => import(walk, end),
            word => {
                declared |= DECLARATIONS.contains(&word);
                declaration(walk, word, end);
            }
        }
        walk.accept_strays();
    }
}

/// An import; a wrong one may have brought any name.
fn import(walk: Walk<'_, '_>, end: usize) {
    let right = walk.right();
    walk.member(Rule::import, end);
    if walk.right() == right {
        walk.lose_import();
    }
}

/// A declaration that starts with `word`, up to before token `end`.
fn declaration(walk: Walk<'_, '_>, word: &str, end: usize) {
    match word {
        "const" => walk.member(Rule::constant, end),
        "typedef" => walk.member(Rule::typedef, end),
        "struct" => block(walk, end, Rule::structure_head, fields),
        "union" => block(walk, end, Rule::union_head, fields),
        "interface" => block(walk, end, Rule::interface_head, methods),
        _ => {
            // without its keyword an import is only a name
            if !(walk.at..end).any(|i| walk.tokens.is_mark(i, b';') || walk.tokens.is_mark(i, b'{'))
            {
                walk.lose_import();
            }
            unknown_block(walk, end, Rule::any_declaration);
        }
    }
}

/// A block whose keyword is missing or misspelt: its members are looked at all
/// the same, if they can be members.
fn unknown_block(walk: Walk<'_, '_>, end: usize, rule: Rule) {
    let Some(open) = (walk.at..end).find(|i| walk.tokens.is_mark(*i, b'{')) else {
        return walk.member(rule, end);
    };
    // a member has two words, or a bracket
    if rule == Rule::any_declaration
        && b",=}"
            .iter()
            .any(|mark| walk.tokens.is_mark(open + 2, *mark))
    {
        return foreign_block(walk, open);
    }
    let members: fn(Walk<'_, '_>, usize) = match rule {
        Rule::any_section => binding_list,
        _ if (open..end).any(|i| walk.tokens.is_mark(i, b'(')) => methods,
        _ => fields,
    };
    block(walk, end, rule, members);
}

/// A block of something that these languages do not have:
/// `enum Colour { Red, Green }`.
fn foreign_block(walk: Walk<'_, '_>, open: usize) {
    let (start, close) = (walk.at, walk.tokens.closing(open).unwrap_or(open));
    if walk.attempt(Rule::any_declaration, open + 1).is_err() {
        walk.lose(start, close + 1);
    }
    walk.at = close + 1;
}

/// The fields of a struct or union, up to its closing bracket.
fn fields(walk: Walk<'_, '_>, close: usize) {
    semicolon_list(walk, Rule::field, close);
}

/// The methods of an interface, up to its closing bracket.
fn methods(walk: Walk<'_, '_>, close: usize) {
    semicolon_list(walk, Rule::method, close);
}

/// Finds the mistakes of a CDL file.
pub(super) fn cdl(walk: Walk<'_, '_>) {
    head(walk, &CDL);
    sections(walk);
}

/// Finds the mistakes of an EDL file.
pub(super) fn edl(walk: Walk<'_, '_>) {
    head(walk, &EDL);
    sections(walk);
}

/// The sections of a component or process class.
fn sections(walk: Walk<'_, '_>) {
    while walk.at < walk.tokens.len() {
        let end = island(walk, SECTIONS);
        match walk.tokens.word(walk.at) {
            "security" => walk.member(Rule::security, end),
            "endpoints" | "interfaces" => block(walk, end, Rule::endpoints_head, binding_list),
            "components" => block(walk, end, Rule::components_head, binding_list),
            _ => unknown_block(walk, end, Rule::any_section),
        }
        walk.accept_strays();
    }
}

/// How a language begins.
struct Head {
    /// The first line.
    rule: Rule,
    /// What follows it.
    more: Rule,
    /// The words that what follows starts with.
    starts: &'static [&'static str],
}

/// `package a.B`
const IDL: Head = Head {
    rule: Rule::package,
    more: Rule::any_declaration,
    starts: DECLARATIONS,
};
/// `component a.B`
const CDL: Head = Head {
    rule: Rule::cdl_head,
    more: Rule::any_section,
    starts: SECTIONS,
};
/// `task class a.B`
const EDL: Head = Head {
    rule: Rule::edl_head,
    more: Rule::any_section,
    starts: SECTIONS,
};

/// The first line, and whether it was there. When it is missing altogether,
/// what stands there instead is not skipped.
fn head(walk: Walk<'_, '_>, head: &Head) -> bool {
    let end = island(walk, head.starts);
    let here = walk.at;
    let starts_here =
        |walk: &Recovery<'_, Descriptions>| head.starts.contains(&walk.tokens.word(walk.at));
    let right = walk.attempt(head.rule, end).is_ok();
    let missing = !right && starts_here(walk) && walk.tokens.word(here) != "package";
    walk.accept_strays();
    let line_end = walk.line_end(walk.at.max(here + 1));
    if right && walk.at < line_end && !starts_here(walk) {
        // the name is not what was meant, as in `package a..B`
        walk.member(head.more, line_end);
        walk.lose_head(walk.at);
    } else if !right {
        walk.at = if missing { here } else { line_end.min(end) };
        walk.lose_head(walk.at);
    }
    // the first line may stand below what is wrong
    !missing && (right || walk.tokens.word(walk.at) != "package")
}

/// Reports a line that may not stand here, whatever it says, and leaves it out.
fn out_of_place(walk: Walk<'_, '_>, end: usize, rule: &str) {
    walk.refuse(rule, "move or remove this line");
    walk.lose(walk.at, end);
    walk.at = end;
}

/// The token behind the declaration or section that starts here: behind its `;`
/// or `}`, or where a line starts with the next keyword, or with the bracket of
/// a block that has lost its keyword.
fn island(walk: Walk<'_, '_>, starts: &[&str]) -> usize {
    let tokens = &walk.tokens;
    let has_block = !matches!(
        tokens.word(walk.at),
        "package" | "import" | "const" | "typedef" | "security"
    );
    let mut i = walk.at;
    while i < tokens.len() {
        let next = starts.contains(&tokens.word(i)) || !has_block && tokens.is_mark(i, b'{');
        if i > walk.at && tokens.starts_line(i) && next {
            return i;
        }
        if tokens.is_mark(i, b';') {
            return i + 1;
        }
        match tokens.closing(i) {
            Some(close) if tokens.is_mark(i, b'{') => return close + 1,
            Some(close) => i = close + 1,
            None => i += 1,
        }
    }
    i
}

/// A head, `{`, members, `}`. A wrong head is reported and its members are
/// looked at all the same.
fn block(walk: Walk<'_, '_>, end: usize, head: Rule, members: fn(Walk<'_, '_>, usize)) {
    let open = (walk.at..end).find(|i| walk.tokens.is_mark(*i, b'{'));
    let close = open.and_then(|open| walk.tokens.closing(open));
    let (Some(open), Some(close)) = (open, close) else {
        walk.member(head, end);
        return;
    };
    let start = walk.at;
    let wrong = walk.attempt(head, open + 1).is_err();
    walk.at = open + 1;
    let right = walk.right();
    members(walk, close);
    // a type without members would be another mistake
    if walk.right() == right && close > open + 1 && head != Rule::interface_head {
        walk.lose(start, close + 1);
    } else if wrong {
        // a keyword that is right says what the members are; a name that is not would be another mistake
        let keyword = usize::from(matches!(
            head,
            Rule::interface_head | Rule::endpoints_head | Rule::components_head
        ));
        walk.lose(start + keyword, open);
    }
    if wrong && !Descriptions::has_keyword(head) {
        walk.doubt_the_last(start);
    }
    walk.at = close + 1;
}

/// Members that end with `;`, up to token `close`.
fn semicolon_list(walk: Walk<'_, '_>, rule: Rule, close: usize) {
    let mut end = walk.at;
    while walk.at < close {
        // after a forgotten semicolon the end is still the same, and looking for it again would cost the square of the text
        if end <= walk.at {
            end = walk.at;
            while end < close && !walk.tokens.is_mark(end, b';') {
                end = walk
                    .tokens
                    .closing(end)
                    .map_or(end + 1, |partner| partner + 1);
            }
            end = (end + 1).min(close);
        }
        walk.member(rule, end);
    }
}

/// Bindings, up to token `close`: each ends where a line starts or where the
/// next `name :` does.
fn binding_list(walk: Walk<'_, '_>, close: usize) {
    while walk.at < close {
        let is = |i: usize, marks: &[u8]| marks.iter().any(|mark| walk.tokens.is_mark(i, *mark));
        let named = |i: usize| !walk.tokens.word(i).is_empty() && is(i + 1, b":");
        // a line that goes on with the one before starts or follows with a mark
        let own_line = |i: usize| walk.tokens.starts_line(i) && !is(i, b":.") && !is(i - 1, b":.");
        let starts = |i: usize| named(i) || own_line(i);
        let end = (walk.at + 1..close).find(|i| starts(*i)).unwrap_or(close);
        walk.member(Rule::binding, end);
        if walk.at < close {
            walk.accept(Rule::stray, walk.at + 1);
        }
        // what is left before the next binding belongs to none
        if walk.at < end {
            walk.member(Rule::binding, end);
        }
    }
}

impl Recovery<'_, Descriptions> {
    /// The first token at or behind `from` that starts a line.
    fn line_end(&self, from: usize) -> usize {
        (from..self.tokens.len())
            .find(|i| self.tokens.starts_line(*i))
            .unwrap_or(self.tokens.len())
    }

    /// Passes a token that means nothing, such as `;` behind a block.
    fn accept_strays(&mut self) {
        if self.at < self.tokens.len() {
            self.accept(Rule::stray, self.at + 1);
        }
    }
}

impl Grammar for Descriptions {
    type Rule = Rule;

    fn parse(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, Box<Error<Rule>>> {
        DescriptionParser::parse(rule, text).map_err(Box::new)
    }

    fn is_terminator(rule: Rule) -> bool {
        rule == Rule::semi
    }

    fn has_keyword(rule: Rule) -> bool {
        !matches!(
            rule,
            Rule::any_declaration | Rule::any_section | Rule::binding
        )
    }

    fn remainder(rule: Rule) -> Option<Rule> {
        match rule {
            Rule::idl => Some(Rule::rest_of_idl),
            Rule::cdl => Some(Rule::rest_of_cdl),
            Rule::edl => Some(Rule::rest_of_edl),
            _ => None,
        }
    }

    fn declares(rule: Rule) -> Option<Noun> {
        match rule {
            Rule::constant_name => Some(Noun::Constant),
            Rule::declared_name => Some(Noun::Type),
            _ => None,
        }
    }

    fn describe(rules: &[Rule]) -> Vec<Expected> {
        let has = |rule| rules.contains(&rule);
        let mut all = Vec::new();
        if has(Rule::kw_const) {
            all.push(Expected::Words("a declaration", DECLARATIONS));
        }
        if has(Rule::kw_security) {
            all.push(Expected::Words(
                "`security`, `endpoints` or `components`",
                SECTIONS,
            ));
        }
        if has(Rule::kw_in) {
            all.push(Expected::Words(
                "a direction (`in`, `out` or `error`)",
                &["in", "out", "error"],
            ));
        }
        if has(Rule::literal) {
            all.push(Expected::Phrase("a value"));
        }
        all.extend(rules.iter().filter_map(|rule| describe(*rule, rules)));
        all
    }
}

/// The name of one rule, given which others were possible too.
///
/// `None` for one that another phrase covers already, or that nobody would
/// write.
fn describe(rule: Rule, among: &[Rule]) -> Option<Expected> {
    use Expected::{Background, Exact, Phrase};
    let value = among.contains(&Rule::literal);
    Some(match rule {
        Rule::semi => Exact(";"),
        Rule::comma => Exact(","),
        Rule::colon => Exact(":"),
        Rule::equals => Exact("="),
        Rule::lbrace => Exact("{"),
        Rule::rbrace => Exact("}"),
        Rule::lparen if !value => Exact("("),
        Rule::rparen => Exact(")"),
        Rule::langle => Exact("<"),
        Rule::rangle => Exact(">"),
        Rule::package | Rule::kw_package => Exact("package"),
        Rule::kw_component | Rule::cdl_head => Exact("component"),
        Rule::task_class | Rule::kw_task | Rule::edl_head => {
            Expected::Words("`task class`", &["task class", "task", "entity"])
        }
        Rule::kw_class => Exact("class"),
        Rule::package_name => Phrase("the name of a package"),
        Rule::component_name => Phrase("the name of a component"),
        Rule::class_name => Phrase("the name of a process class"),
        Rule::constant_name => Phrase("the name of the constant"),
        Rule::declared_name => Phrase("a name for the type"),
        Rule::field_name => Phrase("a field name"),
        Rule::method_name | Rule::method => Phrase("a method"),
        Rule::parameter_name => Phrase("a parameter name"),
        Rule::binding_name | Rule::binding => Phrase("`name : target`"),
        Rule::target_name => Phrase("the full name of what is bound"),
        Rule::type_expr | Rule::type_name | Rule::kw_array => Phrase("a type"),
        Rule::field => Phrase("a field"),
        Rule::parameter => Phrase("a parameter"),
        Rule::direction => Expected::Words(
            "a direction (`in`, `out` or `error`)",
            &["in", "out", "error"],
        ),
        Rule::expr | Rule::argument => Phrase("a value"),
        Rule::EOI => Background("the end of the file"),
        Rule::stray => Background("`;`"),
        Rule::op_add | Rule::op_mul => Background("an operator"),
        _ => return None,
    })
}
