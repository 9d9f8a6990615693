//! One meaning, one digest.

use super::*;

const EVERYTHING: &str = r#"
bartizan: 1
name: "all the keys: \"quoted\""
preset: strict
combining: first-applicable
thresholds: { dlp_verbatim_lcs_min: 80, dlp_ngram_overlap_min: 0.5, provenance_verbatim_lcs_min: 40, provenance_ngram_overlap_min: 1 }
inbound: { on_attack: block, on_suspect: quarantine, on_hidden: block }
outbound: { secrets: redact, sensitive: report, untrusted_copy: block }
tools:
  - { match: "read_*", servers: files, capabilities: [reads-private] }
  - { match: [now, "time.*"], capabilities: [] }
rules:
  - id: all
    effect: require-approval
    tools: ["a_*", b]
    servers: [files]
    principals: "anna*"
    roles: [admin, ops]
    environments: [prod]
    modes: [server, client]
    capabilities: [exec, egress]
    described: true
    args:
      /path: { glob: ["/srv/**", "C:\\\\x\\\\*"] }
      "/to/*": { in: [null, true, 1.50, "1.50", "on"] }
      "/**": { integrity: untrusted, sensitivity: { at_least: internal }, origin: [model, source] }
      /n: { regex: "^\\d+$", present: true }
      /m: { present: false }
      "/a~1b": { equals: "\u202e\0" }
    session: { integrity: { at_most: internal }, sensitivity: sensitive, user_spoke: false }
    reason: |
      two
      lines
  - { id: rest, effect: allow, args: { /x: { integrity: { at_least: internal } } } }
"#;

#[test]
fn a_policy_printed_and_read_again_is_the_same_policy() {
    let policies = [
        policy(EVERYTHING),
        policy("bartizan: 1\nrules: []\n"),
        Policy::preset(Preset::Permissive),
        Policy::preset(Preset::Balanced),
        Policy::preset(Preset::Strict),
    ];
    for first in policies {
        let printed = first.to_yaml();
        let second = policy(&printed);
        assert_eq!(first.digest(), second.digest(), "{printed}");
        assert_eq!(printed, second.to_yaml());
        assert_eq!(first.settings().thresholds(), second.settings().thresholds());
        assert_eq!(first.settings().inbound(), second.settings().inbound());
        assert_eq!(first.settings().outbound(), second.settings().outbound());
        assert_eq!(first.name(), second.name());
    }
}

#[test]
fn the_presets_are_what_their_files_say() {
    for (preset, text) in [
        (Preset::Permissive, include_str!("../presets/permissive.yaml")),
        (Preset::Balanced, include_str!("../presets/balanced.yaml")),
        (Preset::Strict, include_str!("../presets/strict.yaml")),
    ] {
        assert_eq!(policy(text).digest(), Policy::preset(preset).digest(), "{preset}");
        assert_eq!(
            policy(&format!("bartizan: 1\npreset: {preset}\n")).digest(),
            Policy::preset(preset).digest()
        );
        assert_eq!(policy(text).to_yaml(), Policy::preset(preset).to_yaml());
    }
    assert_eq!(policy("bartizan: 1\n").digest(), Policy::preset(Preset::Balanced).digest());
}

#[test]
fn the_digest_is_of_the_meaning() {
    let a = "  - { id: a, effect: deny, tools: [x, y] }\n";
    let b = "  - { id: b, effect: allow }\n";
    let of = |text: &str| rules(text).digest();
    assert_eq!(of(&format!("{a}{b}")), of(&format!("{b}{a}")));
    assert_eq!(of(a), of("  - { effect: deny, tools: [y, x, y], id: a }"));
    assert_ne!(of(a), of("  - { id: a, effect: deny, tools: x }"));
    let first =
        |text: String| policy(&format!("bartizan: 1\ncombining: first-applicable\nrules:\n{text}")).digest();
    assert_ne!(first(format!("{a}{b}")), first(format!("{b}{a}")));
    assert_eq!(of(a), policy(&format!("bartizan: 1\nname: x\nrules:\n{a}")).digest());
}

#[test]
fn every_key_changes_something() {
    let whole = policy(EVERYTHING).digest();
    let mut dropped = 0;
    for line in EVERYTHING.lines() {
        let key = line.trim_start();
        // Lines of which nothing stands alone, or that mean nothing.
        if [
            "bartizan",
            "name",
            "rules",
            "- id: all",
            "effect: require",
            "args:",
            "modes",
            "reason",
            "two",
            "lines",
            "tools:",
            "preset",
        ]
        .iter()
        .any(|start| key.starts_with(start) && key != r#"tools: ["a_*", b]"#)
            || key.is_empty()
        {
            continue;
        }
        let without: Vec<&str> = EVERYTHING.lines().filter(|other| *other != line).collect();
        assert_ne!(policy(&without.join("\n")).digest(), whole, "{line}");
        dropped += 1;
    }
    assert!(dropped > 15, "{dropped}");
}
