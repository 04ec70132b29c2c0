//! Attacks on files, by opening and by changing.
use crate::raw::{apart, at, at_mut, call, opened};
use crate::{Attack, Stopped, Target};
use std::ffi::CString;
use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub const ATTACKS: &[Attack] = &[
    ("read a system file (/etc/passwd)", |_| {
        read(Path::new("/etc/passwd"))
    }),
    ("read a file outside its folder", |t| {
        read(&t.outside.join("file"))
    }),
    ("read a file outside by a way up (../..)", read_upwards),
    ("list a folder outside (/)", |_| list(Path::new("/"))),
    ("look at a file outside (stat)", |t| {
        Ok(format!(
            "{} bytes",
            std::fs::metadata(t.outside.join("file"))?.len()
        ))
    }),
    ("list the user's home folder", list_home),
    ("read a process's own /proc", |_| {
        read(Path::new("/proc/self/environ"))
    }),
    ("read the kernel log (/dev/kmsg)", |_| {
        open_only(Path::new("/dev/kmsg"), false)
    }),
    ("set a system parameter (/proc/sys)", |_| {
        open_only(Path::new("/proc/sys/kernel/hostname"), true)
    }),
    ("open a terminal (/dev/ptmx)", |_| {
        open_only(Path::new("/dev/ptmx"), true)
    }),
    ("write a file outside its folder", |t| {
        write(&t.outside.join("new"))
    }),
    ("write a file in its folder", |t| {
        write(&t.inside.join("new"))
    }),
    ("write shared memory as a file (/dev/shm)", write_shared),
    ("overwrite a file outside", |t| {
        open_only(&t.outside.join("file"), true)
    }),
    ("empty a file outside (truncate)", truncate),
    ("replace its own executable", replace_executable),
    (
        "make its own executable writable for all (chmod)",
        change_mode,
    ),
    ("give a file away (chown)", give_away),
    ("change a file's times", change_times),
    ("set an attribute of a file (setxattr)", set_attribute),
    ("delete a file in its folder", delete),
    ("make a folder", |t| {
        Ok(std::fs::create_dir(t.outside.join("folder")).map(|()| "done".to_owned())?)
    }),
    ("make a symbolic link", |t| {
        done(std::os::unix::fs::symlink(
            "/etc",
            t.outside.join("symbolic"),
        ))
    }),
    ("make a hard link", |t| {
        done(std::fs::hard_link(
            t.outside.join("file"),
            t.outside.join("hard"),
        ))
    }),
    ("make a pipe with a name (mknod)", |t| {
        node(t, libc::S_IFIFO, 0)
    }),
    ("make a device (mknod)", |t| node(t, libc::S_IFCHR, 0x103)),
    (
        "open a file by its handle (open_by_handle_at)",
        open_by_handle,
    ),
    ("watch a folder (inotify)", watch),
    ("watch a file system (fanotify)", |_| {
        opened(call(libc::SYS_fanotify_init, &[0, 0]))
    }),
    ("lock a file against others (flock)", lock),
];

