//! What the structure check must look at, derived from the layouts: strings, bytes, sequences, unions, and padding.
//!
//! Backends turn these trees into tables (Rust constants, the image's flat table). A declared struct or union appears as
//! [`Elem::Named`], so that a table holds it once.
use crate::model::{Field, Message, Model, PackageId, Type, TypeDefKind, TypeId};
use nk_runtime::shape::Form;
use std::collections::HashMap;

/// Where the parameters of a message begin.
const HEADER_SIZE: u32 = 24;

/// Shapes as trees, whose element types may be names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {}

impl Form for Tree {
    type Elem = Elem;
    type Variants = Variants;
}

/// The items of each variant of a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variants(pub Vec<Vec<Item>>);

/// Something that needs checking; a union stands only at the top of a declared union's own items.
pub type Item = nk_runtime::shape::Item<Tree>;

/// An element type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elem {
    /// A declared struct or union.
    Named(TypeId),
    /// Anything else.
    Inline {
        /// Bytes.
        size: u32,
        /// Alignment.
        align: u32,
        /// What in it needs checking.
        items: Vec<Item>,
    },
}

/// Derives shapes from a model.
#[derive(Debug)]
pub struct Shapes<'m> {
    model: &'m Model,
    /// Which declared types need checking; asked often, so worked out once.
    checked: HashMap<TypeId, bool>,
}

impl<'m> Shapes<'m> {
    /// Looks at every declared type once.
    #[must_use]
    pub fn new(model: &'m Model) -> Self {
        let mut shapes = Self {
            model,
            checked: HashMap::new(),
        };
        for (package, p) in (0..).map(PackageId).zip(&model.packages) {
            for index in (0..).take(p.types.len()) {
                shapes.note(TypeId { package, index });
            }
        }
        shapes
    }
    /// Depth of the recursion is the nesting depth of types, which the model bounds.
    fn note(&mut self, id: TypeId) -> bool {
        if let Some(known) = self.checked.get(&id) {
            return *known;
        }
        let def = self.model.type_def(id);
        let checked = match &def.kind {
            TypeDefKind::Alias(_) => false,
            TypeDefKind::Union(_) => true,
            TypeDefKind::Struct(fields) => {
                let parts: u64 = fields
                    .iter()
                    .filter_map(|f| self.size_align(&f.ty))
                    .map(|(size, _)| u64::from(size))
                    .sum();
                let padded = def.layout.is_some_and(|l| l.size != parts);
                fields
                    .iter()
                    .fold(padded, |any, f| self.note_type(&f.ty) || any)
            }
        };
        self.checked.insert(id, checked);
        checked
    }
    fn note_type(&mut self, ty: &Type) -> bool {
        match self.model.strip(ty) {
            Type::Named(id) => self.note(*id),
            Type::Array(elem, _) => self.note_type(elem),
            Type::Int(_)
            | Type::Handle
            | Type::TypedHandle(_)
            | Type::External(_)
            | Type::Wrong => false,
            Type::Bytes(_) | Type::String(_) | Type::Sequence(..) => true,
        }
    }

    /// What a message needs; `None` when it has no layout (external).
    #[must_use]
    pub fn message(&self, message: &Message) -> Option<Vec<Item>> {
        let layout = message.layout?;
        self.fields(
            &message.params,
            HEADER_SIZE,
            u32::try_from(layout.size).ok()?,
        )
    }

    /// What a declared struct or union needs; `None` for aliases and for types without a layout.
    #[must_use]
    pub fn declared(&self, id: TypeId) -> Option<Vec<Item>> {
        let def = self.model.type_def(id);
        let size = u32::try_from(def.layout?.size).ok()?;
        match &def.kind {
            TypeDefKind::Alias(_) => None,
            TypeDefKind::Struct(fields) => self.fields(fields, 0, size),
            TypeDefKind::Union(variants) => {
                // the tag is 4 bytes; a variant's items begin behind it
                let variants: Option<Vec<_>> = variants
                    .iter()
                    .map(|v| self.fields(std::slice::from_ref(v), 4, size))
                    .collect();
                Some(vec![Item::Union(0, Variants(variants?))])
            }
        }
    }

