//! The client end of a channel: names, the transport of proxies, and a call all the way to a server and back.
use crate::class::{ADD, Class, ECHO, EchoInterface, LOAD, LOADER, SAY, Server, add, say, to};
use crate::kernel::{Lane, MAX_MESSAGE, program, scripted};
use nk_runtime::frame::{FOREVER, Header, Kind, Locate, read_locate};
use nk_runtime::host::{Channel, Connection, Error, Listener};
use nk_runtime::{Answer, Fault, Full, Malformed, Retcode, Riid, Rule, Transport};
use std::sync::Mutex;

/// Puts a finished message into the buffer that a transport lends.
fn ready(message: &[u8]) -> impl FnOnce(&mut [u8]) -> Answer<usize, Full> {
    |buffer| {
        buffer
            .get_mut(..message.len())
            .ok_or(Full::Buffer)?
            .copy_from_slice(message);
        Ok(message.len())
    }
}

fn located(handle: u32, token: u64) -> Header {
    Header {
        handle,
        token,
        ..Header::new(Kind::Result)
    }
}

#[test]
fn a_channel_is_found_by_name_and_an_endpoint_by_name_and_description() {
    let (program, kernel) = scripted(|lane| {
        let asked = lane.receive().unwrap();
        assert_eq!(
            (asked.header.flags, asked.header.handle),
            (Locate::Connect as u8, 0)
        );
        assert_eq!(
            read_locate(&asked.constant),
            Some(("server_connection", "", [0; 32]))
        );
        lane.send(located(6, 0), &[], &[]);
        for name in ["comp.echo", "Comp.echo"] {
            let asked = lane.receive().unwrap();
            assert_eq!(
                (asked.header.flags, asked.header.handle),
                (Locate::Riid as u8, 6)
            );
            assert_eq!(
                read_locate(&asked.constant),
                Some((name, "t.Echo", [0xec; 32]))
            );
            lane.send(located(0, 3), &[], &[]);
        }
        lane.receive().unwrap();
        lane.send(located(0, 0x1_0000), &[], &[]);
    });
    let channel = Channel::open(&program, "server_connection").unwrap();
    assert_eq!(channel.handle(), 6);
    assert_eq!(channel.riid::<EchoInterface>("comp.echo"), Ok(Riid(3)));
    assert_eq!(channel.riid::<EchoInterface>("Comp.echo"), Ok(Riid(3)));
    assert!(
        matches!(channel.riid::<EchoInterface>("x"), Err(Error::Frame(_))),
        "no endpoint has number 65,536"
    );
    kernel.join().unwrap();
}

#[test]
fn refused_names_are_quoted_with_what_the_kernel_says() {
    let refusals = [
        (
            Retcode::RESOURCE_NOT_FOUND,
            "did you mean `server_connection`?",
        ),
        (Retcode::RESOURCE_NOT_FOUND, "it offers `comp.echo`"),
        (Retcode::FAIL, "the program has ecec, the solution 1234"),
        (Retcode::FAIL, "the program has 5e5e, the solution 1234"),
        (Retcode::INVALID_ARGUMENT, ""),
    ];
    let (program, kernel) = scripted(move |lane| {
        for (code, text) in refusals {
            lane.receive().unwrap();
            lane.send(
                Header {
                    code,
                    ..Header::new(Kind::Result)
                },
                text.as_bytes(),
                &[],
            );
        }
    });
    let channel = Channel::from_handle(&program, 6);
    let open = Channel::open(&program, "server_conection").unwrap_err();
    let unknown = channel.riid::<EchoInterface>("comp.eco").unwrap_err();
    let interface = channel.riid::<EchoInterface>("comp.echo").unwrap_err();
    let class = Listener::<Class>::open(&program, "server_connection").unwrap_err();
    let other = Channel::open(&program, "a").unwrap_err();
    kernel.join().unwrap();
    assert_eq!(
        [open, unknown, interface, class, other].map(|e| e.to_string()),
        [
            "no channel named `server_conection` for this program: did you mean `server_connection`?",
            "no endpoint named `comp.eco` for this program: it offers `comp.echo`",
            "this program was built from another description of the interface `t.Echo` than the solution: the program has \
             ecec, the solution 1234",
            "this program was built from another description of the process class `t.Server` than the solution: the \
             program has 5e5e, the solution 1234",
            "looking up the channel `a`: rcInvalidArgument",
        ]
    );
}

