//! Wire vectors: the same file drives the generated encoders and decoders, the structure check over generated tables and
//! over the tables of a solution image, and an interpreter that shares no code with any of them. Then the same over mutated
//! messages.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod codec;
mod generate;
mod mutate;
mod mutations;
mod sides;
mod values;
mod vectors;
