//! The editor: opens a document, writes, shows it to the viewer, and has it recalled.
#![forbid(unsafe_code)]
use handles::nk::document::Document;
use handles::nk::documents::{self, Documents};
use handles::nk::screen::{self, RefreshBuf, Screen};
use handles::{document, read};
use nk_runtime::{Handle, Rights, host};

fn main() -> host::Result<()> {
    let archive = host::connect("archive")?;
    let riid = archive.riid::<documents::Interface>("documents")?;
    let mut archive = documents::Proxy::new(archive, riid);
    let viewer = host::connect("viewer")?;
    let riid = viewer.riid::<screen::Interface>("screen")?;
    let mut viewer = screen::Proxy::new(viewer, riid);

    let opened = archive.open("plan")?;
    let mut plan = document(opened)?;
    plan.append("milk")?;
    plan.append("bread")?;
    println!("the plan: {}", read(&mut plan));

    // passed on with less than it came with: to call, and not to pass on
    viewer.show(Handle::new(opened.handle, Rights::CALL))?;
    plan.append("tea")?;
    println!("the viewer: {}", refresh(&mut viewer)?);

    archive.recall("plan")?;
    println!("the viewer, after that: {}", refresh(&mut viewer)?);
    println!("the editor, too: {}", read(&mut plan));
    println!(
        "opened again: {}",
        read(&mut document(archive.open("plan")?)?)
    );
    Ok(())
}

fn refresh(viewer: &mut impl Screen) -> host::Result<String> {
    let mut room = RefreshBuf::new();
    Ok(viewer.refresh(room.out())?.outcome().to_owned())
}
