//! A [`PolicyDoc`] to a policy that decides: every pattern compiled, every problem told.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::base::{Integrity, Limits, Mode, Readers, RuleId, Sensitivity, SourceKind, ToolName, sha256};

use super::cel::Expression;
use super::decide::{Names, Rare, Rule, Rules, Scope};
use super::doc::{
    At, Bound, InboundDoc, LinksDoc, OverrideDoc, Patterns, Place, PolicyDoc, Problems, RuleDoc,
    ThresholdsDoc,
};
use super::flow::{self, After};
use super::glob::NameGlob;
use super::index::Index;
use super::matcher::ArgMatcher;
use super::rewrite::Setting;
use super::sources::ReadersOf;
use super::times::Times;
use super::{
    CapabilitySet, Combining, ContextSettings, Effect, ExtractionOverride, InboundSettings, LinkSettings,
    Preset, Settings, Thresholds, Tier, limits, personal, presets, print, secrets, settings,
};

/// Longest id of a rule or limit, in bytes.
const MAX_ID: usize = 128;

/// What the operator says of tools, compiled.
#[derive(Debug)]
pub(super) struct Tools {
    index: Index,
    entries: Vec<ToolEntry>,
}

#[derive(Debug)]
struct ToolEntry {
    servers: Names,
    capabilities: CapabilitySet,
    readers: Option<ReadersOf>,
    /// The same as it is written.
    #[cfg(feature = "yaml")]
    said: Option<String>,
}

impl Tools {
    /// What entries that speak of the tool say of who may read what it returns.
    #[cfg(feature = "yaml")]
    pub(super) fn said_readers(&self, tool: &ToolName, server: Option<&str>) -> BTreeSet<String> {
        let mut said = BTreeSet::new();
        self.index.visit(tool, |item| {
            let speaks = self.entries.get(item).filter(|entry| entry.servers.allows(server));
            said.extend(speaks.and_then(|entry| entry.said.clone()));
        });
        said
    }

    /// Whether anything is said of who may read results.
    pub(super) fn knows_readers(&self) -> bool {
        self.entries.iter().any(|entry| entry.readers.is_some())
    }

    /// Who may read what the tool returned, as far as anything is said of it: those whom all entries name that speak of it.
    pub(super) fn readers(
        &self,
        tool: &ToolName,
        server: Option<&str>,
        result: &str,
        limits: &Limits,
    ) -> Option<Readers> {
        let mut found: Option<Readers> = None;
        self.index.visit(tool, |item| {
            if let Some(ToolEntry { servers, readers: Some(readers), .. }) = self.entries.get(item)
                && servers.allows(server)
            {
                let read = readers.read(result, limits);
                found = Some(found.as_ref().map_or_else(|| read.clone(), |known| known.meet(&read)));
            }
        });
        found
    }

    pub(super) fn capabilities(&self, tool: &ToolName, server: Option<&str>) -> Option<CapabilitySet> {
        let mut found: Option<CapabilitySet> = None;
        self.index.visit(tool, |item| {
            if let Some(ToolEntry { servers, capabilities, .. }) = self.entries.get(item)
                && servers.allows(server)
            {
                found = Some(found.unwrap_or_default().union(*capabilities));
            }
        });
        found
    }
}

