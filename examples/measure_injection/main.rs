//! Measures the detectors: which attacks they see, and which harmless texts they take for attacks.
//!
//! ```text
//! cargo run --release --all-features --example measure_injection -- PATH [--file NAME] [--only rules] [--html FILE] [--policy FILE] [--json] [--why]
//! ```
//!
//! `PATH` is a file of JSON lines, plain or `.gz`, or a folder that holds `dev.jsonl` (`--file train` reads another): texts,
//! each with a label (`attack`, `benign`), its source and its kind. Every text comes in as a web page's plain text.
//!
//! For each source: the share of attacks seen and of harmless texts taken for one, F1 and AUC of its attacks against all
//! harmless texts of the file, and how many of them score above 1 % and 0.1 % of those. AUC is the chance that an attack
//! scores above a harmless text; half a point where they score alike. A text that the guard refuses counts as an attack that
//! is certain. `--html` draws the curves. `--only rules` and `--only heads` let one detector read the bare text, without the
//! guard, the policy and what L0 finds hidden.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a measuring program prints and writes"
)]

#[path = "../common/mod.rs"]
mod common;
mod page;
mod tally;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use bartizan::base::{Limits, SecurityContext, SessionId, Source, Verdict};
#[cfg(feature = "onnx")]
use bartizan::detect::OnnxDetector;
use bartizan::detect::{Assessment, Detector, HeadDetector, Likeness, Place, RuleDetector, Score};
use bartizan::guard::{Guard, Inbound};
use bartizan::text::NormalizedText;
use clap::{Parser, ValueEnum};
use serde::Deserialize;

use common::Outcome;
use tally::{Judged, Tables};

#[derive(Debug, Parser)]
#[command(about = "Measures which attacks the detectors see and what they take for one")]
struct Options {
    /// A file of JSON lines, or a folder with one.
    path: PathBuf,
    /// Which file of the folder.
    #[arg(long, value_name = "NAME", default_value = "dev")]
    file: String,
    /// A policy in YAML instead of the balanced preset.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// One of the built-in detectors alone.
    #[arg(long, value_enum, conflicts_with = "policy")]
    only: Option<Only>,
    /// A classifier in ONNX form beside the built-in detectors: a folder with `model.onnx`, `tokenizer.json` and
    /// `config.json`. With `--only model`, alone.
    #[cfg(feature = "onnx")]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// From which probability on it is believed.
    #[cfg(feature = "onnx")]
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, requires = "model")]
    model_from: f32,
    /// Fails where fewer attacks of this kind are seen, in percent: `indirect=95`. `all` is every kind.
    #[arg(long, value_name = "KIND=PERCENT")]
    at_least: Vec<Mark>,
    /// Fails where more harmless texts of this kind are taken for attacks.
    #[arg(long, value_name = "KIND=PERCENT")]
    at_most: Vec<Mark>,
    /// Write a page with the curves.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The tables as JSON.
    #[arg(long)]
    json: bool,
    /// Which rules spoke, in attacks and in harmless texts.
    #[arg(long)]
    why: bool,
}

/// A kind of texts and a share of them.
#[derive(Debug, Clone)]
struct Mark {
    kind: String,
    percent: f64,
}

impl FromStr for Mark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, percent) = text.split_once('=').ok_or("a kind and a share are wanted: `indirect=95`")?;
        let percent = percent.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
        let percent = percent.ok_or("the share is a number from 0 to 100")?;
        Ok(Self { kind: kind.to_owned(), percent })
    }
}

