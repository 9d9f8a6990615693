//! A policy as YAML again: the form in which it is shown, and of which its digest is taken.

use crate::base::SourceKind;

use super::doc::{
    ArgDoc, At, Bound, LimitDoc, Patterns, PolicyDoc, QuotaDoc, ReadersOfDoc, RuleDoc, Scalar, SessionDoc,
    SetDoc,
};
use super::flow::AfterDoc;
use super::trace::Failing;
use super::values::is_unseen;
use super::{Combining, Settings, sources};

mod settings;

#[cfg(feature = "yaml")]
pub(super) use settings::settings_by_key;
use settings::{limit_entry, settings_of};

/// `doc` in one order where order means nothing.
pub(super) fn normal(mut doc: PolicyDoc) -> PolicyDoc {
    for tool in &mut doc.tools {
        sort(&mut tool.tools);
        sort(&mut tool.servers);
        if let Some(ReadersOfDoc::At(places)) = &mut tool.readers {
            sort(places);
        }
    }
    for rule in doc.rules.iter_mut().flatten().chain(&mut doc.endorse) {
        for patterns in [
            &mut rule.tools,
            &mut rule.servers,
            &mut rule.principals,
            &mut rule.roles,
            &mut rule.environments,
        ] {
            sort(patterns);
        }
        rule.modes.sort_by_key(|mode| super::mode_word(*mode));
        rule.modes.dedup();
        if let Some(quota) = &mut rule.quota {
            quota.value.per.sort_unstable();
            quota.value.per.dedup();
        }
        if let Some(during) = &mut rule.during {
            during.value.days.sort_unstable();
            during.value.days.dedup();
        }
        for arg in rule.args.values_mut().map(|arg| &mut arg.value) {
            arg.origin.sort();
            arg.origin.dedup();
            sort_value(arg);
            arg.role.sort();
            arg.role.dedup();
            let kinds = &mut arg.source_kind;
            for at in kinds.iter_mut() {
                at.value = SourceKind::named(&at.value).to_string();
            }
            for patterns in [kinds, &mut arg.source_tool, &mut arg.source_host] {
                sort(patterns);
            }
            if let Some(readers) = &mut arg.readers {
                sort(&mut readers.value.include);
                sort(&mut readers.value.lack);
            }
        }
    }
    doc
}

fn sort_value(arg: &mut ArgDoc) {
    arg.one_of.extend(arg.equals.take());
    arg.one_of.sort();
    arg.one_of.dedup();
    arg.kinds.sort_unstable();
    arg.kinds.dedup();
    sort(&mut arg.glob);
    sort(&mut arg.regex);
    arg.facets.values_mut().for_each(sort);
    for inner in arg.all.iter_mut().chain(arg.not.as_deref_mut()) {
        sort_value(inner);
    }
}

/// Puts what a limit names in one order.
pub(super) fn sort_limits(limits: &mut [LimitDoc]) {
    for limit in limits {
        sort(&mut limit.tools);
        sort(&mut limit.servers);
        sort(&mut limit.sinks);
        limit.per.value.sort_unstable();
        limit.per.value.dedup();
    }
}

fn sort(patterns: &mut Patterns) {
    patterns.sort_by(|a, b| a.value.cmp(&b.value));
    patterns.dedup_by(|a, b| a.value == b.value);
}

/// What of a normal `doc` decides: neither its name, nor an order that means nothing.
pub(super) fn meaning(doc: &PolicyDoc, settings: &Settings) -> String {
    let mut doc = doc.clone();
    doc.name = None;
    if doc.combining != Some(Combining::FirstApplicable)
        && let Some(rules) = &mut doc.rules
    {
        rules.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    }
    doc.endorse.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    if let Some(limits) = &mut doc.limits {
        limits.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    }
    doc.tools.sort_by_cached_key(|tool| {
        let mut key = String::new();
        tool_entry(&mut key, tool);
        key
    });
    to_yaml(&doc, settings)
}

