//! Messages of tests: the fields that are given, and zero or empty for all others, in the one strict encoding
//! (`docs/psl.md` §10, `docs/wire.md` §8).
use crate::model::{Field, Int, Message, Model, Type, TypeDefKind};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Entry, Prefix, Value, ValueKind};
use nk_grammar::syntax::Span;
use nk_runtime::message::{At, HEADER_SIZE, Writer};
use nk_runtime::{Full, Handle, Mid, Riid};
use nk_security::{Bytes, Sid};

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A message: constant part and arena.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    constant: Vec<u8>,
    arena: Vec<u8>,
    /// What the handles lead to, by slot.
    sids: Vec<Option<Sid>>,
}

impl Bytes for Memory {
    fn parts(&self) -> (&[u8], &[u8]) {
        (&self.constant, &self.arena)
    }
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.constant, &mut self.arena)
    }
    fn sids(&self) -> &[Option<Sid>] {
        &self.sids
    }
}

/// Bytes of a handle in a message.
const HANDLE: usize = 16;

/// The processes that values of a test can name.
pub(super) type Processes<'c> = dyn Fn(&str) -> Option<Sid> + 'c;

/// Which method a message is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address {
    pub(super) riid: Riid,
    pub(super) mid: Mid,
    pub(super) error: bool,
}

/// Why a message is not written: it is wrong, or needs more memory.
enum Stop {
    Wrong(Box<Diagnostic>),
    Full,
}

impl From<Full> for Stop {
    fn from(_: Full) -> Self {
        // lengths are checked against their bounds before anything is stored
        Self::Full
    }
}

type Written<T = ()> = std::result::Result<T, Stop>;

/// Bytes of arena that are tried first.
const FIRST_ARENA: usize = 1 << 10;

/// Writes a message with these fields; `here` is the event that it belongs to.
///
/// # Errors
/// What is wrong with the fields, at its place.
pub(super) fn write(
    model: &Model,
    message: &Message,
    address: Address,
    fields: Option<&Value>,
    processes: &Processes<'_>,
    here: Place,
) -> Result<Memory> {
    let known = message.layout.and_then(|layout| {
        let constant = u32::try_from(layout.size).ok()?;
        Some((constant, size(layout.arena_padded)))
    });
    let Some((constant, most)) = known else {
        let message = "the message depends on a description that was not found";
        return Err(error(message, here).into());
    };
    let table = nk_runtime::shape::Message::fixed(constant, message.handles, &[]);
    // what a test gives is small beside what the message may hold
    let mut arena = FIRST_ARENA.min(most);
    loop {
        let mut room = vec![0; (constant as usize).saturating_add(arena)];
        let scene = (model, here.file, processes);
        match encode(&mut room, &table, address, &message.params, fields, scene) {
            Ok(memory) => return Ok(memory),
            Err(Stop::Wrong(finding)) => return Err(finding),
            Err(Stop::Full) if arena < most => arena = arena.saturating_mul(2).min(most),
            Err(Stop::Full) => return Err(error("the message is too large", here).into()),
        }
    }
}