    /// Size and alignment of a type.
    #[must_use]
    pub fn size_align(&self, ty: &Type) -> Option<(u32, u32)> {
        Some(match self.model.strip(ty) {
            Type::Int(int) => (int.size(), int.size()),
            Type::Handle | Type::TypedHandle(_) => (16, 8),
            Type::Bytes(_) | Type::String(_) | Type::Sequence(..) => (8, 4),
            Type::Array(elem, n) => {
                let (size, align) = self.size_align(elem)?;
                (size.checked_mul(*n)?, align)
            }
            Type::Named(id) => {
                let layout = self.model.type_def(*id).layout?;
                (u32::try_from(layout.size).ok()?, layout.align)
            }
            Type::External(_) | Type::Wrong => return None,
        })
    }

    /// Items of fields in layout order, with the gaps between them; `from` is where the first gap may begin.
    fn fields(&self, fields: &[Field], from: u32, size: u32) -> Option<Vec<Item>> {
        let mut fields: Vec<&Field> = fields.iter().collect();
        fields.sort_by_key(|f| f.offset);
        let (mut items, mut end) = (Vec::new(), from);
        for field in fields {
            gap(&mut items, end, field.offset);
            items.extend(self.field(&field.ty, field.offset)?);
            end = field.offset.checked_add(self.size_align(&field.ty)?.0)?;
        }
        gap(&mut items, end, size);
        Some(items)
    }

    /// What a field of this type needs: nothing or one item. `None` when it has no layout.
    fn field(&self, ty: &Type, at: u32) -> Option<Vec<Item>> {
        let item = match self.model.strip(ty) {
            Type::String(max) => Some(Item::Str(at, *max)),
            Type::Bytes(max) => Some(Item::Bytes(at, *max)),
            Type::Sequence(elem, max) if self.is_byte(elem) => Some(Item::Bytes(at, *max)),
            Type::Sequence(elem, max) => Some(Item::Seq(at, *max, self.elem(elem)?)),
            Type::Array(elem, count) if self.needs_check(elem) => {
                Some(Item::Array(at, *count, self.elem(elem)?))
            }
            Type::Named(id) if self.needs_check(ty) => Some(Item::Array(at, 1, Elem::Named(*id))),
            Type::Int(_)
            | Type::Handle
            | Type::TypedHandle(_)
            | Type::Array(..)
            | Type::Named(_) => None,
            Type::External(_) | Type::Wrong => return None,
        };
        Some(item.into_iter().collect())
    }

    /// A type as the element of a sequence or array. An array there always has its item, even when nothing in it needs
    /// checking: the writer finds the inner element's size in it.
    #[must_use]
    pub fn elem(&self, ty: &Type) -> Option<Elem> {
        let (size, align) = self.size_align(ty)?;
        Some(match self.model.strip(ty) {
            Type::Named(id) => Elem::Named(*id),
            Type::Array(inner, count) => {
                let items = vec![Item::Array(0, *count, self.elem(inner)?)];
                Elem::Inline { size, align, items }
            }
            _ => Elem::Inline {
                size,
                align,
                items: self.field(ty, 0)?,
            },
        })
    }

    /// Whether `sequence` of it is the same as `bytes`.
    #[must_use]
    pub fn is_byte(&self, ty: &Type) -> bool {
        matches!(self.model.strip(ty), Type::Int(crate::model::Int::U8))
    }

    fn needs_check(&self, ty: &Type) -> bool {
        match self.model.strip(ty) {
            Type::Named(id) => self.checked.get(id).copied().unwrap_or(true),
            Type::Array(elem, _) => self.needs_check(elem),
            Type::Int(_)
            | Type::Handle
            | Type::TypedHandle(_)
            | Type::External(_)
            | Type::Wrong => false,
            Type::Bytes(_) | Type::String(_) | Type::Sequence(..) => true,
        }
    }
}

fn gap(items: &mut Vec<Item>, from: u32, to: u32) {
    if let Some(len) = to.checked_sub(from).filter(|len| *len > 0) {
        items.push(Item::Zero(from, len));
    }
}
