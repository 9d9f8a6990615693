//! What a tool can do, as far as it matters to a policy.

use std::fmt;

/// Something that a tool can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Brings in text that strangers wrote: the web, mail, tickets.
    ReadsUntrusted,
    /// Reads what is not public: files, mailboxes, databases.
    ReadsPrivate,
    /// Sends something out: mail, requests, posts, payments.
    Egress,
    /// Changes or removes what cannot be brought back.
    Destructive,
    /// Runs code or commands.
    Exec,
    /// Keeps something that later sessions will read.
    Persists,
}

impl Capability {
    /// All of them, in the order in which they are printed.
    pub const ALL: [Self; 6] = [
        Self::ReadsUntrusted,
        Self::ReadsPrivate,
        Self::Egress,
        Self::Destructive,
        Self::Exec,
        Self::Persists,
    ];

    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadsUntrusted => "reads-untrusted",
            Self::ReadsPrivate => "reads-private",
            Self::Egress => "egress",
            Self::Destructive => "destructive",
            Self::Exec => "exec",
            Self::Persists => "persists",
        }
    }

    /// The capability of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.as_str() == name)
    }

    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of capabilities. A tool that nobody described has [`CapabilitySet::ALL`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CapabilitySet(u8);

impl CapabilitySet {
    /// None. The default.
    pub const NONE: Self = Self(0);
    /// All of them: what an unknown tool has.
    pub const ALL: Self = Self(0b11_1111);
    /// Those that change something outside the conversation: everything but reading.
    pub const SIDE_EFFECTS: Self = Self(
        Capability::Egress.bit()
            | Capability::Destructive.bit()
            | Capability::Exec.bit()
            | Capability::Persists.bit(),
    );

    /// The same set, and this one.
    #[must_use]
    pub const fn with(self, capability: Capability) -> Self {
        Self(self.0 | capability.bit())
    }

    /// The same set without this one.
    #[must_use]
    pub const fn without(self, capability: Capability) -> Self {
        Self(self.0 & !capability.bit())
    }

    /// The set as a number, for stores.
    pub const fn to_bits(self) -> u8 {
        self.0
    }

    /// The set with this number. Bits that mean nothing are left out.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether this one is in it.
    pub const fn contains(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// Whether the two share one.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether everything in it is in `other`.
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in it, in the order of [`Capability::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |capability| self.contains(*capability))
    }
}

impl FromIterator<Capability> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        capabilities.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for CapabilitySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Capability::as_str)).finish()
    }
}

impl fmt::Display for CapabilitySet {
    /// Their names with commas between, or `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (index, capability) in self.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            f.write_str(capability.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_is_in_all_and_reads_back_by_name() {
        assert_eq!(Capability::ALL.into_iter().collect::<CapabilitySet>(), CapabilitySet::ALL);
        for capability in Capability::ALL {
            assert_eq!(Capability::named(capability.as_str()), Some(capability));
        }
    }

    #[test]
    fn sets_print_their_members() {
        assert_eq!(
            CapabilitySet::NONE.with(Capability::Exec).with(Capability::Egress).to_string(),
            "egress, exec"
        );
        assert_eq!(CapabilitySet::NONE.to_string(), "none");
    }
}
