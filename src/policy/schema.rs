//! The language as a JSON Schema, for editors: they complete keys and words, and flag typos.

use serde_json::{Map, Value, json};

use super::doc::{LeafKind, ValueType, Window};
use super::facet::Facet;
use super::flow::Joined;
use super::flows;
use super::{
    Bindings, CanaryAction, Capability, Channel, Combining, Day, Effect, ExtractionAction, HiddenAction,
    InboundAction, Metered, Origin, PERSONAL_TYPES, Per, PersonalAction, Preset, ReportOrBlock, SecretAction,
    SecretChecksum, Spotlight, TargetAction, UndeclaredAction,
};
use crate::values::{ArgRole, SqlDialect};

fn personal() -> Value {
    let action = || words(PersonalAction::ALL.iter().map(|word| word.as_str()));
    let types: Map<String, Value> =
        PERSONAL_TYPES.iter().map(|name| ((*name).to_owned(), action())).collect();
    object(
        json!({
            "identity": action(), "payment": action(), "account": action(), "contact": action(),
            "types": object(Value::Object(types), &[]),
        }),
        &[],
    )
}

fn outbound() -> Value {
    json!({
        "secrets": words(SecretAction::ALL.iter().map(|word| word.as_str())),
        "sensitive": words(ReportOrBlock::ALL.iter().map(|word| word.as_str())),
        "untrusted_copy": words(ReportOrBlock::ALL.iter().map(|word| word.as_str())),
    })
}

fn sink() -> Value {
    let mut keys = outbound();
    if let Value::Object(keys) = &mut keys {
        keys.insert("kind".to_owned(), json!({ "type": "string" }));
        keys.insert("personal".to_owned(), json!({ "$ref": "#/$defs/personal" }));
        keys.insert("hosts".to_owned(), patterns());
        keys.insert("links".to_owned(), words(SecretAction::ALL.iter().map(|word| word.as_str())));
    }
    keys
}

pub(super) fn schema() -> String {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bartizan policy",
        "type": "object",
        "required": ["bartizan"],
        "additionalProperties": false,
        "properties": {
            "bartizan": { "const": 1 },
            "name": { "type": "string" },
            "variables": { "type": "object", "additionalProperties": one_or_more(&json!({ "type": ["string", "number", "boolean"] })) },
            "include": patterns(),
            "preset": words(Preset::ALL.iter().map(|word| word.as_str())),
            "combining": words(Combining::ALL.iter().map(|word| word.as_str())),
            "thresholds": { "$ref": "#/$defs/thresholds" },
            "inbound": { "$ref": "#/$defs/inbound" },
            "links": object(json!({
                "hosts": texts(), "image_hosts": texts(), "schemes": texts(),
                "on_outside": words(TargetAction::ALL.iter().map(|word| word.as_str())),
            }), &[]),
            "outbound": object(outbound(), &[]),
            "personal": { "$ref": "#/$defs/personal" },
            "sinks": { "type": "array", "items": object(sink(), &["kind"]) },
            "secrets": { "type": "array", "items": object(json!({
                "name": { "type": "string" }, "prefix": patterns(), "alphabet": { "type": "string" },
                "length": { "oneOf": [whole(1), object(json!({ "min": whole(1), "max": whole(1) }), &[])] },
                "checksum": words(SecretChecksum::ALL.iter().map(|word| word.as_str())),
                "context": patterns(),
            }), &["name", "alphabet", "length"]) },
            "calls": object(json!({
                "authorization_ttl_s": seconds(), "approval_ttl_s": seconds(), "binding_ttl_s": seconds(),
                "bindings": words(Bindings::ALL.iter().map(|word| word.as_str())),
            }), &[]),
            "validation": object(json!({
                "undeclared": words(UndeclaredAction::ALL.iter().map(|word| word.as_str())),
                "traversal": words(ReportOrBlock::ALL.iter().map(|word| word.as_str())),
                "max_string": whole(1), "max_depth": whole(1), "max_values": whole(1),
            }), &[]),
            "extraction": object(json!({
                "overrides": { "type": "array", "items": object(json!({
                    "source": { "type": "string" }, "trust": integrity(),
                    "action": words(ExtractionAction::ALL.iter().map(|word| word.as_str())),
                }), &["source", "action"]) },
                "require_id": { "type": "array", "items": { "type": "string" } },
            }), &[]),
            "canaries": object(json!({
                "inbound": words(CanaryAction::ALL.iter().map(|word| word.as_str())),
                "outbound": words(ReportOrBlock::ALL.iter().map(|word| word.as_str())),
            }), &[]),
            "limits": { "type": "array", "items": { "$ref": "#/$defs/limit" } },
            "contexts": { "type": "array", "items": object(json!({
                "source": { "type": "string" }, "inbound": { "$ref": "#/$defs/inbound" },
                "thresholds": { "$ref": "#/$defs/thresholds" },
            }), &["source"]) },
            "tools": { "type": "array", "items": object(json!({
                "match": patterns(), "servers": patterns(), "capabilities": capabilities(),
                "readers": { "anyOf": [{ "const": "everyone" }, one_or_more(&json!({ "type": "string", "pattern": "^/" }))] },
            }), &["match", "capabilities"]) },
            "flows": one_or_more(&words(flows::NAMES.iter().copied().chain(["all"]))),
            "rules": { "type": "array", "items": { "$ref": "#/$defs/rule" } },
            "endorse": { "type": "array", "items": endorsement() },
        },
        "$defs": {
            "thresholds": object(json!({
                "dlp_verbatim_lcs_min": whole(1), "dlp_ngram_overlap_min": share(),
                "provenance_verbatim_lcs_min": whole(1), "provenance_ngram_overlap_min": share(),
            }), &[]),
            "inbound": object(json!({
                "on_attack": words(InboundAction::ALL.iter().map(|word| word.as_str())),
                "on_suspect": words(InboundAction::ALL.iter().map(|word| word.as_str())),
                "on_hidden": words(HiddenAction::ALL.iter().map(|word| word.as_str())),
                "attack_min": share(), "suspect_min": share(), "judge_min": json!({ "type": "number", "minimum": 0, "maximum": 1 }),
                "session_weight": json!({ "type": "number", "minimum": 0, "maximum": 1 }),
                "on_unknown": words(InboundAction::ALL.iter().map(|word| word.as_str())),
                "spotlight": words(Spotlight::ALL.iter().map(|word| word.as_str())),
            }), &[]),
            "personal": personal(),
            "limit": object(json!({
                "id": id(), "of": words(Metered::ALL.iter().map(|word| word.as_str())),
                "per": one_or_more(&words(Per::ALL.iter().map(|word| word.as_str()))),
                "tools": patterns(), "servers": patterns(), "sinks": patterns(), "capabilities": capabilities(), "burst": whole(1),
                "period_s": whole(1), "window": words(Window::ALL.iter().map(|word| word.as_str())),
                "on_exceed": words(ReportOrBlock::ALL.iter().map(|word| word.as_str())),
            }), &["id", "of", "burst", "period_s"]),
            "rule": rule(),
            "step": step(),
            "session": session(),
            "during": object(json!({
                "days": one_or_more(&words(Day::ALL.iter().map(|word| word.as_str()))),
                "from": time(), "to": time(), "zone": { "type": "string" },
                "after": moment(), "until": moment(),
            }), &[]),
            "arg": object(arg(true), &[]),
            "value": object(arg(false), &[]),
        },
    });
    let mut text = format!("{schema:#}");
    text.push('\n');
    text
}

