//! Processor time of this process: on a machine that others use it says more than the clock on the wall.
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

fn now() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(now.tv_sec).expect("time goes forward");
    Duration::new(
        seconds,
        u32::try_from(now.tv_nsec).expect("less than a second"),
    )
}

/// What `run` took, and what it gave.
pub fn once<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = now();
    let result = run();
    (now() - start, result)
}

/// The median of nine runs.
pub fn median<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..9 {
        let (time, result) = once(&mut run);
        times.push(time);
        last = Some(result);
    }
    times.sort();
    (times[times.len() / 2], last.expect("nine runs"))
}
