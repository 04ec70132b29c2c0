//! Time of each call, and what is said about all of them.
use std::time::Instant;

/// The calling thread, and what it starts, on one processor.
pub fn pin(processor: usize) -> bool {
    let mut set = rustix::thread::CpuSet::new();
    set.set(processor);
    rustix::thread::sched_setaffinity(None, &set).is_ok()
}

/// A number of calls that suits the size.
pub const fn suits(size: usize) -> usize {
    match size {
        0..=4096 => 50_000,
        4097..=131_072 => 10_000,
        _ => 1_500,
    }
}

/// Calls so many times, and a tenth more before it counts. Samples, minimum, median, 99th percentile and mean of a call, in
/// nanoseconds.
pub fn measure(
    (count, batch): (usize, u32),
    mut call: impl FnMut() -> nk_runtime::Result<bool>,
) -> Result<String, Box<dyn std::error::Error>> {
    let warm = (count / 10).clamp(50, 5_000);
    let mut samples = Vec::with_capacity(count);
    for n in 0..count + warm {
        let before = Instant::now();
        for _ in 0..batch {
            if !call().map_err(|e| format!("{e:?}"))? {
                return Err("the answer is not what was sent".into());
            }
        }
        let took = before.elapsed().as_nanos() / u128::from(batch);
        if n >= warm {
            samples.push(u64::try_from(took)?);
        }
    }
    samples.sort_unstable();
    let at = |part: f64| samples.get((count as f64 * part) as usize).copied().unwrap_or(0);
    let mean = samples.iter().sum::<u64>() / samples.len().max(1) as u64;
    Ok(format!("{count}\t{}\t{}\t{}\t{mean}", at(0.0), at(0.5), at(0.99)))
}
