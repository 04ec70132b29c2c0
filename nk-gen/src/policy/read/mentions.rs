//! The process classes that bindings and tests of a policy name.
use super::files::Loaded;
use crate::text::diagnostic::Place;
use crate::text::source::FileId;
use nk_grammar::psl::{
    Block, DeclarationKind, Event, Selector, SelectorKey, StatementKind, TestSet,
};

/// A name and where it stands.
pub(in crate::policy) struct Mentioned<'p> {
    pub(in crate::policy) name: &'p str,
    pub(in crate::policy) place: Place,
}

/// All of them, in textual order.
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

fn selected<'p>(selectors: &'p [Selector], file: FileId, all: &mut Vec<Mentioned<'p>>) {
    let classes = selectors
        .iter()
        .filter(|selector| matches!(selector.key, SelectorKey::Src | SelectorKey::Dst));
    all.extend(classes.map(|Selector { value, .. }| Mentioned {
        name: &value.text,
        place: Place::new(file, value.span),
    }));
}

/// The depth is limited by the parser.
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

/// A started process is named by its class; other events of tests name
/// variables.
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