/// A normal `doc` with its settings as YAML.
pub(super) fn to_yaml(doc: &PolicyDoc, settings: &Settings) -> String {
    let mut out = String::from("bartizan: 1\n");
    if let Some(name) = &doc.name {
        line(&mut out, 0, "name", &quoted(name));
    }
    line(&mut out, 0, "combining", doc.combining.unwrap_or_default().as_str());
    settings_of(&mut out, settings);
    let limits = doc.limits.as_deref().unwrap_or_default();
    out.push_str(if limits.is_empty() { "limits: []\n" } else { "limits:\n" });
    for limit in limits {
        limit_entry(&mut out, limit);
    }
    if !doc.tools.is_empty() {
        out.push_str("tools:\n");
        for tool in &doc.tools {
            tool_entry(&mut out, tool);
        }
    }
    let rules = doc.rules.as_deref().unwrap_or_default();
    out.push_str(if rules.is_empty() { "rules: []\n" } else { "rules:\n" });
    for rule in rules {
        rule_entry(&mut out, rule);
    }
    if !doc.endorse.is_empty() {
        out.push_str("endorse:\n");
    }
    for rule in &doc.endorse {
        endorsement(&mut out, rule);
    }
    out
}

fn tool_entry(out: &mut String, tool: &super::doc::ToolDoc) {
    put(out, &["  - match: ", &patterns(&tool.tools), "\n"]);
    if !tool.servers.is_empty() {
        line(out, 4, "servers", &patterns(&tool.servers));
    }
    line(out, 4, "capabilities", &list(tool.capabilities.iter().map(|word| word.as_str().to_owned())));
    if let Some(readers) = &tool.readers {
        line(out, 4, "readers", &readers_of(readers));
    }
}

/// Where who may read results stands in them, in one spelling.
pub(super) fn readers_of(readers: &ReadersOfDoc) -> String {
    match readers {
        ReadersOfDoc::Everyone => "everyone".to_owned(),
        ReadersOfDoc::At(places) => patterns(places),
    }
}

fn rule_entry(out: &mut String, rule: &RuleDoc) {
    put(out, &["  - id: ", &quoted(&rule.id.value), "\n"]);
    line(out, 4, "effect", effect_word(rule));
    if rule.shadow {
        line(out, 4, "shadow", "true");
    }
    if let Some(approver) = rule.approver {
        line(out, 4, "approver", approver.as_str());
    }
    conditions_of(out, rule);
    set_of(out, rule);
    if let Some(reason) = &rule.reason {
        line(out, 4, "reason", &quoted(reason));
    }
}

/// The quota of a rule.
pub(super) fn quota(quota: &QuotaDoc) -> String {
    let of = match &quota.sum {
        Some(pointer) => format!("sum: {}", quoted(pointer)),
        None => format!("of: {}", quota.of),
    };
    let parts = [
        of,
        format!("per: {}", list(quota.per.iter().map(|per| per.as_str().to_owned()))),
        format!("burst: {}", quota.burst),
        format!("period_s: {}", quota.period.as_secs()),
        format!("window: {}", quota.window.as_str()),
    ];
    braced(parts.map(Some))
}

/// An entry of `endorse`.
fn endorsement(out: &mut String, rule: &RuleDoc) {
    put(out, &["  - id: ", &quoted(&rule.id.value), "\n"]);
    conditions_of(out, rule);
    if let Some(raise) = rule.raise {
        let integrity = raise.integrity.map(|to| format!("integrity: {to}"));
        let sensitivity = raise.sensitivity.map(|to| format!("sensitivity: {to}"));
        line(out, 4, "as", &braced([integrity, sensitivity]));
    }
    if let Some(reason) = &rule.reason {
        line(out, 4, "reason", &quoted(reason));
    }
}

/// The word that stands behind `effect`.
fn effect_word(rule: &RuleDoc) -> &'static str {
    match rule.set.values().next().map(|at| &at.value) {
        None => rule.effect.as_str(),
        Some(SetDoc::Redact) => "redact",
        Some(_) => "transform",
    }
}

fn set_of(out: &mut String, rule: &RuleDoc) {
    if effect_word(rule) == "redact" {
        line(out, 4, "redact", &list(rule.set.keys().map(|pointer| quoted(pointer))));
        return;
    }
    if !rule.set.is_empty() {
        out.push_str("    set:\n");
    }
    for (pointer, at) in &rule.set {
        let said = match &at.value {
            SetDoc::Redact => continue,
            SetDoc::Value(value) => format!("{{ value: {} }}", scalar(value)),
            SetDoc::Clamp(range) => {
                let bound = |key: &str, of: &Option<String>| of.as_ref().map(|of| format!("{key}: {of}"));
                braced([bound("min", &range.min), bound("max", &range.max)])
            }
        };
        put(out, &["      ", &spelled(pointer), ": ", &said, "\n"]);
    }
}

