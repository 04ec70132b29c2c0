//! Room for the front end: the parser is recursive, and the depth of its input is limited, not its stack.
use std::any::Any;

/// Bytes of stack; with the limits on nesting it is never used up (`docs/inputs.md` §1).
const BYTES: usize = 64 << 20;

/// Runs `work` on a thread with enough stack, and gives back its result.
///
/// # Errors
/// With what `work` panicked, which is a fault of this program.
pub fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Box<dyn Any + Send>> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(BYTES)
            .spawn_scoped(scope, work);
        let thread = thread.map_err(|error| -> Box<dyn Any + Send> {
            Box::new(format!("no thread could be started: {error}"))
        });
        thread?.join()
    })
}