/// What sank below its floor or rose above its ceiling. A kind that is not there was not measured, which is no pass.
fn sunk(tables: &Tables, at_least: &[Mark], at_most: &[Mark]) -> Vec<String> {
    let group = |kind: &str| ["kind", "all"].iter().find_map(|by| tables.groups.get(by)?.get(kind));
    let low = at_least.iter().filter_map(|Mark { kind, percent }| {
        match group(kind).and_then(|group| group.attack.percent()) {
            Some(seen) if seen >= *percent => None,
            Some(seen) => {
                Some(format!("{kind}: {seen:.1} % of the attacks are seen, {percent} % have to be"))
            }
            None => Some(format!("{kind}: no attack of this kind is there to be seen")),
        }
    });
    let high = at_most.iter().filter_map(|Mark { kind, percent }| {
        match group(kind).and_then(|group| group.false_attack.percent()) {
            Some(taken) if taken <= *percent => None,
            Some(taken) => Some(format!(
                "{kind}: {taken:.1} % of the harmless texts are taken for attacks, {percent} % may be"
            )),
            None => Some(format!("{kind}: no harmless text of this kind is there")),
        }
    });
    low.chain(high).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    Rules,
    Heads,
    #[cfg(feature = "onnx")]
    Model,
}

/// Who judges.
#[derive(Debug)]
enum Judge {
    Guard(Box<Guard>),
    One(Box<dyn Detector>),
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

fn main() -> ExitCode {
    common::finish(run(&Options::parse()))
}

#[cfg(feature = "onnx")]
fn model(options: &Options, folder: &Path) -> Result<OnnxDetector, bartizan::detect::OnnxError> {
    Ok(OnnxDetector::open("model", folder)?.attack_from(options.model_from))
}

fn run(options: &Options) -> Outcome {
    let file = if options.path.is_dir() {
        common::lines_file(common::folder(&options.path)?, &options.file)?
    } else {
        options.path.clone()
    };
    let judge = match options.only {
        None => {
            let builder = Guard::builder(common::policy(options.policy.as_deref())?);
            #[cfg(feature = "onnx")]
            let builder = match &options.model {
                Some(folder) => builder.detector(model(options, folder)?),
                None => builder,
            };
            Judge::Guard(Box::new(builder.build()?))
        }
        Some(Only::Rules) => Judge::One(Box::new(RuleDetector::compile())),
        Some(Only::Heads) => Judge::One(Box::new(HeadDetector::compile())),
        #[cfg(feature = "onnx")]
        Some(Only::Model) => {
            let folder = options.model.as_deref().ok_or("`--only model` needs `--model DIR`")?;
            Judge::One(Box::new(model(options, folder)?))
        }
    };
    let (tables, rules) = measure(&file, &judge)?;
    told(options, &tables, &rules)?;
    let sunk = sunk(&tables, &options.at_least, &options.at_most);
    if sunk.is_empty() { Ok(()) } else { Err(sunk.join("\n").into()) }
}

fn told(options: &Options, tables: &Tables, rules: &BTreeMap<String, [usize; 2]>) -> Outcome {
    if let Some(html) = &options.html {
        std::fs::write(html, page::page(tables)).map_err(|error| format!("{}: {error}", html.display()))?;
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&tables.groups)?);
        return Ok(());
    }
    print!("{tables}");
    if options.why {
        println!("\n{:<44} {:>8} {:>8}", "rule", "attacks", "harmless");
        for (rule, [attacks, benign]) in rules {
            println!("{rule:<44} {attacks:>8} {benign:>8}");
        }
    }
    Ok(())
}

/// The tables, and how often each rule spoke in attacks and in harmless texts.
type Measured = (Tables, BTreeMap<String, [usize; 2]>);

fn measure(file: &Path, judge: &Judge) -> Outcome<Measured> {
    let rows: Vec<Row> = common::rows(file)?;
    let mut tables = Tables::default();
    let mut rules: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for row in &rows {
        let (judged, spoke) = match judge {
            Judge::Guard(guard) => guarded(guard, row)?,
            Judge::One(detector) => read(&**detector, row),
        };
        for rule in spoke {
            let [attacks, benign] = rules.entry(rule).or_default();
            let count = if judged.is_attack { attacks } else { benign };
            *count = count.saturating_add(1);
        }
        let template = row.template.as_ref().map(|template| ("template", template.clone()));
        let groups = [Some(("all", "all".to_owned())), Some(("kind", row.kind.clone())), template];
        let source = Some(("source", row.source.clone()));
        tables.count(judged, groups.into_iter().chain([source]).flatten());
    }
    tables.finish();
    Ok((tables, rules))
}

