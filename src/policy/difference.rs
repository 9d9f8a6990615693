//! What two policies say otherwise, each with a call that shows it.
//!
//! Calls are made up from the rules of both. What is told was tried; that nothing is told proves nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use crate::base::RuleId;

use super::doc::{LimitDoc, ToolDoc};
use super::suite::TrialCall;
use super::{CapabilitySet, Channel, Effect, LimitRule, Policy, Request, print, sample, tiers};

/// What is said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Aspect {
    /// Whether the call goes on.
    Decision,
    /// By what way a person has to answer.
    Approver,
    /// What becomes of the arguments.
    Arguments,
    /// Which rules only watch it.
    Watched,
    /// How far its values are believed.
    Endorsed,
    /// What the tool is taken for.
    Capabilities,
    /// Where it is said who may read what the tool returns.
    Readers,
    /// How much of it may happen.
    Counted,
    /// Something else than calls.
    Setting,
}

impl Aspect {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Approver => "approver",
            Self::Arguments => "arguments",
            Self::Watched => "watched",
            Self::Endorsed => "endorsed",
            Self::Capabilities => "capabilities",
            Self::Readers => "readers",
            Self::Counted => "counted",
            Self::Setting => "setting",
        }
    }
}

/// Which way a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The newer policy lets more through.
    Widens,
    /// It cannot be said which is stricter.
    Changes,
    /// It lets less through.
    Narrows,
}

impl Direction {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Changes => "changes",
            Self::Narrows => "narrows",
        }
    }

    /// From how strict the older and the newer are.
    fn of<T: Ord>(before: &T, after: &T) -> Self {
        match after.cmp(before) {
            std::cmp::Ordering::Less => Self::Widens,
            std::cmp::Ordering::Equal => Self::Changes,
            std::cmp::Ordering::Greater => Self::Narrows,
        }
    }
}

/// Something that two policies say otherwise.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// What.
    pub aspect: Aspect,
    /// The witness: a call of which they say it otherwise. None for what is not about calls.
    pub call: Option<TrialCall>,
    /// What the older policy says.
    pub before: String,
    /// What the newer one says.
    pub after: String,
    /// Which way it goes.
    pub direction: Direction,
}

impl Change {
    /// Whether the newer policy lets more through.
    pub fn widens(&self) -> bool {
        self.direction == Direction::Widens
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { aspect, call, before, after, .. } = self;
        if *aspect != Aspect::Decision {
            write!(f, "{}: ", aspect.as_str())?;
        }
        write!(f, "{before} -> {after}")?;
        call.as_ref().map_or(Ok(()), |call| write!(f, ": {call}"))
    }
}

/// What a policy says of one call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    effect: Effect,
    rule: Option<RuleId>,
    approver: Channel,
    /// As they are dispatched; none where the call does not go on.
    args: Option<String>,
    watched: BTreeSet<String>,
    endorsed: BTreeSet<String>,
    capabilities: CapabilitySet,
    readers: BTreeSet<String>,
    counted: BTreeMap<String, LimitRule>,
}

