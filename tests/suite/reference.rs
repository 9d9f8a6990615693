//! The page about the policy language: what its examples decide stands beside them and is tried, and no key is without one.

use std::collections::{BTreeSet, HashSet};

use bartizan::policy::{Policy, Suite};
use serde_json::Value;

use crate::cases::failures;
use crate::docs_run::blocks;
use crate::{assert_none, read, root, shown};

/// A policy on the page, and what is to come of it: suites as of `bartizan policy test`, cases as of `tests/cases`.
struct Example {
    line: usize,
    policy: String,
    calls: Vec<(usize, String)>,
    steps: Vec<(usize, String)>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    for block in blocks(page) {
        let (line, text) = (block.line, block.body.join("\n"));
        match (block.info, found.last_mut()) {
            ("yaml calls", Some(last)) => last.calls.push((line, text)),
            ("yaml steps", Some(last)) => last.steps.push((line, text)),
            ("yaml" | "yaml policy", _) if text.lines().any(|line| line == "bartizan: 1") => {
                found.push(Example { line, policy: text, calls: Vec::new(), steps: Vec::new() });
            }
            _ => {}
        }
    }
    found
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}

#[test]
fn every_example_of_the_language_is_decided_as_the_page_says() {
    let path = root().join("docs/policy-reference.md");
    let mut problems = Vec::new();
    for Example { line, policy, calls, steps } in examples(&read(&path)) {
        let at = |line: usize| format!("{}:{line}", shown(&path));
        if calls.is_empty() && steps.is_empty() {
            problems.push(format!("{}: nothing says what this decides", at(line)));
        }
        for (line, text) in &steps {
            let file = format!("about: an example\npolicy: |\n{}{text}\n", indented(&policy));
            problems.extend(failures(&at(*line), &file));
        }
        let mut untried: Option<BTreeSet<String>> = None;
        for (line, text) in &calls {
            let policy = Policy::from_yaml(&policy).unwrap_or_else(|error| panic!("{}: {error}", at(*line)));
            match Suite::from_yaml(text) {
                Err(error) => problems.push(format!("{}: {error}", at(*line))),
                Ok(suite) => {
                    let result = suite.run(&policy);
                    let failed = result.results.iter().filter(|result| !result.failures.is_empty());
                    problems.extend(failed.map(|result| {
                        format!("{}: {}: {}", at(*line), result.name, result.failures.join("; "))
                    }));
                    let missed: BTreeSet<String> = result.untried.iter().map(ToString::to_string).collect();
                    untried = Some(match untried {
                        Some(other) => other.intersection(&missed).cloned().collect(),
                        None => missed,
                    });
                }
            }
        }
        // What cases reach is not counted.
        if steps.is_empty() {
            let missed = untried.into_iter().flatten();
            problems.extend(missed.map(|rule| format!("{}: no call reaches the rule {rule}", at(line))));
        }
    }
    assert_none("examples of the policy language that are decided otherwise", &problems);
}

/// A schema, walked by what it says of keys.
struct Schema(Value);

impl Schema {
    fn resolved<'s>(&'s self, node: &'s Value, place: &str) -> (&'s Value, String) {
        match node["$ref"].as_str().and_then(|to| to.strip_prefix("#/$defs/")) {
            Some(name) => (&self.0["$defs"][name], name.to_owned()),
            None => (node, place.to_owned()),
        }
    }

    /// Every key that may stand somewhere.
    fn keys(&self) -> BTreeSet<String> {
        let (mut keys, mut seen) = (BTreeSet::new(), HashSet::new());
        let mut open = vec![(&self.0, String::new())];
        while let Some((node, place)) = open.pop() {
            let (node, place) = self.resolved(node, &place);
            if !seen.insert((std::ptr::from_ref(node), place.clone())) {
                continue;
            }
            for several in ["anyOf", "oneOf"] {
                open.extend(node[several].as_array().into_iter().flatten().map(|one| (one, place.clone())));
            }
            for inner in ["items", "additionalProperties"] {
                open.extend(
                    node.get(inner).filter(|inner| inner.is_object()).map(|inner| (inner, place.clone())),
                );
            }
            for (key, inner) in node["properties"].as_object().into_iter().flatten() {
                let place = format!("{place}.{key}");
                keys.insert(place.clone());
                open.push((inner, place));
            }
        }
        keys
    }

    /// The keys that stand in a document.
    fn used(&self, document: &Value) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let mut open = vec![(&self.0, String::new(), document)];
        while let Some((node, place, value)) = open.pop() {
            let (node, place) = self.resolved(node, &place);
            for several in ["anyOf", "oneOf"] {
                let all = node[several].as_array().into_iter().flatten();
                open.extend(all.map(|one| (one, place.clone(), value)));
            }
            if let (Some(items), Value::Array(values)) = (node.get("items"), value) {
                open.extend(values.iter().map(|value| (items, place.clone(), value)));
            }
            for (key, value) in value.as_object().into_iter().flatten() {
                if let Some(inner) = node["properties"].get(key) {
                    let place = format!("{place}.{key}");
                    keys.insert(place.clone());
                    open.push((inner, place, value));
                } else if let Some(inner) = node.get("additionalProperties") {
                    open.push((inner, place.clone(), value));
                }
            }
        }
        keys
    }
}

#[test]
fn every_key_of_the_language_stands_in_an_example_that_is_tried() {
    let schema = Schema(serde_json::from_str(&Policy::schema()).unwrap());
    let mut used = BTreeSet::new();
    for example in examples(&read(&root().join("docs/policy-reference.md"))) {
        let options = serde_saphyr::options! { strict_booleans: true };
        let document: Value = serde_saphyr::from_str_with_options(&example.policy, options).unwrap();
        used.extend(schema.used(&document));
    }
    // Types of personal data are a catalogue of their own; within `not` and `all` values have the keys that they have outside.
    let is_counted = |key: &String| !key.starts_with("personal.types.") && !key.starts_with("value.");
    let keys: BTreeSet<String> = schema.keys().into_iter().filter(is_counted).collect();
    assert!(keys.len() > 150, "the schema is read");
    let missing: Vec<String> = keys.difference(&used).cloned().collect();
    assert_none("keys that no example of the page has", &missing);
}
