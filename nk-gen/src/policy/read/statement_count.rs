//! How large a policy is: its declarations, and the statements in them.
//!
//! The limit (E520, `policy-statements`) bounds the work of all later steps,
//! which look at every statement for every pair of classes. It is counted while
//! files are read, so that includes cannot multiply text without end.
use nk_grammar::psl::{Block, Declaration, DeclarationKind, StatementKind};

/// A declaration with all statements in it: 1 for the declaration, 1 for each
/// statement, and 1 for each alternative of a choice. The recursion is bounded:
/// the parser refuses text that nests deeper than its limit.
pub(in crate::policy) fn of(declaration: &Declaration) -> u64 {
    match &declaration.kind {
        DeclarationKind::Binding(binding) => 1 + of_block(&binding.block),
        DeclarationKind::TestSet(_)
        | DeclarationKind::Execute(_)
        | DeclarationKind::Use(_)
        | DeclarationKind::UseEdl(_)
        | DeclarationKind::TaskClass { .. }
        | DeclarationKind::PolicyObject { .. }
        | DeclarationKind::AuditDefault { .. }
        | DeclarationKind::AuditProfile { .. } => 1,
    }
}

/// The statements of a block, with those inside of them.
fn of_block(block: &Block) -> u64 {
    let inside = block
        .statements
        .iter()
        .map(|statement| match &statement.kind {
            StatementKind::Match { block, .. } => of_block(block),
            StatementKind::Choice { alternatives, .. } => alternatives
                .iter()
                .map(|one| 1 + of_block(&one.block))
                .sum(),
            StatementKind::Rule { .. } => 0,
        });
    block.statements.len() as u64 + inside.sum::<u64>()
}
