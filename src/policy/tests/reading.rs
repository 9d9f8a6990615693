//! What is refused, and how it is told.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn every_problem_of_a_policy_is_told_at_once_with_its_place() {
    let text = r#"
bartizan: 1
preset: balancd
thresholds: { dlp_verbatim_lcs_min: 0, dlp_ngram_overlap_min: 40 }
inbound: { on_atack: mark, on_hidden: [strip] }
outbound: { secrets: blok, sensitive: redact }
tools:
  - match: "read_*"
rules:
  - id: read
    effect: alow
    tools: []
    tool: read_file
  - id: read
    effect: allow
    args:
      path: { glob: "/srv/[ab]/**", regx: "x" }
      "/to": { regex: "(", integrity: trusted }
      "/n": { equals: 0x10 }
    effect: deny
  -
  - effect: deny
    session: { user_spoke: yes }
    args: { "/a": {}, "/b": { present: false, equals: 1 }, "/c": { integrity: { at_least: hostile } } }
    reason:
"#;
    assert_snapshot!(refusal(text), @r#"
    the policy is refused: 26 problems
    3:9: `preset` has to be one of permissive, balanced, strict, not `balancd`; did you mean `balanced`?
      | preset: balancd
      |         ^^^^^^^
    4:37: the threshold has to be a number of characters from 1 to 1000000, not `0`
      | thresholds: { dlp_verbatim_lcs_min: 0, dlp_ngram_overlap_min: 40 }
      |                                     ^
    4:63: the threshold has to be a share above 0 and up to 1, not `40`
      | thresholds: { dlp_verbatim_lcs_min: 0, dlp_ngram_overlap_min: 40 }
      |                                                               ^^
    5:12: `inbound` has no key `on_atack`; did you mean `on_attack`?
      | inbound: { on_atack: mark, on_hidden: [strip] }
      |            ^^^^^^^^
    5:39: `on_hidden` has to be one of report, strip, block, not a list
      | inbound: { on_atack: mark, on_hidden: [strip] }
      |                                       ^
    6:22: `secrets` has to be one of report, redact, block, not `blok`; did you mean `block`?
      | outbound: { secrets: blok, sensitive: redact }
      |                      ^^^^
    6:39: `sensitive` has to be one of report, block, not `redact`
      | outbound: { secrets: blok, sensitive: redact }
      |                                       ^^^^^^
    8:5: the entry does not say what the tools can do; write `capabilities: […]`
      |   - match: "read_*"
      |     ^
    11:13: `effect` has to be one of allow, require-approval, deny, not `alow`; did you mean `allow`?
      |     effect: alow
      |             ^^^^
    12:12: `tools` is an empty list; leave it out or name something
      |     tools: []
      |            ^
    13:5: a rule has no key `tool`; did you mean `tools`?
      |     tool: read_file
      |     ^^^^
    14:9: another rule has the id `read`
      |   - id: read
      |         ^^^^
    17:7: `path` is no JSON pointer; it begins with `/`: `/path`
      |       path: { glob: "/srv/[ab]/**", regx: "x" }
      |       ^^^^
    17:21: `[` means nothing in a glob; write `\[` for the character itself, a list for a choice, or `regex` for a class
      |       path: { glob: "/srv/[ab]/**", regx: "x" }
      |                     ^^^^^^^^^^^^^^
    17:37: what is said of a value has no key `regx`; did you mean `regex`?
      |       path: { glob: "/srv/[ab]/**", regx: "x" }
      |                                     ^^^^
    18:23: not a regular expression: unclosed group
      |       "/to": { regex: "(", integrity: trusted }
      |                       ^^^
    18:39: `integrity` in a rule that allows has to say which side is meant: `{ at_least: trusted }` or `{ at_most: trusted }`
      |       "/to": { regex: "(", integrity: trusted }
      |                                       ^^^^^^^
    19:23: `equals` is `0x10`, which YAML parsers read differently; write it as in JSON, or in quotes
      |       "/n": { equals: 0x10 }
      |                       ^^^^
    20:5: the key `effect` is here a second time
      |     effect: deny
      |     ^^^^^^
    21:4: a rule has to be a map with the keys id, effect, tools, servers, principals, roles, environments, modes, capabilities, described, trust, authorized, args, session, during, when, shadow, approver, redact, set, after, quota, reason, not nothing
      |   -
      |    ^
    22:5: the rule has no name; write `id: name`
      |   - effect: deny
      |     ^
    23:28: `user_spoke` has to be `true` or `false`, not `yes`
      |     session: { user_spoke: yes }
      |                            ^^^
    24:19: nothing is said of the value; write `present: true` where any will do
      |     args: { "/a": {}, "/b": { present: false, equals: 1 }, "/c": { integrity: { at_least: hostil
      |                   ^
    24:23: `present: false` leaves no value of which something could be said
      |     args: { "/a": {}, "/b": { present: false, equals: 1 }, "/c": { integrity: { at_least: hostil
      |                       ^^^^
    24:79: this holds of every label; leave it out
      |     args: { "/a": {}, "/b": { present: false, equals: 1 }, "/c": { integrity: { at_least: hostil
      |                                                                               ^
    25:11: `reason` has to be a text, not nothing
      |     reason:
      |           ^
    "#);
}

#[test]
fn every_problem_of_the_settings_is_told_with_its_place() {
    let text = r#"
bartizan: 1
call: {}
calls: { authorization_ttl_s: 0, approval_ttl_s: 90s, binding_ttl: 120, bindings: al }
validation: { undeclared: deny, traversal: allow, max_depth: 1001, max_values: 1e3 }
extraction:
  overrides:
    - { source: web_contnet, trust: trusted, action: allow }
    - { source: wiki, action: allow }
    - { source: wiki, action: block }
    - { trust: trustd, acton: allow }
    - { source: Email, action: hold }
  require_id: [mcp-client, "a\tb"]
canaries: { inbound: quarantine, outbond: block }
limits:
  - { id: a, of: calls, per: [], burst: 0, period_s: 2678401 }
  - { id: b, of: call, tools: ["x y"], burst: 1, period_s: 1, on_exceed: deny }
  - { id: c, of: outbound, per: [tool], tools: x, burst: 1, period_s: 1 }
  - { id: c, of: calls, burst: 1000001, period_s: 1 }
  - { id: "d e", of: calls, burst: 1025, period_s: 1, window: slidng }
  - { id: f, of: calls, burst: 1025, period_s: 1, window: sliding }
  - { id: g }
contexts:
  - { source: web, inbound: { on_atack: mark } }
  - { source: web_content, thresholds: {} }
  - { source: web_content, inbound: { on_attack: mark } }
rules:
  - { id: a, effect: allow, trust: trusted, authorized: yes, session: { escalatd: true, canary_seen: 1 } }
  - { id: b, effect: deny, trust: { at_least: hostile } }
"#;
    let error = Policy::from_yaml(text).unwrap_err();
    let told: Vec<String> =
        error.problems().iter().map(|p| format!("{}:{}: {}", p.line, p.column, p.message)).collect();
    assert_snapshot!(told.join("\n"), @r#"
    3:1: a policy has no key `call`; did you mean `calls`?
    4:31: `authorization_ttl_s` has to be a number of seconds from 1 to 86400, not `0`
    4:50: `approval_ttl_s` has to be a number of seconds from 1 to 86400, not `90s`
    4:55: `calls` has no key `binding_ttl`; did you mean `binding_ttl_s`?
    4:83: `bindings` has to be one of optional, destructive, all, not `al`; did you mean `all`?
    5:27: `undeclared` has to be one of allow, report, block, not `deny`
    5:44: `traversal` has to be one of report, block, not `allow`
    5:62: `max_depth` has to be a number from 1 to 1000, not `1001`
    5:80: `max_values` has to be a number from 1 to 10000000, not `1e3`
    8:17: `source` is `web_contnet`; did you mean `web_content`?
    10:17: another entry speaks of `wiki` with the same trust
    11:7: `action` is missing; write something like `action: quarantine`
    11:7: `source` is missing; write something like `source: web_content`
    11:16: `trust` has to be one of hostile, untrusted, internal, trusted, not `trustd`; did you mean `trusted`?
    11:24: an entry of `overrides` has no key `acton`; did you mean `action`?
    12:17: `source` is `Email`; did you mean `email`?
    12:32: `action` has to be one of allow, quarantine, block, not `hold`
    13:16: a kind of source is `mcp-client`; did you mean `mcp_client`?
    13:28: a kind of source has up to 128 characters, and no control characters
    14:22: `inbound` has to be one of report, mark, block, not `quarantine`
    14:34: `canaries` has no key `outbond`; did you mean `outbound`?
    16:30: `per` is an empty list; leave it out or name something
    16:41: `burst` has to be a number from 1 to 1000000000, not `0`
    16:54: `period_s` has to be a number of seconds from 1 to 2678400, not `2678401`
    17:18: `of` has to be one of calls, outbound, bytes, entropy, not `call`; did you mean `calls`?
    17:32: no tool's name has U+0020 in it; they are of A-Z, a-z, 0-9 and `_ . - / :`
    17:74: `on_exceed` has to be one of report, block, not `deny`
    18:18: a text that goes out has no tool; leave `tools`, `servers` and `capabilities` out
    18:33: a text that goes out has no tool to be counted for
    19:11: another limit has the id `c`
    19:32: `burst` is up to 1000000 here, not 1000001
    20:11: an id has up to 128 letters, digits, and `_ . - / :`
    20:63: `window` has to be one of gcra, sliding, not `slidng`; did you mean `sliding`?
    21:32: a sliding window remembers each time, and `burst` is up to 1024 here, not 1025
    22:5: `burst` is missing; write something like `burst: 60`
    22:5: `of` is missing; write something like `of: calls`
    22:5: `period_s` is missing; write something like `period_s: 60`
    24:31: `inbound` has no key `on_atack`; did you mean `on_attack`?
    25:5: the entry says nothing of its source; write `inbound` or `thresholds`
    25:15: another entry speaks of `web_content`; write them as one
    26:15: another entry speaks of `web_content`; write them as one
    28:36: `trust` in a rule that allows has to say which side is meant: `{ at_least: trusted }` or `{ at_most: trusted }`
    28:57: `authorized` has to be `true` or `false`, not `yes`
    28:73: `session` has no key `escalatd`; did you mean `escalated`?
    28:102: `canary_seen` has to be `true` or `false`, not `1`
    29:35: this holds of every label; leave it out
    "#);
}

#[test]
fn syntax_is_told_with_its_place() {
    assert_snapshot!(refusal("bartizan: 1\nrules: [\n  {id: a\n"), @"
    the policy is refused: 1 problem
    3:3: this is not YAML: unclosed bracket '{'
      |   {id: a
      |   ^
    ");
    assert_snapshot!(refusal("bartizan: 1\nname: x\n---\nbartizan: 1\n"), @"
    the policy is refused: 1 problem
    3:1: a policy is one document; a second one begins here
      | ---
      | ^^^
    ");
    assert_snapshot!(refusal(""), @"
    the policy is refused: 1 problem
    1:1: the policy is empty; the least is `bartizan: 1`
    ");
    assert_snapshot!(refusal("- a"), @"
    the policy is refused: 1 problem
    1:1: a policy has to be a map with the keys bartizan, name, variables, include, preset, combining, thresholds, inbound, links, outbound, personal, secrets, sinks, calls, validation, extraction, canaries, limits, contexts, tools, rules, endorse, flows, not a list
      | - a
      | ^
    ");
}

#[test]
fn aliases_anchors_tags_merges_and_directives_are_refused() {
    for (text, expected) in [
        ("bartizan: 1\nname: &a x\n", "anchors"),
        ("bartizan: 1\nname: *a\n", "aliases"),
        ("bartizan: 1\nname: !!binary eA==\n", "tags"),
        ("bartizan: 1\n<<: { name: x }\n", "no key `<<`"),
        ("%YAML 1.1\n---\nbartizan: 1\n", "directive"),
        ("bartizan: 1\nbartizan: 1\n", "a second time"),
        ("bartizan: 1\n[a]: b\n", "a key has to be a word"),
        ("bartizan: 2\n", "this language is not known"),
        ("name: x\n", "write `bartizan: 1`"),
    ] {
        let refused = refusal(text);
        assert!(refused.contains(expected), "{text}: {refused}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is about how long it takes")]
fn hostile_texts_are_refused_quickly() {
    let bomb: Vec<String> =
        (1..40).map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1)).collect();
    let bomb = ["bartizan: 1\na0: &a0 [x, x]\n", &bomb.concat()].concat();
    let aliases = format!("bartizan: 1\nname: [{}]", "*a, ".repeat(500_000));
    let long = format!("bartizan: 1\nname: \"{}\"\n", "x".repeat((64 << 10) + 1));
    let deep = format!("bartizan: 1\nname: {}", "[".repeat(100_000));
    let deep_block: Vec<String> = (0..5_000).map(|depth| [&" ".repeat(depth), "a:\n"].concat()).collect();
    let deep_block = deep_block.concat();
    let wide = format!("bartizan: 1\nrules: [{}]", "{},".repeat(300_000));
    let started = Instant::now();
    for (what, text) in [
        ("bomb", bomb.as_str()),
        ("aliases", aliases.as_str()),
        ("long", long.as_str()),
        ("deep", deep.as_str()),
        ("deep block", deep_block.as_str()),
        ("wide", wide.as_str()),
        ("nul", "bartizan: 1\nname: a\0b\n"),
        ("escape", "bartizan: 1\nname: a\u{1b}[2Jb\n"),
        ("bidi", "bartizan: 1\nname: a\u{202e}b\n"),
        ("huge", &"# x\n".repeat(2 << 20)),
    ] {
        let error = Policy::from_yaml(text).unwrap_err();
        assert!(
            !error.problems().is_empty() && error.problems().len() <= PolicyError::MAX_PROBLEMS,
            "{what}"
        );
        assert!(!error.to_string().contains('\u{1b}'), "{what}");
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn words_that_old_yaml_takes_for_truth_values_stay_texts() {
    let on = rules(r#"  - { id: a, effect: allow, args: { "/mode": { in: [on, off, no, yes] } } }"#);
    assert_eq!(effect(&on, "t", r#"{"mode":"no"}"#), Effect::Allow);
    assert_eq!(effect(&on, "t", r#"{"mode":false}"#), Effect::Deny);
    for ambiguous in ["0x10", "1_000", "0o7", "010", ".5", "+1", ".inf", "True", "NULL", "~", "1:30"] {
        let text = format!(
            "bartizan: 1\nrules: [{{ id: a, effect: deny, args: {{ /n: {{ equals: {ambiguous} }} }} }}]"
        );
        assert!(refusal(&text).contains("read differently"), "{ambiguous}");
    }
    for plain in ["2024-05-01", "1.2.3", "a1", "1e3", "-0.5", "deadbeef", "\"True\""] {
        rules(&format!("  - {{ id: a, effect: deny, args: {{ /n: {{ equals: {plain} }} }} }}"));
    }
}
