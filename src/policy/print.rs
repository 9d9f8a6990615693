//! A policy as YAML again: the form in which it is shown, and of which its digest is taken.

use super::doc::{
    ArgDoc, At, Bound, InboundDoc, OutboundDoc, Patterns, PolicyDoc, RuleDoc, Scalar, ThresholdsDoc,
};
use super::values::is_unseen;
use super::{Combining, Settings};

/// `doc` with everything said that the preset left to be understood, and one order where order means nothing.
pub(super) fn normal(mut doc: PolicyDoc, settings: &Settings) -> PolicyDoc {
    let (thresholds, inbound, outbound) = (settings.thresholds, settings.inbound, settings.outbound);
    doc.thresholds = ThresholdsDoc {
        dlp_verbatim_lcs_min: Some(thresholds.dlp_verbatim_lcs_min),
        dlp_ngram_overlap_min: Some(thresholds.dlp_ngram_overlap_min),
        provenance_verbatim_lcs_min: Some(thresholds.provenance_verbatim_lcs_min),
        provenance_ngram_overlap_min: Some(thresholds.provenance_ngram_overlap_min),
    };
    doc.inbound = InboundDoc {
        on_attack: Some(inbound.on_attack),
        on_suspect: Some(inbound.on_suspect),
        on_hidden: Some(inbound.on_hidden),
    };
    doc.outbound = OutboundDoc {
        secrets: Some(outbound.secrets),
        sensitive: Some(outbound.sensitive),
        untrusted_copy: Some(outbound.untrusted_copy),
    };
    for tool in &mut doc.tools {
        sort(&mut tool.tools);
        sort(&mut tool.servers);
    }
    for rule in doc.rules.iter_mut().flatten() {
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
        for arg in rule.args.values_mut().map(|arg| &mut arg.value) {
            arg.one_of.extend(arg.equals.take());
            arg.one_of.sort();
            arg.one_of.dedup();
            arg.origin.sort();
            arg.origin.dedup();
            sort(&mut arg.glob);
            sort(&mut arg.regex);
        }
    }
    doc
}

fn sort(patterns: &mut Patterns) {
    patterns.sort_by(|a, b| a.value.cmp(&b.value));
    patterns.dedup_by(|a, b| a.value == b.value);
}

/// What of a normal `doc` decides: neither its name, nor an order that means nothing.
pub(super) fn meaning(doc: &PolicyDoc) -> String {
    let mut doc = doc.clone();
    doc.name = None;
    if doc.combining != Some(Combining::FirstApplicable)
        && let Some(rules) = &mut doc.rules
    {
        rules.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    }
    doc.tools.sort_by_cached_key(|tool| {
        let mut key = String::new();
        tool_entry(&mut key, tool);
        key
    });
    to_yaml(&doc)
}

/// A normal `doc` as YAML.
pub(super) fn to_yaml(doc: &PolicyDoc) -> String {
    let mut out = String::from("bartizan: 1\n");
    if let Some(name) = &doc.name {
        line(&mut out, 0, "name", &quoted(name));
    }
    line(&mut out, 0, "combining", doc.combining.unwrap_or_default().as_str());
    section(
        &mut out,
        "thresholds",
        &[
            ("dlp_verbatim_lcs_min", doc.thresholds.dlp_verbatim_lcs_min.map(|n| n.to_string())),
            ("dlp_ngram_overlap_min", doc.thresholds.dlp_ngram_overlap_min.map(|n| n.to_string())),
            (
                "provenance_verbatim_lcs_min",
                doc.thresholds.provenance_verbatim_lcs_min.map(|n| n.to_string()),
            ),
            (
                "provenance_ngram_overlap_min",
                doc.thresholds.provenance_ngram_overlap_min.map(|n| n.to_string()),
            ),
        ],
    );
    section(
        &mut out,
        "inbound",
        &[
            ("on_attack", doc.inbound.on_attack.map(|word| word.to_string())),
            ("on_suspect", doc.inbound.on_suspect.map(|word| word.to_string())),
            ("on_hidden", doc.inbound.on_hidden.map(|word| word.to_string())),
        ],
    );
    section(
        &mut out,
        "outbound",
        &[
            ("secrets", doc.outbound.secrets.map(|word| word.to_string())),
            ("sensitive", doc.outbound.sensitive.map(|word| word.to_string())),
            ("untrusted_copy", doc.outbound.untrusted_copy.map(|word| word.to_string())),
        ],
    );
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
    out
}