/// Compiles `doc`. Where it names no preset, what it leaves out is as `above` has it, and it has no rules and limits but
/// its own.
pub(super) fn compile(mut doc: PolicyDoc, above: Option<&Settings>) -> Result<Tier, Problems> {
    let mut problems = Problems::new();
    let is_below = above.is_some();
    let above = above.filter(|_| doc.preset.is_none());
    let preset = doc.preset.unwrap_or_default();
    let usual_limits = || if above.is_some() { Vec::new() } else { presets::limits(preset) };
    let mut limits = doc.limits.take().unwrap_or_else(usual_limits);
    print::sort_limits(&mut limits);
    let base = above.cloned().unwrap_or_else(|| settings::of(preset));
    let mut settings = effective(base, &doc, &mut problems);
    settings.limits = limits::compile(&limits, &mut problems);
    ids("limit", limits.iter().map(|limit| &limit.id), &mut problems);
    let from_preset = doc.rules.is_none();
    let usual_rules = || if above.is_some() { Vec::new() } else { presets::rules(preset) };
    let rules = doc.rules.take().unwrap_or_else(usual_rules);
    let combining = doc.combining.unwrap_or_default();
    if from_preset && combining != Combining::default() {
        // The rules of the presets are written to be combined by the strictest.
        problems.push((
            Place::default(),
            "`combining` speaks of rules, and the policy has none of its own".to_owned(),
        ));
    }

    let mut rules = rules;
    for quota in rules.iter_mut().filter_map(|rule| rule.quota.as_mut()) {
        quota.value.per.sort_unstable();
        quota.value.per.dedup();
    }
    ids("rule", rules.iter().map(|rule| &rule.id), &mut problems);
    let mut compiled = Vec::with_capacity(rules.len());
    let mut tools = Vec::with_capacity(rules.len());
    for doc in &rules {
        tools.push(tool_globs(&doc.tools, doc.effect != Effect::Allow, &mut problems));
        compiled.push(rule(doc, &mut problems));
    }
    let mut step_tools = Vec::new();
    let mut steps = Vec::new();
    for (key, doc, step) in flow::steps(&rules, &mut |doc| rule(doc, &mut problems)) {
        step_tools.push(tool_globs(&doc.tools, true, &mut Problems::new()));
        steps.push((key, step));
    }
    let entries: Vec<_> = doc
        .tools
        .iter()
        .map(|entry| ToolEntry {
            servers: names(&entry.servers, false, &mut problems),
            capabilities: entry.capabilities,
            readers: entry.readers.as_ref().map(|readers| ReadersOf::compile(readers, &mut problems)),
            #[cfg(feature = "yaml")]
            said: entry.readers.as_ref().map(print::readers_of),
        })
        .collect();
    // SECURITY: what is said of a tool may lower what it is taken for, so it is said of that very name.
    let described = doc.tools.iter().map(|entry| tool_globs(&entry.tools, false, &mut problems)).collect();

    // Restrictive rules first: once one has decided, the others need no look.
    let index = Index::new(tools, |at| rules.get(at).map(|rule| (std::cmp::Reverse(rule.effect), at)));
    let described = Index::new(described, |at| at);
    let endorsements = doc.endorse.iter().map(|doc| endorsement(doc, &mut problems)).collect();
    ids("entry of `endorse`", doc.endorse.iter().map(|rule| &rule.id), &mut problems);
    // A tier that allows nothing by itself says nothing of what its rules do not speak of.
    let allows = |rule: &RuleDoc| rule.decides() && rule.effect == Effect::Allow;
    let open = is_below && !rules.iter().any(allows);
    let step_index = Index::new(step_tools, |at| at);
    let quotas = limits::quotas(&rules, &mut problems);
    let endorsements: Vec<Rule> = endorsements;
    let asks_sources = {
        let mut all = compiled.iter().chain(&endorsements).chain(steps.iter().map(|(_, step)| step));
        all.any(Rule::asks_sources)
    };
    let (index, described, step_index) = match (index, described, step_index) {
        (Ok(index), Ok(described), Ok(steps)) if problems.is_empty() => (index, described, steps),
        (index, described, steps) => {
            problems.extend(
                [index.err(), described.err(), steps.err()]
                    .into_iter()
                    .flatten()
                    .map(|m| (Place::default(), m)),
            );
            return Err(problems);
        }
    };

    doc.rules = Some(rules);
    doc.limits = Some(limits);
    doc.combining = Some(combining);
    let normal = print::normal(doc);
    let digest = sha256(&[b"bartizan policy", print::meaning(&normal, &settings).as_bytes()]);
    Ok(Tier {
        settings,
        digest,
        rules: Rules::new(compiled, index, steps, step_index, combining, open),
        endorsements,
        quotas,
        asks_sources,
        tools: Tools { index: described, entries },
        doc: normal,
    })
}

