//! Compares what the compiler writes with the golden files; `BLESS=1` rewrites them. The goldens are compiled by this
//! crate's library and used by the other tests, so none of them is only a picture.
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};

fn main() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens");
    let mut folders: Vec<_> = entries(&goldens).into_iter().filter(|p| p.is_dir()).collect();
    folders.sort();
    let trials = folders.into_iter().map(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(format!("rust_{name}"), move || compare(&folder))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// Generates the folder's descriptions and compares file by file; a file too many or too few is a difference.
fn compare(folder: &Path) -> Result<(), Failed> {
    let expected = folder.join("expected");
    let mut descriptions = Vec::new();
    descriptions_below(folder, &mut descriptions);
    descriptions.sort();
    let options = nk_gen::Options { include: vec![folder.to_owned()], ..Default::default() };
    let analysis = nk_gen::analyze(&descriptions, &[], &options);
    if analysis.has_errors() {
        return Err(nk_gen::render::plain(&analysis.sources, &analysis.diagnostics).into());
    }
    let rust = nk_gen::emit::rust::generate(&analysis.model, &nk_gen::emit::rust::Options::default())
        .map_err(|findings| nk_gen::render::plain(&analysis.sources, &findings))?;
    let files = rust.files().map_err(|d| d.message)?;
    if std::env::var_os("BLESS").is_some() {
        // a golden that is gone must not stay behind
        let _ = std::fs::remove_dir_all(&expected);
        for (path, text) in &files {
            let path = expected.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(&expected))?;
            std::fs::write(path, text)?;
        }
        return Ok(());
    }
    for (path, text) in &files {
        let golden = std::fs::read_to_string(expected.join(path)).map_err(|e| format!("{}: {e}", path.display()))?;
        if let Some((n, (new, old))) = text.lines().zip(golden.lines()).enumerate().find(|(_, (new, old))| new != old) {
            return Err(format!("{}:{}:\n  golden:    {old}\n  generated: {new}", path.display(), n + 1).into());
        }
        if *text != golden {
            return Err(format!("{}: the lengths differ", path.display()).into());
        }
    }
    let mut present = Vec::new();
    files_below(&expected, &mut present);
    if present.len() != files.len() {
        return Err(format!("{} golden files, {} generated", present.len(), files.len()).into());
    }
    Ok(())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|dir| dir.flatten().map(|e| e.path()).collect()).unwrap_or_default()
}
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}
fn descriptions_below(folder: &Path, found: &mut Vec<PathBuf>) {
    files_below(folder, found);
    found.retain(|p| p.extension().is_some_and(|e| e == "idl" || e == "cdl" || e == "edl"));
}
