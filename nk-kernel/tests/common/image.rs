//! Images made by hand: `client.Client` and `fs.Server` with the endpoint `OpsComp.FS`.
use nk_image::{
    Call, Class, Endpoint, FileId, Image, Interface, InterfaceId, Message, Method, NoRule, Place,
    Plan, Program, RowId, Tables, Task, TaskId, Tree, TreeId,
};
pub use nk_image::{Channel, ClassId};
use nk_runtime::shape::{FlatItem, List};
use std::slice;

pub const CLIENT: ClassId = ClassId(0);
pub const SERVER: ClassId = ClassId(1);
pub const EINIT: ClassId = ClassId(2);
pub const CLASSES: usize = 3;

pub const FS_DIGEST: [u8; 32] = [0xf5; 32];
pub const SERVER_DIGEST: [u8; 32] = [0x5e; 32];

/// MIDs of `OpsComp.Operations`' interface.
pub const OPEN: u16 = 0;
pub const BLOB: u16 = 1;
pub const PASS: u16 = 2;

fn tables() -> Tables {
    // 0: string<256> at 24; 1: padding at 28; 2: bytes at 24
    let items = vec![
        FlatItem::Str(24, 256),
        FlatItem::Zero(28, 4),
        FlatItem::Bytes(24, 1 << 24),
    ];
    let list = |first, len| List { first, len };
    let empty = Message {
        size: 24,
        handles: 0,
        arena: false,
        items: list(0, 0),
    };
    let number = Message {
        size: 32,
        handles: 0,
        arena: false,
        items: list(1, 1),
    };
    let bytes = Message {
        size: 32,
        handles: 0,
        arena: true,
        items: list(2, 1),
    };
    let method = |name: &str, request, response| Method {
        name: name.into(),
        request,
        response,
        error: empty,
    };
    let text = Message {
        size: 32,
        handles: 0,
        arena: true,
        items: list(0, 1),
    };
    let handle = Message {
        size: 40,
        handles: 1,
        arena: false,
        items: list(0, 0),
    };
    let methods = vec![
        method("Open", text, number),
        method("Blob", bytes, bytes),
        method("Pass", handle, empty),
    ];
    let class = |name: &str, digest, endpoints| Class {
        name: name.into(),
        digest,
        endpoints,
        security: vec![],
        compat: false,
    };
    let fs = Endpoint {
        name: "OpsComp.FS".into(),
        alias: "Operations.FS".into(),
        interface: InterfaceId(0),
    };
    Tables {
        interfaces: vec![Interface {
            name: "fs.Filesystem".into(),
            digest: FS_DIGEST,
            methods,
        }],
        classes: vec![
            class("client.Client", [0xc1; 32], vec![]),
            class("fs.Server", SERVER_DIGEST, vec![fs]),
            class("Einit", [0; 32], vec![]),
        ],
        items,
        variants: vec![],
    }
}

fn place(line: u32) -> Place {
    Place {
        file: FileId(0),
        line,
        column: 5,
    }
}

/// Tree 0 grants, 1 denies, 2 is the default of class pairs without a binding, 3 grants and then denies.
pub const GRANT: TreeId = TreeId(0);
pub const DENY: TreeId = TreeId(1);
pub const UNCOVERED: TreeId = TreeId(2);
pub const BOTH: TreeId = TreeId(3);

fn program() -> Program {
    let mut program = Program {
        files: vec!["policy/security.psl".into()],
        rows: vec![vec![], vec![GRANT; 3], vec![UNCOVERED; 3]],
        request: table(|_, dst| dst == SERVER),
        response: table(|src, _| src == SERVER),
        error: table(|src, _| src == SERVER),
        execute: vec![GRANT; CLASSES * CLASSES],
        security: vec![RowId(0); CLASSES],
        ..Program::default()
    };
    let (grant, deny) = ((Call::Grant, place(7)), (Call::Deny, place(9)));
    program.trees = vec![
        program.base(slice::from_ref(&grant)),
        program.base(slice::from_ref(&deny)),
        Tree::NoRule(NoRule::NoBinding, place(3)),
        program.base(&[grant, deny]),
    ];
    program
}

fn table(serves: fn(ClassId, ClassId) -> bool) -> Vec<RowId> {
    let ids = || (0..3).map(ClassId);
    ids()
        .flat_map(|src| ids().map(move |dst| RowId(u32::from(serves(src, dst)))))
        .collect()
}

pub fn pair(src: ClassId, dst: ClassId) -> usize {
    src.index() * CLASSES + dst.index()
}

/// A row for one class pair, as its trees say.
pub fn set_row(
    program: &mut Program,
    table: fn(&mut Program) -> &mut Vec<RowId>,
    pair: usize,
    trees: [TreeId; 3],
) {
    let row = RowId(u32::try_from(program.rows.len()).unwrap());
    program.rows.push(trees.to_vec());
    table(program)[pair] = row;
}

pub fn task(name: &str, class: ClassId) -> Task {
    Task {
        name: name.into(),
        class,
        path: "program".into(),
        args: vec![],
        env: vec![],
    }
}

pub fn channel(client: u32, server: u32, name: &str) -> Channel {
    Channel {
        client: TaskId(client),
        server: TaskId(server),
        name: name.into(),
    }
}

/// Tasks `server` and `client`, the channel `fs`, everything granted.
pub fn client_and_server() -> Image {
    with_tasks(
        vec![task("server", SERVER), task("client", CLIENT)],
        vec![channel(1, 0, "fs")],
    )
}

pub fn with_tasks(tasks: Vec<Task>, channels: Vec<Channel>) -> Image {
    Image {
        name: "test".into(),
        tables: tables(),
        program: program(),
        plan: Plan {
            initiator: EINIT,
            tasks,
            channels,
        },
        max_message: 4 << 20,
    }
}