/// A policy without a rule: it denies everything.
pub(super) fn nothing(preset: Preset) -> Tier {
    Tier {
        settings: settings::of(preset),
        digest: sha256(&[b"bartizan policy"]),
        endorsements: Vec::new(),
        quotas: Vec::new(),
        asks_sources: false,
        rules: Rules::new(
            Vec::new(),
            Index::default(),
            Vec::new(),
            Index::default(),
            Combining::default(),
            false,
        ),
        tools: Tools { index: Index::default(), entries: Vec::new() },
        doc: PolicyDoc::default(),
    }
}

/// Every id once, and in letters that no log trips over.
fn ids<'d>(what: &str, ids: impl Iterator<Item = &'d At<String>>, problems: &mut Problems) {
    let mut seen: HashSet<&str> = HashSet::new();
    for id in ids {
        if !seen.insert(&id.value) && !id.value.is_empty() {
            problems.push((id.place, format!("another {what} has the id `{}`", super::shown(&id.value))));
        }
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'/' | b':');
        if id.value.len() > MAX_ID || !id.value.bytes().all(fits) {
            let message = format!("an id has up to {MAX_ID} letters, digits, and `_ . - / :`");
            problems.push((id.place, message));
        }
    }
}

fn effective(mut settings: Settings, doc: &PolicyDoc, problems: &mut Problems) -> Settings {
    macro_rules! replace {
        ($($group:ident { $($field:ident),+ $(,)? })+) => {
            $($(if let Some(value) = doc.$group.$field {
                settings.$group.$field = value;
            })+)+
        };
    }
    replace! {
        outbound { secrets, sensitive, untrusted_copy }
        calls { authorization_ttl, approval_ttl, binding_ttl, bindings }
        validation { undeclared, traversal, max_string, max_depth, max_values }
        canaries { inbound, outbound }
    }
    settings.personal = personal::replaced(settings.personal, &doc.personal, problems);
    if !doc.secrets.is_empty() {
        settings.secrets = secrets::types(&doc.secrets, problems);
    }
    settings.sinks = personal::sinks(&settings, &doc.sinks, problems);
    settings.inbound = inbound(settings.inbound, &doc.inbound);
    links(&mut settings.links, &doc.links);
    settings.thresholds = thresholds(settings.thresholds, &doc.thresholds);
    if let Some(overrides) = &doc.extraction.overrides {
        settings.extraction.overrides = extraction_overrides(overrides, problems);
    }
    if let Some(kinds) = &doc.extraction.require_id {
        settings.extraction.require_id = kinds.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    }
    let mut contexts: BTreeMap<SourceKind, ContextSettings> = BTreeMap::new();
    for context in &doc.contexts {
        let source = &context.source;
        let said = ContextSettings {
            source: source.value.clone(),
            inbound: inbound(settings.inbound_for(&source.value), &context.inbound),
            thresholds: thresholds(settings.thresholds_for(&source.value), &context.thresholds),
        };
        if contexts.insert(source.value.clone(), said).is_some() {
            let message = format!("another entry speaks of `{}`; write them as one", source.value);
            problems.push((source.place, message));
        }
    }
    for context in std::mem::take(&mut settings.contexts) {
        contexts.entry(context.source.clone()).or_insert(context);
    }
    settings.contexts = contexts.into_values().collect();
    settings
}

fn inbound(mut settings: InboundSettings, doc: &InboundDoc) -> InboundSettings {
    settings.on_attack = doc.on_attack.unwrap_or(settings.on_attack);
    settings.on_suspect = doc.on_suspect.unwrap_or(settings.on_suspect);
    settings.on_hidden = doc.on_hidden.unwrap_or(settings.on_hidden);
    settings.attack_min = doc.attack_min.unwrap_or(settings.attack_min);
    settings.suspect_min = doc.suspect_min.unwrap_or(settings.suspect_min);
    settings.judge_min = doc.judge_min.unwrap_or(settings.judge_min);
    settings.session_weight = doc.session_weight.unwrap_or(settings.session_weight);
    settings.on_unknown = doc.on_unknown.unwrap_or(settings.on_unknown);
    settings.spotlight = doc.spotlight.unwrap_or(settings.spotlight);
    settings
}

