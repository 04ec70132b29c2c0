//! Equal decisions are one tree and equal rows one row, so that the tables over all pairs of classes stay small.
use nk_security::{RowId, Tree, TreeId};
use std::collections::HashMap;

/// The trees and rows of a program.
#[derive(Debug, Default)]
pub(super) struct Interner {
    trees: HashMap<Tree, TreeId>,
    rows: HashMap<Vec<TreeId>, RowId>,
}

impl Interner {
    /// The number of a tree.
    pub(super) fn tree(&mut self, tree: Tree) -> TreeId {
        let next = TreeId(number(self.trees.len()));
        *self.trees.entry(tree).or_insert(next)
    }

    /// The number of a row.
    pub(super) fn row(&mut self, row: Vec<TreeId>) -> RowId {
        let next = RowId(number(self.rows.len()));
        *self.rows.entry(row).or_insert(next)
    }

    /// Trees and rows in the order of their numbers.
    pub(super) fn finish(self) -> (Vec<Tree>, Vec<Vec<TreeId>>) {
        let mut trees: Vec<(Tree, TreeId)> = self.trees.into_iter().collect();
        trees.sort_unstable_by_key(|(_, id)| *id);
        let mut rows: Vec<(Vec<TreeId>, RowId)> = self.rows.into_iter().collect();
        rows.sort_unstable_by_key(|(_, id)| *id);
        (trees.into_iter().map(|(tree, _)| tree).collect(), rows.into_iter().map(|(row, _)| row).collect())
    }
}

/// There are fewer than 2^32 of them: each stands for an entry of a table in memory.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
