//! Counts, and what follows from them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bartizan::detect::Likeness;
use serde::Serialize;

use crate::common::Share;

/// What was said of one text, and how long it took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) is_attack: bool,
    pub(crate) likeness: Likeness,
    /// In thousandths.
    pub(crate) score: u32,
    pub(crate) bytes: usize,
    pub(crate) took: Duration,
}

/// What was said of the texts of one group.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Group {
    /// Attacks judged to be attacks.
    pub(crate) attack: Share,
    /// Attacks judged to be at least suspect.
    pub(crate) suspect: Share,
    /// Harmless texts judged to be attacks.
    pub(crate) false_attack: Share,
    /// Harmless texts judged to be at least suspect.
    pub(crate) false_suspect: Share,
    /// Of its attacks against all harmless texts.
    pub(crate) f1: Option<f64>,
    pub(crate) auc: Option<f64>,
    /// How many attacks score above 1 % of all harmless texts.
    pub(crate) recall_at_1: Option<f64>,
    /// The same of 0.1 %.
    pub(crate) recall_at_01: Option<f64>,
    /// Microseconds for each kilobyte, everything that `process_inbound` does included.
    pub(crate) us_per_kb: f64,
    #[serde(skip)]
    pub(crate) scores: Vec<u32>,
    #[serde(skip)]
    bytes: usize,
    #[serde(skip)]
    took: Duration,
}

/// Groups by table and name.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) groups: BTreeMap<&'static str, BTreeMap<String, Group>>,
    /// The scores of all harmless texts, sorted.
    pub(crate) harmless: Vec<u32>,
    /// By tenths of the score: how much it said, how often it was so, how many.
    pub(crate) bins: [(u32, u32, u32); 10],
}

impl Tables {
    pub(crate) fn count(&mut self, judged: Judged, groups: impl Iterator<Item = (&'static str, String)>) {
        if !judged.is_attack {
            self.harmless.push(judged.score);
        }
        let tenth = usize::try_from(judged.score.div_euclid(100)).unwrap_or(9).min(9);
        if let Some(bin) = self.bins.get_mut(tenth) {
            bin.0 = bin.0.saturating_add(judged.score);
            bin.1 = bin.1.saturating_add(u32::from(judged.is_attack));
            bin.2 = bin.2.saturating_add(1);
        }
        for (table, name) in groups {
            self.groups.entry(table).or_default().entry(name).or_default().count(judged);
        }
    }

    /// What only the whole can tell.
    pub(crate) fn finish(&mut self) {
        self.harmless.sort_unstable();
        let alarms =
            self.groups.get("all").and_then(|all| all.get("all")).map_or(0, |all| all.false_attack.hit);
        for group in self.groups.values_mut().flat_map(BTreeMap::values_mut) {
            group.finish(&self.harmless, alarms);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a corpus's rows")]
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

impl Group {
    fn count(&mut self, judged: Judged) {
        let (attack, suspect) = if judged.is_attack {
            self.scores.push(judged.score);
            (&mut self.attack, &mut self.suspect)
        } else {
            (&mut self.false_attack, &mut self.false_suspect)
        };
        attack.add(judged.likeness == Likeness::Attack);
        suspect.add(judged.likeness >= Likeness::Suspect);
        self.bytes = self.bytes.saturating_add(judged.bytes);
        self.took = self.took.saturating_add(judged.took);
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a corpus's rows")]
    fn finish(&mut self, harmless: &[u32], alarms: usize) {
        self.us_per_kb =
            (self.took.as_secs_f64() * 1e6 / (self.bytes.max(1) as f64 / 1024.0) * 10.0).round() / 10.0;
        self.auc = auc(&self.scores, harmless).map(rounded);
        if self.scores.is_empty() {
            return;
        }
        let wrong = self.attack.of.saturating_sub(self.attack.hit).saturating_add(alarms);
        let twice = self.attack.hit.saturating_mul(2);
        self.f1 = Some(rounded(ratio(twice, twice.saturating_add(wrong))));
        let above = |share: usize| {
            let allowed = harmless.len().div_euclid(share);
            let mark =
                harmless.len().checked_sub(allowed.saturating_add(1)).and_then(|at| harmless.get(at))?;
            let above = self.scores.iter().filter(|score| *score > mark).count();
            Some(rounded(ratio(above, self.scores.len())))
        };
        (self.recall_at_1, self.recall_at_01) = (above(100), above(1000));
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

impl fmt::Display for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        for (table, groups) in &self.groups {
            writeln!(
                f,
                "\n{table:<28} {:>18} {:>18} {:>6} {:>6} {:>6} {:>6}   {:>18} {:>18} {:>7}",
                "attacks seen",
                "or suspected",
                "F1",
                "AUC",
                "@1 %",
                "@.1 %",
                "false alarms",
                "or suspected",
                "us/KB"
            )?;
            for (name, group) in groups {
                writeln!(
                    f,
                    "{name:<28} {:>18} {:>18} {:>6} {:>6} {:>6} {:>6}   {:>18} {:>18} {:>7.1}",
                    group.attack,
                    group.suspect,
                    share(group.f1),
                    share(group.auc),
                    share(group.recall_at_1),
                    share(group.recall_at_01),
                    group.false_attack,
                    group.false_suspect,
                    group.us_per_kb
                )?;
            }
        }
        writeln!(f, "\n{:>8} {:>8} {:>8}", "score", "attacks", "texts")?;
        for (said, was, count) in self.bins.iter().filter(|bin| bin.2 > 0) {
            let said = f64::from(*said) / f64::from(*count) / 1000.0;
            writeln!(f, "{said:>8.3} {:>8.3} {count:>8}", f64::from(*was) / f64::from(*count))?;
        }
        Ok(())
    }
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

    #[test]
    fn recall_is_counted_above_the_share_of_harmless_texts() {
        let mut tables = Tables::default();
        let judged = |is_attack, score| Judged {
            is_attack,
            likeness: Likeness::Clean,
            score,
            bytes: 1024,
            took: Duration::from_micros(3),
        };
        for score in 0..200 {
            tables.count(judged(false, score), [("all", "all".to_owned())].into_iter());
        }
        for score in [50, 198, 199, 300] {
            tables.count(judged(true, score), [("all", "all".to_owned())].into_iter());
        }
        tables.finish();
        let all = &tables.groups["all"]["all"];
        assert_eq!((all.recall_at_1, all.recall_at_01, all.us_per_kb), (Some(0.75), Some(0.25), 3.0));
    }
}
