//! Every construct once, used as a user would: several results, arrays, nested sequences, variable errors, embedding.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking"
)]
use nk_runtime::{Dispatch, Error, Fault, Handle, InProcess, Mode, Out, Seq, Verified, With, fill};
use nk_tests::lab::lab::bench::{self, Bench};
use nk_tests::lab::lab::probe::Probe;
use nk_tests::lab::lab::rack::Rack;
use nk_tests::lab::lab::scope::{self, *};
use nk_tests::lab::lab::units::{Calibration, Moment, Trigger};

/// Answers with what it was given, so that a test can compare.
#[derive(Default)]
struct Echo {
    name: &'static str,
    log: Vec<String>,
}

impl Scope for Echo {
    fn reset(&mut self) -> nk_runtime::Result<()> {
        self.log.clear();
        Ok(())
    }
    fn status(&mut self) -> nk_runtime::Result<StatusRes> {
        Ok(StatusRes {
            state: 3,
            uptime: u64::MAX,
            temperature: -40,
            serial: [9; 16],
        })
    }
    fn attach(
        &mut self,
        slot: u32,
        probe: Handle,
        flags: u16,
        sink: Handle,
    ) -> nk_runtime::Result<Handle, AttachError> {
        if slot == 0 {
            return Err(AttachError { code: -7 }.into());
        }
        Ok(Handle {
            handle: probe.handle,
            rights: sink.rights,
            badge: u64::from(flags),
        })
    }
    fn arm<'r>(
        &mut self,
        trigger: Trigger<'_>,
        out: ArmOut<'r>,
    ) -> nk_runtime::Result<u32, ArmError<'r>> {
        match trigger {
            Trigger::Level(0) => Err(out.fail(5, "a level of zero never comes")),
            Trigger::Level(level) => Ok(level),
            Trigger::At(moment) => Ok(moment.seconds),
            Trigger::Pattern(samples) => Ok(samples.iter().map(u32::from).sum()),
            Trigger::Name(name) => Ok(name.len() as u32),
        }
    }
    fn read<'r>(
        &mut self,
        channels: Seq<'_, u16>,
        limit: u32,
        out: ReadOut<'r>,
    ) -> nk_runtime::Result<ReadRes<'r>, ReadError<'r>> {
        let unknown: Vec<String> = channels
            .iter()
            .filter(|c| *c > 9)
            .map(|c| format!("channel {c}"))
            .collect();
        if !unknown.is_empty() {
            return Err(out.fail(unknown.iter().map(String::as_str)));
        }
        let samples = [1, -2, 3];
        // a filtered iterator does not know its length: what was reserved and not used must not be sent
        let wanted = channels.iter().filter(|c| u32::from(*c) < limit);
        let traces = fill(|w| {
            for c in wanted {
                let name = format!("{} {c}", self.name);
                w.push(Trace {
                    name: &name,
                    samples: Seq::from(&samples),
                    gain: c as u8,
                })?;
            }
            Ok(())
        });
        let start = Moment {
            seconds: 1,
            nanos: 2,
        };
        out.reply(
            start,
            traces,
            With(64, |room: &mut [u8]| {
                room.fill(0xEE); // a handler may scribble; only what it says it wrote is sent
                3
            }),
        )
    }
    fn program(
        &mut self,
        steps: Seq<'_, Seq<'_, u32>>,
        colours: Seq<'_, [u8; 3]>,
        labels: Seq<'_, &str>,
        triggers: Seq<'_, Trigger<'_>>,
    ) -> nk_runtime::Result<u64> {
        self.log
            .push(format!("{steps:?} {colours:?} {labels:?} {triggers:?}"));
        Ok(steps.iter().map(|s| s.len() as u64).sum())
    }
    fn calibrate<'r>(
        &mut self,
        from: Calibration<'_>,
        out: CalibrateOut<'r>,
    ) -> nk_runtime::Result<CalibrateRes<'r>> {
        out.reply(Calibration {
            gain: from.gain.map(|g| -g),
            ..from
        })
    }
    fn dump<'r>(&mut self, out: DumpOut<'r>) -> nk_runtime::Result<DumpRes<'r>> {
        out.reply(&[7; 1000][..])
    }
    fn trim(&mut self, offsets: [i16; 3]) -> nk_runtime::Result<[u32; 2], TrimError> {
        match offsets {
            [0, 0, 0] => Err(TrimError {
                why: [1, 2, 3, 4, 5],
            }
            .into()),
            [a, b, c] => Ok([
                u32::from(a.unsigned_abs()),
                u32::from(b.unsigned_abs()) << 16 | u32::from(c.unsigned_abs()),
            ]),
        }
    }
}

