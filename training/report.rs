//! The tables.

use std::collections::BTreeMap;

use crate::corpus::{Corpus, Doc, Kind};
use crate::learn::Head;
use crate::model::Curve;

/// The strongest window of each text by each head.
pub(crate) fn scores(corpus: &Corpus, heads: &[Head; 2]) -> Vec<[f32; 2]> {
    corpus.docs.iter().map(|doc| [heads[0].doc(corpus, doc), heads[1].doc(corpus, doc)]).collect()
}

/// Harmless documents, code and outputs of tools that are nobody's own work.
pub(crate) fn is_pool(doc: &Doc) -> bool {
    !doc.attack
        && !doc.is_synthetic
        && matches!(doc.kind, Kind::BenignDoc | Kind::BenignCode | Kind::BenignToolOutput)
        && !doc.source.starts_with("own_grammar")
}

/// Harmless outputs of tools.
pub(crate) fn is_tool(doc: &Doc) -> bool {
    is_pool(doc) && doc.kind == Kind::BenignToolOutput
}

fn sorted(corpus: &Corpus, scores: &[[f32; 2]], head: usize, pick: impl Fn(&Doc) -> bool) -> Vec<f32> {
    let rows = corpus.docs.iter().zip(scores).filter(|(doc, _)| pick(doc));
    let mut all: Vec<f32> = rows.map(|(_, score)| score[head]).collect();
    all.sort_by(f32::total_cmp);
    all
}

fn quantile(sorted: &[f32], share: f64) -> f32 {
    sorted[((sorted.len() as f64 * (1.0 - share)) as usize).min(sorted.len() - 1)]
}

fn share(all: &[f32], above: f32) -> f64 {
    all.iter().filter(|score| **score > above).count() as f64 / all.len().max(1) as f64
}

/// What dev says of heads that were trained without a source: recall at 1 % of dev's harmless documents.
pub(crate) fn brings(without: &str, corpus: &Corpus, scores: &[[f32; 2]]) {
    let mut line = format!("without {without:<24}");
    for (head, kind) in [(0, Kind::Indirect), (0, Kind::Obfuscated), (1, Kind::Direct)] {
        let pool = sorted(corpus, scores, head, |doc| !doc.is_train && is_pool(doc));
        let all = sorted(corpus, scores, head, |doc| !doc.is_train && doc.attack && doc.kind == kind);
        let recall = share(&all, quantile(&pool, 0.01));
        line += &format!(" dev {} {recall:.3}", kind.as_str());
    }
    println!("{line}");
}

/// Every source of which the heads have seen nothing, and dev.
pub(crate) fn report(corpus: &Corpus, scores: &[[f32; 2]], curves: &[Curve; 2]) {
    let pools = [0, 1].map(|head| sorted(corpus, scores, head, is_pool));
    println!(
        "\nthe probabilities are right where one text in {:.0} (planted), in {:.0} (direct) is an attack",
        1.0 / curves[0].prior,
        1.0 / curves[1].prior
    );
    println!(
        "{:<46} {:>5} | planted AUC @1 % @.1 % | direct AUC @1 % @.1 % | attack suspect",
        "source / kind", "texts"
    );
    let mut groups = BTreeMap::<(bool, String), Vec<[f32; 2]>>::new();
    for (doc, score) in corpus.docs.iter().zip(scores).filter(|(doc, _)| !doc.is_synthetic) {
        let mut push = |name: String| groups.entry((!doc.attack, name)).or_default().push(*score);
        push(format!("{} / {}{}", doc.source, doc.kind.as_str(), if doc.is_train { "" } else { " (dev)" }));
        push(format!("= {}", doc.kind.as_str()));
        if is_pool(doc) {
            push("= all documents, tools, code".to_owned());
        }
    }
    for ((harmless, name), all) in groups {
        let mut line = format!("{} {name:<44} {:>5}", if harmless { " " } else { "A" }, all.len());
        for (head, pool) in pools.iter().enumerate() {
            let own: Vec<f32> = all.iter().map(|score| score[head]).collect();
            let below: usize = own.iter().map(|score| pool.partition_point(|other| other < score)).sum();
            let auc = below as f64 / pool.len() as f64 / own.len() as f64;
            let (one, tenth) = (share(&own, quantile(pool, 0.01)), share(&own, quantile(pool, 0.001)));
            line += &format!(" |     {auc:.3} {one:.3} {tenth:.3}");
        }
        let above = |least: f64| {
            let is_above =
                |score: &&[f32; 2]| (0..2).any(|head| curves[head].probability(score[head]) >= least);
            all.iter().filter(is_above).count() as f64 / all.len() as f64
        };
        println!("{line} | {:.4} {:.4}", above(0.6), above(0.25));
    }
    println!(
        "\nhow often it was one, where it was said to be (planted; weighed to the share of attacks above)"
    );
    let wanted = |doc: &Doc| !doc.is_synthetic && (crate::model::is_wanted(doc, 0) || is_pool(doc));
    let (mut attacks, mut harmless) = (0.0, 0.0);
    for doc in corpus.docs.iter().filter(|doc| wanted(doc)) {
        *(if doc.attack { &mut attacks } else { &mut harmless }) += 1.0_f64;
    }
    let prior = curves[0].prior;
    let mut bins = [[0.0_f64; 3]; 10];
    for (doc, score) in corpus.docs.iter().zip(scores).filter(|(doc, _)| wanted(doc)) {
        let probability = curves[0].probability(score[0]);
        let bin = &mut bins[((probability * 10.0) as usize).min(9)];
        let weight = if doc.attack { prior / attacks } else { (1.0 - prior) / harmless };
        bin[0] += weight * probability;
        bin[1] += weight * f64::from(u8::from(doc.attack));
        bin[2] += weight;
    }
    for [said, was, weight] in bins {
        println!("  said {:.3}  was {:.3}  of all {:.4}", said / weight, was / weight, weight);
    }
}
