//! The one structure check: kernel, server, client, dumper and fuzzers run this
//! function over the same tables.
use crate::error::{Answer, Fault, Malformed, Rule};
use crate::header::Header;
use crate::shape::{Endpoint, Interface, Method};
use crate::shape::{Items, MAX_DEPTH, Shape, Step};
use crate::view::{One, View, Wire};

/// How much a message must satisfy (`docs/wire.md` §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Chunks stand in walk order, each at the next multiple of its alignment
    /// after the one before; padding is zero; nothing follows; an empty chunk
    /// is {0, 0}; a string has one NUL, at its end. A message has exactly one
    /// encoding.
    #[default]
    Strict,
    /// What the original accepts (`docs/wire.md` §8, a to d).
    Compat,
}

/// Which message of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// From the client.
    Request,
    /// From the server, with the method's results.
    Response,
    /// From the server, with the method's error parameters.
    Error,
}

/// A message whose structure has been checked. Nothing else can make one.
#[derive(Clone, Copy)]
pub struct Verified<'m> {
    view: View<'m>,
    interface: &'static Interface,
    method: &'static Method,
    header: Header,
    kind: Kind,
}

impl<'m> Verified<'m> {
    /// The message's values.
    #[must_use]
    #[inline]
    pub const fn view(&self) -> View<'m> {
        self.view
    }
    /// RIID, MID and flags.
    #[must_use]
    #[inline]
    pub const fn header(&self) -> Header {
        self.header
    }
    /// The method that it was checked against.
    #[must_use]
    #[inline]
    pub const fn method(&self) -> &'static Method {
        self.method
    }
    /// The interface that it was checked as a message of.
    #[must_use]
    pub const fn interface(&self) -> &'static Interface {
        self.interface
    }
    /// Request, response or error response.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }
    /// What this program attached to the callable handle that a request came
    /// by, which the kernel has written there; 0 for one that came by a
    /// channel.
    #[must_use]
    #[inline]
    pub fn context(&self) -> u64 {
        self.view.u64(16)
    }
    /// The results of a response.
    ///
    /// # Errors
    /// The error parameters of an error response.
    #[inline]
    pub fn answer<R: Wire<'m>, E: Wire<'m>>(&self) -> Answer<R, E> {
        match self.kind {
            Kind::Error => Err(E::read(self.view)),
            Kind::Request | Kind::Response => Ok(R::read(self.view)),
        }
    }
    /// As [`Verified::answer`], for a method with a single fixed-size result.
    ///
    /// # Errors
    /// The error parameters of an error response.
    #[inline]
    pub fn answer_one<R: Wire<'m>, E: Wire<'m>>(&self) -> Answer<R, E> {
        self.answer().map(One::get)
    }
    /// Whether it was checked as a message of this interface. Dispatchers ask,
    /// so that a message that was checked for one process class cannot be read
    /// by another's.
    #[must_use]
    #[inline]
    pub fn is_of(&self, interface: &'static Interface) -> bool {
        core::ptr::eq(self.interface, interface) || self.interface.digest == interface.digest
    }
}

impl<'m> Verified<'m> {
    /// Checks a message whose method and kind are known from elsewhere.
    #[inline]
    pub(crate) fn check(
        interface: &'static Interface,
        method: &'static Method,
        kind: Kind,
        bytes: &'m [u8],
        mode: Mode,
    ) -> Result<Self, Malformed> {
        let header = Header::read(bytes).ok_or(Malformed {
            rule: Rule::Size,
            at: 0,
        })?;
        let message = match kind {
            Kind::Request => &method.req,
            Kind::Response => &method.res,
            Kind::Error => &method.err,
        };
        let view = verify(message.shape(), bytes, mode)?;
        Ok(Self {
            view,
            interface,
            method,
            header,
            kind,
        })
    }
}

/// Routes a request through a process class's endpoint list and checks its
/// structure.
///
/// # Errors
/// `NoEndpoint`, `NoMethod` or `Malformed`, in this order.
#[inline]
pub fn verify_request<'m>(
    endpoints: &'static [Endpoint],
    bytes: &'m [u8],
    mode: Mode,
) -> Result<Verified<'m>, Fault> {
    let header = Header::read(bytes).ok_or(Malformed {
        rule: Rule::Size,
        at: 0,
    })?;
    let interface = endpoints
        .get(usize::from(header.iid.0))
        .ok_or(Fault::NoEndpoint)?
        .interface;
    let method = interface
        .methods
        .get(usize::from(header.mid.0))
        .ok_or(Fault::NoMethod)?;
    if header.ex.is_err() {
        return Err(Malformed {
            rule: Rule::Direction,
            at: 4,
        }
        .into());
    }
    let view = verify(method.req.shape(), bytes, mode)?;
    Ok(Verified {
        view,
        interface,
        method,
        header,
        kind: Kind::Request,
    })
}

