//! What a session knows of the tools that servers described in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Digest, ServerId, ToolName};

/// What is known of one tool. Grows only: a definition that was seen is not unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ToolFacts {
    fingerprint: Digest,
    capabilities: u8,
    changed: bool,
    refused: bool,
}

impl ToolFacts {
    /// A tool whose definition has this digest and claims these capabilities (as the policy packs them).
    pub const fn new(fingerprint: Digest, capabilities: u8) -> Self {
        Self { fingerprint, capabilities, changed: false, refused: false }
    }

    /// The same, with a definition that must not be used.
    #[must_use]
    pub const fn refused(mut self) -> Self {
        self.refused = true;
        self
    }

    /// The definition's digest; of several, the smallest.
    pub const fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// Everything that any definition claimed.
    pub const fn capabilities(&self) -> u8 {
        self.capabilities
    }

    /// Whether there were several definitions.
    pub const fn is_changed(&self) -> bool {
        self.changed
    }

    /// Whether a definition must not be used.
    pub const fn is_refused(&self) -> bool {
        self.refused
    }

    fn merge(self, other: Self) -> Self {
        Self {
            fingerprint: self.fingerprint.min(other.fingerprint),
            capabilities: self.capabilities | other.capabilities,
            changed: self.changed || other.changed || self.fingerprint != other.fingerprint,
            refused: self.refused || other.refused,
        }
    }
}

type Name = (Option<ServerId>, ToolName);

/// The tools of a session, by server and name. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Tools(Option<Arc<BTreeMap<Name, ToolFacts>>>);

impl Tools {
    /// Tools that are remembered at the most. What does not fit stays undescribed, which is the worst case.
    const MAX: usize = 4096;

    pub(super) const fn new() -> Self {
        Self(None)
    }

    pub(super) fn get(&self, server: Option<&ServerId>, tool: &ToolName) -> Option<&ToolFacts> {
        self.0.as_ref()?.get(&(server.cloned(), tool.clone()))
    }

    pub(super) fn insert(&mut self, server: Option<ServerId>, tool: ToolName, facts: ToolFacts) {
        let tools = Arc::make_mut(self.0.get_or_insert_default());
        let room = tools.len() < Self::MAX;
        match tools.get_mut(&(server.clone(), tool.clone())) {
            Some(known) => *known = known.merge(facts),
            None if room => {
                tools.insert((server, tool), facts);
            }
            None => {}
        }
    }

    pub(super) fn merge(&self, other: &Self) -> Self {
        let (Some(ours), Some(theirs)) = (&self.0, &other.0) else {
            return Self(self.0.as_ref().or(other.0.as_ref()).cloned());
        };
        if Arc::ptr_eq(ours, theirs) {
            return self.clone();
        }
        let (mut merged, smaller) =
            if ours.len() >= theirs.len() { (self.clone(), theirs) } else { (other.clone(), ours) };
        for ((server, tool), facts) in smaller.iter() {
            merged.insert(server.clone(), tool.clone(), *facts);
        }
        merged
    }
}
