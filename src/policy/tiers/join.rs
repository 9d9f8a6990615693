//! Settings of two tiers as one, and what the lower of them says in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::ToolName;

use super::super::doc::{Place, Problems, RuleDoc};
use super::super::load::{Kind, Node};
use super::super::personal::of_group;
use super::super::settings::{HostPattern, Settings};
use super::super::{
    ContextSettings, Effect, ExtractionAction, ExtractionOverride, ExtractionSettings, InboundSettings,
    LinkSettings, OutboundSettings, PersonalSettings, Policy, SinkSettings, Spotlight, Thresholds, print,
    sample, shown,
};

/// Of each thing the stricter.
pub(in super::super) fn settings(upper: &Settings, lower: &Settings) -> Settings {
    let kinds = |settings: &Settings| -> BTreeSet<Arc<str>> {
        settings.sinks.iter().map(|sink| Arc::clone(&sink.kind)).collect()
    };
    let sinks = kinds(upper).union(&kinds(lower)).map(|kind| sink(upper, lower, kind)).collect();
    let sources =
        upper.contexts.iter().chain(&lower.contexts).map(|context| &context.source).collect::<BTreeSet<_>>();
    let contexts = sources.into_iter().map(|source| ContextSettings {
        source: source.clone(),
        inbound: inbound(upper.inbound_for(source), lower.inbound_for(source)),
        thresholds: thresholds(upper.thresholds_for(source), lower.thresholds_for(source)),
    });
    let mut secrets: BTreeMap<&str, _> = lower.secrets.iter().map(|kind| (&*kind.name, kind)).collect();
    secrets.extend(upper.secrets.iter().map(|kind| (&*kind.name, kind)));
    let mut limits = upper.limits.clone();
    for limit in &lower.limits {
        if limits.iter().any(|known| known == limit) {
            continue;
        }
        let mut limit = limit.clone();
        // Two limits of one name count each for itself.
        while limits.iter().any(|known| known.id() == limit.id()) {
            limit = limit.renamed();
        }
        limits.push(limit);
    }
    let (calls, validation) = (upper.calls, upper.validation);
    Settings {
        thresholds: thresholds(upper.thresholds, lower.thresholds),
        inbound: inbound(upper.inbound, lower.inbound),
        links: links(&upper.links, &lower.links),
        outbound: outbound(upper.outbound, lower.outbound),
        personal: personal(&upper.personal, &lower.personal),
        secrets: secrets.into_values().cloned().collect(),
        sinks,
        calls: super::super::CallSettings {
            authorization_ttl: calls.authorization_ttl.min(lower.calls.authorization_ttl),
            approval_ttl: calls.approval_ttl.min(lower.calls.approval_ttl),
            binding_ttl: calls.binding_ttl.min(lower.calls.binding_ttl),
            bindings: calls.bindings.max(lower.calls.bindings),
        },
        validation: super::super::ValidationSettings {
            undeclared: validation.undeclared.max(lower.validation.undeclared),
            traversal: validation.traversal.max(lower.validation.traversal),
            max_string: validation.max_string.min(lower.validation.max_string),
            max_depth: validation.max_depth.min(lower.validation.max_depth),
            max_values: validation.max_values.min(lower.validation.max_values),
        },
        extraction: extraction(&upper.extraction, &lower.extraction),
        canaries: super::super::CanarySettings {
            inbound: upper.canaries.inbound.max(lower.canaries.inbound),
            outbound: upper.canaries.outbound.max(lower.canaries.outbound),
        },
        limits,
        contexts: contexts.collect(),
    }
}

fn thresholds(upper: Thresholds, lower: Thresholds) -> Thresholds {
    Thresholds {
        dlp_verbatim_lcs_min: upper.dlp_verbatim_lcs_min.min(lower.dlp_verbatim_lcs_min),
        dlp_ngram_overlap_min: upper.dlp_ngram_overlap_min.min(lower.dlp_ngram_overlap_min),
        provenance_verbatim_lcs_min: upper.provenance_verbatim_lcs_min.min(lower.provenance_verbatim_lcs_min),
        provenance_ngram_overlap_min: upper
            .provenance_ngram_overlap_min
            .min(lower.provenance_ngram_overlap_min),
    }
}

fn inbound(upper: InboundSettings, lower: InboundSettings) -> InboundSettings {
    // SECURITY: a text may be reported and suspect too: `suspect` must not begin where `attack` ended above.
    InboundSettings {
        on_attack: upper.on_attack.max(lower.on_attack),
        on_suspect: upper.on_suspect.max(lower.on_suspect),
        on_hidden: upper.on_hidden.max(lower.on_hidden),
        attack_min: upper.attack_min.min(lower.attack_min),
        suspect_min: upper.suspect_min.min(lower.suspect_min),
        judge_min: upper.judge_min.min(lower.judge_min),
        session_weight: upper.session_weight.max(lower.session_weight),
        on_unknown: upper.on_unknown.max(lower.on_unknown),
        // The tags alone are the least; of the others none is more than another.
        spotlight: if upper.spotlight == Spotlight::Tags { lower.spotlight } else { upper.spotlight },
    }
}

