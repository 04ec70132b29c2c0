//! A process class written by hand: `t.Server` with the endpoint `comp.echo` of the interface `t.Echo`. Messages are bytes put
//! together by the rules of `docs/wire.md` §1–§6, not by the library's writer.
use nk_runtime::shape::{ClassType, Endpoint, Interface, InterfaceType, Item, Message, Method};
use nk_runtime::{Dispatch, NkErr, Verified, Written};

/// `Add(in UInt32 n, out UInt32 next)`
pub(crate) static ADD: Method = Method {
    name: "Add",
    mid: 0,
    req: Message::fixed(32, 0, &[Item::Zero(28, 4)]),
    res: Message::fixed(32, 0, &[Item::Zero(28, 4)]),
    err: Message::fixed(24, 0, &[]),
};
/// `Say(in string<100> text, out string<100> back)`
pub(crate) static SAY: Method = Method {
    name: "Say",
    mid: 1,
    req: Message::new(32, 0, 101, 101, &[Item::Str(24, 100)]),
    res: Message::new(32, 0, 101, 101, &[Item::Str(24, 100)]),
    err: Message::fixed(24, 0, &[]),
};
/// `Load(in bytes<0x10_0000_0000> all)`: no machine has memory for its largest request.
pub(crate) static LOAD: Method = Method {
    name: "Load",
    mid: 2,
    req: Message::new(32, 0, 1 << 36, 1 << 36, &[Item::Bytes(24, u32::MAX)]),
    res: Message::fixed(24, 0, &[]),
    err: Message::fixed(24, 0, &[]),
};
pub(crate) static ECHO: Interface = Interface {
    name: "t.Echo",
    digest: [0xec; 32],
    methods: &[ADD, SAY],
};
pub(crate) static LOADER: Interface = Interface {
    name: "t.Loader",
    digest: [0x10; 32],
    methods: &[ADD, SAY, LOAD],
};

pub(crate) struct EchoInterface;
impl InterfaceType for EchoInterface {
    const TABLE: &'static Interface = &ECHO;
}

pub(crate) struct Class;
impl ClassType for Class {
    const NAME: &'static str = "t.Server";
    const DIGEST: [u8; 32] = [0x5e; 32];
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint {
        name: "comp.echo",
        alias: "Comp.echo",
        interface: &ECHO,
    }];
}

/// Adds one and echoes; cannot answer 0, and panics at 13.
#[derive(Default)]
pub(crate) struct Server {
    pub(crate) added: Vec<u32>,
}
impl Dispatch for Server {
    type Class = Class;
    fn dispatch(&mut self, request: &Verified<'_>, room: &mut [u8]) -> Written {
        let response = if request.method().mid == 0 {
            let n = u32::from_le_bytes(request.view().base()[24..28].try_into().unwrap());
            self.added.push(n);
            match n {
                0 => return Err(NkErr::EINVAL),
                13 => panic!("unlucky"),
                n => add(n + 1),
            }
        } else {
            [request.view().base(), request.view().arena()].concat()
        };
        room.get_mut(..response.len())
            .ok_or(NkErr::ENOMEM)?
            .copy_from_slice(&response);
        Ok(response.len())
    }
}

fn header(iid: u16, mid: u16, size: u32) -> Vec<u8> {
    [
        &iid.to_le_bytes()[..],
        &mid.to_le_bytes(),
        &size.to_le_bytes(),
        &[0; 16],
    ]
    .concat()
}
/// The request of `Add`, or its response: both hold one number.
pub(crate) fn add(n: u32) -> Vec<u8> {
    [header(0, 0, 32), n.to_le_bytes().to_vec(), vec![0; 4]].concat()
}
/// The constant part of the request of `Say`, or of its response, and its arena.
pub(crate) fn say(text: &str) -> (Vec<u8>, Vec<u8>) {
    let arena = [text.as_bytes(), &[0]].concat();
    let descriptor = [[0; 4], (arena.len() as u32).to_le_bytes()].concat();
    ([header(0, 1, 32), descriptor].concat(), arena)
}
/// A message to an endpoint and method that need not exist.
pub(crate) fn to(iid: u16, mid: u16) -> Vec<u8> {
    [header(iid, mid, 32), vec![0; 8]].concat()
}
