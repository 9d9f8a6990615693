//! What the crate stands on: licences, bans and sources as `deny.toml` says, and a reason for each direct
//! dependency in `docs/dependencies.md`.
//!
//! Reads what `cargo metadata` says of `Cargo.lock`: all features, all targets.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::{assert_none, read, root};

/// The registry that packages may come from, as `Cargo.lock` writes it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn metadata() -> Value {
    let run = |offline: &[&str]| {
        Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
            .args(offline)
            .output()
            .expect("cargo starts")
    };
    // A fresh machine has not yet fetched the packages of other targets.
    let mut output = run(&["--offline"]);
    if !output.status.success() {
        output = run(&[]);
    }
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn manifest(name: &str) -> toml::Table {
    read(&root().join(name)).parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The list under `table.key` of `deny.toml`; empty where there is none.
fn list<'a>(deny: &'a toml::Table, table: &str, key: &str) -> &'a [toml::Value] {
    deny.get(table).and_then(|t| t.get(key)).and_then(toml::Value::as_array).map_or(&[], Vec::as_slice)
}

/// The crate that an entry of a list in `deny.toml` speaks of: `"name"`, `{ crate = "name@1" }` or `{ name = "name" }`.
fn crate_of(entry: &toml::Value) -> &str {
    let spec =
        entry.get("crate").or_else(|| entry.get("name")).unwrap_or(entry).as_str().expect("a crate's name");
    spec.split('@').next().unwrap_or(spec)
}

fn words<'a>(entry: &'a toml::Value, key: &str) -> BTreeSet<&'a str> {
    entry
        .get(key)
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .collect()
}

/// Whether `allowed` satisfies the SPDX expression. `AND` binds tighter than `OR`, `WITH` tighter than both; the old
/// `/` is `OR`. A licence with an exception is a licence of its own, as in cargo-deny.
fn satisfied(expression: &str, allowed: &BTreeSet<&str>) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let answer = either(&words, &mut at, allowed)?;
    if at == words.len() {
        Ok(answer)
    } else {
        Err(format!("`{}` is not expected in `{expression}`", words[at]))
    }
}

fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> Result<bool, String> {
    let mut answer = both(words, at, allowed)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        answer |= both(words, at, allowed)?;
    }
    Ok(answer)
}