const fn outbound_of(settings: &SinkSettings) -> OutboundSettings {
    settings.outbound
}

fn outbound(upper: OutboundSettings, lower: OutboundSettings) -> OutboundSettings {
    OutboundSettings {
        secrets: upper.secrets.max(lower.secrets),
        sensitive: upper.sensitive.max(lower.sensitive),
        untrusted_copy: upper.untrusted_copy.max(lower.untrusted_copy),
    }
}

fn personal(upper: &PersonalSettings, lower: &PersonalSettings) -> PersonalSettings {
    let names: BTreeSet<&Arc<str>> = upper.types.iter().chain(&*lower.types).map(|(name, _)| name).collect();
    let of = |settings: &PersonalSettings, name: &str| {
        settings.named(name).unwrap_or_else(|| of_group(settings, name))
    };
    PersonalSettings {
        identity: upper.identity.max(lower.identity),
        payment: upper.payment.max(lower.payment),
        account: upper.account.max(lower.account),
        contact: upper.contact.max(lower.contact),
        types: names
            .into_iter()
            .map(|name| (Arc::clone(name), of(upper, name).max(of(lower, name))))
            .collect(),
    }
}

fn sink(upper: &Settings, lower: &Settings, kind: &Arc<str>) -> SinkSettings {
    let (upper, lower) = (upper.for_sink(kind), lower.for_sink(kind));
    SinkSettings {
        kind: Arc::clone(kind),
        outbound: outbound(outbound_of(&upper), outbound_of(&lower)),
        personal: personal(&upper.personal, &lower.personal),
        links: upper.links.max(lower.links),
        hosts: match (upper.hosts, lower.hosts) {
            (Some(upper), Some(lower)) => Some(both(&upper, &lower, HostPattern::covers)),
            (upper, lower) => upper.or(lower),
        },
    }
}

/// What both lists name, where of two patterns that share a host one always covers the other.
fn both<T: Clone + Ord>(upper: &[T], lower: &[T], covers: impl Fn(&T, &T) -> bool) -> Arc<[T]> {
    let within = |inner: &[T], outer: &[T]| -> Vec<T> {
        inner.iter().filter(|inner| outer.iter().any(|outer| covers(outer, inner))).cloned().collect()
    };
    let mut both: BTreeSet<T> = within(lower, upper).into_iter().collect();
    both.extend(within(upper, lower));
    both.into_iter().collect()
}

fn links(upper: &LinkSettings, lower: &LinkSettings) -> LinkSettings {
    // `a.example` is that host and all under it, `*.a.example` these alone.
    let covers = |outer: &Arc<str>, inner: &Arc<str>| {
        let name = |text: &Arc<str>| text.trim_start_matches("*.").to_owned();
        let (wide, narrow) = (name(outer), name(inner));
        let below = narrow.strip_suffix(&wide).is_some_and(|head| head.ends_with('.'));
        &**outer == "*" || outer == inner || below || (wide == narrow && !outer.starts_with("*."))
    };
    LinkSettings {
        hosts: both(&upper.hosts, &lower.hosts, covers),
        image_hosts: both(&upper.image_hosts, &lower.image_hosts, covers),
        schemes: both(&upper.schemes, &lower.schemes, |outer, inner| outer == inner),
        on_outside: upper.on_outside.max(lower.on_outside),
    }
}

fn extraction(upper: &ExtractionSettings, lower: &ExtractionSettings) -> ExtractionSettings {
    let mut joined: BTreeMap<_, ExtractionAction> =
        upper.overrides.iter().map(|entry| ((&entry.source, entry.trust), entry.action)).collect();
    for entry in &*lower.overrides {
        let above = match entry.trust {
            Some(trust) => upper.override_for(&entry.source, trust).map(|above| above.action),
            None => joined.get(&(&entry.source, None)).copied(),
        };
        // SECURITY: what nobody above spoke of is as the layer's own table has it, and that is not known here: only
        // `block` cannot widen it.
        let action = match above {
            Some(above) => above.max(entry.action),
            None if entry.action == ExtractionAction::Block => entry.action,
            None => continue,
        };
        joined.insert((&entry.source, entry.trust), action);
        if entry.trust.is_none() {
            // What speaks of the trust stands over what does not, and must not undo it.
            for ((source, trust), known) in &mut joined {
                if **source == entry.source && trust.is_some() {
                    *known = (*known).max(entry.action);
                }
            }
        }
    }
    let overrides = joined.into_iter().map(|((source, trust), action)| ExtractionOverride {
        source: source.clone(),
        trust,
        action,
    });
    let ids: BTreeSet<_> = upper.require_id.iter().chain(&*lower.require_id).cloned().collect();
    ExtractionSettings { overrides: overrides.collect(), require_id: ids.into_iter().collect() }
}

