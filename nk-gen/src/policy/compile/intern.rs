//! Interning: equal parts of a program are stored once, so that the tables over
//! all pairs of classes stay small.
//!
//! That is true of decisions, rows, rules, expressions and texts. Ids are
//! positions in the tables of [`Program`]; parts are interned from the inside
//! out, so that an expression refers to smaller ids only.
use nk_security::{
    BodyId, Choice, ChoiceId, Dfa, DfaId, Expr, ExprId, List, ListId, Program, RowId, Rule, RuleId,
    Step, TextId, Tree, TreeId,
};
use std::collections::HashMap;
use std::hash::Hash;

/// A table without duplicates.
#[derive(Debug)]
struct Table<T> {
    /// The position of each row.
    numbers: HashMap<T, u32>,
    /// The rows in the order in which they were added.
    rows: Vec<T>,
}

impl<T: Hash + Eq + Clone> Table<T> {
    fn new() -> Self {
        Self {
            numbers: HashMap::new(),
            rows: Vec::new(),
        }
    }

    /// The position of a row, which is added when it is new.
    fn number(&mut self, row: T) -> u32 {
        if let Some(known) = self.numbers.get(&row) {
            return *known;
        }
        // there are fewer than 2^32 of them: each stands for something in memory
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.numbers.insert(row.clone(), next);
        self.rows.push(row);
        next
    }
}

/// The parts of a program so far.
#[derive(Debug)]
pub(in crate::policy) struct Interner {
    /// Texts of expressions and names of reads.
    texts: Table<String>,
    /// Sorted constants of membership tests.
    lists: Table<List>,
    /// Tables of regular expressions.
    dfas: Table<Dfa>,
    /// Expressions, operands before what uses them.
    exprs: Table<Expr>,
    /// Rule calls with their places and audit profiles.
    rules: Table<Rule>,
    /// Choices with their alternatives.
    choices: Table<Choice>,
    /// Steps in the order of evaluation.
    bodies: Table<Vec<Step>>,
    /// Decisions about one event.
    trees: Table<Tree>,
    /// Decisions about all methods of one class.
    rows: Table<Vec<TreeId>>,
}

impl Interner {
    /// An interner with empty tables.
    pub(in crate::policy) fn new() -> Self {
        Self {
            texts: Table::new(),
            lists: Table::new(),
            dfas: Table::new(),
            exprs: Table::new(),
            rules: Table::new(),
            choices: Table::new(),
            bodies: Table::new(),
            trees: Table::new(),
            rows: Table::new(),
        }
    }
    /// The id of an expression. Its operands have theirs already.
    pub(in crate::policy) fn expr(&mut self, expr: Expr) -> ExprId {
        ExprId(self.exprs.number(expr))
    }
    /// An expression by its number.
    pub(in crate::policy) fn expression(&self, id: ExprId) -> Option<&Expr> {
        self.exprs.rows.get(id.index())
    }
    /// The number of an expression that is a text.
    pub(in crate::policy) fn text(&mut self, text: &str) -> ExprId {
        let text = self.name(text);
        self.expr(Expr::Text(text))
    }
    /// The id of a text that is not an expression: the name of a read.
    pub(in crate::policy) fn name(&mut self, text: &str) -> TextId {
        TextId(self.texts.number(text.to_owned()))
    }
    /// A text by its number.
    pub(in crate::policy) fn text_of(&self, id: TextId) -> &str {
        self.texts.rows.get(id.index()).map_or("", String::as_str)
    }
    /// The id of a list of constants, which has to be sorted and without
    /// duplicates: it is searched by halves.
    pub(in crate::policy) fn list(&mut self, list: List) -> ListId {
        ListId(self.lists.number(list))
    }
    /// A list by its number.
    pub(in crate::policy) fn list_of(&self, id: ListId) -> Option<&List> {
        self.lists.rows.get(id.index())
    }
    /// The id of the table of a regular expression.
    pub(in crate::policy) fn dfa(&mut self, dfa: Dfa) -> DfaId {
        DfaId(self.dfas.number(dfa))
    }
    /// The text of a constant expression; `None` when it is known at run time
    /// only.
    pub(in crate::policy) fn constant_text(&self, id: ExprId) -> Option<&str> {
        match self.expression(id)? {
            Expr::Text(text) => self.texts.rows.get(text.index()).map(String::as_str),
            _ => None,
        }
    }
    /// The number of a rule call.
    pub(in crate::policy) fn rule(&mut self, rule: Rule) -> RuleId {
        RuleId(self.rules.number(rule))
    }
    /// The number of a choice.
    pub(in crate::policy) fn choice(&mut self, choice: Choice) -> ChoiceId {
        ChoiceId(self.choices.number(choice))
    }
    /// The number of a body.
    pub(in crate::policy) fn body(&mut self, body: Vec<Step>) -> BodyId {
        BodyId(self.bodies.number(body))
    }
    /// The number of a tree.
    pub(in crate::policy) fn tree(&mut self, tree: Tree) -> TreeId {
        TreeId(self.trees.number(tree))
    }
    /// The number of a row.
    pub(in crate::policy) fn row(&mut self, row: Vec<TreeId>) -> RowId {
        RowId(self.rows.number(row))
    }

    /// The program of these parts. The tables that select among them, by kind
    /// of event and pair of classes, are still empty.
    pub(in crate::policy) fn finish(self) -> Program {
        Program {
            texts: self.texts.rows,
            lists: self.lists.rows,
            dfas: self.dfas.rows,
            exprs: self.exprs.rows,
            rules: self.rules.rows,
            choices: self.choices.rows,
            bodies: self.bodies.rows,
            trees: self.trees.rows,
            rows: self.rows.rows,
            ..Program::default()
        }
    }
}
