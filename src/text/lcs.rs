//! The longest run of characters that two texts share: how much of a source was copied word for word.
//!
//! Exact, and never the product of the lengths. Samples of the shorter text are looked up in the longer and extended
//! (a run of the asked length holds a sample with certainty); where a text repeats itself so much that this takes
//! too long, a suffix automaton (Blumer and others, 1985) does it in linear time. Both draw on a budget, and a
//! budget that ran out is said, not guessed over.
//!
//! Not promised: which of several longest runs is told.

use std::collections::HashMap;

use super::shingle::{K, Squeezed, kgrams};
use crate::base::{Folded, Limits, Span};

/// Steps that are left to a check. All candidates of one check draw on one.
#[derive(Debug, Clone)]
pub struct Work(usize);

impl Work {
    /// [`Limits::overlap_work`] steps. Comparing two texts costs a step for each of their characters, more where
    /// they share much.
    pub fn new(limits: &Limits) -> Self {
        Self(limits.overlap_work)
    }

    /// Takes `steps` off; `None` when there are not so many left.
    pub fn spend(&mut self, steps: usize) -> Option<()> {
        self.0 = self.0.checked_sub(steps)?;
        Some(())
    }
}

/// A run of characters that two texts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Common {
    chars: usize,
    a: Span<Folded>,
    b: Span<Folded>,
}

impl Common {
    /// Its length in characters of the squeezed text.
    pub fn chars(self) -> usize {
        self.chars
    }

    /// Where it stands in the first text, as that was before squeezing.
    pub fn in_a(self) -> Span<Folded> {
        self.a
    }

    /// Where it stands in the second.
    pub fn in_b(self) -> Span<Folded> {
        self.b
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Lcs {
    /// The longest common run; at least as long as was asked for.
    Longest(Common),
    /// No common run is as long as was asked for.
    None,
    /// The work ran out: nothing is known.
    Exhausted,
}

/// The longest run of at least `at_least` characters (one, when it is zero) that `a` and `b` share.
pub fn longest(a: &Squeezed<'_>, b: &Squeezed<'_>, at_least: usize, work: &mut Work) -> Lcs {
    if work.spend(a.text().len().saturating_add(b.text().len())).is_none() {
        return Lcs::Exhausted;
    }
    let swapped = a.text().len() > b.text().len();
    let (short, long) = if swapped { (b, a) } else { (a, b) };
    let pair = Pair { short: short.text().chars().collect(), long: long.text().chars().collect() };
    let run = match pair.by_samples(short.text(), long.text(), at_least.max(1), work) {
        Ok(run) => Some(run),
        Err(TooLong) => pair.by_automaton(work),
    };
    let Some(run) = run else { return Lcs::Exhausted };
    if run.len < at_least.max(1) {
        return Lcs::None;
    }
    let place = |text: &Squeezed<'_>, from: usize| {
        let byte =
            |index: usize| text.text().char_indices().nth(index).map_or(text.text().len(), |(at, _)| at);
        text.locate(byte(from), byte(from.saturating_add(run.len)))
    };
    let (short, long) = (place(short, run.short), place(long, run.long));
    let (a, b) = if swapped { (long, short) } else { (short, long) };
    Lcs::Longest(Common { chars: run.len, a, b })
}

/// A common run: where it begins in each text, and its length, in characters.
#[derive(Clone, Copy, Default)]
struct Run {
    short: usize,
    long: usize,
    len: usize,
}

/// The samples took more than linear time.
struct TooLong;

struct Pair {
    short: Vec<char>,
    long: Vec<char>,
}

impl Pair {
    /// Runs shorter than `at_least` may be missed.
    fn by_samples(&self, short: &str, long: &str, at_least: usize, work: &mut Work) -> Result<Run, TooLong> {
        let k = at_least.min(K);
        // Of `at_least` characters in a row, one sample begins at each place modulo the stride that leaves k.
        let stride = at_least.saturating_sub(k).saturating_add(1);
        let mut samples: Vec<(u64, usize)> = Vec::new();
        let mut at = 0_usize;
        kgrams(short, k, |hash, _| {
            if at.is_multiple_of(stride) {
                samples.push((hash, at));
            }
            at = at.saturating_add(1);
        });
        samples.sort_unstable();
        let mut filter = Filter::new(samples.len());
        for (hash, _) in &samples {
            filter.add(*hash);
        }

        let mut places = Vec::new();
        let mut at = 0_usize;
        kgrams(long, k, |hash, _| {
            if filter.may_have(hash) {
                places.push((hash, at));
            }
            at = at.saturating_add(1);
        });
        let allowance = self.short.len().saturating_add(self.long.len()).saturating_mul(4).min(work.0);
        let mut steps = Work(allowance);
        let best = self.extend_samples(&samples, &places, &mut steps);
        work.0 = work.0.saturating_sub(allowance.saturating_sub(steps.0));
        best.ok_or(TooLong)
    }

