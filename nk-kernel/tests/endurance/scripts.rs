//! Calls of the kernel in any order, with handles that are live, closed, recycled, others' and invented: every one is answered
//! with a documented code, and what is right goes on working.
use crate::common::exchange::*;
use crate::common::{Dice, Roles};
use nk_core::handle::{self, Provided};
use nk_core::{cm, notice};
use nk_runtime::host::{Error, Parts, Wait, ipc};
use nk_runtime::{Handle, Retcode, Rights, Riid};
use std::collections::BTreeMap;

/// Calls of each program; `NK_SCRIPT_CALLS` says how many instead.
const CALLS: u32 = 4_000;

/// Pairs of a call and its outcome that a script is to come across.
const KINDS: usize = 35;

pub(crate) const ROLES: Roles = &[("hold", hold), ("script", script)];

/// Takes what it is handed, gives back what it was handed, and echoes.
fn hold() {
    let listener = registered();
    let mut held: Vec<Handle> = Vec::new();
    loop {
        let (received, request) = match receive(listener) {
            Ok(request) => request,
            Err(Error::Kernel(Retcode::NOT_CONNECTED)) => return tell!("served"),
            // too many handles: the client is told, and the server serves on
            Err(_) => continue,
        };
        let answer = match u16::from_le_bytes([request[2], request[3]]) {
            HAND => {
                held.push(handle_in(&request));
                message(HAND, &[], Some(u32::try_from(held.len()).unwrap() - 1))
            }
            FETCH => {
                let wanted = number(&request) as usize;
                let handle = held
                    .get(wanted % held.len().max(1))
                    .copied()
                    .unwrap_or(Handle::INVALID);
                message(FETCH, &[Handle { badge: 0, ..handle }], None)
            }
            _ => message(ECHO, &[], Some(number(&request) + 1)),
        };
        // what is no handle of the server's any more is refused, and the call then ends here
        if ipc::reply(received.token, Parts::of(&answer)).is_err() {
            let _over = ipc::abort(received.token, Retcode::FAIL);
        }
        if held.len() > 100 {
            for handle in held.drain(..) {
                let _gone = handle::close(handle.handle);
            }
        }
    }
}

/// A program that does anything.
struct Script {
    dice: Dice,
    channel: u32,
    /// Numbers that are, or once were, handles of this program.
    known: Vec<u32>,
    codes: BTreeMap<String, u32>,
}

