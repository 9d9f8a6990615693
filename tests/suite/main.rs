//! The suite: one binary, so that it links once. Each module holds one thing to be true of the crate.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test reads files, and panics when it fails"
)]

mod architecture;
#[cfg(all(feature = "test-util", feature = "yaml"))]
mod cases;
#[cfg(all(feature = "test-util", feature = "yaml"))]
mod concurrency;
mod dependencies;
#[cfg(feature = "yaml")]
mod detectors;
mod docs_in_sync;
#[cfg(feature = "cli")]
mod docs_run;
#[cfg(all(feature = "test-util", feature = "yaml"))]
mod fail_closed;
#[cfg(feature = "test-util")]
mod fuzz_replay;
mod labels;
#[cfg(all(feature = "onnx", feature = "cli"))]
mod onnx;
mod pages;
#[cfg(all(feature = "test-util", feature = "yaml"))]
mod pairs;
mod places;
#[cfg(feature = "cli")]
mod policy_commands;
#[cfg(all(feature = "test-util", feature = "yaml"))]
mod properties;
mod reference;
mod rules;
mod rust_source;

use std::path::{Path, PathBuf};

/// Turns a future until it is done, as an executor does that has nothing else to do.
#[cfg(feature = "yaml")]
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

/// The folder of `Cargo.toml`.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under `dir` whose name ends in `.ext`, sorted; none when there is no such folder.
fn files_under(dir: &Path, ext: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == ext) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The file's text.
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path as people write it: from the folder of `Cargo.toml`, with forward slashes.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Fails with one line per problem.
fn assert_none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n  {}\n", problems.join("\n  "));
}
