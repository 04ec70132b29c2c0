//! How much one run takes in before it says so. Source: `spec/reliability.md` §5.2; every limit has its own diagnostic.

/// Largest description in bytes (E008).
pub const FILE_BYTES: u64 = 4 << 20;
/// Most bytes of descriptions in one run (E113).
pub const TOTAL_BYTES: u64 = 64 << 20;
/// Most descriptions in one run, or below one `-S` folder (E113).
pub const FILES: usize = 4096;
/// Most folders that are visited below one `-S` folder (E113).
pub const FOLDERS: usize = 65_536;
/// Deepest nesting of types, and of components (E009).
pub const NESTING: usize = 64;
/// Most operators and operands of one constant expression (E010).
pub const EXPRESSION_NODES: usize = 10_000;
/// Most fields of one struct or variants of one union (E010).
pub const FIELDS: usize = 4096;
/// Largest constant part of a message in bytes: what 23 bits hold (E204).
pub const CONSTANT_PART: u64 = (1 << 23) - 1;
/// Most handles of one message (E204).
pub const HANDLES: u64 = 255;
/// Most methods of an interface (E204).
pub const METHODS: usize = 65_535;
/// Most endpoints of a process class (E204).
pub const ENDPOINTS: u128 = 65_535;
/// Largest message, constant part and arena, that the kernel carries by default (W404).
pub const MESSAGE: u64 = 16 << 20;
/// Most findings that are shown; the rest is counted.
pub const SHOWN: usize = 100;
