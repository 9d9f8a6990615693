//! Measures what a page gives away: hidden strings that reach the model (leak), visible ones that do not (loss).
//!
//! ```text
//! cargo run --release --all-features --example measure_html -- DIR [--policy FILE] [--out FILE] [--json] [--why]
//! ```
//!
//! `DIR` holds `cases.jsonl` (or `.jsonl.gz`): pages with the strings that a person sees in a browser and those that
//! nobody sees. Layout, letter case and ASCII punctuation are forgiven. A visible string with joiners or selectors
//! must be there with them; a hidden one is found without them, too.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a measuring program reads files and prints"
)]

mod common;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use bartizan::base::{SecurityContext, SessionId, Source, Verdict};
use bartizan::guard::{Guard, Inbound, Media};
use clap::Parser;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use common::{Outcome, Share};

#[derive(Debug, Parser)]
#[command(about = "Measures which hidden strings of a page get through and which visible ones are lost")]
struct Options {
    /// The folder with `cases.jsonl`.
    dir: PathBuf,
    /// A policy in YAML instead of the balanced preset.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write `{"id", "text"}` of each page to this file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The table as JSON.
    #[arg(long)]
    json: bool,
    /// The techniques that leak or lose something.
    #[arg(long)]
    why: bool,
}

#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    technique: String,
    html: String,
    hidden: Vec<String>,
    visible: Vec<String>,
    /// Why nobody can say what a person sees; such pages are not scored.
    #[serde(default)]
    ambiguous: serde_json::Value,
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Score {
    leaked: Share,
    lost: Share,
}

fn main() -> ExitCode {
    common::finish(run(&Options::parse()))
}

fn run(options: &Options) -> Outcome {
    let cases: Vec<Case> = common::rows(&common::lines_file(common::folder(&options.dir)?, "cases")?)?;
    let guard = Guard::builder(common::policy(options.policy.as_deref())?).build()?;
    let mut out = options.out.as_ref().map(std::fs::File::create).transpose()?;
    let mut families: BTreeMap<&str, Score> = BTreeMap::new();
    let mut techniques: BTreeMap<&str, Score> = BTreeMap::new();
    let mut refused = 0_usize;
    for case in &cases {
        let text = seen(&guard, case)?;
        refused = refused.saturating_add(usize::from(text.is_none()));
        let text = text.unwrap_or_default();
        if let Some(out) = &mut out {
            writeln!(out, "{}", serde_json::json!({ "id": case.id, "text": text }))?;
        }
        if !matches!(case.ambiguous, serde_json::Value::Null | serde_json::Value::Bool(false)) {
            continue;
        }
        let (family, variant) = case.technique.split_once('/').unwrap_or((&case.technique, ""));
        // Techniques that only look as if they hid something.
        let negative = variant.starts_with("neg-").then_some("NEG");
        let text = Page::new(&text);
        for name in [Some(family), Some("ALL"), negative].into_iter().flatten() {
            text.score(case, families.entry(name).or_default());
        }
        text.score(case, techniques.entry(&case.technique).or_default());
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&families)?);
        return Ok(());
    }
    println!("{} pages, {refused} refused (scored as empty)\n", cases.len());
    println!("{:<10} {:>18} {:>18}", "family", "hidden, leaked", "visible, lost");
    for (family, score) in &families {
        println!("{family:<10} {:>18} {:>18}", score.leaked, score.lost);
    }
    if options.why {
        println!("\nleaks and losses by technique");
        for (technique, score) in
            techniques.iter().filter(|(_, score)| score.leaked.hit.max(score.lost.hit) > 0)
        {
            println!("  {technique:<40} {:>18} {:>18}", score.leaked, score.lost);
        }
    }
    Ok(())
}

/// The text that the agent gets of a page; nothing where the guard refuses it.
fn seen(guard: &Guard, case: &Case) -> Outcome<Option<String>> {
    let cx = SecurityContext::new(SessionId::new(&case.id)?);
    let source = Source::web("https://page.example");
    match guard.process_inbound(&cx, Inbound::new(&case.html, &source).media(Media::Html)) {
        Verdict::Pass(admitted, _) => Ok(Some(admitted.plain().to_owned())),
        Verdict::Block(_) => Ok(None),
    }
}

/// A page's text in the forms in which strings are looked for.
struct Page {
    text: String,
    squeezed: String,
    bare: String,
}

impl Page {
    fn new(text: &str) -> Self {
        let squeezed = squeeze(text);
        Self {
            text: text.nfc().collect(),
            bare: squeezed.chars().filter(|&c| !ignorable(c)).collect(),
            squeezed,
        }
    }

    fn score(&self, case: &Case, score: &mut Score) {
        for hidden in &case.hidden {
            score.leaked.add(self.holds(hidden));
        }
        for visible in &case.visible {
            score.lost.add(!self.holds(visible));
        }
    }

    fn holds(&self, wanted: &str) -> bool {
        let squeezed = squeeze(wanted);
        if squeezed.chars().all(ignorable) {
            self.text.contains(wanted)
        } else if wanted.chars().any(ignorable) {
            self.squeezed.contains(&squeezed)
        } else {
            self.bare.contains(&squeezed)
        }
    }
}

/// Composed, in small letters, without white space and ASCII punctuation.
fn squeeze(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed
        .to_lowercase()
        .chars()
        .filter(|&c| !(c.is_whitespace() || is_separator(c) || c.is_ascii_punctuation() || c == '\u{2800}'))
        .collect()
}

/// The four separators of files, groups, records and units are white space to some.
fn is_separator(c: char) -> bool {
    ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Characters without an appearance of their own.
fn ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\0'..='\u{8}'
        | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_is_forgiven_and_joiners_are_not() {
        let page = Page::new("The **plums** are\n ripe; \u{645}\u{6cc}\u{200c}\u{62e}");
        assert!(page.holds("plums are ripe"));
        assert!(page.holds("\u{645}\u{6cc}\u{200c}\u{62e}"));
        assert!(page.holds("\u{645}\u{6cc}\u{62e}"), "a string without joiners is found without them");
        assert!(!Page::new("\u{645}\u{6cc}\u{62e}").holds("\u{645}\u{6cc}\u{200c}\u{62e}"));
        assert!(!page.holds("pears"));
    }
}
