//! Attacks by sockets.
use crate::raw::{at_mut, call, opened};
use crate::{Attack, Stopped, Target};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

pub const ATTACKS: &[Attack] = &[
    ("connect by TCP", |t| {
        done(TcpStream::connect(("127.0.0.1", t.port)))
    }),
    ("listen on TCP", |_| done(TcpListener::bind("127.0.0.1:0"))),
    ("send by UDP", |t| {
        Ok(format!(
            "{} byte",
            UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", ("127.0.0.1", t.port))?
        ))
    }),
    ("connect to an abstract socket", |t| {
        done(UnixStream::connect_addr(&SocketAddr::from_abstract_name(
            &t.name,
        )?))
    }),
    ("listen on an abstract socket", listen_abstract),
    ("connect to a socket in the file system", |t| {
        done(UnixStream::connect(t.outside.join("socket")))
    }),
    ("listen on a socket in the file system", |t| {
        done(UnixListener::bind(t.outside.join("own-socket")))
    }),
    ("ask the system for its network (netlink)", |_| {
        socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)
    }),
    ("see raw packets (AF_PACKET)", |_| {
        socket(libc::AF_PACKET, libc::SOCK_RAW, 0)
    }),
    ("use the system's ciphers (AF_ALG)", |_| {
        socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0)
    }),
    ("reach the host of this machine (AF_VSOCK)", |_| {
        socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0)
    }),
    ("make a pair of sockets", pair),
];

fn done<T>(result: std::io::Result<T>) -> Result<String, Stopped> {
    Ok(result.map(|_| "done".to_owned())?)
}

fn listen_abstract(target: &Target) -> Result<String, Stopped> {
    let address = SocketAddr::from_abstract_name(format!("{}-attacker", target.name))?;
    done(UnixListener::bind_addr(&address))
}

fn socket(family: i32, kind: i32, protocol: i32) -> Result<String, Stopped> {
    opened(call(
        libc::SYS_socket,
        &[family as usize, kind as usize, protocol as usize],
    ))
}

fn pair(_: &Target) -> Result<String, Stopped> {
    let mut ends = [0_i32; 2];
    call(
        libc::SYS_socketpair,
        &[
            libc::AF_UNIX as usize,
            libc::SOCK_STREAM as usize,
            0,
            at_mut(&mut ends),
        ],
    )?;
    for end in ends {
        crate::raw::close(crate::raw::number(end));
    }
    Ok("done".to_owned())
}
