//! Lays out types and messages: offsets, sizes, arena bounds, handle counts (E204, E206, W404).
//! Source: `docs/wire.md` §1–§6.
use super::handles::{in_sequence, is_handle, misplaced};
use crate::model::index;
use crate::model::{
    Field, Layout, Message, Method, Model, PackageId, PointerWidth, Type, TypeDef, TypeDefKind,
    TypeId,
};
use crate::options::limits::{Limits, raise};
use crate::text::codes::Code;
use crate::text::diagnostic::Findings;
use crate::text::diagnostic::{Diagnostic, Place};

/// For each package, the positions of its types in an order in which every type stands after those it contains.
pub(crate) type TypeOrder = Vec<Vec<usize>>;

/// A chunk descriptor, `nk_ptr_t` (`docs/wire.md` §1).
const POINTER: Layout = Layout {
    size: 8,
    align: 4,
    arena: 0,
    arena_padded: 0,
};
/// A union's tag.
const TAG: Layout = Layout {
    size: 4,
    align: 4,
    arena: 0,
    arena_padded: 0,
};

/// A handle descriptor: handle, rights, and a badge as wide as a pointer (`docs/wire.md` §1): 16 bytes at a multiple of 8, or 12 at a
/// multiple of 4.
#[must_use]
pub const fn handle(pointers: PointerWidth) -> Layout {
    Layout {
        size: 8 + pointers.bytes() as u64,
        align: pointers.bytes(),
        arena: 0,
        arena_padded: 0,
    }
}

/// A message's header: RIID, MID, the `ex` word, and a handle descriptor (`docs/wire.md` §1).
#[must_use]
pub const fn header(pointers: PointerWidth) -> Layout {
    let handle = handle(pointers);
    Layout {
        size: 8 + handle.size,
        align: handle.align,
        arena: 0,
        arena_padded: 0,
    }
}

impl Model {
    /// The layout of a type; `None` when it depends on an external name or on something that is reported.
    #[must_use]
    pub fn layout_of(&self, ty: &Type) -> Option<Layout> {
        Some(match ty {
            Type::Int(int) => {
                let size = int.size_on(self.pointer_width);
                Layout {
                    size: size.into(),
                    align: size,
                    ..Layout::default()
                }
            }
            Type::Handle | Type::TypedHandle(_) => handle(self.pointer_width),
            Type::Bytes(n) => chunk(u64::from(*n), 1, 0),
            Type::String(n) => chunk(u64::from(*n) + 1, 1, 0),
            Type::Sequence(element, n) => {
                let (element, n) = (self.layout_of(element)?, u64::from(*n));
                let inner = chunk(
                    n.saturating_mul(element.size),
                    element.align,
                    n.saturating_mul(element.arena_padded),
                );
                Layout {
                    arena: n.saturating_mul(element.size.saturating_add(element.arena)),
                    ..inner
                }
            }
            Type::Array(element, n) => {
                let (element, n) = (self.layout_of(element)?, u64::from(*n));
                Layout {
                    size: n.saturating_mul(element.size),
                    align: element.align,
                    arena: n.saturating_mul(element.arena),
                    arena_padded: n.saturating_mul(element.arena_padded),
                }
            }
            Type::Named(id) => self.type_def(*id).layout?,
            Type::External(_) | Type::Wrong => return None,
        })
    }

    /// How many handles a parameter of this type carries.
    #[must_use]
    pub fn handles_in(&self, ty: &Type) -> u64 {
        match self.strip(ty) {
            Type::Handle | Type::TypedHandle(_) => 1,
            Type::Array(element, n) => self.handles_in(element).saturating_mul(u64::from(*n)),
            _ => 0,
        }
    }
}

/// A descriptor and the chunk behind it: its bytes, what aligning it may cost, and `inner` bytes of further chunks.
fn chunk(bytes: u64, align: u32, inner: u64) -> Layout {
    let padded = bytes
        .saturating_add(u64::from(align - 1))
        .saturating_add(inner);
    Layout {
        arena: bytes,
        arena_padded: padded,
        ..POINTER
    }
}

