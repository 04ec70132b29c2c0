//! Security interfaces: their numbers, and asking the security module through an ordinary proxy.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use nk_runtime::shape::{Endpoint, Interface, Method};
use nk_runtime::{
    Error, Fault, Full, Handle, Mode, Riid, Transport, Verified, verify_request, verify_response,
};
use nk_tests::lab::lab::{bench, guard, probe, rack, units};

/// What the security module would answer; it grants what is asked about the first register only.
struct Module {
    asked: Vec<String>,
}
impl guard::Guard for Module {
    fn may_read(
        &mut self,
        length: u64,
        scope: Handle,
        window: units::Window<'_>,
    ) -> nk_runtime::Result<()> {
        let holes: Vec<u64> = window.holes.iter().collect();
        self.asked.push(format!(
            "{length} {} {:?} {holes:?}",
            scope.handle, window.bounds
        ));
        if window.bounds[0] == units::REGISTERS {
            Ok(())
        } else {
            Err(nk_runtime::Failed.into())
        }
    }
    fn may_stop(&mut self, scopes: [Handle; 2], reasons: [u64; 3]) -> nk_runtime::Result<()> {
        self.asked.push(format!(
            "{} {} {reasons:?}",
            scopes[0].handle, scopes[1].handle
        ));
        Ok(())
    }
}

/// A security transport: its numbers are those of the security interfaces.
impl Transport for Module {
    fn call<'r>(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>,
        room: &'r mut [u8],
    ) -> Result<Verified<'r>, Fault> {
        const ROW: Endpoint = Endpoint {
            name: "",
            alias: "",
            interface: &guard::INTERFACE,
        };
        let mut request = [0; guard::REQUEST_MAX];
        let len = encode(&mut request)?;
        let request = verify_request(&[ROW; 4], &request[..len], Mode::Strict)?;
        let len = guard::dispatch(self, iid, &request, room)?;
        Ok(verify_response(
            interface,
            method,
            iid.0,
            &room[..len],
            Mode::Strict,
        )?)
    }
}

#[test]
fn security_interfaces_are_numbered_in_a_space_of_their_own() {
    // docs/languages.md §8.2, the same traversal: the class's own, then upper (which has none) with left and right, then lower
    let numbers = [
        bench::SECURITY,
        bench::SECURITY_UPPER_LEFT,
        bench::SECURITY_UPPER_RIGHT,
        bench::SECURITY_LOWER,
    ];
    assert_eq!(numbers.map(|riid| riid.0), [0, 1, 2, 3]);
    assert_eq!(
        (
            bench::PANEL.0,
            rack::SECURITY_LEFT.0,
            rack::SECURITY_RIGHT.0,
            probe::SECURITY.0
        ),
        (0, 0, 1, 0)
    );
}

#[test]
fn an_ordinary_proxy_asks_the_security_module() {
    use guard::Guard;
    let mut module = Module { asked: Vec::new() };
    let handle = |handle| Handle {
        handle,
        ..Handle::default()
    };
    let mut proxy = guard::Proxy::new(&mut module, bench::SECURITY_UPPER_RIGHT);
    let window = |start| units::Window {
        length: units::PAGE,
        bounds: [start, start + 8],
        holes: (&[1_u64, 2][..]).into(),
    };
    assert_eq!(
        proxy.may_read(16, handle(5), window(units::REGISTERS)),
        Ok(())
    );
    assert_eq!(
        proxy.may_read(16, handle(5), window(0)),
        Err(Error::Method(nk_runtime::Failed))
    );
    assert_eq!(
        proxy.may_stop([handle(1), handle(2)], [u64::MAX, 0, 3]),
        Ok(())
    );
    let asked = [
        "16 5 [4294901760, 4294901768] [1, 2]",
        "16 5 [0, 8] [1, 2]",
        "1 2 [18446744073709551615, 0, 3]",
    ];
    assert_eq!(module.asked, asked);
    assert_eq!((units::PAGE, units::REGISTERS), (4096, 0xFFFF_0000));
}
