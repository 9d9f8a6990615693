//! One meaning, one digest.

use super::*;

pub(super) const EVERYTHING: &str = r#"
bartizan: 1
name: "all the keys: \"quoted\""
preset: strict
combining: first-applicable
thresholds: { dlp_verbatim_lcs_min: 80, dlp_ngram_overlap_min: 0.5, provenance_verbatim_lcs_min: 40, provenance_ngram_overlap_min: 1 }
inbound: { on_attack: block, on_suspect: quarantine, on_hidden: block, on_unknown: mark, spotlight: datamark }
links: { hosts: [bakery.example, "*.Mill.example"], image_hosts: [], schemes: [https, cid], on_outside: remove }
outbound: { secrets: redact, sensitive: report, untrusted_copy: block }
personal: { identity: redact, payment: warn, account: off, contact: block, types: { email: redact, iban: block } }
sinks:
  - { kind: reply, secrets: report, personal: { types: { phone: off } } }
  - { kind: "our \"own\"", sensitive: block, untrusted_copy: report }
calls: { authorization_ttl_s: 60, approval_ttl_s: 61, binding_ttl_s: 62, bindings: all }
validation: { undeclared: allow, traversal: report, max_string: 63, max_depth: 65, max_values: 66 }
extraction:
  overrides:
    - { source: web_content, trust: trusted, action: allow }
    - { source: web, action: quarantine }
    - { source: "our \"own\" kind", action: allow }
  require_id: [tool_output, mcp_client, tool]
canaries: { inbound: report, outbound: report }
limits:
  - { id: mail, of: calls, per: [tool, session], tools: ["send_*", mail], servers: [post], burst: 5, period_s: 3600 }
  - { id: bytes, of: bytes, per: principal, capabilities: [egress], burst: 5000000, period_s: 86400, on_exceed: report }
  - { id: quick, of: outbound, burst: 7, period_s: 9, window: sliding }
contexts:
  - { source: email_content, inbound: { on_attack: quarantine }, thresholds: { provenance_verbatim_lcs_min: 41 } }
  - { source: our wiki, thresholds: { dlp_ngram_overlap_min: 0.125 } }
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
    trust: { at_least: internal }
    authorized: false
    args:
      /path: { glob: ["/srv/**", "C:\\\\x\\\\*"] }
      "/to/*": { in: [null, true, 1.50, "1.50", "on"] }
      "/**": { integrity: untrusted, sensitivity: { at_least: internal }, origin: [model, source] }
      /n: { regex: "^\\d+$", present: true }
      /m: { present: false }
      "/**/x": { only: path, all: [{ glob: "/a/**" }, { size: { max: 9 } }] }
      /r: { range: { min: -1.5, max: 10 }, type: [integer, number] }
      /s: { size: { min: 1, max: 100 }, not: { in: [a, b], url.domain: x.example } }
      /d: { path.canonical: "/a/*", path.within: [/b, /a] }
      /u: { url.scheme: https, url.host: "a.*", url.port: "443", url.path: "/x/**", url.network: public, url.ip: 10.0.0.0/8 }
      /c: { command.program: [ls, cat], command.line: "ls **", command.writes: /tmp, command.paths: /srv, command.hosts: a.example, command.uses: [pipe] }
      /q: { sql.kind: select, sql.tables: "public.*", sql.functions: count, sql.reaches: [file], sql.dialect: mysql }
      "/a~1b": { equals: "\u202e\0" }
    session: { integrity: { at_most: internal }, sensitivity: sensitive, user_spoke: false, canary_seen: true, escalated: false }
    during: { days: [fri, mon], from: "09:00", to: "17:30", zone: Europe/Berlin, after: "2026-01-01T00:00:00Z", until: "2027-01-01T00:00:00Z" }
    when: 'args.n > 3 && tool.startsWith("a_")'
    approver: out-of-band
    reason: |
      two
      lines
  - { id: watch, effect: deny, shadow: true, tools: c }
  - { id: hide, effect: redact, redact: ["/b", "/a/**"] }
  - { id: fix, effect: transform, set: { /x: { value: "1" }, /y: { value: null }, /z: { min: 1, max: 2.50 } } }
  - { id: rest, effect: allow, args: { /x: { integrity: { at_least: internal } } } }
  - { id: some, effect: allow, tools: c, quota: { of: bytes, per: [tool, session], burst: 5, period_s: 60, window: sliding } }
  - { id: sums, effect: require-approval, tools: c, quota: { sum: /amount, burst: 100, period_s: 86400 } }
