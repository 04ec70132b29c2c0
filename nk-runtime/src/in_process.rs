//! A server in the same process behind a real channel: verify, dispatch,
//! verify.
use crate::call::{Dispatch, Transport};
use crate::error::{Fault, Full, Malformed, Rule};
use crate::header::Riid;
use crate::shape::{ClassType, Interface, Method};
use crate::verify::{Mode, Verified, verify_request, verify_response};

/// A transport to a server in the same process. `N` bytes hold the largest
/// request (the class's `REQUEST_MAX`).
pub struct InProcess<S, const N: usize> {
    server: S,
    request: [u8; N],
    mode: Mode,
}
impl<S: Dispatch, const N: usize> InProcess<S, N> {
    /// Puts a server behind a channel.
    pub const fn new(server: S, mode: Mode) -> Self {
        Self {
            server,
            request: [0; N],
            mode,
        }
    }
    /// The server.
    pub const fn server(&mut self) -> &mut S {
        &mut self.server
    }
    /// The RIID of an endpoint by either of its names (`OpsComp.FS` or
    /// `Operations.FS`).
    ///
    /// # Errors
    /// `NoEndpoint`.
    pub fn riid(&self, name: &str) -> Result<Riid, Fault> {
        let endpoints = <S::Class as ClassType>::ENDPOINTS;
        let i = endpoints
            .iter()
            .position(|e| e.name == name || e.alias == name)
            .ok_or(Fault::NoEndpoint)?;
        u16::try_from(i).map(Riid).map_err(|_| Fault::NoEndpoint)
    }
}
impl<S: Dispatch, const N: usize> Transport for InProcess<S, N> {
    #[inline]
    fn call<'r>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>,
        room: &'r mut [u8],
    ) -> Result<Verified<'r>, Fault> {
        let len = encode(&mut self.request)?;
        let bytes = self.request.get(..len).ok_or(Full::Buffer)?;
        let request = verify_request(<S::Class as ClassType>::ENDPOINTS, bytes, self.mode)?;
        let len = self.server.dispatch(&request, room)?;
        let room: &'r [u8] = room;
        let bytes = room.get(..len).ok_or(Malformed {
            rule: Rule::Size,
            at: 0,
        })?;
        Ok(verify_response(interface, method, iid.0, bytes, self.mode)?)
    }
}
