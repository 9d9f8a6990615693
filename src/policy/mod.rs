//! What the operator allows: rules over tools, arguments and labels, and what is done about findings.
//!
//! A [`Policy`] is validated when it is read, all patterns compiled, and immutable from then on; every problem
//! of a text is reported at once, with line and column. Rules combine as the policy says, by default so that
//! the strictest wins; what no rule speaks of is denied.
//!
//! It does not promise to understand what a value means: paths are compared in lexical form, and symbolic
//! links cannot be seen from here.

#[cfg(feature = "yaml")]
mod analysis;
mod capability;
mod cel;
mod compile;
#[cfg(feature = "yaml")]
mod compose;
mod decide;
#[cfg(feature = "yaml")]
mod difference;
mod doc;
mod error;
mod facet;
mod flow;
#[cfg(feature = "yaml")]
mod flows;
#[cfg(feature = "yaml")]
mod foreign;
mod glob;
mod index;
mod limits;
mod links;
#[cfg(feature = "yaml")]
mod load;
mod matcher;
mod personal;
mod pointers;
mod presets;
mod print;
#[cfg(feature = "yaml")]
mod read;
mod regexes;
mod request;
mod rewrite;
#[cfg(feature = "yaml")]
mod sample;
#[cfg(feature = "yaml")]
mod schema;
mod secrets;
mod settings;
mod sources;
#[cfg(feature = "yaml")]
mod suite;
mod tiers;
mod times;
mod trace;
mod values;
mod words;

#[cfg(feature = "yaml")]
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::base::{JsonPointer, Limits, Mode, PolicyDigest, Readers, RuleId, ServerId, ToolName};
use crate::text::json::Json;

#[cfg(feature = "yaml")]
pub use analysis::Lint;
pub use capability::{Capability, CapabilitySet};
#[cfg(feature = "yaml")]
pub use difference::{Aspect, Change, Direction};
pub use error::{PolicyError, Problem};
pub use flow::Past;
pub(crate) use glob::NameGlob;
pub use limits::LimitRule;
pub use links::{LinkSettings, TargetAction};
pub use personal::PERSONAL_TYPES;
pub use request::{Decision, Effect, Leaf, Origin, Reason, Request};
pub use rewrite::{Rewrite, RewriteError};
pub use settings::{
    CallSettings, CanarySettings, ContextSettings, ExtractionOverride, ExtractionSettings, HostPattern,
    InboundSettings, OutboundSettings, PersonalSettings, SecretTypeSettings, Settings, SinkSettings,
    Thresholds, ValidationSettings,
};
pub use sources::CameFrom;
#[cfg(feature = "yaml")]
pub use suite::{Suite, SuiteResult, Trial, TrialCall, TrialResult};
pub use trace::{Matching, RuleTrace};
pub use words::{
    Bindings, CanaryAction, Channel, Combining, Day, ExtractionAction, HiddenAction, InboundAction, Metered,
    Per, PersonalAction, Preset, ReportOrBlock, SecretAction, SecretChecksum, Spotlight, UndeclaredAction,
};

/// A policy that holds: validated, compiled, immutable. Cheap to clone.
#[derive(Clone)]
pub struct Policy(Arc<Inner>);

/// A policy that was read, and what its author should know of it.
#[cfg(feature = "yaml")]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Loaded {
    /// The policy.
    pub policy: Policy,
    /// The language that it was written in: `bartizan`, `Kvlar`, `G8KEPR`.
    pub language: &'static str,
    /// What the language's own engine would overlook or take otherwise, in the order of the text.
    pub warnings: Vec<Problem>,
}

struct Inner {
    /// What all tiers together say: of each thing the strictest.
    settings: Settings,
    digest: PolicyDigest,
    /// The uppermost first; never empty.
    tiers: Vec<Arc<Tier>>,
}

/// One policy as it was written.
struct Tier {
    settings: Settings,
    digest: PolicyDigest,
    rules: decide::Rules,
    endorsements: Vec<decide::Rule>,
    /// In the order of the rules that have them.
    quotas: Vec<LimitRule>,
    asks_sources: bool,
    tools: compile::Tools,
    doc: doc::PolicyDoc,
}

