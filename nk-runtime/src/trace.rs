//! Tracing of calls: a transport around another one that tells a sink what
//! passes, with header and values.
//!
//! ```
//! use nk_runtime::{Fault, Riid, Sink, Trace, Verified};
//! use nk_runtime::shape::{Interface, Method};
//!
//! /// Prints a line a message; `{:#}` would add the values.
//! struct Print;
//! impl Sink for Print {
//!     fn message(&mut self, message: &Verified<'_>) {
//!         println!("{}", message.shown());
//!     }
//!     fn fault(&mut self, interface: &'static Interface, method: &'static Method, iid: Riid, fault: &Fault) {
//!         println!("{}.{} at {}: {fault}", interface.name, method.name, iid.0);
//!     }
//! }
//! # fn transport() {}
//! let traced = Trace::new(transport(), Print);
//! ```
use crate::call::Transport;
use crate::error::{Fault, Full};
use crate::header::{HEADER_SIZE, Riid};
use crate::shape::{Interface, Method};
use crate::shape::{Item, Items, MAX_DEPTH, Step};
use crate::verify::{Kind, Mode, Verified};
use crate::view::View;
use core::fmt::{self, Display, Formatter};

/// Is told what passes through a [`Trace`].
///
/// Typed values come from the generated enums, `Request::read(message)` and
/// `Response::read(message)`; without generated types [`Verified::shown`]
/// writes them by the method's table.
pub trait Sink {
    /// A request that is about to leave, or the response or error response that
    /// came back.
    fn message(&mut self, message: &Verified<'_>);
    /// A call that came to nothing: no request could be made, or no response
    /// came back.
    fn fault(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        fault: &Fault,
    );
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn message(&mut self, message: &Verified<'_>) {
        (**self).message(message);
    }
    fn fault(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        fault: &Fault,
    ) {
        (**self).fault(interface, method, iid, fault);
    }
}

/// A transport that tells a sink every request and response that passes through
/// it, and changes neither.
#[derive(Debug, Clone, Copy)]
pub struct Trace<T, S> {
    transport: T,
    sink: S,
}

impl<T, S> Trace<T, S> {
    /// Watches a transport.
    pub const fn new(transport: T, sink: S) -> Self {
        Self { transport, sink }
    }
    /// The sink.
    pub const fn sink(&mut self) -> &mut S {
        &mut self.sink
    }
    /// The transport and the sink.
    pub fn into_parts(self) -> (T, S) {
        (self.transport, self.sink)
    }
}

impl<T: Transport, S: Sink> Transport for Trace<T, S> {
    fn call<'r>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>,
        room: &'r mut [u8],
    ) -> Result<Verified<'r>, Fault> {
        let sink = &mut self.sink;
        let watched = |buf: &mut [u8]| {
            let len = encode(buf)?;
            let written = buf.get(..len).unwrap_or(buf);
            // our writer makes messages that pass; one that does not is for the other side to refuse
            if let Ok(request) =
                Verified::check(interface, method, Kind::Request, written, Mode::Compat)
            {
                sink.message(&request);
            }
            Ok(len)
        };
        let answer = self.transport.call(interface, method, iid, watched, room);
        match &answer {
            Ok(response) => self.sink.message(response),
            Err(fault) => self.sink.fault(interface, method, iid, fault),
        }
        answer
    }
}

impl<'m> Verified<'m> {
    /// The message as text: one line about its header; with `{:#}` its handles,
    /// constant part and chunks too.
    #[must_use]
    pub const fn shown(&self) -> Shown<'_, 'm> {
        Shown(self)
    }
}

/// A message as text, see [`Verified::shown`].
#[derive(Clone, Copy)]
pub struct Shown<'v, 'm>(&'v Verified<'m>);