    /// Extends each sample from each place with its hash. `None` when the steps run out.
    fn extend_samples(
        &self,
        samples: &[(u64, usize)],
        places: &[(u64, usize)],
        steps: &mut Work,
    ) -> Option<Run> {
        let mut best = Run::default();
        // How far each diagonal has been compared, in characters of the longer text.
        let mut compared: HashMap<usize, usize> = HashMap::new();
        for (hash, j) in places {
            let from = samples.partition_point(|(sample, _)| sample < hash);
            for (_, i) in samples.iter().skip(from).take_while(|(sample, _)| sample == hash) {
                steps.spend(1)?;
                let diagonal = i.wrapping_sub(*j);
                if compared.get(&diagonal).is_some_and(|until| j < until) {
                    continue;
                }
                let run = self.extend(*i, *j);
                compared.insert(diagonal, run.long.saturating_add(run.len));
                steps.spend(run.len)?;
                if run.len > best.len {
                    best = run;
                }
                if best.len == self.short.len() {
                    return Some(best);
                }
            }
        }
        Some(best)
    }

    /// The common run around these two places.
    fn extend(&self, i: usize, j: usize) -> Run {
        let same = |(a, b): &(&char, &char)| a == b;
        let (short_before, short) = self.short.split_at_checked(i).unwrap_or_default();
        let (long_before, long) = self.long.split_at_checked(j).unwrap_or_default();
        let ahead = short.iter().zip(long).take_while(same).count();
        let back = short_before.iter().rev().zip(long_before.iter().rev()).take_while(same).count();
        Run { short: i.saturating_sub(back), long: j.saturating_sub(back), len: back.saturating_add(ahead) }
    }

    /// Reads the longer text through the automaton of the shorter's substrings. `None` when the work runs out.
    fn by_automaton(&self, work: &mut Work) -> Option<Run> {
        // Building and reading cost a small constant for each character.
        work.spend(self.short.len().saturating_add(self.long.len()).saturating_mul(4))?;
        let automaton = Automaton::new(&self.short);
        let (mut state, mut len, mut best) = (0, 0_usize, Run::default());
        for (at, c) in self.long.iter().enumerate() {
            loop {
                if let Some(next) = automaton.follow(state, *c) {
                    (state, len) = (next, len.saturating_add(1));
                    break;
                }
                let Some(link) = automaton.states.get(state).and_then(|state| state.link) else {
                    len = 0;
                    break;
                };
                state = link;
                len = automaton.states.get(state).map_or(0, |state| state.len);
            }
            if len > best.len {
                let end = automaton.states.get(state).map_or(0, |state| state.end);
                let begin = |end: usize| end.saturating_add(1).saturating_sub(len);
                best = Run { short: begin(end), long: begin(at), len };
            }
        }
        Some(best)
    }
}

/// A set that may say yes where it should say no.
struct Filter {
    bits: Vec<u64>,
    mask: u64,
}

impl Filter {
    fn new(samples: usize) -> Self {
        let words = samples.saturating_div(4).saturating_add(1).next_power_of_two();
        Self { bits: vec![0; words], mask: (words as u64).saturating_mul(64).saturating_sub(1) }
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let bit = hash & self.mask;
        (
            usize::try_from(bit >> 6).unwrap_or_default(),
            1_u64.rotate_left(u32::try_from(bit & 63).unwrap_or_default()),
        )
    }

    fn add(&mut self, hash: u64) {
        let (word, bit) = self.place(hash);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= bit;
        }
    }