impl Policy {
    /// A ready-made policy.
    pub fn preset(preset: Preset) -> Self {
        let doc = doc::PolicyDoc { preset: Some(preset), ..doc::PolicyDoc::default() };
        // SECURITY: that the presets compile is held by a test; were it not so, no rule means that all is denied.
        Self::alone(compile::compile(doc, None).unwrap_or_else(|_| compile::nothing(preset)))
    }

    /// Reads a policy from YAML; `docs/policy-reference.md` has every key.
    ///
    /// # Errors
    /// When anything at all is wrong with it; the error has every problem with its place.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self, PolicyError> {
        let (tier, ..) = Self::read(text, None, None)?;
        Ok(Self::alone(tier))
    }

    /// Reads a policy in our language, or in one of those that are known besides: Kvlar's YAML and the JSON of G8KEPR.
    /// `find` gives the text of a policy that another one names in `extends`; where it gives none, the policy is refused.
    ///
    /// # Errors
    /// When anything at all is wrong with it; the error has every problem with its place.
    #[cfg(feature = "yaml")]
    pub fn import(text: &str, find: &dyn Fn(&str) -> Option<String>) -> Result<Loaded, PolicyError> {
        let (tier, language, warnings, _) = Self::read(text, Some(find), None)?;
        Ok(Loaded { policy: Self::alone(tier), language, warnings: error::told(warnings, text).0 })
    }

    /// One tier, the language that it is in, what its author should know, and its text as a tree.
    #[cfg(feature = "yaml")]
    fn read(
        text: &str,
        find: Option<foreign::Find<'_>>,
        above: Option<&Settings>,
    ) -> Result<(Tier, &'static str, doc::Problems, load::Node), PolicyError> {
        let refuse = |problems| PolicyError::of(problems, text);
        let (root, mut problems) = load::parse(text);
        let Some(mut root) = root else { return Err(refuse(problems)) };
        let foreign = find.and_then(|find| foreign::read(&root, find));
        let foreign::Foreign { doc, problems: shapes, warnings, language } = foreign.unwrap_or_else(|| {
            let (doc, problems) = compose::read(&mut root, find);
            foreign::Foreign { doc, problems, warnings: Vec::new(), language: "bartizan" }
        });
        let compiled = compile::compile(doc, above);
        let meanings = compiled.as_ref().err().into_iter().flatten().cloned();
        // What is wrong with a value's syntax explains what else is wrong with it.
        let told: HashSet<usize> = problems.iter().map(|(place, _)| place.start).collect();
        problems.extend(shapes.into_iter().chain(meanings).filter(|(place, _)| !told.contains(&place.start)));
        match compiled {
            Ok(tier) if problems.is_empty() => Ok((tier, language, warnings, root)),
            _ => Err(refuse(problems)),
        }
    }

    /// The policy as YAML, with everything said that its preset left to be understood. Reading it gives a policy
    /// with the same digest. A policy of several tiers is as many documents, divided by lines of `---`.
    pub fn to_yaml(&self) -> String {
        let texts: Vec<String> =
            self.0.tiers.iter().map(|tier| print::to_yaml(&tier.doc, &tier.settings)).collect();
        texts.join("---\n")
    }

    /// The name that the policy gives itself; of several tiers that of the lowest which has one.
    pub fn name(&self) -> Option<&str> {
        self.0.tiers.iter().rev().find_map(|tier| tier.doc.name.as_deref())
    }

    /// The digest of the policy's meaning: two policies with one digest decide alike. Its name, and an order of
    /// rules that means nothing, are not in it.
    pub fn digest(&self) -> PolicyDigest {
        self.0.digest
    }

    /// The ids of its rules, in the policy's order.
    pub fn rule_ids(&self) -> impl Iterator<Item = &RuleId> {
        self.0.tiers.iter().flat_map(|tier| &tier.rules.all).map(|rule| &rule.id)
    }

    /// What each rule says of a call: whether it matches, and if not, what would have been needed. In the policy's order.
    pub fn trace(&self, request: &Request<'_>) -> Vec<RuleTrace> {
        let of_tier = |(at, tier): (usize, &Arc<Tier>)| {
            let name = self.tier_name(at);
            let traces = self.seen_by(at, request, |request| {
                tier.rules.trace(request, tier.doc.rules.as_deref().unwrap_or_default())
            });
            traces.into_iter().map(move |trace| RuleTrace { tier: name.clone(), ..trace })
        };
        self.0.tiers.iter().enumerate().flat_map(of_tier).collect()
    }

    /// What its author should look at again: rules that never decide, that say what another says, that allow everything.
    #[cfg(feature = "yaml")]
    pub fn lint(&self) -> Vec<Lint> {
        self.0.tiers.iter().flat_map(|tier| analysis::lint(&tier.doc)).collect()
    }

    /// What `newer` says otherwise: of calls, each with one that was tried under both, and of settings. That nothing is
    /// found proves nothing.
    #[cfg(feature = "yaml")]
    pub fn diff(&self, newer: &Self) -> Vec<Change> {
        difference::diff(self, newer)
    }

    /// The JSON Schema of the language, for editors.
    #[cfg(feature = "yaml")]
    pub fn schema() -> String {
        schema::schema()
    }

    /// Thresholds, and what is done about findings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Whether anybody described the tool, and what it can do at the most: what the policy says, where it says nothing
    /// what others `claimed`, and without that everything. Where several entries speak of the tool, what any of them says.
    /// Tiers below the uppermost only add.
    pub fn capabilities_of(
        &self,
        tool: &ToolName,
        server: Option<&ServerId>,
        claimed: impl FnOnce() -> Option<CapabilitySet>,
    ) -> (bool, CapabilitySet) {
        let mut stated =
            self.0.tiers.iter().map(|tier| tier.tools.capabilities(tool, server.map(ServerId::as_str)));
        let found = stated.next().flatten().or_else(claimed);
        let most = found.unwrap_or(CapabilitySet::ALL);
        (found.is_some(), stated.flatten().fold(most, CapabilitySet::union))
    }

    /// Who may read what a tool returned, where the policy says where that stands; `None` where it says nothing at all of
    /// readers. `from` is the source's name: the tool, or `server/tool`. A lower tier only takes readers away.
    pub fn readers_of(&self, from: &str, result: &str, limits: &Limits) -> Option<Readers> {
        if !self.0.tiers.iter().any(|tier| tier.tools.knows_readers()) {
            return None;
        }
        // A slash may stand in a tool's own name too: then what is said of either counts.
        let names = [Some((None, from)), from.split_once('/').map(|(server, tool)| (Some(server), tool))];
        let of_tier = |tier: &Arc<Tier>| {
            let said = names.into_iter().flatten().filter_map(|(server, tool)| {
                tier.tools.readers(&ToolName::new(tool).ok()?, server, result, limits)
            });
            said.reduce(|one, other| one.meet(&other))
        };
        let mut said = self.0.tiers.iter().map(of_tier);
        let first = said.next().flatten().unwrap_or_else(Readers::unknown);
        Some(said.flatten().fold(first, |all, said| all.meet(&said)))
    }

    /// What the tiers' entries say of who may read what the tool returns.
    #[cfg(feature = "yaml")]
    fn said_readers(&self, tool: &ToolName, server: Option<&ServerId>) -> std::collections::BTreeSet<String> {
        let server = server.map(ServerId::as_str);
        self.0.tiers.iter().flat_map(|tier| tier.tools.said_readers(tool, server)).collect()
    }

    /// Whether any rule asks which texts a value was copied from, or who may read them.
    pub fn asks_sources(&self) -> bool {
        self.0.tiers.iter().any(|tier| tier.asks_sources)
    }

    /// The limits that count calls of this tool, in the policy's order. Allocates nothing.
    pub fn limits_for(
        &self,
        tool: &ToolName,
        server: Option<&ServerId>,
        capabilities: CapabilitySet,
    ) -> impl Iterator<Item = &LimitRule> {
        self.0.settings.limits_for(tool, server, capabilities)
    }

    /// The quotas of rules that may count calls of this tool. Which do is known once the call was judged: see
    /// [`Policy::counted`].
    pub fn quotas_for(&self, tool: &ToolName, server: Option<&ServerId>) -> impl Iterator<Item = &LimitRule> {
        let quotas = self.0.tiers.iter().flat_map(|tier| &tier.quotas);
        quotas.filter(move |quota| quota.counts(tool, server, CapabilitySet::ALL))
    }

    /// The keys of the quotas of all rules that speak of this call. What is let through is charged to them.
    pub fn counted(&self, request: &Request<'_>) -> Vec<u64> {
        let mut counted = Vec::new();
        for (at, tier) in self.0.tiers.iter().enumerate().filter(|(_, tier)| !tier.quotas.is_empty()) {
            counted.extend(self.seen_by(at, request, |request| tier.rules.counted(request)));
        }
        counted
    }

    /// The limits that count texts that go out, in the policy's order.
    pub fn outbound_limits(&self, sink: &str) -> impl Iterator<Item = &LimitRule> {
        self.0.settings.outbound_limits(sink)
    }

    /// Raises the labels of the arguments that an entry of `endorse` names, and tells which entries did. Values that
    /// came from a text that was judged an attack stay as they are.
    pub fn endorse(&self, request: &Request<'_>, leaves: &mut [Leaf<'_>]) -> Vec<(RuleId, JsonPointer)> {
        let Some((first, below)) = self.0.tiers.split_first() else { return Vec::new() };
        let mut told = decide::endorse(&first.endorsements, request, leaves);
        // SECURITY: what a lower tier believes, it believes for its own rules; it is told all the same.
        for tier in below.iter().filter(|tier| !tier.endorsements.is_empty()) {
            told.extend(decide::endorse(&tier.endorsements, request, &mut leaves.to_vec()));
        }
        told.truncate(Decision::MAX_MATCHED);
        told
    }

    /// Whether any value may be endorsed.
    pub fn endorses(&self) -> bool {
        self.0.tiers.iter().any(|tier| !tier.endorsements.is_empty())
    }

    /// The arguments as the policy's rules change them; `None` where none does.
    ///
    /// # Errors
    /// When two rules want different things, or a value cannot be changed as one says.
    pub fn rewrite(&self, request: &Request<'_>, args: &Json) -> Result<Option<Rewrite>, RewriteError> {
        let silent = self.silent(request);
        let changes = silent.iter().filter_map(|(tier, rule)| {
            let (id, settings) = rule.changes()?;
            Some((*tier, id, settings))
        });
        rewrite::rewrite(changes, request.leaves, args)
    }

    /// The rules that only watch and match this call, with the effect that they would have had.
    pub fn shadows(&self, request: &Request<'_>) -> Vec<(RuleId, Effect)> {
        let shadows = self.silent(request).into_iter().map(|(_, rule)| rule).filter(|rule| rule.is_shadow());
        shadows.take(Decision::MAX_MATCHED).map(|rule| (rule.id.clone(), rule.effect)).collect()
    }

    /// The keys of the quotas of the rules of these names.
    #[cfg(feature = "yaml")]
    fn quotas_of(&self, rules: &[String]) -> Vec<u64> {
        if rules.is_empty() {
            return Vec::new();
        }
        let quotas = self.0.tiers.iter().flat_map(|tier| &tier.quotas);
        let named = quotas.filter(|quota| rules.iter().any(|rule| rule == quota.id().as_str()));
        named.filter_map(LimitRule::of_rule).collect()
    }

    /// The rules that match this call without deciding it, each with its tier.
    fn silent(&self, request: &Request<'_>) -> Vec<(usize, &decide::Rule)> {
        let mut silent = Vec::new();
        for (at, tier) in self.0.tiers.iter().enumerate() {
            let found = self.seen_by(at, request, |request| tier.rules.silent(request));
            silent.extend(found.into_iter().map(|rule| (at, rule)));
        }
        silent
    }

    /// Whether any rule looks back on what the session did before.
    pub fn looks_back(&self) -> bool {
        self.0.tiers.iter().any(|tier| tier.rules.looks_back())
    }

    /// The steps of the policy's flows that this call takes, where it is made.
    pub fn steps(&self, request: &Request<'_>) -> std::collections::BTreeSet<u64> {
        let of_tier =
            |(at, tier): (usize, &Arc<Tier>)| self.seen_by(at, request, |request| tier.rules.steps(request));
        self.0.tiers.iter().enumerate().flat_map(of_tier).collect()
    }

    /// Decides a call.
    ///
    /// Under `deny-overrides` the strictest effect of all matching rules wins. A call that no rule matches is
    /// denied. Where only labels, names and capabilities decide, nothing is allocated but the answer. Of several tiers
    /// the strictest answer counts.
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        match &*self.0.tiers {
            [only] => only.rules.decide(request),
            _ => self.decide_by_tiers(request),
        }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.name())
            .field("digest", &self.digest())
            .finish_non_exhaustive()
    }
}

const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Client => "client",
        Mode::Server => "server",
    }
}

/// `text` as a message may show it: one line, cut to a readable length.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
