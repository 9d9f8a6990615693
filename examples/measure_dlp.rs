//! Measures what leaves: credentials, personal data and disguised forms of them that outbound checks catch, and
//! harmless texts that they take for one.
//!
//! ```text
//! cargo run --release --all-features --example measure_dlp -- DIR [--policy FILE] [--register] [--json] [--rows] [--why] [--ordinary] [--streamed]
//! ```
//!
//! `DIR` holds the six files `secrets_pos`, `secrets_neg`, `exfil`, `exfil_neg`, `pii_pos`, `pii_neg` as `.jsonl` (or
//! `.jsonl.gz`). A row is *caught* when anything of the data-loss layer is reported in it, *stopped* when it does not
//! leave as it is. Rows of a channel that splits a secret over calls are fed line by line, in one session. With
//! `--register` the host knows the secret of each row beforehand.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a measuring program reads files and prints"
)]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use bartizan::base::{Disposition, Layer, SecretValue, SecurityContext, SessionId, Severity};
use bartizan::guard::{Guard, Outbound, Quoting, RegisteredKind, Sink};
use bartizan::policy::Policy;
use clap::Parser;
use serde::{Deserialize, Serialize};

use common::{Outcome, Share};

/// The files, and by which of a row's fields their rows are grouped.
const FILES: &[&str] = &["secrets_pos", "secrets_neg", "exfil", "exfil_neg", "pii_pos", "pii_neg"];

#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[command(
    about = "Measures which secrets and personal data are caught on their way out, and what is mistaken for them"
)]
struct Options {
    /// The folder with the files.
    dir: PathBuf,
    /// A policy in YAML instead of the balanced preset.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Register each row's secret or value before its text is checked.
    #[arg(long)]
    register: bool,
    /// The tables as JSON.
    #[arg(long)]
    json: bool,
    /// The ids of the rows that were missed, and of those that were mistaken, with the rules that spoke.
    #[arg(long)]
    rows: bool,
    /// Also by type of secret, and which rules spoke.
    #[arg(long)]
    why: bool,
    /// Read `DIR` as a tree of ordinary files instead, and tell which of them would be stopped.
    #[arg(long)]
    ordinary: bool,
    /// Feed each text as a stream, cut at every place and into pieces, and tell what escaped.
    #[arg(long)]
    streamed: bool,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    text: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    channel: Option<String>,
    family: Option<String>,
    carrier: Option<String>,
    secret_type: Option<String>,
    secret: Option<String>,
    value: Option<String>,
}

impl Row {
    /// What the row is counted under, besides all rows of its file.
    fn groups(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let groups = [
            ("family", &self.family),
            ("channel", &self.channel),
            ("carrier", &self.carrier),
            ("type", &self.kind),
            ("secret", &self.secret_type),
        ];
        groups.into_iter().filter_map(|(table, name)| Some((table, name.as_deref()?)))
    }

    /// The texts that leave, one after the other.
    fn texts(&self) -> Vec<&str> {
        let split = self.channel.as_ref().is_some_and(|channel| channel.starts_with("split_calls"));
        if split { self.text.lines().collect() } else { vec![&self.text] }
    }
}

#[derive(Debug, Default, Serialize)]
struct Group {
    caught: Share,
    stopped: Share,
}

/// A file's groups: by table, then by name.
#[derive(Debug, Default, Serialize)]
struct Table {
    all: Group,
    groups: BTreeMap<&'static str, BTreeMap<String, Group>>,
    rules: BTreeMap<String, usize>,
}

fn main() -> ExitCode {
    common::finish(run(&Options::parse()))
}

