//! What is known of a text: how far it may be believed, and how far it may travel.

use std::collections::BTreeSet;
use std::fmt;

use super::RecordId;

/// How far a text may be believed. Joined by the lowest: a sentence of two sources is as good as the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Integrity {
    /// Judged to be an attack.
    Hostile,
    /// Written by somebody whom neither the user nor the host vouches for. The default.
    #[default]
    Untrusted,
    /// From inside the host's own organisation, not from the user of this session.
    Internal,
    /// From the user of this session or from the host itself.
    Trusted,
}

impl Integrity {
    /// The lower of the two.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        self.min(other)
    }

    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hostile => "hostile",
            Self::Untrusted => "untrusted",
            Self::Internal => "internal",
            Self::Trusted => "trusted",
        }
    }
}

/// How far a text may travel. Joined by the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Sensitivity {
    /// May go anywhere. The default.
    #[default]
    Public,
    /// Stays inside the organisation.
    Internal,
    /// Leaves for nobody unless a rule says so.
    Sensitive,
}

impl Sensitivity {
    /// The higher of the two.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Sensitive => "sensitive",
        }
    }
}

/// Integrity and sensitivity together: an element of the product lattice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label {
    integrity: Integrity,
    sensitivity: Sensitivity,
}

impl Label {
    /// Trusted and public: the neutral element of [`Label::join`].
    pub const NEUTRAL: Self = Self { integrity: Integrity::Trusted, sensitivity: Sensitivity::Public };

    /// A label of the two parts.
    pub const fn new(integrity: Integrity, sensitivity: Sensitivity) -> Self {
        Self { integrity, sensitivity }
    }

    /// How far the text may be believed.
    pub const fn integrity(self) -> Integrity {
        self.integrity
    }

    /// How far the text may travel.
    pub const fn sensitivity(self) -> Sensitivity {
        self.sensitivity
    }

    /// Both together: the lower integrity, the higher sensitivity. Commutative, associative, idempotent.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            integrity: self.integrity.meet(other.integrity),
            sensitivity: self.sensitivity.join(other.sensitivity),
        }
    }
}

/// The records that a value came from. Grow-only; past [`Origins::MAX`] it only remembers that there were more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins {
    records: BTreeSet<RecordId>,
    more: bool,
}

impl Origins {
    /// How many records are named at the most. The label itself is joined over all of them.
    pub const MAX: usize = 16;

    /// Adds one record.
    pub fn insert(&mut self, record: RecordId) {
        if self.records.contains(&record) {
            return;
        }
        if self.records.len() < Self::MAX {
            self.records.insert(record);
        } else {
            self.more = true;
        }
    }

    /// Adds all of `other`'s.
    pub fn extend(&mut self, other: &Self) {
        other.records.iter().for_each(|record| self.insert(*record));
        self.more |= other.more;
    }

    /// The records that are named, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.records.iter().copied()
    }

    /// Whether there were more records than are named.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Whether the value came from no record at all.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && !self.more
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Sensitivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