fn both(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> Result<bool, String> {
    let mut answer = one(words, at, allowed)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        answer &= one(words, at, allowed)?;
    }
    Ok(answer)
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> Result<bool, String> {
    let word = *words.get(*at).ok_or("the expression ends too early")?;
    *at += 1;
    match word {
        "(" => {
            let answer = either(words, at, allowed)?;
            if words.get(*at) != Some(&")") {
                return Err("a parenthesis is not closed".into());
            }
            *at += 1;
            Ok(answer)
        }
        ")" | "AND" | "OR" | "WITH" => Err(format!("`{word}` is not expected")),
        licence if words.get(*at) == Some(&"WITH") => {
            let exception = words.get(*at + 1).ok_or("`WITH` nothing")?;
            *at += 2;
            Ok(allowed.contains(format!("{licence} WITH {exception}").as_str()))
        }
        licence => Ok(allowed.contains(licence)),
    }
}

/// Whether no user's build has the dependency.
fn only_for_development(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
    kinds.map(|kind| text(kind, "kind")).all(|kind| kind == "dev")
}

/// Every way in which the graph differs from what `deny.toml` allows.
fn problems(metadata: &Value, deny: &toml::Table) -> Vec<String> {
    let packages = metadata["packages"].as_array().unwrap();
    let name_of: BTreeMap<&str, &str> = packages.iter().map(|p| (text(p, "id"), text(p, "name"))).collect();
    let allowed: BTreeSet<&str> =
        list(deny, "licenses", "allow").iter().filter_map(toml::Value::as_str).collect();
    let mut problems = Vec::new();
    for package in packages {
        let (name, version) = (text(package, "name"), text(package, "version"));
        match package["source"].as_str() {
            None if text(package, "id") == text(&metadata["resolve"], "root") => {}
            Some(CRATES_IO) => {}
            other => problems.push(format!("{name} {version}: its source is {other:?}, not crates.io")),
        }
        let mut allowed = allowed.clone();
        for exception in list(deny, "licenses", "exceptions") {
            if crate_of(exception) == name {
                allowed.extend(words(exception, "allow"));
            }
        }
        match satisfied(text(package, "license"), &allowed) {
            Ok(true) => {}
            Ok(false) => problems.push(format!("{name} {version}: licence {}", package["license"])),
            Err(error) => problems.push(format!("{name} {version}: licence {}: {error}", package["license"])),
        }
        for dependency in package["dependencies"].as_array().unwrap() {
            if package["source"].is_null() && text(dependency, "req") == "*" {
                problems.push(format!("{}: any version at all is asked for", text(dependency, "name")));
            }
        }
    }
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let name = name_of[text(node, "id")];
        for dependency in node["deps"].as_array().unwrap() {
            let target = name_of[text(dependency, "pkg")];
            for ban in list(deny, "bans", "deny") {
                if crate_of(ban) != target {
                    continue;
                }
                let ours = text(node, "id") == text(&metadata["resolve"], "root");
                let wrapped = words(ban, "wrappers").contains(name);
                if !wrapped || ours && !only_for_development(dependency) {
                    let why = ban.get("reason").and_then(toml::Value::as_str).unwrap_or("no reason given");
                    problems.push(format!("{target}, which {name} depends on, is banned: {why}"));
                }
            }
        }
        for rule in list(deny, "bans", "features") {
            let banned = words(rule, "deny");
            let on = node["features"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for feature in on.filter(|feature| crate_of(rule) == name && banned.contains(feature)) {
                problems.push(format!("{name}: feature `{feature}` is banned, and on"));
            }
        }
    }
    problems
}

#[test]
fn licences_bans_and_sources_are_as_allowed() {
    assert_none("against deny.toml", &problems(&metadata(), &manifest("deny.toml")));
}

#[test]
fn each_direct_dependency_has_its_reason_and_line() {
    let cargo = manifest("Cargo.toml");
    let mut declared = BTreeMap::new();
    for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, entry) in cargo.get(table).and_then(toml::Value::as_table).into_iter().flatten() {
            let version = entry.get("version").unwrap_or(entry).as_str().unwrap_or_default();
            let line: Vec<&str> = version.split('.').take(2).collect();
            declared.insert(name.clone(), line.join("."));
        }
    }
    let page = read(&root().join("docs/dependencies.md"));
    let mut problems = Vec::new();
    let mut rows = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, line, licence, purpose, reason] = cells[..] else {
            problems.push(format!("a row has five cells: {row}"));
            continue;
        };
        let name = name.trim_matches('`');
        if !rows.insert(name) {
            problems.push(format!("{name} has two rows"));
        }
        match declared.get(name) {
            None => problems.push(format!("{name} has a row and is not in Cargo.toml")),
            Some(declared) if declared != line => {
                problems.push(format!("{name}: the row says {line}, Cargo.toml {declared}"));
            }
            Some(_) => {}
        }
        if [licence, purpose, reason].contains(&"") {
            problems.push(format!("{name}: a cell is empty"));
        }
    }
    for name in declared.keys().filter(|name| !rows.contains(name.as_str())) {
        problems.push(format!("{name} is in Cargo.toml and has no row"));
    }
    let metadata = metadata();
    for package in metadata["packages"].as_array().unwrap() {
        let (name, licence) = (text(package, "name"), text(package, "license"));
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` ")));
        if declared.contains_key(name) && row.is_some_and(|row| !row.contains(&format!("| {licence} |"))) {
            // Two versions of one crate may have two licences: ours is the one that is of the declared line.
            let line = format!("{}.", declared[name]);
            if text(package, "version").starts_with(&line) {
                problems.push(format!("{name}: its licence is {licence}"));
            }
        }
    }
    assert_none("docs/dependencies.md", &problems);
}

mod the_check_can_fail {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_are_understood() {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only/MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("GPL-3.0-only AND MIT OR Apache-2.0", true),
            ("GPL-3.0-only AND (MIT OR Apache-2.0)", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("Apache-2.0 WITH LLVM-exception", false),
            ("Apache-2.0 WITH LLVM-exception OR MIT", true),
        ] {
            assert_eq!(satisfied(expression, &allowed), Ok(expected), "{expression}");
        }
        for nonsense in ["", "MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "OR MIT", "MIT WITH"] {
            assert!(satisfied(nonsense, &allowed).is_err(), "{nonsense}");
        }
    }

    /// The problems of a graph in which `us` depends on `dep`.
    fn judged(dep: &Value, features: &[&str], deny: &str) -> Vec<String> {
        judged_for(dep, &Value::Null, features, deny)
    }

    /// The same, for this kind of dependency.
    fn judged_for(dep: &Value, kind: &Value, features: &[&str], deny: &str) -> Vec<String> {
        let metadata = json!({
            "packages": [
                { "id": "us", "name": "us", "version": "0.1.0", "source": null, "license": "MIT",
                  "dependencies": [{ "name": text(dep, "name"), "req": dep["req"] }] },
                dep,
            ],
            "resolve": { "root": "us", "nodes": [
                { "id": "us", "deps": [{ "pkg": "dep", "dep_kinds": [{ "kind": kind }] }], "features": [] },
                { "id": "dep", "deps": [], "features": features },
            ]},
        });
        problems(&metadata, &deny.parse().unwrap())
    }

    fn dep(source: &str, licence: &str, req: &str) -> Value {
        json!({ "id": "dep", "name": "dep", "version": "1.0.0", "source": source, "license": licence, "req": req,
                "dependencies": [] })
    }

    const DENY: &str = "[licenses]\nallow = ['MIT']\n";

    #[test]
    fn a_plain_dependency_passes() {
        assert_eq!(judged(&dep(CRATES_IO, "MIT", "^1"), &[], DENY), [""; 0]);
    }

    #[test]
    fn licences_sources_and_wildcards_are_refused() {
        assert_eq!(judged(&dep(CRATES_IO, "MPL-2.0", "^1"), &[], DENY).len(), 1);
        assert_eq!(judged(&dep("git+ssh://example.org/dep", "MIT", "^1"), &[], DENY).len(), 1);
        assert_eq!(judged(&dep(CRATES_IO, "MIT", "*"), &[], DENY).len(), 1);
        let path = json!({ "id": "dep", "name": "dep", "version": "1.0.0", "source": null, "license": "MIT",
                           "req": "^1", "dependencies": [] });
        assert_eq!(judged(&path, &[], DENY).len(), 1);
        let no_licence = json!({ "id": "dep", "name": "dep", "version": "1.0.0", "source": CRATES_IO, "license": null,
                                 "req": "^1", "dependencies": [] });
        assert_eq!(judged(&no_licence, &[], DENY).len(), 1);
    }

    #[test]
    fn an_exception_is_for_its_crate_alone() {
        let deny = |name: &str| {
            format!("[licenses]\nallow = ['MIT']\nexceptions = [{{ crate = '{name}', allow = ['MPL-2.0'] }}]")
        };
        assert_eq!(judged(&dep(CRATES_IO, "MPL-2.0", "^1"), &[], &deny("dep")), [""; 0]);
        assert_eq!(judged(&dep(CRATES_IO, "MPL-2.0", "^1"), &[], &deny("other")).len(), 1);
    }

    #[test]
    fn banned_crates_and_features_are_refused() {
        let banned = "[licenses]\nallow = ['MIT']\n[bans]\ndeny = [{ crate = 'dep', reason = 'no' }]";
        assert_eq!(judged(&dep(CRATES_IO, "MIT", "^1"), &[], banned).len(), 1);
        let wrapped = "[licenses]\nallow = ['MIT']\n[bans]\ndeny = [{ crate = 'dep', wrappers = ['us'] }]";
        assert_eq!(judged_for(&dep(CRATES_IO, "MIT", "^1"), &json!("dev"), &[], wrapped), [""; 0]);
        assert_eq!(judged(&dep(CRATES_IO, "MIT", "^1"), &[], wrapped).len(), 1, "a user's build has it");
        let feature = "[licenses]\nallow = ['MIT']\n[[bans.features]]\ncrate = 'dep'\ndeny = ['bad']";
        assert_eq!(judged(&dep(CRATES_IO, "MIT", "^1"), &["good", "bad"], feature).len(), 1);
        assert_eq!(judged(&dep(CRATES_IO, "MIT", "^1"), &["good"], feature), [""; 0]);
    }
}
