//! Messages of tests: the fields that are given, and zero or empty for all others, in the one strict encoding
//! (`spec/psl-runtime.md` part C, design §3).
use crate::model::{Field, Int, Message, Model, Type, TypeDefKind};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Entry, Prefix, Value, ValueKind};
use nk_grammar::syntax::Span;
use nk_runtime::message::{Ex, HEADER_SIZE};
use nk_runtime::{Handle, Mid, Riid};
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

/// Writes a message with these fields; `here` is the event that it belongs to.
pub(super) fn write(
    model: &Model,
    message: &Message,
    address: Address,
    fields: Option<&Value>,
    processes: &Processes<'_>,
    here: Place,
) -> Result<Memory> {
    let size = message
        .layout
        .and_then(|layout| u32::try_from(layout.size).ok());
    let size = size.ok_or_else(|| {
        error(
            "the message depends on a description that was not found",
            here,
        )
    })?;
    let mut writer = Writer {
        model,
        file: here.file,
        memory: Memory::default(),
        processes,
    };
    writer.memory.sids = vec![None; message.handles.into()];
    writer.memory.constant = vec![0; size as usize];
    let ex = Ex::new(size, message.handles, address.error);
    writer.store(Region::Constant, 0, &address.riid.0.to_le_bytes());
    writer.store(Region::Constant, 2, &address.mid.0.to_le_bytes());
    writer.store(Region::Constant, 4, &ex.0.to_le_bytes());
    // chunks stand in the order of the constant part
    let mut params: Vec<&Field> = message.params.iter().collect();
    params.sort_by_key(|param| param.offset);
    writer.fields(&params, Region::Constant, 0, fields, "the message")?;
    Ok(writer.memory)
}

#[derive(Debug, Clone, Copy)]
enum Region {
    Constant,
    Arena,
}

struct Writer<'m> {
    model: &'m Model,
    file: FileId,
    memory: Memory,
    processes: &'m Processes<'m>,
}