endorse:
  - { id: known, tools: send, args: { /to: { url.domain: example.org } }, during: { until: "2027-01-01T00:00:00Z" }, as: { integrity: internal, sensitivity: public }, reason: "the directory" }
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
        assert_eq!(first.settings(), second.settings());
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
            "extraction:",
            "overrides:",
            "limits:",
            "sinks:",
            "contexts:",
            "endorse:",
            "- { id: known",
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

#[test]
fn every_setting_changes_the_digest() {
    let whole = policy(EVERYTHING).digest();
    for (from, to) in [
        ("authorization_ttl_s: 60", "authorization_ttl_s: 59"),
        ("approval_ttl_s: 61", "approval_ttl_s: 60"),
        ("binding_ttl_s: 62", "binding_ttl_s: 61"),
        ("bindings: all", "bindings: destructive"),
        ("undeclared: allow", "undeclared: report"),
        ("traversal: report", "traversal: block"),
        ("max_string: 63", "max_string: 64"),
        ("max_depth: 65", "max_depth: 64"),
        ("max_values: 66", "max_values: 67"),
        ("trust: trusted, action: allow", "trust: internal, action: allow"),
        ("trust: trusted, action: allow", "trust: trusted, action: quarantine"),
        ("source: web, action", "source: rag, action"),
        ("require_id: [tool_output, mcp_client, tool]", "require_id: [tool_output]"),
        ("canaries: { inbound: report", "canaries: { inbound: mark"),
        ("outbound: report }", "outbound: block }"),
        ("identity: redact", "identity: block"),
        ("types: { email: redact,", "types: { email: warn,"),
        ("phone: off", "phone: warn"),
        ("id: mail,", "id: post,"),
        ("of: bytes", "of: calls"),
        ("per: [tool, session]", "per: [tool]"),
        ("[\"send_*\", mail]", "[mail]"),
        ("servers: [post], ", ""),
        ("capabilities: [egress], ", ""),
        ("burst: 5,", "burst: 6,"),
        ("period_s: 3600", "period_s: 3601"),
        (", window: sliding", ""),
        (", on_exceed: report", ""),
        ("on_attack: quarantine }", "on_attack: mark }"),
        ("provenance_verbatim_lcs_min: 41", "provenance_verbatim_lcs_min: 42"),
        ("source: our wiki", "source: our own wiki"),
        ("trust: { at_least: internal }", "trust: { at_most: internal }"),
        ("    authorized: false\n", "    authorized: true\n"),
        ("canary_seen: true, ", ""),
        ("escalated: false", "escalated: true"),
    ] {
        let other = EVERYTHING.replacen(from, to, 1);
        // A limit that counts single things has a lower burst.
        let other = if from == "of: bytes" { other.replace("5000000", "50000") } else { other };
        assert_ne!(other, EVERYTHING, "{from}");
        assert_ne!(policy(&other).digest(), whole, "{from}");
    }
}

#[test]
fn an_order_and_a_repetition_that_mean_nothing_are_not_in_the_digest() {
    let of = |text: &str| policy(&format!("bartizan: 1\n{text}")).digest();
    let (a, b) =
        ("{ id: a, of: calls, burst: 1, period_s: 1 }", "{ id: b, of: bytes, burst: 1, period_s: 1 }");
    assert_eq!(of(&format!("limits: [{a}, {b}]")), of(&format!("limits: [{b}, {a}]")));
    let tools = |tools, per| {
        of(&format!("limits: [{{ id: a, of: calls, tools: {tools}, per: {per}, burst: 1, period_s: 1 }}]"))
    };
    assert_eq!(tools("[x, y]", "[tool, session]"), tools("[y, x, y]", "[session, tool, tool]"));
    let (web, mail) = ("{ source: web, action: allow }", "{ source: email, action: allow }");
    assert_eq!(
        of(&format!("extraction: {{ overrides: [{web}, {mail}], require_id: [tool, web] }}")),
        of(&format!("extraction: {{ overrides: [{mail}, {web}], require_id: [web_content, tool, web] }}")),
    );
    assert_eq!(
        of(
            "contexts: [{ source: web, inbound: { on_attack: block } }, { source: rag, inbound: { on_hidden: block } }]"
        ),
        of(
            "contexts: [{ source: rag, inbound: { on_hidden: block } }, { source: web, inbound: { on_attack: block } }]"
        ),
    );
    // What a context says that holds of everything already says nothing.
    assert_eq!(of("contexts: [{ source: web, inbound: { on_attack: mark } }]"), of(""));
    assert_ne!(of("limits: []"), of(""));
}
