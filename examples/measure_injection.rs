//! Measures the detectors: which attacks they see, and which harmless texts they take for attacks.
//!
//! ```text
//! cargo run --release --all-features --example measure_injection -- DIR [--file NAME] [--policy FILE] [--json] [--why]
//! ```
//!
//! `DIR` holds `dev.jsonl` (or `.jsonl.gz`; `--file train` reads the other part): texts, each with a label (`attack`,
//! `benign`), its source and its kind. Every text comes in as a web page's plain text. `AUC` is the chance that a random
//! attack scores above a random harmless text (of all of them), whatever the threshold; half a point where they score
//! alike. A text that the guard refuses counts as an attack that is certain.
#![expect(clippy::disallowed_macros, reason = "a measuring program prints")]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use bartizan::base::{SecurityContext, SessionId, Source, Verdict};
use bartizan::detect::{Likeness, Score};
use bartizan::guard::{Guard, Inbound};
use clap::Parser;
use serde::{Deserialize, Serialize};

use common::{Outcome, Share};

#[derive(Debug, Parser)]
#[command(about = "Measures which attacks the detectors see and what they take for one")]
struct Options {
    /// The folder with `dev.jsonl`.
    dir: PathBuf,
    /// Another part of the corpus.
    #[arg(long, value_name = "NAME", default_value = "dev")]
    file: String,
    /// A policy in YAML instead of the balanced preset.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The tables as JSON.
    #[arg(long)]
    json: bool,
    /// Which rules spoke, in attacks and in harmless texts.
    #[arg(long)]
    why: bool,
}

#[derive(Debug, Deserialize)]
struct Row {
    text: String,
    label: Label,
    source: String,
    kind: String,
    template: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Label {
    Attack,
    Benign,
}

/// What was said of the texts of one group.
#[derive(Debug, Default, Serialize)]
struct Group {
    /// Attacks judged to be attacks.
    attack: Share,
    /// Attacks judged to be at least suspect.
    suspect: Share,
    /// Harmless texts judged to be attacks.
    false_attack: Share,
    /// Harmless texts judged to be at least suspect.
    false_suspect: Share,
    #[serde(serialize_with = "as_auc")]
    auc: Option<f64>,
    #[serde(skip)]
    scores: Vec<u32>,
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn as_auc<S: serde::Serializer>(auc: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    auc.map(|auc| (auc * 10_000.0).round() / 10_000.0).serialize(serializer)
}

fn main() -> ExitCode {
    common::finish(run(&Options::parse()))
}

fn run(options: &Options) -> Outcome {
    let rows: Vec<Row> = common::rows(&common::lines_file(common::folder(&options.dir)?, &options.file)?)?;
    let guard = Guard::builder(common::policy(options.policy.as_deref())?).build()?;
    let mut tables: BTreeMap<&str, BTreeMap<String, Group>> = BTreeMap::new();
    let mut rules: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut harmless = Vec::new();
    for (number, row) in (1..).zip(&rows) {
        let (score, likeness, spoke) = judged(&guard, &row.text, number)?;
        let is_attack = row.label == Label::Attack;
        if !is_attack {
            harmless.push(score);
        }
        for rule in spoke {
            let [attacks, benign] = rules.entry(rule).or_default();
            let count = if is_attack { attacks } else { benign };
            *count = count.saturating_add(1);
        }
        let template = row.template.as_ref().map(|template| ("template", template.clone()));
        let groups = [Some(("all", "all".to_owned())), Some(("kind", row.kind.clone())), template];
        for (table, name) in groups.into_iter().flatten().chain([("source", row.source.clone())]) {
            let group = tables.entry(table).or_default().entry(name).or_default();
            group.count(is_attack, likeness, score);
        }
    }
    harmless.sort_unstable();
    for group in tables.values_mut().flat_map(BTreeMap::values_mut) {
        group.auc = auc(&group.scores, &harmless);
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&tables)?);
        return Ok(());
    }
    for (table, groups) in &tables {
        println!(
            "\n{table:<28} {:>18} {:>18} {:>6}   {:>18} {:>18}",
            "attacks seen", "or suspected", "AUC", "false alarms", "or suspected"
        );
        for (name, group) in groups {
            let auc = group.auc.map_or_else(|| "-".to_owned(), |auc| format!("{auc:.3}"));
            println!(
                "{name:<28} {:>18} {:>18} {auc:>6}   {:>18} {:>18}",
                group.attack, group.suspect, group.false_attack, group.false_suspect
            );
        }
    }
    if options.why {
        println!("\n{:<44} {:>8} {:>8}", "rule", "attacks", "harmless");
        for (rule, [attacks, benign]) in &rules {
            println!("{rule:<44} {attacks:>8} {benign:>8}");
        }
    }
    Ok(())
}

/// Score, verdict and the rules that spoke.
fn judged(guard: &Guard, text: &str, number: usize) -> Outcome<(u32, Likeness, Vec<String>)> {
    let cx = SecurityContext::new(SessionId::new(&format!("text-{number}"))?);
    let source = Source::web("https://page.example");
    let judged = match guard.process_inbound(&cx, Inbound::new(text, &source)) {
        Verdict::Pass(admitted, report) => {
            let injection = admitted.injection();
            let mut spoke: Vec<String> =
                report.findings().iter().map(|found| found.rule.to_string()).collect();
            spoke.sort_unstable();
            spoke.dedup();
            (thousandths(injection.score()), injection.likeness(), spoke)
        }
        Verdict::Block(_) => (thousandths(Score::ONE), Likeness::Attack, vec!["refused".to_owned()]),
    };
    guard.reset(&cx).into_result()?;
    Ok(judged)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score is between 0 and 1")]
fn thousandths(score: Score) -> u32 {
    (score.as_f32() * 1000.0).round() as u32
}

impl Group {
    fn count(&mut self, is_attack: bool, likeness: Likeness, score: u32) {
        let (attack, suspect) = if is_attack {
            self.scores.push(score);
            (&mut self.attack, &mut self.suspect)
        } else {
            (&mut self.false_attack, &mut self.false_suspect)
        };
        attack.add(likeness == Likeness::Attack);
        suspect.add(likeness >= Likeness::Suspect);
    }
}

/// The chance that one of `attacks` scores above one of `harmless`, which are sorted.
#[expect(clippy::cast_precision_loss, reason = "counts of a corpus's rows")]
fn auc(attacks: &[u32], harmless: &[u32]) -> Option<f64> {
    if attacks.is_empty() || harmless.is_empty() {
        return None;
    }
    let wins: f64 = attacks
        .iter()
        .map(|score| {
            let below = harmless.partition_point(|other| other < score);
            let not_above = harmless.partition_point(|other| other <= score);
            f64::midpoint(below as f64, not_above as f64)
        })
        .sum();
    Some(wins / attacks.len() as f64 / harmless.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_counts_ties_by_half() {
        assert_eq!(auc(&[9, 9], &[1, 2]), Some(1.0));
        assert_eq!(auc(&[1], &[1]), Some(0.5));
        assert_eq!(auc(&[0, 2], &[1, 1]), Some(0.5));
        assert_eq!(auc(&[], &[1]), None);
    }
}
