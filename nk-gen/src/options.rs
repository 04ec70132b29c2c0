//! What the caller of the compiler decides.
use std::path::PathBuf;

/// Where descriptions are looked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `-I`: folders in which `a.b.C` is `a/b/C.idl` (`.cdl`, `.edl`).
    pub include: Vec<PathBuf>,
    /// `-S`: folders whose descriptions are found by the name they declare, however deep they lie.
    pub sources: Vec<PathBuf>,
    /// `--external`: names that may stay without a description: `kl.` for everything below `kl`, `*` for all.
    pub external: Vec<String>,
}