/// Checks the answer to a request: same endpoint and method, and the structure
/// that the error flag selects.
///
/// # Errors
/// `Malformed`.
#[inline]
pub fn verify_response<'m>(
    interface: &'static Interface,
    method: &'static Method,
    iid: u16,
    bytes: &'m [u8],
    mode: Mode,
) -> Result<Verified<'m>, Malformed> {
    let header = Header::read(bytes).ok_or(Malformed {
        rule: Rule::Size,
        at: 0,
    })?;
    if header.iid.0 != iid || header.mid.0 != method.mid {
        return Err(Malformed {
            rule: Rule::Route,
            at: 0,
        });
    }
    let kind = if header.ex.is_err() {
        Kind::Error
    } else {
        Kind::Response
    };
    Verified::check(interface, method, kind, bytes, mode)
}

/// Checks a constant part followed by its arena against a shape. No allocation,
/// bounded recursion, linear in the bytes.
///
/// # Errors
/// The first broken rule in walk order.
#[inline]
pub fn verify<I: Items>(shape: Shape<I>, bytes: &[u8], mode: Mode) -> Result<View<'_>, Malformed> {
    let (base, arena) = bytes
        .split_at_checked(shape.size as usize)
        .unwrap_or((bytes, &[]));
    verify_parts(shape, base, arena, mode)
}

/// As [`verify`], for a constant part and an arena that lie apart (a frame pads
/// between them).
///
/// # Errors
/// The first broken rule in walk order.
#[inline]
pub fn verify_parts<'m, I: Items>(
    shape: Shape<I>,
    base: &'m [u8],
    arena: &'m [u8],
    mode: Mode,
) -> Result<View<'m>, Malformed> {
    let bad = |rule| Malformed { rule, at: 4 };
    let header = Header::read(base).ok_or(bad(Rule::Size))?;
    if header.ex.size() != shape.size || base.len() != shape.size as usize {
        return Err(bad(Rule::Size));
    }
    if header.ex.handles() != shape.handles {
        return Err(bad(Rule::Handles));
    }
    if !shape.arena && !arena.is_empty() {
        return Err(bad(Rule::Arena));
    }
    if shape.items.none() {
        return Ok(View::new(base, arena)); // the fast path of messages without variable data and padding
    }
    let work = base
        .len()
        .saturating_add(arena.len())
        .saturating_mul(WORK_PER_BYTE)
        .saturating_add(1024);
    let mut walk = Walk {
        arena,
        end: 0,
        strict: mode == Mode::Strict,
        work,
    };
    walk.items(base, shape.items, MAX_DEPTH)?;
    if walk.strict && walk.end != arena.len() {
        return Err(bad(Rule::Trailing));
    }
    Ok(View::new(base, arena))
}

/// Steps of the walk allowed per byte of a message. In strict mode chunks are
/// disjoint and every byte is looked at a bounded number of times: once per
/// nesting level, and [`MAX_DEPTH`] levels exist. Compat lets chunks overlap,
/// and there this bound is what keeps the work linear.
const WORK_PER_BYTE: usize = 2 * MAX_DEPTH as usize;

struct Walk<'m> {
    arena: &'m [u8],
    /// End of the last chunk of the walk.
    end: usize,
    strict: bool,
    work: usize,
}

#[inline]
fn word(b: &[u8], at: u32) -> Option<u32> {
    b.get(at as usize..)?
        .first_chunk()
        .map(|c| u32::from_le_bytes(*c))
}

