//! Trains the heads of the injection detector, and measures them with each source left out.
//!
//! ```text
//! cargo run --release --all-features --example train_injection -- DIR [--left-out] [--out src/detect/heads.bin]
//! ```
//!
//! `DIR` holds `train.jsonl` and `dev.jsonl`, or the same compressed. Nothing is drawn by chance: the same texts give
//! the same bytes. `--left-out` trains once more for each group of sources without it, and says what the heads make of
//! texts of whose source they have seen nothing. The curve from sums to probabilities is fitted to those, so the model
//! is only written with it.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    clippy::string_slice,
    clippy::format_push_string,
    reason = "a training program reads files, computes and prints"
)]

#[path = "../examples/common/mod.rs"]
mod common;
mod corpus;
#[path = "../src/detect/features.rs"]
mod features;
mod learn;
#[path = "../src/detect/lexicon.rs"]
mod lexicon;
mod model;
mod random;
mod report;
mod synth;
#[path = "../src/detect/words.rs"]
mod words;

/// What the files of the crate refer to.
mod text {
    pub(crate) use bartizan::text::Folder;
}

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use common::Outcome;
use corpus::{Corpus, fold_of};
use learn::{Head, Knobs};
use model::Curve;

#[derive(Debug, Parser)]
#[command(about = "Trains the heads of the injection detector")]
struct Options {
    /// The folder with `train.jsonl` and `dev.jsonl`, or the same compressed.
    dir: PathBuf,
    /// Where to write the heads; needs `--left-out`.
    #[arg(long, value_name = "FILE", requires = "left_out")]
    out: Option<PathBuf>,
    /// Leave each source out once, and measure on it.
    #[arg(long)]
    left_out: bool,
    /// Settings as NAME=VALUE.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

fn main() -> ExitCode {
    common::finish(run(&Options::parse()))
}

fn run(options: &Options) -> Outcome {
    let mut knobs = Knobs::default();
    for set in &options.set {
        let (name, value) = set.split_once('=').ok_or("NAME=VALUE")?;
        knobs.set(name, value.parse()?);
    }
    let began = std::time::Instant::now();
    let corpus = Corpus::read(&options.dir, &knobs)?;
    eprintln!("read: {} texts, {} windows, {:?}", corpus.docs.len(), corpus.windows.len(), began.elapsed());
    let all: Vec<bool> = corpus.docs.iter().map(|doc| doc.is_train).collect();
    let heads = Head::pair(&corpus, &all, &knobs);
    eprintln!("trained: {:?}", began.elapsed());
    let mut scores = report::scores(&corpus, &heads);
    report::brings("nothing", &corpus, &scores);
    if options.left_out {
        for fold in corpus.folds() {
            let part: Vec<bool> = corpus
                .docs
                .iter()
                .map(|doc| doc.is_train && fold_of(&doc.source) != fold && doc.carrier != Some(fold))
                .collect();
            let without = Head::pair(&corpus, &part, &knobs);
            let judged = report::scores(&corpus, &without);
            report::brings(fold, &corpus, &judged);
            for ((doc, score), judged) in corpus.docs.iter().zip(&mut scores).zip(judged) {
                if doc.is_train && fold_of(&doc.source) == fold {
                    *score = judged;
                }
            }
        }
        eprintln!("left out: {:?}", began.elapsed());
    }
    let curves = [0, 1].map(|head| Curve::fit(&corpus, &scores, head));
    report::report(&corpus, &scores, &curves);
    if let Some(out) = &options.out {
        let bytes = model::bytes(&heads, &curves);
        std::fs::write(out, &bytes).map_err(|error| format!("{}: {error}", out.display()))?;
        eprintln!("written: {} bytes to {}", bytes.len(), out.display());
    }
    Ok(())
}
