//! What was refused cannot be used all the same: the refusal does not hold it.

use bartizan::base::{Blocked, Verdict};

fn accessor(blocked: Blocked) -> String {
    blocked.text()
}

fn whole(verdict: Verdict<String>) -> String {
    verdict
}

fn pattern(verdict: Verdict<String>) -> Option<String> {
    match verdict {
        Verdict::Pass(text, _) | Verdict::Block(text) => Some(text),
    }
}

fn main() {}
