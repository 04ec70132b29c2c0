//! Shapes as the image's flat table. Lists are written in post-order: what an
//! item refers to stands before the list that holds the item, so the loader can
//! prove that walking them ends.
use crate::model::shape::{Elem, Item, Shapes, Variants};
use crate::model::{Message, Model, TypeId};
use nk_runtime::shape::{FlatElem, FlatItem, List};
use std::collections::HashMap;

/// Writes the table.
pub(super) struct Flattener<'m> {
    model: &'m Model,
    shapes: Shapes<'m>,
    items: Vec<FlatItem>,
    variants: Vec<List>,
    /// Declared types are written once.
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

    /// The items of a message.
    pub(super) fn message(&mut self, message: &Message) -> Option<List> {
        let items = self.shapes.message(message)?;
        self.list(&items)
    }

    /// The items and the variant lists.
    pub(super) fn finish(self) -> (Vec<FlatItem>, Vec<List>) {
        (self.items, self.variants)
    }

    /// Depth of the recursion is the nesting depth of types, which the model
    /// bounds.
    fn list(&mut self, items: &[Item]) -> Option<List> {
        let flat = items
            .iter()
            .map(|item| self.item(item))
            .collect::<Option<Vec<_>>>()?;
        append(&mut self.items, flat)
    }

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

/// Adds a list to a table: where it stands.
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
