//! The fuzz targets' corpora, without a fuzzer: what was once found stays fixed.

use std::collections::BTreeSet;
use std::path::Path;

use bartizan::testing::fuzz::TARGETS;

use crate::{assert_none, files_under, root, shown};

fn names(dir: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").to_string())
        .collect()
}

#[test]
fn each_corpus_holds() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        for entry in std::fs::read_dir(root().join("fuzz/corpus").join(name)).unwrap() {
            let path = entry.unwrap().path();
            let data = std::fs::read(&path).unwrap();
            if std::panic::catch_unwind(|| target(&data)).is_err() {
                broken.push(shown(&path));
            }
        }
    }
    assert_none("laws that do not hold (the reasons are above)", &broken);
}

#[test]
fn each_body_has_its_target_and_its_corpus() {
    let bodies: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_string()).collect();
    assert_eq!(names(&root().join("fuzz/fuzz_targets")), bodies);
    assert_eq!(names(&root().join("fuzz/corpus")), bodies);
    let manifest = crate::read(&root().join("fuzz/Cargo.toml"));
    for file in files_under(&root().join("fuzz/fuzz_targets"), "rs") {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "fuzz/Cargo.toml does not name {name}");
        assert!(crate::read(&file).contains(&format!("fuzz::{name}(")), "{name} runs another body");
    }
}
