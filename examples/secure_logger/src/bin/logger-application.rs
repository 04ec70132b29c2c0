//! The application: writes two lines, then tries what it may not.
#![forbid(unsafe_code)]
use nk_runtime::host;
use secure_logger::nk::log::{Interface, Log, Proxy, ReadBuf};
use secure_logger::{CHANNEL, outcome};

fn main() -> host::Result<()> {
    let channel = host::connect(CHANNEL)?;
    let riid = channel.riid::<Interface>("log")?;
    let mut log = Proxy::new(&channel, riid);
    for line in ["door opened", "door closed"] {
        println!("wrote {line}: {}", outcome(log.write(line)));
    }
    println!(
        "forged a line: {}",
        outcome(log.write("door closed\n23:59 all quiet"))
    );
    let mut room = ReadBuf::new();
    println!("read: {}", outcome(log.read(0, room.out())));
    Ok(())
}
