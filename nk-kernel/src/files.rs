//! Opening the files that the command line names: regular ones only, so that
//! neither a pipe nor a device makes the kernel wait or read without an end.
//!
//! Three files are opened by a path that a person gives: the image, the folder
//! of programs, the audit file. The first and the last are opened here, without
//! waiting (`O_NONBLOCK`) and without becoming a controlling terminal
//! (`O_NOCTTY`).
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Reads a whole file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let file = regular(OpenOptions::new().read(true), path)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).map_or(true, |n| n > limit) {
        return Err(Error::new(
            ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", limit >> 20),
        ));
    }
    Ok(bytes)
}

/// Opens a file for lines at its end; makes it if it is not there.
pub(crate) fn append_to(path: &Path) -> Result<File> {
    regular(OpenOptions::new().create(true).append(true), path)
}

/// Opening alone would wait for the other end of a pipe. For a regular file the
/// flag means nothing.
fn regular(options: &mut OpenOptions, path: &Path) -> Result<File> {
    /// Said about pipes, sockets, devices and folders alike.
    const REFUSED: &str = "it is not a regular file";
    let options = options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path).map_err(|e| match e.raw_os_error() {
        // a pipe that nobody reads, a socket
        Some(libc::ENXIO) => Error::new(ErrorKind::InvalidInput, REFUSED),
        _ => e,
    })?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(Error::new(ErrorKind::InvalidInput, REFUSED))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    #[test]
    fn a_device_or_a_pipe_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        for path in [Path::new("/dev/zero"), &pipe, folder.path()] {
            assert!(
                read(path, 100).is_err_and(|e| e.to_string() == "it is not a regular file"),
                "{}",
                path.display()
            );
        }
        for path in [Path::new("/dev/null"), &pipe] {
            assert!(
                append_to(path).is_err_and(|e| e.to_string() == "it is not a regular file"),
                "{}",
                path.display()
            );
        }
    }

    #[test]
    fn a_file_is_read_up_to_the_limit_and_refused_above_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 10]).unwrap();
        assert_eq!(read(file.path(), 10).unwrap(), [7; 10]);
        assert!(read(file.path(), 9).is_err());
        assert!(append_to(file.path()).is_ok());
    }
}
