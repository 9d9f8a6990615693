//! Who may import whom. The table is the one of `docs/architecture.md`: arrows point down only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::rust_source::{CratePath, code_lines, crate_paths};
use crate::{assert_none, files_under, read, root, shown};

/// Modules at the crate's root, with their floor. A module may import from the floors below its own and from itself;
/// modules of one floor are siblings, and never import each other.
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("text", 1),
    ("values", 2),
    ("policy", 3),
    ("state", 3),
    ("audit", 3),
    ("detect", 3),
    ("layers", 4),
    ("pipeline", 5),
    ("guard", 6),
];

/// Test doubles and the bodies of the fuzz targets: may import everything, is imported by tests alone.
const TESTING: &str = "testing";

/// The thirteen layers and the types that each one gives. A layer may name these of lower-numbered layers, and
/// nothing else of them: not their verbs, not their configuration.
pub(crate) const LAYERS: [(&str, &[&str]); 13] = [
    ("l00_sanitizer", &["Sanitized"]),
    ("l01_isolation", &["Isolated"]),
    ("l02_source_gate", &["Graded"]),
    ("l03_outbound_dlp", &["Passed"]),
    ("l04_provenance", &["Traced", "Labelled", "LabelledLeaf"]),
    ("l05_canary", &["Passed"]),
    ("l06_rate_limit", &["Paced"]),
    ("l07_error_sanitizer", &["SafeError"]),
    ("l08_scopes", &["Scoped"]),
    ("l09_tool_firewall", &["Permitted"]),
    ("l10_validation", &["Validated"]),
    ("l11_binding", &["Bound"]),
    ("l12_action_gate", &["Approved"]),
];

/// Most lines of code in a file, without comments, blank lines and tests. Generated tables are exempt.
const MAX_LINES: usize = 700;

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// Why `importer`, a module path, may not name what `path` names; `None` when it may.
fn refusal(importer: &[&str], path: &CratePath) -> Option<String> {
    let (&home, target) = (importer.first()?, path.segments.first().map_or("", String::as_str));
    if target == home || home == TESTING || (target == TESTING && path.in_test) {
        return layer_refusal(importer, path);
    }
    if target == TESTING {
        return Some("`testing` is for tests alone".into());
    }
    let Some(above) = floor(home) else { return Some(format!("`{home}` has no place in the import table")) };
    let Some(below) = floor(target) else {
        return Some(format!(
            "`crate::{target}` is no module of the import table; name the module that owns the item"
        ));
    };
    if home == "layers" && target == "audit" {
        return Some("a layer returns findings; `guard` records them".into());
    }
    match below.cmp(&above) {
        std::cmp::Ordering::Less => None,
        std::cmp::Ordering::Equal => Some(format!("`{home}` and `{target}` are siblings")),
        std::cmp::Ordering::Greater => Some(format!("`{target}` stands above `{home}`")),
    }
}

/// The same between layers.
fn layer_refusal(importer: &[&str], path: &CratePath) -> Option<String> {
    let [home, own, ..] = importer else { return None };
    let ["layers", other, rest @ ..] = &path.segments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    else {
        return None;
    };
    if *home != "layers" || own == other {
        return None;
    }
    let number = |name: &str| LAYERS.iter().position(|(layer, _)| *layer == name);
    match (number(own), number(other)) {
        (Some(own), Some(lower)) if lower < own => match rest {
            [name] if LAYERS[lower].1.contains(name) => None,
            _ if path.in_test => None, // A test makes its input with the layer that makes it.
            _ => Some(format!("of {other} only {:?} may be named", LAYERS[lower].1)),
        },
        _ => Some(format!("{other} is not a layer below {own}")),
    }
}

/// The module path of a file under `src`: `src/layers/l01_isolation.rs` is `layers::l01_isolation`.
fn module_of(file: &str) -> Vec<&str> {
    let path = file.strip_prefix("src/").unwrap_or(file).trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').collect()
}

/// Whether the file is a module of tests alone: named so, and declared so by the module that it belongs to.
pub(crate) fn is_test_file(file: &Path) -> bool {
    let declared = |parent: PathBuf| {
        std::fs::read_to_string(parent).is_ok_and(|source| source.contains("#[cfg(test)]\nmod tests;"))
    };
    let dir = file.parent().unwrap();
    file.ends_with("tests.rs") && (declared(dir.join("mod.rs")) || declared(dir.with_extension("rs")))
}

#[test]
fn imports_point_down_only() {
    let mut problems = Vec::new();
    for file in files_under(&root().join("src"), "rs") {
        let (name, source) = (shown(&file), read(&file));
        if name == "src/lib.rs" {
            continue;
        }
        if name == "src/main.rs" || name.starts_with("src/bin/") {
            if source.contains("bartizan::testing") {
                problems.push(format!("{name}: `testing` is for tests alone"));
            }
            continue; // A crate of its own: the compiler shows it the public API alone.
        }
        let module = module_of(&name);
        if module[0] != TESTING && floor(module[0]).is_none() {
            problems.push(format!("{name}: `{}` has no place in the import table", module[0]));
        }
        let test_file = is_test_file(&file);
        for mut path in crate_paths(&source, &module) {
            path.in_test |= test_file;
            if let Some(why) = refusal(&module, &path) {
                problems.push(format!("{name}:{}: {}: {why}", path.line, path.segments.join("::")));
            }
        }
    }
    assert_none("imports against the table", &problems);
}

