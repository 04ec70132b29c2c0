//! `farm.Sensor`.
use super::{Codec, Told, put, shown};
use crate::values::{FromJson, ToJson, member, structs, unions};
use nk_runtime::generated::One;
use nk_runtime::{Full, Handle, Result, Verified, Written};
use nk_tests::farm::farm::sensor::{self, *};
use serde_json::{Value, json};

structs! {
    Reading<'static>, Reading<'_> { kind stamp label }
    PutReq<'static>, PutReq<'_> { slot owner r }
    TuneReq<'static>, TuneReq<'_> { s }
    PutError, PutError { status }
}
unions! {
    Setting<'static>, Setting<'_> { Period "period" Blob "blob" }
}

impl Sensor for Told<'_> {
    fn put(&mut self, _: u32, _: Handle, _: Reading<'_>) -> Result<u16, PutError> {
        self.only("gen")
    }
    fn list<'r>(&mut self, _: u16, out: ListOut<'r>) -> Result<ListRes<'r>> {
        self.fails()?;
        out.reply(self.get::<nk_runtime::Seq<'static, Reading<'static>>>("items"))
    }
    fn tune(&mut self, _: Setting<'_>) -> Result<()> {
        self.whole()
    }
}

pub(super) struct Farm;
impl Codec for Farm {
    fn request(
        &self,
        mid: u16,
        riid: u16,
        value: &Value,
        buf: &mut [u8],
    ) -> std::result::Result<usize, Full> {
        match mid {
            0 => put(&PUT, riid, &PutReq::from_json(value), buf),
            1 => put(&LIST, riid, &One(member::<u16>(value, "first")), buf),
            _ => put(&TUNE, riid, &TuneReq::from_json(value), buf),
        }
    }
    fn respond(
        &self,
        request: &Verified<'_>,
        error: bool,
        value: &Value,
        room: &mut [u8],
    ) -> Written {
        sensor::dispatch(
            &mut Told { error, value },
            request.header().iid,
            request,
            room,
        )
    }
    fn read_request(&self, message: &Verified<'_>) -> Value {
        match Request::read(message) {
            Some(Request::Put(q)) => q.to_json(),
            Some(Request::List(first)) => json!({ "first": first }),
            Some(Request::Tune(q)) => q.to_json(),
            None => panic!("no request"),
        }
    }
    fn read_response(&self, message: &Verified<'_>) -> Value {
        match Response::read(message) {
            Some(Response::Put(answer)) => shown(answer, |gen_| json!({ "gen": gen_ })),
            Some(Response::List(answer)) => {
                shown(answer, |r| json!({ "items": r.items().to_json() }))
            }
            Some(Response::Tune(answer)) => shown(answer, |()| json!({})),
            None => panic!("no response"),
        }
    }
}