/// The next multiple of `align` from `offset` on.
fn aligned(offset: u64, align: u32) -> u64 {
    offset
        .checked_next_multiple_of(u64::from(align))
        .unwrap_or(u64::MAX)
}

/// Lays out all types in the given order, then all messages.
pub(crate) fn lay_out(
    model: &mut Model,
    order: &TypeOrder,
    limits: &Limits,
    findings: &mut Findings,
) {
    for (position, sequence) in order.iter().enumerate() {
        for &number in sequence {
            lay_out_type(
                model,
                TypeId {
                    package: PackageId::at(position),
                    index: index(number),
                },
                findings,
            );
        }
    }
    for position in 0..model.packages.len() {
        lay_out_interface(model, PackageId::at(position), limits, findings);
    }
}

fn lay_out_type(model: &mut Model, id: TypeId, findings: &mut Findings) {
    let ty = model.type_def(id);
    let laid_out = match &ty.kind {
        TypeDefKind::Alias(target) => model.layout_of(target).map(|layout| (layout, Vec::new())),
        TypeDefKind::Struct(fields) => structure(model, fields),
        TypeDefKind::Union(variants) => union(model, variants),
    };
    let Some((layout, offsets)) = laid_out else {
        return;
    };
    if layout.size > u64::from(u32::MAX) {
        let message = format!(
            "type `{}` takes {} bytes; no message can hold it",
            ty.name,
            bytes(layout.size)
        );
        findings.push(
            Diagnostic::new(Code::MESSAGE_LIMIT, message, ty.place)
                .help("use `bytes<>` or `sequence<>`"),
        );
        return;
    }
    let ty = &mut model.packages[id.package.0 as usize].types[id.index as usize];
    ty.layout = Some(layout);
    set_offsets(ty, &offsets);
}

fn set_offsets(ty: &mut TypeDef, offsets: &[u32]) {
    if let TypeDefKind::Struct(fields) | TypeDefKind::Union(fields) = &mut ty.kind {
        for (field, offset) in fields.iter_mut().zip(offsets) {
            field.offset = *offset;
        }
    }
}

/// Natural C alignment: each field at the next multiple of its alignment (`docs/wire.md` §2). With the offsets of the fields.
fn structure(model: &Model, fields: &[Field]) -> Option<(Layout, Vec<u32>)> {
    let layouts: Option<Vec<Layout>> = fields
        .iter()
        .map(|field| model.layout_of(&field.ty))
        .collect();
    let layouts = layouts?;
    let (layout, offsets) = sequential(
        Layout {
            align: 1,
            ..Layout::default()
        },
        &layouts,
    );
    Some((layout, offsets))
}

/// Places members one after the other behind what is there.
fn sequential(mut whole: Layout, members: &[Layout]) -> (Layout, Vec<u32>) {
    let mut offsets = Vec::with_capacity(members.len());
    for member in members {
        let offset = aligned(whole.size, member.align);
        // an offset beyond 32 bits only occurs in a type that is refused for its size
        offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
        whole.size = offset.saturating_add(member.size);
        whole.align = whole.align.max(member.align);
        whole.arena = whole.arena.saturating_add(member.arena);
        whole.arena_padded = whole.arena_padded.saturating_add(member.arena_padded);
    }
    whole.size = aligned(whole.size, whole.align);
    (whole, offsets)
}

/// A tag, then the variants over each other at the largest alignment of any (`docs/wire.md` §2); the arena is that of the largest.
fn union(model: &Model, variants: &[Field]) -> Option<(Layout, Vec<u32>)> {
    let layouts: Option<Vec<Layout>> = variants
        .iter()
        .map(|variant| model.layout_of(&variant.ty))
        .collect();
    let layouts = layouts?;
    let largest = |part: fn(&Layout) -> u64| layouts.iter().map(part).max().unwrap_or(0);
    let align = layouts.iter().map(|layout| layout.align).max().unwrap_or(1);
    let data = aligned(TAG.size, align);
    let whole = Layout {
        size: aligned(
            data.saturating_add(largest(|layout| layout.size)),
            align.max(TAG.align),
        ),
        align: align.max(TAG.align),
        arena: largest(|layout| layout.arena),
        arena_padded: largest(|layout| layout.arena_padded),
    };
    Some((
        whole,
        vec![u32::try_from(data).unwrap_or(u32::MAX); variants.len()],
    ))
}

