//! From sums to probabilities, and from heads to bytes.

use crate::corpus::{Corpus, Doc, Kind};
use crate::learn::{Head, sigmoid};
use crate::report::{is_pool, is_tool};

/// How many of the harmless documents may look like attacks to each head. The planted head sees little that the direct head
/// does not, so it may be wrong less often.
const FALSE_ALARMS: [f64; 2] = [0.001, 0.0017];
/// The same, of the outputs of tools.
const FALSE_ALARMS_TOOLS: f64 = 0.005;
/// How far the marks are moved from where these shares are, in sums. The sources that are left out have few letters,
/// invoices and notes, which the planted head has near its mark. Chosen by hand.
const MOVED: [f64; 2] = [0.3, 0.0];
/// The probability from which on a text is judged to be an attack.
const ATTACK: f64 = bartizan::base::ATTACK_MIN as f64 / 1000.0;
/// Points of the curve in the model.
const POINTS: i32 = 32;

/// `1 / (1 + e^-(slope * sum + shift))`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Curve {
    slope: f64,
    shift: f64,
    /// The share of attacks among all texts at which the probabilities are right.
    pub(crate) prior: f64,
}

/// Whether the head is there for this attack.
pub(crate) fn is_wanted(doc: &Doc, head: usize) -> bool {
    doc.attack
        && match doc.kind {
            Kind::Indirect | Kind::Obfuscated => head == 0,
            Kind::Direct | Kind::Jailbreak => head == 1,
            _ => false,
        }
}

impl Curve {
    /// Fits the curve to texts whose source was left out (Platt), each source with the same weight. Then it is moved, so
    /// that as many harmless documents as may be are above the mark.
    pub(crate) fn fit(corpus: &Corpus, scores: &[[f32; 2]], head: usize) -> Self {
        let mut counts = std::collections::BTreeMap::<(bool, &str), f64>::new();
        let rows: Vec<(&Doc, f64)> = corpus
            .docs
            .iter()
            .zip(scores)
            .filter(|(doc, _)| !doc.is_synthetic && (!doc.attack || is_wanted(doc, head)))
            .map(|(doc, score)| (doc, score[head] as f64))
            .collect();
        for (doc, _) in &rows {
            *counts.entry((doc.attack, &doc.source)).or_default() += 1.0;
        }
        let sources = |attack| counts.keys().filter(|key| key.0 == attack).count() as f64;
        let shares = [sources(false), sources(true)];
        let weights: Vec<f64> = rows
            .iter()
            .map(|(doc, _)| 1.0 / counts[&(doc.attack, &*doc.source)] / shares[usize::from(doc.attack)])
            .collect();
        let loss = |slope: f64, shift: f64| -> f64 {
            let each = rows.iter().zip(&weights).map(|((doc, score), weight)| {
                let p = sigmoid(slope * score + shift);
                -weight * (if doc.attack { p } else { 1.0 - p }).max(1e-12).ln()
            });
            each.sum()
        };
        let (mut slope, mut shift) = (0.3_f64, 0.0_f64);
        for _ in 0..40 {
            // Newton's steps on the logarithm of the likelihood, shortened where they lead too far.
            let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-6, 0.0, 1e-6);
            for ((doc, score), weight) in rows.iter().zip(&weights) {
                let p = sigmoid(slope * score + shift);
                let (miss, curve) = (weight * (p - f64::from(u8::from(doc.attack))), weight * p * (1.0 - p));
                g0 += miss * score;
                g1 += miss;
                h00 += curve * score * score;
                h01 += curve * score;
                h11 += curve;
            }
            let determinant = h00 * h11 - h01 * h01;
            let step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
            let (now, mut length) = (loss(slope, shift), 1.0);
            while length > 1e-3 && loss(slope - length * step.0, shift - length * step.1) > now {
                length /= 2.0;
            }
            slope -= length * step.0;
            shift -= length * step.1;
        }
        let mark = |pick: &dyn Fn(&Doc) -> bool, share: f64| {
            let mut all: Vec<f64> =
                rows.iter().filter(|(doc, _)| pick(doc)).map(|(_, score)| *score).collect();
            all.sort_by(f64::total_cmp);
            all[((all.len() as f64 * (1.0 - share)) as usize).min(all.len() - 1)]
        };
        let mark = mark(&is_pool, FALSE_ALARMS[head]).max(mark(&is_tool, FALSE_ALARMS_TOOLS)) + MOVED[head];
        let odds = (ATTACK / (1.0 - ATTACK)).ln();
        let moved = odds - slope * mark;
        Self { slope, shift: moved, prior: sigmoid(moved - shift) }
    }

    pub(crate) fn probability(&self, score: f32) -> f64 {
        sigmoid(self.slope * f64::from(score) + self.shift)
    }
}

/// What the crate reads: see `src/detect/heads.rs`.
pub(crate) fn bytes(heads: &[Head; 2], curves: &[Curve; 2]) -> Vec<u8> {
    let mut out = b"bzheads1".to_vec();
    for (head, curve) in heads.iter().zip(curves) {
        let mut sizes: Vec<f32> = head.weights.iter().map(|weight| weight.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        // The few largest weights are not worth the steps that all others would lose.
        let largest = sizes[sizes.len() - 1 - sizes.len() / 2000];
        let scale = 127.0 / largest;
        let units = |score: f64| (score * scale as f64).round() as i32;
        let at = |odds: f64| (odds - curve.shift) / curve.slope;
        let (low, high) = (units(at(-5.0)), units(at(5.0)));
        let step = ((high - low) / (POINTS - 1)).max(1);
        for number in [units(f64::from(head.bias)), low, step] {
            out.extend(number.to_le_bytes());
        }
        for point in 0..POINTS {
            let score = f64::from(low + point * step) / f64::from(scale);
            let thousandths = (curve.probability(score as f32) * 1000.0).round() as u16;
            out.extend(thousandths.to_le_bytes());
        }
        out.extend(
            head.weights.iter().map(|weight| (weight * scale).round().clamp(-127.0, 127.0) as i8 as u8),
        );
    }
    out
}
