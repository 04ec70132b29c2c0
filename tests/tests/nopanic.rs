//! Generated code and the runtime core have no panic path: client and server of the rich golden, linked as a library
//! without std, contain none of the functions that panic. Overflow checks are on, so arithmetic counts.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use std::path::Path;
use std::process::Command;

const SOURCE: &str = r#"
#![no_std]
#[path = "GOLDENS/farm/expected/nk/mod.rs"]
pub mod nk;
use nk::farm::{sensor::*, station, probe};
use nk_runtime::*;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }

struct Board;
impl Sensor for Board {
    fn put(&mut self, slot: u32, owner: Handle, r: Reading<'_>) -> Result<u16, PutError> {
        if r.label.is_empty() { return Err(PutError { status: slot as i32 }.into()) }
        MAYBE_PANIC
        Ok((slot ^ owner.handle) as u16)
    }
    fn list<'r>(&mut self, n: u16, out: ListOut<'r>) -> Result<ListRes<'r>> {
        out.reply((0..n).filter(|i| i & 1 == 0).map(|i| Reading { kind: 1, stamp: i.into(), label: "x" }))
    }
    fn tune(&mut self, s: Setting<'_>) -> Result<()> {
        match s { Setting::Blob(b) if b.len() > 3 => Err(Failed.into()), _ => Ok(()) }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn serve(request: &[u8; 512], n: usize, room: &mut [u8; 512], strict: bool) -> i64 {
    let mode = if strict { Mode::Strict } else { Mode::Compat };
    let Some(bytes) = request.get(..n) else { return -1 };
    let Ok(request) = verify_request(station::ENDPOINTS, bytes, mode) else { return -2 };
    station::Station::new(Board, probe::Probe::new(Board, Board)).dispatch(&request, room).map_or(-3, |n| n as i64)
}

#[unsafe(no_mangle)]
pub extern "C" fn client(buf: &mut ListBuf, n: u16) -> u64 {
    let station = station::Station::new(Board, probe::Probe::new(Board, Board));
    let mut channel: InProcess<_, { station::REQUEST_MAX }> = InProcess::new(station, Mode::Strict);
    let mut sensor = Proxy::new(&mut channel, station::OWN);
    let sum = sensor.list(n, buf.out()).map_or(0, |r| r.items().iter().fold(0, |a, x| a ^ x.stamp ^ x.label.len() as u64));
    let gen_ = sensor.put(3, Handle::default(), Reading { kind: 1, stamp: sum, label: "ab" }).unwrap_or(0);
    sum ^ u64::from(gen_) ^ sensor.tune(Setting::Blob(&[0; 65])).map_or(1, |()| 0)
}
"#;

/// Links the source and answers whether the library holds a function of `core::panicking`: with link-time optimisation
/// only what something refers to is left.
fn can_panic(maybe_panic: &str) -> bool {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("src")).unwrap();
    let goldens = tests.join("goldens").display().to_string();
    let source = SOURCE
        .replace("GOLDENS", &goldens)
        .replace("MAYBE_PANIC", maybe_panic);
    std::fs::write(dir.path().join("src/lib.rs"), source).unwrap();
    let runtime = tests.parent().unwrap().join("nk-runtime");
    std::fs::write(
        dir.path().join("Cargo.toml"),
        format!(
            "[package]\nname = \"nopanic\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
             [lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\nnk-runtime = {{ path = \"{}\" }}\n\
             [profile.release]\npanic = \"abort\"\nlto = \"fat\"\ncodegen-units = 1\nopt-level = 3\noverflow-checks = true\n",
            runtime.display()
        ),
    )
    .unwrap();
    std::fs::copy(
        tests.parent().unwrap().join("Cargo.lock"),
        dir.path().join("Cargo.lock"),
    )
    .unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--offline"])
        .current_dir(dir.path())
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .env("RUSTFLAGS", "-C link-arg=-nostartfiles -C strip=none")
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let library = std::fs::read(dir.path().join("target/release/libnopanic.so")).unwrap();
    let holds = |name: &[u8]| library.windows(name.len()).any(|w| w == name);
    assert!(
        holds(b"serve") && holds(b"client"),
        "the library has a symbol table"
    );
    holds(b"9panicking")
}

#[test]
fn client_and_server_hold_no_function_that_panics() {
    assert!(!can_panic(""));
    // the check itself can fail: one index out of a caller's control brings a panic in
    assert!(can_panic(
        "let table = [1_u16, 2]; if table[slot as usize] == 0 { return Ok(1) }"
    ));
}
