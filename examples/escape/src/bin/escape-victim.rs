//! The victim: has a secret in its memory and its environment, and tells where it is. With the argument `alone` it runs
//! without a kernel: it says where it is once, and waits for the end of its input.
use escape::nk::victim::{Class, Victim};
use escape::nk::whereabouts::{TellRes, Whereabouts};
use escape::{CHANNEL, SECRET};
use nk_runtime::host;
use std::io::Read;

/// Where the secret is.
struct Here(Box<[u8; 32]>);

impl Here {
    fn tell(&self) -> (u32, u32, u64) {
        let address = self.0.as_ptr() as u64;
        (
            std::process::id(),
            std::os::unix::process::parent_id(),
            address,
        )
    }
}

impl Whereabouts for Here {
    fn tell(&mut self) -> nk_runtime::Result<TellRes> {
        let (process, parent, address) = Here::tell(self);
        Ok(TellRes {
            process,
            parent,
            address,
        })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = Here(Box::new(*SECRET));
    if std::env::args().nth(1).as_deref() != Some("alone") {
        let listener = host::register::<Class>(CHANNEL)?;
        return Ok(listener.serve(&mut Victim::new(here))?);
    }
    let (process, parent, address) = here.tell();
    println!("{process} {parent} {address}");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    // the secret is there until now
    std::hint::black_box(&here.0);
    Ok(())
}
