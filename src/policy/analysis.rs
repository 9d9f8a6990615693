//! What can be said of a policy without a call: rules that never decide, that say what others say.
//!
//! Inclusion is shown over the structured matchers; what they cannot show is taken for unknown, and not told.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use super::doc::{ArgDoc, Patterns, PolicyDoc, RuleDoc, Scalar};
use super::glob::{Token, parse};
use super::{Combining, Effect, print};

/// Something that a policy's author should look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The rule.
    pub rule: String,
    /// What kind of finding: `duplicate`, `shadowed`, `broad`, `no-allow`.
    pub kind: &'static str,
    /// What is the matter.
    pub message: String,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.rule, self.kind, self.message)
    }
}

pub(super) fn lint(doc: &PolicyDoc) -> Vec<Lint> {
    let rules = doc.rules.as_deref().unwrap_or_default();
    let first = doc.combining == Some(Combining::FirstApplicable);
    let mut lints = Vec::new();
    let mut tell = |rule: &RuleDoc, kind, message: String| {
        lints.push(Lint { rule: rule.id.value.clone(), kind, message });
    };
    if rules.iter().all(|rule| rule.effect == Effect::Deny || !rule.decides())
        && let Some(rule) = rules.first()
    {
        tell(rule, "no-allow", "no rule allows anything: every call is denied".to_owned());
    }
    // Each is compared with all others: what can be said of one alone is said once.
    let conditions: Vec<String> = rules.iter().map(print::conditions).collect();
    let plain: Vec<bool> = conditions.iter().map(String::is_empty).collect();
    let is_plain = |at: usize| plain.get(at).copied().unwrap_or_default();
    let mut seen: BTreeMap<(Effect, &str), &RuleDoc> = BTreeMap::new();
    let mut told: HashSet<usize> = HashSet::new();
    for ((at, rule), conditions) in rules.iter().enumerate().zip(&conditions) {
        if !rule.decides() {
            continue;
        }
        let key = (rule.effect, conditions.as_str());
        match seen.get(&key) {
            Some(other) => {
                told.insert(at);
                tell(rule, "duplicate", format!("says what `{}` says", other.id.value));
            }
            None => drop(seen.insert(key, rule)),
        }
        if rule.effect == Effect::Allow && conditions.is_empty() {
            let restricts = rules.iter().any(|other| other.effect != Effect::Allow && other.decides());
            if !restricts {
                tell(rule, "broad", "allows every call, and no rule restricts it".to_owned());
            }
        }
    }
    for (at, rule) in rules.iter().enumerate().filter(|(at, rule)| !told.contains(at) && rule.decides()) {
        let covering = rules.iter().enumerate().find(|&(other_at, other)| {
            let before = if first {
                // A call that neither can be judged on goes to the stricter one, wherever it stands.
                let certain = other.effect >= rule.effect || is_plain(other_at);
                other_at < at && certain
            } else {
                let twins = other_at > at && other.effect == rule.effect && covers(rule, is_plain(at), other);
                other_at != at && other.effect >= rule.effect && !twins
            };
            before
                && other.decides()
                && other.approver >= rule.approver
                && covers(other, is_plain(other_at), rule)
        });
        if let Some((_, other)) = covering {
            let how = if first { "stands above it and matches" } else { "is as strict and matches" };
            tell(
                rule,
                "shadowed",
                format!("never decides: `{}` {how} every call that it matches", other.id.value),
            );
        }
    }
    lints
}