fn links(settings: &mut LinkSettings, doc: &LinksDoc) {
    let lists = [
        (&mut settings.hosts, &doc.hosts),
        (&mut settings.image_hosts, &doc.image_hosts),
        (&mut settings.schemes, &doc.schemes),
    ];
    for (list, said) in lists {
        if let Some(said) = said {
            let words: BTreeSet<_> = said.iter().map(|word| word.value.to_lowercase()).collect();
            *list = words.into_iter().map(Arc::from).collect();
        }
    }
    settings.on_outside = doc.on_outside.unwrap_or(settings.on_outside);
}

fn thresholds(mut settings: Thresholds, doc: &ThresholdsDoc) -> Thresholds {
    macro_rules! replace {
        ($($field:ident),+ $(,)?) => { $(settings.$field = doc.$field.unwrap_or(settings.$field);)+ };
    }
    replace!(
        dlp_verbatim_lcs_min,
        dlp_ngram_overlap_min,
        provenance_verbatim_lcs_min,
        provenance_ngram_overlap_min,
    );
    settings
}

fn extraction_overrides(docs: &[OverrideDoc], problems: &mut Problems) -> Arc<[ExtractionOverride]> {
    let mut overrides = BTreeMap::new();
    for doc in docs {
        if overrides.insert((&doc.source.value, doc.trust), doc.action).is_some() {
            let message = format!("another entry speaks of `{}` with the same trust", doc.source.value);
            problems.push((doc.source.place, message));
        }
    }
    let entry = |((source, trust), action): ((&SourceKind, _), _)| ExtractionOverride {
        source: source.clone(),
        trust,
        action,
    };
    overrides.into_iter().map(entry).collect()
}

fn rule(doc: &RuleDoc, problems: &mut Problems) -> Rule {
    let restrictive = doc.effect != Effect::Allow;
    let args = doc
        .args
        .iter()
        .filter_map(|(pointer, arg)| {
            ArgMatcher::compile(pointer, arg.place, &arg.value, restrictive, problems)
        })
        .collect();
    for arg in doc.args.values() {
        let (integrity, sensitivity) = (&arg.value.integrity, &arg.value.sensitivity);
        always(integrity.as_ref().map(|at| (at.value, at.place)), INTEGRITY, problems);
        always(sensitivity.as_ref().map(|at| (at.value, at.place)), SENSITIVITY, problems);
    }
    let session = &doc.session;
    always(doc.trust.as_ref().map(|at| (at.value, at.place)), INTEGRITY, problems);
    always(session.integrity.as_ref().map(|at| (at.value, at.place)), INTEGRITY, problems);
    always(session.sensitivity.as_ref().map(|at| (at.value, at.place)), SENSITIVITY, problems);
    Rule {
        id: RuleId::custom(doc.id.value.clone()),
        effect: doc.effect,
        why: doc.reason.as_deref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ").into()),
        scope: scope(doc, restrictive, problems),
        client: doc.modes.is_empty() || doc.modes.contains(&Mode::Client),
        server: doc.modes.is_empty() || doc.modes.contains(&Mode::Server),
        capabilities: doc.capabilities,
        described: doc.described,
        trust: doc.trust.as_ref().map(|at| at.value),
        authorized: doc.authorized,
        args,
        integrity: doc.session.integrity.as_ref().map(|at| at.value),
        sensitivity: doc.session.sensitivity.as_ref().map(|at| at.value),
        user_spoke: doc.session.user_spoke,
        canary_seen: doc.session.canary_seen,
        escalated: doc.session.escalated,
        rare: rare(doc, problems).map(Box::new),
        after: doc.after.as_ref().map(|after| Box::new(After::compile(after, doc.effect, problems))),
    }
}

