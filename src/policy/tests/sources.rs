//! Rules that ask which texts a value was copied from, and who may read those.

use super::*;

/// Runs a suite, and says what went wrong.
fn suite(policy_text: &str, tests: &str) {
    let result = Suite::from_yaml(&format!("tests:\n{tests}")).unwrap().run(&policy(policy_text));
    let failed: Vec<_> = result.results.iter().filter(|result| !result.failures.is_empty()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

const SOURCES: &str = "bartizan: 1
rules:
  - { id: pay, effect: allow, tools: pay, args: { /iban: { source.tool: [get_supplier, 'ledger/get_*'] } } }
  - { id: read, effect: allow, tools: read, args: { /url: { source.host: corp.example } } }
  - { id: rest, effect: allow, tools: [mail, post] }
  - { id: no-web, effect: deny, tools: mail, args: { /to: { source.kind: [web, email] } } }
  - { id: no-evil, effect: deny, tools: post, args: { '/**': { source.host: evil.example } } }
";

#[test]
fn a_rule_that_allows_wants_every_source_to_be_the_one_it_names() {
    suite(
        SOURCES,
        "
  - { name: ledger, call: { tool: pay, args: { iban: x }, labels: { /iban: { sources: [{ kind: tool, id: ledger/get_account }] } } }, expect: allow }
  - { name: any server, call: { tool: pay, args: { iban: x }, labels: { /iban: { sources: [{ kind: tool, id: erp/get_supplier }] } } }, expect: allow }
  - { name: other tool, call: { tool: pay, args: { iban: x }, labels: { /iban: { sources: [{ kind: tool, id: erp/get_mail }] } } }, expect: deny }
  - { name: a page with the name of the tool, call: { tool: pay, args: { iban: x }, labels: { /iban: { sources: [{ kind: web, id: get_supplier }] } } }, expect: deny }
  - { name: both, call: { tool: pay, args: { iban: x }, labels: { /iban: { sources: [{ kind: tool, id: get_supplier }, { kind: web, id: x }] } } }, expect: deny }
  - { name: one of the list is not, call: { tool: pay, args: { iban: [x, y] }, labels: { /iban/0: { sources: [{ kind: tool, id: get_supplier }] }, /iban/1: { origin: model } } }, expect: deny }
  - { name: nobody knows, call: { tool: pay, args: { iban: x }, labels: { /iban: { origin: source } } }, expect: deny }
  - { name: the model, call: { tool: pay, args: { iban: x }, labels: { /iban: { origin: model } } }, expect: deny }
  - { name: the user, call: { tool: pay, args: { iban: x } }, expect: deny }
  - { name: missing, call: { tool: pay, args: {} }, expect: deny }
  - { name: host, call: { tool: read, args: { url: x }, labels: { /url: { sources: [{ kind: web, id: 'https://docs.corp.example/a' }] } } }, expect: allow }
  - { name: userinfo, call: { tool: read, args: { url: x }, labels: { /url: { sources: [{ kind: web, id: 'https://corp.example@evil.example/' }] } } }, expect: deny }
  - { name: suffix, call: { tool: read, args: { url: x }, labels: { /url: { sources: [{ kind: web, id: 'https://evilcorp.example/' }] } } }, expect: deny }
",
    );
}

#[test]
fn a_rule_that_restricts_is_content_with_one_of_them() {
    suite(
        SOURCES,
        "
  - { name: page, call: { tool: mail, args: { to: x }, labels: { /to: { sources: [{ kind: web, id: 'https://a.example' }] } } }, expect: deny, rule: no-web }
  - { name: one of two, call: { tool: mail, args: { to: x }, labels: { /to: { sources: [{ kind: user }, { kind: email_content }] } } }, expect: deny, rule: no-web }
  - { name: in a list, call: { tool: mail, args: { to: [x, y] }, labels: { /to/1: { sources: [{ kind: web }] } } }, expect: deny, rule: no-web }
  - { name: nobody knows, call: { tool: mail, args: { to: x }, labels: { /to: { origin: source } } }, expect: deny, rule: no-web }
  - { name: missing, call: { tool: mail, args: {} }, expect: deny, rule: no-web }
  - { name: the user, call: { tool: mail, args: { to: x } }, expect: allow }
  - { name: the model, call: { tool: mail, args: { to: x }, labels: { /to: { origin: model } } }, expect: allow }
  - { name: a tool, call: { tool: mail, args: { to: x }, labels: { /to: { sources: [{ kind: tool, id: t }] } } }, expect: allow }
  - { name: below, call: { tool: post, args: { a: x }, labels: { /a: { sources: [{ kind: web, id: 'https://a.EVIL.example./x' }] } } }, expect: deny, rule: no-evil }
  - { name: a page without an address, call: { tool: post, args: { a: x }, labels: { /a: { sources: [{ kind: web, id: front page }] } } }, expect: deny, rule: no-evil }
  - { name: another, call: { tool: post, args: { a: x }, labels: { /a: { sources: [{ kind: web, id: 'https://good.example/?evil.example' }] } } }, expect: allow }
  - { name: a file, call: { tool: post, args: { a: x }, labels: { /a: { sources: [{ kind: tool, id: read_file }] } } }, expect: allow }
",
    );
}

const READERS: &str = "bartizan: 1
rules:
  - { id: send, effect: allow, tools: send, args: { /body: { readers: { include: [/to, /cc] } } } }
  - { id: rest, effect: allow, tools: mail }
  - { id: not-for-them, effect: deny, tools: mail, args: { '/**': { readers: { lack: [/to, /cc] } } } }
";

#[test]
fn what_is_sent_goes_to_who_may_read_it() {
    for (tool, from) in [("send", "/body"), ("mail", "/body")] {
        for (args, sources, expect) in [
            ("{ to: bob, body: x }", "[{ kind: tool, readers: [ann, bob] }]", "allow"),
            ("{ to: Bob <BOB>, body: x }", "[{ kind: tool, readers: [bob] }]", "allow"),
            ("{ to: [ann, bob], body: x }", "[{ kind: tool, readers: [ann, bob] }]", "allow"),
            (
                "{ to: bob, body: x }",
                "[{ kind: tool, readers: [ann, bob] }, { kind: email, readers: [bob] }]",
                "allow",
            ),
            ("{ to: eve, body: x }", "[{ kind: web, id: a }]", "allow"),
            ("{ to: eve, body: x }", "[{ kind: tool, readers: everyone }]", "allow"),
            ("{ to: eve, body: x }", "[{ kind: tool, readers: [ann, bob] }]", "deny"),
            ("{ to: [bob, eve], body: x }", "[{ kind: tool, readers: [ann, bob] }]", "deny"),
            ("{ to: bob, cc: eve, body: x }", "[{ kind: tool, readers: [ann, bob] }]", "deny"),
            ("{ to: bob, Cc: eve, body: x }", "[{ kind: tool, readers: [ann, bob] }]", "deny"),
            ("{ to: { x: eve }, body: x }", "[{ kind: tool, readers: [ann, bob] }]", "deny"),
            ("{ to: \"b\\u043eb\", body: x }", "[{ kind: tool, readers: [ann, bob] }]", "deny"),
            (
                "{ to: ann, body: x }",
                "[{ kind: tool, readers: [ann] }, { kind: email, readers: [bob] }]",
                "deny",
            ),
            ("{ to: ann, body: x }", "[{ kind: tool }]", "deny"),
            ("{ body: x }", "[{ kind: tool, readers: [ann] }]", "deny"),
        ] {
            let test = format!(
                "  - {{ name: 'x', call: {{ tool: {tool}, args: {args}, labels: {{ {from}: {{ sources: {sources} }} }} }}, expect: {expect} }}\n"
            );
            suite(READERS, &test);
        }
    }
}

#[test]
fn many_values_for_many_readers_are_looked_at_once_each() {
    // Were each value compared with each recipient, this would not end in a minute.
    let names: Vec<String> = (0..20_000).map(|n| format!("\"p{n}\"")).collect();
    let args = format!("{{\"to\":[{0}],\"body\":[{0}]}}", names.join(","));
    let policy = policy(READERS);
    let call = TrialCall::new("mail", args);
    // All of it is the user's own, whom everybody may read; a stranger's list is longer than any text has readers.
    assert_eq!(call.under(&policy).unwrap().effect(), Effect::Allow);
    let few = TrialCall::new("mail", "{\"to\":[\"p1\",\"p2\"],\"body\":\"x\"}");
    assert_eq!(few.under(&policy).unwrap().effect(), Effect::Allow);
}

#[test]
fn sources_print_and_read_again_and_are_compared() {
    for text in [SOURCES, READERS] {
        let text = format!(
            "{text}tools:\n  - {{ match: get_mail, capabilities: [], readers: [/to/*, /from] }}\n  - {{ match: '*', capabilities: [], readers: everyone }}\n"
        );
        let one = policy(&text);
        let again = policy(&one.to_yaml());
        assert_eq!((again.digest(), again.to_yaml()), (one.digest(), one.to_yaml()));
        let other = policy(&text.replace("/from]", "/from, /cc]"));
        assert!(
            one.diff(&other).iter().any(|change| change.aspect == Aspect::Readers),
            "{:?}",
            one.diff(&other)
        );
        let none = policy(&text.replace(", readers: [/to/*, /from]", ""));
        assert!(none.diff(&one).iter().any(|change| change.aspect == Aspect::Readers));
        for gone in
            ["readers: { lack: [/to, /cc] }", "source.kind: [web, email]", "source.host: evil.example"]
        {
            if text.contains(gone) {
                let without = policy(&text.replace(gone, "equals: never"));
                assert!(one.diff(&without).iter().any(Change::widens), "{gone}: {:?}", one.diff(&without));
            }
        }
        assert!(one.lint().is_empty(), "{:?}", one.lint());
    }
}

#[test]
fn what_cannot_be_meant_is_told() {
    for (effect, arg, message) in [
        ("allow", "{ readers: { lack: /to } }", "whether every reader is known"),
        ("deny", "{ readers: { include: /to } }", "whether a reader is missing"),
        ("deny", "{ readers: {} }", "whether a reader is missing"),
        ("deny", "{ readers: { lack: to } }", "is no JSON pointer"),
        ("deny", "{ readers: /to }", "has to be a map"),
        ("deny", "{ source.host: '*.example.com' }", "no domain"),
        ("deny", "{ source.tools: x }", "did you mean `source.tool`"),
        ("deny", "{ source.kind: webb }", "did you mean"),
        ("deny", "{ source.kind: [] }", "empty list"),
        ("deny", "{ present: false, source.kind: web }", "leaves no value"),
    ] {
        let refused =
            refusal(&format!("bartizan: 1\nrules: [{{ id: a, effect: {effect}, args: {{ /v: {arg} }} }}]"));
        assert!(refused.contains(message), "{arg}: {refused}");
    }
    for (readers, message) in
        [("[/**/to]", "step by step"), ("to", "no JSON pointer"), ("[/a/*/x, /b/*/x]", "several lists")]
    {
        let refused =
            refusal(&format!("bartizan: 1\ntools: [{{ match: t, capabilities: [], readers: {readers} }}]"));
        assert!(refused.contains(message), "{readers}: {refused}");
    }
}

#[test]
fn a_lower_tier_takes_readers_away_and_adds_none() {
    let entry = |readers: &str| {
        format!(
            "bartizan: 1\ntools: [{{ match: t, capabilities: [], readers: {readers} }}]\nrules: [{{ id: a, effect: deny, tools: x }}]"
        )
    };
    let read = |above: &str, below: &str| {
        let policy = policy(above).narrow(below, &|_| None).unwrap().policy;
        let readers = policy.readers_of("s/t", r#"{"a":"ann","b":"bob"}"#, &Limits::default()).unwrap();
        readers.iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(read(&entry("[/a, /b]"), &entry("/a")), ["ann"]);
    assert_eq!(read(&entry("/a"), &entry("[/a, /b]")), ["ann"]);
    assert_eq!(read(&entry("everyone"), &entry("/b")), ["bob"]);
    assert_eq!(read(&entry("/a"), "bartizan: 1"), ["ann"]);
    assert!(read("bartizan: 1", &entry("everyone")).is_empty());
    assert!(Policy::preset(Preset::Strict).readers_of("s/t", "{}", &Limits::default()).is_none());
}
