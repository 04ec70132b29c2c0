//! A solution of three classes: `C` calls `S`, whose `comp.impl` has `Do(in UInt32 v, out UInt32 r)` and
//! `Put(in string<4> s, in sequence<Pair, 2> p)` with `struct Pair { UInt8 a; UInt32 b; }`.
#![allow(
    dead_code,
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
use nk_runtime::shape::{FlatElem, FlatItem, List};
use nk_security::*;

pub const C: ClassId = ClassId(0);
pub const S: ClassId = ClassId(1);
pub const E: ClassId = ClassId(2);
pub const DO: u16 = 0;
pub const PUT: u16 = 1;

/// A message as one piece of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mem(pub Vec<u8>, pub Vec<u8>);

impl Bytes for Mem {
    fn parts(&self) -> (&[u8], &[u8]) {
        (&self.0, &self.1)
    }
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.0, &mut self.1)
    }
}

pub fn tables() -> Tables {
    let list = |first, len| List { first, len };
    let pair = FlatElem {
        size: 8,
        align: 4,
        items: list(0, 1),
    };
    let items = vec![
        FlatItem::Zero(1, 3),
        FlatItem::Str(24, 4),
        FlatItem::Seq(32, 2, pair),
        FlatItem::Zero(28, 4),
    ];
    let fixed = |size, items| Message {
        size,
        handles: 0,
        arena: false,
        items,
    };
    let (empty, number) = (fixed(24, list(0, 0)), fixed(32, list(3, 1)));
    let put = Message {
        size: 40,
        handles: 0,
        arena: true,
        items: list(1, 2),
    };
    let method = |name: &str, request, response| Method {
        name: name.into(),
        request,
        response,
        error: empty,
    };
    let class = |name: &str, endpoints| Class {
        name: name.into(),
        digest: [0; 32],
        endpoints,
        security: vec![],
        compat: false,
    };
    let endpoint = Endpoint {
        name: "comp.impl".into(),
        alias: "Comp.impl".into(),
        interface: InterfaceId(0),
    };
    Tables {
        interfaces: vec![Interface {
            name: "Ping".into(),
            digest: [7; 32],
            methods: vec![method("Do", number, number), method("Put", put, empty)],
        }],
        classes: vec![
            class("C", vec![]),
            class("S", vec![endpoint]),
            class("E", vec![]),
        ],
        items,
        variants: vec![],
    }
}

pub fn place(line: u32) -> Place {
    Place {
        file: FileId(0),
        line,
        column: 1,
    }
}

/// What decides about an event, before it has numbers.
#[derive(Debug, Clone)]
pub enum Decision {
    Rules(Vec<(Call, Place)>),
    None(NoRule, Place),
}

/// Every event of `Do` and `Put` has this decision.
pub fn program(request: Decision, response: Decision, error: Decision) -> Program {
    let row = |n| vec![TreeId(n); 2];
    let to_s = |n| {
        (0..9)
            .map(|pair| RowId(if pair % 3 == 1 { n } else { 0 }))
            .collect()
    };
    let from_s = |n| {
        (0..9)
            .map(|pair| RowId(if (3..6).contains(&pair) { n } else { 0 }))
            .collect()
    };
    let mut program = Program {
        files: vec!["security.psl".into()],
        rows: vec![vec![], row(0), row(1), row(2)],
        request: to_s(1),
        response: from_s(2),
        error: from_s(3),
        execute: vec![TreeId(0); 9],
        security: vec![RowId(0); 3],
        ..Program::default()
    };
    for decision in [request, response, error] {
        let tree = match decision {
            Decision::Rules(calls) => program.base(&calls),
            Decision::None(why, place) => Tree::NoRule(why, place),
        };
        program.trees.push(tree);
    }
    program
}

pub fn subject(class: ClassId) -> Subject {
    Subject {
        class,
        sid: Sid(u64::from(class.0) + 3),
    }
}

pub fn rules(rules: &[(Call, Place)]) -> Decision {
    Decision::Rules(rules.to_vec())
}
pub fn grant(line: u32) -> (Call, Place) {
    (Call::Grant, place(line))
}
pub fn deny(line: u32) -> (Call, Place) {
    (Call::Deny, place(line))
}
pub fn none(why: NoRule, line: u32) -> Decision {
    Decision::None(why, place(line))
}

/// All granted.
pub fn open_program() -> Program {
    program(rules(&[grant(1)]), rules(&[grant(2)]), rules(&[grant(3)]))
}

pub fn head(mid: u16, size: u32, err: bool) -> Vec<u8> {
    let mut bytes = vec![0, 0];
    bytes.extend(mid.to_le_bytes());
    bytes.extend(nk_runtime::message::Ex::new(size, 0, err).0.to_le_bytes());
    bytes.resize(24, 0);
    bytes
}

/// `Do` in either direction.
pub fn number(n: u32) -> Mem {
    let mut constant = head(DO, 32, false);
    constant.extend(n.to_le_bytes());
    constant.resize(32, 0);
    Mem(constant, vec![])
}

/// `Put` with descriptors and arena as given.
pub fn put(words: [u32; 4], arena: &[u8]) -> Mem {
    let mut constant = head(PUT, 40, false);
    constant.extend(words.iter().flat_map(|w| w.to_le_bytes()));
    Mem(constant, arena.to_vec())
}