/// Writes a message into `room`.
fn encode(
    room: &mut [u8],
    table: &nk_runtime::shape::Message,
    Address { riid, mid, error }: Address,
    params: &[Field],
    fields: Option<&Value>,
    (model, file, processes): (&Model, FileId, &Processes<'_>),
) -> Written<Memory> {
    let mut encoder = Encoder {
        model,
        file,
        processes,
        out: Writer::new(room, table, riid.0, mid.0, error)?,
        sids: vec![None; table.handles.into()],
    };
    // chunks stand in the order of the constant part
    let mut params: Vec<&Field> = params.iter().collect();
    params.sort_by_key(|param| param.offset);
    encoder.fields(&params, At::START, fields, "the message")?;
    let (constant, arena) = encoder.out.finish(table);
    Ok(Memory {
        constant: constant.to_owned(),
        arena: arena.to_owned(),
        sids: encoder.sids,
    })
}

/// Writes values of a test by the types of the model, with the encoder that programs use.
struct Encoder<'m, 'b> {
    model: &'m Model,
    file: FileId,
    processes: &'m Processes<'m>,
    out: Writer<'b>,
    /// What the handles lead to, by slot.
    sids: Vec<Option<Sid>>,
}

impl Encoder<'_, '_> {
    /// Named values of a dictionary; what is not named is zero or empty.
    fn fields(&mut self, fields: &[&Field], at: At, value: Option<&Value>, of: &str) -> Written {
        let entries = self.entries(value)?;
        let named = |entry: &&Entry| !fields.iter().any(|field| field.name == entry.key.text);
        if let Some(other) = entries.iter().find(named) {
            return Err(self.no_such_field(fields, other, of));
        }
        for field in fields {
            let value = entries
                .iter()
                .find(|entry| entry.key.text == field.name)
                .map(|entry| &entry.value);
            self.value(&field.ty, at + field.offset as usize, value)?;
        }
        Ok(())
    }

    fn no_such_field(&self, fields: &[&Field], other: &Entry, of: &str) -> Stop {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let message = format!("{of} has no field `{}`", other.key.text);
        let mut finding = error(message, Place::new(self.file, other.key.span));
        finding.help = did_you_mean(&other.key.text, names.iter().copied())
            .or_else(|| (!names.is_empty()).then(|| format!("it has {}", quoted(&names))));
        Stop::Wrong(finding.into())
    }

    fn entries<'v>(&self, value: Option<&'v Value>) -> Written<&'v [Entry]> {
        match value.map(|value| (&value.kind, value.span)) {
            None | Some((ValueKind::Unit, _)) => Ok(&[]),
            Some((ValueKind::Dictionary(entries), _)) => Ok(entries),
            Some((_, span)) => self.refuse("expected `{ field : value, … }`", span),
        }
    }

    /// The depth of the recursion is that of the types, which the model bounds.
    fn value(&mut self, ty: &Type, at: At, value: Option<&Value>) -> Written {
        let model = self.model;
        match model.strip(ty) {
            Type::Int(int) => self.integer(*int, at, value),
            Type::Handle | Type::TypedHandle(_) => self.handle(at, value),
            Type::Bytes(most) => self.bytes(*most, at, value),
            Type::String(most) => self.string(*most, at, value),
            Type::Sequence(element, most) => self.sequence(element, *most, at, value),
            Type::Array(element, count) => {
                let values = self.list(value, *count)?;
                self.elements(element, at, values, *count as usize)
            }
            Type::Named(id) => match &model.type_def(*id).kind {
                TypeDefKind::Struct(fields) => {
                    let fields: Vec<&Field> = fields.iter().collect();
                    self.fields(&fields, at, value, "the structure")
                }
                TypeDefKind::Union(variants) => self.union(variants, at, value),
                TypeDefKind::Alias(_) => Ok(()),
            },
            Type::External(_) | Type::Wrong => Ok(()),
        }
    }

    fn sequence(&mut self, element: &Type, most: u32, at: At, value: Option<&Value>) -> Written {
        let values = self.list(value, most)?;
        let layout = self.model.layout_of(element).unwrap_or_default();
        let bytes = values.len().saturating_mul(size(layout.size));
        let start = self.out.reserve(at, bytes, layout.align.max(1) as usize)?;
        self.elements(element, start, values, values.len())
    }

    fn elements(&mut self, ty: &Type, at: At, values: &[Value], count: usize) -> Written {
        let step = size(self.model.layout_of(ty).unwrap_or_default().size);
        (0..count).try_for_each(|number| {
            self.value(ty, at + number.saturating_mul(step), values.get(number))
        })
    }

    /// `{ variant : value }`; the first variant when none is named.
    fn union(&mut self, variants: &[Field], at: At, value: Option<&Value>) -> Written {
        let chosen = match self.entries(value)? {
            [] => None,
            [only] => Some(only),
            [_, second, ..] => return self.refuse("a union holds one variant", second.key.span),
        };
        let tag = chosen.map_or(Some(0), |entry| {
            variants
                .iter()
                .position(|field| field.name == entry.key.text)
        });
        let Some((tag, variant)) = tag.and_then(|tag| Some((tag, variants.get(tag)?))) else {
            let span = chosen.map_or(Span::default(), |entry| entry.key.span);
            let names: Vec<&str> = variants.iter().map(|one| one.name.as_str()).collect();
            let finding = error("the union has no such variant", Place::new(self.file, span));
            let help = format!("it has {}", quoted(&names));
            return Err(Stop::Wrong(finding.help(help).into()));
        };
        self.out.u32(at, u32::try_from(tag).unwrap_or(u32::MAX));
        let value = chosen.map(|entry| &entry.value);
        self.value(&variant.ty, at + variant.offset as usize, value)
    }

    /// `{ handle : sid, rights : mask }`: a handle to the resource with this SID, or to the process of this variable. Without
    /// a value it is the invalid one.
    fn handle(&mut self, at: At, value: Option<&Value>) -> Written {
        let entries = self.entries(value)?;
        let known = |entry: &&Entry| !["handle", "rights"].contains(&entry.key.text.as_str());
        if let Some(other) = entries.iter().find(known) {
            return self.refuse("a handle has `handle` and `rights`", other.key.span);
        }
        let named = |name: &str| {
            entries
                .iter()
                .find(|entry| entry.key.text == name)
                .map(|entry| &entry.value)
        };
        let Some(to) = named("handle") else {
            self.out.handle(at, Handle::INVALID);
            return match named("rights") {
                Some(rights) => self.refuse("the invalid handle has no rights", rights.span),
                None => Ok(()),
            };
        };
        let sid = self.resource(to)?;
        // handles stand right behind the header (`docs/wire.md` §3)
        let slot = at.0.saturating_sub(HEADER_SIZE).checked_div(HANDLE);
        if let Some(slot) = slot.and_then(|slot| self.sids.get_mut(slot)) {
            *slot = Some(sid);
        }
        // the number itself says nothing to a policy
        self.out.u32(at, 1);
        self.integer(Int::U32, at + 4, named("rights"))
    }

    /// What a handle of a test leads to.
    fn resource(&self, to: &Value) -> Written<Sid> {
        let sid = match &to.kind {
            ValueKind::Path(name) => (self.processes)(&name.text),
            _ => number(to)
                .and_then(|number| u64::try_from(number).ok())
                .map(Sid),
        };
        let expected = "expected the SID of a resource, from 1 on, or a process of the test";
        sid.filter(|sid| sid.0 != 0)
            .map_or_else(|| self.refuse(expected, to.span), Ok)
    }

    fn integer(&mut self, int: Int, at: At, value: Option<&Value>) -> Written {
        let Some(value) = value else { return Ok(()) };
        let number = match (&value.kind, number(value)) {
            (ValueKind::Path(path), _) if path.text == "true" => 1,
            (ValueKind::Path(path), _) if path.text == "false" => 0,
            (_, Some(number)) => number,
            _ => return self.refuse("expected a number", value.span),
        };
        if !range(int).contains(&number) {
            let message = format!("{number} is outside of the range of `{}`", int.name());
            return self.refuse(&message, value.span);
        }
        let bytes = number.to_le_bytes();
        let used = bytes.get(..size(int.size().into())).unwrap_or(&bytes);
        self.out.in_place(at, used);
        Ok(())
    }

    /// A text, or numbers.
    fn bytes(&mut self, most: u32, at: At, value: Option<&Value>) -> Written {
        let bytes: Vec<u8> = if let Some(ValueKind::Text(text)) = value.map(|value| &value.kind) {
            text.bytes().collect()
        } else {
            let byte = |value: &Value| {
                let byte = number(value).and_then(|number| u8::try_from(number).ok());
                byte.map_or_else(|| self.refuse("expected 0 to 255", value.span), Ok)
            };
            let values = self.list(value, most)?;
            values.iter().map(byte).collect::<Written<_>>()?
        };
        self.check_length(bytes.len(), most, value)?;
        Ok(self.out.bytes(at, &bytes, most)?)
    }

    fn string(&mut self, most: u32, at: At, value: Option<&Value>) -> Written {
        let text = match value.map(|value| (&value.kind, value.span)) {
            None => "",
            Some((ValueKind::Text(text), span)) if text.contains('\0') => {
                return self.refuse("a text in a message holds no NUL", span);
            }
            Some((ValueKind::Text(text), _)) => text,
            Some((_, span)) => return self.refuse("expected a text", span),
        };
        self.check_length(text.len(), most, value)?;
        Ok(self.out.str(at, text, most)?)
    }

    fn check_length(&self, length: usize, most: u32, value: Option<&Value>) -> Written {
        match value {
            Some(value) if length > most as usize => self.refuse(
                &format!("{length} bytes are more than the limit of {most}"),
                value.span,
            ),
            _ => Ok(()),
        }
    }

    fn list<'v>(&self, value: Option<&'v Value>, most: u32) -> Written<&'v [Value]> {
        match value.map(|value| (&value.kind, value.span)) {
            None => Ok(&[]),
            Some((ValueKind::List(values), _)) if values.len() <= most as usize => Ok(values),
            Some((ValueKind::List(values), span)) => {
                let length = values.len();
                let message = format!("{length} elements are more than the limit of {most}");
                self.refuse(&message, span)
            }
            Some((_, span)) => self.refuse("expected a list, `[ … ]`", span),
        }
    }

    fn refuse<T>(&self, message: &str, span: Span) -> Written<T> {
        let finding = error(message, Place::new(self.file, span));
        Err(Stop::Wrong(finding.into()))
    }
}

/// The values of an integer type.
fn range(int: Int) -> std::ops::RangeInclusive<i128> {
    let bits = 8 * int.size();
    if int.signed() {
        -(1_i128 << (bits - 1))..=(1_i128 << (bits - 1)) - 1
    } else {
        0..=(1_i128 << bits) - 1
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn number(value: &Value) -> Option<i128> {
    match &value.kind {
        ValueKind::Integer(number) => number.and_then(|number| i128::try_from(number).ok()),
        ValueKind::Prefix(Prefix::Minus, operand) => self::number(operand)?.checked_neg(),
        _ => None,
    }
}

/// A mistake in a test.
pub(super) fn error(message: impl Into<String>, here: Place) -> Diagnostic {
    Diagnostic::new(Code::POLICY_TEST, message, here)
}
