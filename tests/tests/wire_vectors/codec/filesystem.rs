//! `Filesystem`.
use super::{Codec, Told, put, shown};
use crate::values::{FromJson, ToJson, structs};
use nk_runtime::{Full, Result, Verified, Written};
use nk_tests::filesystem::filesystem::{self, *};
use serde_json::{Value, json};

structs! {
    OpenReq<'static>, OpenReq<'_> { name }
}

impl Filesystem for Told<'_> {
    fn open(&mut self, _: &str) -> Result<u32> {
        self.only("h")
    }
}

pub(super) struct Files;
impl Codec for Files {
    fn request(
        &self,
        _: u16,
        riid: u16,
        value: &Value,
        buf: &mut [u8],
    ) -> std::result::Result<usize, Full> {
        put(&OPEN, riid, &OpenReq::from_json(value), buf)
    }
    fn respond(
        &self,
        request: &Verified<'_>,
        error: bool,
        value: &Value,
        room: &mut [u8],
    ) -> Written {
        filesystem::dispatch(
            &mut Told { error, value },
            request.header().iid,
            request,
            room,
        )
    }
    fn read_request(&self, message: &Verified<'_>) -> Value {
        match Request::read(message) {
            Some(Request::Open(q)) => q.to_json(),
            None => panic!("no request"),
        }
    }
    fn read_response(&self, message: &Verified<'_>) -> Value {
        match Response::read(message) {
            Some(Response::Open(answer)) => shown(answer, |h| json!({ "h": h })),
            None => panic!("no response"),
        }
    }
}