fn tool_entry(out: &mut String, tool: &super::doc::ToolDoc) {
    put(
        out,
        &[
            "  - match: ",
            &patterns(&tool.tools),
            "
",
        ],
    );
    if !tool.servers.is_empty() {
        line(out, 4, "servers", &patterns(&tool.servers));
    }
    line(out, 4, "capabilities", &list(tool.capabilities.iter().map(|word| word.as_str().to_owned())));
}

fn rule_entry(out: &mut String, rule: &RuleDoc) {
    put(
        out,
        &[
            "  - id: ",
            &quoted(&rule.id.value),
            "
",
        ],
    );
    line(out, 4, "effect", rule.effect.as_str());
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
        line(out, 4, "described", if described { "true" } else { "false" });
    }
    if !rule.args.is_empty() {
        out.push_str("    args:\n");
        for (pointer, arg) in &rule.args {
            put(
                out,
                &[
                    "      ",
                    &quoted(pointer),
                    ": ",
                    &argument(&arg.value),
                    "
",
                ],
            );
        }
    }
    let session = &rule.session;
    let parts = [
        session.integrity.as_ref().map(|at| format!("integrity: {}", bound(at.value))),
        session.sensitivity.as_ref().map(|at| format!("sensitivity: {}", bound(at.value))),
        session.user_spoke.map(|spoke| format!("user_spoke: {spoke}")),
    ];
    if parts.iter().any(Option::is_some) {
        line(out, 4, "session", &braced(parts));
    }
    if let Some(reason) = &rule.reason {
        line(out, 4, "reason", &quoted(reason));
    }
}

fn argument(arg: &ArgDoc) -> String {
    let some = |patterns_: &Patterns, key| {
        (!patterns_.is_empty()).then(|| format!("{key}: {}", patterns(patterns_)))
    };
    let equal = match arg.one_of.as_slice() {
        [] => None,
        [one] => Some(format!("equals: {}", scalar(one))),
        several => Some(format!("in: {}", list(several.iter().map(scalar)))),
    };
    let origins = list(arg.origin.iter().map(|origin| origin.as_str().to_owned()));
    braced([
        arg.present.map(|present| format!("present: {present}")),
        equal,
        some(&arg.glob, "glob"),
        some(&arg.regex, "regex"),
        arg.integrity.as_ref().map(|at| format!("integrity: {}", bound(at.value))),
        arg.sensitivity.as_ref().map(|at| format!("sensitivity: {}", bound(at.value))),
        (!arg.origin.is_empty()).then(|| format!("origin: {origins}")),
    ])
}

fn section(out: &mut String, name: &str, fields: &[(&str, Option<String>)]) {
    put(
        out,
        &[
            name, ":
",
        ],
    );
    for (key, value) in fields {
        if let Some(value) = value {
            line(out, 2, key, value);
        }
    }
}

fn put(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

fn line(out: &mut String, indent: usize, key: &str, value: &str) {
    put(
        out,
        &[
            " ".repeat(indent).as_str(),
            key,
            ": ",
            value,
            "
",
        ],
    );
}

fn braced<const N: usize>(parts: [Option<String>; N]) -> String {
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

/// A double-quoted YAML scalar on one line; whatever a reviewer could not see is escaped.
fn quoted(text: &str) -> String {
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