/// What one detector says of a text, and the rules that spoke.
fn read(detector: &dyn Detector, row: &Row) -> (Judged, Vec<String>) {
    let began = Instant::now();
    let mut assessment = Assessment::default();
    assessment.inspect(detector, &NormalizedText::new(&*row.text, &Limits::default()), Place::Visible);
    let took = began.elapsed();
    let spoke = assessment.rules().iter().map(ToString::to_string).collect();
    let (likeness, score) = (assessment.likeness(), thousandths(assessment.score()));
    (Judged { is_attack: row.label == Label::Attack, likeness, score, bytes: row.text.len(), took }, spoke)
}

/// What the guard says of a text, and the rules that spoke.
fn guarded(guard: &Guard, row: &Row) -> Outcome<(Judged, Vec<String>)> {
    let cx = SecurityContext::new(SessionId::new("texts")?);
    let source = Source::web("https://page.example");
    let began = Instant::now();
    let verdict = guard.process_inbound(&cx, Inbound::new(&row.text, &source));
    let took = began.elapsed();
    let (score, likeness, spoke) = match verdict {
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
    let is_attack = row.label == Label::Attack;
    Ok((Judged { is_attack, likeness, score, bytes: row.text.len(), took }, spoke))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score is between 0 and 1")]
fn thousandths(score: Score) -> u32 {
    (score.as_f32() * 1000.0).round() as u32
}

#[cfg(test)]
mod tests {
    use bartizan::policy::{Policy, Preset};

    use super::*;

    /// Sentences of our own, in the ways in which they come: what is found of them may not sink.
    #[test]
    fn own_sentences_stay_above_their_floors() {
        let tables = measured("injection");
        let all = &tables.groups["all"]["all"];
        let (recall, suspected) = (all.attack.percent().unwrap(), all.suspect.percent().unwrap());
        let alarms = all.false_attack.percent().unwrap();
        assert!(recall >= RECALL, "{recall} % of the attacks are seen");
        assert!(suspected >= SUSPECTED, "{suspected} % of the attacks are suspect at least");
        assert!(alarms <= ALARMS, "{alarms} % of the harmless texts are taken for attacks");
    }

    #[test]
    fn what_sinks_below_its_floor_is_told() {
        let tables = measured("injection");
        let marks = |marks: &[&str]| marks.iter().map(|mark| mark.parse().unwrap()).collect::<Vec<Mark>>();
        assert!(sunk(&tables, &marks(&["all=10"]), &marks(&["all=90"])).is_empty());
        let low = sunk(&tables, &marks(&["all=100", "nothing=1"]), &marks(&["all=0"]));
        assert!(low.len() >= 2 && low.iter().any(|line| line.starts_with("nothing:")), "{low:?}");
        for wrong in ["all", "all=", "all=101", "all=-1", "all=NaN"] {
            assert!(wrong.parse::<Mark>().is_err(), "{wrong}");
        }
    }

    fn measured(name: &str) -> Tables {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/data/{name}.jsonl"));
        let guard = Guard::builder(Policy::preset(Preset::Balanced)).build().unwrap();
        measure(&file, &Judge::Guard(Box::new(guard))).unwrap().0
    }

    /// Harmless sentences that resemble attacks, and attacks that resemble them; written before the heads were trained,
    /// and not for them.
    #[test]
    fn look_alikes_are_told_apart() {
        let tables = measured("look_alikes");
        let all = &tables.groups["all"]["all"];
        let (recall, alarms) = (all.attack.percent().unwrap(), all.false_attack.percent().unwrap());
        assert!(recall >= 75.0, "{recall} % of the attacks are seen");
        assert!(alarms <= 4.0, "{alarms} % of the harmless texts are taken for attacks");
    }

    const RECALL: f64 = 90.0;
    const SUSPECTED: f64 = 95.0;
    const ALARMS: f64 = 2.0;
}
