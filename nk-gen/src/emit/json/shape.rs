//! Shapes: what the structure check looks at.
use super::View;
use super::document::{Element, Item};
use crate::model::shape;

impl View<'_> {
    /// A list of items. Depth of the recursion is the nesting depth of types, which the model bounds.
    pub(super) fn items(&self, items: &[shape::Item]) -> Vec<Item> {
        items.iter().map(|item| self.item(item)).collect()
    }

    fn item(&self, item: &shape::Item) -> Item {
        match item {
            shape::Item::Zero(at, len) => Item::Zero { at: *at, len: *len },
            shape::Item::Str(at, max) => Item::String { at: *at, max: *max },
            shape::Item::Bytes(at, max) => Item::Bytes { at: *at, max: *max },
            shape::Item::Seq(at, max, elem) => Item::Sequence {
                at: *at,
                max: *max,
                element: self.element(elem),
            },
            shape::Item::Array(at, count, elem) => Item::Array {
                at: *at,
                count: *count,
                element: self.element(elem),
            },
            shape::Item::Union(at, shape::Variants(variants)) => Item::Union {
                at: *at,
                variants: variants.iter().map(|items| self.items(items)).collect(),
            },
        }
    }

    fn element(&self, element: &shape::Elem) -> Element {
        match element {
            shape::Elem::Named(id) => {
                let (size, align) = self
                    .shapes
                    .size_align(&crate::model::Type::Named(*id))
                    .unwrap_or_default();
                Element {
                    size,
                    align,
                    ty: Some(self.type_id(*id)),
                    items: None,
                }
            }
            shape::Elem::Inline { size, align, items } => Element {
                size: *size,
                align: *align,
                ty: None,
                items: Some(self.items(items)),
            },
        }
    }
}
