//! What a session has been through, as a sign: in one that has seen attacks, a doubtful text is less likely harmless.
//!
//! **Promise.** It is heard where the text itself is suspect, and only where the policy gives it weight
//! (`inbound.session_weight`, 0 unless somebody says otherwise). A clean text stays clean in the worst session.
//!
//! **Not promised.** That it tells apart who in a session is to blame: one hostile page weighs on all that come after it.

use crate::base::{Integrity, Layer, Rule, RuleId, Severity};
use crate::detect::{Score, Signal};
use crate::state::{Counter, Flag, SessionFacts};

pub(super) const SESSION: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/injection/session",
    Severity::Low,
    "the session has seen attacks, leaks or many doubtful texts before",
);

/// A text that was judged an attack came in.
const HOSTILE: Score = Score::thousandths(300);
/// A leak was stopped on its way out.
const LEAK: Score = Score::thousandths(300);
/// A planted token came back.
const CANARY: Score = Score::thousandths(400);
/// Each text that was suspect, [`MOST`] of them at most.
const SUSPECT: Score = Score::thousandths(60);
const MOST: u64 = 5;

/// How much the session looks as if somebody were at work in it.
fn score(facts: &SessionFacts) -> Score {
    let happened = [
        (facts.integrity() == Integrity::Hostile, HOSTILE),
        (facts.has(Flag::Escalated), LEAK),
        (facts.has(Flag::CanarySeen), CANARY),
    ];
    let begin = happened.iter().filter(|(is_so, _)| *is_so).fold(Score::ZERO, |all, (_, one)| all.and(*one));
    (0..facts.counter(Counter::Suspects).min(MOST)).fold(begin, |all, _| all.and(SUSPECT))
}

/// What that says of a suspect text; nothing in a session in which nothing happened. `weight`: in thousandths.
pub(super) fn sign(facts: &SessionFacts, weight: u16) -> Option<Signal> {
    let weighed = Score::new(score(facts).as_f32() * Score::thousandths(weight).as_f32());
    (weighed > Score::ZERO).then(|| Signal::new(RuleId::new(SESSION.id), weighed, SESSION.meaning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Label, Sensitivity};

    #[test]
    fn a_quiet_session_says_nothing_and_a_bad_one_more_the_worse_it_is() {
        let quiet = SessionFacts::new();
        assert_eq!(sign(&quiet, 1000), None);
        let suspect = quiet.clone().reached(Counter::Suspects, 2);
        let hostile = suspect.clone().saw(Label::new(Integrity::Hostile, Sensitivity::Public));
        let leaked = hostile.clone().flag(Flag::Escalated).flag(Flag::CanarySeen);
        let scores = [&quiet, &suspect, &hostile, &leaked].map(score);
        assert!(scores.is_sorted() && scores[0] < scores[1] && scores[2] < scores[3]);
        assert_eq!(sign(&leaked, 0), None);
        assert!(sign(&leaked, 500).unwrap().score < sign(&leaked, 1000).unwrap().score);
        let many = |count| score(&quiet.clone().reached(Counter::Suspects, count));
        assert_eq!(many(5), many(5000), "doubt alone is not made an attack by waiting");
        assert!(many(5000) < Score::new(0.3));
    }
}
