//! An image with one of everything.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "each test file uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::must_use_candidate,
    reason = "tests fail by panicking"
)]
use nk_image::*;
use nk_runtime::shape::{FlatElem, FlatItem, List};
use sha2::{Digest, Sha256};

/// One of everything.
#[allow(clippy::too_many_lines, reason = "one table")]
pub fn image() -> Image {
    let list = |first, len| List { first, len };
    let place = Place {
        file: FileId(0),
        line: 300,
        column: 2,
    };
    let element = |items| FlatElem {
        size: 16,
        align: 4,
        items,
    };
    let items = vec![
        FlatItem::Str(0, 10),
        FlatItem::Zero(8, 8),
        FlatItem::Bytes(24, 9),
        FlatItem::Seq(32, 4, element(list(0, 2))),
        FlatItem::Array(40, 2, element(list(0, 2))),
        FlatItem::Union(72, list(0, 2)),
    ];
    let message = Message {
        size: 96,
        handles: 0,
        arena: true,
        items: list(2, 4),
    };
    let empty = Message {
        size: 24,
        handles: 0,
        arena: false,
        items: list(0, 0),
    };
    let method = Method {
        name: "Do".into(),
        request: message,
        response: empty,
        error: empty,
    };
    let security = Endpoint {
        name: "security".into(),
        alias: "security".into(),
        interface: InterfaceId(0),
    };
    let endpoint = Endpoint {
        name: "a.b".into(),
        alias: "A.b".into(),
        interface: InterfaceId(0),
    };
    let class = |name: &str, endpoints, security| Class {
        name: name.into(),
        digest: [1; 32],
        endpoints,
        security,
        compat: false,
    };
    let task = |name: &str, class| Task {
        name: name.into(),
        class: ClassId(class),
        path: name.into(),
        args: vec!["-x".into(), String::new()],
        env: vec![("KEY".into(), "wert=ü".into())],
    };
    let mut image = Image {
        name: "solution".into(),
        tables: Tables {
            classes: vec![
                class("C", vec![], vec![security]),
                class("S", vec![endpoint], vec![]),
            ],
            interfaces: vec![Interface {
                name: "I".into(),
                digest: [2; 32],
                methods: vec![method],
            }],
            items,
            variants: vec![list(0, 0), list(0, 1)],
        },
        program: Program {
            files: vec!["security.psl".into()],
            rows: vec![vec![], vec![TreeId(0)], vec![TreeId(1)]],
            request: [0, 1, 0, 2].map(RowId).to_vec(),
            response: [0, 0, 1, 2].map(RowId).to_vec(),
            error: [0, 0, 2, 2].map(RowId).to_vec(),
            execute: vec![TreeId(0); 4],
            security: vec![RowId(1), RowId(0)],
            ..Program::default()
        },
        plan: Plan {
            initiator: ClassId(0),
            tasks: vec![task("s", 1), task("c", 0)],
            channels: vec![Channel {
                client: TaskId(1),
                server: TaskId(0),
                name: "channel".into(),
            }],
        },
        max_message: 16 << 20,
    };
    let both = image
        .program
        .base(&[(Call::Grant, place), (Call::Deny, place)]);
    image.program.trees = vec![both, Tree::NoRule(NoRule::NoBinding, place)];
    image
}

/// Where the body begins: behind magic, version, length and digest.
pub const BODY: usize = 52;

/// The digest made right again, as somebody would who wants to be believed.
pub fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = Sha256::digest(&bytes[BODY..]);
    bytes[20..BODY].copy_from_slice(&digest);
    let length = u64::try_from(bytes.len() - BODY).unwrap();
    bytes[12..20].copy_from_slice(&length.to_le_bytes());
    bytes
}
