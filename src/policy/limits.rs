//! How much may happen in how long a time, as a policy says it. L6 counts.

use crate::base::{Quota, RuleId, ServerId, ToolName};

use super::decide::Names;
use super::matcher::Answer;
use super::{CapabilitySet, Metered, Per, ReportOrBlock, Settings, Window};

/// A limit: what it counts, for whom, and what is done about what is too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRule {
    pub(super) id: RuleId,
    pub(super) of: Metered,
    pub(super) per: Vec<Per>,
    pub(super) tools: Names,
    pub(super) servers: Names,
    pub(super) capabilities: Option<CapabilitySet>,
    pub(super) quota: Quota,
    pub(super) window: Window,
    pub(super) on_exceed: ReportOrBlock,
}

impl LimitRule {
    /// Its name; no two limits of a policy share one.
    pub const fn id(&self) -> &RuleId {
        &self.id
    }

    /// What it counts.
    pub const fn of(&self) -> Metered {
        self.of
    }

    /// What is counted apart: never empty, in the order of [`Per::ALL`].
    pub fn per(&self) -> &[Per] {
        &self.per
    }

    /// How much in how long a time.
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// How it counts.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// What is done about what is too much.
    pub const fn on_exceed(&self) -> ReportOrBlock {
        self.on_exceed
    }

    /// Whether it counts this tool's calls. As in every rule that restricts, case means nothing, and a server
    /// that nobody named is any server.
    fn counts(&self, tool: &ToolName, server: Option<&ServerId>, capabilities: CapabilitySet) -> bool {
        matches!(self.of, Metered::Calls | Metered::Bytes)
            && self.capabilities.is_none_or(|any| any.intersects(capabilities))
            && self.tools.any(std::iter::once(tool.as_str())) > Answer::No
            && self.servers.any(server.map(ServerId::as_str).into_iter()) > Answer::No
    }

    /// Whether it counts texts that go out: a limit that speaks of tools does not.
    fn counts_texts(&self) -> bool {
        match self.of {
            Metered::Calls => false,
            Metered::Outbound => true,
            Metered::Bytes => self.tools.is_empty() && self.servers.is_empty() && self.capabilities.is_none(),
        }
    }
}

impl Settings {
    pub(super) fn limits_for(
        &self,
        tool: &ToolName,
        server: Option<&ServerId>,
        capabilities: CapabilitySet,
    ) -> impl Iterator<Item = &LimitRule> {
        self.limits.iter().filter(move |limit| limit.counts(tool, server, capabilities))
    }

    pub(super) fn outbound_limits(&self) -> impl Iterator<Item = &LimitRule> {
        self.limits.iter().filter(|limit| limit.counts_texts())
    }
}