    fn may_have(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// The suffix automaton of a text: follows exactly its substrings.
struct Automaton {
    states: Vec<State>,
}

#[derive(Clone)]
struct State {
    /// Length of the longest substring that ends here.
    len: usize,
    /// Where in the text one of them ends.
    end: usize,
    link: Option<usize>,
    /// Sorted by character.
    edges: Vec<(char, usize)>,
}

impl Automaton {
    fn new(text: &[char]) -> Self {
        let mut states = Vec::with_capacity(text.len().saturating_mul(2));
        states.push(State { len: 0, end: 0, link: None, edges: Vec::new() });
        let mut automaton = Self { states };
        let mut last = 0;
        for (end, c) in text.iter().enumerate() {
            last = automaton.push(last, *c, end);
        }
        automaton
    }

    fn follow(&self, state: usize, c: char) -> Option<usize> {
        let edges = &self.states.get(state)?.edges;
        edges.binary_search_by_key(&c, |(c, _)| *c).ok().and_then(|at| edges.get(at)).map(|(_, to)| *to)
    }

    fn connect(&mut self, from: usize, c: char, to: usize) {
        let Some(State { edges, .. }) = self.states.get_mut(from) else { return };
        match edges.binary_search_by_key(&c, |(c, _)| *c) {
            Ok(at) => edges.iter_mut().skip(at).take(1).for_each(|edge| edge.1 = to),
            Err(at) => edges.insert(at, (c, to)),
        }
    }

    fn add(&mut self, state: State) -> usize {
        self.states.push(state);
        self.states.len().saturating_sub(1)
    }

    fn len(&self, state: usize) -> usize {
        self.states.get(state).map_or(0, |state| state.len)
    }

    fn link(&self, state: usize) -> Option<usize> {
        self.states.get(state).and_then(|state| state.link)
    }

    /// Appends a character to the text; gives the state of the whole text.
    fn push(&mut self, last: usize, c: char, end: usize) -> usize {
        let new =
            self.add(State { len: self.len(last).saturating_add(1), end, link: Some(0), edges: Vec::new() });
        let mut from = Some(last);
        while let Some(state) = from.filter(|state| self.follow(*state, c).is_none()) {
            self.connect(state, c, new);
            from = self.link(state);
        }
        let Some((state, to)) = from.and_then(|state| Some((state, self.follow(state, c)?))) else {
            return new;
        };
        let len = self.len(state).saturating_add(1);
        let link = if self.len(to) == len {
            to
        } else {
            // What ends here with at most `len` characters goes on in more ways than the longer ones do.
            let Some(copy) = self.states.get(to).map(|to| State { len, ..to.clone() }) else { return new };
            let copy = self.add(copy);
            let mut from = Some(state);
            while let Some(state) = from.filter(|state| self.follow(*state, c) == Some(to)) {
                self.connect(state, c, copy);
                from = self.link(state);
            }
            self.relink(to, copy);
            copy
        };
        self.relink(new, link);
        new
    }

    fn relink(&mut self, state: usize, link: usize) {
        if let Some(state) = self.states.get_mut(state) {
            state.link = Some(link);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::shingle::squeeze;
    use super::*;

    fn work() -> Work {
        Work::new(&Limits::default())
    }

    fn reference(a: &str, b: &str) -> usize {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        let mut row = vec![0; b.len() + 1];
        let mut best = 0;
        for c in &a {
            for j in (0..b.len()).rev() {
                row[j + 1] = if b[j] == *c { row[j] + 1 } else { 0 };
                best = best.max(row[j + 1]);
            }
        }
        best
    }

    fn check(a: &str, b: &str, at_least: usize) {
        let expected = reference(squeeze(a).text(), squeeze(b).text());
        match longest(&squeeze(a), &squeeze(b), at_least, &mut work()) {
            Lcs::Longest(found) => {
                assert_eq!(found.chars(), expected);
                // A space at an end of the run stands for all white space there.
                let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                let (in_a, in_b) = (found.in_a().of(a).unwrap(), found.in_b().of(b).unwrap());
                assert_eq!(words(in_a), words(in_b));
                assert!(expected - words(in_a).chars().count() <= 2);
            }
            Lcs::None => assert!(expected < at_least.max(1), "missed {expected}"),
            Lcs::Exhausted => panic!("exhausted"),
        }
    }

    #[test]
    fn spans_point_into_the_texts_before_squeezing() {
        let (a, b) = ("well:   the  quick\n\nbrown fox", "see the quick brown\tfox run");
        let found = longest(&squeeze(a), &squeeze(b), 10, &mut work());
        let Lcs::Longest(found) = found else { panic!("{found:?}") };
        assert_eq!(found.chars(), 20);
        assert_eq!(found.in_a().of(a), Some("   the  quick\n\nbrown fox"));
        assert_eq!(found.in_b().of(b), Some(" the quick brown\tfox"));
    }

    #[test]
    fn texts_of_one_repeated_character_cost_no_product() {
        let a = "a".repeat(20_000);
        let b = format!("{}b", "a".repeat(19_990)).repeat(2);
        let found = longest(&squeeze(&a), &squeeze(&b), 50, &mut work());
        assert!(matches!(found, Lcs::Longest(found) if found.chars() == 19_990), "{found:?}");
    }

    #[test]
    fn work_that_ran_out_is_said() {
        let text = "a copy of a text that is longer than the work allows";
        let mut work = Work(80);
        assert_eq!(longest(&squeeze(text), &squeeze(text), 24, &mut work), Lcs::Exhausted);
    }

    #[test]
    fn shared_runs_below_the_asked_length_are_none() {
        let (a, b) = ("the invoice of march is attached", "the invoice of april is attached");
        assert_eq!(longest(&squeeze(a), &squeeze(b), 30, &mut work()), Lcs::None);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_quadratic_reference(
            a in "[ab]{0,60}", b in "[ab]{0,60}", c in "[a-eé中 ]{0,80}", at_least in 0..40_usize,
        ) {
            check(&a, &b, at_least);
            check(&format!("{a}{c}{b}"), &format!("{b}{c}{a}"), at_least);
            check(&format!("{a}{c}{c}"), &c, at_least);
        }

        #[test]
        fn the_automaton_agrees_with_the_quadratic_reference(a in "[a-cé]{0,60}", b in "[a-cé]{0,60}") {
            let pair = Pair { short: a.chars().collect(), long: b.chars().collect() };
            let run = pair.by_automaton(&mut work()).unwrap();
            prop_assert_eq!(run.len, reference(&a, &b));
            prop_assert_eq!(&pair.short[run.short..run.short + run.len], &pair.long[run.long..run.long + run.len]);
        }
    }
}
