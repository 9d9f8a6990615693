//! `{"agent": …, "rules": [{"tool": …, "allow": true, "paths": […], "maxSize": …, "domains": […], "rateLimit": …}]}`

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::super::doc::{ArgDoc, At, LeafKind, LimitDoc, PolicyDoc, Problems, RuleDoc, SizeDoc};
use super::super::facet::Facet;
use super::super::load::{Kind, Node};
use super::super::{Combining, Effect, Metered, Per};
use super::{Foreign, entries, field, id, items, literal, text, unknown, warn};

const RULE: &[&str] = &["tool", "allow", "paths", "maxSize", "domains", "rateLimit", "reason"];

pub(super) fn read(root: &Node) -> Foreign {
    let (mut problems, mut warnings) = (Problems::new(), Problems::new());
    for key in unknown(root, &["agent", "version", "rules", "audit", "name", "description"]) {
        warn(
            &mut warnings,
            key.place,
            format!("the key `{}` means nothing here", super::super::shown(&key.value)),
        );
    }
    if let Some(audit) = field(root, "audit") {
        for (key, _) in entries(audit) {
            let message = match key.value.as_str() {
                "logAll" => "every decision is recorded, whatever stands here",
                "alertOnDeny" => "alerts are the business of an audit observer; every refusal is an event",
                _ => "this key means nothing here",
            };
            warn(&mut warnings, key.place, message);
        }
    }
    let mut taken = HashSet::new();
    let (mut rules, mut limits) = (Vec::new(), Vec::new());
    for node in field(root, "rules").map(items).unwrap_or_default() {
        rule(node, &mut taken, &mut rules, &mut limits, &mut problems, &mut warnings);
    }
    let doc = PolicyDoc {
        name: field(root, "agent").and_then(text).filter(|name| !name.is_empty()).map(str::to_owned),
        combining: Some(Combining::DenyOverrides),
        limits: Some(limits),
        rules: Some(rules),
        ..PolicyDoc::default()
    };
    Foreign { doc, problems, warnings, language: "G8KEPR" }
}

fn rule(
    node: &Node,
    taken: &mut HashSet<String>,
    rules: &mut Vec<RuleDoc>,
    limits: &mut Vec<LimitDoc>,
    problems: &mut Problems,
    warnings: &mut Problems,
) {
    let Some(tool) = field(node, "tool").filter(|node| text(node).is_some_and(|tool| !tool.is_empty()))
    else {
        problems.push((node.place, "the rule names no `tool`".to_owned()));
        return;
    };
    let name = text(tool).unwrap_or_default();
    let allow = match field(node, "allow").map(|node| &node.kind) {
        Some(Kind::Scalar { text, plain: true }) if text == "true" => true,
        Some(Kind::Scalar { text, plain: true }) if text == "false" => false,
        _ => {
            let place = field(node, "allow").map_or(node.place, |node| node.place);
            problems.push((place, "`allow` has to be `true` or `false`".to_owned()));
            return;
        }
    };
    let strange = unknown(node, RULE);
    for key in &strange {
        let what = if allow { "; the rule allows nothing, since it may have been a bound" } else { "" };
        warn(
            warnings,
            key.place,
            format!("the key `{}` means nothing{what}", super::super::shown(&key.value)),
        );
    }
    if allow && !strange.is_empty() {
        return;
    }
    let effect = if allow { Effect::Allow } else { Effect::Deny };
    let word = if allow { "allow" } else { "deny" };
    let mut rule = RuleDoc::new(id(&format!("{word}-{name}"), taken), effect);
    rule.id.place = tool.place;
    rule.tools = vec![At::new(escaped(name), tool.place)];
    rule.reason = field(node, "reason").and_then(text).filter(|reason| !reason.is_empty()).map(str::to_owned);
    if allow {
        bounds(node, &mut rule, problems, warnings);
    } else {
        for key in ["paths", "maxSize", "domains"] {
            if let Some(bound) = field(node, key) {
                warn(
                    warnings,
                    bound.place,
                    format!("`{key}` in a rule that denies is left out: the tool is denied as a whole"),
                );
            }
        }
    }
    if let Some(rate) = field(node, "rateLimit") {
        match text(rate).and_then(quota) {
            Some((burst, period)) => {
                let mut limit = LimitDoc::new(
                    At::new(format!("rate-{}", rule.id.value), rate.place),
                    At::new(Metered::Calls, rate.place),
                    At::new(burst, rate.place),
                    period,
                );
                limit.per = At::new(vec![Per::Principal, Per::Tool], rate.place);
                limit.tools.clone_from(&rule.tools);
                limits.push(limit);
            }
            None => problems.push((rate.place, "`rateLimit` has to be like `100/hour`".to_owned())),
        }
    }
    rules.push(rule);
}

