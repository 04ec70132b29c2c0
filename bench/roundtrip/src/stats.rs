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
    let at = |part: f64| {
        samples
            .get((count as f64 * part) as usize)
            .copied()
            .unwrap_or(0)
    };
    let mean = samples.iter().sum::<u64>() / samples.len().max(1) as u64;
    Ok(format!(
        "{count}\t{}\t{}\t{}\t{mean}",
        at(0.0),
        at(0.5),
        at(0.99)
    ))
}

/// The median in a line of this program.
pub fn median_of(line: &str) -> Result<f64, Box<dyn std::error::Error>> {
    Ok(line
        .split('\t')
        .nth(5)
        .ok_or("a line without a median")?
        .parse()?)
}

/// Measures both in turn and prints their ratio, the second as the base.
pub fn pairs(
    settings: &[&str],
    mut plain: impl FnMut() -> Result<f64, Box<dyn std::error::Error>>,
    mut with: impl FnMut() -> Result<f64, Box<dyn std::error::Error>>,
) -> Result<(), Box<dyn std::error::Error>> {
    const PAIRS: usize = 20;
    let mut ratios = Vec::with_capacity(PAIRS);
    for n in 0..PAIRS {
        // who comes first changes, so that neither is always the one after a pause
        let (a, b) = if n % 2 == 0 {
            let a = plain()?;
            (a, with()?)
        } else {
            let b = with()?;
            (plain()?, b)
        };
        ratios.push(a / b);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    // of 20, the 6th and the 15th enclose the true median with 95.9 %
    let median = f64::midpoint(ratios[9], ratios[10]);
    println!(
        "plain / {}: {median:.3} ({:.3} to {:.3}), {PAIRS} pairs",
        settings.join(" "),
        ratios[5],
        ratios[14]
    );
    Ok(())
}
