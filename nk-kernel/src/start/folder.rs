//! Finding a program: by its path below one folder, without a search path and
//! without symbolic links.
//!
//! The way to a program is a path below the folder, resolved by the system
//! beneath it (`openat2` with `RESOLVE_BENEATH`, `RESOLVE_NO_SYMLINKS` and
//! `RESOLVE_NO_MAGICLINKS`): neither `..` nor a link leads out, however the
//! folder changes meanwhile. What is opened is what is executed.
use super::StartError;
use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// The folder of programs.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Absolute, without symbolic links.
    path: PathBuf,
    /// What programs are opened beneath.
    descriptor: OwnedFd,
}

impl Folder {
    /// Opens a folder by any path.
    ///
    /// # Errors
    /// Of the system: it is not there, not a folder, or not ours to open.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = path.canonicalize()?;
        Ok(Self {
            descriptor: open(&path, flags, Mode::empty())?,
            path,
        })
    }

    /// Where it is: absolute and without symbolic links.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a program. What is opened is what is executed: the name is not
    /// looked up again.
    pub(crate) fn program(&self, file: &str) -> Result<OwnedFd, StartError> {
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let opened = openat2(
            &self.descriptor,
            file,
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            resolve,
        );
        let (name, folder) = (|| file.to_owned(), || self.path.clone());
        let program = opened.map_err(|e| match e {
            Errno::NOENT | Errno::NOTDIR => StartError::Missing {
                file: name(),
                folder: folder(),
            },
            Errno::XDEV | Errno::LOOP => StartError::Outside {
                file: name(),
                folder: folder(),
            },
            e => StartError::system("opening the program", e),
        })?;
        let status =
            fstat(&program).map_err(|e| StartError::system("looking at the program", e))?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(StartError::NotAFile { file: name() });
        }
        let mode = Mode::from_raw_mode(status.st_mode);
        let changes_user = mode.intersects(Mode::SUID | Mode::SGID);
        if changes_user || !mode.intersects(Mode::XUSR | Mode::XGRP | Mode::XOTH) {
            return Err(StartError::Mode {
                file: name(),
                changes_user,
            });
        }
        Ok(program)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use std::fs::{Permissions, create_dir, set_permissions, write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        create_dir(dir.path().join("programs")).unwrap();
        let file = |name: &str, mode| {
            let path = dir.path().join(name);
            write(&path, "").unwrap();
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        };
        file("programs/good", 0o755);
        file("programs/plain", 0o644);
        file("programs/setuid", 0o4755);
        file("outside", 0o755);
        symlink("good", dir.path().join("programs/link")).unwrap();
        create_dir(dir.path().join("programs/sub")).unwrap();
        file("programs/sub/deep", 0o755);
        let folder = Folder::open(&dir.path().join("programs")).unwrap();
        (dir, folder)
    }

    #[test]
    fn a_program_is_found_below_its_folder_only() {
        let (dir, folder) = folder();
        assert!(folder.program("good").is_ok());
        assert!(folder.program("sub/deep").is_ok());
        let outside = dir.path().join("outside").to_str().unwrap().to_owned();
        for path in [
            "../outside",
            &outside,
            "link",
            "sub/../../outside",
            "/proc/self/exe",
        ] {
            assert!(
                matches!(folder.program(path), Err(StartError::Outside { .. })),
                "{path}"
            );
        }
        assert!(matches!(
            folder.program("none"),
            Err(StartError::Missing { .. })
        ));
        assert!(matches!(
            folder.program("good/x"),
            Err(StartError::Missing { .. })
        ));
    }

    #[test]
    fn what_cannot_be_a_program_is_refused_before_anything_is_started() {
        let (_dir, folder) = folder();
        assert!(matches!(
            folder.program("sub"),
            Err(StartError::NotAFile { .. })
        ));
        assert!(matches!(
            folder.program("plain"),
            Err(StartError::Mode {
                changes_user: false,
                ..
            })
        ));
        assert!(matches!(
            folder.program("setuid"),
            Err(StartError::Mode {
                changes_user: true,
                ..
            })
        ));
    }
}