fn rule() -> Value {
    object(
        json!({
            "id": id(),
            "effect": words(Effect::ALL.iter().map(|word| word.as_str()).chain(["redact", "transform"])),
            "tools": patterns(), "servers": patterns(), "principals": patterns(), "roles": patterns(),
            "environments": patterns(), "modes": one_or_more(&words(["client", "server"].into_iter())),
            "capabilities": capabilities(), "described": { "type": "boolean" }, "trust": bound(integrity()),
            "authorized": { "type": "boolean" },
            "args": { "type": "object", "minProperties": 1, "additionalProperties": { "$ref": "#/$defs/arg" } },
            "session": { "$ref": "#/$defs/session" },
            "during": { "$ref": "#/$defs/during" }, "when": { "type": "string", "minLength": 1 },
            "shadow": { "type": "boolean" },
            "approver": words(Channel::ALL.iter().map(|word| word.as_str())),
            "redact": patterns(),
            "after": after(),
            "quota": object(json!({
                "of": words(Metered::ALL.iter().filter(|of| **of != Metered::Outbound).map(|word| word.as_str())),
                "sum": { "type": "string", "pattern": "^/" },
                "per": one_or_more(&words(Per::ALL.iter().filter(|per| **per != Per::Sink).map(|word| word.as_str()))),
                "burst": whole(1), "period_s": whole(1), "window": words(Window::ALL.iter().map(|word| word.as_str())),
            }), &["burst", "period_s"]),
            "set": { "type": "object", "minProperties": 1, "additionalProperties": object(json!({
                "value": { "type": ["string", "number", "boolean", "null"] },
                "min": { "type": "number" }, "max": { "type": "number" },
            }), &[]) },
            "reason": { "type": "string" },
        }),
        &["id", "effect"],
    )
}

