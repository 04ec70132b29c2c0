//! The keeper: makes a key, reads what the browser has stored, and cannot put the key there, not even by mistake.
#![forbid(unsafe_code)]
use nk_runtime::host;
use std::time::Duration;
use storage::{connect, get, put};

fn main() -> host::Result<()> {
    let (mut files, mut keys) = (connect("files")?, connect("keys")?);
    println!("a key: {}", put(&mut keys, "root", "s3cret"));
    println!("the key: {}", get(&mut keys, "root"));
    let page = loop {
        let page = get(&mut files, "downloads/page1.html");
        if page != "nothing" {
            break page;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    println!("the page: {page}");
    println!(
        "the key among the files: {}",
        put(&mut files, "downloads/key", "s3cret")
    );
    Ok(())
}
