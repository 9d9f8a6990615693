//! `docs/rules.md` is what the `RULES` tables say, and the tables say everything that the code can find.
//!
//! `BARTIZAN_BLESS=1 cargo test --all-features --test suite rules` writes the page anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bartizan::base::{Layer, Rule, Severity};
use bartizan::{detect, guard, layers, pipeline};

use crate::architecture::{LAYERS, is_test_file};
use crate::rust_source::literals;
use crate::{assert_none, files_under, read, root, shown};

/// Every `RULES` table that is public, with the file that has it.
const TABLES: &[(&str, &[Rule])] = &[
    ("src/detect/rules.rs", detect::RULES),
    ("src/guard/mod.rs", guard::RULES),
    ("src/layers/l00_sanitizer/mod.rs", layers::l00_sanitizer::RULES),
    ("src/layers/l01_isolation.rs", layers::l01_isolation::RULES),
    ("src/layers/l02_source_gate.rs", layers::l02_source_gate::RULES),
    ("src/layers/l03_outbound_dlp/mod.rs", layers::l03_outbound_dlp::RULES),
    ("src/layers/l04_provenance/mod.rs", layers::l04_provenance::RULES),
    ("src/layers/l05_canary/mod.rs", layers::l05_canary::RULES),
    ("src/layers/l06_rate_limit.rs", layers::l06_rate_limit::RULES),
    ("src/layers/l07_error_sanitizer.rs", layers::l07_error_sanitizer::RULES),
    ("src/layers/l08_scopes.rs", layers::l08_scopes::RULES),
    ("src/layers/l09_tool_firewall/mod.rs", layers::l09_tool_firewall::RULES),
    ("src/layers/l10_validation/mod.rs", layers::l10_validation::RULES),
    ("src/layers/l11_binding.rs", layers::l11_binding::RULES),
    ("src/layers/l12_action_gate/mod.rs", layers::l12_action_gate::RULES),
    ("src/pipeline/mod.rs", pipeline::RULES),
];

/// Trouble inside. Its findings belong to the layer that the verb is about, so it has no table.
const FAULTS: &[(&str, &str)] = &[
    ("fault/audit", "an observer of the audit refused the event, or failed"),
    ("fault/audit-slow", "an observer of the audit took longer than the guard's patience"),
    ("fault/clock", "the clock gave no time"),
    ("fault/entropy", "there was no entropy for an id or a nonce"),
    ("fault/poisoned", "a thread panicked while it changed what the guard holds"),
    ("fault/schema-lost", "the session knows the tool's definition, and the guard has not read its schema"),
    ("fault/store", "the store of the sessions failed"),
    ("fault/store-full", "the store is full; sessions it has are not pushed out"),
    ("fault/too-long", "the input is longer than the limit"),
];

/// Families whose ids are data. They are one row each; these ids of theirs have rows of their own.
const FAMILIES: &[(&str, &str, &str, &[&str])] = &[
    ("l3/pii/", "TYPE", "The text holds personal data of this type", &["l3/pii/registered"]),
    ("l3/secret/", "TYPE", "The text holds a credential of this type", &["l3/secret/registered"]),
];

/// Families whose ids the host gives.
const OPEN: &[(&str, &str, &str)] = &[
    ("l0/injection/", "ID", "what a detector of the host's says, under the detector's own id"),
    (
        "l3/secret/",
        "NAME",
        "The text holds a secret of a type that the policy adds, under the policy's name for it",
    ),
];

fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLES.iter().flat_map(|(_, table)| table.iter())
}

fn family(id: &str) -> Option<&'static str> {
    let found = FAMILIES.iter().find(|(prefix, .., apart)| id.starts_with(prefix) && !apart.contains(&id));
    found.map(|(prefix, ..)| *prefix)
}

