//! What recovery knows about PSL: where declarations and statements start and
//! end, and how rules are called in messages.
//!
//! A declaration starts with a keyword at the start of a line, a statement with
//! one inside a block; wrong ones are reported and skipped. Nothing is
//! salvaged.
use super::parser::{PolicyParser, Rule};
use crate::recovery::{Grammar, Recovery};
use crate::report::Expected;
use pest::Parser;
use pest::error::Error;
use pest::iterators::Pairs;

/// The grammar of PSL.
pub(super) struct Policies;

/// The walk over a policy.
type Walk<'r, 't> = &'r mut Recovery<'t, Policies>;

/// How declarations are called in messages.
const DECLARATIONS: &[&str] = &[
    "use",
    "request",
    "response",
    "error",
    "security",
    "execute",
    "policy object",
    "audit",
    "task class",
    "assert",
];
/// The words that a declaration starts with.
const STARTS: &[&str] = &[
    "use", "request", "response", "error", "security", "execute", "policy", "audit", "task",
    "assert",
];
/// The words that statements start with; a rule of an object starts with the
/// object's name.
const STATEMENTS: &[&str] = &["match", "choice", "audit", "grant", "deny", "assert"];
/// The keys of selectors.
const SELECTORS: &[&str] = &["src", "dst", "interface", "component", "endpoint", "method"];

/// Finds the mistakes of a PSL file.
pub(super) fn policy(walk: Walk<'_, '_>) {
    while walk.at < walk.tokens.len() {
        let end = declaration_end(walk);
        let word = walk.tokens.word(walk.at);
        if is_event(word) && !walk.tokens.is_mark(walk.at + 1, b':') {
            block(walk, end, Rule::binding_head);
        } else {
            walk.member(rule_of(word, walk.tokens.word(walk.at + 1)), end);
        }
    }
}

/// The declaration that the first words announce.
fn rule_of(first: &str, second: &str) -> Rule {
    match (first, second) {
        ("use", "EDL") => Rule::use_edl,
        ("use", _) => Rule::use_policy,
        ("execute", _) => Rule::execute_interface,
        ("task", _) => Rule::task_class,
        ("audit", "default") => Rule::audit_default,
        ("audit", "profile") => Rule::audit_profile,
        ("policy", _) => Rule::policy_object,
        ("assert", _) => Rule::test_set,
        _ => Rule::any_declaration,
    }
}

/// Whether a word is an event, so that selectors and a block follow it.
fn is_event(word: &str) -> bool {
    matches!(
        word,
        "request" | "response" | "error" | "security" | "execute"
    )
}

/// The token behind the declaration that starts here: behind its `}`, or where
/// a line starts with the next keyword.
fn declaration_end(walk: Walk<'_, '_>) -> usize {
    let tokens = &walk.tokens;
    let mut i = walk.at;
    while i < tokens.len() {
        let follows_use = tokens.word(i) == "use" && i > walk.at;
        if i > walk.at && (tokens.starts_line(i) && STARTS.contains(&tokens.word(i)) || follows_use)
        {
            return i;
        }
        match tokens.closing(i) {
            Some(close) if tokens.is_mark(i, b'{') => return close + 1,
            Some(close) => i = close + 1,
            None => i += 1,
        }
    }
    i
}

/// A head, `{`, statements, `}`. A wrong head is reported and its statements
/// are looked at all the same.
fn block(walk: Walk<'_, '_>, end: usize, head: Rule) {
    let open = (walk.at..end).find(|i| walk.tokens.is_mark(*i, b'{'));
    let close = open.and_then(|open| walk.tokens.closing(open));
    let (Some(open), Some(close)) = (open, close) else {
        walk.member(head, end);
        return;
    };
    // the error itself is already noted
    let _ = walk.attempt(head, open + 1);
    walk.at = open + 1;
    if walk.tokens.word(walk.at) == "audit" {
        let end = statement_end(walk, close);
        walk.member(Rule::audit_use, end);
    }
    while walk.at < close {
        let end = statement_end(walk, close);
        match walk.tokens.word(walk.at) {
            "match" => block(walk, end, Rule::match_head),
            "choice" => walk.member(Rule::choice, end),
            "audit" => out_of_place(walk, end),
            _ => walk.member(Rule::any_statement, end),
        }
    }
    walk.at = close + 1;
}

