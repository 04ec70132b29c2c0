//! The browser: stores what it has loaded, and tries what it should not.
#![forbid(unsafe_code)]
use nk_runtime::host;
use storage::{connect, get, put};

fn main() -> host::Result<()> {
    let (mut files, mut keys) = (connect("files")?, connect("keys")?);
    println!(
        "a download: {}",
        put(&mut files, "downloads/page1.html", "<h1>hello</h1>")
    );
    println!("another name: {}", put(&mut files, "../keys/root", "mine"));
    println!(
        "reading it back: {}",
        get(&mut files, "downloads/page1.html")
    );
    println!("the key: {}", get(&mut keys, "root"));
    println!("a key of its own: {}", put(&mut keys, "root", "mine"));
    Ok(())
}