impl View {
    pub(super) fn of(call: &TrialCall, policy: &Policy) -> Result<Self, String> {
        let (decision, args) = call.changed_under(policy)?;
        let seen = |request: &Request<'_>| {
            let watched =
                policy.shadows(request).into_iter().map(|(rule, effect)| format!("{rule} ({effect})"));
            let endorsed = request.leaves.iter().filter_map(|leaf| {
                let label = leaf.label();
                let was = call.labels.iter().find(|(at, ..)| at == leaf.pointer().as_str())?;
                ((label.integrity(), label.sensitivity()) != (was.1, was.2)).then(|| {
                    format!("{}: {}, {}", leaf.pointer().as_str(), label.integrity(), label.sensitivity())
                })
            });
            let capabilities = policy.capabilities_of(request.tool, request.server, || None).1;
            let limits = policy.limits_for(request.tool, request.server, request.capabilities);
            let quotas = policy.quotas_for(request.tool, request.server);
            let counted = limits.chain(quotas).map(|limit| (limit.id().to_string(), limit.clone()));
            let readers = policy.said_readers(request.tool, request.server);
            (watched.collect(), endorsed.collect(), capabilities, readers, counted.collect())
        };
        let (watched, endorsed, capabilities, readers, counted) = call.with(policy, seen)?;
        Ok(Self {
            effect: decision.effect(),
            rule: decision.rule().cloned(),
            approver: if decision.effect() == Effect::RequireApproval {
                decision.approver()
            } else {
                Channel::default()
            },
            args: args.filter(|_| decision.effect() != Effect::Deny),
            watched,
            endorsed,
            capabilities,
            readers,
            counted,
        })
    }

    fn decision(&self) -> String {
        let rule = self.rule.as_ref().map_or("no rule", RuleId::as_str);
        format!("{} ({rule})", self.effect)
    }
}

/// Most changes that are told.
const MAX_CHANGES: usize = 200;

pub(super) fn diff(older: &Policy, newer: &Policy) -> Vec<Change> {
    if older.digest() == newer.digest() {
        return Vec::new();
    }
    let mut changes = settings(older, newer);
    let mut seen = HashSet::new();
    for call in calls(older, newer) {
        let (Ok(before), Ok(after)) = (View::of(&call, older), View::of(&call, newer)) else { continue };
        for change in compared(&call, &before, &after) {
            if seen.insert((change.aspect, change.before.clone(), change.after.clone(), call.tool.clone())) {
                changes.push(change);
            }
        }
        if changes.len() >= MAX_CHANGES {
            break;
        }
    }
    changes.truncate(MAX_CHANGES);
    changes.sort_by_cached_key(|change| (change.direction, change.aspect, change.to_string()));
    changes
}

/// Calls that the two policies speak of.
fn calls(older: &Policy, newer: &Policy) -> impl Iterator<Item = TrialCall> {
    let tiers: Vec<_> = older.0.tiers.iter().chain(&newer.0.tiers).cloned().collect();
    let of_tier = |tier: std::sync::Arc<super::Tier>| {
        let rules: Vec<TrialCall> = tier.doc.rules.iter().flatten().flat_map(sample::calls).collect();
        let endorsed = tier.doc.endorse.iter().flat_map(sample::endorsed);
        let tools = tier
            .doc
            .tools
            .iter()
            .flat_map(|tool: &ToolDoc| sample::of_tools(&tool.tools, &tool.servers, None));
        let limits = tier.doc.limits.iter().flatten();
        let limits = limits
            .flat_map(|limit: &LimitDoc| sample::of_tools(&limit.tools, &limit.servers, limit.capabilities));
        rules.into_iter().chain(endorsed).chain(tools).chain(limits).collect::<Vec<_>>()
    };
    tiers.into_iter().flat_map(of_tier).chain([TrialCall::new("some_tool", "{}")])
}