/// Reports an `audit` behind other statements and moves on.
fn out_of_place(walk: Walk<'_, '_>, end: usize) {
    walk.refuse(
        "`audit` is the first statement of its block",
        "move it in front of the other statements",
    );
    walk.at = end;
}

/// The token behind the statement that starts here: behind its last bracket, or
/// where a line starts with the next keyword.
fn statement_end(walk: Walk<'_, '_>, close: usize) -> usize {
    let tokens = &walk.tokens;
    let first = tokens.word(walk.at);
    let mut i = walk.at;
    while i < close {
        if i > walk.at
            && STATEMENTS.contains(&tokens.word(i))
            && (tokens.starts_line(i) || first == "audit")
        {
            return i;
        }
        match tokens.closing(i) {
            Some(end) if !(first == "choice" && tokens.is_mark(i, b'(')) => {
                return (end + 1).min(close);
            }
            Some(end) => i = end + 1,
            None => i += 1,
        }
    }
    close
}

impl Grammar for Policies {
    type Rule = Rule;

    fn parse(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, Box<Error<Rule>>> {
        PolicyParser::parse(rule, text).map_err(Box::new)
    }

    fn is_terminator(_: Rule) -> bool {
        false
    }

    fn describe(rules: &[Rule]) -> Vec<Expected> {
        let has = |rule| rules.contains(&rule);
        let mut all = Vec::new();
        if has(Rule::kw_use) || has(Rule::kw_policy) {
            return vec![Expected::Words("a declaration", DECLARATIONS)];
        }
        if has(Rule::selector_key) || has(Rule::selector) {
            all.push(Expected::Words("a selector", SELECTORS));
        }
        if has(Rule::kw_match) || has(Rule::rule_call) {
            all.push(Expected::Words("a statement", STATEMENTS));
        }
        if has(Rule::value) || has(Rule::integer) && has(Rule::path) {
            all.push(Expected::Phrase("a value"));
        }
        let starts_value = all.contains(&Expected::Phrase("a value"));
        all.extend(
            rules
                .iter()
                .filter_map(|rule| describe(*rule, starts_value)),
        );
        all
    }
}

/// The name of one rule, given whether "a value" already stands for what values
/// start with.
fn describe(rule: Rule, starts_value: bool) -> Option<Expected> {
    use Expected::{Background, Exact, Phrase};
    Some(match rule {
        Rule::comma => Background("`,`"),
        Rule::colon => Exact(":"),
        Rule::equals => Exact("="),
        Rule::lbrace | Rule::dictionary if !starts_value => Exact("{"),
        Rule::rbrace => Exact("}"),
        Rule::lparen | Rule::unit | Rule::paren if !starts_value => Exact("("),
        Rule::rparen => Exact(")"),
        Rule::lbracket if !starts_value => Exact("["),
        Rule::rbracket => Exact("]"),
        Rule::rangle => Exact(">>"),
        Rule::kw_class => Exact("class"),
        Rule::kw_object => Exact("object"),
        Rule::kw_default => Exact("default"),
        Rule::kw_profile => Exact("profile"),
        Rule::kw_setup => Exact("setup"),
        Rule::kw_sequence => Exact("sequence"),
        Rule::kw_finally => Exact("finally"),
        Rule::to => Exact("~>"),
        Rule::variable => Phrase("a variable"),
        Rule::case => Phrase("an event"),
        Rule::kw_type => Exact("type"),
        Rule::kw_config => Exact("config"),
        Rule::interface_name => Phrase("the name of an interface"),
        Rule::class_name => Phrase("the name of a process class"),
        Rule::policy_name | Rule::use_policy => Phrase("the name of a policy file"),
        Rule::use_ending => Exact("._"),
        Rule::profile_name => Phrase("the name of an audit profile"),
        Rule::object_name => Phrase("a name for the object"),
        Rule::model_name => Phrase("the name of a security model"),
        Rule::parameter_name => Phrase("the name of a parameter"),
        Rule::selector_value => Phrase("a name"),
        Rule::type_value | Rule::type_atom => Phrase("a type"),
        Rule::alternative | Rule::choice_key => Phrase("an alternative"),
        Rule::entry | Rule::entry_key => Phrase("a key"),
        Rule::integer if !starts_value => Phrase("a number"),
        Rule::text if !starts_value => Phrase("a text"),
        Rule::operator | Rule::postfix => Background("an operator"),
        Rule::EOI => Background("the end of the file"),
        _ => return None,
    })
}
