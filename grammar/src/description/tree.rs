//! Small steps from pest pairs to nodes that all three languages share: spans,
//! names, documentation, tolerated tokens.
use super::parser::Rule;
use crate::docs::Comments;
use crate::lexer;
use crate::syntax::{Comment, Docs, Name, QName, Span, Tolerated};
use pest::iterators::{Pair, Pairs};
use std::cell::RefCell;

/// What building a tree needs besides the pairs.
pub(super) struct Builder<'t> {
    /// Which comments document what.
    docs: Comments<'t>,
    /// All of them, for the tree.
    comments: &'t [Comment],
    /// Noted while the pairs are walked through, in order.
    tolerated: RefCell<Vec<Tolerated>>,
}

impl<'t> Builder<'t> {
    /// A builder for one text with its comments.
    pub(super) fn new(text: &'t str, comments: &'t [Comment]) -> Self {
        Self {
            docs: Comments::new(text, comments),
            comments,
            tolerated: RefCell::default(),
        }
    }

    /// The documentation of a node.
    pub(super) fn docs(&self, node: Span) -> Docs {
        self.docs.of(node)
    }

    /// The pairs inside `pair` that say something; tolerated tokens are noted
    /// and left out.
    pub(super) fn parts<'p>(
        &self,
        pair: Pair<'p, Rule>,
    ) -> impl Iterator<Item = Pair<'p, Rule>> + use<'_, 't, 'p> {
        let inner: Pairs<'p, Rule> = pair.into_inner();
        inner.filter(|part| {
            if part.as_rule() == Rule::stray {
                self.tolerated
                    .borrow_mut()
                    .push(Tolerated { span: span(part) });
            }
            !is_silent(part.as_rule())
        })
    }

    /// All comments of the text, and the tolerated tokens that were met, both
    /// in order.
    pub(super) fn finish(&self) -> (Vec<Comment>, Vec<Tolerated>) {
        (self.comments.to_vec(), self.tolerated.take())
    }
}

/// Punctuation and keywords: they matter to the parser and say nothing to the
/// tree.
///
/// Words that say something, such as `in` or `task class`, are not among them.
fn is_silent(rule: Rule) -> bool {
    use Rule::{colon, comma, equals, langle, lbrace, lparen, rangle, rbrace, rparen, semi, stray};
    let mark = matches!(
        rule,
        semi | comma
            | colon
            | equals
            | lbrace
            | rbrace
            | lparen
            | rparen
            | langle
            | rangle
            | stray
            | Rule::EOI
    );
    let word = matches!(
        rule,
        Rule::kw_package
            | Rule::kw_import
            | Rule::kw_const
            | Rule::kw_typedef
            | Rule::kw_struct
            | Rule::kw_union
            | Rule::kw_interface
            | Rule::kw_array
            | Rule::kw_sequence
            | Rule::kw_bytes
            | Rule::kw_string
            | Rule::kw_handle
    );
    mark || word
}

/// The place of a pair.
pub(super) fn span(pair: &Pair<'_, Rule>) -> Span {
    lexer::span(pair.as_span().start(), pair.as_span().end())
}

/// An identifier.
pub(super) fn name(pair: &Pair<'_, Rule>) -> Name {
    Name {
        text: pair.as_str().to_owned(),
        span: span(pair),
    }
}

/// A dotted name.
pub(super) fn qname(pair: &Pair<'_, Rule>) -> QName {
    QName {
        text: pair.as_str().to_owned(),
        span: span(pair),
    }
}
