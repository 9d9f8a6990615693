//! How much may happen in how long a time, as a policy says it. L6 counts.

use crate::base::{Quota, RuleId, ServerId, ToolName};

use super::compile::{names, tool_globs};
use super::decide::Names;
use super::doc::{LimitDoc, Problems, Window};
use super::matcher::Answer;
use super::{CapabilitySet, Metered, Per, ReportOrBlock, Settings};

/// How many limits a policy may have: each that counts a call costs the store a look.
const MAX_LIMITS: usize = 256;
/// The highest `burst` where single things are counted, and not bytes.
const MOST: u32 = 1_000_000;

/// A limit: what it counts, for whom, and what is done about what is too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRule {
    id: RuleId,
    of: Metered,
    per: Vec<Per>,
    tools: Names,
    servers: Names,
    /// Kinds of sinks, sorted; all where it is empty.
    sinks: Vec<String>,
    capabilities: Option<CapabilitySet>,
    quota: Quota,
    on_exceed: ReportOrBlock,
}

impl LimitRule {
    /// Its name; no two limits of a policy share one.
    pub const fn id(&self) -> &RuleId {
        &self.id
    }

    /// The same under another name, one that no policy can write.
    #[cfg(feature = "yaml")]
    pub(super) fn renamed(self) -> Self {
        let id = RuleId::custom([self.id.as_str(), "@below"].concat());
        Self { id, ..self }
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

    /// What is done about what is too much.
    pub const fn on_exceed(&self) -> ReportOrBlock {
        self.on_exceed
    }

    /// Whether it counts this tool's calls. As in every rule that restricts, case means nothing, and a server
    /// that nobody named is any server.
    fn counts(&self, tool: &ToolName, server: Option<&ServerId>, capabilities: CapabilitySet) -> bool {
        matches!(self.of, Metered::Calls | Metered::Bytes | Metered::Entropy)
            && self.sinks.is_empty()
            && self.capabilities.is_none_or(|any| any.intersects(capabilities))
            && self.tools.any(std::iter::once(tool.as_str())) > Answer::No
            && self.servers.any(server.map(ServerId::as_str).into_iter()) > Answer::No
    }

    /// Whether it counts texts that go out to this kind of sink: a limit that speaks of tools does not.
    fn counts_texts(&self, sink: &str) -> bool {
        let all = self.tools.is_empty() && self.servers.is_empty() && self.capabilities.is_none();
        let counts = match self.of {
            Metered::Calls => false,
            Metered::Outbound => true,
            Metered::Bytes | Metered::Entropy => all,
        };
        counts && (self.sinks.is_empty() || self.sinks.iter().any(|kind| kind == sink))
    }
}

/// Compiles `docs`, whose ids were looked at.
pub(super) fn compile(docs: &[LimitDoc], problems: &mut Problems) -> Vec<LimitRule> {
    if let Some(more) = docs.get(MAX_LIMITS) {
        problems.push((more.id.place, format!("a policy has at most {MAX_LIMITS} limits")));
    }
    docs.iter().filter_map(|doc| limit(doc, problems)).collect()
}

fn limit(doc: &LimitDoc, problems: &mut Problems) -> Option<LimitRule> {
    let (of, burst) = (doc.of.value, doc.burst.value);
    if of == Metered::Outbound && doc.chooses_calls() {
        let message = "a text that goes out has no tool; leave `tools`, `servers` and `capabilities` out";
        problems.push((doc.of.place, message.to_owned()));
    }
    if !doc.sinks.is_empty() && (of == Metered::Calls || doc.chooses_calls()) {
        let message = "calls have no sink; a limit with `sinks` counts texts that go out, and no tools";
        problems.push((doc.of.place, message.to_owned()));
    }
    let mut sinks: Vec<String> = doc.sinks.iter().map(|sink| sink.value.clone()).collect();
    sinks.sort_unstable();
    sinks.dedup();
    let mut per = doc.per.value.clone();
    per.sort_unstable();
    per.dedup();
    if of == Metered::Outbound && per.contains(&Per::Tool) {
        problems.push((doc.per.place, "a text that goes out has no tool to be counted for".to_owned()));
    }
    let (most, quota) = match doc.window {
        Window::Gcra if matches!(of, Metered::Bytes | Metered::Entropy) => {
            (burst, Quota::new(burst, doc.period))
        }
        Window::Gcra => (MOST, Quota::new(burst, doc.period)),
        Window::Sliding => (Quota::MAX_SLIDING, Quota::sliding(burst, doc.period)),
    };
    if burst > most {
        let counted = match doc.window {
            Window::Gcra => "`burst` is up to",
            Window::Sliding => "a sliding window remembers each time, and `burst` is up to",
        };
        problems.push((doc.burst.place, format!("{counted} {most} here, not {burst}")));
    }
    Some(LimitRule {
        id: RuleId::custom(doc.id.value.clone()),
        of,
        per,
        tools: Names::new(tool_globs(&doc.tools, true, problems), true),
        servers: names(&doc.servers, true, problems),
        sinks,
        capabilities: doc.capabilities,
        quota: quota?,
        on_exceed: doc.on_exceed,
    })
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

    pub(super) fn outbound_limits(&self, sink: &str) -> impl Iterator<Item = &LimitRule> {
        self.limits.iter().filter(move |limit| limit.counts_texts(sink))
    }
}
