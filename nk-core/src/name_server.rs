//! The name server (class `kl.core.NameServer`), which the program `ns` is: serves the channels of its name, static and
//! dynamic alike.
//!
//! Its policy has to let it ask the kernel for clients, and clients ask it:
//!
//! ```text
//! request  src=kl.core.NameServer, dst=kl.core.Core { match endpoint=cm.CM { grant () } }
//! response src=kl.core.Core, dst=kl.core.NameServer { grant () }
//! request  dst=kl.core.NameServer { grant () }
//! response src=kl.core.NameServer { grant () }
//! ```
use crate::cm::{self, Client};
use crate::nk::kl::core::name_server::{Class, NS_NS, NameServer};
use crate::nk::kl::core::ns::{EnumOut, EnumRes, Ns};
use crate::nk::kl::core::ns_component::NsComponent;
use crate::ns::{ENDPOINT, NAME_SERVER};
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{self, Connection, Error, Listener, Result, Task};
use nk_runtime::{Dispatch, Fault, Retcode};
use std::sync::{Mutex, PoisonError};

/// Entries that a name server keeps.
pub const MAX_ENTRIES: usize = 4096;
/// Entries that one program can have among them.
pub const MAX_OF_ONE: usize = 256;

/// What is known, in the order in which it was published.
#[derive(Debug, Default)]
pub struct List(Vec<Entry>);

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    interface: String,
    server: String,
    service: String,
    by: Task,
}

impl List {
    fn position(&self, interface: &str, server: &str, service: &str) -> Option<usize> {
        self.0
            .iter()
            .position(|e| e.interface == interface && e.server == server && e.service == service)
    }
}

/// The name server's endpoint for one caller.
#[derive(Debug)]
pub struct Session<'l> {
    /// What is known.
    pub list: &'l mut List,
    /// Who calls.
    pub caller: Task,
}

impl Ns for Session<'_> {
    fn publish(&mut self, r#type: &str, server: &str, service: &str) -> nk_runtime::Result<i32> {
        let entries = &mut self.list.0;
        if let Some(at) = entries
            .iter()
            .position(|e| e.interface == r#type && e.server == server && e.service == service)
        {
            // a server that was started again publishes what its predecessor did
            return Ok(match entries.get_mut(at) {
                Some(entry) if entry.by != self.caller => {
                    entry.by = self.caller;
                    Retcode::OK.0
                }
                _ => Retcode::ALREADY_EXISTS.0,
            });
        }
        let own = entries.iter().filter(|e| e.by == self.caller).count();
        if own >= MAX_OF_ONE || entries.len() >= MAX_ENTRIES {
            return Ok(Retcode::QUOTA_EXCEEDED.0);
        }
        let (interface, server, service) =
            (r#type.to_owned(), server.to_owned(), service.to_owned());
        entries.push(Entry {
            interface,
            server,
            service,
            by: self.caller,
        });
        Ok(Retcode::OK.0)
    }

    fn un_publish(&mut self, r#type: &str, server: &str, service: &str) -> nk_runtime::Result<i32> {
        let own = |at: &usize| self.list.0.get(*at).is_some_and(|e| e.by == self.caller);
        match self.list.position(r#type, server, service).filter(own) {
            Some(at) => {
                self.list.0.remove(at);
                Ok(Retcode::OK.0)
            }
            None => Ok(Retcode::RESOURCE_NOT_FOUND.0),
        }
    }

    fn r#enum<'r>(
        &mut self,
        r#type: &str,
        index: u32,
        out: EnumOut<'r>,
    ) -> nk_runtime::Result<EnumRes<'r>> {
        let of = self.list.0.iter().filter(|e| e.interface == r#type);
        match usize::try_from(index)
            .ok()
            .and_then(|index| of.into_iter().nth(index))
        {
            Some(entry) => out.reply(&entry.server, &entry.service, Retcode::OK.0),
            None => out.reply("", "", Retcode::RESOURCE_NOT_FOUND.0),
        }
    }
}

/// Serves until nobody is left who could ask.
///
/// # Errors
/// The kernel refuses what the name server needs, or does not answer.
///
/// # Panics
/// When a serving thread does.
pub fn run() -> Result<()> {
    let list = Mutex::new(List::default());
    let fixed = match host::register::<Class>(NAME_SERVER) {
        Ok(listener) => Some(listener),
        Err(Error::Unknown { .. }) => None,
        Err(e) => return Err(e),
    };
    std::thread::scope(|scope| {
        let serve = |listener: &Listener<Class>| serve(listener, &list);
        let fixed_handle = fixed.as_ref().map(Listener::handle);
        let fixed = fixed
            .as_ref()
            .map(|listener| scope.spawn(move || serve(listener)));
        let dynamic = accept_all(fixed_handle, |handle| {
            let listener = Listener::from_handle(Connection::program()?, handle);
            scope.spawn(move || serve(&listener));
            Ok(())
        });
        let fixed = fixed.map_or(Ok(()), |thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        dynamic.and(fixed)
    })
}

/// Accepts clients as long as there can be any. The channels go to the listener of the static ones, or to one that is made for
/// the first client and given to `serve`.
fn accept_all(fixed: Option<u32>, mut serve: impl FnMut(u32) -> Result<()>) -> Result<()> {
    let mut listener = fixed;
    loop {
        let client = match cm::listen(FOREVER) {
            Ok(client) => client,
            // nobody is left; or the policy keeps this name server to its static channels
            Err(Error::Kernel(Retcode::NOT_CONNECTED) | Error::KernelGone) => return Ok(()),
            Err(Error::Call(Fault::Denied)) if fixed.is_some() => return Ok(()),
            Err(e) => return Err(e),
        };
        if let Some(made) = answer(listener, &client)?
            && listener.is_none()
        {
            listener = Some(made);
            serve(made)?;
        }
    }
}

/// Accepts a client that asks for what there is. One that has given up meanwhile is no matter.
fn answer(listener: Option<u32>, client: &Client) -> Result<Option<u32>> {
    let answered = if client.service == ENDPOINT {
        cm::accept(listener, client, NS_NS).map(Some)
    } else {
        cm::drop(client).map(|()| None)
    };
    match answered {
        Err(Error::Kernel(Retcode::RESOURCE_NOT_FOUND | Retcode::QUOTA_EXCEEDED)) => Ok(None),
        answered => answered,
    }
}

fn serve(listener: &Listener<Class>, list: &Mutex<List>) -> Result<()> {
    listener.serve_with(|call| {
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        let session = Session {
            list: &mut list,
            caller: call.caller,
        };
        NameServer::new(NsComponent::new(session)).dispatch(&call.request, call.room)
    })
}
