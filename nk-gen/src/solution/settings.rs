//! What an image says about messages apart from descriptions and policy: how
//! large they may be, and whose are checked in compat mode (`docs/wire.md` §8).
use crate::policy::Class;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::suggest::did_you_mean;
use nk_image::MESSAGE_MAXIMA;

/// Largest message of a solution, constant part and arena together. The kernel
/// allocates buffers of this size, so that there are few to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaxMessage {
    /// 4 MiB.
    M4,
    /// 8 MiB.
    M8,
    /// 16 MiB.
    #[default]
    M16,
}

impl MaxMessage {
    /// All of them, from the smallest.
    pub const ALL: [Self; 3] = [Self::M4, Self::M8, Self::M16];

    /// The value as options write it, here and at `einit`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::M4 => "4M",
            Self::M8 => "8M",
            Self::M16 => "16M",
        }
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        let [m4, m8, m16] = MESSAGE_MAXIMA;
        match self {
            Self::M4 => m4,
            Self::M8 => m8,
            Self::M16 => m16,
        }
    }
}

/// E623: `--compat` for a class that is not in the image. `missing` says of
/// which names that was reported elsewhere.
pub(super) fn check_compat(
    compat: &[String],
    table: &[Class],
    missing: impl Fn(&str) -> bool,
    findings: &mut Vec<Diagnostic>,
) {
    let known = |name: &str| table.iter().any(|class| class.name == name);
    for name in compat.iter().filter(|name| !known(name) && !missing(name)) {
        let message = format!("`--compat {name}`: the solution has no process class of this name");
        let near = did_you_mean(name, table.iter().map(|class| class.name.as_str()));
        let help = near.unwrap_or_else(|| {
            "name a class that the policy includes or init.yaml starts".to_owned()
        });
        findings.push(Diagnostic::new(Code::UNKNOWN_COMPAT_CLASS, message, None).help(help));
    }
}
