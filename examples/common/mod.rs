//! What the measuring examples share: reading corpora, shares, and an end that says what was wrong.
#![allow(dead_code, reason = "each program uses a part of it")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a measuring program reads files and prints"
)]

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bartizan::policy::{Policy, Preset};
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Ends the program: quietly, or with what was wrong and exit code 2.
pub(crate) fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The policy in this file, or the default one.
pub(crate) fn policy(file: Option<&Path>) -> Outcome<Policy> {
    let Some(file) = file else { return Ok(Policy::preset(Preset::Balanced)) };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Policy::from_yaml(&text).map_err(|error| format!("{}:\n{error}", file.display()).into())
}

/// The folder, when it is one.
pub(crate) fn folder(path: &Path) -> Outcome<&Path> {
    if path.is_dir() { Ok(path) } else { Err(format!("{} is no folder", path.display()).into()) }
}

/// `NAME.jsonl` in this folder, or the same compressed.
pub(crate) fn lines_file(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let plain = folder.join(format!("{name}.jsonl"));
    let packed = folder.join(format!("{name}.jsonl.gz"));
    [plain, packed]
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| format!("{} has neither {name}.jsonl nor {name}.jsonl.gz", folder.display()).into())
}

/// Every line of the file as a row; files that end in `.gz` are unpacked.
pub(crate) fn rows<T: DeserializeOwned>(path: &Path) -> Outcome<Vec<T>> {
    let told = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(|error| told(&error))?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|ending| ending == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(reader).lines()) {
        let line = line.map_err(|error| told(&error))?;
        if line.trim().is_empty() {
            continue;
        }
        let row = serde_json::from_str(&line).map_err(|error| told(&format!("line {number}: {error}")))?;
        rows.push(row);
    }
    if rows.is_empty() { Err(told(&"it has no rows").into()) } else { Ok(rows) }
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Share {
    pub(crate) hit: usize,
    pub(crate) of: usize,
}

impl Share {
    /// One more, that counts or does not.
    pub(crate) fn add(&mut self, hit: bool) {
        self.of = self.of.saturating_add(1);
        self.hit = self.hit.saturating_add(usize::from(hit));
    }

    /// In percent; nothing where there is nothing.
    #[expect(clippy::cast_precision_loss, reason = "counts of a corpus's rows")]
    pub(crate) fn percent(self) -> Option<f64> {
        (self.of > 0).then(|| 100.0 * self.hit as f64 / self.of as f64)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.percent() {
            Some(percent) => f.pad(&format!("{}/{} {percent:.1} %", self.hit, self.of)),
            None => f.pad("-"),
        }
    }
}