type Lab = Bench<Echo, Rack<Echo, Probe<Echo>, Probe<Echo>>, Probe<Echo>>;

fn lab() -> Lab {
    let echo = |name| Echo {
        name,
        log: Vec::new(),
    };
    let upper = Rack::new(
        echo("bus"),
        Probe::new(echo("left")),
        Probe::new(echo("right")),
    );
    Bench::new(echo("panel"), upper, Probe::new(echo("lower")))
}

/// A channel with room for the largest request.
fn channel() -> InProcess<Lab, { bench::REQUEST_MAX }> {
    InProcess::new(lab(), Mode::Strict)
}

#[test]
fn endpoints_of_a_class_are_numbered_own_first_then_depth_first_under_both_names() {
    let channel = channel();
    // docs/languages.md §8.2: own endpoints first, then the instances' in order, recursively
    for (riid, name) in [
        "panel",
        "upper.bus",
        "upper.left.tip",
        "upper.right.tip",
        "lower.tip",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(channel.riid(name).unwrap().0, riid as u16, "{name}");
    }
    assert_eq!(channel.riid("lab.Bench.panel"), Ok(bench::PANEL));
    assert_eq!(channel.riid("lab.Rack.bus"), Ok(bench::UPPER_BUS));
    assert_eq!(
        channel.riid("lab.Probe.tip"),
        Ok(bench::UPPER_LEFT_TIP),
        "of several the first"
    );
    assert_eq!(channel.riid("tip"), Err(Fault::NoEndpoint));
}

#[test]
fn every_endpoint_reaches_its_own_implementation() {
    let mut channel = channel();
    for (riid, name) in [
        (bench::PANEL, "panel 1"),
        (bench::UPPER_BUS, "bus 1"),
        (bench::UPPER_LEFT_TIP, "left 1"),
        (bench::UPPER_RIGHT_TIP, "right 1"),
        (bench::LOWER_TIP, "lower 1"),
    ] {
        let mut buf = ReadBuf::new();
        let res = Proxy::new(&mut channel, riid)
            .read(Seq::from(&[1]), 5, buf.out())
            .unwrap();
        assert_eq!(res.traces().get(0).map(|t| t.name), Some(name));
    }
}

#[test]
fn fixed_results_and_handles_arrive_as_they_were_given() {
    let mut channel = channel();
    let mut scope = Proxy::new(&mut channel, bench::PANEL);
    assert_eq!(scope.reset(), Ok(()));
    let status = StatusRes {
        state: 3,
        uptime: u64::MAX,
        temperature: -40,
        serial: [9; 16],
    };
    assert_eq!(scope.status(), Ok(status));
    let (probe, sink) = (
        Handle {
            handle: 11,
            rights: 1,
            badge: 0,
        },
        Handle {
            handle: 12,
            rights: 6,
            badge: 0,
        },
    );
    assert_eq!(
        scope.attach(1, probe, 0xBEEF, sink),
        Ok(Handle {
            handle: 11,
            rights: 6,
            badge: 0xBEEF
        })
    );
    assert_eq!(
        scope.attach(0, probe, 0, sink),
        Err(Error::Method(AttachError { code: -7 }))
    );
}

#[test]
fn arrays_alone_arrive_as_they_were_given() {
    let mut channel = channel();
    let mut scope = Proxy::new(&mut channel, bench::PANEL);
    assert_eq!(scope.trim([-1, 2, 3]), Ok([1, 2 << 16 | 3]));
    assert_eq!(
        scope.trim([0; 3]),
        Err(Error::Method(TrimError {
            why: [1, 2, 3, 4, 5]
        }))
    );
}

