//! Regular expressions: RE2's syntax, matched against whole texts, compiled to
//! the table that the evaluator walks (`docs/psl.md` §9.6 and §14,
//! 6).
//!
//! The security module must not take time that depends on a pattern, so that it
//! has no regex engine: a text is matched by one step in a table for each byte.
//! The table comes from `regex-automata`'s dense DFA, and is numbered anew,
//! because that of the crate has four bytes for each entry and padding.
//!
//! A pattern comes from a policy, which may be hostile: the memory of each step
//! is limited, and time is in proportion to it.
use crate::options::limits::size;
use crate::text::codes::Code;
use nk_security::{Dfa, MAX_DFA};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::ast::{self, Ast};
use regex_syntax::hir::Hir;
use regex_syntax::hir::translate::TranslatorBuilder;
use std::collections::HashMap;

/// Bytes that are used on the way to the table; the time that a hostile pattern
/// takes is in proportion.
const WORKSPACE: usize = 8 << 20;

/// Most patterns of which the smallest table is looked for: the time for it
/// grows with their number and their states.
const FEW: usize = 64;

/// Why there is no table.
#[derive(Debug)]
pub(in crate::policy) struct Fault {
    /// E511 for what is not a pattern, E510 for one whose table is too large.
    pub(in crate::policy) code: Code,
    /// What is wrong.
    pub(in crate::policy) message: String,
    /// What to do about it.
    pub(in crate::policy) help: String,
    /// The position of the pattern that is to blame; `None` when it is all of
    /// them together.
    pub(in crate::policy) pattern: Option<usize>,
}

/// Compiles patterns to one table, which says which pattern is the first to
/// match.
///
/// `most` limits the table's size in bytes. `search`: a pattern may match a
/// part of the text only, as before version 1.4.
///
///
/// The first automaton is not minimal, because minimizing takes long; only when
/// its table is too large, and the patterns are few, the smallest one is looked
/// for.
pub(in crate::policy) fn compile(patterns: &[&str], search: bool, most: u64) -> Result<Dfa, Fault> {
    let most = size(most).min(MAX_DFA);
    let parsed = patterns.iter().enumerate().map(|(at, pattern)| {
        parse(pattern).map_err(|message| Fault {
            code: Code::BAD_PATTERN,
            message,
            help: "patterns are written as RE2 reads them: no look-around, no references back"
                .to_owned(),
            pattern: Some(at),
        })
    });
    let mut parsed = parsed.collect::<Result<Vec<Hir>, Fault>>()?;
    if search {
        parsed = parsed
            .into_iter()
            .map(|pattern| Hir::concat(vec![anything(), pattern, anything()]))
            .collect();
    }
    let config = thompson::Config::new().nfa_size_limit(Some(WORKSPACE));
    let nfa = thompson::Compiler::new()
        .configure(config)
        .build_many_from_hir(&parsed)
        .map_err(|_| too_large(most))?;
    let first = dfa(&nfa, false, most).ok_or_else(|| too_large(most))?;
    // the smallest table takes time to find: it is looked for when the first one is too large, and the patterns are few
    let smallest = || {
        if patterns.len() <= FEW {
            dfa(&nfa, true, most)
        } else {
            None
        }
    };
    let table =
        table(&first, patterns.len(), most).or_else(|| table(&smallest()?, patterns.len(), most));
    table.ok_or_else(|| too_large(most))
}

/// The automaton of the patterns; `None` when it is larger than a table of
/// `most` bytes can be. `smallest` merges states that are alike, which takes
/// long.
fn dfa(nfa: &thompson::NFA, smallest: bool, most: usize) -> Option<dense::DFA<Vec<u32>>> {
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(StartKind::Anchored)
        .accelerate(false)
        .minimize(smallest)
        // a transition has four bytes here and two in the table, and rows are padded to a power of two
        .dfa_size_limit(Some(6 * most))
        .determinize_size_limit(Some(WORKSPACE));
    dense::Builder::new()
        .configure(config)
        .build_from_nfa(nfa)
        .ok()
}

/// The table of an automaton, if it has at most `most` bytes.
fn table(dfa: &dense::DFA<Vec<u32>>, patterns: usize, most: usize) -> Option<Dfa> {
    TableBuilder::new(dfa, patterns)?
        .table()
        .filter(|table| table.size() <= most)
}