fn compared(call: &TrialCall, before: &View, after: &View) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut tell = |aspect, was: String, is: String, direction| {
        changes.push(Change { aspect, call: Some(call.clone()), before: was, after: is, direction });
    };
    if before.effect != after.effect {
        let direction = Direction::of(&before.effect, &after.effect);
        tell(Aspect::Decision, before.decision(), after.decision(), direction);
        return changes;
    }
    if before.approver != after.approver {
        let direction = Direction::of(&before.approver, &after.approver);
        tell(Aspect::Approver, before.approver.to_string(), after.approver.to_string(), direction);
    }
    if before.args != after.args {
        let shown = |args: &Option<String>| args.clone().unwrap_or_else(|| "as they are".to_owned());
        let direction = Direction::of(&before.args.is_some(), &after.args.is_some());
        tell(Aspect::Arguments, shown(&before.args), shown(&after.args), direction);
    }
    let list = |items: &BTreeSet<String>| {
        if items.is_empty() {
            "none".to_owned()
        } else {
            items.iter().cloned().collect::<Vec<_>>().join(", ")
        }
    };
    if before.watched != after.watched {
        tell(Aspect::Watched, list(&before.watched), list(&after.watched), Direction::Changes);
    }
    if before.endorsed != after.endorsed {
        // What is believed further is restricted less.
        let direction = Direction::of(&after.endorsed.len(), &before.endorsed.len());
        tell(Aspect::Endorsed, list(&before.endorsed), list(&after.endorsed), direction);
    }
    if before.capabilities != after.capabilities {
        let direction = match (
            before.capabilities.is_subset(after.capabilities),
            after.capabilities.is_subset(before.capabilities),
        ) {
            (true, false) => Direction::Narrows,
            (false, true) => Direction::Widens,
            _ => Direction::Changes,
        };
        tell(
            Aspect::Capabilities,
            before.capabilities.to_string(),
            after.capabilities.to_string(),
            direction,
        );
    }
    if before.readers != after.readers {
        // Each entry takes readers away, and none at all leaves nobody.
        let direction = match (before.readers.is_empty(), after.readers.is_empty()) {
            (true, false) => Direction::Widens,
            (false, true) => Direction::Narrows,
            _ => Direction::Changes,
        };
        tell(Aspect::Readers, list(&before.readers), list(&after.readers), direction);
    }
    let ids: BTreeSet<&String> = before.counted.keys().chain(after.counted.keys()).collect();
    for id in ids {
        let (was, is) = (before.counted.get(id), after.counted.get(id));
        if was != is {
            let shown =
                |limit: Option<&LimitRule>| limit.map_or_else(|| format!("{id}: none"), LimitRule::shown);
            let direction = match (was, is) {
                (Some(was), Some(is)) => was.compared(is),
                (was, is) => Direction::of(&was.is_some(), &is.is_some()),
            };
            tell(Aspect::Counted, shown(was), shown(is), direction);
        }
    }
    changes
}

/// What is said otherwise of other things than calls, and of limits that count none.
fn settings(older: &Policy, newer: &Policy) -> Vec<Change> {
    let (before, after) = (older.settings(), newer.settings());
    let keys =
        |settings| -> BTreeMap<String, String> { print::settings_by_key(settings).into_iter().collect() };
    let both = tiers::join::settings(before, after);
    let joined = keys(&both);
    let (was, is) = (keys(before), keys(after));
    let mut changes = Vec::new();
    let all: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let mut tell = |before: String, after: String, direction| {
        changes.push(Change { aspect: Aspect::Setting, call: None, before, after, direction });
    };
    for key in all.into_iter().filter(|key| was.get(*key) != is.get(*key)) {
        let (was, is, both) = (was.get(key), is.get(key), joined.get(key));
        let direction = match (both == was, both == is) {
            (false, true) => Direction::Narrows,
            (true, false) => Direction::Widens,
            _ => Direction::Changes,
        };
        let shown = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
        tell(format!("{key}: {}", shown(was)), shown(is), direction);
    }
    let of_texts = |limits: &[LimitRule]| -> BTreeMap<String, LimitRule> {
        let texts = limits.iter().filter(|limit| !limit.counts_calls());
        texts.map(|limit| (limit.id().to_string(), limit.clone())).collect()
    };
    let (was, is) = (of_texts(before.limits()), of_texts(after.limits()));
    let ids: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for id in ids.into_iter().filter(|id| was.get(*id) != is.get(*id)) {
        let shown = |limit: Option<&LimitRule>| limit.map_or_else(|| "none".to_owned(), LimitRule::shown);
        let direction = match (was.get(id), is.get(id)) {
            (Some(was), Some(is)) => was.compared(is),
            (was, is) => Direction::of(&was.is_some(), &is.is_some()),
        };
        tell(format!("limit {id}: {}", shown(was.get(id))), shown(is.get(id)), direction);
    }
    changes
}