/// Whether `wide` matches every call that `narrow` matches, as far as it can be shown.
fn covers(wide: &RuleDoc, plain: bool, narrow: &RuleDoc) -> bool {
    if plain {
        return true;
    }
    // What CEL and times say is unknown.
    if wide.when.is_some() || wide.during.is_some() || wide.quota.is_some() {
        return false;
    }
    // A rule that allows matches less than one that restricts in the same words.
    if wide.effect == Effect::Allow && narrow.effect != Effect::Allow {
        return false;
    }
    let names = |wide: &Patterns, narrow: &Patterns| {
        wide.is_empty()
            || (!narrow.is_empty()
                && narrow.iter().all(|b| wide.iter().any(|a| includes(&a.value, &b.value))))
    };
    let same = |wide: Option<bool>, narrow: Option<bool>| wide.is_none() || wide == narrow;
    let label = |wide: &dyn fmt::Debug, narrow: &dyn fmt::Debug| format!("{wide:?}") == format!("{narrow:?}");
    let (ws, ns) = (&wide.session, &narrow.session);
    names(&wide.tools, &narrow.tools)
        && names(&wide.servers, &narrow.servers)
        && names(&wide.principals, &narrow.principals)
        && names(&wide.roles, &narrow.roles)
        && names(&wide.environments, &narrow.environments)
        && (wide.modes.is_empty() || wide.modes == narrow.modes)
        && match (wide.capabilities, narrow.capabilities) {
            (None, _) => true,
            (Some(_), None) => false,
            // "Any of" for a rule that restricts; "no more than" for one that allows.
            (Some(more), Some(less)) => {
                less.is_subset(more) && (wide.effect == Effect::Allow) == (narrow.effect == Effect::Allow)
            }
        }
        && wide.after.as_ref().is_none_or(|after| {
            narrow
                .after
                .as_ref()
                .is_some_and(|other| print::after(&after.value) == print::after(&other.value))
        })
        && same(wide.described, narrow.described)
        && same(wide.authorized, narrow.authorized)
        && same(ws.user_spoke, ns.user_spoke)
        && same(ws.canary_seen, ns.canary_seen)
        && same(ws.escalated, ns.escalated)
        && (wide.trust.is_none()
            || label(&wide.trust.as_ref().map(|at| at.value), &narrow.trust.as_ref().map(|at| at.value)))
        && (ws.integrity.is_none()
            || label(&ws.integrity.as_ref().map(|at| at.value), &ns.integrity.as_ref().map(|at| at.value)))
        && (ws.sensitivity.is_none()
            || label(
                &ws.sensitivity.as_ref().map(|at| at.value),
                &ns.sensitivity.as_ref().map(|at| at.value),
            ))
        && wide.args.iter().all(|(pointer, arg)| {
            narrow.args.get(pointer).is_some_and(|other| narrower(&arg.value, &other.value))
        })
}

/// Whether every value that fits `narrow` fits `wide`.
fn narrower(wide: &ArgDoc, narrow: &ArgDoc) -> bool {
    if wide == narrow {
        return true;
    }
    // One condition, of a kind whose inclusion is understood; everything else has to be the same.
    let mut rest = wide.clone();
    rest.one_of.clear();
    rest.glob.clear();
    if rest.tests_value() || rest.tests_label() || rest.present.is_some() || rest.only != narrow.only {
        return false;
    }
    let list = wide.one_of.is_empty()
        || (!narrow.one_of.is_empty() && narrow.one_of.iter().all(|value| wide.one_of.contains(value)));
    let globs = wide.glob.is_empty()
        || (!narrow.glob.is_empty()
            && narrow.glob.iter().all(|b| wide.glob.iter().any(|a| includes(&a.value, &b.value))))
        || (!narrow.one_of.is_empty()
            && narrow.one_of.iter().all(|value| {
                matches!(value, Scalar::Text(text) if !text.contains(['*', '?', '\\'])
                    && wide.glob.iter().any(|glob| includes(&glob.value, text)))
            }));
    list && globs
}

/// A quick no: the two begin with different letters.
fn may_include(wide: &str, narrow: &str) -> bool {
    let mut narrow = narrow.bytes();
    for wanted in wide.bytes() {
        if matches!(wanted, b'*' | b'?' | b'\\') {
            return true;
        }
        match narrow.next() {
            Some(b'\\') => return true,
            Some(found) if found == wanted => {}
            _ => return false,
        }
    }
    true
}

/// Whether every text that `narrow` matches is matched by `wide`. Sound, and not complete.
fn includes(wide: &str, narrow: &str) -> bool {
    if !may_include(wide, narrow) {
        return false;
    }
    let (Ok(wide), Ok(narrow)) = (parse(wide), parse(narrow)) else { return false };
    // Which places of `wide` may be reached after each token of `narrow`.
    let open = |states: &mut Vec<bool>| {
        for at in 0..wide.len() {
            if states.get(at) == Some(&true)
                && matches!(wide.get(at), Some(Token::Run | Token::Deep))
                && let Some(next) = states.get_mut(at.saturating_add(1))
            {
                *next = true;
            }
        }
    };
    let mut now = vec![false; wide.len().saturating_add(1)];
    if let Some(start) = now.first_mut() {
        *start = true;
    }
    open(&mut now);
    for token in &narrow {
        let mut next = vec![false; now.len()];
        for (at, _) in now.iter().enumerate().filter(|(_, reached)| **reached) {
            let to = match (wide.get(at), token) {
                (Some(Token::Literal(a)), Token::Literal(b)) if a == b => at.saturating_add(1),
                (Some(Token::One), Token::One | Token::Literal(_)) => {
                    // `?` stops at a slash in a rule that allows.
                    if *token == Token::Literal('/') {
                        continue;
                    }
                    at.saturating_add(1)
                }
                (Some(Token::Run), Token::Literal(c)) if *c != '/' => at,
                (Some(Token::Deep), _) | (Some(Token::Run), Token::One | Token::Run) => at,
                _ => continue,
            };
            if let Some(slot) = next.get_mut(to) {
                *slot = true;
            }
        }
        open(&mut next);
        now = next;
    }
    now.last() == Some(&true)
}
