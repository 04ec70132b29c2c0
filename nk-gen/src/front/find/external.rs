//! Decides which names `--external` covers: names that may stay without a
//! description.
//!
//! Such a name has no type, no layout and no endpoints. A check goes on without
//! it; whatever would need to know it is noted as an external use of the model,
//! and stops the generation of code (E114).

/// The patterns of `--external`.
#[derive(Debug, Clone, Default)]
pub(crate) struct External(Vec<String>);

impl External {
    /// `*` covers every name; `kl` and `kl.` cover `kl` and everything below
    /// it; `kl.core.T*` every name that begins so.
    pub(crate) fn new(patterns: &[String]) -> Self {
        Self(patterns.to_vec())
    }

    /// Whether `name` may stay without a description.
    pub(crate) fn covers(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| covers(pattern, name))
    }
}

/// Whether one pattern covers a name, see [`External::new`]. Names are compared
/// with their case, as everywhere in these languages.
fn covers(pattern: &str, name: &str) -> bool {
    if let Some(beginning) = pattern.strip_suffix('*') {
        return name.starts_with(beginning);
    }
    let folder = pattern.strip_suffix('.').unwrap_or(pattern);
    name.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::External;

    fn covers(pattern: &str, name: &str) -> bool {
        External::new(&[pattern.to_owned()]).covers(name)
    }

    #[test]
    fn a_prefix_ends_at_a_dot_unless_a_star_says_otherwise() {
        assert!(
            covers("kl.", "kl.core.Types") && covers("kl", "kl.core.Types") && covers("*", "a.B")
        );
        assert!(covers("kl.Vfs*", "kl.VfsNet") && covers("kl.*", "kl.X"));
        assert!(
            !covers("kl", "klog.X") && !covers("kl.", "x.kl.Y") && !covers("kl.Vfs", "kl.VfsNet")
        );
    }
}
