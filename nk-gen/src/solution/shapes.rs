//! Message shapes as the image's flat table.
//!
//! A shape says where the variable parts of a message are (texts, sequences,
//! unions); the kernel verifies messages by it. The compiler has it as a tree.
//! The image has two flat tables in post-order: what an item refers to comes
//! before the list that holds the item, so that the loader can prove that
//! walking them ends.
//!
//! Every step answers `None` when a layout is missing or a table exceeds 32
//! bits; the first has been reported, the second cannot happen below the
//! limits.
use crate::model::shape::{Elem, Item, Shapes, Variants};
use crate::model::{Message, Model, TypeId};
use nk_runtime::shape::{FlatElem, FlatItem, List};
use std::collections::HashMap;

/// Writes the tables.
pub(super) struct Flattener<'m> {
    /// Layouts of the types.
    model: &'m Model,
    /// The shapes as trees.
    shapes: Shapes<'m>,
    /// The items of all lists, list after list.
    items: Vec<FlatItem>,
    /// The lists of the variants of all unions.
    variants: Vec<List>,
    /// Declared types that were written: each is written once, however often it
    /// is used.
    declared: HashMap<TypeId, FlatElem>,
}

impl<'m> Flattener<'m> {
    /// An empty table.
    pub(super) fn new(model: &'m Model) -> Self {
        let (items, variants, declared) = (Vec::new(), Vec::new(), HashMap::new());
        Self {
            model,
            shapes: Shapes::new(model),
            items,
            variants,
            declared,
        }
    }

    /// The items of a message, as a list of the table.
    pub(super) fn message(&mut self, message: &Message) -> Option<List> {
        let items = self.shapes.message(message)?;
        self.list(&items)
    }

    /// The items, and the lists of variants.
    pub(super) fn finish(self) -> (Vec<FlatItem>, Vec<List>) {
        (self.items, self.variants)
    }

    /// Writes a list after everything that its items refer to. The depth of the
    /// recursion is the nesting depth of types, which the model bounds.
    fn list(&mut self, items: &[Item]) -> Option<List> {
        let flat = items
            .iter()
            .map(|item| self.item(item))
            .collect::<Option<Vec<_>>>()?;
        append(&mut self.items, flat)
    }

    /// An item with what it refers to written before it.
    fn item(&mut self, item: &Item) -> Option<FlatItem> {
        Some(match item {
            Item::Zero(at, len) => FlatItem::Zero(*at, *len),
            Item::Str(at, max) => FlatItem::Str(*at, *max),
            Item::Bytes(at, max) => FlatItem::Bytes(*at, *max),
            Item::Seq(at, max, elem) => FlatItem::Seq(*at, *max, self.elem(elem)?),
            Item::Array(at, count, elem) => FlatItem::Array(*at, *count, self.elem(elem)?),
            Item::Union(at, Variants(variants)) => {
                let lists = variants
                    .iter()
                    .map(|items| self.list(items))
                    .collect::<Option<Vec<_>>>()?;
                FlatItem::Union(*at, append(&mut self.variants, lists)?)
            }
        })
    }

    /// The element of a sequence or array: size and alignment in bytes, and its
    /// items.
    ///
    ///
    /// A declared type may be the element of many sequences. It is written at
    /// its first use, and its list is referred to by the others.
    fn elem(&mut self, elem: &Elem) -> Option<FlatElem> {
        let id = match elem {
            Elem::Inline { size, align, items } => {
                return Some(FlatElem {
                    size: *size,
                    align: *align,
                    items: self.list(items)?,
                });
            }
            Elem::Named(id) => *id,
        };
        if let Some(known) = self.declared.get(&id) {
            return Some(*known);
        }
        let layout = self.model.type_def(id).layout?;
        let items = self.shapes.declared(id)?;
        let elem = FlatElem {
            size: u32::try_from(layout.size).ok()?,
            align: layout.align,
            items: self.list(&items)?,
        };
        self.declared.insert(id, elem);
        Some(elem)
    }
}

/// Adds a list to a table, and says where it is. The empty list needs no place.
fn append<T>(table: &mut Vec<T>, list: Vec<T>) -> Option<List> {
    if list.is_empty() {
        return Some(List::default());
    }
    let place = List {
        first: u32::try_from(table.len()).ok()?,
        len: u32::try_from(list.len()).ok()?,
    };
    table.extend(list);
    Some(place)
}
