//! Processes as the system shows them.
use std::path::Path;

/// The number of its parent, and whether it is a zombie; `None` when there is no such process.
fn state(pid: u32) -> Option<(u32, bool)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_ascii_whitespace();
    let zombie = fields.next()? == "Z";
    Some((fields.next()?.parse().ok()?, zombie))
}

/// The parent of a process that lives.
pub fn parent(pid: u32) -> Option<u32> {
    state(pid).and_then(|(parent, zombie)| (!zombie).then_some(parent))
}

pub fn all() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// All living processes that descend from one, nearer ones first.
pub fn below(ancestor: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = all()
        .into_iter()
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(above) = found.get(next).copied() {
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == above)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    found.split_off(1)
}

/// Processes below one that have ended and were not waited for.
pub fn zombies(ancestor: u32) -> usize {
    all()
        .into_iter()
        .filter_map(state)
        .filter(|(parent, zombie)| *parent == ancestor && *zombie)
        .count()
}

/// The arguments of a process; none when it has ended.
pub fn arguments(pid: u32) -> Vec<String> {
    let all = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    all.split(|b| *b == 0)
        .map(|a| String::from_utf8_lossy(a).into_owned())
        .collect()
}

/// Living processes that have a path below this folder among their arguments.
pub fn concerned_with(folder: &Path) -> Vec<u32> {
    let concerned = |pid: &u32| {
        arguments(*pid)
            .iter()
            .any(|a| Path::new(a).starts_with(folder))
    };
    all()
        .into_iter()
        .filter(concerned)
        .filter(|pid| parent(*pid).is_some())
        .collect()
}

/// Open descriptors of a process; `None` when we may not look: the kernel process shows them to root only.
pub fn descriptors(pid: u32) -> Option<usize> {
    std::fs::read_dir(format!("/proc/{pid}/fd"))
        .ok()
        .map(Iterator::count)
}

/// Pages of memory that a process has.
pub fn resident(pid: u32) -> u64 {
    let sizes = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    sizes.split(' ').nth(1).unwrap().parse().unwrap()
}