fn endorsement() -> Value {
    object(
        json!({
            "id": id(), "tools": patterns(), "servers": patterns(), "principals": patterns(), "roles": patterns(),
            "environments": patterns(), "modes": one_or_more(&words(["client", "server"].into_iter())),
            "capabilities": capabilities(), "trust": bound(integrity()), "authorized": { "type": "boolean" },
            "args": { "type": "object", "minProperties": 1, "additionalProperties": { "$ref": "#/$defs/arg" } },
            "session": { "$ref": "#/$defs/session" },
            "during": { "$ref": "#/$defs/during" }, "when": { "type": "string", "minLength": 1 },
            "as": object(json!({ "integrity": integrity(), "sensitivity": sensitivity() }), &[]),
            "reason": { "type": "string" },
        }),
        &["id", "args", "during", "as", "reason"],
    )
}

fn time() -> Value {
    json!({ "type": "string", "pattern": "^([01][0-9]|2[0-4]):[0-5][0-9]$" })
}

fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn after() -> Value {
    object(
        json!({
            "steps": { "type": "array", "minItems": 1, "maxItems": 8, "items": { "$ref": "#/$defs/step" } },
            "within": whole(1), "times": { "type": "integer", "minimum": 1, "maximum": 100 },
            "flows": words(Joined::ALL.iter().map(|word| word.as_str())),
        }),
        &["steps"],
    )
}

fn step() -> Value {
    object(
        json!({
            "tools": patterns(), "servers": patterns(), "capabilities": capabilities(),
            "args": { "type": "object", "minProperties": 1, "additionalProperties": { "$ref": "#/$defs/arg" } },
            "session": { "$ref": "#/$defs/session" },
        }),
        &[],
    )
}

fn session() -> Value {
    object(
        json!({
            "integrity": bound(integrity()), "sensitivity": bound(sensitivity()),
            "user_spoke": { "type": "boolean" }, "canary_seen": { "type": "boolean" },
            "escalated": { "type": "boolean" },
        }),
        &[],
    )
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string", "minLength": 1 } })
}

fn arg(whole_arg: bool) -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean", "null"] });
    let bounds = |of: Value| object(json!({ "min": of, "max": of }), &[]);
    let mut keys = Map::new();
    let mut put = |key: &str, value: Value| drop(keys.insert(key.to_owned(), value));
    put("equals", scalar.clone());
    put("in", json!({ "type": "array", "items": scalar, "minItems": 1 }));
    put("glob", patterns());
    put("regex", patterns());
    put("type", one_or_more(&words(ValueType::ALL.iter().map(|word| word.as_str()))));
    put("range", bounds(json!({ "type": "number" })));
    put("size", bounds(whole(0)));
    put("sql.dialect", words(SqlDialect::ALL.iter().map(|word| word.as_str())));
    put("all", json!({ "type": "array", "items": { "$ref": "#/$defs/value" }, "minItems": 1 }));
    put("not", json!({ "$ref": "#/$defs/value" }));
    for facet in Facet::ALL {
        put(
            facet.key(),
            facet.words().map_or_else(patterns, |known| one_or_more(&words(known.iter().copied()))),
        );
    }
    if whole_arg {
        put("present", json!({ "type": "boolean" }));
        put("only", words(LeafKind::ALL.iter().map(|word| word.as_str())));
        put("integrity", bound(integrity()));
        put("sensitivity", bound(sensitivity()));
        put("origin", one_or_more(&words(Origin::ALL.iter().map(|word| word.as_str()))));
        put("source.kind", patterns());
        put("source.tool", patterns());
        put("source.host", patterns());
        let places = one_or_more(&json!({ "type": "string" }));
        put("readers", object(json!({ "include": places, "lack": places }), &[]));
        put("role", one_or_more(&words(ArgRole::ALL.iter().map(|word| word.as_str()))));
    }
    Value::Object(keys)
}

#[expect(clippy::needless_pass_by_value, reason = "reads like the schema")]
fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn words(words: impl Iterator<Item = &'static str>) -> Value {
    json!({ "enum": words.collect::<Vec<_>>() })
}

fn one_or_more(one: &Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
}

fn patterns() -> Value {
    one_or_more(&json!({ "type": "string", "minLength": 1 }))
}

fn capabilities() -> Value {
    let word = words(Capability::ALL.iter().map(|word| word.as_str()));
    json!({ "anyOf": [word, { "type": "array", "items": word }] })
}

#[expect(clippy::needless_pass_by_value, reason = "reads like the schema")]
fn bound(label: Value) -> Value {
    json!({ "anyOf": [label, object(json!({ "at_most": label, "at_least": label }), &[])] })
}

fn integrity() -> Value {
    words(["hostile", "untrusted", "internal", "trusted"].into_iter())
}

fn sensitivity() -> Value {
    words(["public", "internal", "sensitive"].into_iter())
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9_./:-]{1,128}$" })
}

fn whole(least: u64) -> Value {
    json!({ "type": "integer", "minimum": least })
}

fn seconds() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 86_400 })
}

fn share() -> Value {
    json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 })
}
