//! Asking the security module itself: a program whose class has a security interface calls it like any other endpoint, and
//! the answer is the decision, which the program has to honour.
//!
//! ```no_run
//! # mod nk { pub mod approve { pub struct Interface; impl nk_runtime::shape::InterfaceType for Interface {
//! #     const TABLE: &'static nk_runtime::shape::Interface = &nk_runtime::shape::Interface { name: "", digest: [0; 32], methods: &[] };
//! # } } }
//! fn may() -> nk_runtime::host::Result<()> {
//!     let channel = nk_core::security::channel()?;
//!     let riid = channel.riid::<nk::approve::Interface>("")?;
//!     // nk::approve::Proxy::new(&channel, riid).check(…)? fails with `Fault::Denied` when the policy says no
//!     # let _ = riid; Ok(())
//! }
//! # let _ = may;
//! ```
use crate::caller;
use crate::nk::kl::core::core::HANDLE_HANDLE;
use crate::nk::kl::core::handle::{Handle as _, Proxy};
use nk_runtime::host::{Channel, Connection, Result};

/// The way to the security module (`Handle.SecurityConnect`).
///
/// # Errors
/// [`Error::Kernel`](nk_runtime::host::Error::Kernel) with `rcQuotaExceeded`.
pub fn channel() -> Result<Channel> {
    let answer = Proxy::new(caller::channel()?, HANDLE_HANDLE).security_connect()?;
    caller::done(answer.rc)?;
    Ok(Channel::from_handle(
        Connection::program()?,
        answer.client.handle,
    ))
}