/// What the lowest tier of `joined` says to widen what stands `above`, and that has no effect.
pub(super) fn in_vain(above: &Policy, joined: &Policy, root: &Node) -> Problems {
    let mut told = Problems::new();
    let Some(tier) = joined.0.tiers.last() else { return told };
    weaker_settings(&tier.settings, joined.settings(), root, &mut told);
    for entry in &tier.doc.tools {
        for tool in entry.tools.iter().filter(|tool| !tool.value.contains(['*', '?', '\\'])) {
            let Ok(name) = ToolName::new(&tool.value) else { continue };
            let (described, most) = above.capabilities_of(&name, None, || None);
            if described && !most.is_subset(entry.capabilities) {
                told.push((
                    tool.place,
                    format!(
                        "`{}` can do more by what stands above ({most}), and that stays so",
                        shown(&tool.value)
                    ),
                ));
            }
        }
    }
    for entry in &tier.doc.endorse {
        let message =
            "an endorsement counts for the rules of this tier and of those below it, not for those above";
        told.push((entry.id.place, message.to_owned()));
    }
    let rules = tier.doc.rules.as_deref().unwrap_or_default();
    told.extend(rules.iter().filter_map(|rule| widening(above, joined, rule)));
    told
}

/// What a rule would let through, were it not for the tiers above.
fn widening(above: &Policy, joined: &Policy, rule: &RuleDoc) -> Option<(Place, String)> {
    if !rule.decides() || rule.effect == Effect::Deny {
        return None;
    }
    let tier = joined.0.tiers.last()?;
    let at = joined.0.tiers.len().checked_sub(1)?;
    let (mut stopped, mut through) = (None, false);
    for call in sample::calls(rule) {
        let decided = call.with(joined, |request| {
            let own = joined.seen_by(at, request, |request| tier.rules.decide(request));
            (own, above.decide(request))
        });
        let Ok((own, upper)) = decided else { continue };
        if own.rule().is_none_or(|id| id.as_str() != rule.id.value) {
            continue;
        }
        if upper.effect() > own.effect() {
            stopped.get_or_insert((call, upper));
        } else {
            through = true;
        }
    }
    let (call, upper) = stopped?;
    let same_name = above.rule_ids().any(|id| id.as_str() == rule.id.value);
    // A rule that is wider than what stands above in part only is how one narrows: by what it leaves out.
    if through && !same_name {
        return None;
    }
    let by = upper.rule().map_or_else(|| "no rule allows it".to_owned(), |id| format!("`{id}` stands"));
    let message = format!("this widens nothing: above, `{call}` is {}: {by}", shown_effect(upper.effect()));
    Some((rule.id.place, message))
}

const fn shown_effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allowed",
        Effect::RequireApproval => "asked about",
        Effect::Deny => "denied",
    }
}

/// Tells the settings of the text that are weaker than what stands.
fn weaker_settings(said: &Settings, stands: &Settings, root: &Node, told: &mut Problems) {
    let stands: BTreeMap<String, String> = print::settings_by_key(stands).into_iter().collect();
    let mut groups = BTreeSet::new();
    for (key, value) in print::settings_by_key(said) {
        let Some(other) = stands.get(&key).filter(|other| **other != value) else { continue };
        let (group, member) = key.split_once('.').unwrap_or((&key, ""));
        // Lists are told as a whole: whether an entry of theirs is weaker is seen by comparing all.
        let Some((place, single)) = place_of(root, group, member) else { continue };
        if single {
            told.push((
                place,
                format!(
                    "`{key}: {}` is weaker than what stands above; `{}` stays",
                    shown(&value),
                    shown(other)
                ),
            ));
        } else if groups.insert(group.to_owned()) {
            told.push((
                place,
                format!("some of `{group}` is weaker than what stands above, and has no effect"),
            ));
        }
    }
}

/// Where the text says it, and whether it says that alone there.
fn place_of(root: &Node, group: &str, member: &str) -> Option<(Place, bool)> {
    let get = |node: &Node, key: &str| -> Option<usize> {
        let Kind::Map(entries) = &node.kind else { return None };
        entries.iter().position(|(name, _)| name.value == key)
    };
    let entry = |node: &'_ Node, at: usize| match &node.kind {
        Kind::Map(entries) => entries.get(at).map(|(name, _)| name.place),
        _ => None,
    };
    let at = get(root, group)?;
    let Kind::Map(entries) = &root.kind else { return None };
    let (name, node) = entries.get(at)?;
    match &node.kind {
        Kind::Map(_) => get(node, member).and_then(|at| entry(node, at)).map(|place| (place, true)),
        _ => Some((name.place, false)),
    }
}
