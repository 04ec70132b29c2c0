//! The process classes that bindings and tests of a policy name.
//!
//! A whole policy has to include each class that it names. A part of one does
//! not, as the file that includes it does that; its classes are looked up by
//! these mentions ([`super::classes`]).
use super::files::Loaded;
use crate::text::diagnostic::Place;
use crate::text::source::FileId;
use nk_grammar::psl::{
    Block, DeclarationKind, Event, Selector, SelectorKey, StatementKind, TestSet,
};

/// The name of a class where a binding or a test uses it.
pub(in crate::policy) struct Mentioned<'p> {
    /// The name as written; nothing says yet whether there is such a class.
    pub(in crate::policy) name: &'p str,
    /// Where it is written, for findings.
    pub(in crate::policy) place: Place,
}

/// All mentions in textual order, each occurrence by itself.
pub(in crate::policy) fn mentioned(loaded: &Loaded) -> Vec<Mentioned<'_>> {
    let mut all = Vec::new();
    for (file, declaration) in &loaded.declarations {
        match &declaration.kind {
            DeclarationKind::Binding(binding) => {
                selected(&binding.selectors, *file, &mut all);
                block(&binding.block, *file, &mut all);
            }
            DeclarationKind::TestSet(set) => started(set, *file, &mut all),
            _ => {}
        }
    }
    all
}

/// The classes of `src=` and `dst=`.
fn selected<'p>(selectors: &'p [Selector], file: FileId, all: &mut Vec<Mentioned<'p>>) {
    let classes = selectors
        .iter()
        .filter(|selector| matches!(selector.key, SelectorKey::Src | SelectorKey::Dst));
    all.extend(classes.map(|Selector { value, .. }| Mentioned {
        name: &value.text,
        place: Place::new(file, value.span),
    }));
}

/// The classes that `match` sections inside a block select. The depth of the
/// recursion is limited by the parser.
fn block<'p>(block: &'p Block, file: FileId, all: &mut Vec<Mentioned<'p>>) {
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Match { selectors, block } => {
                selected(selectors, file, all);
                self::block(block, file, all);
            }
            StatementKind::Choice { alternatives, .. } => {
                for alternative in alternatives {
                    self::block(&alternative.block, file, all);
                }
            }
            StatementKind::Rule { .. } => {}
        }
    }
}

/// The classes of the processes that a test starts. Other events of tests name
/// variables, not classes.
fn started<'p>(set: &'p TestSet, file: FileId, all: &mut Vec<Mentioned<'p>>) {
    let sequences = set.sequences.iter().flat_map(|sequence| &sequence.cases);
    for case in set
        .setup
        .iter()
        .chain(sequences)
        .chain(&set.finally)
        .filter(|case| case.event == Event::Execute)
    {
        let dst = case
            .selectors
            .iter()
            .filter(|selector| selector.key == SelectorKey::Dst);
        all.extend(dst.map(|Selector { value, .. }| Mentioned {
            name: &value.text,
            place: Place::new(file, value.span),
        }));
    }
}
