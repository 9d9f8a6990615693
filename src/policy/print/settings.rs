//! The settings of a policy and its limits as YAML.

use std::sync::Arc;

use super::super::doc::LimitDoc;
use super::super::{
    ContextSettings, ExtractionSettings, InboundSettings, PersonalSettings, SecretTypeSettings, Settings,
    Thresholds,
};
use super::{braced, line, list, patterns, put, quoted, section};

/// Each setting by the keys that lead to it, and its value as it is printed; of an entry of a list, the entry's first
/// line stands between.
#[cfg(feature = "yaml")]
pub(in super::super) fn settings_by_key(settings: &Settings) -> Vec<(String, String)> {
    let mut text = String::new();
    settings_of(&mut text, settings);
    let mut keys: Vec<(String, String)> = Vec::new();
    let (mut group, mut entry) = (String::new(), String::new());
    for line in text.lines() {
        let inner = line.trim_start();
        let depth = line.len().saturating_sub(inner.len());
        let (key, value) = inner.split_once(':').unwrap_or((inner, ""));
        match (depth, inner.strip_prefix("- ")) {
            (0, _) => {
                key.clone_into(&mut group);
                entry.clear();
            }
            (2, Some(first)) => first.clone_into(&mut entry),
            (2, None) => keys.push((format!("{group}.{key}"), value.trim().to_owned())),
            // What is indented further belongs to the key above it.
            _ if entry.is_empty() => {
                if let Some((_, value)) = keys.last_mut() {
                    value.push_str(inner);
                }
            }
            _ => keys.push((format!("{group}.{entry}.{key}"), value.trim().to_owned())),
        }
    }
    keys
}

pub(super) fn settings_of(out: &mut String, settings: &Settings) {
    section(out, "thresholds", &thresholds(&settings.thresholds, None));
    section(out, "inbound", &inbound(settings.inbound, None));
    let words = |words: &[Arc<str>]| list(words.iter().map(|word| quoted(word)));
    section(
        out,
        "links",
        &[
            ("hosts", words(&settings.links.hosts)),
            ("image_hosts", words(&settings.links.image_hosts)),
            ("schemes", words(&settings.links.schemes)),
            ("on_outside", settings.links.on_outside.to_string()),
        ],
    );
    let (outbound, calls, validation) = (&settings.outbound, &settings.calls, &settings.validation);
    section(
        out,
        "outbound",
        &[
            ("secrets", outbound.secrets.to_string()),
            ("sensitive", outbound.sensitive.to_string()),
            ("untrusted_copy", outbound.untrusted_copy.to_string()),
        ],
    );
    let of_types = |personal: &PersonalSettings| {
        let types = personal.types.iter().map(|(name, action)| format!("{name}: {action}"));
        format!("{{ {} }}", types.collect::<Vec<_>>().join(", ")).replace("{  }", "{}")
    };
    let personal_of = |personal: &PersonalSettings| {
        [
            ("identity", personal.identity.to_string()),
            ("payment", personal.payment.to_string()),
            ("account", personal.account.to_string()),
            ("contact", personal.contact.to_string()),
            ("types", of_types(personal)),
        ]
    };
    section(out, "personal", &personal_of(&settings.personal));
    out.push_str(if settings.sinks.is_empty() { "sinks: []\n" } else { "sinks:\n" });
    for sink in &settings.sinks {
        put(out, &["  - kind: ", &quoted(&sink.kind), "\n"]);
        line(out, 4, "secrets", sink.outbound.secrets.as_str());
        line(out, 4, "sensitive", sink.outbound.sensitive.as_str());
        line(out, 4, "untrusted_copy", sink.outbound.untrusted_copy.as_str());
        let fields = personal_of(&sink.personal).map(|(key, value)| format!("{key}: {value}"));
        line(out, 4, "personal", &format!("{{ {} }}", fields.join(", ")));
        if let Some(hosts) = &sink.hosts {
            line(out, 4, "hosts", &list(hosts.iter().map(|host| quoted(&host.to_string()))));
            line(out, 4, "links", sink.links.as_str());
        }
    }
    secret_types(out, &settings.secrets);
    section(
        out,
        "calls",
        &[
            ("authorization_ttl_s", calls.authorization_ttl.as_secs().to_string()),
            ("approval_ttl_s", calls.approval_ttl.as_secs().to_string()),
            ("binding_ttl_s", calls.binding_ttl.as_secs().to_string()),
            ("bindings", calls.bindings.to_string()),
        ],
    );
    section(
        out,
        "validation",
        &[
            ("undeclared", validation.undeclared.to_string()),
            ("traversal", validation.traversal.to_string()),
            ("max_string", validation.max_string.to_string()),
            ("max_depth", validation.max_depth.to_string()),
            ("max_values", validation.max_values.to_string()),
        ],
    );
    extraction(out, &settings.extraction);
    section(
        out,
        "canaries",
        &[
            ("inbound", settings.canaries.inbound.to_string()),
            ("outbound", settings.canaries.outbound.to_string()),
        ],
    );
    let mut head = "contexts:\n";
    for context in &settings.contexts {
        context_entry(out, &mut head, context, settings);
    }
}