/// The fault of a pattern whose table exceeds the limit.
fn too_large(most: usize) -> Fault {
    Fault {
        code: Code::PATTERN_TOO_LARGE,
        message: format!("the compiled regular expression exceeds {most} bytes"),
        help: "bound the repetitions, or compare what is fixed without a pattern".to_owned(),
        pattern: None,
    }
}

/// `(?s:.)*`, which lets a pattern begin or end anywhere.
fn anything() -> Hir {
    let any = Hir::dot(regex_syntax::hir::Dot::AnyChar);
    let any = regex_syntax::hir::Repetition {
        min: 0,
        max: None,
        greedy: true,
        sub: Box::new(any),
    };
    Hir::repetition(any)
}

/// Parses a pattern, with `\d`, `\w`, `\s` and `\b` as RE2 takes them. The
/// error is a message with the position in the pattern.
fn parse(pattern: &str) -> Result<Hir, String> {
    let mut tree = ast::parse::ParserBuilder::new()
        .nest_limit(64)
        .build()
        .parse(pattern)
        .map_err(|error| {
            format!(
                "the pattern cannot be read: {}, at its character {}",
                error.kind(),
                error.span().start.column
            )
        })?;
    ascii(&mut tree);
    TranslatorBuilder::new()
        .build()
        .translate(pattern, &tree)
        .map_err(|error| {
            format!(
                "the pattern cannot be read: {}, at its character {}",
                error.kind(),
                error.span().start.column
            )
        })
}

/// Makes `\d`, `\w`, `\s` and `\b` mean ASCII, as RE2 does; the crate takes
/// them for Unicode. The depth of the recursion is limited by the parser.
///
///
/// An assertion such as `\b` has no class to replace it with: it is put into a
/// group with the flag `(?-u:\b)`.
fn ascii(tree: &mut Ast) {
    match tree {
        Ast::ClassPerl(class) => {
            let set = ast::ClassSet::Item(of_ascii(class));
            *tree = Ast::class_bracketed(ast::ClassBracketed {
                span: class.span,
                negated: false,
                kind: set,
            });
        }
        Ast::ClassBracketed(class) => ascii_set(&mut class.kind),
        Ast::Assertion(assertion) => {
            let is_word = !matches!(
                assertion.kind,
                ast::AssertionKind::StartLine
                    | ast::AssertionKind::EndLine
                    | ast::AssertionKind::StartText
                    | ast::AssertionKind::EndText
            );
            if is_word {
                let span = assertion.span;
                let negation = ast::FlagsItem {
                    span,
                    kind: ast::FlagsItemKind::Negation,
                };
                let unicode = ast::FlagsItem {
                    span,
                    kind: ast::FlagsItemKind::Flag(ast::Flag::Unicode),
                };
                let flags = ast::Flags {
                    span,
                    items: vec![negation, unicode],
                };
                let inner = Box::new(Ast::assertion((**assertion).clone()));
                *tree = Ast::group(ast::Group {
                    span,
                    kind: ast::GroupKind::NonCapturing(flags),
                    ast: inner,
                });
            }
        }
        Ast::Repetition(repetition) => ascii(&mut repetition.ast),
        Ast::Group(group) => ascii(&mut group.ast),
        Ast::Alternation(alternation) => alternation.asts.iter_mut().for_each(ascii),
        Ast::Concat(concat) => concat.asts.iter_mut().for_each(ascii),
        Ast::Empty(_) | Ast::Flags(_) | Ast::Literal(_) | Ast::Dot(_) | Ast::ClassUnicode(_) => {}
    }
}

/// The same inside of brackets: `[\d--5]`.
fn ascii_set(set: &mut ast::ClassSet) {
    match set {
        ast::ClassSet::Item(item) => ascii_item(item),
        ast::ClassSet::BinaryOp(operation) => {
            ascii_set(&mut operation.lhs);
            ascii_set(&mut operation.rhs);
        }
    }
}

/// The same for an item of brackets.
fn ascii_item(item: &mut ast::ClassSetItem) {
    match item {
        ast::ClassSetItem::Perl(class) => *item = of_ascii(class),
        ast::ClassSetItem::Bracketed(class) => ascii_set(&mut class.kind),
        ast::ClassSetItem::Union(union) => union.items.iter_mut().for_each(ascii_item),
        _ => {}
    }
}