impl Script {
    fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.dice.below(n.into())).unwrap()
    }

    /// A number: known, the same place used once more or once less, another program's, or any.
    fn any(&mut self) -> u32 {
        let count = u32::try_from(self.known.len()).unwrap();
        // the one that was learnt last is often still good for something
        let at = if self.below(2) == 0 {
            count - 1
        } else {
            self.below(count)
        };
        let known = self.known[at as usize];
        match self.below(8) {
            0 => known.wrapping_add(1 << 14),
            1 => known.wrapping_sub(1 << 14),
            2 => self.below(300),
            3 => u32::try_from(self.dice.below(1 << 32)).unwrap(),
            _ => known,
        }
    }

    fn rights(&mut self) -> Rights {
        match self.below(4) {
            0 => Rights::NONE,
            1 => Rights::ALL,
            2 => Rights::TRANSFER.and(Rights::COPY),
            _ => Rights(1 << self.below(6)),
        }
    }

    fn learn(&mut self, what: &str, made: Result<u32, Error>) {
        if let Ok(handle) = made {
            // the channel stays; of the others, an old one makes place
            if self.known.len() > 60 {
                let at = 1 + self.below(59) as usize;
                self.known.remove(at);
            }
            self.known.push(handle);
        }
        self.note(what, made.map(drop));
    }

    fn note(&mut self, what: &str, came: Result<(), Error>) {
        let code = match came {
            Ok(()) => Retcode::OK,
            Err(e) => e.retcode(),
        };
        assert!(
            code.to_string().starts_with("rc") && code != Retcode::INTERNAL_ERROR,
            "{what}: {code}"
        );
        *self.codes.entry(format!("{what} {code}")).or_default() += 1;
    }

    fn once(&mut self) {
        let (a, b, rights) = (self.any(), self.any(), self.rights());
        let badge = (self.below(3) == 0).then(|| self.any());
        let channel = self.channel;
        let client = cm::Client {
            name: "Client".into(),
            service: "exchange".into(),
        };
        match self.below(20) {
            0 => {
                let made = handle::copy(a, rights, badge);
                self.learn("copy", made);
            }
            1 if a != channel => {
                let closed = handle::close(a);
                self.note("close", closed);
            }
            2 if a != channel => {
                let revoked = handle::revoke(a);
                self.note("revoke", revoked);
            }
            3 => {
                let revoked = handle::revoke_subtree(a, b);
                self.note("revoke subtree", revoked);
            }
            4 => {
                let made = handle::badge(badge, 1, 2);
                self.learn("badge", made);
            }
            5 => {
                let calls = (self.below(2) == 0).then_some((b, Riid(0)));
                let made = handle::user_object(Provided {
                    rights,
                    context: 7,
                    calls,
                    of_type: 1,
                });
                self.learn("user object", made);
            }
            6 if a != channel => {
                let gone = handle::disconnect(a);
                self.note("disconnect", gone);
            }
            7 => {
                let sid = handle::sid(a).map(drop);
                self.note("sid", sid);
            }
            8 => {
                let listened = cm::listen(0).map(drop);
                self.note("listen", listened);
            }
            9 => {
                let accepted = cm::accept(badge, &client, Riid(0));
                self.learn("accept", accepted);
            }
            10 => {
                let refused = cm::drop(&client);
                self.note("drop", refused);
            }
            11 => {
                let server = ["Server", "Client", "Nobody"][self.below(3) as usize];
                let connected = cm::connect(server, "exchange", 1).map(|c| c.channel.handle());
                self.learn("connect", connected);
            }
            12 => {
                let received = ipc::recv_with(a, &mut [0; 64], Wait::within(0)).map(drop);
                self.note("receive", received);
            }
            13 => {
                let token = self.dice.below(1 << 20);
                let replied = ipc::reply(token, Parts::of(&message(ECHO, &[], Some(1))));
                self.note("reply", replied);
            }
            14 => {
                let called = ipc::call(a, Parts::of(&message(ECHO, &[], Some(1))), &mut [0; 64], 5)
                    .map(drop);
                self.note("call", called);
            }
            15 => {
                let sent = Handle {
                    badge: u64::from(badge.unwrap_or(0)),
                    ..Handle::new(a, rights)
                };
                let handed = call(channel, &message(HAND, &[sent], None)).map(drop);
                self.note("hand", handed);
            }
            16 => {
                let fetched = call(channel, &message(FETCH, &[], Some(a)))
                    .map(|answer| handle_in(&answer).handle);
                self.learn("fetch", fetched);
            }
            17 => {
                let made = notice::Notice::new().map(|notice| notice.handle());
                self.learn("notice", made);
            }
            18 => {
                let raised = notice::raise(a, rights.0);
                self.note("raise", raised);
            }
            _ => assert_eq!(echo(channel, 5), "6", "what is right goes on working"),
        }
    }
}

fn script() {
    let seed = std::env::args()
        .find_map(|argument| argument.strip_prefix("seed=").map(str::to_owned))
        .unwrap();
    let calls = std::env::args()
        .find_map(|argument| argument.strip_prefix("calls=")?.parse().ok())
        .unwrap_or(CALLS);
    let channel = connected();
    let dice = Dice::from_seed(seed.parse().unwrap());
    let mut script = Script {
        dice,
        channel,
        known: vec![channel],
        codes: BTreeMap::new(),
    };
    for _ in 0..calls {
        script.once();
    }
    tell!("{}", echo(channel, 41));
    for (what, times) in script.codes {
        tell!("{what}: {times}");
    }
}

#[test]
fn calls_in_any_order_with_any_handle_are_answered_and_what_is_right_goes_on_working() {
    let mut dice = Dice::seeded_by("NK_SCRIPT_SEED");
    let exchange = [
        ("Client", "Server", "exchange"),
        ("Other", "Server", "exchange"),
    ];
    let mut world = world(
        &format!("{POLICY}use EDL Other\n"),
        &["Client", "Other", "Server"],
        &exchange,
    );
    let roles = [
        ("Server", "hold"),
        ("Client", "script"),
        ("Other", "script"),
    ];
    cast(&mut world, &roles, |_| {
        let calls = std::env::var("NK_SCRIPT_CALLS").map(|calls| format!("calls={calls}"));
        [format!("seed={}", dice.below(u64::from(u32::MAX)))]
            .into_iter()
            .chain(calls)
            .collect()
    });
    let run = world.go();
    assert_eq!(run.of("Server"), ["served"]);
    for task in ["Client", "Other"] {
        let lines = run.of(task);
        println!("{task}: {lines:#?}");
        assert_eq!(lines.first(), Some(&"42"));
        // all kinds of calls, each with several outcomes: otherwise the script says nothing
        assert!(lines.len() > KINDS, "only {} outcomes", lines.len());
    }
    for sentence in &run.said {
        assert!(
            !sentence.contains("panicked") && !sentence.contains("wrong: "),
            "{sentence}"
        );
    }
}
