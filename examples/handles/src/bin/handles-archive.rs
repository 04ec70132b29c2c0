//! The archive: gives handles of its documents away, and takes them back.
#![forbid(unsafe_code)]
use handles::nk::archive::{Archive, Class, DOCUMENT};
use handles::nk::document::{Document, ReadOut, ReadRes};
use handles::nk::documents::Documents;
use nk_core::handle::{Provided, revoke, user_object};
use nk_runtime::{Dispatch, Fault, Handle, Result, Rights, host};

/// What is given away with a handle: calling the document, and passing it on.
const RIGHTS: Rights = Rights::CALL.and(Rights::TRANSFER);

#[derive(Default)]
struct Entry {
    name: String,
    text: String,
    /// The resource that stands for the document, while anybody may have a handle of it.
    resource: Option<u32>,
}

/// The catalogue for one request.
struct Catalogue<'e> {
    entries: &'e mut Vec<Entry>,
    listener: u32,
}

impl Documents for Catalogue<'_> {
    fn open(&mut self, name: &str) -> Result<Handle> {
        let at = self
            .entries
            .iter()
            .position(|entry| entry.name == name)
            .unwrap_or_else(|| {
                self.entries.push(Entry {
                    name: name.to_owned(),
                    ..Entry::default()
                });
                self.entries.len() - 1
            });
        let entry = &mut self.entries[at];
        let resource = match entry.resource {
            Some(resource) => resource,
            // the position is what comes back with each call by the handle
            None => user_object(Provided {
                rights: RIGHTS,
                context: at as u64,
                calls: Some((self.listener, DOCUMENT)),
                ..Provided::default()
            })
            .map_err(Fault::from)?,
        };
        entry.resource = Some(resource);
        Ok(Handle::new(resource, RIGHTS))
    }

    fn recall(&mut self, name: &str) -> Result<()> {
        let entry = self.entries.iter_mut().find(|entry| entry.name == name);
        if let Some(resource) = entry.and_then(|entry| entry.resource.take()) {
            revoke(resource).map_err(Fault::from)?;
        }
        Ok(())
    }
}

/// The document that one request is for.
struct Opened<'e>(&'e mut String);

impl Document for Opened<'_> {
    fn read<'r>(&mut self, out: ReadOut<'r>) -> Result<ReadRes<'r>> {
        out.reply(self.0.as_str())
    }
    fn append(&mut self, line: &str) -> Result<()> {
        if !self.0.is_empty() {
            self.0.push_str(" / ");
        }
        self.0.push_str(line);
        Ok(())
    }
}

fn main() -> host::Result<()> {
    let listener = host::register::<Class>("archive")?;
    let mut entries = Vec::new();
    listener.serve_with(|call| {
        let which = usize::try_from(call.request.context()).ok();
        let mut text = which
            .and_then(|at| entries.get(at))
            .map_or_else(String::new, |e: &Entry| e.text.clone());
        let catalogue = Catalogue {
            entries: &mut entries,
            listener: listener.handle(),
        };
        let written = Archive::new(catalogue, Opened(&mut text)).dispatch(&call.request, call.room);
        if let Some(entry) = which.and_then(|at| entries.get_mut(at)) {
            entry.text = text;
        }
        written
    })
}
