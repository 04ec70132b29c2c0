//! How much a policy says: its declarations and the statements in them, which a
//! run takes in only so many of (E520).
use nk_grammar::psl::{Block, Declaration, DeclarationKind, StatementKind};

/// A declaration with all statements in it. Recursion is bounded: the parser
/// refuses text that nests deeper than its limit.
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