fn page() -> String {
    let mut page = String::from(
        "# Rules\n\n\
        Every rule that a finding can name, layer by layer. Generated from the `RULES` tables in the source; do not edit it,\n\
        `BARTIZAN_BLESS=1 cargo test --all-features --test suite rules` writes it.\n\n\
        An id keeps its meaning for good: logs, cases and hosts name it. The severity is the rule's own; a layer may raise or\n\
        lower it where it knows more (a checksum that fits, a single stray character). A finding is not a decision: what is\n\
        done about it is the policy's word, and stands in the verdict.\n\n\
        The rules of a *policy* are not here. They have the ids that the policy gives them\n\
        ([the presets'](policy-reference.md#presets)).\n",
    );
    for (layer, (file, _)) in Layer::ALL.iter().zip(LAYERS) {
        let mut rows: Vec<&Rule> = rules().filter(|rule| rule.layer == *layer).collect();
        let name = file.split_once('_').map_or(file, |(_, name)| name).replace('_', " ");
        writeln!(page, "\n## {}: {name}\n", layer.code()).unwrap();
        if rows.is_empty() {
            page.push_str("No rules.\n");
            continue;
        }
        rows.sort_by_key(|rule| rule.id);
        page.push_str("| Rule | Severity | Meaning |\n|---|---|---|\n");
        for rule in rows.iter().filter(|rule| family(rule.id).is_none()) {
            writeln!(page, "| `{}` | {} | {} |", rule.id, rule.severity, rule.meaning).unwrap();
        }
        let mut notes = String::new();
        for (prefix, stands, meaning, _) in FAMILIES {
            let mut types: BTreeMap<Severity, Vec<&str>> = BTreeMap::new();
            for rule in rows.iter().filter(|rule| family(rule.id) == Some(prefix)) {
                types.entry(rule.severity).or_default().push(rule.id.strip_prefix(prefix).unwrap());
            }
            if types.is_empty() {
                continue;
            }
            let severities: Vec<String> = types.keys().rev().map(ToString::to_string).collect();
            writeln!(page, "| `{prefix}{stands}` | {} | {meaning} |", severities.join(", ")).unwrap();
            for (severity, types) in types.iter().rev() {
                write!(notes, "\n`{stands}`, {severity} ({}):\n", types.len()).unwrap();
                let types: Vec<String> = types.iter().map(|id| format!("`{id}`")).collect();
                notes.push_str(&wrapped(&types.join(", ")));
            }
        }
        for (prefix, stands, meaning) in
            OPEN.iter().filter(|(prefix, ..)| prefix.starts_with(&prefix_of(*layer)))
        {
            writeln!(page, "| `{prefix}{stands}` | as judged | {meaning} |").unwrap();
        }
        page.push_str(&notes);
    }
    page.push_str(
        "\n## Faults\n\n\
        Trouble inside. Always critical, always a block, under the layer that the verb is about.\n\n\
        | Rule | Meaning |\n|---|---|\n",
    );
    for (id, meaning) in FAULTS {
        writeln!(page, "| `{id}` | {meaning} |").unwrap();
    }
    page
}

/// Lines of at most 116 characters, broken at blanks.
fn wrapped(text: &str) -> String {
    let (mut out, mut line) = (String::new(), 0);
    for word in text.split(' ') {
        if line > 0 && line + 1 + word.len() > 116 {
            out.push('\n');
            line = 0;
        } else if line > 0 {
            out.push(' ');
            line += 1;
        }
        out.push_str(word);
        line += word.len();
    }
    out + "\n"
}

fn prefix_of(layer: Layer) -> String {
    format!("{}/", layer.code().to_lowercase())
}