impl<'m> Walk<'m> {
    fn items<I: Items>(&mut self, base: &'m [u8], items: I, depth: u32) -> Result<(), Malformed> {
        for step in items.steps() {
            match step {
                Step::Zero { at, len } => {
                    let padding = base.get(at as usize..).and_then(|b| b.get(..len as usize));
                    if self.strict && !padding.is_some_and(all_zero) {
                        return Err(Malformed {
                            rule: Rule::NotZero,
                            at,
                        });
                    }
                }
                Step::Str { at, max } => self.string(base, at, max)?,
                Step::Bytes { at, max } => {
                    self.chunk(base, at, u64::from(max), 1, 1)?;
                }
                Step::Seq {
                    at,
                    max,
                    size,
                    align,
                    items,
                } => {
                    let size = size.max(1);
                    let chunk = self.chunk(
                        base,
                        at,
                        u64::from(max).saturating_mul(u64::from(size)),
                        size,
                        align,
                    )?;
                    self.elements(chunk.chunks_exact(size as usize), items, at, depth)?;
                }
                Step::Array {
                    at,
                    count,
                    size,
                    items,
                } => {
                    let rest = base.get(at as usize..).unwrap_or(&[]);
                    let elements = rest.chunks_exact(size.max(1) as usize).take(count as usize);
                    self.elements(elements, items, at, depth)?;
                }
                Step::Union { at, variants } => {
                    let depth = depth.checked_sub(1).ok_or(Malformed {
                        rule: Rule::Depth,
                        at,
                    })?;
                    let tag = word(base, at).ok_or(Malformed {
                        rule: Rule::Chunk,
                        at,
                    })?;
                    let variant = I::variant(variants, tag).ok_or(Malformed {
                        rule: Rule::Tag,
                        at,
                    })?;
                    self.items(base.get(at as usize..).unwrap_or(&[]), variant, depth)?;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn elements<I: Items>(
        &mut self,
        elements: impl Iterator<Item = &'m [u8]>,
        items: I,
        at: u32,
        depth: u32,
    ) -> Result<(), Malformed> {
        let depth = depth.checked_sub(1).ok_or(Malformed {
            rule: Rule::Depth,
            at,
        })?;
        if items.none() {
            return Ok(());
        }
        for e in elements {
            self.work = self.work.checked_sub(e.len()).ok_or(Malformed {
                rule: Rule::Work,
                at,
            })?;
            self.items(e, items, depth)?;
        }
        Ok(())
    }

    /// The chunk of a descriptor: at most `max` bytes in elements of `element`
    /// bytes. The order of the rules is that of `docs/wire.md` §8 d: a valid
    /// descriptor, its bound, its alignment; then its place.
    #[inline]
    fn chunk(
        &mut self,
        base: &[u8],
        at: u32,
        max: u64,
        element: u32,
        align: u32,
    ) -> Result<&'m [u8], Malformed> {
        let bad = |rule| Malformed { rule, at };
        let (Some(offset), Some(size)) = (word(base, at), word(base, at.wrapping_add(4))) else {
            return Err(bad(Rule::Chunk));
        };
        let chunk = self
            .arena
            .get(offset as usize..)
            .and_then(|b| b.get(..size as usize))
            .ok_or(bad(Rule::Chunk))?;
        if !size.is_multiple_of(element) {
            return Err(bad(Rule::Chunk));
        }
        if u64::from(size) > max {
            return Err(bad(Rule::Bound));
        }
        if offset & align.wrapping_sub(1) != 0 {
            return Err(bad(Rule::Align));
        }
        if self.strict {
            self.place(offset as usize, chunk, align, at)?;
        } else {
            self.work = self.work.checked_sub(chunk.len()).ok_or(bad(Rule::Work))?;
        }
        Ok(chunk)
    }

    /// Strict: where the next chunk has to be.
    #[inline]
    fn place(&mut self, start: usize, chunk: &[u8], align: u32, at: u32) -> Result<(), Malformed> {
        if chunk.is_empty() {
            return if start == 0 {
                Ok(())
            } else {
                Err(Malformed {
                    rule: Rule::Order,
                    at,
                })
            };
        }
        let mask = (align as usize).wrapping_sub(1);
        if start != self.end.wrapping_add(mask) & !mask {
            return Err(Malformed {
                rule: Rule::Order,
                at,
            });
        }
        if start != self.end && !self.arena.get(self.end..start).is_some_and(all_zero) {
            return Err(Malformed {
                rule: Rule::NotZero,
                at,
            });
        }
        self.end = start.wrapping_add(chunk.len());
        Ok(())
    }

    #[inline]
    fn string(&mut self, base: &[u8], at: u32, max: u32) -> Result<(), Malformed> {
        let chunk = self.chunk(base, at, u64::from(max).saturating_add(1), 1, 1)?;
        let text = match chunk {
            [] => return Ok(()),
            [text @ .., 0] => text,
            _ => {
                return Err(Malformed {
                    rule: Rule::Nul,
                    at,
                });
            }
        };
        if plain_ascii(text) {
            return Ok(());
        }
        if core::str::from_utf8(text).is_err() {
            return Err(Malformed {
                rule: Rule::Utf8,
                at,
            });
        }
        if self.strict && text.contains(&0) {
            return Err(Malformed {
                rule: Rule::Nul,
                at,
            });
        }
        Ok(())
    }
}

fn all_zero(b: &[u8]) -> bool {
    b.iter().fold(0, |a, x| a | x) == 0
}

/// Every byte in 1..=127, eight at a time: the common string is then both UTF-8
/// and free of NULs in one pass.
fn plain_ascii(text: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let plain = |w: u64| (w | w.wrapping_sub(ONES)) & HIGH == 0;
    if let Some(last) = text.last_chunk::<8>() {
        text.chunks_exact(8).all(|c| {
            c.first_chunk()
                .is_some_and(|c| plain(u64::from_le_bytes(*c)))
        }) && plain(u64::from_le_bytes(*last))
    } else {
        text.iter().all(|b| b.wrapping_sub(1) < 127)
    }
}
