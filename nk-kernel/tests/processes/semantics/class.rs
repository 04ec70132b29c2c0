//! The class `fs.Server` of the images made by hand, as generated code would describe it, and a server of it.
use crate::common::image::{FS_DIGEST, SERVER_DIGEST};
use nk_runtime::shape::{ClassType, Endpoint, Interface, Item, Message, Method};
use nk_runtime::{Dispatch, NkErr, Verified, Written};

static OPEN: Method = Method {
    name: "Open",
    mid: 0,
    req: Message::new(32, 0, 257, 257, &[Item::Str(24, 256)]),
    res: Message::fixed(32, 0, &[Item::Zero(28, 4)]),
    err: Message::fixed(24, 0, &[]),
};
static BLOB: Method = Method {
    name: "Blob",
    mid: 1,
    req: Message::new(32, 0, 1 << 16, 1 << 16, &[Item::Bytes(24, 1 << 16)]),
    res: Message::new(32, 0, 1 << 16, 1 << 16, &[Item::Bytes(24, 1 << 16)]),
    err: Message::fixed(24, 0, &[]),
};
static FILESYSTEM: Interface = Interface {
    name: "fs.Filesystem",
    digest: FS_DIGEST,
    methods: &[OPEN, BLOB],
};

pub struct Class;

impl ClassType for Class {
    const NAME: &'static str = "fs.Server";
    const DIGEST: [u8; 32] = SERVER_DIGEST;
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint {
        name: "OpsComp.FS",
        alias: "Operations.FS",
        interface: &FILESYSTEM,
    }];
}

/// Answers `Open` with what a function says about the name, and `Blob` with the same bytes.
pub struct Server<F>(pub F);

impl<F: FnMut(&str) -> u32> Dispatch for Server<F> {
    type Class = Class;
    fn dispatch(&mut self, request: &Verified<'_>, room: &mut [u8]) -> Written {
        let (base, arena) = (request.view().base(), request.view().arena());
        let response = if request.method().mid == 0 {
            let name = std::str::from_utf8(arena).unwrap().trim_end_matches('\0');
            crate::common::wire::opened((self.0)(name))
        } else {
            [base, arena].concat()
        };
        room.get_mut(..response.len())
            .ok_or(NkErr::ENOMEM)?
            .copy_from_slice(&response);
        Ok(response.len())
    }
}