/// Paths, domains and sizes bind every leaf of their kind, and a call without such a leaf is not meant.
fn bounds(node: &Node, rule: &mut RuleDoc, problems: &mut Problems, warnings: &mut Problems) {
    // One meaning in several spellings, since each kind of leaf is looked at by itself.
    let mut pointers = ["/**", "/**/**", "/**/**/**"].into_iter();
    let mut bind = |arg: ArgDoc| {
        if let Some(pointer) = pointers.next() {
            rule.args.insert(pointer.to_owned(), At::new(arg, node.place));
        }
    };
    if let Some(paths) = field(node, "paths") {
        let mut globs = Vec::new();
        for path in list(paths, "paths", problems) {
            let written = text(path).unwrap_or_default();
            // `/data/*` means what is below `/data`, at any depth.
            let glob = match written.strip_suffix("/*") {
                Some(directory) if !directory.ends_with('*') => {
                    warn(warnings, path.place, "`/*` at the end is read as everything below, at any depth");
                    format!("{}/**", escaped(directory))
                }
                _ => escaped(written),
            };
            globs.push(At::new(glob, path.place));
        }
        bind(ArgDoc {
            only: Some(LeafKind::Path),
            facets: BTreeMap::from([(Facet::PathCanonical, globs)]),
            ..ArgDoc::default()
        });
    }
    if let Some(domains) = field(node, "domains") {
        let globs = list(domains, "domains", problems)
            .iter()
            .map(|domain| At::new(escaped(text(domain).unwrap_or_default()), domain.place))
            .collect();
        let schemes = ["https", "http"].map(|scheme| At::from(scheme.to_owned())).to_vec();
        bind(ArgDoc {
            only: Some(LeafKind::Url),
            facets: BTreeMap::from([(Facet::UrlHost, globs), (Facet::UrlScheme, schemes)]),
            ..ArgDoc::default()
        });
    }
    if let Some(size) = field(node, "maxSize") {
        match text(size).and_then(bytes) {
            Some(max) => bind(ArgDoc {
                only: Some(LeafKind::Text),
                size: Some(At::new(SizeDoc { min: None, max: Some(max) }, size.place)),
                ..ArgDoc::default()
            }),
            None => problems.push((size.place, "`maxSize` has to be like `10MB`".to_owned())),
        }
    }
}

fn list<'n>(node: &'n Node, key: &str, problems: &mut Problems) -> &'n [Node] {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if items.is_empty() || items.iter().any(|item| text(item).is_none_or(str::is_empty)) {
        problems.push((node.place, format!("`{key}` has to be a list of texts, and not empty")));
    }
    items
}

/// `*` and `?` stay what they are.
fn escaped(text: &str) -> String {
    literal(text).replace("\\*", "*").replace("\\?", "?")
}

fn quota(text: &str) -> Option<(u32, Duration)> {
    let (count, unit) = text.split_once('/')?;
    let seconds = match unit.trim().to_ascii_lowercase().as_str() {
        "s" | "sec" | "second" => 1,
        "m" | "min" | "minute" => 60,
        "h" | "hr" | "hour" => 3_600,
        "d" | "day" => 86_400,
        _ => return None,
    };
    let count: u32 = count.trim().parse().ok()?;
    (count > 0).then(|| (count, Duration::from_secs(seconds)))
}

fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_uppercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: u64 = text.get(..digits)?.parse().ok()?;
    let unit: u64 = match text.get(digits..)?.trim() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        _ => return None,
    };
    count.checked_mul(unit)
}
