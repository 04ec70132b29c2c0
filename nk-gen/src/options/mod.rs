//! What the caller of the compiler decides.
//!
//! Filled in by the command line, by [`Builder`](crate::Builder) in a build
//! script, and by the macro; every pass reads it and none changes it.
pub mod limits;

use crate::model::PointerWidth;
use crate::options::limits::Limits;
use std::path::PathBuf;

/// Where descriptions are looked for, and what is asked of them.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `-I`: folders in which `a.b.C` is `a/b/C.idl` (`.cdl`, `.edl`).
    pub include: Vec<PathBuf>,
    /// `-S`: folders whose descriptions are found by the name they declare,
    /// however deep they lie.
    pub sources: Vec<PathBuf>,
    /// Descriptions given as text; each declares a package, a component or a
    /// process class.
    pub inline: Vec<String>,
    /// `--external`: names that may stay without a description: `kl.` for
    /// everything below `kl`, `*` for all.
    pub external: Vec<String>,
    /// `--limit`: how much is taken in.
    pub limits: Limits,
    /// `--compat-version`: the version that the descriptions are written for.
    /// What it does not know yet is an error, and what it has left behind is a
    /// lint; without it all versions are accepted and old words pass in
    /// silence.
    pub compat: Option<Version>,
    /// `--extended-errors` or `--deprecated-no-extended-errors`; without them
    /// the version decides.
    pub errors: Option<ErrorParams>,
    /// `--allow-outside-links`: links that lead out of an `-I` or `-S` folder
    /// are followed in silence.
    pub allow_outside_links: bool,
    /// `--regex-search`: a pattern of a policy need not describe the whole
    /// text, as in 1.0 and 1.1.
    pub regex_search: bool,
    /// `--pointer-width`: the targets that layouts are for. Code is generated
    /// for 64 bits only.
    pub pointer_width: PointerWidth,
}

impl Options {
    /// What methods may declare as `error` parameters (`docs/languages.md` §11):
    /// extended errors are the default since 1.3.
    #[must_use]
    pub fn error_params(&self) -> ErrorParams {
        self.errors.unwrap_or(match self.compat {
            Some(version) if version < Version::V1_3 => ErrorParams::Status,
            _ => ErrorParams::Extended,
        })
    }
}

/// A version of the SDK whose languages a description is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 1.0
    V1_0,
    /// 1.1
    V1_1,
    /// 1.2
    V1_2,
    /// 1.3
    V1_3,
    /// 1.4
    V1_4,
}

impl Version {
    /// All versions, oldest first.
    pub const ALL: [Self; 5] = [Self::V1_0, Self::V1_1, Self::V1_2, Self::V1_3, Self::V1_4];

    /// The version as users write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
        }
    }
}

/// What methods may declare as `error` parameters (`docs/languages.md` §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorParams {
    /// Any number, of any type.
    Extended,
    /// The old scheme: none, or one `error UInt16 status`.
    Status,
}