#[test]
fn unions_and_variable_errors_travel_both_ways() {
    let mut channel = channel();
    let mut scope = Proxy::new(&mut channel, bench::LOWER_TIP);
    let mut buf = ArmBuf::new();
    for (trigger, id) in [
        (Trigger::Level(8), 8),
        (
            Trigger::At(Moment {
                seconds: 77,
                nanos: 1,
            }),
            77,
        ),
        (Trigger::Pattern(Seq::from(&[100, 20, 3])), 123),
        (Trigger::Name("имя"), 6),
    ] {
        assert_eq!(scope.arm(trigger, buf.out()), Ok(id));
    }
    let Err(Error::Method(error)) = scope.arm(Trigger::Level(0), buf.out()) else {
        panic!("an error")
    };
    assert_eq!(
        (error.code(), error.reason()),
        (5, "a level of zero never comes")
    );
    let too_long = Trigger::Name("1234567890123456789012345");
    assert!(matches!(
        scope.arm(too_long, buf.out()),
        Err(Error::Call(Fault::TooLarge(_)))
    ));
}

#[test]
fn variable_results_of_unknown_length_are_packed_and_pass_the_strict_check() {
    let mut channel = channel();
    let mut scope = Proxy::new(&mut channel, bench::PANEL);
    let mut buf = ReadBuf::new();
    let res = scope.read(Seq::from(&[1, 8, 2]), 5, buf.out()).unwrap();
    assert_eq!(
        (res.start(), res.raw()),
        (
            Moment {
                seconds: 1,
                nanos: 2
            },
            &[0xEE; 3][..]
        )
    );
    let traces: Vec<_> = res
        .traces()
        .iter()
        .map(|t| (t.name.to_owned(), t.samples.iter().sum::<i32>(), t.gain))
        .collect();
    assert_eq!(
        traces,
        [("panel 1".to_owned(), 2, 1), ("panel 2".to_owned(), 2, 2)]
    );
    // nothing at all
    let res = scope.read(Seq::from(&[1, 2]), 0, buf.out()).unwrap();
    assert!(res.traces().is_empty());
    let Err(Error::Method(error)) = scope.read(Seq::from(&[1, 10, 11]), 5, buf.out()) else {
        panic!("an error")
    };
    assert_eq!(
        error.missing().iter().collect::<Vec<_>>(),
        ["channel 10", "channel 11"]
    );
    // more elements than the description allows never leave the client
    assert!(matches!(
        scope.read(Seq::from(&[1; 5]), 5, buf.out()),
        Err(Error::Call(Fault::TooLarge(_)))
    ));
}

