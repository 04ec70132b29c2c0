//! The viewer: shows what it is given a handle of, and tries to write there.
#![forbid(unsafe_code)]
use handles::nk::document::{Document, Proxy};
use handles::nk::screen::{RefreshOut, RefreshRes, Screen};
use handles::nk::viewer::{Class, Viewer};
use handles::{document, read};
use nk_runtime::host::{self, Channel};
use nk_runtime::{Fault, Handle, Result};

struct Display(Option<Proxy<Channel>>);

impl Screen for Display {
    fn show(&mut self, shown: Handle) -> Result<()> {
        let mut shown = document(shown).map_err(Fault::from)?;
        println!("shows: {}", read(&mut shown));
        match shown.append("wine") {
            Ok(()) => println!("wrote what it must not"),
            Err(error) => println!("writing: {error}"),
        }
        self.0 = Some(shown);
        Ok(())
    }

    fn refresh<'r>(&mut self, out: RefreshOut<'r>) -> Result<RefreshRes<'r>> {
        let outcome = self
            .0
            .as_mut()
            .map_or_else(|| "nothing to show".to_owned(), read);
        out.reply(outcome.as_str())
    }
}

fn main() -> host::Result<()> {
    let listener = host::register::<Class>("viewer")?;
    listener.serve(&mut Viewer::new(Display(None)))
}
