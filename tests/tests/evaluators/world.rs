//! The world that policies and events are about: two client classes, two server classes, one interface.
use crate::dice::Dice;
use nk_grammar::psl::Event;
use nk_runtime::message::Ex;
use nk_security::{Bytes, Policy, Sid, Subject};

pub(crate) const FILES: [(&str, &str); 8] = [
    (
        "Io.idl",
        "package Io interface {
            Put(in UInt32 v, in SInt16 w, in string<8> text, in sequence<UInt8, 4> list, out UInt32 r, out string<8> back,
                error UInt8 code);
            Get(in UInt32 v, out UInt32 r);
        }",
    ),
    ("Guard.idl", "package Guard interface { Check(in UInt32 v); }"),
    ("Comp.cdl", "component Comp endpoints { io : Io }"),
    ("S.edl", "task class S endpoints { a : Io b : Io }"),
    ("T.edl", "task class T components { comp : Comp }"),
    ("C.edl", "task class C security Guard"),
    ("D.edl", "task class D"),
    ("Einit.edl", "task class Einit"),
];

/// A process: its class and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(pub(crate) &'static str, pub(crate) u64);

const CLIENTS: [Process; 3] = [Process("C", 2), Process("C", 3), Process("D", 4)];
const SERVERS: [Process; 3] = [Process("S", 5), Process("S", 6), Process("T", 7)];
const EINIT: Process = Process("Einit", 1);

impl Process {
    pub(crate) fn subject(self, policy: &Policy) -> Subject {
        Subject {
            class: policy.tables().class_named(self.0).unwrap(),
            sid: Sid(self.1),
        }
    }
}

/// A value in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    Number(i128, Width),
    Text(String),
    List(Vec<u8>),
}

/// The type of a number; a literal takes that of the other operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    U8,
    U16,
    U32,
    U64,
    I16,
    Literal,
}

impl Width {
    pub(crate) fn holds(self, number: i128) -> bool {
        match self {
            Self::U8 => u8::try_from(number).is_ok(),
            Self::U16 => u16::try_from(number).is_ok(),
            Self::U32 => u32::try_from(number).is_ok(),
            Self::U64 => u64::try_from(number).is_ok(),
            Self::I16 => i16::try_from(number).is_ok(),
            Self::Literal => true,
        }
    }
}

/// An event.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    pub(crate) event: Event,
    pub(crate) src: Process,
    pub(crate) dst: Process,
    pub(crate) endpoint: &'static str,
    pub(crate) method: &'static str,
    pub(crate) fields: Vec<(&'static str, Field)>,
}

impl Happening {
    /// The starts of all processes.
    pub(crate) fn starts() -> impl Iterator<Item = Self> {
        let started = |dst| Self {
            event: Event::Execute,
            src: EINIT,
            dst,
            endpoint: "",
            method: "main",
            fields: vec![],
        };
        CLIENTS.into_iter().chain(SERVERS).map(started)
    }

    pub(crate) fn random(dice: &mut Dice) -> Self {
        let messages = [
            Event::Request,
            Event::Request,
            Event::Request,
            Event::Response,
            Event::Error,
            Event::Security,
        ];
        let event = if dice.once_in(40) {
            Event::Execute
        } else {
            dice.of(&messages)
        };
        let (client, server) = (dice.of(&CLIENTS), dice.of(&SERVERS));
        let (src, dst) = match event {
            Event::Request => (client, server),
            Event::Response | Event::Error => (server, client),
            Event::Security => (dice.of(&CLIENTS[..2]), EINIT),
            Event::Execute => (EINIT, dice.of(&[CLIENTS, SERVERS].concat())),
        };
        let (endpoint, method) = match event {
            Event::Execute => ("", "main"),
            Event::Security => ("security", "Check"),
            _ if server.0 == "T" => ("comp.io", dice.of(&["Put", "Get"])),
            _ => (dice.of(&["a", "b"]), dice.of(&["Put", "Get"])),
        };
        let fields = fields(event, method, dice);
        Self {
            event,
            src,
            dst,
            endpoint,
            method,
            fields,
        }
    }

    /// The message in the strict encoding (`docs/wire.md` §1–§6), laid out by hand.
    pub(crate) fn encoded(&self) -> Memory {
        let (mut constant, mut arena) = (vec![0; 24], Vec::new());
        for (_, field) in &self.fields {
            match field {
                Field::Number(number, width) => {
                    let size = match width {
                        Width::U8 => 1,
                        Width::I16 | Width::U16 => 2,
                        _ => 4,
                    };
                    constant.resize(constant.len().next_multiple_of(size), 0);
                    constant.extend(&number.to_le_bytes()[..size]);
                }
                Field::Text(text) => chunk(
                    &mut constant,
                    &mut arena,
                    &[text.as_bytes(), b"\0"].concat(),
                ),
                Field::List(list) => chunk(&mut constant, &mut arena, list),
            }
        }
        constant.resize(constant.len().next_multiple_of(8), 0);
        let riid = u16::from(self.endpoint == "b");
        let mid = u16::from(self.method == "Get");
        let ex = Ex::new(
            u32::try_from(constant.len()).unwrap(),
            0,
            self.event == Event::Error,
        );
        constant[..2].copy_from_slice(&riid.to_le_bytes());
        constant[2..4].copy_from_slice(&mid.to_le_bytes());
        constant[4..8].copy_from_slice(&ex.0.to_le_bytes());
        Memory(constant, arena)
    }
}

/// A chunk of bytes: one after the other; an empty one is {0, 0}.
fn chunk(constant: &mut Vec<u8>, arena: &mut Vec<u8>, bytes: &[u8]) {
    constant.resize(constant.len().next_multiple_of(4), 0);
    let start = if bytes.is_empty() { 0 } else { arena.len() };
    let word = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    constant.extend([word(start), word(bytes.len())].concat());
    arena.extend(bytes);
}

fn fields(event: Event, method: &str, dice: &mut Dice) -> Vec<(&'static str, Field)> {
    let number = |dice: &mut Dice, width| {
        let number = dice.of(&[
            0,
            1,
            2,
            3,
            9,
            100,
            i128::from(u32::MAX),
            i128::from(u32::MAX) - 1,
        ]);
        Field::Number(number, width)
    };
    let text = |dice: &mut Dice| {
        Field::Text(
            dice.of(&["", "a", "ab", "abab", "abc", "b7", "7", "long one"])
                .to_owned(),
        )
    };
    match (event, method) {
        (Event::Request, "Put") => vec![
            ("v", number(dice, Width::U32)),
            (
                "w",
                Field::Number(dice.of(&[0, 1, -1, 9, -32_768, 32_767]), Width::I16),
            ),
            ("text", text(dice)),
            (
                "list",
                Field::List(vec![1, 2, 200, 9][..dice.below(5)].to_vec()),
            ),
        ],
        (Event::Response, "Put") => vec![("r", number(dice, Width::U32)), ("back", text(dice))],
        (Event::Error, "Put") => vec![("code", Field::Number(dice.of(&[0, 1, 9, 255]), Width::U8))],
        (Event::Request, "Get") | (Event::Security, _) => vec![("v", number(dice, Width::U32))],
        (Event::Response, "Get") => vec![("r", number(dice, Width::U32))],
        _ => vec![],
    }
}

/// A message in memory of its own.
#[derive(Debug)]
pub(crate) struct Memory(Vec<u8>, Vec<u8>);

impl Bytes for Memory {
    fn parts(&self) -> (&[u8], &[u8]) {
        (&self.0, &self.1)
    }
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.0, &mut self.1)
    }
}
