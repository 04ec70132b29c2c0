//! The generated encoders and decoders, driven by JSON values: requests through the parameter types that proxies send,
//! responses through a server that answers what it is told, both read as the generated `Request` and `Response`.
mod farm;
mod filesystem;
mod lab;
mod wire;

use crate::values::{FromJson, ToJson, member};
use nk_runtime::generated::{At, Put, Writer};
use nk_runtime::shape::{Endpoint, Method};
use nk_runtime::{Error, Full, Verified, Written};
use serde_json::Value;

/// The generated code of one interface.
pub(crate) trait Codec: Sync {
    /// Writes the request `mid` into `buf`.
    fn request(&self, mid: u16, riid: u16, value: &Value, buf: &mut [u8]) -> Result<usize, Full>;
    /// Answers a request with the results, or the error parameters, `value`.
    fn respond(
        &self,
        request: &Verified<'_>,
        error: bool,
        value: &Value,
        room: &mut [u8],
    ) -> Written;
    /// The parameters of a checked request.
    fn read_request(&self, message: &Verified<'_>) -> Value;
    /// The results or error parameters of a checked response.
    fn read_response(&self, message: &Verified<'_>) -> Value;
}

/// The generated code of an interface.
pub(crate) fn codec(interface: &str) -> &'static dyn Codec {
    match interface {
        "farm.Sensor" => &farm::Farm,
        "Filesystem" => &filesystem::Files,
        "lab.Scope" => &lab::Lab,
        "wire.Chunks" => &wire::Wire,
        other => panic!("no generated code for `{other}`"),
    }
}

/// The generated endpoint list of a process class.
pub(crate) fn endpoints(class: &str) -> &'static [Endpoint] {
    match class {
        "farm.Station" => nk_tests::farm::farm::station::ENDPOINTS,
        "Server" => nk_tests::filesystem::server::ENDPOINTS,
        "lab.Bench" => nk_tests::lab::lab::bench::ENDPOINTS,
        "wire.Box" => nk_tests::wire::wire::r#box::ENDPOINTS,
        other => panic!("no generated code for `{other}`"),
    }
}

/// Writes a request as a proxy does, into memory that is not clean.
fn put(
    method: &'static Method,
    riid: u16,
    parameters: &impl Put,
    buf: &mut [u8],
) -> Result<usize, Full> {
    buf.fill(0xAA);
    let mut writer = Writer::new(buf, &method.req, riid, method.mid, false)?;
    parameters.put(&mut writer, At::START)?;
    Ok(writer.finish_len(&method.req))
}

/// A server that answers what it is told.
struct Told<'v> {
    error: bool,
    value: &'v Value,
}

impl Told<'_> {
    fn get<T: FromJson>(&self, name: &str) -> T {
        member(self.value, name)
    }
    /// All parameters of the answer together.
    fn whole<T: FromJson, E: FromJson>(&self) -> Result<T, Error<E>> {
        self.fails()?;
        Ok(T::from_json(self.value))
    }
    /// The only result of a method.
    fn only<T: FromJson, E: FromJson>(&self, name: &str) -> Result<T, Error<E>> {
        self.fails()?;
        Ok(self.get(name))
    }
    /// The fixed-size error parameters, if that is the answer.
    fn fails<E: FromJson>(&self) -> Result<(), Error<E>> {
        if self.error {
            Err(Error::Method(E::from_json(self.value)))
        } else {
            Ok(())
        }
    }
}

impl FromJson for () {
    fn from_json(_: &Value) -> Self {}
}

/// An answer as JSON.
fn shown<T, E: ToJson>(answer: Result<T, E>, result: impl FnOnce(T) -> Value) -> Value {
    answer.map_or_else(|error| error.to_json(), result)
}
