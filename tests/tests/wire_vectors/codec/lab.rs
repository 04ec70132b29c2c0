//! `lab.Scope`.
use super::{Codec, Told, put, shown};
use crate::values::{FromJson, ToJson, structs, unions};
use nk_runtime::generated::One;
use nk_runtime::{Full, Handle, Result, Seq, Verified, Written};
use nk_tests::lab::lab::scope::{self, *};
use nk_tests::lab::lab::units::{Calibration, Moment, Trigger};
use serde_json::{Value, json};

structs! {
    Moment, Moment { seconds nanos }
    Calibration<'static>, Calibration<'_> { serial gain table image window names }
    Trace<'static>, Trace<'_> { name samples gain }
    StatusRes, StatusRes { state uptime temperature serial }
    AttachReq, AttachReq { slot probe flags sink }
    AttachError, AttachError { code }
    ArmReq<'static>, ArmReq<'_> { trigger }
    ReadReq<'static>, ReadReq<'_> { channels limit }
    ProgramReq<'static>, ProgramReq<'_> { steps colours labels triggers }
    CalibrateReq<'static>, CalibrateReq<'_> { from }
    TrimError, TrimError { why }
}
unions! {
    Trigger<'static>, Trigger<'_> { Level "level" At "at" Pattern "pattern" Name "name" }
}

impl ToJson for ArmError<'_> {
    fn to_json(&self) -> Value {
        json!({ "code": self.code(), "reason": self.reason() })
    }
}
impl ToJson for ReadError<'_> {
    fn to_json(&self) -> Value {
        json!({ "missing": self.missing().to_json() })
    }
}

impl Scope for Told<'_> {
    fn reset(&mut self) -> Result<()> {
        self.whole()
    }
    fn status(&mut self) -> Result<StatusRes> {
        self.whole()
    }
    fn attach(&mut self, _: u32, _: Handle, _: u16, _: Handle) -> Result<Handle, AttachError> {
        self.only("session")
    }
    fn arm<'r>(&mut self, _: Trigger<'_>, out: ArmOut<'r>) -> Result<u32, ArmError<'r>> {
        if self.error {
            Err(out.fail(self.get("code"), self.get("reason")))
        } else {
            Ok(self.get("id"))
        }
    }
    fn read<'r>(
        &mut self,
        _: Seq<'_, u16>,
        _: u32,
        out: ReadOut<'r>,
    ) -> Result<ReadRes<'r>, ReadError<'r>> {
        if self.error {
            return Err(out.fail(self.get::<Seq<'static, &'static str>>("missing")));
        }
        let traces = self.get::<Seq<'static, Trace<'static>>>("traces");
        out.reply(self.get("start"), traces, self.get::<&'static [u8]>("raw"))
    }
    fn program(
        &mut self,
        _: Seq<'_, Seq<'_, u32>>,
        _: Seq<'_, [u8; 3]>,
        _: Seq<'_, &str>,
        _: Seq<'_, Trigger<'_>>,
    ) -> Result<u64> {
        self.only("accepted")
    }
    fn calibrate<'r>(
        &mut self,
        _: Calibration<'_>,
        out: CalibrateOut<'r>,
    ) -> Result<CalibrateRes<'r>> {
        self.fails()?;
        out.reply(self.get("to"))
    }
    fn dump<'r>(&mut self, out: DumpOut<'r>) -> Result<DumpRes<'r>> {
        self.fails()?;
        out.reply(self.get::<&'static [u8]>("memory"))
    }
    fn trim(&mut self, _: [i16; 3]) -> Result<[u32; 2], TrimError> {
        self.only("gains")
    }
}

pub(super) struct Lab;
impl Codec for Lab {
    fn request(
        &self,
        mid: u16,
        riid: u16,
        value: &Value,
        buf: &mut [u8],
    ) -> std::result::Result<usize, Full> {
        match mid {
            0 => put(&RESET, riid, &(), buf),
            1 => put(&STATUS, riid, &(), buf),
            2 => put(&ATTACH, riid, &AttachReq::from_json(value), buf),
            3 => put(&ARM, riid, &ArmReq::from_json(value), buf),
            4 => put(&READ, riid, &ReadReq::from_json(value), buf),
            5 => put(&PROGRAM, riid, &ProgramReq::from_json(value), buf),
            6 => put(&CALIBRATE, riid, &CalibrateReq::from_json(value), buf),
            7 => put(&DUMP, riid, &(), buf),
            _ => put(
                &TRIM,
                riid,
                &One(<[i16; 3]>::from_json(&value["offsets"])),
                buf,
            ),
        }
    }
    fn respond(
        &self,
        request: &Verified<'_>,
        error: bool,
        value: &Value,
        room: &mut [u8],
    ) -> Written {
        scope::dispatch(
            &mut Told { error, value },
            request.header().iid,
            request,
            room,
        )
    }
    fn read_request(&self, message: &Verified<'_>) -> Value {
        match Request::read(message) {
            Some(Request::Reset | Request::Status | Request::Dump) => json!({}),
            Some(Request::Attach(q)) => q.to_json(),
            Some(Request::Arm(q)) => q.to_json(),
            Some(Request::Read(q)) => q.to_json(),
            Some(Request::Program(q)) => q.to_json(),
            Some(Request::Calibrate(q)) => q.to_json(),
            Some(Request::Trim(offsets)) => json!({ "offsets": offsets.to_json() }),
            None => panic!("no request"),
        }
    }
    fn read_response(&self, message: &Verified<'_>) -> Value {
        match Response::read(message) {
            Some(Response::Reset(answer)) => shown(answer, |()| json!({})),
            Some(Response::Status(answer)) => shown(answer, |status| status.to_json()),
            Some(Response::Attach(answer)) => {
                shown(answer, |session| json!({ "session": session.to_json() }))
            }
            Some(Response::Arm(answer)) => shown(answer, |id| json!({ "id": id })),
            Some(Response::Read(answer)) => shown(
                answer,
                |r| json!({ "start": r.start().to_json(), "traces": r.traces().to_json(), "raw": r.raw().to_json() }),
            ),
            Some(Response::Program(answer)) => {
                shown(answer, |accepted| json!({ "accepted": accepted }))
            }
            Some(Response::Calibrate(answer)) => {
                shown(answer, |r| json!({ "to": r.to().to_json() }))
            }
            Some(Response::Dump(answer)) => {
                shown(answer, |r| json!({ "memory": r.memory().to_json() }))
            }
            Some(Response::Trim(answer)) => {
                shown(answer, |gains| json!({ "gains": gains.to_json() }))
            }
            None => panic!("no response"),
        }
    }
}
