//! The texts, as the features that the heads see.

use std::path::Path;

use bartizan::base::Limits;
use bartizan::text::{Decoding, NormalizedText, fold};
use serde::Deserialize;

use crate::common::{self, Outcome};
use crate::features;
use crate::learn::Knobs;
use crate::words::{turn, unpierced};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Direct,
    Jailbreak,
    Indirect,
    IndirectBare,
    Obfuscated,
    BenignDoc,
    BenignCode,
    BenignToolOutput,
    BenignInstruction,
    BenignTrigger,
    SecurityArticle,
    AgentInstructions,
    BenignObfuscated,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Jailbreak => "jailbreak",
            Self::Indirect => "indirect",
            Self::IndirectBare => "bare",
            Self::BenignDoc => "doc",
            Self::BenignCode => "code",
            Self::BenignToolOutput => "tool",
            Self::BenignInstruction => "instr",
            Self::BenignTrigger => "trigger",
            Self::SecurityArticle => "article",
            Self::AgentInstructions => "agentrules",
            Self::Obfuscated | Self::BenignObfuscated => "obfusc",
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) label: String,
    pub(crate) source: String,
    pub(crate) kind: Kind,
    payload: Option<String>,
}

/// One text.
#[derive(Debug)]
pub(crate) struct Doc {
    pub(crate) source: String,
    pub(crate) kind: Kind,
    pub(crate) attack: bool,
    pub(crate) is_train: bool,
    pub(crate) is_synthetic: bool,
    /// Where the text comes from that own sentences were put into.
    pub(crate) carrier: Option<&'static str>,
    /// Its windows, those of its decoded parts behind its own.
    pub(crate) windows: std::ops::Range<usize>,
    /// How many of them are the text's own.
    pub(crate) own: usize,
}

/// Two blocks in a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// How much of it is payload: all or most (1), some (0), none (-1).
    pub(crate) planted: i8,
}

#[derive(Debug, Default)]
pub(crate) struct Corpus {
    pub(crate) docs: Vec<Doc>,
    pub(crate) windows: Vec<Window>,
    pub(crate) features: Vec<u32>,
}

impl Corpus {
    pub(crate) fn read(dir: &Path, knobs: &Knobs) -> Outcome<Self> {
        let mut corpus = Self::default();
        let limits = Limits::default();
        for (name, is_train) in [("train", true), ("dev", false)] {
            let rows: Vec<Row> = common::rows(&common::lines_file(common::folder(dir)?, name)?)?;
            for row in &rows {
                corpus.add(&row.text, row.payload.as_deref(), &limits, |windows, own| Doc {
                    source: row.source.clone(),
                    kind: row.kind,
                    attack: row.label == "attack",
                    is_train,
                    is_synthetic: false,
                    carrier: None,
                    windows,
                    own,
                });
            }
            if is_train {
                crate::synth::extend(&mut corpus, &rows, knobs);
            }
        }
        Ok(corpus)
    }

    pub(crate) fn add(
        &mut self,
        text: &str,
        payload: Option<&str>,
        limits: &Limits,
        doc: impl FnOnce(std::ops::Range<usize>, usize) -> Doc,
    ) {
        let first = self.windows.len();
        let normalized = NormalizedText::new(text, limits);
        let payload = payload.map(fold);
        let disguises = self.reading(normalized.folded(), payload.as_deref());
        let own = self.windows.len() - first;
        for reading in normalized.readings().skip(1) {
            if reading.decoding() == Some(Decoding::Reversed) {
                break;
            }
            self.reading(reading.folded(), payload.as_deref());
        }
        if disguises.is_backwards() {
            let reversed: String = normalized.folded().chars().rev().collect();
            self.reading(&reversed, payload.as_deref());
        }
        if disguises.is_rotated() {
            let rotated: String = normalized.folded().chars().map(turn).collect();
            self.reading(&rotated, payload.as_deref());
        }
        if disguises.is_pierced() {
            self.reading(&unpierced(normalized.folded()).0, payload.as_deref());
        }
        let windows = first..self.windows.len();
        self.docs.push(doc(windows, own));
    }

    fn reading(&mut self, folded: &str, payload: Option<&str>) -> crate::words::Disguises {
        let place = payload.and_then(|payload| {
            let at = folded.find(payload).or_else(|| {
                // Indented or wrapped payloads: by their beginning.
                let head: String = payload.chars().take(24).collect();
                folded.find(&head)
            })?;
            Some((at, (at + payload.len()).min(folded.len())))
        });
        let mut blocks: Vec<(usize, usize, u32, u32)> = Vec::new();
        let features = &mut self.features;
        let disguises = features::blocks(folded, |block| {
            let from = features.len() as u32;
            features.extend_from_slice(block.features);
            blocks.push((block.start, block.end, from, features.len() as u32));
        });
        let pairs: Vec<_> = if blocks.len() == 1 {
            vec![(blocks[0], blocks[0])]
        } else {
            blocks.windows(2).map(|pair| (pair[0], pair[1])).collect()
        };
        for (a, b) in pairs {
            let planted = match place {
                None => 0,
                Some((start, end)) => {
                    let overlap = b.1.min(end).saturating_sub(a.0.max(start));
                    let least = (end - start).min(b.1 - a.0) / 2;
                    if overlap == 0 { -1 } else { i8::from(overlap >= least) }
                }
            };
            self.windows.push(Window { from: a.2, to: b.3, planted });
        }
        disguises
    }

    pub(crate) fn folds(&self) -> Vec<&'static str> {
        let mut folds: Vec<_> = self
            .docs
            .iter()
            .filter(|doc| doc.is_train && !doc.is_synthetic)
            .map(|doc| fold_of(&doc.source))
            .collect();
        folds.sort_unstable();
        folds.dedup();
        folds
    }
}

/// Attacks of one origin together; benign sources in groups, so that the work stays bounded.
pub(crate) fn fold_of(source: &str) -> &'static str {
    match source {
        "own_grammar" | "own_grammar_carrier" | "own_grammar_obfuscated" => "own_grammar",
        "bipia_train" => "bipia_train",
        "garak_latent" | "garak_docs" => "garak",
        "in_the_wild_jailbreaks" => "in_the_wild_jailbreaks",
        "neuralchemy" => "neuralchemy",
        "cursor_rules" | "prompt_collection_docs" => "rules of agents",
        "google_security_research" | "owasp_cheatsheets" | "payloads_all_the_things" => "security articles",
        "pipelock_docs" | "prompt_engineering_guide" => "articles about models",
        "gorilla" | "klavis" => "tools",
        "gpteacher_roleplay"
        | "gpteacher_roleplay_text"
        | "gpteacher_toolformer"
        | "gpteacher_toolformer_text" => "gpteacher",
        "gsm8k" | "self_instruct" | "t0_prompts" => "instructions",
        "llm_project_docs" | "tldr_pages" | "tldr_pages_intl" => "project documents",
        "man_pages" => "man_pages",
        "python_packages" | "rust_crates" => "code",
        "synthetic" => "synthetic",
        _ => "prose",
    }
}