impl Writer<'_> {
    fn store(&mut self, region: Region, at: usize, bytes: &[u8]) {
        let memory = match region {
            Region::Constant => &mut self.memory.constant,
            Region::Arena => &mut self.memory.arena,
        };
        if let Some(there) = memory.get_mut(at..at + bytes.len()) {
            there.copy_from_slice(bytes);
        }
    }

    /// Named values of a dictionary; what is not named is zero or empty.
    fn fields(
        &mut self,
        fields: &[&Field],
        region: Region,
        at: usize,
        value: Option<&Value>,
        of: &str,
    ) -> Result<()> {
        let entries = self.entries(value)?;
        if let Some(other) = entries
            .iter()
            .find(|entry| !fields.iter().any(|field| field.name == entry.key.text))
        {
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            let message = format!("{of} has no field `{}`", other.key.text);
            let mut finding = Diagnostic::new(
                Code::POLICY_TEST,
                message,
                Place::new(self.file, other.key.span),
            );
            finding.help = did_you_mean(&other.key.text, names.iter().copied())
                .or_else(|| (!names.is_empty()).then(|| format!("it has {}", quoted(&names))));
            return Err(Box::new(finding));
        }
        for field in fields {
            let value = entries
                .iter()
                .find(|entry| entry.key.text == field.name)
                .map(|entry| &entry.value);
            self.value(&field.ty, region, at + field.offset as usize, value)?;
        }
        Ok(())
    }

    fn entries<'v>(&self, value: Option<&'v Value>) -> Result<&'v [Entry]> {
        match value.map(|value| (&value.kind, value.span)) {
            None | Some((ValueKind::Unit, _)) => Ok(&[]),
            Some((ValueKind::Dictionary(entries), _)) => Ok(entries),
            Some((_, span)) => self.refuse("expected `{ field : value, … }`", span),
        }
    }

    /// The depth of the recursion is that of the types, which the model bounds.
    fn value(&mut self, ty: &Type, region: Region, at: usize, value: Option<&Value>) -> Result<()> {
        let model = self.model;
        match model.strip(ty) {
            Type::Int(int) => self.integer(*int, region, at, value),
            Type::Handle | Type::TypedHandle(_) => self.handle(region, at, value),
            Type::Bytes(most) => self.bytes(*most, region, at, value),
            Type::String(most) => self.string(*most, region, at, value),
            Type::Sequence(element, most) => {
                let values = self.list(value, *most)?;
                let layout = model.layout_of(element).unwrap_or_default();
                let start = self.chunk(region, at, values.len() * size(layout.size), layout.align);
                self.elements(element, Region::Arena, start, values, values.len())
            }
            Type::Array(element, count) => {
                let values = self.list(value, *count)?;
                self.elements(element, region, at, values, *count as usize)
            }
            Type::Named(id) => match &model.type_def(*id).kind {
                TypeDefKind::Struct(fields) => {
                    let fields: Vec<&Field> = fields.iter().collect();
                    self.fields(&fields, region, at, value, "the structure")
                }
                TypeDefKind::Union(variants) => self.union(variants, region, at, value),
                TypeDefKind::Alias(_) => Ok(()),
            },
            Type::External(_) | Type::Wrong => Ok(()),
        }
    }

    fn elements(
        &mut self,
        ty: &Type,
        region: Region,
        at: usize,
        values: &[Value],
        count: usize,
    ) -> Result<()> {
        let step = size(self.model.layout_of(ty).unwrap_or_default().size);
        (0..count)
            .try_for_each(|number| self.value(ty, region, at + number * step, values.get(number)))
    }

    /// `{ variant : value }`; the first variant when none is named.
    fn union(
        &mut self,
        variants: &[Field],
        region: Region,
        at: usize,
        value: Option<&Value>,
    ) -> Result<()> {
        let entries = self.entries(value)?;
        let chosen = match entries {
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
            let names: Vec<&str> = variants
                .iter()
                .map(|variant| variant.name.as_str())
                .collect();
            let finding = Diagnostic::new(
                Code::POLICY_TEST,
                "the union has no such variant",
                Place::new(self.file, span),
            );
            return Err(Box::new(finding.help(format!("it has {}", quoted(&names)))));
        };
        self.store(
            region,
            at,
            &u32::try_from(tag).unwrap_or(u32::MAX).to_le_bytes(),
        );
        self.value(
            &variant.ty,
            region,
            at + variant.offset as usize,
            chosen.map(|entry| &entry.value),
        )
    }

    /// `{ handle : sid, rights : mask }`: a handle to the resource with this SID, or to the process of this variable. Without
    /// a value it is the invalid one.
    fn handle(&mut self, region: Region, at: usize, value: Option<&Value>) -> Result<()> {
        let entries = self.entries(value)?;
        if let Some(other) = entries
            .iter()
            .find(|entry| !["handle", "rights"].contains(&entry.key.text.as_str()))
        {
            return self.refuse("a handle has `handle` and `rights`", other.key.span);
        }
        let named = |name: &str| {
            entries
                .iter()
                .find(|entry| entry.key.text == name)
                .map(|entry| &entry.value)
        };
        let Some(to) = named("handle") else {
            let invalid = Handle::INVALID;
            self.store(region, at, &invalid.handle.to_le_bytes());
            return match named("rights") {
                Some(rights) => self.refuse("the invalid handle has no rights", rights.span),
                None => Ok(()),
            };
        };
        let sid = match &to.kind {
            ValueKind::Path(name) => (self.processes)(&name.text),
            _ => number(to)
                .and_then(|number| u64::try_from(number).ok())
                .map(Sid),
        };
        let Some(sid) = sid.filter(|sid| sid.0 != 0) else {
            return self.refuse(
                "expected the SID of a resource, from 1 on, or a process of the test",
                to.span,
            );
        };
        // handles stand right behind the header (`spec/idl.md` §9.4)
        if let Some(slot) = self.memory.sids.get_mut((at - HEADER_SIZE) / HANDLE) {
            *slot = Some(sid);
        }
        // the number itself says nothing to a policy
        self.store(region, at, &1_u32.to_le_bytes());
        self.integer(Int::U32, region, at + 4, named("rights"))
    }

    fn integer(
        &mut self,
        int: Int,
        region: Region,
        at: usize,
        value: Option<&Value>,
    ) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        let number = match (&value.kind, number(value)) {
            (ValueKind::Path(path), _) if path.text == "true" => 1,
            (ValueKind::Path(path), _) if path.text == "false" => 0,
            (_, Some(number)) => number,
            _ => return self.refuse("expected a number", value.span),
        };
        let bits = 8 * int.size();
        let (smallest, largest) = if int.signed() {
            (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
        } else {
            (0, (1_i128 << bits) - 1)
        };
        if number < smallest || number > largest {
            return self.refuse(
                &format!("{number} is outside of the range of `{}`", int.name()),
                value.span,
            );
        }
        self.store(region, at, &number.to_le_bytes()[..size(int.size().into())]);
        Ok(())
    }

    /// A text, or numbers.
    fn bytes(&mut self, most: u32, region: Region, at: usize, value: Option<&Value>) -> Result<()> {
        let bytes: Vec<u8> = if let Some(ValueKind::Text(text)) = value.map(|value| &value.kind) {
            text.bytes().collect()
        } else {
            let byte = |value: &Value| {
                let byte = number(value).and_then(|number| u8::try_from(number).ok());
                byte.map_or_else(|| self.refuse("expected 0 to 255", value.span), Ok)
            };
            self.list(value, most)?
                .iter()
                .map(byte)
                .collect::<Result<_>>()?
        };
        self.check_length(bytes.len(), most, value)?;
        let start = self.chunk(region, at, bytes.len(), 1);
        self.store(Region::Arena, start, &bytes);
        Ok(())
    }

    fn string(
        &mut self,
        most: u32,
        region: Region,
        at: usize,
        value: Option<&Value>,
    ) -> Result<()> {
        let text = match value.map(|value| (&value.kind, value.span)) {
            None => "",
            Some((ValueKind::Text(text), span)) if text.contains('\0') => {
                return self.refuse("a text in a message holds no NUL", span);
            }
            Some((ValueKind::Text(text), _)) => text,
            Some((_, span)) => return self.refuse("expected a text", span),
        };
        self.check_length(text.len(), most, value)?;
        let start = self.chunk(region, at, text.len() + 1, 1);
        self.store(Region::Arena, start, text.as_bytes());
        Ok(())
    }

    fn check_length(&self, length: usize, most: u32, value: Option<&Value>) -> Result<()> {
        match value {
            Some(value) if length > most as usize => self.refuse(
                &format!("{length} bytes are more than the limit of {most}"),
                value.span,
            ),
            _ => Ok(()),
        }
    }

    fn list<'v>(&self, value: Option<&'v Value>, most: u32) -> Result<&'v [Value]> {
        match value.map(|value| (&value.kind, value.span)) {
            None => Ok(&[]),
            Some((ValueKind::List(values), _)) if values.len() <= most as usize => Ok(values),
            Some((ValueKind::List(values), span)) => self.refuse(
                &format!(
                    "{} elements are more than the limit of {most}",
                    values.len()
                ),
                span,
            ),
            Some((_, span)) => self.refuse("expected a list, `[ … ]`", span),
        }
    }

    /// Room in the arena, and its descriptor. Nothing takes no room and has the descriptor {0, 0}.
    fn chunk(&mut self, region: Region, at: usize, size: usize, align: u32) -> usize {
        if size == 0 {
            return 0;
        }
        let arena = &mut self.memory.arena;
        let start = arena.len().next_multiple_of(align.max(1) as usize);
        arena.resize(start + size, 0);
        let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        self.store(region, at, &word(start));
        self.store(region, at + 4, &word(size));
        start
    }

    fn refuse<T>(&self, message: &str, span: Span) -> Result<T> {
        Err(Box::new(error(message, Place::new(self.file, span))))
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
