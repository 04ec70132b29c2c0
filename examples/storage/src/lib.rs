//! What the programs share: the generated code, the store, and a client's view of one.
#![forbid(unsafe_code)]
use nk::store::{GetBuf, GetError, GetOut, GetRes, Interface, Proxy, Store};
use nk_runtime::host::{self, Channel};
use nk_runtime::{Error, Result};
use std::collections::BTreeMap;

nk_runtime::include_nk!();

/// The code of an error: there is nothing by that name.
pub const MISSING: u32 = 404;

/// Things by their names, in memory.
#[derive(Debug, Default)]
pub struct Shelf(BTreeMap<String, Vec<u8>>);

impl Store for Shelf {
    fn put(&mut self, name: &str, content: &[u8]) -> Result<()> {
        println!("keeps {name}");
        self.0.insert(name.to_owned(), content.to_vec());
        Ok(())
    }
    fn get<'r>(&mut self, name: &str, out: GetOut<'r>) -> Result<GetRes<'r>, GetError> {
        match self.0.get(name) {
            Some(content) => out.reply(content.as_slice()),
            None => Err(Error::Method(GetError { code: MISSING })),
        }
    }
}

/// The store at the other end of the channel with this name.
///
/// # Errors
/// There is no such channel, or no store at its end.
pub fn connect(name: &str) -> host::Result<Proxy<Channel>> {
    let channel = host::connect(name)?;
    let riid = channel.riid::<Interface>("storage.main")?;
    Ok(Proxy::new(channel, riid))
}

/// What came of storing something, in a word or two.
pub fn put(store: &mut impl Store, name: &str, content: &str) -> String {
    match store.put(name, content.as_bytes()) {
        Ok(()) => "stored".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What is stored under a name, or why it is not known.
pub fn get(store: &mut impl Store, name: &str) -> String {
    let mut room = GetBuf::new();
    match store.get(name, room.out()) {
        Ok(found) => String::from_utf8_lossy(found.content()).into_owned(),
        Err(Error::Method(GetError { code: MISSING })) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}