/// What a rule says where something failed.
pub(super) fn condition(rule: &RuleDoc, failing: Failing) -> String {
    let mut text = String::new();
    conditions_of(&mut text, rule);
    let found = match failing {
        Failing::Nothing => None,
        Failing::Key(key) => text.lines().find(|line| {
            line.strip_prefix("    ")
                .and_then(|line| line.strip_prefix(key))
                .is_some_and(|rest| rest.starts_with(':'))
        }),
        Failing::Arg(at) => text.lines().skip_while(|line| *line != "    args:").nth(at.saturating_add(1)),
    };
    found.map(|line| line.trim().to_owned()).unwrap_or_default()
}

/// What has to hold for a rule to match, in one spelling; empty where nothing has to.
#[cfg(feature = "yaml")]
pub(super) fn conditions(rule: &RuleDoc) -> String {
    let mut out = String::new();
    conditions_of(&mut out, rule);
    out
}

fn conditions_of(out: &mut String, rule: &RuleDoc) {
    for (key, names) in [
        ("tools", &rule.tools),
        ("servers", &rule.servers),
        ("principals", &rule.principals),
        ("roles", &rule.roles),
        ("environments", &rule.environments),
    ] {
        if !names.is_empty() {
            line(out, 4, key, &patterns(names));
        }
    }
    if !rule.modes.is_empty() {
        line(out, 4, "modes", &list(rule.modes.iter().map(|mode| super::mode_word(*mode).to_owned())));
    }
    if let Some(capabilities) = rule.capabilities {
        line(out, 4, "capabilities", &list(capabilities.iter().map(|word| word.as_str().to_owned())));
    }
    if let Some(described) = rule.described {
        line(out, 4, "described", &described.to_string());
    }
    if let Some(trust) = &rule.trust {
        line(out, 4, "trust", &bound(trust.value));
    }
    if let Some(authorized) = rule.authorized {
        line(out, 4, "authorized", &authorized.to_string());
    }
    if !rule.args.is_empty() {
        out.push_str("    args:\n");
        for (pointer, arg) in &rule.args {
            put(out, &["      ", &spelled(pointer), ": ", &argument(&arg.value), "\n"]);
        }
    }
    if let Some(session) = session(&rule.session) {
        line(out, 4, "session", &session);
    }
    if let Some(during) = &rule.during {
        let during = &during.value;
        let days = list(during.days.iter().map(|day| day.as_str().to_owned()));
        let text = |key: &str, of: &Option<String>| of.as_ref().map(|of| format!("{key}: {}", quoted(of)));
        let parts = [
            (!during.days.is_empty()).then(|| format!("days: {days}")),
            text("from", &during.from),
            text("to", &during.to),
            text("zone", &during.zone),
            text("after", &during.after),
            text("until", &during.until),
        ];
        line(out, 4, "during", &braced(parts));
    }
    if let Some(when) = &rule.when {
        line(out, 4, "when", &quoted(&when.value.text));
    }
    if let Some(told) = &rule.after {
        line(out, 4, "after", &after(&told.value));
    }
    if let Some(told) = &rule.quota {
        line(out, 4, "quota", &quota(&told.value));
    }
}

/// A step of a flow, in one spelling.
pub(super) fn step(step: &RuleDoc) -> String {
    let named =
        |key: &str, names: &Patterns| (!names.is_empty()).then(|| format!("{key}: {}", patterns(names)));
    let args =
        step.args.iter().map(|(pointer, arg)| Some(format!("{}: {}", quoted(pointer), argument(&arg.value))));
    let capabilities = step.capabilities.map(|set| list(set.iter().map(|word| word.as_str().to_owned())));
    braced([
        named("tools", &step.tools),
        named("servers", &step.servers),
        capabilities.map(|words| format!("capabilities: {words}")),
        (!step.args.is_empty()).then(|| format!("args: {}", braced(args))),
        session(&step.session).map(|session| format!("session: {session}")),
    ])
}

/// What came before, in one spelling.
pub(super) fn after(after: &AfterDoc) -> String {
    braced([
        Some(format!("steps: {}", list(after.steps.iter().map(step)))),
        after.within.map(|within| format!("within: {within}")),
        after.times.map(|times| format!("times: {times}")),
        after.flows.map(|flows| format!("flows: {}", flows.as_str())),
    ])
}

fn session(session: &SessionDoc) -> Option<String> {
    let parts = [
        session.integrity.as_ref().map(|at| format!("integrity: {}", bound(at.value))),
        session.sensitivity.as_ref().map(|at| format!("sensitivity: {}", bound(at.value))),
        session.user_spoke.map(|spoke| format!("user_spoke: {spoke}")),
        session.canary_seen.map(|seen| format!("canary_seen: {seen}")),
        session.escalated.map(|escalated| format!("escalated: {escalated}")),
    ];
    parts.iter().any(Option::is_some).then(|| braced(parts))
}