#[test]
fn a_name_longer_than_a_packet_is_no_channel() {
    let (program, kernel) = scripted(|lane| assert_eq!(lane.receive(), None));
    assert!(matches!(
        Channel::open(&program, &"x".repeat(70_000)),
        Err(Error::Unknown { .. })
    ));
    drop(program);
    kernel.join().unwrap();
}

#[test]
fn a_channel_and_a_reference_to_it_are_transports_with_their_own_time_limit() {
    let program = program(1, |lane, frame| {
        assert_eq!((frame.header.handle, frame.header.token), (5, 32));
        lane.send(Header::new(Kind::Response), &add(frame.header.timeout), &[]);
    });
    let mut channel = Channel::from_handle(&program, 5);
    let limited = channel.with_timeout(250);
    let mut room = [0; 32];
    let mut answer = |transport: &mut dyn FnMut(&mut [u8])| {
        transport(&mut room);
        u32::from_le_bytes(room[24..28].try_into().unwrap())
    };
    let by_value = answer(&mut |room| {
        channel
            .call(&ECHO, &ADD, Riid(0), ready(&add(1)), room)
            .unwrap();
    });
    let by_reference = answer(&mut |room| {
        Transport::call(&mut &limited, &ECHO, &ADD, Riid(0), ready(&add(1)), room).unwrap();
    });
    assert_eq!((by_value, by_reference), (FOREVER, 250));
}

#[test]
fn a_response_is_checked_before_anyone_sees_it() {
    let answers = Mutex::new(Vec::new());
    let answers: &'static Mutex<Vec<(Vec<u8>, Vec<u8>)>> = Box::leak(Box::new(answers));
    let program = program(1, |lane, _| {
        let (constant, arena) = answers.lock().unwrap().pop().unwrap();
        lane.send(Header::new(Kind::Response), &constant, &arena);
    });
    let mut channel = Channel::from_handle(&program, 5);
    let mut answered = |(constant, arena): (Vec<u8>, Vec<u8>)| {
        answers.lock().unwrap().push((constant, arena));
        let request = [say("x").0, say("x").1].concat();
        channel
            .call(&ECHO, &SAY, Riid(0), ready(&request), &mut [0; 140])
            .map(|_| ())
    };
    let (constant, arena) = say("good");
    assert_eq!(answered((constant.clone(), arena.clone())), Ok(()));
    let rule = |result| match result {
        Err(Fault::Malformed(Malformed { rule, .. })) => rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        rule(answered((to(1, 1), vec![]))),
        Rule::Route,
        "another endpoint"
    );
    assert_eq!(
        rule(answered((add(1), vec![]))),
        Rule::Route,
        "another method"
    );
    assert_eq!(
        rule(answered((constant.clone(), b"good".to_vec()))),
        Rule::Chunk,
        "a descriptor beyond the arena"
    );
    assert_eq!(
        rule(answered((constant.clone(), b"good!".to_vec()))),
        Rule::Nul
    );
    assert_eq!(
        rule(answered((constant[..24].to_vec(), arena.clone()))),
        Rule::Size,
        "half a constant part"
    );
    assert_eq!(rule(answered((vec![], vec![]))), Rule::Size);
    assert_eq!(
        answered((constant, vec![0; 200])),
        Err(Fault::TooLarge(Full::Buffer)),
        "larger than the room"
    );
}

#[test]
fn a_request_that_cannot_be_written_is_not_sent() {
    let (program, kernel) = scripted(|lane| {
        assert_eq!(lane.receive().unwrap().constant, add(9));
        lane.send(Header::new(Kind::Response), &add(10), &[]);
    });
    let mut channel = Channel::from_handle(&program, 5);
    let mut room = [0; 32];
    let bound = Full::Bound { at: 24 };
    assert_eq!(
        channel
            .call(&ECHO, &ADD, Riid(0), |_| Err(bound), &mut room)
            .map(|_| ()),
        Err(bound.into())
    );
    let lie = |b: &mut [u8]| Ok(b.len() + 1);
    assert_eq!(
        channel
            .call(&ECHO, &ADD, Riid(0), lie, &mut room)
            .map(|_| ()),
        Err(Full::Buffer.into())
    );
    assert!(
        channel
            .call(&ECHO, &ADD, Riid(0), ready(&add(9)), &mut room)
            .is_ok()
    );
    kernel.join().unwrap();
}