fn lay_out_interface(model: &mut Model, id: PackageId, limits: &Limits, findings: &mut Findings) {
    // taken out so that the messages can be filled in while the types are read
    let Some(mut interface) = model.packages[id.0 as usize].interface.take() else {
        return;
    };
    for method in &mut interface.methods {
        lay_out_method(model, method, limits, findings);
    }
    model.packages[id.0 as usize].interface = Some(interface);
}

fn lay_out_method(model: &Model, method: &mut Method, limits: &Limits, findings: &mut Findings) {
    let (name, place) = (&method.name, method.place);
    let messages = [
        ("request", &mut method.request),
        ("response", &mut method.response),
        ("error", &mut method.error),
    ];
    for (direction, message) in messages {
        let wrong = message
            .params
            .iter()
            .filter(|param| in_sequence(model, &param.ty));
        findings.extend(wrong.map(|param| misplaced("sequence", param.place)));
        lay_out_message(
            model,
            message,
            (place, &format!("the {direction} of `{name}`")),
            limits,
            findings,
        );
    }
}

/// Places the parameters of one direction behind the header, handles first (`docs/wire.md` §3), and checks the limits of `docs/wire.md` §5.
fn lay_out_message(
    model: &Model,
    message: &mut Message,
    (place, what): (Place, &str),
    limits: &Limits,
    findings: &mut Findings,
) {
    let handles: u64 = message
        .params
        .iter()
        .map(|param| model.handles_in(&param.ty))
        .fold(0, u64::saturating_add);
    if handles > limits.handles {
        let message = format!("{what} carries {handles} handles, limit {}", limits.handles);
        findings.push(
            Diagnostic::new(Code::MESSAGE_LIMIT, message, place).help("send them in several calls"),
        );
        return;
    }
    message.handles = u8::try_from(handles).unwrap_or(u8::MAX);
    let order = wire_order(model, &message.params);
    let layouts: Option<Vec<Layout>> = order
        .iter()
        .map(|at| model.layout_of(&message.params[*at].ty))
        .collect();
    let Some(layouts) = layouts else { return };
    let (layout, offsets) = sequential(header(model.pointer_width), &layouts);
    if layout.size > limits.constant_part {
        let large = order
            .iter()
            .zip(&layouts)
            .max_by_key(|(_, layout)| layout.size);
        let place = large.map_or(place, |(at, _)| message.params[*at].place);
        let (size, limit) = (bytes(layout.size), limits.constant_part);
        let message = format!("the constant part of {what} takes {size} bytes, limit {limit}");
        findings.push(
            Diagnostic::new(Code::MESSAGE_LIMIT, message, place)
                .help("use `bytes<>` or `sequence<>`"),
        );
        return;
    }
    for (at, offset) in order.into_iter().zip(offsets) {
        message.params[at].offset = offset;
    }
    message.layout = Some(layout);
    let most = layout.size.saturating_add(layout.arena);
    if most > limits.message {
        let (most, limit) = (bytes(most), limits.message);
        let message = format!("{what} may take {most} bytes; the kernel carries {limit} at most");
        let help = format!(
            "smaller bounds say what can really be sent; otherwise {}",
            raise("message")
        );
        findings.push(Diagnostic::new(Code::MESSAGE_TOO_LARGE, message, place).help(help));
    }
}

/// The positions of the parameters as they stand in a message: handles in declaration order, then the others.
fn wire_order(model: &Model, params: &[Field]) -> Vec<usize> {
    let (handles, others): (Vec<usize>, Vec<usize>) =
        (0..params.len()).partition(|at| is_handle(model, &params[*at].ty));
    [handles, others].concat()
}

/// A number of bytes; a saturated one is "at least".
fn bytes(size: u64) -> String {
    if size == u64::MAX {
        format!("more than {size}")
    } else {
        size.to_string()
    }
}
