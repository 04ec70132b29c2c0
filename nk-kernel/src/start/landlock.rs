//! The files that a program may use at levels 2 and 3: its folder, the system's
//! libraries, four devices; as a Landlock ruleset, and as the root folder of
//! level 3.
//!
//! | path | rights |
//! |---|---|
//! | the program itself | read, execute |
//! | the folder of programs | read files and folders |
//! | library folders of the system | read files and folders, execute (for the interpreter) |
//! | `/etc/ld.so.cache` | read |
//! | `/dev/null`, `zero`, `random`, `urandom` | read, write |
//!
//! Everything else that Landlock knows is forbidden: other files, binding and
//! connecting TCP ports, and with scopes signals and abstract sockets beyond
//! the program's own domain. Paths that a system does not have are left out.
use super::StartError;
use crate::sys::{Root, RootEntry};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, Scope, make_bitflags,
};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::{getgid, getuid};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a dynamically linked program needs: its interpreter and libraries,
/// wherever distributions put them.
const LIBRARIES: [&str; 10] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/nix/store",
    "/gnu/store",
];
/// Where the interpreter finds libraries that are elsewhere in these.
const LIBRARY_INDEX: &str = "/etc/ld.so.cache";
/// Devices that have no state.
const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/// The newest Landlock that this code knows. Of an older one what it has is
/// used.
const LANDLOCK: ABI = ABI::V10;

/// What Landlock knows of files.
type Rights = BitFlags<AccessFs>;

/// A file or folder, and what may be done with it and below it.
#[derive(Debug)]
struct Allowed {
    path: PathBuf,
    rights: Rights,
    device: bool,
}

/// The files of all programs of a run.
#[derive(Debug)]
pub(super) struct Files {
    allowed: Vec<Allowed>,
}

impl Files {
    /// Those for programs below `programs`, an absolute path without symbolic
    /// links.
    pub(super) fn new(programs: &Path) -> Self {
        let read = make_bitflags!(AccessFs::{ReadFile | ReadDir});
        let allow = |path: &str, rights: Rights, device| Allowed {
            path: path.into(),
            rights,
            device,
        };
        let mut allowed = vec![Allowed {
            path: programs.to_owned(),
            rights: read,
            device: false,
        }];
        // the right to execute is for the interpreter; no program has the system call
        allowed.extend(LIBRARIES.map(|path| allow(path, read | AccessFs::Execute, false)));
        allowed.push(allow(LIBRARY_INDEX, AccessFs::ReadFile.into(), false));
        allowed.extend(
            DEVICES.map(|path| allow(path, make_bitflags!(AccessFs::{ReadFile | WriteFile}), true)),
        );
        // where one is below another, the upper one is put into a root folder first
        allowed.sort_by_key(|allowed| allowed.path.components().count());
        Self { allowed }
    }

    /// The ruleset of one program: everything that Landlock knows is forbidden
    /// but this.
    pub(super) fn ruleset(&self, program: &OwnedFd) -> Result<OwnedFd, StartError> {
        let failed = |_| StartError::system("making its Landlock ruleset", Errno::INVAL);
        let mut ruleset = new_ruleset().map_err(failed)?;
        let own = PathBeneath::new(program.as_fd(), AccessFs::Execute | AccessFs::ReadFile);
        ruleset = ruleset.add_rule(own).map_err(failed)?;
        for allowed in &self.allowed {
            let file = match open(&allowed.path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
                Ok(file) => file,
                // not every system has all of these
                Err(Errno::NOENT | Errno::ACCESS) => continue,
                Err(e) => return Err(StartError::system("opening what it may read", e)),
            };
            ruleset = ruleset
                .add_rule(PathBeneath::new(file, allowed.rights))
                .map_err(failed)?;
        }
        Option::from(ruleset).ok_or(StartError::system(
            "making its Landlock ruleset",
            Errno::OPNOTSUPP,
        ))
    }

    /// The root folder of level 3; `None` where it would be the system's own.
    pub(super) fn root(&self) -> Option<Root> {
        let mut entries = Vec::new();
        for Allowed { path, device, .. } in &self.allowed {
            put(&mut entries, path, *device)?;
        }
        let line = |id: u32| CString::new(format!("{id} {id} 1")).ok();
        Some(Root {
            users: [line(getuid().as_raw())?, line(getgid().as_raw())?],
            entries,
        })
    }
}

/// A ruleset that forbids everything that the system's Landlock knows: files,
/// network and, by scopes, signals and abstract sockets.
fn new_ruleset() -> Result<RulesetCreated, landlock::RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()
}

/// Puts a file or folder of the system at its own path in a root folder, if it
/// is there. `None`: its path is the root.
fn put(entries: &mut Vec<RootEntry>, path: &Path, device: bool) -> Option<()> {
    let relative = path
        .strip_prefix("/")
        .ok()
        .filter(|p| !p.as_os_str().is_empty())?;
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).ok();
    let Ok(status) = path.symlink_metadata() else {
        return Some(());
    };
    let mut above: Vec<&Path> = relative
        .ancestors()
        .skip(1)
        .filter(|p| !p.as_os_str().is_empty())
        .collect();
    above.reverse();
    for folder in above {
        entries.push(RootEntry::Folder(text(folder)?));
    }
    let at = text(relative)?;
    if status.is_symlink() {
        entries.push(RootEntry::Link {
            text: text(&path.read_link().ok()?)?,
            at,
        });
        return Some(());
    }
    entries.push(if status.is_dir() {
        RootEntry::Folder(at.clone())
    } else {
        RootEntry::File(at.clone())
    });
    entries.push(RootEntry::Bind {
        from: text(path)?,
        at,
        device,
    });
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_root_folder_holds_the_way_to_a_file_and_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().canonicalize().unwrap();
        std::os::unix::fs::symlink("elsewhere", programs.join("link")).unwrap();
        let mut entries = Vec::new();
        put(&mut entries, &programs, false).unwrap();
        let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).unwrap();
        let at = text(programs.strip_prefix("/").unwrap());
        assert_eq!(
            entries.first(),
            Some(&RootEntry::Folder(text(Path::new("tmp")))),
            "{}",
            programs.display()
        );
        let bind = RootEntry::Bind {
            from: text(&programs),
            at: at.clone(),
            device: false,
        };
        assert!(
            entries.ends_with(&[RootEntry::Folder(at), bind]),
            "{entries:?}"
        );
        put(&mut entries, &programs.join("link"), false).unwrap();
        assert!(
            matches!(entries.last(), Some(RootEntry::Link { text, .. }) if text.as_c_str() == c"elsewhere")
        );
    }

    #[test]
    fn what_is_not_there_is_left_out_and_the_root_itself_is_no_folder_for_programs() {
        let mut entries = Vec::new();
        assert_eq!(
            put(&mut entries, Path::new("/no/such/folder"), false),
            Some(())
        );
        assert!(entries.is_empty());
        assert_eq!(put(&mut entries, Path::new("/"), false), None);
        assert!(Files::new(Path::new("/")).root().is_none());
    }
}
