//! Writing files: each appears whole or not at all, and one whose content has not changed is not touched.
use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// A file that could not be written.
#[derive(Debug)]
pub struct NotWritten {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub why: Error,
}

impl std::fmt::Display for NotWritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write `{}`: {}", self.path.display(), self.why)
    }
}
impl std::error::Error for NotWritten {}

/// Writes all files. Every text is on the disk beside its place before the first one takes it, so what can fail has failed
/// before anything changes; each file is replaced in one step. A symbolic link is followed: its target is replaced.
///
/// # Errors
/// The first file that could not be written, with what was prepared removed. A path that holds something other than a
/// regular file (a folder, a device, a pipe) is refused: replacing it would destroy it.
pub fn write_all(files: &[(PathBuf, impl AsRef<[u8]>)]) -> std::result::Result<(), NotWritten> {
    let mut prepared = Prepared(Vec::new());
    for (path, bytes) in files {
        let failed = |why| NotWritten {
            path: path.clone(),
            why,
        };
        let target = target(path).map_err(failed)?;
        if unchanged(&target, bytes.as_ref()) {
            continue;
        }
        let beside = prepare(&target, bytes.as_ref()).map_err(failed)?;
        prepared.0.push((beside, target));
    }
    while let Some((beside, path)) = prepared.0.first() {
        std::fs::rename(beside, path).map_err(|why| NotWritten {
            path: path.clone(),
            why,
        })?;
        prepared.0.remove(0);
    }
    Ok(())
}

/// The file that a path stands for, links followed; it is a regular file or does not exist yet.
fn target(path: &Path) -> Result<PathBuf> {
    if path.symlink_metadata().is_err() {
        return Ok(path.to_owned());
    }
    let target = path.canonicalize()?;
    match kind(&target.metadata()?) {
        None => Ok(target),
        Some(kind) => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("it is {kind}, not a file"),
        )),
    }
}

/// What it is, when it is no regular file.
fn kind(metadata: &Metadata) -> Option<&'static str> {
    match metadata.file_type() {
        t if t.is_file() => None,
        t if t.is_dir() => Some("a folder"),
        _ => Some("a device, a pipe or a socket"),
    }
}

/// Whether the file holds exactly these bytes; a file of another length is not read.
fn unchanged(path: &Path, bytes: &[u8]) -> bool {
    let same_length = path
        .metadata()
        .is_ok_and(|m| usize::try_from(m.len()).is_ok_and(|len| len == bytes.len()));
    same_length && std::fs::read(path).is_ok_and(|old| old == bytes)
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

fn prepare(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let (mut file, beside) = create_beside(path.parent().unwrap_or(Path::new("")))?;
    if let Err(why) = file.write_all(bytes) {
        // the reason that matters is the first one
        let _ = std::fs::remove_file(&beside);
        return Err(why);
    }
    Ok(beside)
}

/// A new file that no other run uses and no link stands for, with a short name whatever the file is called in the end.
fn create_beside(folder: &Path) -> Result<(File, PathBuf)> {
    let process = std::process::id();
    for number in 0_u32.. {
        let path = folder.join(format!(".nk-gen-{process}-{number}.tmp"));
        match File::create_new(&path) {
            Err(taken) if taken.kind() == ErrorKind::AlreadyExists => {}
            created => return Ok((created?, path)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_device_a_folder_and_a_pipe_are_refused_and_stay() {
        let dir = tempfile::tempdir().unwrap();
        for path in [Path::new("/dev/full"), Path::new("/dev/null"), dir.path()] {
            assert!(
                write_all(&[(path.to_owned(), "x")]).is_err(),
                "{}",
                path.display()
            );
            assert!(
                kind(&path.metadata().unwrap()).is_some(),
                "{} is what it was",
                path.display()
            );
        }
    }

    #[test]
    fn one_that_cannot_be_written_keeps_the_others_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let (good, bad) = (dir.path().join("good"), dir.path().join("bad"));
        std::fs::write(&good, "old").unwrap();
        std::fs::create_dir(&bad).unwrap();
        assert_eq!(
            write_all(&[(good.clone(), "new"), (bad.clone(), "new")])
                .unwrap_err()
                .path,
            bad
        );
        assert_eq!(std::fs::read_to_string(&good).unwrap(), "old");
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            2,
            "nothing is left beside them"
        );
    }

    #[test]
    fn a_link_is_followed_and_equal_content_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_all(&[(link.clone(), "new")]).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        let before = file.metadata().unwrap().modified().unwrap();
        write_all(&[(file.clone(), "new")]).unwrap();
        assert_eq!(file.metadata().unwrap().modified().unwrap(), before);
    }
}