#[test]
fn the_request_buffer_is_as_large_as_the_method_needs_and_the_kernel_carries() {
    let program = program(1, |lane, _| lane.result(Retcode::FAIL));
    let mut channel = Channel::from_handle(&program, 5);
    let mut lent = |method| {
        let mut lent = 0;
        let encode = |buffer: &mut [u8]| {
            lent = buffer.len();
            Ok(24)
        };
        let _ = channel.call(&LOADER, method, Riid(0), encode, &mut [0; 32]);
        lent as u64
    };
    assert_eq!(
        [&ADD, &SAY, &LOAD, &SAY].map(&mut lent),
        [32, 133, MAX_MESSAGE, 133]
    );
}

/// Carries calls from a program's lane to a server that waits in another's, one at a time.
fn carry(client: &Lane, server: &Mutex<Lane>) {
    while let Some(call) = client.receive() {
        let server = server.lock().unwrap();
        let request = Header {
            token: 9,
            timeout: 1,
            ..Header::new(Kind::Request)
        };
        server.send(request, &call.constant, &call.arena);
        let reply = server.receive().unwrap();
        if reply.header.kind == Kind::ReplyReceive {
            client.echo(&reply);
            continue;
        }
        assert_eq!(reply.header.kind, Kind::Abort);
        server.result(Retcode::OK);
        assert_eq!(server.receive().unwrap().header.kind, Kind::Receive);
        client.result(reply.header.code);
    }
}

#[test]
fn calls_of_several_threads_reach_a_server_and_their_responses_come_back() {
    let (server_end, server_lane) = Lane::pair();
    let (ends, lanes): (Vec<_>, Vec<_>) = (0..3).map(|_| Lane::pair()).unzip();
    let kernel = std::thread::spawn(move || {
        server_lane.welcome(1);
        lanes[0].welcome(3);
        assert_eq!(server_lane.receive().unwrap().header.kind, Kind::Receive);
        let server = Mutex::new(server_lane);
        std::thread::scope(|scope| {
            for lane in &lanes {
                scope.spawn(|| carry(lane, &server));
            }
        });
    });
    let served = std::thread::spawn(|| {
        let listener = Listener::<Class>::from_handle(&Connection::over([server_end]).unwrap(), 2);
        let mut server = Server::default();
        listener.serve(&mut server).unwrap();
        server.added.len()
    });
    let program = Connection::over(ends).unwrap();
    let channel = Channel::from_handle(&program, 5);
    drop(program);
    std::thread::scope(|scope| {
        for thread in 0..6_u32 {
            let channel = channel.clone();
            scope.spawn(move || {
                let mut room = [0; 140];
                for n in (0..50).map(|n| n * 100 + thread + 20) {
                    let answer = Transport::call(
                        &mut &channel,
                        &ECHO,
                        &ADD,
                        Riid(0),
                        ready(&add(n)),
                        &mut room,
                    );
                    assert_eq!(answer.unwrap().view().base()[24..28], (n + 1).to_le_bytes());
                    let (constant, arena) = say(&"имя".repeat(n as usize % 16));
                    let text = [constant, arena.clone()].concat();
                    let answer = Transport::call(
                        &mut &channel,
                        &ECHO,
                        &SAY,
                        Riid(0),
                        ready(&text),
                        &mut room,
                    );
                    assert_eq!(answer.unwrap().view().arena(), arena);
                }
                let answer = Transport::call(
                    &mut &channel,
                    &ECHO,
                    &ADD,
                    Riid(0),
                    ready(&add(0)),
                    &mut room,
                );
                assert_eq!(
                    answer.map(|_| ()),
                    Err(Fault::Kernel(Retcode::FAIL)),
                    "the server cannot answer 0"
                );
            });
        }
    });
    drop(channel);
    kernel.join().unwrap();
    assert_eq!(served.join().unwrap(), 6 * 51);
}