/// What is said of an argument, in one spelling.
fn argument(arg: &ArgDoc) -> String {
    let mut parts = vec![
        arg.present.map(|present| format!("present: {present}")),
        arg.only.map(|kind| format!("only: {}", kind.as_str())),
    ];
    value(arg, &mut parts);
    let origins = list(arg.origin.iter().map(|origin| origin.as_str().to_owned()));
    let roles = list(arg.role.iter().map(|role| role.as_str().to_owned()));
    parts.extend([
        arg.integrity.as_ref().map(|at| format!("integrity: {}", bound(at.value))),
        arg.sensitivity.as_ref().map(|at| format!("sensitivity: {}", bound(at.value))),
        (!arg.origin.is_empty()).then(|| format!("origin: {origins}")),
        (!arg.role.is_empty()).then(|| format!("role: {roles}")),
    ]);
    parts.extend(sources::parts(arg, |texts| patterns(texts)));
    braced(parts)
}

fn value(arg: &ArgDoc, parts: &mut Vec<Option<String>>) {
    let some = |patterns_: &Patterns, key| {
        (!patterns_.is_empty()).then(|| format!("{key}: {}", patterns(patterns_)))
    };
    parts.push(match arg.one_of.as_slice() {
        [] => None,
        [one] => Some(format!("equals: {}", scalar(one))),
        several => Some(format!("in: {}", list(several.iter().map(scalar)))),
    });
    parts.extend([some(&arg.glob, "glob"), some(&arg.regex, "regex")]);
    let kinds = list(arg.kinds.iter().map(|kind| kind.as_str().to_owned()));
    parts.push((!arg.kinds.is_empty()).then(|| format!("type: {kinds}")));
    if let Some(range) = &arg.range {
        let (min, max) = (&range.value.min, &range.value.max);
        let min = min.as_ref().map(|min| format!("min: {min}"));
        let max = max.as_ref().map(|max| format!("max: {max}"));
        parts.push(Some(format!("range: {}", braced([min, max]))));
    }
    if let Some(size) = &arg.size {
        let min = size.value.min.map(|min| format!("min: {min}"));
        let max = size.value.max.map(|max| format!("max: {max}"));
        parts.push(Some(format!("size: {}", braced([min, max]))));
    }
    parts.extend(arg.facets.iter().map(|(facet, wanted)| some(wanted, facet.key())));
    let inner = |doc: &ArgDoc| {
        let mut inner = Vec::new();
        value(doc, &mut inner);
        braced(inner)
    };
    parts.push((!arg.all.is_empty()).then(|| format!("all: {}", list(arg.all.iter().map(inner)))));
    parts.push(arg.not.as_deref().map(|not| format!("not: {}", inner(not))));
    parts.push(arg.dialect.map(|dialect| format!("sql.dialect: {}", dialect.as_str())));
}

fn section(out: &mut String, name: &str, fields: &[(&str, String)]) {
    put(out, &[name, ":\n"]);
    for (key, value) in fields {
        line(out, 2, key, value);
    }
}

fn put(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

fn line(out: &mut String, indent: usize, key: &str, value: &str) {
    put(out, &[" ".repeat(indent).as_str(), key, ": ", value, "\n"]);
}

fn braced(parts: impl IntoIterator<Item = Option<String>>) -> String {
    format!("{{ {} }}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn patterns(patterns: &[At<String>]) -> String {
    list(patterns.iter().map(|pattern| quoted(&pattern.value)))
}

fn bound<T: std::fmt::Display>(bound: Bound<T>) -> String {
    match bound {
        Bound::AtMost(label) => format!("{{ at_most: {label} }}"),
        Bound::AtLeast(label) => format!("{{ at_least: {label} }}"),
    }
}

fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Number(text) => text.clone(),
        Scalar::Text(text) => quoted(text),
    }
}

/// A value as [`spelled`]; `${` would be read as the beginning of a variable, in keys it is not.
fn quoted(text: &str) -> String {
    if text.contains("${") { spelled(&text.replace("${", "$${")) } else { spelled(text) }
}

/// A double-quoted YAML scalar on one line; whatever a reviewer could not see is escaped.
fn spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c == ' ' || c.is_ascii_graphic() || (c.is_alphanumeric() && !is_unseen(c)) => out.push(c),
            c => {
                let code = format!("\\U{:08X}", u32::from(c));
                out.push_str(&code);
            }
        }
    }
    out.push('"');
    out
}