/// The ASCII class of `\d`, `\w` or `\s`.
fn of_ascii(class: &ast::ClassPerl) -> ast::ClassSetItem {
    let kind = match class.kind {
        ast::ClassPerlKind::Digit => ast::ClassAsciiKind::Digit,
        ast::ClassPerlKind::Space => ast::ClassAsciiKind::Space,
        ast::ClassPerlKind::Word => ast::ClassAsciiKind::Word,
    };
    ast::ClassSetItem::Ascii(ast::ClassAscii {
        span: class.span,
        kind,
        negated: class.negated,
    })
}

/// Numbers the states that can be reached, in the order in which they are.
/// State 0 leads nowhere: it is where every text ends up that no pattern can
/// match any more.
struct TableBuilder<'d> {
    /// The automaton.
    dfa: &'d dense::DFA<Vec<u32>>,
    /// How many patterns it has.
    patterns: u16,
    /// One byte of each class.
    bytes: Vec<u8>,
    /// The class of each byte: bytes of one class lead to the same states.
    classes: Vec<u8>,
    /// The number of each state that was reached.
    numbers: HashMap<StateID, u16>,
    /// The states in the order of their numbers, from 1.
    states: Vec<StateID>,
}

impl<'d> TableBuilder<'d> {
    /// Looks up the classes of bytes. `None` for more patterns than a table can
    /// number.
    fn new(dfa: &'d dense::DFA<Vec<u32>>, patterns: usize) -> Option<Self> {
        let classes: Vec<u8> = (0..=u8::MAX)
            .map(|byte| dfa.byte_classes().get(byte))
            .collect();
        let mut bytes = Vec::new();
        for byte in 0..=u8::MAX {
            if usize::from(classes[usize::from(byte)]) == bytes.len() {
                bytes.push(byte);
            }
        }
        let patterns = u16::try_from(patterns)
            .ok()
            .filter(|patterns| *patterns < Dfa::NONE)?;
        Some(Self {
            dfa,
            patterns,
            bytes,
            classes,
            numbers: HashMap::new(),
            states: Vec::new(),
        })
    }

    /// Walks the automaton from its start, state by state. `None` when it has
    /// more states than a table can number.
    ///
    ///
    /// The row of a state has one entry for each class of bytes. Row 0 is that
    /// of the state that leads nowhere: all its entries are 0.
    fn table(mut self) -> Option<Dfa> {
        let config = start::Config::new().anchored(Anchored::Yes);
        let first = self.dfa.start_state(&config).ok()?;
        let start = self.number(first)?;
        let mut next = vec![0; self.bytes.len()];
        let mut at = 0;
        while let Some(state) = self.states.get(at).copied() {
            for byte in self.bytes.clone() {
                next.push(self.number(self.dfa.next_state(state, byte))?);
            }
            at += 1;
        }
        let found = self.states.iter().map(|state| self.found(*state));
        let found = std::iter::once(Some(Dfa::NONE))
            .chain(found)
            .collect::<Option<Vec<u16>>>()?;
        let width = u16::try_from(self.bytes.len()).ok()?;
        Some(Dfa {
            classes: self.classes,
            width,
            next,
            found,
            start,
            patterns: self.patterns,
        })
    }

    /// The number of a state, which is the next one when it is reached first.
    fn number(&mut self, state: StateID) -> Option<u16> {
        if self.dfa.is_dead_state(state) {
            return Some(0);
        }
        if let Some(known) = self.numbers.get(&state) {
            return Some(*known);
        }
        self.states.push(state);
        let number = u16::try_from(self.states.len()).ok()?;
        self.numbers.insert(state, number);
        Some(number)
    }

    /// The first pattern that matches a text which ends in a state;
    /// [`Dfa::NONE`] when none does.
    fn found(&self, state: StateID) -> Option<u16> {
        let end = self.dfa.next_eoi_state(state);
        if !self.dfa.is_match_state(end) {
            return Some(Dfa::NONE);
        }
        let found = (0..self.dfa.match_len(end))
            .map(|at| self.dfa.match_pattern(end, at).as_usize())
            .min()?;
        u16::try_from(found).ok()
    }
}
