//! Questions about a compiled solution: why an event is granted or denied, and what a policy's own tests say.
pub mod decide;
pub mod testing;