#[test]
fn the_page_is_what_the_tables_say() {
    let path = root().join("docs/rules.md");
    let page = page();
    if std::env::var_os("BARTIZAN_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, page).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).find(|(now, then)| now != then);
    assert!(
        page == written,
        "docs/rules.md is not what the tables say ({differs:?}); run this test with BARTIZAN_BLESS=1"
    );
}

#[test]
fn every_table_is_on_the_page() {
    let mut problems = Vec::new();
    let public = ["pub const RULES: &[Rule]", "pub const FAULTS: &[Rule]"];
    for file in files_under(&root().join("src"), "rs") {
        let name = shown(&file);
        let has = read(&file).lines().any(|line| public.iter().any(|start| line.trim().starts_with(start)));
        if has != TABLES.iter().any(|(file, _)| *file == name) {
            problems
                .push(format!("{name}: its table is missing from, or is too much in, `TABLES` of this test"));
        }
    }
    assert_none("tables of rules", &problems);
}

/// Whether a page speaks of a rule: by its id, or by that of a family with `…` behind it.
fn speaks_of(page: &str, id: &str) -> bool {
    let families = id.match_indices('/').skip(1).filter_map(|(at, _)| id.get(..=at));
    page.contains(&format!("`{id}`"))
        || families.into_iter().any(|family| page.contains(&format!("`{family}…`")))
}

#[test]
fn the_first_layers_pages_speak_of_each_of_their_rules() {
    let mut problems = Vec::new();
    for (layer, name) in [
        (Layer::Sanitizer, "l00_sanitizer"),
        (Layer::Isolation, "l01_isolation"),
        (Layer::SourceGate, "l02_source_gate"),
    ] {
        let page = read(&root().join(format!("docs/layers/{name}.md")));
        let own = rules().filter(|rule| rule.layer == layer && !speaks_of(&page, rule.id));
        problems.extend(own.map(|rule| format!("{name}.md: not a word about {}", rule.id)));
    }
    assert!(speaks_of("| `l0/json/…` |", "l0/json/surrogate") && !speaks_of("`l0/js`", "l0/json/surrogate"));
    assert_none("rules without a word", &problems);
}

#[test]
fn each_rule_has_one_place() {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for rule in rules() {
        let fits = rule.id.starts_with(&prefix_of(rule.layer));
        let spelled = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !fits || !rule.id.split('/').all(spelled) {
            problems.push(format!("{}: not an id of {}", rule.id, rule.layer));
        }
        if !seen.insert(rule.id) {
            problems.push(format!("{}: twice", rule.id));
        }
        if rule.meaning.is_empty() || rule.meaning.ends_with('.') || rule.meaning.contains(['|', '\n']) {
            problems.push(format!("{}: its meaning is not one sentence without a final stop", rule.id));
        }
    }
    assert_none("rules", &problems);
}

/// What a literal has to do with a rule, when it looks like one's id.
fn unknown(literal: &str, known: &BTreeSet<&str>) -> bool {
    let text = literal.trim_start_matches(['b', 'r', '#']).trim_end_matches('#').trim_matches('"');
    let (layer, rest) = text.split_once('/').unwrap_or_default();
    let numbered =
        layer.strip_prefix('l').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if !(numbered || layer == "fault") || rest.contains(char::is_whitespace) {
        return false;
    }
    match text.find('{') {
        // The rest comes from outside: the family has to be one that is told of.
        Some(at) => !OPEN.iter().any(|(prefix, ..)| text[..at] == **prefix),
        None if text.ends_with('/') => !known.iter().any(|id| id.starts_with(text)),
        None => !known.contains(text),
    }
}

#[test]
fn the_code_finds_nothing_that_no_table_has() {
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).chain(FAULTS.iter().map(|(id, _)| *id)).collect();
    let mut problems = Vec::new();
    let mut faults: BTreeSet<&str> = FAULTS.iter().map(|(id, _)| *id).collect();
    for file in files_under(&root().join("src"), "rs") {
        let name = shown(&file);
        if is_test_file(&file) || name.starts_with("src/testing") || name == "src/state/contract.rs" {
            continue;
        }
        for (line, literal) in literals(&read(&file)) {
            if unknown(&literal, &known) {
                problems.push(format!("{name}:{line}: {literal} is in no table"));
            }
            faults.remove(literal.trim_matches('"'));
        }
    }
    problems.extend(faults.iter().map(|id| format!("{id}: nothing in the source says it")));
    assert_none("ids of rules", &problems);
}

mod the_checks_can_fail {
    use super::*;

    #[test]
    fn literals_that_are_no_known_ids_are_told() {
        let known = BTreeSet::from(["l0/hidden/alt", "l9/denied", "fault/clock"]);
        for fine in [
            "\"l9/denied\"",
            "\"l0/hidden/\"",
            "\"fault/clock\"",
            "\"l0/injection/{}\"",
            "\"l\"",
            "\"lists/x\"",
            "\"l9/denied is a rule\"",
            "'l'",
            "\"\"",
        ] {
            assert!(!unknown(fine, &known), "{fine}");
        }
        for wrong in ["\"l9/other\"", "\"l0/shown/\"", "\"l3/{}\"", "\"fault/other\"", "r#\"l1/x\"#"] {
            assert!(unknown(wrong, &known), "{wrong}");
        }
    }

    #[test]
    fn long_lists_are_broken_at_blanks() {
        let text = ["word"; 60].join(" ");
        assert!(wrapped(&text).lines().all(|line| line.len() <= 116));
        assert_eq!(wrapped(&text).split_whitespace().count(), 60);
    }
}
