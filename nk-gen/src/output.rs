//! Writing files: each appears whole or not at all, and one whose content has not changed is not touched.
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file that could not be written.
#[derive(Debug)]
pub struct NotWritten {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub why: std::io::Error,
}

impl std::fmt::Display for NotWritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write `{}`: {}", self.path.display(), self.why)
    }
}
impl std::error::Error for NotWritten {}

/// Writes all files, or none: every text is on the disk beside its place before the first one takes it.
///
/// # Errors
/// The first file that could not be written; what was prepared is removed.
pub fn write_all(files: &[(PathBuf, impl AsRef<[u8]>)]) -> Result<(), NotWritten> {
    let mut prepared = Prepared(Vec::new());
    for (path, bytes) in files {
        let failed = |why| NotWritten { path: path.clone(), why };
        if std::fs::read(path).is_ok_and(|old| old == bytes.as_ref()) {
            continue;
        }
        let beside = prepare(path, bytes.as_ref()).map_err(failed)?;
        prepared.0.push((beside, path.clone()));
    }
    while let Some((beside, path)) = prepared.0.first() {
        std::fs::rename(beside, path).map_err(|why| NotWritten { path: path.clone(), why })?;
        prepared.0.remove(0);
    }
    Ok(())
}

/// Files that still have to take their places; removed when that does not happen.
struct Prepared(Vec<(PathBuf, PathBuf)>);
impl Drop for Prepared {
    fn drop(&mut self) {
        for (beside, _) in &self.0 {
            // nothing more can be done about a file that cannot be removed
            let _ = std::fs::remove_file(beside);
        }
    }
}

fn prepare(path: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    if path.is_dir() {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is a folder"));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let mut file = std::fs::File::create(&beside)?;
    if let Err(why) = file.write_all(bytes) {
        // the reason that matters is the first one
        let _ = std::fs::remove_file(&beside);
        return Err(why);
    }
    Ok(beside)
}