/// Types of secrets of the host's own; nothing where there are none.
fn secret_types(out: &mut String, types: &[SecretTypeSettings]) {
    if !types.is_empty() {
        out.push_str("secrets:\n");
    }
    for kind in types {
        let texts = |texts: &[Arc<str>]| list(texts.iter().map(|text| quoted(text)));
        put(out, &["  - name: ", &quoted(&kind.name), "\n"]);
        line(out, 4, "prefix", &texts(&kind.prefixes));
        // A `-` between two signs would mean a range.
        let has = |byte: &u8| *byte < 128 && kind.alphabet & 1_u128.wrapping_shl(u32::from(*byte)) != 0;
        let signs = (b'!'..=b'~').filter(|byte| *byte != b'-').chain([b'-']).filter(has).map(char::from);
        line(out, 4, "alphabet", &quoted(&signs.collect::<String>()));
        line(out, 4, "length", &format!("{{ min: {}, max: {} }}", kind.length.0, kind.length.1));
        line(out, 4, "checksum", kind.checksum.as_str());
        line(out, 4, "context", &texts(&kind.context));
    }
}

/// What of `settings` differs from `from`; all of it without.
fn thresholds(settings: &Thresholds, from: Option<&Thresholds>) -> Vec<(&'static str, String)> {
    macro_rules! fields {
        ($($field:ident),+ $(,)?) => {
            [$((
                stringify!($field),
                settings.$field.to_string(),
                from.is_some_and(|from| from.$field.to_string() == settings.$field.to_string()),
            )),+]
        };
    }
    let fields = fields!(
        dlp_verbatim_lcs_min,
        dlp_ngram_overlap_min,
        provenance_verbatim_lcs_min,
        provenance_ngram_overlap_min,
    );
    fields.into_iter().filter(|(_, _, same)| !same).map(|(key, value, _)| (key, value)).collect()
}

/// The same.
fn inbound(settings: InboundSettings, from: Option<InboundSettings>) -> Vec<(&'static str, String)> {
    let share = |thousandths: u16| (f64::from(thousandths) / 1000.0).to_string();
    let fields = |settings: InboundSettings| {
        [
            ("on_attack", settings.on_attack.as_str().to_owned()),
            ("on_suspect", settings.on_suspect.as_str().to_owned()),
            ("on_hidden", settings.on_hidden.as_str().to_owned()),
            ("on_unknown", settings.on_unknown.as_str().to_owned()),
            ("spotlight", settings.spotlight.as_str().to_owned()),
            ("attack_min", share(settings.attack_min)),
            ("suspect_min", share(settings.suspect_min)),
            ("judge_min", share(settings.judge_min)),
            ("session_weight", share(settings.session_weight)),
        ]
    };
    let from = from.map(fields);
    let is_same = |field: &(&str, String)| from.as_ref().is_some_and(|from| from.contains(field));
    fields(settings).into_iter().filter(|field| !is_same(field)).collect()
}

fn extraction(out: &mut String, settings: &ExtractionSettings) {
    out.push_str("extraction:\n");
    if settings.overrides.is_empty() {
        line(out, 2, "overrides", "[]");
    } else {
        out.push_str("  overrides:\n");
    }
    for entry in &*settings.overrides {
        let parts = [
            Some(format!("source: {}", quoted(entry.source.as_str()))),
            entry.trust.map(|trust| format!("trust: {trust}")),
            Some(format!("action: {}", entry.action)),
        ];
        put(out, &["    - ", &braced(parts), "\n"]);
    }
    let kinds = settings.require_id.iter().map(|kind| quoted(kind.as_str()));
    line(out, 2, "require_id", &list(kinds));
}

fn context_entry(out: &mut String, head: &mut &str, context: &ContextSettings, settings: &Settings) {
    let groups = [
        ("inbound", inbound(context.inbound, Some(settings.inbound))),
        ("thresholds", thresholds(&context.thresholds, Some(&settings.thresholds))),
    ];
    // What says the same as the policy says of everything says nothing.
    if groups.iter().all(|(_, fields)| fields.is_empty()) {
        return;
    }
    put(out, &[std::mem::take(head), "  - source: ", &quoted(context.source.as_str()), "\n"]);
    for (name, fields) in groups {
        if !fields.is_empty() {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            line(out, 4, name, &format!("{{ {} }}", fields.join(", ")));
        }
    }
}

pub(super) fn limit_entry(out: &mut String, limit: &LimitDoc) {
    put(out, &["  - id: ", &quoted(&limit.id.value), "\n"]);
    line(out, 4, "of", limit.of.value.as_str());
    line(out, 4, "per", &list(limit.per.value.iter().map(|per| per.as_str().to_owned())));
    for (key, names) in [("tools", &limit.tools), ("servers", &limit.servers), ("sinks", &limit.sinks)] {
        if !names.is_empty() {
            line(out, 4, key, &patterns(names));
        }
    }
    if let Some(capabilities) = limit.capabilities {
        line(out, 4, "capabilities", &list(capabilities.iter().map(|word| word.as_str().to_owned())));
    }
    line(out, 4, "burst", &limit.burst.value.to_string());
    line(out, 4, "period_s", &limit.period.as_secs().to_string());
    line(out, 4, "window", limit.window.as_str());
    line(out, 4, "on_exceed", limit.on_exceed.as_str());
}
