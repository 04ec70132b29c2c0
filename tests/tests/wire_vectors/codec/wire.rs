//! `wire.Chunks`.
use super::{Codec, Told, put, shown};
use crate::values::{FromJson, ToJson, structs, unions};
use nk_runtime::{Full, Handle, Result, Seq, Verified, Written};
use nk_tests::wire::wire::chunks::{self, *};
use serde_json::{Value, json};

structs! {
    Mixed, Mixed { a b c d e f g }
    Level<'static>, Level<'_> { name marks }
    Tree<'static>, Tree<'_> { id levels }
    PlainReq, PlainReq { mixed last }
    PlainError, PlainError { why }
    WriteReq<'static>, WriteReq<'_> { text }
    AlignReq<'static>, AlignReq<'_> { odd wide text half }
    ChooseReq<'static>, ChooseReq<'_> { choice }
    NestReq<'static>, NestReq<'_> { trees }
    PassReq, PassReq { a first b second }
    PassError, PassError { kept code }
    AliasReq<'static>, AliasReq<'_> { deep }
}
unions! {
    Choice<'static>, Choice<'_> { Small "small" Large "large" Record "record" Text "text" }
}

impl Chunks for Told<'_> {
    fn plain(&mut self, _: Mixed, _: u8) -> Result<u16, PlainError> {
        self.only("sum")
    }
    fn write(&mut self, _: &str) -> Result<u64> {
        self.only("written")
    }
    fn align<'r>(
        &mut self,
        _: &[u8],
        _: Seq<'_, u64>,
        _: &str,
        _: Seq<'_, u16>,
        out: AlignOut<'r>,
    ) -> Result<AlignRes<'r>> {
        self.fails()?;
        out.reply(
            self.get::<&'static [u8]>("raw"),
            self.get::<Seq<'static, u32>>("words"),
        )
    }
    fn choose<'r>(&mut self, _: Choice<'_>, out: ChooseOut<'r>) -> Result<ChooseRes<'r>> {
        self.fails()?;
        out.reply(self.get::<Seq<'static, Choice<'static>>>("all"))
    }
    fn nest<'r>(&mut self, _: Seq<'_, Tree<'_>>, out: NestOut<'r>) -> Result<NestRes<'r>> {
        self.fails()?;
        out.reply(self.get("names"), self.get("level"))
    }
    fn pass(&mut self, _: u32, _: Handle, _: u8, _: Handle) -> Result<Handle, PassError> {
        self.only("back")
    }
    fn alias(&mut self, _: Seq<'_, Seq<'_, Seq<'_, Seq<'_, &[u8]>>>>) -> Result<()> {
        self.whole()
    }
}

pub(super) struct Wire;
impl Codec for Wire {
    fn request(
        &self,
        mid: u16,
        riid: u16,
        value: &Value,
        buf: &mut [u8],
    ) -> std::result::Result<usize, Full> {
        match mid {
            0 => put(&PLAIN, riid, &PlainReq::from_json(value), buf),
            1 => put(&WRITE, riid, &WriteReq::from_json(value), buf),
            2 => put(&ALIGN, riid, &AlignReq::from_json(value), buf),
            3 => put(&CHOOSE, riid, &ChooseReq::from_json(value), buf),
            4 => put(&NEST, riid, &NestReq::from_json(value), buf),
            5 => put(&PASS, riid, &PassReq::from_json(value), buf),
            _ => put(&ALIAS, riid, &AliasReq::from_json(value), buf),
        }
    }
    fn respond(
        &self,
        request: &Verified<'_>,
        error: bool,
        value: &Value,
        room: &mut [u8],
    ) -> Written {
        chunks::dispatch(
            &mut Told { error, value },
            request.header().iid,
            request,
            room,
        )
    }
    fn read_request(&self, message: &Verified<'_>) -> Value {
        match Request::read(message) {
            Some(Request::Plain(q)) => q.to_json(),
            Some(Request::Write(q)) => q.to_json(),
            Some(Request::Align(q)) => q.to_json(),
            Some(Request::Choose(q)) => q.to_json(),
            Some(Request::Nest(q)) => q.to_json(),
            Some(Request::Pass(q)) => q.to_json(),
            Some(Request::Alias(q)) => q.to_json(),
            None => panic!("no request"),
        }
    }
    fn read_response(&self, message: &Verified<'_>) -> Value {
        match Response::read(message) {
            Some(Response::Plain(answer)) => shown(answer, |sum| json!({ "sum": sum })),
            Some(Response::Write(answer)) => shown(answer, |written| json!({ "written": written })),
            Some(Response::Align(answer)) => shown(
                answer,
                |r| json!({ "raw": r.raw().to_json(), "words": r.words().to_json() }),
            ),
            Some(Response::Choose(answer)) => {
                shown(answer, |r| json!({ "all": r.all().to_json() }))
            }
            Some(Response::Nest(answer)) => shown(
                answer,
                |r| json!({ "names": r.names().to_json(), "level": r.level().to_json() }),
            ),
            Some(Response::Pass(answer)) => shown(answer, |back| json!({ "back": back.to_json() })),
            Some(Response::Alias(answer)) => shown(answer, |()| json!({})),
            None => panic!("no response"),
        }
    }
}