#[test]
fn no_file_takes_a_place_that_its_path_does_not_tell() {
    let mut problems = Vec::new();
    for file in files_under(&root().join("src"), "rs") {
        let source = read(&file);
        for (number, line) in (1..).zip(source.lines()) {
            let code = line.trim_start();
            if code.starts_with("#[path") || code.starts_with("extern crate") || code.starts_with("include!(")
            {
                problems.push(format!("{}:{number}: {code}", shown(&file)));
            }
        }
    }
    assert_none("modules are where their names say", &problems);
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let problems: Vec<String> = files_under(&root().join("src"), "rs")
        .into_iter()
        .filter(|file| !is_test_file(file))
        .map(|file| (shown(&file), read(&file)))
        .filter(|(_, source)| !source.lines().take(5).any(|line| line.contains("@generated")))
        .map(|(name, source)| (name, code_lines(&source)))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(name, lines)| format!("{name}: {lines} lines of code, more than {MAX_LINES}"))
        .collect();
    assert_none("too long", &problems);
}

#[test]
fn the_thirteen_layers_have_their_places() {
    let dir = root().join("src/layers");
    let source = read(&dir.join("mod.rs"));
    let mut problems = Vec::new();
    let built: BTreeSet<String> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").to_string())
        .filter(|name| name != "mod")
        .collect();
    for name in &built {
        if !LAYERS.iter().any(|(layer, _)| layer == name) {
            problems.push(format!("src/layers/{name} is none of the thirteen"));
        }
        if !source.contains(&format!("pub mod {name};")) {
            problems.push(format!("src/layers/mod.rs has no `pub mod {name};`"));
        }
    }
    let documentation: String = source.lines().filter(|line| line.starts_with("//!")).collect();
    for (layer, _) in LAYERS {
        if !documentation.contains(layer) {
            problems.push(format!("the table of src/layers/mod.rs does not name {layer}"));
        }
    }
    assert_none("src/layers", &problems);
}

mod the_table_can_refuse {
    use super::*;

    fn refused(importer: &str, source: &str) -> bool {
        let module: Vec<&str> = importer.split("::").collect();
        crate_paths(source, &module).iter().any(|path| refusal(&module, path).is_some())
    }

    #[test]
    fn arrows_that_point_up() {
        assert!(refused("base::span", "use crate::text::fold;"));
        assert!(refused("text::json", "use crate::values::ToolCall;"));
        assert!(refused("layers::l00_sanitizer", "use crate::pipeline::Delta;"));
        assert!(refused("pipeline", "fn f(g: &crate::guard::Guard) {}"));
        assert!(refused("state::memory", "use super::super::layers::l00_sanitizer::Sanitized;"));
        assert!(!refused("text::json", "use crate::base::{JsonPointer, Limits};"));
        assert!(!refused(
            "guard::tool",
            "use crate::{audit::Chain, base::Span, layers::l12_action_gate::Approved};"
        ));
    }

    #[test]
    fn siblings_that_import_each_other() {
        assert!(refused("policy::compile", "use crate::state::QuotaKey;"));
        assert!(refused("state::memory", "use crate::audit::AuditEvent;"));
        assert!(refused("detect", "use crate::{base::Span, policy::Policy};"));
        assert!(!refused("policy::compile", "use crate::policy::doc::RuleDoc;"));
    }

    #[test]
    fn layers_that_reach_into_each_other() {
        assert!(refused("layers::l01_isolation", "use crate::layers::l02_source_gate::Graded;"));
        assert!(refused("layers::l01_isolation", "use crate::layers::l00_sanitizer::Sanitizer;"));
        assert!(refused("layers::l01_isolation", "use super::l00_sanitizer::html::visible;"));
        assert!(refused("layers::l01_isolation", "use crate::layers::l00_sanitizer;"));
        assert!(refused("layers::l01_isolation", "use crate::audit::AuditEvent;"));
        assert!(!refused("layers::l01_isolation", "use crate::layers::l00_sanitizer::Sanitized;"));
        assert!(!refused("layers::l00_sanitizer::html", "use super::unicode::clean;"));
        assert!(!refused("layers::l12_action_gate", "use super::l11_binding::Bound;"));
        let in_a_test =
            |layer| format!("#[cfg(test)]\nmod tests {{ use crate::layers::{layer}::Sanitizer; }}");
        assert!(!refused("layers::l01_isolation", &in_a_test("l00_sanitizer")));
        assert!(refused("layers::l01_isolation", &in_a_test("l02_source_gate")));
    }

    #[test]
    fn ways_around_the_table() {
        assert!(refused("text", "use crate::*;"));
        assert!(refused("text", "use crate::{self as root};"));
        assert!(refused("text", "use crate::Guard;"));
        assert!(refused("text", "use crate::unheard_of::Thing;"));
        assert!(refused("unheard_of", "use crate::base::Span;"));
        assert!(refused("text", "use crate::testing::ManualClock;"));
        assert!(!refused("text", "#[cfg(test)]\nmod tests { use crate::testing::ManualClock; }"));
        assert!(!refused("testing::fuzz", "use crate::guard::Guard;"));
    }

    #[test]
    fn a_file_is_the_module_that_its_path_says() {
        assert_eq!(module_of("src/base/mod.rs"), ["base"]);
        assert_eq!(module_of("src/detect.rs"), ["detect"]);
        assert_eq!(
            module_of("src/layers/l03_outbound_dlp/secrets.rs"),
            ["layers", "l03_outbound_dlp", "secrets"]
        );
    }
}