/// What few rules say; `None` where this one says none of it.
fn rare(doc: &RuleDoc, problems: &mut Problems) -> Option<Rare> {
    let times = doc
        .during
        .as_ref()
        .and_then(|at| Times::new(&at.value).map_err(|message| problems.push((at.place, message))).ok());
    let when = doc.when.as_ref().and_then(|at| match Expression::read(&at.value.text) {
        Ok(expression) => Some(expression),
        Err((offset, message)) => {
            let place = at.value.begins.map_or(at.place, |begins| {
                let start = begins.saturating_add(offset).min(at.place.end.max(begins));
                Place { start, end: start }
            });
            problems.push((place, format!("`when`, at character {}: {message}", offset.saturating_add(1))));
            None
        }
    });
    let set: Vec<Setting> = doc
        .set
        .iter()
        .filter_map(|(pointer, at)| {
            Setting::new(pointer, &at.value).map_err(|message| problems.push((at.place, message))).ok()
        })
        .collect();
    let said = doc.during.is_some() || doc.when.is_some() || !doc.decides() || doc.raise.is_some();
    (said || doc.approver.is_some() || doc.quota.is_some()).then(|| Rare {
        quota: doc.quota.as_ref().map(|quota| limits::quota_key(doc, &quota.value)),
        times,
        when,
        shadow: doc.shadow,
        set,
        approver: doc.approver.unwrap_or_default(),
        raise: doc.raise,
        tools: None,
    })
}

/// An entry of `endorse`: it is read as a rule that allows, so that doubt endorses nothing.
fn endorsement(doc: &RuleDoc, problems: &mut Problems) -> Rule {
    let tools = Names::new(tool_globs(&doc.tools, false, problems), false);
    let mut rule = rule(doc, problems);
    if let Some(rare) = &mut rule.rare {
        rare.tools = Some(tools);
    }
    rule
}

fn scope(doc: &RuleDoc, restrictive: bool, problems: &mut Problems) -> Option<Box<Scope>> {
    let said = [&doc.servers, &doc.principals, &doc.roles, &doc.environments];
    if said.iter().all(|patterns| patterns.is_empty()) {
        return None;
    }
    Some(Box::new(Scope {
        servers: names(&doc.servers, restrictive, problems),
        principals: names(&doc.principals, restrictive, problems),
        roles: names(&doc.roles, restrictive, problems),
        environments: names(&doc.environments, restrictive, problems),
    }))
}

const INTEGRITY: (Integrity, Integrity) = (Integrity::Hostile, Integrity::Trusted);
const SENSITIVITY: (Sensitivity, Sensitivity) = (Sensitivity::Public, Sensitivity::Sensitive);

/// Tells a bound that holds of everything: it looks like a condition and is none.
fn always<T: Copy + Ord>(bound: Option<(Bound<T>, Place)>, (low, high): (T, T), problems: &mut Problems) {
    if let Some((bound, place)) = bound
        && bound.holds(low)
        && bound.holds(high)
    {
        problems.push((place, "this holds of every label; leave it out".to_owned()));
    }
}

pub(super) fn names(patterns: &Patterns, restrictive: bool, problems: &mut Problems) -> Names {
    let globs = patterns.iter().filter_map(|pattern| match NameGlob::new(&pattern.value, restrictive) {
        Ok(glob) => Some(glob),
        Err(message) => {
            problems.push((pattern.place, message));
            None
        }
    });
    Names::new(globs.collect(), restrictive)
}

pub(super) fn tool_globs(patterns: &Patterns, restrictive: bool, problems: &mut Problems) -> Vec<NameGlob> {
    let mut globs = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        let glob = match NameGlob::new(&pattern.value, restrictive) {
            Ok(glob) => glob,
            Err(message) => {
                problems.push((pattern.place, message));
                continue;
            }
        };
        let foreign = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':'));
        let stray = glob.literals().find(foreign);
        match stray {
            // A rule that speaks of no tool at all is a mistake that nobody would see.
            Some(c) => problems.push((
                pattern.place,
                format!(
                    "no tool's name has U+{:04X} in it; they are of A-Z, a-z, 0-9 and `_ . - / :`",
                    u32::from(c)
                ),
            )),
            None => globs.push(glob),
        }
    }
    globs
}