impl Display for Shown<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (message, header) = (self.0, self.0.header());
        let kind = match message.kind() {
            Kind::Request => "request",
            Kind::Response => "response",
            Kind::Error => "error",
        };
        let (interface, method, view) =
            (message.interface().name, message.method(), message.view());
        write!(
            f,
            "{kind} {interface}.{} iid {} mid {}",
            method.name, header.iid.0, header.mid.0
        )?;
        let (size, arena) = (header.ex.size(), view.arena().len());
        write!(
            f,
            ", {size} bytes + {arena}, {} handles",
            header.ex.handles()
        )?;
        if !f.alternate() {
            return Ok(());
        }
        for at in (HEADER_SIZE..)
            .step_by(HANDLE)
            .take(header.ex.handles().into())
        {
            let handle = view.handle(at);
            write!(
                f,
                "\n  {at}: handle {} rights {:#x} badge {}",
                handle.handle, handle.rights, handle.badge
            )?;
        }
        let plain = HEADER_SIZE.saturating_add(HANDLE.saturating_mul(header.ex.handles().into()));
        bytes(f, 1, plain, view.base().get(plain..).unwrap_or(&[]))?;
        let items = match message.kind() {
            Kind::Request => method.req.items,
            Kind::Response => method.res.items,
            Kind::Error => method.err.items,
        };
        items_of(f, view, items, 1)
    }
}

/// Bytes of a handle descriptor.
const HANDLE: usize = 16;
/// Bytes in a line.
const LINE: usize = 16;

/// A new line for something at an offset, `depth` levels in.
fn line(f: &mut Formatter<'_>, depth: u32, at: impl Display) -> fmt::Result {
    f.write_str("\n")?;
    (0..depth).try_for_each(|_| f.write_str("  "))?;
    write!(f, "{at}:")
}

/// Plain bytes, sixteen a line, each line with its offset.
fn bytes(f: &mut Formatter<'_>, depth: u32, start: usize, bytes: &[u8]) -> fmt::Result {
    for (at, chunk) in (start..).step_by(LINE).zip(bytes.chunks(LINE)) {
        line(f, depth, at)?;
        chunk.iter().try_for_each(|byte| write!(f, " {byte:02x}"))?;
    }
    Ok(())
}

/// What the descriptors of a struct (or constant part) lead to, in layout
/// order. Offsets count from its start.
fn items_of(
    f: &mut Formatter<'_>,
    view: View<'_>,
    items: &'static [Item],
    depth: u32,
) -> fmt::Result {
    // tables are no deeper; this says so to whoever reads only here
    if depth > MAX_DEPTH {
        return Ok(());
    }
    for step in items.steps() {
        match step {
            Step::Zero { .. } => {}
            Step::Str { at, .. } => {
                line(f, depth, at)?;
                write!(f, " {:?}", view.str(at as usize))?;
            }
            Step::Bytes { at, .. } => {
                let chunk = view.bytes(at as usize);
                line(f, depth, at)?;
                write!(f, " {} bytes", chunk.len())?;
                bytes(f, depth.saturating_add(1), 0, chunk)?;
            }
            Step::Seq {
                at, size, items, ..
            } => {
                let chunk = view.bytes(at as usize);
                let elements = chunk.chunks_exact(size.max(1) as usize);
                line(f, depth, at)?;
                write!(f, " {} elements of {size} bytes", elements.len())?;
                elements_of(f, view, elements, items, depth)?;
            }
            Step::Array {
                at,
                count,
                size,
                items,
            } => {
                let inside = view.from(at as usize).base();
                let elements = inside
                    .chunks_exact(size.max(1) as usize)
                    .take(count as usize);
                line(f, depth, at)?;
                write!(f, " {count} in place, {size} bytes each")?;
                elements_of(f, view, elements, items, depth)?;
            }
            Step::Union { at, variants } => {
                let (inside, tag) = (view.from(at as usize), view.u32(at as usize));
                line(f, depth, at)?;
                write!(f, " union with tag {tag}")?;
                if let Some(items) = <&'static [Item]>::variant(variants, tag) {
                    items_of(f, inside, items, depth.saturating_add(1))?;
                }
            }
        }
    }
    Ok(())
}

fn elements_of<'m>(
    f: &mut Formatter<'_>,
    view: View<'m>,
    elements: impl Iterator<Item = &'m [u8]>,
    items: &'static [Item],
    depth: u32,
) -> fmt::Result {
    let depth = depth.saturating_add(1);
    for (number, element) in elements.enumerate() {
        line(f, depth, format_args!("[{number}]"))?;
        element
            .iter()
            .try_for_each(|byte| write!(f, " {byte:02x}"))?;
        items_of(
            f,
            View::new(element, view.arena()),
            items,
            depth.saturating_add(1),
        )?;
    }
    Ok(())
}
