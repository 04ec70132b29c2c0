//! The name server's client: which endpoints servers offer (`NsCreate`, `NsPublishService`, `NsUnPublishService`,
//! `NsEnumServices`). Whoever has found a server asks it for a channel with [`crate::cm::connect`].
//!
//! ```no_run
//! use nk_core::{cm, ns};
//!
//! # fn main() -> nk_runtime::host::Result<()> {
//! let names = ns::create(None, 1_000)?;
//! names.publish("demo.Disk", "disk0", "disk.main")?; // the server
//! for found in names.enumerate("demo.Disk")? {        // the client
//!     let _connected = cm::connect(&found.server, &found.service, 1_000)?;
//! }
//! # Ok(())
//! # }
//! ```
use crate::caller::done;
use crate::cm;
use crate::nk::kl::core::ns::{EnumBuf, Interface, Ns as _, Proxy};
use nk_runtime::host::{self, Channel, Error, Result};
use nk_runtime::{Retcode, Riid};

/// The name server's process class, and by custom the name of the static channel to it and of its task.
pub const NAME_SERVER: &str = "kl.core.NameServer";
/// The name server's endpoint.
pub const ENDPOINT: &str = "ns.NS";

/// A connection to a name server.
#[derive(Debug, Clone)]
pub struct Names {
    channel: Channel,
    riid: Riid,
}

/// An endpoint that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The server's task name.
    pub server: String,
    /// The endpoint's qualified name.
    pub service: String,
}

/// Connects to the name server with this task name, or to the usual one: by the static channel of that name if there is one,
/// otherwise by a channel that is made now, for which the name server has so many milliseconds (`NsCreate`).
///
/// # Errors
/// As [`cm::connect`]; [`Error::Mismatch`] when the name server was built from another description.
pub fn create(name: Option<&str>, milliseconds: u32) -> Result<Names> {
    let name = name.unwrap_or(NAME_SERVER);
    match host::connect(name) {
        Ok(channel) => {
            let riid = channel.riid::<Interface>(ENDPOINT)?;
            Ok(Names { channel, riid })
        }
        Err(Error::Unknown { .. }) => {
            let cm::Connected { channel, riid } = cm::connect(name, ENDPOINT, milliseconds)?;
            Ok(Names { channel, riid })
        }
        Err(e) => Err(e),
    }
}

impl Names {
    fn proxy(&self) -> Proxy<&Channel> {
        Proxy::new(&self.channel, self.riid)
    }

    /// Makes an endpoint known under the name of its interface (`NsPublishService`).
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcAlreadyExists` when it is known already, `rcQuotaExceeded`.
    pub fn publish(&self, interface: &str, server: &str, service: &str) -> Result<()> {
        done(self.proxy().publish(interface, server, service)?)
    }
    /// Takes it back (`NsUnPublishService`); only the program that published it can.
    ///
    /// # Errors
    /// [`Error::Kernel`] with `rcResourceNotFound` when it is not known, or not this program's.
    pub fn unpublish(&self, interface: &str, server: &str, service: &str) -> Result<()> {
        done(self.proxy().un_publish(interface, server, service)?)
    }
    /// The endpoint with this number, from 0, among those of an interface; `None` behind the last (`NsEnumServices`).
    ///
    /// # Errors
    /// The call was denied or did not come back.
    pub fn nth(&self, interface: &str, index: u32) -> Result<Option<Service>> {
        let mut room = EnumBuf::new();
        let mut proxy = self.proxy();
        let answer = proxy.r#enum(interface, index, room.out())?;
        match Retcode(answer.rc()) {
            Retcode::RESOURCE_NOT_FOUND => Ok(None),
            code => {
                code.ok().map_err(Error::Kernel)?;
                Ok(Some(Service {
                    server: answer.server().to_owned(),
                    service: answer.service().to_owned(),
                }))
            }
        }
    }
    /// All endpoints of an interface that are known now.
    ///
    /// # Errors
    /// As [`Names::nth`].
    pub fn enumerate(&self, interface: &str) -> Result<Vec<Service>> {
        (0..)
            .map_while(|index| self.nth(interface, index).transpose())
            .collect()
    }
    /// The channel to the name server.
    #[must_use]
    pub const fn channel(&self) -> &Channel {
        &self.channel
    }
}

/// Makes an endpoint known: [`Names::publish`].
///
/// # Errors
/// As the method.
pub fn publish(names: &Names, interface: &str, server: &str, service: &str) -> Result<()> {
    names.publish(interface, server, service)
}

/// Takes it back: [`Names::unpublish`].
///
/// # Errors
/// As the method.
pub fn unpublish(names: &Names, interface: &str, server: &str, service: &str) -> Result<()> {
    names.unpublish(interface, server, service)
}

/// All endpoints of an interface: [`Names::enumerate`].
///
/// # Errors
/// As the method.
pub fn enumerate(names: &Names, interface: &str) -> Result<Vec<Service>> {
    names.enumerate(interface)
}
