//! The viewer: shows two lines as soon as they are there, then tries to write one.
#![forbid(unsafe_code)]
use nk_runtime::host;
use secure_logger::nk::log::{Interface, Log, Proxy, ReadBuf};
use secure_logger::{CHANNEL, outcome};
use std::time::Duration;

fn main() -> host::Result<()> {
    let channel = host::connect(CHANNEL)?;
    let riid = channel.riid::<Interface>("log")?;
    let mut log = Proxy::new(&channel, riid);
    while log.count()? < 2 {
        std::thread::sleep(Duration::from_millis(1));
    }
    for number in 0..2 {
        let mut room = ReadBuf::new();
        println!("line {number}: {}", log.read(number, room.out())?.line());
    }
    println!("wrote: {}", outcome(log.write("nothing happened")));
    println!("there are {} lines", log.count()?);
    Ok(())
}