fn run(options: &Options) -> Outcome {
    let policy = common::policy(options.policy.as_deref())?;
    if options.ordinary {
        return ordinary(&policy, options);
    }
    if options.streamed {
        return streamed(&policy, options);
    }
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    for file in FILES {
        let rows: Vec<Row> = common::rows(&common::lines_file(common::folder(&options.dir)?, file)?)?;
        let guard = Guard::builder(policy.clone()).build()?;
        let table = tables.entry(file).or_default();
        for row in &rows {
            let (caught, stopped, rules) =
                if options.register { leaves(&knowing(&policy, row)?, row)? } else { leaves(&guard, row)? };
            if options.rows && caught == file.ends_with("_neg") {
                println!("{file} {} {}", row.id, rules.join(" "));
            }
            let count = |group: &mut Group| {
                group.caught.add(caught);
                group.stopped.add(stopped);
            };
            count(&mut table.all);
            for (name, value) in row.groups() {
                count(table.groups.entry(name).or_default().entry(value.to_owned()).or_default());
            }
            for rule in rules {
                let rule = table.rules.entry(rule).or_default();
                *rule = rule.saturating_add(1);
            }
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&tables)?);
    } else {
        for file in FILES {
            if let Some(table) = tables.get(file) {
                print(file, table, options.why);
            }
        }
    }
    Ok(())
}

/// A guard whose host knows the row's secret.
fn knowing(policy: &Policy, row: &Row) -> Outcome<Guard> {
    let guard = Guard::builder(policy.clone()).build()?;
    let cx = SecurityContext::new(SessionId::new("host")?);
    for (value, kind) in [(&row.secret, RegisteredKind::Secret), (&row.value, RegisteredKind::Sensitive)] {
        if let Some(value) = value {
            // Some values are too short to be registered: then they are not, as in life.
            guard.register(&cx, &[SecretValue::new(value.clone())], kind).is_block();
        }
    }
    Ok(guard)
}

/// Whether anything was reported, whether the text was kept from leaving as it is, and the rules that spoke.
fn leaves(guard: &Guard, row: &Row) -> Outcome<(bool, bool, Vec<String>)> {
    let cx = SecurityContext::new(SessionId::new(&row.id)?);
    let sink = Sink::unknown();
    let (mut rules, mut stopped) = (Vec::new(), false);
    for text in row.texts() {
        let verdict = guard.check_outbound(&cx, Outbound::new(text, &sink));
        let report = verdict.report();
        stopped |= report.disposition() > Disposition::Allow;
        let found = report.findings().iter().filter(|found| found.layer == Layer::OutboundDlp);
        rules.extend(found.map(|found| found.rule.to_string()));
    }
    rules.sort_unstable();
    rules.dedup();
    Ok((!rules.is_empty(), stopped, rules))
}

/// Most files of a tree, and most bytes of one.
const FILES_OF_A_TREE: usize = 400;
const FILE: usize = 16 << 10;

