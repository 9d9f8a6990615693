//! How much may happen in how long a time, as a policy says it. L6 counts.

use crate::base::{JsonPointer, Quota, RuleId, ServerId, ToolName, sha256};

#[cfg(feature = "yaml")]
use super::Direction;
use super::compile::{names, tool_globs};
use super::decide::Names;
use super::doc::{At, LimitDoc, Problems, QuotaDoc, RuleDoc, Window};
use super::matcher::Answer;
use super::pointers::place_of;
use super::{CapabilitySet, Metered, Per, ReportOrBlock, Settings, print};

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
    /// Of a rule's quota, its key; the rule itself says what is done about it.
    of_rule: Option<u64>,
    /// The argument whose numbers are added up, instead of what `of` says.
    sum: Option<JsonPointer>,
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

    /// Whether it counts calls, and not only texts.
    #[cfg(feature = "yaml")]
    pub(super) fn counts_calls(&self) -> bool {
        self.of != Metered::Outbound && self.sinks.is_empty()
    }

    /// In words.
    #[cfg(feature = "yaml")]
    pub(super) fn shown(&self) -> String {
        let of =
            self.sum.as_ref().map_or_else(|| self.of.to_string(), |at| format!("sum of {}", at.as_str()));
        let per: Vec<&str> = self.per.iter().map(|per| per.as_str()).collect();
        format!(
            "{}: {} {of} in {} s per {}, {}",
            self.id,
            self.quota.burst(),
            self.quota.period().as_secs(),
            per.join(" and "),
            self.on_exceed
        )
    }

    /// Which way a change from this limit to `other` goes.
    #[cfg(feature = "yaml")]
    pub(super) fn compared(&self, other: &Self) -> Direction {
        let same_kind =
            (self.of, &self.per, &self.tools, &self.servers, &self.sinks, self.capabilities, &self.sum)
                == (
                    other.of,
                    &other.per,
                    &other.tools,
                    &other.servers,
                    &other.sinks,
                    other.capabilities,
                    &other.sum,
                )
                && self.quota.is_sliding() == other.quota.is_sliding();
        let (more, less) =
            (self.quota.burst().cmp(&other.quota.burst()), self.quota.period().cmp(&other.quota.period()));
        let (reports, blocks) = (ReportOrBlock::Report, ReportOrBlock::Block);
        if !same_kind {
            return Direction::Changes;
        }
        match (self.on_exceed, other.on_exceed) {
            (was, is) if was == blocks && is == reports => Direction::Widens,
            (was, is) if was == reports && is == blocks => Direction::Narrows,
            _ if more.is_le() && less.is_ge() => Direction::Widens,
            _ if more.is_ge() && less.is_le() => Direction::Narrows,
            _ => Direction::Changes,
        }
    }

    /// Of a rule's quota, its key: it counts the calls that the rule speaks of, and refuses none by itself.
    pub const fn of_rule(&self) -> Option<u64> {
        self.of_rule
    }

    /// The argument whose numbers are added up, where it counts these.
    pub const fn sum(&self) -> Option<&JsonPointer> {
        self.sum.as_ref()
    }

    /// Whether it counts this tool's calls. As in every rule that restricts, case means nothing, and a server
    /// that nobody named is any server.
    pub(super) fn counts(
        &self,
        tool: &ToolName,
        server: Option<&ServerId>,
        capabilities: CapabilitySet,
    ) -> bool {
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
        of_rule: None,
        sum: None,
    })
}

/// The key of a rule's quota: the same rule with the same quota counts on, whatever else of the policy changes.
pub(super) fn quota_key(rule: &RuleDoc, quota: &QuotaDoc) -> u64 {
    let digest = sha256(&[b"quota", rule.id.value.as_bytes(), print::quota(quota).as_bytes()]);
    let (first, _) = digest.as_bytes().split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
}

/// The quotas of these rules, as limits.
pub(super) fn quotas(rules: &[RuleDoc], problems: &mut Problems) -> Vec<LimitRule> {
    let said: Vec<_> = rules.iter().filter_map(|rule| Some((rule, rule.quota.as_ref()?))).collect();
    if let Some((more, _)) = said.get(MAX_LIMITS) {
        problems.push((more.id.place, format!("at most {MAX_LIMITS} rules have a quota")));
    }
    let mut quotas = Vec::with_capacity(said.len());
    for (rule, At { value: quota, place }) in said {
        let mut tell = |message: &str| problems.push((*place, message.to_owned()));
        if quota.of == Metered::Outbound {
            tell("a rule speaks of calls; `of: outbound` is for `limits`");
        }
        if quota.per.contains(&Per::Sink) {
            tell("a call has no sink to be counted for");
        }
        if quota.sum.as_deref().is_some_and(|at| !at.starts_with('/') || at.contains('*')) {
            tell("`sum` names one argument: a JSON pointer without `*`, like `/amount`");
        }
        let sum = quota.sum.as_deref().map(place_of);
        let doc = LimitDoc {
            per: At::new(quota.per.clone(), *place),
            tools: rule.tools.clone(),
            servers: rule.servers.clone(),
            window: quota.window,
            ..LimitDoc::new(
                rule.id.clone(),
                At::new(if sum.is_some() { Metered::Bytes } else { quota.of }, *place),
                At::new(quota.burst, *place),
                quota.period,
            )
        };
        // What is wrong with the patterns is told where the rule is compiled.
        let mut told = Problems::new();
        if let Some(limit) = limit(&doc, &mut told) {
            quotas.push(LimitRule { of_rule: Some(quota_key(rule, quota)), sum, ..limit });
        }
        problems.extend(told.into_iter().filter(|(at, _)| at.start == place.start));
    }
    quotas
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