fn text(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn done(result: std::io::Result<()>) -> Result<String, Stopped> {
    Ok(result.map(|()| "done".to_owned())?)
}

fn read(path: &Path) -> Result<String, Stopped> {
    Ok(format!("{} bytes", std::fs::read(path)?.len()))
}

fn list(path: &Path) -> Result<String, Stopped> {
    Ok(format!("{} entries", std::fs::read_dir(path)?.count()))
}

fn read_upwards(target: &Target) -> Result<String, Stopped> {
    let up = "../".repeat(target.inside.components().count());
    read(&target.inside.join(up).join("etc/passwd"))
}

fn list_home(_: &Target) -> Result<String, Stopped> {
    match std::env::home_dir().filter(|home| home.as_os_str() != "/") {
        Some(home) => list(&home),
        None => list(Path::new("/root")),
    }
}

fn open_only(path: &Path, write: bool) -> Result<String, Stopped> {
    OpenOptions::new().read(!write).write(write).open(path)?;
    Ok("opened".to_owned())
}

fn write(path: &Path) -> Result<String, Stopped> {
    std::fs::write(path, "x")?;
    done(std::fs::remove_file(path))
}

fn write_shared(_: &Target) -> Result<String, Stopped> {
    write(Path::new("/dev/shm/escape"))
}

fn truncate(target: &Target) -> Result<String, Stopped> {
    call(
        libc::SYS_truncate,
        &[text(&target.outside.join("victim")).as_ptr() as usize, 0],
    )?;
    Ok("done".to_owned())
}

fn own_executable(target: &Target) -> std::path::PathBuf {
    target.inside.join("escape-attacker")
}

fn replace_executable(target: &Target) -> Result<String, Stopped> {
    let (own, new) = (own_executable(target), target.inside.join("replacement"));
    std::fs::copy(&own, &new)?;
    done(std::fs::rename(&new, &own))
}

fn change_mode(target: &Target) -> Result<String, Stopped> {
    done(std::fs::set_permissions(
        own_executable(target),
        Permissions::from_mode(0o757),
    ))
}

fn give_away(target: &Target) -> Result<String, Stopped> {
    let path = target.outside.join("file");
    // SAFETY: asks for numbers.
    let (user, group) = unsafe { (libc::getuid(), libc::getgid()) };
    // root can give to anybody; others could at least reach the call
    done(std::os::unix::fs::chown(path, Some(user), Some(group)))
}

fn change_times(target: &Target) -> Result<String, Stopped> {
    call(
        libc::SYS_utimensat,
        &[
            crate::raw::number(libc::AT_FDCWD),
            at_path(&target.outside.join("file")),
            0,
            0,
        ],
    )?;
    Ok("done".to_owned())
}

/// The address of a path that stays.
fn at_path(path: &Path) -> usize {
    text(path).into_raw() as usize
}

fn set_attribute(target: &Target) -> Result<String, Stopped> {
    let path = at_path(&target.outside.join("file"));
    call(
        libc::SYS_setxattr,
        &[path, c"user.escape".as_ptr() as usize, at("x"), 1, 0],
    )?;
    Ok("done".to_owned())
}

fn delete(target: &Target) -> Result<String, Stopped> {
    done(std::fs::remove_file(target.inside.join("sacrifice")))
}

fn node(target: &Target, kind: libc::mode_t, device: usize) -> Result<String, Stopped> {
    let path = at_path(&target.outside.join(format!("node{device}")));
    call(
        libc::SYS_mknodat,
        &[
            crate::raw::number(libc::AT_FDCWD),
            path,
            (kind | 0o600) as usize,
            device,
        ],
    )?;
    Ok("done".to_owned())
}

fn open_by_handle(target: &Target) -> Result<String, Stopped> {
    // `struct file_handle`: size, kind, bytes
    let mut handle = [0_u32; 34];
    handle[0] = 128;
    let mut mount = 0_i32;
    let path = at_path(&target.outside.join("file"));
    let at_here = crate::raw::number(libc::AT_FDCWD);
    call(
        libc::SYS_name_to_handle_at,
        &[at_here, path, at_mut(&mut handle), at_mut(&mut mount), 0],
    )?;
    opened(call(
        libc::SYS_open_by_handle_at,
        &[at_here, at(&handle), libc::O_RDONLY as usize],
    ))
}

fn watch(_: &Target) -> Result<String, Stopped> {
    let watcher = call(libc::SYS_inotify_init1, &[0])?;
    let added = call(
        libc::SYS_inotify_add_watch,
        &[watcher, c"/etc".as_ptr() as usize, libc::IN_OPEN as usize],
    );
    crate::raw::close(watcher);
    added?;
    Ok("done".to_owned())
}

fn lock(target: &Target) -> Result<String, Stopped> {
    use std::os::fd::AsRawFd;
    let file = File::open(own_executable(target))?;
    let fd = crate::raw::number(file.as_raw_fd());
    Ok(apart(|| {
        call(
            libc::SYS_flock,
            &[fd, (libc::LOCK_EX | libc::LOCK_NB) as usize],
        )
        .map(drop)
    })?)
}