/// How many files of a tree would be stopped, and by which rules.
fn ordinary(policy: &Policy, options: &Options) -> Outcome {
    let (mut folders, mut files) = (vec![options.dir.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort_unstable();
    let guard = Guard::builder(policy.clone()).build()?;
    let sink = Sink::unknown();
    let (mut stopped, mut rules) = (Share::default(), BTreeMap::<String, usize>::new());
    for path in files.iter().step_by(files.len().div_euclid(FILES_OF_A_TREE).max(1)) {
        let Ok(mut text) = std::fs::read_to_string(path) else { continue };
        text.truncate(text.floor_char_boundary(FILE));
        let cx = SecurityContext::new(SessionId::new(&format!("file-{}", stopped.of))?);
        let verdict = guard.check_outbound(&cx, Outbound::new(&text, &sink));
        let report = verdict.report();
        stopped.add(report.disposition() > Disposition::Allow);
        for finding in report.findings().iter().filter(|finding| finding.severity >= Severity::Medium) {
            let rule = rules.entry(finding.rule.to_string()).or_default();
            *rule = rule.saturating_add(1);
            if options.rows {
                println!("{} {} {}", path.display(), finding.rule, finding.message);
            }
        }
    }
    println!("files that would be stopped: {stopped}");
    for (rule, count) in rules {
        println!("    {rule:<40} {count:>6}");
    }
    Ok(())
}

/// Whether a stream shows a byte of what the whole text's check takes out, for every place of one cut and for pieces of
/// several lengths; and whether its verdict is that of the whole text.
fn streamed(policy: &Policy, options: &Options) -> Outcome {
    for file in FILES {
        let rows: Vec<Row> = common::rows(&common::lines_file(common::folder(&options.dir)?, file)?)?;
        let (mut same, mut kept, mut cuts) = (Share::default(), Share::default(), 0_usize);
        for row in rows.iter().filter(|row| row.text.len() <= 4096) {
            let guard = if options.register {
                knowing(policy, row)?
            } else {
                Guard::builder(policy.clone()).build()?
            };
            let sink = Sink::unknown();
            let cx = |name: &str| SessionId::new(&format!("{}-{name}", row.id)).map(SecurityContext::new);
            let whole = guard.check_outbound(&cx("whole")?, Outbound::new(&row.text, &sink));
            let whole_report = whole.report().disposition();
            let found: Vec<String> = whole
                .report()
                .findings()
                .iter()
                .filter(|finding| finding.severity >= Severity::Medium)
                .filter_map(|finding| Some(finding.span()?.of(&row.text)?.to_owned()))
                .filter(|part| !part.is_empty() && part.len() < row.text.len())
                .collect();
            let pieces = [1, 2, 3, 5, 8, 13, 64].map(|length| (length, length));
            let one_cut = (1..row.text.len().min(400)).map(|at| (at, row.text.len()));
            for (number, (first, then)) in pieces.into_iter().chain(one_cut).enumerate() {
                cuts = cuts.saturating_add(1);
                let mut stream = guard.outbound_stream(&cx(&number.to_string())?, &sink, Quoting::Nothing);
                let (mut rest, mut length) = (row.text.as_str(), first);
                while !rest.is_empty() {
                    let (chunk, more) = rest.split_at(rest.ceil_char_boundary(length));
                    // A stream that was stopped shows nothing more.
                    stream.push(chunk).unwrap_or_default();
                    (rest, length) = (more, then);
                }
                let shown = stream.shown().to_owned();
                let (verdict, _) = stream.finish();
                let disposition = verdict.report().disposition();
                same.add(disposition == whole_report);
                // What the whole text's check stops may not have been shown before the end.
                kept.add(
                    whole_report == Disposition::Allow
                        || found.iter().all(|part| !shown.contains(part.as_str())),
                );
            }
        }
        println!("{file:<14} {cuts:>8} cuts; the same verdict {same}; nothing of it shown {kept}");
    }
    Ok(())
}

fn print(file: &str, table: &Table, why: bool) {
    println!("\n{file:<32} {:>18} {:>18}", "caught", "stopped");
    println!("{:<32} {:>18} {:>18}", "all", table.all.caught, table.all.stopped);
    for (name, groups) in &table.groups {
        // Families and channels are what the claim is about; types are many.
        if !why && !matches!(*name, "family" | "channel") && groups.len() > 12 {
            continue;
        }
        println!("  by {name}");
        for (value, group) in groups {
            println!("    {value:<28} {:>18} {:>18}", group.caught, group.stopped);
        }
    }
    if why {
        println!("  rules that spoke");
        for (rule, count) in &table.rules {
            println!("    {rule:<40} {count:>6}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_secret_leaves_line_by_line() {
        let row = |channel: &str| {
            let row = serde_json::json!({ "id": "1", "text": "a\nb", "channel": channel });
            serde_json::from_value::<Row>(row).unwrap()
        };
        assert_eq!(row("split_calls_2").texts(), ["a", "b"]);
        assert_eq!(row("base64").texts(), ["a\nb"]);
        assert_eq!(row("base64").groups().collect::<Vec<_>>(), [("channel", "base64")]);
    }
}
