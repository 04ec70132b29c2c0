//! The binding that would grant an event for which there is no rule.
//!
//! It names what the event names, and grants: a person has to say whether that
//! is wanted. For a rule that denies there is no such line, as the policy has
//! already said what it wants.
use super::{Names, Policy, Reason, Record};
use crate::Kind;
use core::fmt;

/// [`Record::remedy`].
#[derive(Debug, Clone, Copy)]
pub struct Remedy<'p> {
    record: &'p Record,
    policy: &'p Policy,
}

impl Record {
    /// The line of the policy that would grant the event; nothing unless the
    /// reason is that there is no rule for it.
    #[must_use]
    pub const fn remedy<'p>(&'p self, policy: &'p Policy) -> Option<Remedy<'p>> {
        match self.reason {
            Reason::NoRule(..) => Some(Remedy {
                record: self,
                policy,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, names) = (self.record, Names::of(self.record, self.policy));
        write!(f, "{} src={}", record.kind.word(), names.src)?;
        match record.kind {
            Kind::Security => {
                let path = names
                    .endpoint
                    .and_then(|endpoint| endpoint.strip_suffix("security"))
                    .unwrap_or("");
                if let Some(method) = names.method {
                    write!(f, " method={path}{method}")?;
                }
            }
            Kind::Execute => write!(f, " dst={}", names.dst)?,
            Kind::Request | Kind::Response | Kind::Error => {
                write!(f, " dst={}", names.dst)?;
                if let (Some(endpoint), Some(method)) = (names.endpoint, names.method) {
                    write!(f, " endpoint={endpoint} method={method}")?;
                }
            }
        }
        f.write_str(" { grant () }")
    }
}