#[test]
fn nested_sequences_arrays_and_unions_pass_as_inputs() {
    let mut channel = channel();
    let steps: [Seq<'_, u32>; 2] = [Seq::from(&[1, 2, 3]), Seq::default()];
    let triggers = [Trigger::Name("x"), Trigger::Pattern(Seq::from(&[5]))];
    let mut scope = Proxy::new(&mut channel, bench::UPPER_BUS);
    let accepted = scope.program(
        Seq::from(&steps),
        Seq::from(&[[1, 2, 3], [4, 5, 6]]),
        Seq::from(&["a", ""]),
        Seq::from(&triggers),
    );
    assert_eq!(accepted, Ok(3));
    assert_eq!(
        channel.server().upper.bus.log,
        [r#"[[1, 2, 3], []] [[1, 2, 3], [4, 5, 6]] ["a", ""] [Name("x"), Pattern([5])]"#]
    );
    let too_many: [Seq<'_, u32>; 1] = [Seq::from(&[1, 2, 3, 4])];
    let refused = Proxy::new(&mut channel, bench::UPPER_BUS).program(
        Seq::from(&too_many),
        Seq::default(),
        Seq::default(),
        Seq::default(),
    );
    assert!(
        matches!(refused, Err(Error::Call(Fault::TooLarge(_)))),
        "the bound of the inner sequence holds"
    );
}

#[test]
fn arrays_by_value_and_in_place_survive_both_directions() {
    let table: [u32; 40] = core::array::from_fn(|i| i as u32 * 3);
    let image: [u8; 100] = core::array::from_fn(|i| i as u8);
    let from = Calibration {
        serial: [1; 16],
        gain: [1, -2, 300, i16::MIN + 1],
        table: (&table).into(),
        image: &image,
        window: [
            Moment {
                seconds: 1,
                nanos: 2,
            },
            Moment {
                seconds: 3,
                nanos: u64::MAX,
            },
        ],
        names: ["first", ""],
    };
    let mut channel = channel();
    let mut buf = CalibrateBuf::new();
    let res = Proxy::new(&mut channel, bench::PANEL)
        .calibrate(from, buf.out())
        .unwrap();
    assert_eq!(
        res.to(),
        Calibration {
            gain: [-1, 2, -300, i16::MAX],
            ..from
        }
    );
    assert_eq!(res.to().table.get(39), Some(117));
    assert_eq!(res.to().table.get(40), None);
}

#[test]
fn a_result_beyond_any_stack_goes_to_memory_of_the_callers_size() {
    let mut channel = channel();
    let mut scope = Proxy::new(&mut channel, bench::PANEL);
    let mut memory = vec![0; 2000];
    assert_eq!(
        scope.dump(Out::new(&mut memory).into()).unwrap().memory(),
        [7; 1000]
    );
    let mut small = [0; 900];
    assert!(matches!(
        scope.dump(Out::new(&mut small).into()),
        Err(Error::Call(Fault::TooLarge(_)))
    ));
}

/// Keeps what its channel carried.
struct Tap(Vec<Vec<u8>>);
impl Dispatch for Tap {
    type Class = bench::Class;
    fn dispatch(&mut self, request: &Verified<'_>, _: &mut [u8]) -> nk_runtime::Written {
        let v = request.view();
        self.0.push([v.base(), v.arena()].concat());
        Err(nk_runtime::NkErr::EINVAL)
    }
}

#[test]
fn every_changed_byte_of_a_nested_message_is_refused_or_means_exactly_its_bytes() {
    let mut tap = InProcess::<_, { bench::REQUEST_MAX }>::new(Tap(Vec::new()), Mode::Strict);
    let steps: [Seq<'_, u32>; 2] = [Seq::from(&[1, 2, 3]), Seq::from(&[4])];
    let triggers = [
        Trigger::Name("ü"),
        Trigger::At(Moment {
            seconds: 1,
            nanos: 2,
        }),
    ];
    let mut scope = Proxy::new(&mut tap, bench::PANEL);
    let _ = scope.program(
        Seq::from(&steps),
        Seq::from(&[[1, 2, 3]]),
        Seq::from(&["a", ""]),
        Seq::from(&triggers),
    );
    let golden = tap.server().0.pop().unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for i in 0..golden.len() {
        for x in 0..=255 {
            let mut m = golden.clone();
            m[i] = x;
            let Ok(v) = nk_runtime::verify_request(bench::ENDPOINTS, &m, Mode::Strict) else {
                refused += 1;
                continue;
            };
            accepted += 1;
            // reading every value and writing it again gives the same bytes: one encoding per message
            if let Some(scope::Request::Program(q)) = scope::Request::read(&v) {
                let mut again =
                    InProcess::<_, { bench::REQUEST_MAX }>::new(Tap(Vec::new()), Mode::Strict);
                let mut proxy = Proxy::new(&mut again, v.header().iid);
                let _ = proxy.program(q.steps, q.colours, q.labels, q.triggers);
                assert_eq!(
                    again.server().0.pop().unwrap()[24..],
                    m[24..],
                    "byte {i} = {x}"
                );
            }
        }
    }
    for n in 0..golden.len() {
        assert!(
            nk_runtime::verify_request(bench::ENDPOINTS, &golden[..n], Mode::Strict).is_err(),
            "prefix {n}"
        );
    }
    assert!(
        accepted > 4_000 && refused > 20_000,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn a_message_checked_for_one_class_is_not_read_by_anothers_dispatcher() {
    use nk_tests::farm::farm::{sensor, station};
    let mut w = [0; 64];
    let mut writer =
        nk_runtime::generated::Writer::new(&mut w, &sensor::LIST.req, 0, 1, false).unwrap();
    writer.u16(nk_runtime::generated::At(24), 1);
    let len = writer.finish_len(&sensor::LIST.req);
    let foreign = nk_runtime::verify_request(station::ENDPOINTS, &w[..len], Mode::Strict).unwrap();
    let mut room = [0xAA; 128];
    assert_eq!(
        lab().dispatch(&foreign, &mut room),
        Err(nk_runtime::NkErr::ENOENT)
    );
    assert!(room.iter().all(|b| *b == 0xAA), "and nothing was touched");
}
