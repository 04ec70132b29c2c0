//! Which parts are generated, as the section flags of the original select them (`docs/languages.md` §13: cumulative).
use std::collections::BTreeSet;

/// A part of the generated Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// `--types`: constants and declared types with their tables.
    Types,
    /// `--interface`: the trait, the types of its messages, the tables of its methods.
    Interface,
    /// `--endpoints`: for components and process classes RIIDs, endpoint tables, the marker type, and the types of all
    /// messages.
    Endpoints,
    /// `--client`: proxies.
    Client,
    /// `--server`: dispatchers, and the structs of components and process classes.
    Server,
}

impl Section {
    /// What this part does not compile without.
    const fn needs(self) -> &'static [Self] {
        match self {
            Self::Types => &[],
            Self::Interface => &[Self::Types],
            Self::Endpoints | Self::Client => &[Self::Types, Self::Interface],
            Self::Server => &[Self::Types, Self::Interface, Self::Endpoints],
        }
    }
}

/// The parts that are generated; all of them unless some are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sections(BTreeSet<Section>);

impl Sections {
    /// These parts and what they need.
    #[must_use]
    pub fn of(sections: impl IntoIterator<Item = Section>) -> Self {
        Self(
            sections
                .into_iter()
                .flat_map(|section| section.needs().iter().copied().chain([section]))
                .collect(),
        )
    }
    /// Whether a part is generated.
    #[must_use]
    pub fn has(&self, section: Section) -> bool {
        self.0.is_empty() || self.0.contains(&section)
    }
}

#[cfg(test)]
mod tests {
    use super::{Section, Sections};

    #[test]
    fn a_section_brings_what_it_needs_and_no_flag_brings_all() {
        let all = [
            Section::Types,
            Section::Interface,
            Section::Endpoints,
            Section::Client,
            Section::Server,
        ];
        let of = |sections: &[Section]| {
            let chosen = Sections::of(sections.iter().copied());
            all.into_iter()
                .filter(|section| chosen.has(*section))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), all);
        assert_eq!(of(&[Section::Types]), all[..1]);
        assert_eq!(
            of(&[Section::Client]),
            [Section::Types, Section::Interface, Section::Client]
        );
        assert_eq!(of(&[Section::Server, Section::Client]), all);
    }
}
